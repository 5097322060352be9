/*
 * Writing as another user: in short-lived children of the supervisor, since the coroner has no right to become another
 * user.
 *
 * The coroner sends a job along with the end of a pipe. The supervisor forks a child, which becomes the pool's user,
 * does the job and answers into the pipe. The end of the pipe marks the end of the child; if the child could not be
 * started it comes at once. A child that hangs is killed after FPS_SETUIDCHILD_NS. While the supervisor is stopped,
 * jobs wait in the socket.
 */
#ifndef FPS_CORONER_SETUIDCHILD_H
#define FPS_CORONER_SETUIDCHILD_H

#include "coroner/logdestination.h"
#include "coroner/namecache.h"

#include "record/record.h"

#include <poll.h>

#define FPS_SETUIDCHILD_NS 2000000000ULL

enum fps_setuidchild_place {
	FPS_SETUIDCHILD_NOWHERE, /* return the record with the names of its native frames */
	FPS_SETUIDCHILD_OWN,     /* write to the pool's own log as its user */
};

/* For the supervisor, before the first coroner is forked: 0, or -1 with errno. */
int fps_setuidchild_open(void);

/* In a newly forked coroner: gives up the supervisor's end. */
void fps_setuidchild_leave_supervisor(void);

/*
 * For the coroner: sends a job. Returns the pipe to read the answer from at its end, which the caller closes; -1 with
 * errno, EPIPE if the supervisor is gone.
 */
int fps_setuidchild_ask(const struct fps_logdestination_record *record, enum fps_setuidchild_place place);

/* Whether the supervisor is stopped, so that no child will start; and whether one more job fits into the socket. */
bool fps_setuidchild_is_stopped(void);
bool fps_setuidchild_has_room(void);

/* A descriptor to wait for (POLLOUT) until there is room; -1 if there is. */
int fps_setuidchild_full_fd(void);

/* A child's answer. */
struct fps_setuidchild_answer {
	int error;    /* why it could not do its job, ETIMEDOUT if it was killed; 0 if it did */
	size_t len;   /* of the better record; 0 if there is none */
	size_t items; /* the names that it has found */
	char line[FPS_SIG_RECORD_MAX];
	struct fps_namecache_item *item; /* until the next one is read */
};

/* Call it once the pipe has ended. */
void fps_setuidchild_read(int answer, struct fps_setuidchild_answer *to);

/*
 * For the supervisor: the descriptor to wait for (-1 while it can start no more), until when (CLOCK_MONOTONIC,
 * UINT64_MAX: forever), and what to do then.
 */
int fps_setuidchild_fd(void);
uint64_t fps_setuidchild_due_ns(void);
void fps_setuidchild_work(void);

#endif
