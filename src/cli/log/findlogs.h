/*
 * The logs to read: those that were named, those in folders that were named, or those in the usual places.
 */
#ifndef FPS_FINDLOGS_H
#define FPS_FINDLOGS_H

#include "base/options.h"
#include "log/entry.h"

struct fps_file {
	char *name;
	bool usual;               /* it was found, not named by the caller, and is only read if trusted.h accepts it */
	enum fps_entry_kind kind; /* the kind that the caller says it is; FPS_ENTRY_KINDS: whatever it contains */
};

struct fps_files {
	struct fps_file *all;
	size_t count;
	const char *folder; /* the last one that was named; NULL: none */
	size_t skipped;     /* how many files in folders were skipped: not regular, too deep, or the kernel's */
	char *example;      /* the first of them */
};

/* Adds a file, or all regular files below a folder, except what the kernel generates, as in /proc. `kind` as above. */
void fps_findlogs_add(struct fps_files *files, const char *name, enum fps_entry_kind kind);

/* Adds the file that an option or an argument names, of any kind or of the kind in the setter's name. */
fps_options_setter fps_findlogs_set, fps_findlogs_set_nginx, fps_findlogs_set_records, fps_findlogs_set_access,
	fps_findlogs_set_fpm;

/*
 * Adds the logs of both web servers, of FPM and of this extension at the paths that distributions use, with their
 * rotated files, or only those of a kind (FPS_ENTRY_KINDS: all).
 */
void fps_findlogs_add_all_usual(struct fps_files *files, enum fps_entry_kind kind);

/* Of these, adds those that --follow needs, some of them whether they exist or not. */
void fps_findlogs_add_followed(struct fps_files *files);

/* Removes duplicates (the same name, several names, or also compressed), and sorts the others by age. */
void fps_findlogs_settle(struct fps_files *files);

/*
 * Removes those of a kind, and regular files that were last written before that time. Returns how many the latter are.
 */
size_t fps_findlogs_drop(struct fps_files *files, enum fps_entry_kind kind, int64_t before);

/* Whether the name is that of a rotated version of another one, such as error.log.1 or access.log-20261125. */
bool fps_findlogs_is_rotated(const struct fps_files *files, const char *name);

/* One that rotation has made of the log of that name and that is not among these; NULL: there is none. The caller frees
 * it. */
char *fps_findlogs_left_out(const struct fps_files *files, const char *name);

/* The length of a file's name without what rotation and compression add: ".1", ".2.gz", "-20261130". */
size_t fps_findlogs_base(const char *name);

void fps_findlogs_free(struct fps_files *files);

#endif
