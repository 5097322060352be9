/*
 * nginx's configuration as a tree, read with nginx's own grammar from the output of `nginx -T`. That output has the
 * files one after the other, each after a line `# configuration file NAME:`, with `include` left in place.
 */
#ifndef FPS_NGINXCONF_H
#define FPS_NGINXCONF_H

#include "base/span.h"

struct fps_directive {
	char **words; /* the name and the arguments, unescaped; ends with NULL */
	size_t count;
	const char *file;
	unsigned line; /* of the name */
	bool block;
	struct fps_span source; /* the text in the file up to its `;` or `{`; not set if no file has it */
	struct fps_directive *parent, *next, *children, *last; /* `last` of the children */
};

struct fps_nginxconf_file {
	char *name;
	struct fps_span text;
	bool returns; /* a terminal has made each line end CRLF, as docker exec -t does */
};

struct fps_nginxconf {
	struct fps_directive root;        /* not a directive: holds those of the main context */
	struct fps_nginxconf_file *files; /* the first one is the main file */
	size_t file_count, directives;
	char *text;  /* the text that the files are spans of, if the tree owns it */
	char *error; /* "file:line: what is wrong" */
};

/* Whether a text is the output of `nginx -T`. */
bool fps_nginxconf_is_dump(struct fps_span text);

/* Parses such a text; the tree keeps spans of it. False: see `error`. */
bool fps_nginxconf_parse(struct fps_nginxconf *conf, struct fps_span text);
void fps_nginxconf_free(struct fps_nginxconf *conf);

/* The first directive of that name in a block, or after `after` if that is not NULL; NULL: none. */
const struct fps_directive *fps_nginxconf_find(
	const struct fps_directive *block, const char *name, const struct fps_directive *after);

/* The directive after another one, nested blocks included; NULL: no more in `root`. Start with `root` itself. */
const struct fps_directive *fps_nginxconf_next(const struct fps_directive *at, const struct fps_directive *root);

/* Whether the lines of a block are values of a variable, named last before its brace: map, geo, split_clients. */
bool fps_nginxconf_has_values(const struct fps_directive *block);

/* The n-th word, "" if there are fewer. */
const char *fps_nginxconf_word(const struct fps_directive *directive, size_t n);

#endif
