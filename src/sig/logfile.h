/* Opens the log and appends a record to it, or writes it to standard error. May be called from a signal handler. */
#ifndef FPS_SIG_LOGFILE_H
#define FPS_SIG_LOGFILE_H

#include <stddef.h>

/*
 * Opens the log, an absolute path: the descriptor, or -1 with errno. It must be a regular file; a last component that
 * is a symbolic link is not followed. root opens it only where nobody else decides which file it is (trustedpath.h).
 */
int fps_sig_logfile_open(const char *log);

/*
 * Appends a line to the log, which is opened for this one write, so that rotation needs no signal. 0, an errno or
 * FPS_SIG_TRUSTEDPATH_REFUSED; then no part of the line is left in the file.
 */
int fps_sig_logfile_append(const char *log, const char *line, size_t len);

/* The same for a descriptor that has just been opened, and is closed; or -1 and errno, if it could not be. */
int fps_sig_logfile_append_to(int fd, const char *line, size_t len);

/* The process's own standard error, whatever that is, never blocking: 0, or EAGAIN when the pipe behind it is full. */
int fps_sig_logfile_stderr(const char *line, size_t len);

#endif
