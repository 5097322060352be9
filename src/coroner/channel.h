/*
 * The channel between FPM's processes and the coroner, made before any fork. It is a socket, held by the master and by
 * each worker until it has said hello, on which the kernel vouches for the sender. Beside it there is a pipe without
 * data, whose reading end workers keep: it hangs up when coroner and supervisor are gone.
 *
 * The end of the socket means that nobody can say hello any more. A worker says hello before any code of its pool has
 * run, so the text of a hello can be trusted; then it closes its end of the socket. It sends its doorbell along
 * (src/sig/doorbell.h), an eventfd that only it, the coroner and the supervisor have.
 *
 * Code named in FPM's configuration may run before the hello, and may send any descriptors, and many of them. So the
 * coroner makes no call that could block on one of them (fps_channel_is_of_kind()), and only children close them
 * (fdclose.h).
 */
#ifndef FPS_CORONER_CHANNEL_H
#define FPS_CORONER_CHANNEL_H

#include "blackbox.h"
#include "coroner/fdclose.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum fps_channel_word { FPS_CHANNEL_HELLO = 1, FPS_CHANNEL_STOP, FPS_CHANNEL_RELOAD, FPS_CHANNEL_MASTER };

/* What is sent; all messages but a hello consist of the word alone. */
struct fps_channel_words {
	uint32_t word;           /* enum fps_channel_word */
	struct fps_identity who; /* of a hello */
};

struct fps_channel_message {
	struct fps_channel_words words;
	/* From the kernel, as seen from the receiver's namespaces */
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int pidfd; /* the receiver closes it; -1 if the kernel does not send one along (before Linux 6.5) */
	union {
		struct {
			int memory;   /* likewise, for fdclose.h: the slot's file; -1 if the worker sent none */
			int bell;     /* likewise: its doorbell */
			int root;     /* likewise: the worker's root directory (O_PATH) */
			int lifeline; /* likewise: a pipe whose other end the worker keeps */
		};
		int sent[FPS_FDCLOSE_MESSAGE]; /* these, and what no worker sends */
	};
	size_t count; /* of `sent` */
	bool is_cut;  /* more came than there was room for; fps_channel_next() closes them */
};

/* All are close-on-exec and, except for the coroner's end of the socket, non-blocking. */
struct fps_channel {
	int fpm, peer;        /* FPM's processes: the socket, and the pipe's reading end */
	int bell;             /* a worker's own, from its hello on; -1 */
	int coroner, here;    /* the coroner's: the socket, and the pipe's writing end */
	bool needs_lifelines; /* the kernel has no pidfds: the hangup of a pipe shows the end of a worker */
};

/* 0, or -1 with errno. In MINIT. */
int fps_channel_open(struct fps_channel *channel);

/*
 * Sends a goodbye or a hello. A hello carries the slot's file (`memory`, -1: none), the doorbell, the root directory
 * and a lifeline (-1: none, nor the ones after it). Never blocks. False if nobody receives it, or the queue is full
 * because neither the coroner nor its supervisor has run for long.
 */
bool fps_channel_say(const struct fps_channel *channel, enum fps_channel_word word);
bool fps_channel_say_hello(
	const struct fps_channel *channel, const struct fps_identity *who, int memory, int root, int lifeline);

/* True once the coroner and its supervisor are gone, or have hung up; waits for that, at most `milliseconds`. */
bool fps_channel_is_cut(const struct fps_channel *channel, int milliseconds);

/*
 * For the coroner. 1: the next message, which stays in the queue until fps_channel_next(), so that it is not lost if
 * the coroner dies. 0: there is none now. -1: there will never be another one.
 */
int fps_channel_hear(const struct fps_channel *channel, struct fps_channel_message *message);
void fps_channel_next(const struct fps_channel *channel, const struct fps_channel_message *message);

/*
 * Whether a descriptor's link in /proc/self/fd begins with that name, such as "pipe:[" or "anon_inode:[eventfd]". Makes
 * no call on the file itself.
 */
bool fps_channel_is_of_kind(int fd, const char *kind);

/* Hands the message's descriptors that nobody has taken to fdclose.h, after fps_channel_next(). */
void fps_channel_discard(struct fps_channel_message *message);

/* For the coroner: ends the wait in fps_channel_is_cut(), even if others hold its end. */
void fps_channel_hang_up(struct fps_channel *channel);

#endif
