/*
 * Where the coroner's records go.
 *
 * The log in php.ini is opened as FPM's own user, with nobody else able to redirect it (trustedpath.h). A pool's own
 * log was named by a process of the pool's user, as were the modules of a native stack, and neither is trusted: a
 * short-lived child of the supervisor that has become that user opens them (setuidchild.h). A record that can't be
 * written to its log goes to standard error or, if FPM has left that, to the default log.
 */
#ifndef FPS_CORONER_LOGDESTINATION_H
#define FPS_CORONER_LOGDESTINATION_H

#include "blackbox.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whose log it is: the worker's user and groups, and its root directory, -1 for ours. */
struct fps_logdestination_user {
	uid_t uid;
	gid_t gid, groups[32];
	uint32_t group_count;
	int root_fd;
};

#define FPS_DEFAULT_LOG "/var/log/fpmsentinel.jsonl"
#define FPS_LOGDESTINATION_PENDING (-1)

/*
 * `log` is the one in php.ini: a path, "stderr", or "" for the default. It must stay valid. For the supervisor. 0, or
 * -1 with errno.
 */
int fps_logdestination_init(const char *log);

/* FPM has gone to the background: standard error is not used any more. */
void fps_logdestination_daemonize(void);

/*
 * Whether a record of that user for that log can be written now. If not, try again when a child has ended, or the
 * stopped supervisor continues. An event, which is not a death, may use fewer children.
 */
bool fps_logdestination_has_room(const struct fps_logdestination_user *user, const char *log, bool is_event);

struct fps_logdestination_record {
	const char *log;                            /* php.ini's if it is that or NULL, else a pool's own */
	const struct fps_logdestination_user *user; /* NULL only for php.ini's log and without a slot */
	const char *line;
	size_t len;
	/* NULL, or the slot that the line was made from: a child makes a better one, with the names of native frames */
	const struct fps_slot *slot;
	uint32_t token;
	bool is_event; /* as of fps_logdestination_has_room() */
};

/* 0 or an errno; or FPS_LOGDESTINATION_PENDING while a child writes it: then fps_logdestination_work() reports the end
 * with the token.
 */
int fps_logdestination_write(const struct fps_logdestination_record *record);

/* Whether a record for that log will probably be written: the last one was. */
bool fps_logdestination_is_well(const char *log);

#define FPS_LOGDESTINATION_FDS 18 /* the maximum: one for each child, standard error and the supervisor's socket */

/* Adds what the main loop has to wait for; returns how many. */
size_t fps_logdestination_wait_for(struct pollfd *fds);

/* When a child's time is up, or standard error is to be retried: CLOCK_MONOTONIC, UINT64_MAX for never. */
uint64_t fps_logdestination_deadline_ns(void);

/* After a poll(): calls `done` for each child that has ended, or was killed because it hung. */
void fps_logdestination_work(void (*done)(uint32_t token, int error));

/* Whether a record for that log has to wait for a stopped supervisor; and whether any has to. */
bool fps_logdestination_is_held_up(const char *log);
bool fps_logdestination_has_held_up(void);

/* True when nothing else waits to be written. */
bool fps_logdestination_is_idle(void);

#endif
