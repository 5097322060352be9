/*
 * The logs that are to be read: those that were named, those in folders that were named, or those in the usual places.
 */
#ifndef FPS_FINDLOGS_H
#define FPS_FINDLOGS_H

#include "base/options.h"
#include "log/entry.h"

struct fps_file {
	char *name;
	bool usual;               /* nobody has named it: it was found, and is read only if trusted.h lets it pass */
	enum fps_entry_kind kind; /* that the caller says it is of; FPS_ENTRY_KINDS: whatever it has */
};

struct fps_files {
	struct fps_file *all;
	size_t count;
	const char *folder; /* the last one that was named; NULL: none */
	size_t skipped;     /* what is in folders and was not taken: no regular file, too deep, the kernel's */
	char *example;      /* the first of these */
};

/* A file, or all regular files below a folder, but for what the kernel makes up, as /proc. `kind` as above. */
void fps_findlogs_add(struct fps_files *files, const char *name, enum fps_entry_kind kind);

/* Adds the file that an option or an argument names: of any kind, or of the one in the setter's name. */
fps_options_setter fps_findlogs_set, fps_findlogs_set_nginx, fps_findlogs_set_records, fps_findlogs_set_access,
	fps_findlogs_set_fpm;

/* A file that nobody has named, and with `rotated` those beside it that rotation has made of it. Which is not there is
 * left out. */
void fps_findlogs_add_usual(struct fps_files *files, const char *name, enum fps_entry_kind kind, bool rotated);

/* The logs of both web servers, of FPM and of this extension in the places that distributions give them. */
void fps_findlogs_add_all_usual(struct fps_files *files);

/* Of these, what --follow needs, whether it is there or not. */
void fps_findlogs_add_followed(struct fps_files *files);

/*
 * Leaves out what is there twice, under one name, under several, or also compressed, and puts the others in the order
 * of their age.
 */
void fps_findlogs_settle(struct fps_files *files);

/*
 * Whether the name is another one's with something behind it, as of a log that has been rotated away: error.log.1,
 * access.log-20261125.
 */
bool fps_findlogs_is_rotated(const struct fps_files *files, const char *name);

/* The length of a file's name without what rotation and compression add: ".1", ".2.gz", "-20261130". */
size_t fps_findlogs_base(const char *name);

void fps_findlogs_free(struct fps_files *files);

#endif
