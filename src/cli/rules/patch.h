/*
 * The plan as changes of files: what each one is, and what it would be.
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
	char *name;             /* without links, as patch follows none */
	struct fps_span before; /* `text` or of nginx's dump */
	char *text;
	struct fps_patch_edit *edits; /* in their order */
	size_t count;
};

struct fps_patch {
	struct fps_patch_file *files;
	size_t count;
};

/* Of findings whose advice has been put into the server, before they are merged. */
void fps_patch_make(struct fps_patch *patch, const struct fps_server *server, const struct fps_findings *findings);

/*
 * Where a line has other directives on it, makes the whole line the finding's fix or, of one that has been merged out
 * of several, says that the fix goes into that line.
 */
void fps_patch_place(struct fps_patch *patch, const struct fps_server *server, struct fps_findings *findings);

/* The file as it would be. The caller frees it. */
char *fps_patch_after(const struct fps_patch_file *file);

/* A unified diff of all files for `patch -p1 -d /`, "" if there is nothing to change. The caller frees it. */
char *fps_patch_diff(const struct fps_patch *patch);
void fps_patch_free(struct fps_patch *patch);

#endif
