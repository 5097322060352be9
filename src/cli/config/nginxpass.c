/* Finds where each fastcgi_pass leads. */
#include "config/nginxpass.h"

#include "base/alloc.h"
#include "config/inifile.h"
#include "config/nginxvariables.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static bool has_word(const struct fps_directive *directive, const char *word)
{
	for (size_t i = 1; i < directive->count; i++) {
		if (strcmp(directive->words[i], word) == 0) {
			return true;
		}
	}
	return false;
}

static void add_address(struct fps_pass *pass, const char *address)
{
	FPS_ALLOC_APPEND(pass->addresses, pass->address_count) = address;
}

/* The values that a parameter sets, as lines of "name = value"; if it is repeated, nginx uses the last one. */
static void add_ini(struct fps_pass *pass, const char *parameter)
{
	const struct fps_directive *param = fps_nginxpass_holds(pass, "fastcgi_param"), *last = NULL;
	struct fps_inifile_line said;
	unsigned line = 0;

	for (; param; param = fps_nginxconf_find(param->parent, "fastcgi_param", param)) {
		last = strcmp(fps_nginxconf_word(param, 1), parameter) == 0 ? param : last;
	}
	if (last == NULL) {
		return;
	}
	const char *text = fps_nginxconf_word(last, 2);

	for (struct fps_span rest = fps_span_of(text); fps_inifile_next(&rest, &line, &said);) {
		if (said.name.len) {
			fps_settinglist_add(&pass->ini, said.name, said.value);
			pass->ini.all[pass->ini.count - 1].file = last->file;
			pass->ini.all[pass->ini.count - 1].line = last->line;
		}
	}
}

/* The upstream or address that it leads to. If that is not `known`, the name of the variable. */
static void add_pass(struct fps_passes *passes, const struct fps_directive *http, const struct fps_directive *directive,
	const char *target, bool known)
{
	struct fps_pass pass = {.pass = directive, .target = fps_alloc_format("%s", target)};

	pass.upstream = known ? upstream_of(http, target) : NULL;
	if (known && pass.upstream == NULL) {
		add_address(&pass, pass.target);
	}
	for (const struct fps_directive *server = NULL;
		 pass.upstream && (server = fps_nginxconf_find(pass.upstream, "server", server)) != NULL;) {
		if (!has_word(server, "down")) {
			add_address(&pass, fps_nginxconf_word(server, 1));
		}
	}
	add_ini(&pass, "PHP_ADMIN_VALUE");
	add_ini(&pass, "PHP_VALUE");
	FPS_ALLOC_APPEND(passes->all, passes->count) = pass;
}

static void follow(struct fps_passes *passes, const struct fps_directive *http, const struct fps_directive *directive)
{
	struct fps_nginxvariables values = fps_nginxvariables_of(http, directive, fps_nginxconf_word(directive, 1));

	for (size_t i = 0; i < values.known.count; i++) {
		add_pass(passes, http, directive, values.known.all[i], true);
	}
	for (size_t i = 0; i < values.unknown.count; i++) {
		add_pass(passes, http, directive, values.unknown.all[i], false);
	}
	fps_nginxvariables_free(&values);
}

void fps_nginxpass_collect(struct fps_passes *passes, const struct fps_nginxconf *conf)
{
	for (const struct fps_directive *http = NULL; (http = fps_nginxconf_find(&conf->root, "http", http)) != NULL;) {
		for (const struct fps_directive *at = http; at; at = fps_nginxconf_next(at, http)) {
			if (!at->block && strcmp(fps_nginxconf_word(at, 0), "fastcgi_pass") == 0 && at->count > 1
				&& !fps_nginxconf_has_values(at->parent)) {
				follow(passes, http, at);
			}
		}
	}
}

void fps_nginxpass_free(struct fps_passes *passes)
{
	for (size_t i = 0; i < passes->count; i++) {
		free(passes->all[i].target);
		free(passes->all[i].addresses);
		fps_settinglist_free(&passes->all[i].ini);
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

const struct fps_directive *fps_nginxpass_beside(const struct fps_pass *pass)
{
	const struct fps_directive *block = pass->pass->parent, *found;

	if (pass->is_apache || strcmp(fps_nginxconf_word(block, 0), "if") != 0) {
		return pass->pass;
	}
	block = block->parent;
	found = fps_nginxconf_find(block, "fastcgi_pass", NULL);
	return found && strcmp(found->file, block->file) == 0 ? found : block;
}

bool fps_nginxpass_gets(const struct fps_pass *pass, const char *parameter)
{
	const struct fps_directive *first = fps_nginxpass_holds(pass, "fastcgi_param");

	while (first && strcmp(fps_nginxconf_word(first, 1), parameter) != 0) {
		first = fps_nginxconf_find(first->parent, "fastcgi_param", first);
	}
	return first != NULL;
}

/* The folder of a path with links resolved: /var/run is /run. */
static char *folder_of(const char *path)
{
	char *folder = fps_alloc_folder(path), *real = realpath(folder, NULL);

	if (real == NULL) {
		return folder;
	}
	free(folder);
	return real;
}

/* Whether two names mean the same socket, which may be a link like Debian's /run/php/php-fpm.sock. FPM need not run. */
static bool same_file(const char *one, const char *other)
{
	struct stat first, second;

	if (*one != '/' || strcmp(one, other) == 0) {
		return *one == '/';
	}
	if (stat(one, &first) == 0 && stat(other, &second) == 0) {
		return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
	}
	if (strcmp(strrchr(one, '/'), strrchr(other, '/')) != 0) { /* true for most of a thousand pools */
		return false;
	}
	char *folder = folder_of(one), *others = folder_of(other);
	bool same = strcmp(folder, others) == 0;

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
	return (len > 4 && memcmp(host, "127.", 4) == 0) || (len == 9 && memcmp(host, "localhost", 9) == 0)
		|| (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

bool fps_nginxpass_same(const char *address, const char *listen)
{
	const char *port = strrchr(address, ':'), *listen_port = strrchr(listen, ':');
	size_t host = port ? (size_t) (port - address) : strlen(address),
		   listen_host = listen_port ? (size_t) (listen_port - listen) : 0;

	bool is_unix = strncasecmp(address, "unix:", 5) == 0;

	if (is_unix || *listen == '/') {
		return is_unix && *listen == '/' && same_file(address + 5, listen);
	}
	listen_port = listen_port ? listen_port + 1 : listen;
	if (strcmp(port ? port + 1 : "80", listen_port) != 0) {
		return false;
	}
	/* a pool that listens on every address may have any name in nginx: in a container, that of its service */
	return is_any(listen, listen_host) || (host == listen_host && memcmp(address, listen, host) == 0)
		|| (is_here(address, host) && is_here(listen, listen_host));
}
