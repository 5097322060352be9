/*
 * The line between FPM's processes and the coroner, made before any fork: a socket, held by the master
 * and by each worker until it has said hello, on which the kernel vouches for who speaks; and what
 * workers keep, the doorbell, a pipe (src/sig/doorbell.h), and a socket where the log lies (src/sig/standby.h).
 *
 * The socket's end means that nobody can say hello any more. A worker that has said it can say nothing
 * else to anybody's harm: ringing makes the coroner look, and a full doorbell has rung.
 */
#ifndef FPS_CORONER_LINE_H
#define FPS_CORONER_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum fps_line_word { FPS_LINE_HELLO = 1, FPS_LINE_STOP, FPS_LINE_RELOAD };

struct fps_line_message {
	uint32_t word; /* enum fps_line_word */
	uint32_t slot; /* of a hello */
	/* By the kernel, as the receiver's namespaces see them */
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int pidfd; /* the receiver's to close; -1 where the kernel does not send one along (before Linux 6.5) */
};

/* Both ends, all closed on exec. FPM's end of the socket and the doorbell are non-blocking. */
struct fps_line {
	int fpm, bell;         /* FPM's processes write */
	int coroner, bell_out; /* the coroner reads */
	int standby;           /* both read */
	int standby_in;        /* the coroner writes */
};

/* 0, or -1 with errno. In MINIT. */
int fps_line_open(struct fps_line *line);

void fps_line_close(int *fd);

/* Sends a word, never blocking. False if the coroner is not there, or has no time. */
bool fps_line_say(const struct fps_line *line, enum fps_line_word word, uint32_t slot);

/* True once the coroner has closed its end; waits for that, `milliseconds` at most. */
bool fps_line_is_cut(const struct fps_line *line, int milliseconds);

/* For the coroner: 1 and the next message, 0 if there is none now, -1 if there never will be one. */
int fps_line_hear(const struct fps_line *line, struct fps_line_message *message);

#endif
