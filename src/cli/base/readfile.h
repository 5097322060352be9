/*
 * Whole files of at most 64 MB.
 */
#ifndef FPS_READFILE_H
#define FPS_READFILE_H

#include "base/span.h"

/* What has been read of a descriptor. The text ends in a NUL; the caller frees it. */
struct fps_readfile_stream {
	int fd; /* -1: at its end, and closed */
	char *text;
	size_t len, size;
};

/* Reads what is there. False: that is more than 64 MB. */
bool fps_readfile_piece(struct fps_readfile_stream *stream);

/* A whole file, "-" for standard input. NULL and errno if it can't be read. The caller frees it. */
char *fps_readfile(const char *name, size_t *len);

/* The same of a descriptor, which is closed. */
char *fps_readfile_open(int fd, size_t *len);

#endif
