/* Where fastcgi_pass leads. */
#include "nginxpass.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* All blocks of a context and of those within it. */
static const struct fps_directive *next_in_depth(const struct fps_directive *at, const struct fps_directive *root)
{
	if (at->children) {
		return at->children;
	}
	while (at != root && at->next == NULL) {
		at = at->parent;
	}
	return at == root ? NULL : at->next;
}

static const struct fps_directive *upstream_of(const struct fps_directive *http, const char *name)
{
	const struct fps_directive *upstream = NULL;

	while ((upstream = fps_nginxconf_find(http, "upstream", upstream)) != NULL) {
		if (strcmp(fps_nginxconf_word(upstream, 1), name) == 0) {
			return upstream;
		}
	}
	return NULL;
}

static void add_address(struct fps_pass *pass, const char *address)
{
	pass->addresses = fps_text_resize(pass->addresses, pass->address_count + 1, sizeof(*pass->addresses));
	pass->addresses[pass->address_count++] = address;
}

/* What it leads to: an upstream, an address, or with NULL nobody knows where. */
static void add_pass(struct fps_passes *passes, const struct fps_directive *http, const struct fps_directive *directive, const char *target)
{
	struct fps_pass pass = {.pass = directive, .target = target ? target : fps_nginxconf_word(directive, 1)};

	pass.upstream = target ? upstream_of(http, target) : NULL;
	if (target && pass.upstream == NULL && strchr(target, '$') == NULL) {
		add_address(&pass, target);
	}
	for (const struct fps_directive *server = NULL; pass.upstream && (server = fps_nginxconf_find(pass.upstream, "server", server)) != NULL;) {
		add_address(&pass, fps_nginxconf_word(server, 1));
	}
	passes->all = fps_text_resize(passes->all, passes->count + 1, sizeof(*passes->all));
	passes->all[passes->count++] = pass;
}

static bool is_map(const struct fps_directive *block)
{
	return strcmp(fps_nginxconf_word(block, 0), "map") == 0;
}

/* What a directive gives a variable, by `set` or as a line of a `map`; NULL: it does not. */
static const char *value_by(const struct fps_directive *at, const char *variable)
{
	if (strcmp(fps_nginxconf_word(at, 0), "set") == 0 && strcmp(fps_nginxconf_word(at, 1), variable) == 0) {
		return fps_nginxconf_word(at, 2);
	}
	return at->parent && is_map(at->parent) && strcmp(fps_nginxconf_word(at->parent, 2), variable) == 0 ? fps_nginxconf_word(at, 1) : NULL;
}

/* False: nothing in that block gives the variable a value. */
static bool add_values(struct fps_passes *passes, const struct fps_directive *http, const struct fps_directive *directive, const struct fps_directive *block)
{
	size_t before = passes->count;

	for (const struct fps_directive *at = block; at; at = next_in_depth(at, block)) {
		const char *value = value_by(at, fps_nginxconf_word(directive, 1));

		if (value && *value && strchr(value, '$') == NULL) {
			add_pass(passes, http, directive, value);
		}
	}
	return passes->count > before;
}

static void follow(struct fps_passes *passes, const struct fps_directive *http, const struct fps_directive *directive)
{
	const struct fps_directive *server = directive->parent;

	while (server != http && strcmp(fps_nginxconf_word(server, 0), "server") != 0) {
		server = server->parent;
	}
	if (*fps_nginxconf_word(directive, 1) != '$') {
		add_pass(passes, http, directive, fps_nginxconf_word(directive, 1));
	} else if (!add_values(passes, http, directive, server) && !add_values(passes, http, directive, http)) { /* other servers may use the same name */
		add_pass(passes, http, directive, NULL);
	}
}

void fps_nginxpass_collect(struct fps_passes *passes, const struct fps_nginxconf *conf)
{
	for (const struct fps_directive *http = NULL; (http = fps_nginxconf_find(&conf->root, "http", http)) != NULL;) {
		for (const struct fps_directive *at = http; at; at = next_in_depth(at, http)) {
			if (strcmp(fps_nginxconf_word(at, 0), "fastcgi_pass") == 0 && !at->block && at->count > 1 && !is_map(at->parent)) {
				follow(passes, http, at);
			}
		}
	}
}

void fps_nginxpass_free(struct fps_passes *passes)
{
	for (size_t i = 0; i < passes->count; i++) {
		free(passes->all[i].addresses);
	}
	free(passes->all);
}

const struct fps_directive *fps_nginxpass_holds(const struct fps_pass *pass, const char *name)
{
	const struct fps_directive *found = NULL;

	for (const struct fps_directive *block = pass->pass->parent; block && found == NULL; block = block->parent) {
		found = fps_nginxconf_find(block, name, NULL);
	}
	return found;
}

bool fps_nginxpass_gets(const struct fps_pass *pass, const char *parameter)
{
	const struct fps_directive *first = fps_nginxpass_holds(pass, "fastcgi_param");

	while (first && strcmp(fps_nginxconf_word(first, 1), parameter) != 0) {
		first = fps_nginxconf_find(first->parent, "fastcgi_param", first);
	}
	return first != NULL;
}

/* The folder of a path without links: /var/run is /run. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = fps_text_copy((struct fps_span) {path, slash > path ? (size_t) (slash - path) : 1}, 0), *real = realpath(folder, NULL);

	if (real == NULL) {
		return folder;
	}
	free(folder);
	return real;
}

/* Two names of one socket, which may be a link, as Debian's /run/php/php-fpm.sock is; FPM need not run. */
static bool same_file(const char *one, const char *other)
{
	struct stat first, second;

	if (*one != '/' || strcmp(one, other) == 0) {
		return *one == '/';
	}
	if (stat(one, &first) == 0 && stat(other, &second) == 0) {
		return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
	}
	char *folder = folder_of(one), *others = folder_of(other);
	bool same = strcmp(folder, others) == 0 && strcmp(strrchr(one, '/'), strrchr(other, '/')) == 0;

	free(folder);
	free(others);
	return same;
}

static bool is_any(const char *host, size_t len)
{
	static const char *const any[] = {"", "*", "0.0.0.0", "[::]", "::"};

	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
		if (strlen(any[i]) == len && memcmp(host, any[i], len) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_here(const char *host, size_t len)
{
	return (len > 4 && memcmp(host, "127.", 4) == 0) || (len == 9 && memcmp(host, "localhost", 9) == 0) || (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

bool fps_nginxpass_same(const char *address, const char *listen)
{
	const char *port = strrchr(address, ':'), *listen_port = strrchr(listen, ':');
	size_t host = port ? (size_t) (port - address) : strlen(address), listen_host = listen_port ? (size_t) (listen_port - listen) : 0;

	if (strncmp(address, "unix:", 5) == 0 || *listen == '/') {
		return strncmp(address, "unix:", 5) == 0 && *listen == '/' && same_file(address + 5, listen);
	}
	listen_port = listen_port ? listen_port + 1 : listen;
	if (strcmp(port ? port + 1 : "80", listen_port) != 0) {
		return false;
	}
	/* a pool that listens on every address may have any name for nginx: in a container, that of its service */
	return is_any(listen, listen_host) || (host == listen_host && memcmp(address, listen, host) == 0) || (is_here(address, host) && is_here(listen, listen_host));
}
