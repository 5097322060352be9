/*
 * The plan as changes of files: how each file is, and how it would be.
 */
#ifndef FPS_PATCH_H
#define FPS_PATCH_H

#include "rules/findings.h"

/* Bytes that are replaced. */
struct fps_patch_edit {
	size_t at, len;
	char *text;
};

struct fps_patch_file {
	char *name;             /* with links resolved, since patch follows none */
	struct fps_span before; /* `text`, or a part of nginx's dump */
	char *text;
	bool returns;                 /* a terminal has made the line ends of `before` CRLF */
	struct fps_patch_edit *edits; /* in their order */
	size_t count;
};

struct fps_patch {
	struct fps_patch_file *files;
	size_t count;
};

/* Call it with findings whose advice has been applied to the server, before they are merged. */
void fps_patch_make(struct fps_patch *patch, const struct fps_server *server, const struct fps_findings *findings);

/* Gives findings whose line has several directives the whole line. Call it before they are merged. */
void fps_patch_place(struct fps_patch *patch, const struct fps_server *server, struct fps_findings *findings);

/* The file as it would become. The caller frees it. */
char *fps_patch_after(const struct fps_patch_file *file);

/* A unified diff of all files for `patch -p1 -d /`, "" if there is nothing to change. The caller frees it. */
char *fps_patch_diff(const struct fps_patch *patch);
void fps_patch_free(struct fps_patch *patch);

#endif
