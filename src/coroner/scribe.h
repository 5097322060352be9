/*
 * Writing as somebody else: short-lived children of the supervisor, since the coroner has no right to become another
 * user.
 *
 * The coroner sends a job along with the end of a pipe; the supervisor forks a child, which becomes the pool's user,
 * does the job and answers into the pipe. The pipe's end is the child's: that of one that could not be started comes at
 * once. A child that hangs is killed after FPS_SCRIBE_NS. While the supervisor is stopped jobs wait in the socket.
 */
#ifndef FPS_CORONER_SCRIBE_H
#define FPS_CORONER_SCRIBE_H

#include "coroner/namecache.h"
#include "coroner/output.h"

#include "record/record.h"

#include <poll.h>

#define FPS_SCRIBE_NS 2000000000ULL

enum fps_scribe_place {
	FPS_SCRIBE_NOWHERE, /* the record comes back, with the names of its native frames */
	FPS_SCRIBE_OWN,     /* the pool's own log, as its user */
};

/* For the supervisor, before the first coroner is forked: 0, or -1 with errno. */
int fps_scribe_open(void);

/* In a coroner that was forked just now: gives up the supervisor's end. */
void fps_scribe_leave_supervisor(void);

/*
 * For the coroner: sends a job. The pipe to read the answer from at its end, and the caller's to close; -1 with errno,
 * EPIPE if the supervisor is gone.
 */
int fps_scribe_ask(const struct fps_output_record *record, enum fps_scribe_place place);

/* Whether the supervisor is stopped, so that no child will start; and whether one more job fits in between. */
bool fps_scribe_is_stopped(void);
bool fps_scribe_has_room(void);

/* What to wait for (POLLOUT) until there is room; -1 if there is. */
int fps_scribe_full_fd(void);

/* A child's answer. */
struct fps_scribe_answer {
	int error;    /* what kept it from doing its job, ETIMEDOUT if it was killed; 0 */
	size_t len;   /* of the better record; 0 if there is none */
	size_t items; /* the names that it has found */
	char line[FPS_SIG_RECORD_MAX];
	struct fps_namecache_item *item; /* until the next one is read */
};

/* Once the pipe has ended. */
void fps_scribe_read(int answer, struct fps_scribe_answer *to);

/*
 * For the supervisor: the descriptor to wait for, -1 while it can start no more, until when (CLOCK_MONOTONIC,
 * UINT64_MAX: for ever), and what to do then.
 */
int fps_scribe_fd(void);
uint64_t fps_scribe_due_ns(void);
void fps_scribe_work(void);

#endif
