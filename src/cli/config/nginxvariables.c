/* Expands nginx's variables in a text. */
#include "config/nginxvariables.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* More than any real fastcgi_pass needs; bounds variables that refer to each other. */
enum { MAX_TEXTS = 1000, MAX_TEXT = 1000 };

/* A text that is being expanded. */
struct following {
	struct fps_nginxvariables *values;
	const struct fps_directive *http, *directive;
	struct fps_nginxtexts texts; /* texts in which the first variable was replaced; to be expanded as well */
};

/* Takes ownership of the text. */
static void add(struct fps_nginxtexts *texts, char *text)
{
	for (size_t i = 0; i < texts->count; i++) {
		if (strcmp(texts->all[i], text) == 0) {
			free(text);
			return;
		}
	}
	FPS_ALLOC_APPEND(texts->all, texts->count) = text;
}

/* The first variable in a text, "$name" or "${name}", with its signs and without. */
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

/* Whether a line of a table gives its variable a value, and is not an option. */
static bool is_value(const struct fps_directive *line)
{
	bool geo = is_named(line->parent, "geo");

	return line->count > 1 && !is_named(line, "include")
		&& !(geo && (is_named(line, "delete") || is_named(line, "proxy")));
}

static bool sets(const struct fps_directive *at, struct fps_span name)
{
	return is_named(at, "set") && is_variable(fps_nginxconf_word(at, 1), name);
}

/* Whether it contains a regular expression with a group of that name, "(?<name>" or "(?P<name>". */
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
 * Where a `set` counts: in the fastcgi_pass's own location, if one there is outside of any `if`. Otherwise in the whole
 * server, since a request may come from another of its locations.
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

static void add_unknown(struct following *following, struct fps_span name)
{
	add(&following->values->unknown, fps_alloc_format("$%.*s", FPS_SPAN_ARGS(name)));
}

/*
 * Replaces the first variable of the text by a value. If the value refers to the variable itself, or leaves nothing of
 * the text, the result is unknown: something else sets it.
 */
static void expand_with(
	struct following *following, const char *text, struct fps_span variable, struct fps_span name, const char *value)
{
	char *longer = fps_alloc_format("%.*s%s%s", (int) (variable.at - text), text, value, variable.at + variable.len);
	struct fps_span other, inner;
	bool own =
		find_variable(value, &other, &inner) && inner.len == name.len && strncasecmp(inner.at, name.at, name.len) == 0;

	if (*longer == '\0' || own || following->texts.count == MAX_TEXTS || strlen(longer) > MAX_TEXT) {
		add_unknown(following, name);
		free(longer);
	} else {
		add(&following->texts, longer);
	}
}

/* False: neither a `set` nor a regular expression gives the variable a value. */
static bool expand_set(struct following *following, const char *text, struct fps_span variable, struct fps_span name)
{
	const struct fps_directive *scope = scope_of(following, name);
	bool found = false;

	for (const struct fps_directive *at = scope; at; at = fps_nginxconf_next(at, scope)) {
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
		bool gives = fps_nginxconf_has_values(table) && is_variable(fps_nginxconf_word(table, table->count - 1), name);

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
		add(&following->values->known, fps_alloc_format("%s", text));
	} else if (!expand_set(following, text, variable, name) && !expand_table(following, text, variable, name)) {
		add_unknown(following, name);
	}
}

struct fps_nginxvariables fps_nginxvariables_of(
	const struct fps_directive *http, const struct fps_directive *directive, const char *text)
{
	struct fps_nginxvariables values = {.known = {.count = 0}};
	struct following following = {.values = &values, .http = http, .directive = directive};

	add(&following.texts, fps_alloc_format("%s", text));
	for (size_t i = 0; i < following.texts.count; i++) {
		expand(&following, following.texts.all[i]);
	}
	fps_alloc_free_all(following.texts.all, following.texts.count);
	return values;
}

void fps_nginxvariables_free(struct fps_nginxvariables *values)
{
	fps_alloc_free_all(values->known.all, values->known.count);
	fps_alloc_free_all(values->unknown.all, values->unknown.count);
}
