/*
 * Where the coroner's records go.
 *
 * php.ini's log is opened as FPM's own user, where nobody else can lead them elsewhere (trustedpath.h). A pool's own
 * log was named by a process of that pool's user, as were the modules of a native stack, and is not to be trusted: a
 * short-lived child of the supervisor that has become that user opens them (scribe.h). What can't be written where it
 * should goes to standard error, or, where FPM has left that, to the default log.
 */
#ifndef FPS_CORONER_OUTPUT_H
#define FPS_CORONER_OUTPUT_H

#include "blackbox.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whose log it is: the worker's user and groups, and the directory that is its root, -1 for ours. */
struct fps_output_user {
	uid_t uid;
	gid_t gid, groups[32];
	uint32_t group_count;
	int root_fd;
};

#define FPS_DEFAULT_LOG "/var/log/fpmsentinel.jsonl"
#define FPS_OUTPUT_PENDING (-1)

/*
 * `log` is php.ini's: a path, "stderr", or "" for the default. It must stay. For the supervisor: 0, or -1 with errno.
 */
int fps_output_init(const char *log);

/* FPM has gone to the background: nothing goes to standard error any more. */
void fps_output_daemonize(void);

/*
 * Whether a record of that user's, for that log, can be written now. If not: when a child has ended, or the supervisor,
 * which is stopped, goes on. An event, which is no death, may have fewer children.
 */
bool fps_output_has_room(const struct fps_output_user *user, const char *log, bool is_event);

struct fps_output_record {
	const char *log;                    /* php.ini's if it is that or NULL, else a pool's own */
	const struct fps_output_user *user; /* NULL only for php.ini's log and without a slot */
	const char *line;
	size_t len;
	/* NULL, or what the line was made of: a child makes a better one, with the names of native frames */
	const struct fps_slot *slot;
	uint32_t token;
	bool is_event; /* as of fps_output_has_room() */
};

/* 0 or an errno; or FPS_OUTPUT_PENDING while a child writes it: fps_output_work() reports its end by the token. */
int fps_output_write(const struct fps_output_record *record);

/* Whether a record for that log will probably get there: the last one did. */
bool fps_output_is_well(const char *log);

#define FPS_OUTPUT_FDS 18 /* at most: one for each child, standard error and the supervisor's socket */

/* What the main loop has to wait for, as well; returns how many. */
size_t fps_output_wait_for(struct pollfd *fds);

/* When a child has had its time, or standard error is to be tried again: CLOCK_MONOTONIC, UINT64_MAX for never. */
uint64_t fps_output_deadline_ns(void);

/* After a poll(): calls for each child that has ended, or was killed since it hung. */
void fps_output_work(void (*done)(uint32_t token, int error));

/* Whether a record for that log has to wait for a supervisor that is stopped; and whether any does. */
bool fps_output_is_held_up(const char *log);
bool fps_output_has_held_up(void);

/* True while nothing else waits to be written. */
bool fps_output_is_idle(void);

#endif
