/*
 * nginx's configuration as a tree, read by nginx's own grammar from what `nginx -T` prints: the files one after the
 * other, each behind a line `# configuration file NAME:`, and `include` left as it stands.
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
	struct fps_span source; /* up to its `;` or `{`, in the text of the file; not there: no file has it */
	struct fps_directive *parent, *next, *children, *last; /* `last` of the children */
};

struct fps_nginxconf_file {
	char *name;
	struct fps_span text;
};

struct fps_nginxconf {
	struct fps_directive root;        /* no directive itself: holds those of the main context */
	struct fps_nginxconf_file *files; /* the first one is the main file */
	size_t file_count, directives;
	char *text;  /* what the files are spans of, where it is the tree's own */
	char *error; /* "file:line: what is wrong" */
};

/* Whether a text is what `nginx -T` prints. */
bool fps_nginxconf_is_dump(struct fps_span text);

/* Reads such a text, of which the tree keeps spans. False: see `error`. */
bool fps_nginxconf_parse(struct fps_nginxconf *conf, struct fps_span text);
void fps_nginxconf_free(struct fps_nginxconf *conf);

/* The first directive of that name in a block, or behind `after` if that is not NULL; NULL: none. */
const struct fps_directive *fps_nginxconf_find(
	const struct fps_directive *block, const char *name, const struct fps_directive *after);

/* The directive behind another one, blocks in blocks included; NULL: no more in `root`, which is the first one. */
const struct fps_directive *fps_nginxconf_next(const struct fps_directive *at, const struct fps_directive *root);

/*
 * Whether the lines of a block are the values of a variable, which is the last word in front of its brace: map, geo,
 * split_clients.
 */
bool fps_nginxconf_has_values(const struct fps_directive *block);

/* The n-th word, "" if there are fewer. */
const char *fps_nginxconf_word(const struct fps_directive *directive, size_t n);

#endif
