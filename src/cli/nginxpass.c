/* Where fastcgi_pass leads. */
#include "nginxpass.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than anybody's fastcgi_pass takes, so that variables that name each other end. */
enum { MAX_DEPTH = 20, MAX_STEPS = 1000 };

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
	pass->addresses = fps_text_resize(pass->addresses, pass->address_count + 1, sizeof(*pass->addresses));
	pass->addresses[pass->address_count++] = address;
}

/* What a parameter sets, "name = value" a line; of two of its name nginx's last one counts. */
static void add_ini(struct fps_pass *pass, const char *parameter)
{
	const struct fps_directive *param = fps_nginxpass_holds(pass, "fastcgi_param"), *last = NULL;
	struct fps_inifile_line said;
	unsigned line = 0;

	for (; param; param = fps_nginxconf_find(param->parent, "fastcgi_param", param)) {
		last = strcmp(fps_nginxconf_word(param, 1), parameter) == 0 ? param : last;
	}
	const char *text = last ? fps_nginxconf_word(last, 2) : "";

	for (struct fps_span rest = {text, strlen(text)}; fps_inifile_next(&rest, &line, &said);) {
		if (said.name.len) {
			fps_settings_add(&pass->ini, said.name, said.value);
			pass->ini.all[pass->ini.count - 1].file = last->file;
			pass->ini.all[pass->ini.count - 1].line = last->line;
		}
	}
}

/* A fastcgi_pass that is being followed. */
struct following {
	struct fps_passes *passes;
	const struct fps_directive *http, *directive;
	size_t first; /* of its own passes */
	unsigned depth, steps;
};

/* What it leads to: an upstream or an address. Where that is not `known`, the name of a variable. Takes over the text. */
static void add_pass(const struct following *following, char *target, bool known)
{
	struct fps_passes *passes = following->passes;
	struct fps_pass pass = {.pass = following->directive, .target = target};
	bool same = false;

	for (size_t i = following->first; i < passes->count && !same; i++) {
		same = strcmp(passes->all[i].target, target) == 0;
	}
	if (same) {
		free(target);
		return;
	}
	pass.upstream = known ? upstream_of(following->http, target) : NULL;
	if (known && pass.upstream == NULL) {
		add_address(&pass, target);
	}
	for (const struct fps_directive *server = NULL; pass.upstream && (server = fps_nginxconf_find(pass.upstream, "server", server)) != NULL;) {
		if (!has_word(server, "down")) {
			add_address(&pass, fps_nginxconf_word(server, 1));
		}
	}
	add_ini(&pass, "PHP_ADMIN_VALUE");
	add_ini(&pass, "PHP_VALUE");
	passes->all = fps_text_resize(passes->all, passes->count + 1, sizeof(*passes->all));
	passes->all[passes->count++] = pass;
}

/* The first variable in a text, "$name" or "${name}", with and without its signs. */
static bool find_variable(const char *text, struct fps_span *variable, struct fps_span *name)
{
	for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
		size_t signs = at[1] == '{' ? 2 : 1;
		size_t len = strspn(at + signs, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

		*name = (struct fps_span) {at + signs, len};
		*variable = (struct fps_span) {at, signs + len + signs - 1};
		if (len && (signs == 1 || at[signs + len] == '}')) {
			return true;
		}
	}
	return false;
}

static bool is_named(const struct fps_directive *directive, const char *name)
{
	return strcmp(fps_nginxconf_word(directive, 0), name) == 0;
}

static bool is_variable(const char *word, struct fps_span name)
{
	return *word == '$' && strlen(word + 1) == name.len && strncasecmp(word + 1, name.at, name.len) == 0;
}

/* A block whose lines are the values of a variable, the last word before its brace. */
static bool is_table(const struct fps_directive *block)
{
	return is_named(block, "map") || is_named(block, "geo") || is_named(block, "split_clients");
}

/* Whether a line of a table gives its variable a value, and is no option. */
static bool is_value(const struct fps_directive *line)
{
	bool geo = is_named(line->parent, "geo");

	return line->count > 1 && !is_named(line, "include") && !(geo && (is_named(line, "delete") || is_named(line, "proxy")));
}

static bool sets(const struct fps_directive *at, struct fps_span name)
{
	return is_named(at, "set") && is_variable(fps_nginxconf_word(at, 1), name);
}

/* Whether a regular expression in it has a group of that name, "(?<name>" or "(?P<name>". */
static bool captures(const struct fps_directive *at, struct fps_span name)
{
	for (size_t i = 1; i < at->count; i++) {
		for (const char *group = strstr(at->words[i], "(?"); group; group = strstr(group + 2, "(?")) {
			const char *begin = group + (group[2] == 'P' ? 4 : 3);

			if (begin[-1] == '<' && strncasecmp(begin, name.at, name.len) == 0 && begin[name.len] == '>') {
				return true;
			}
		}
	}
	return false;
}

/*
 * Where a `set` counts: the fastcgi_pass's own location, if one there is in no `if`, else all of the server, since a request may come from
 * another location of it.
 */
static const struct fps_directive *scope_of(const struct following *following, struct fps_span name)
{
	const struct fps_directive *block = following->directive->parent, *set = NULL;

	while (is_named(block, "if")) {
		block = block->parent;
	}
	while ((set = fps_nginxconf_find(block, "set", set)) != NULL && !sets(set, name)) {
	}
	while (set == NULL && block != following->http && !is_named(block, "server")) {
		block = block->parent;
	}
	return block;
}

static void expand(struct following *following, const char *text);

static void add_unknown(const struct following *following, struct fps_span name)
{
	add_pass(following, fps_text_format("$%.*s", FPS_SPAN_ARGS(name)), false);
}

/* The text with a value in the place of its first variable; one that is made of the variable's own is not known, nor one that leaves nothing: something else sets it. */
static void expand_with(struct following *following, const char *text, struct fps_span variable, struct fps_span name, const char *value)
{
	char *longer = fps_text_format("%.*s%s%s", (int) (variable.at - text), text, value, variable.at + variable.len);
	struct fps_span other, inner;

	if (*longer == '\0' || (find_variable(value, &other, &inner) && inner.len == name.len && strncasecmp(inner.at, name.at, name.len) == 0)) {
		add_unknown(following, name);
	} else {
		following->depth++;
		expand(following, longer);
		following->depth--;
	}
	free(longer);
}

/* False: neither a `set` nor a regular expression gives the variable a value. */
static bool expand_set(struct following *following, const char *text, struct fps_span variable, struct fps_span name)
{
	const struct fps_directive *scope = scope_of(following, name);
	bool found = false;

	for (const struct fps_directive *at = scope; at; at = next_in_depth(at, scope)) {
		if (!is_named(scope, "server") && at->parent != scope && !is_named(at->parent, "if")) {
			continue;
		}
		if (sets(at, name)) {
			expand_with(following, text, variable, name, fps_nginxconf_word(at, 2));
			found = true;
		} else if (captures(at, name)) {
			add_unknown(following, name);
			found = true;
		}
	}
	return found;
}

/* False: no table does. */
static bool expand_table(struct following *following, const char *text, struct fps_span variable, struct fps_span name)
{
	bool found = false;

	for (const struct fps_directive *table = following->http->children; table; table = table->next) {
		bool gives = is_table(table) && is_variable(fps_nginxconf_word(table, table->count - 1), name);

		for (const struct fps_directive *line = gives ? table->children : NULL; line; line = line->next) {
			if (is_value(line)) {
				expand_with(following, text, variable, name, fps_nginxconf_word(line, 1));
				found = true;
			}
		}
	}
	return found;
}

static void expand(struct following *following, const char *text)
{
	struct fps_span variable, name;

	if (!find_variable(text, &variable, &name)) {
		add_pass(following, fps_text_format("%s", text), true);
	} else if (following->depth > MAX_DEPTH || following->steps++ > MAX_STEPS ||
		(!expand_set(following, text, variable, name) && !expand_table(following, text, variable, name))) {
		add_unknown(following, name);
	}
}

void fps_nginxpass_collect(struct fps_passes *passes, const struct fps_nginxconf *conf)
{
	for (const struct fps_directive *http = NULL; (http = fps_nginxconf_find(&conf->root, "http", http)) != NULL;) {
		for (const struct fps_directive *at = http; at; at = next_in_depth(at, http)) {
			if (is_named(at, "fastcgi_pass") && !at->block && at->count > 1 && !is_table(at->parent)) {
				struct following following = {passes, http, at, passes->count, 0, 0};

				expand(&following, fps_nginxconf_word(at, 1));
			}
		}
	}
}

void fps_nginxpass_free(struct fps_passes *passes)
{
	for (size_t i = 0; i < passes->count; i++) {
		free(passes->all[i].target);
		free(passes->all[i].addresses);
		fps_settings_free(&passes->all[i].ini);
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

	bool is_unix = strncasecmp(address, "unix:", 5) == 0;

	if (is_unix || *listen == '/') {
		return is_unix && *listen == '/' && same_file(address + 5, listen);
	}
	listen_port = listen_port ? listen_port + 1 : listen;
	if (strcmp(port ? port + 1 : "80", listen_port) != 0) {
		return false;
	}
	/* a pool that listens on every address may have any name for nginx: in a container, that of its service */
	return is_any(listen, listen_host) || (host == listen_host && memcmp(address, listen, host) == 0) || (is_here(address, host) && is_here(listen, listen_host));
}
