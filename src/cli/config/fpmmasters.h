/*
 * The running masters of PHP-FPM, as far as they can be trusted: any user can title a process "php-fpm: master process
 * (x.conf)".
 */
#ifndef FPS_FPMMASTERS_H
#define FPS_FPMMASTERS_H

#include "base/span.h"

#include <sys/types.h>

struct fps_passed_over {
	pid_t pid;
	char *title, *why;
};

struct fps_fpmmasters {
	pid_t pid;  /* 0: none */
	char *conf; /* its configuration file, without links; of fps_fpmmasters_any() only, as is the next one */
	char *php;  /* its program, likewise */
	struct fps_passed_over *passed; /* masters by their titles that do not count, and why */
	size_t passed_count;
};

/*
 * The first master whose program and configuration may be used: it is root's or the caller's own, so are both files
 * (trusted.h), and they are the same files here as where it runs, which those of a container are not. `root` is put
 * before /proc.
 */
void fps_fpmmasters_any(struct fps_fpmmasters *running, const char *root);

/* The first master, root's or the caller's own, of that configuration file. */
void fps_fpmmasters_of(struct fps_fpmmasters *running, const char *root, const char *conf);
void fps_fpmmasters_free(struct fps_fpmmasters *running);

/* For a walk through the processes of /proc; begins with {.proc = NULL}. */
struct fps_processes {
	void *proc;
	int fd; /* O_PATH, of the process's directory; closed by the next call */
	pid_t pid;
};

/* The next one; false at the end. `root` is put before /proc. */
bool fps_fpmmasters_next(struct fps_processes *processes, const char *root);

/*
 * Whether a process runs as nobody but root or the caller; else `user` is who it runs as, (uid_t) -1 if that is not
 * known.
 */
bool fps_fpmmasters_is_trusted(int process, uid_t *user);

/* A file of a process's, NULL if it can't be read. */
char *fps_fpmmasters_read(int process, const char *name, size_t *len);

#endif
