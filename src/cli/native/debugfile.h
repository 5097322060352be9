/*
 * A file with debug information, found and opened by its build id. See addr2line.h for where it is looked for, and what
 * is not trusted.
 */
#ifndef FPS_DEBUGFILE_H
#define FPS_DEBUGFILE_H

#include <elfutils/libdw.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FPS_BUILD_ID_MAX = 64 };

struct fps_build_id {
	size_t len;
	uint8_t bytes[FPS_BUILD_ID_MAX];
};

struct fps_debugfile_part {
	int fd; /* -1: none */
	Elf *elf;
	Dwarf *dwarf;        /* NULL: none */
	char path[PATH_MAX]; /* empty: a server's */
	bool named;          /* in the directory that the caller has named */
};

struct fps_debugfile {
	struct fps_debugfile_part main;
	struct fps_debugfile_part supplement; /* what dwz has taken out of several files, if it has */
};

/*
 * Searches the directory (NULL: /usr/lib/debug), then the module itself, then a server; main.dwarf is NULL if nothing
 * was found. What the caller has not named must belong to root or the caller (trusted.h): libdw is not made for
 * malicious files.
 */
void fps_debugfile_open(
	struct fps_debugfile *file, const struct fps_build_id *wanted, const char *directory, const char *module);
void fps_debugfile_close(struct fps_debugfile *file);

#endif
