/*
 * The channel between FPM's processes and the coroner, made before any fork: a socket, held by the master
 * and by each worker until it has said hello, on which the kernel vouches for the sender; and a pipe without
 * data, of which workers keep the reading end: it hangs up when coroner and supervisor are gone.
 *
 * The socket's end means that nobody can say hello any more. A worker says hello before any code of its
 * pool has run, so the text of a hello can be trusted, and gives its end up with it. It sends its doorbell along
 * (src/sig/doorbell.h), an eventfd that nobody else has but the coroner and its supervisor.
 *
 * Code that FPM's configuration names may run before the hello, and send any descriptor along, and many. So nothing is
 * asked of one that could wait (fps_channel_is_of_kind()), and only children close them (closer.h).
 */
#ifndef FPS_CORONER_CHANNEL_H
#define FPS_CORONER_CHANNEL_H

#include "blackbox.h"
#include "coroner/closer.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum fps_channel_word { FPS_CHANNEL_HELLO = 1, FPS_CHANNEL_STOP, FPS_CHANNEL_RELOAD, FPS_CHANNEL_MASTER };

/* What is sent: all but a hello is the word alone. */
struct fps_channel_words {
	uint32_t word;           /* enum fps_channel_word */
	struct fps_identity who; /* of a hello */
};

struct fps_channel_message {
	struct fps_channel_words words;
	/* By the kernel, as the receiver's namespaces see them */
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int pidfd; /* the receiver's to close; -1 where the kernel does not send one along (before Linux 6.5) */
	union {
		struct {
			int memory;   /* likewise, for closer.h: the slot's file; -1 if the worker sent none */
			int bell;     /* likewise: its doorbell */
			int root;     /* likewise: the worker's root directory (O_PATH) */
			int lifeline; /* likewise: a pipe, of which the worker keeps the other end */
		};
		int sent[FPS_CLOSER_MESSAGE]; /* these, and what no worker sends */
	};
	size_t count; /* of `sent` */
	bool is_cut;  /* more came than there was room for: to go on closes them */
};

/* All closed on exec and, but for the coroner's end of the socket, non-blocking. */
struct fps_channel {
	int fpm, peer;        /* FPM's processes: the socket, and the pipe's reading end */
	int bell;             /* a worker's own, from its hello on; -1 */
	int coroner, here;    /* the coroner's: the socket, and the pipe's writing end */
	bool needs_lifelines; /* the kernel gives no pidfds: the hangup of a pipe shows the end of a worker */
};

/* 0, or -1 with errno. In MINIT. */
int fps_channel_open(struct fps_channel *channel);

/*
 * Sends a goodbye, or a hello with the slot's file (`memory`, -1: none), the doorbell, the root directory and a
 * lifeline (likewise; none without the one before), never blocking. False if nobody is there to hear it, or the queue
 * is full: neither the coroner nor its supervisor has run for long.
 */
bool fps_channel_say(const struct fps_channel *channel, enum fps_channel_word word);
bool fps_channel_say_hello(
	const struct fps_channel *channel, const struct fps_identity *who, int memory, int root, int lifeline);

/* True once the coroner and its supervisor are gone, or have hung up; waits for that, `milliseconds` at most. */
bool fps_channel_is_cut(const struct fps_channel *channel, int milliseconds);

/*
 * For the coroner: 1 and the next message, which stays in the queue until fps_channel_next(), so that the death of a
 * coroner cannot lose it; 0 if there is none now, -1 if there will never be another one.
 */
int fps_channel_hear(const struct fps_channel *channel, struct fps_channel_message *message);
void fps_channel_next(const struct fps_channel *channel, const struct fps_channel_message *message);

/* Whether a descriptor is what the kernel calls so in /proc/self/fd, up to the id of one: "pipe:[",
 * "anon_inode:[eventfd]". Asks the file nothing. */
bool fps_channel_is_of_kind(int fd, const char *kind);

/* Has closer.h close the message's descriptors that nobody has taken, after fps_channel_next(). */
void fps_channel_discard(struct fps_channel_message *message);

/* For the coroner: ends the wait in fps_channel_is_cut(), whoever else holds its end. */
void fps_channel_hang_up(struct fps_channel *channel);

#endif
