/*
 * Compressed logs, known by their first bytes. gzip is zlib's; the rest goes through the program that wrote it
 * (docs/decisions/48-decompressors.md).
 */
#ifndef FPS_DECOMPRESS_H
#define FPS_DECOMPRESS_H

#include "base/span.h"

#include <sys/types.h>

struct fps_decompressor;

/* The program for a file that begins like this; NULL: it is not compressed, or by gzip. */
const struct fps_decompressor *fps_decompress_by(struct fps_span head);

/* Whether a file that begins like this is compressed in any way. */
bool fps_decompress_is_needed(struct fps_span head);

/*
 * Starts the program on the file, from its beginning. Returns a pipe with what it decompresses, and the program's pid;
 * the caller closes the pipe and calls fps_decompress_end(). -1 if that can't be: says why on standard error.
 */
int fps_decompress_start(const struct fps_decompressor *by, int fd, const char *name, pid_t *child);

/* Waits for the end of the program. False if it failed: says so on standard error, as the program has itself. */
bool fps_decompress_end(const struct fps_decompressor *by, const char *name, pid_t child);

/* Whether it is an archive, tar or zip: files within a file, of which only pieces would be understood. Says so. */
bool fps_decompress_is_archive(struct fps_span head, const char *name);

#endif
