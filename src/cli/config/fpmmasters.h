/*
 * The running masters of PHP-FPM that can be trusted: any user can title a process "php-fpm: master process (x.conf)".
 */
#ifndef FPS_FPMMASTERS_H
#define FPS_FPMMASTERS_H

#include "base/span.h"

#include <sys/types.h>

struct fps_passed_over {
	pid_t pid;
	char *title, *why;
};

struct fps_fpmmaster {
	char *conf, *php; /* its configuration file and its program, with links resolved */
};

struct fps_fpmmasters {
	pid_t pid;  /* 0: none */
	char *conf; /* its configuration file, with links resolved; this and `php` only by fps_fpmmasters_any() */
	char *php;  /* its program */
	struct fps_fpmmaster *others; /* further masters that may be used; only by fps_fpmmasters_any() */
	size_t other_count;
	struct fps_passed_over *passed; /* processes with a master's title that were rejected, and why */
	size_t passed_count;
};

/*
 * The first master whose program and configuration are safe to use. It belongs to root or the caller, as do both files
 * (trusted.h), and they are the same files here as where it runs, unlike those of a container. `root` is put before
 * /proc.
 */
void fps_fpmmasters_any(struct fps_fpmmasters *running, const char *root);

/* The first master, owned by root or the caller, with that configuration file. */
void fps_fpmmasters_of(struct fps_fpmmasters *running, const char *root, const char *conf);
void fps_fpmmasters_free(struct fps_fpmmasters *running);

/* A walk through the processes in /proc; start with {.proc = NULL}. */
struct fps_processes {
	void *proc;
	int fd; /* O_PATH descriptor of the process's directory; the next call closes it */
	pid_t pid;
};

/* The next process; false at the end. `root` is put before /proc. */
bool fps_fpmmasters_next(struct fps_processes *processes, const char *root);

/* Whether a process runs as root or the caller. Otherwise `user` is its user, or (uid_t) -1 if unknown. */
bool fps_fpmmasters_is_trusted(int process, uid_t *user);

/* The content of a file in its /proc directory, NULL if it can't be read. */
char *fps_fpmmasters_read(int process, const char *name, size_t *len);

#endif
