/*
 * The logs that were named on the command line.
 */
#ifndef FPS_FILES_H
#define FPS_FILES_H

#include "base/options.h"

struct fps_files {
	const char **names;
	size_t count;
	bool usual; /* nobody has named them: they are the tool's default */
};

void fps_files_add(struct fps_files *files, const char *name);

/* Adds the file that an option or an argument names. */
fps_options_setter fps_files_set;

/* Where nobody has named any. */
void fps_files_add_usual(struct fps_files *files, const char *name);

/*
 * Leaves out what is there twice, under one name, under several, or also compressed, and puts the others in the order
 * of their age.
 */
void fps_files_settle(struct fps_files *files);

/*
 * Whether the name is another one's with something behind it, as of a log that has been rotated away: error.log.1,
 * access.log-20261125.
 */
bool fps_files_is_rotated(const struct fps_files *files, const char *name);

void fps_files_free(struct fps_files *files);

#endif
