/*
 * Compressed logs, recognised by their first bytes. zlib reads gzip; other formats go through their own programs
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
 * Starts the program on the file, from its beginning. Returns a pipe with the decompressed data, and the program's pid.
 * The caller closes the pipe and calls fps_decompress_end(). -1 if that fails; prints the reason.
 */
int fps_decompress_start(const struct fps_decompressor *by, int fd, const char *name, pid_t *child);

/* Waits for the program to end. False if it failed; prints that, as the program has done itself. */
bool fps_decompress_end(const struct fps_decompressor *by, const char *name, pid_t child);

/*
 * Whether it is an archive, a journal or an encoded mail: of files within a file only pieces would be understood. Says
 * so.
 */
bool fps_decompress_is_archive(struct fps_span head, const char *name);

#endif
