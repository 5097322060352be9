/*
 * Files that setup puts in place. The first line of each holds a sum of the rest, by which one that has been changed is
 * known. They are read and written in directories in which only root and the caller can change names (trusted.h), or
 * that the caller has named.
 */
#ifndef FPS_SETUPFILE_H
#define FPS_SETUPFILE_H

#include <stdbool.h>

struct fps_setupfile {
	char *path;
	char comment;           /* ';' or '#' */
	const char *asset;      /* the file of conf/, as packages install it; borrowed */
	char *content;          /* with its first line */
	bool named;             /* its directory, by the caller */
	bool packaged;          /* a package's file in another directory, which serves as well: nothing is done to it */
	bool written, replaced; /* in this run; in place of one that was there */
};

enum fps_setup_state {
	FPS_SETUP_MISSING,
	FPS_SETUP_SAME,
	FPS_SETUP_OLDER,    /* as an earlier setup has written it */
	FPS_SETUP_PACKAGED, /* as a package has installed it */
	FPS_SETUP_EDITED,   /* changed since setup wrote it: is left alone */
	FPS_SETUP_FOREIGN,  /* not written by setup: is left alone */
	FPS_SETUP_UNREADABLE
};

/* Takes ownership of the path; the content is what follows the first line. */
struct fps_setupfile fps_setupfile_make(char *path, char comment, const char *asset, const char *content, bool named);
void fps_setupfile_free(struct fps_setupfile *file);
enum fps_setup_state fps_setupfile_state(const struct fps_setupfile *file);

/* What writing it would change, as unifieddiff.h has it; "" for a file that is not written. The caller frees it. */
char *fps_setupfile_diff(const struct fps_setupfile *file);

/* What is there becomes PATH~, unless somebody else has such a file. False and errno: it could not be written. */
bool fps_setupfile_write(struct fps_setupfile *file);

/* Undoes what fps_setupfile_write() did in this run. */
bool fps_setupfile_take_back(const struct fps_setupfile *file);

/* Removes it, and the PATH~ that setup has left beside it. */
bool fps_setupfile_remove(const struct fps_setupfile *file);

/* Renames it, for a look at how nginx does without it; or back. */
bool fps_setupfile_set_aside(const struct fps_setupfile *file, bool back);

#endif
