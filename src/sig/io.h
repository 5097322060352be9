/* Putting a record where it belongs. May be called from a signal handler. */
#ifndef FPS_SIG_IO_H
#define FPS_SIG_IO_H

#include <stddef.h>

/*
 * Appends a line to the log, an absolute path. The file is opened for this one write, so that rotation
 * needs no signal; it must be a regular file, links are not followed. 0, or an errno; then no part of
 * the line is left in the file.
 */
int fps_sig_io_append(const char *log, const char *line, size_t len);

/* The process's own standard error, whatever that is, never blocking: 0, or EAGAIN when the pipe behind it is full. */
int fps_sig_io_stderr(const char *line, size_t len);

/* Opens the log as fps_sig_io_append() does: the descriptor, or -1 with errno. */
int fps_sig_io_open(const char *log);

/* Words for the errors that opening and writing a log give; any context. */
const char *fps_sig_io_error(int error);

#endif
