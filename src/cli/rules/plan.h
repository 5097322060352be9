/*
 * The plan: the values for settings that depend on each other, solved together from the configuration alone. All rules
 * take their advice from here, so no two of them contradict each other. Times are in seconds if they do not say
 * otherwise.
 *
 * It lowers what waits before it raises what gives up: a max_execution_time that request_terminate_timeout cuts anyway
 * is lowered, where it stands or for that pool alone. What one place has on purpose stays its own. A
 * request_terminate_timeout that is added comes well after nginx has given up.
 */
#ifndef FPS_PLAN_H
#define FPS_PLAN_H

#include "base/advicelimits.h"
#include "log/recordindex.h"
#include "rules/effective.h"

enum {
	FPS_PLAN_MOST = FPS_ADVICELIMITS_REQUEST,
	FPS_PLAN_RELOAD_MOST = FPS_ADVICELIMITS_RELOAD,
	FPS_PLAN_RELOAD_LEAST = 30, /* what a reload waits for where no limit says how long a request takes */
	FPS_PLAN_VISITOR = 60,      /* how long visitors and load balancers wait, unless that is given */
	FPS_PLAN_QUEUE_LEAST = 128, /* what Linux itself allowed for long: no shorter queue */
	FPS_PLAN_QUEUE = 511,       /* what is set in place of a shorter one */
	FPS_PLAN_SOMAXCONN = 4096   /* Linux's default from 5.4 on: no longer queue is of use */
};

/* max_execution_time of those requests; 0: none. */
int64_t fps_plan_execution(const struct fps_server *server, const struct fps_pair *user);

/* Where a lower one is to be put: where it stands, or in the pool if others share that. */
struct fps_effective fps_plan_execution_in(const struct fps_server *server, const struct fps_pair *user);

/*
 * default_socket_timeout of those requests, and where it is to be put: below what waits for them, but not below what
 * waits for others that share it. INT64_MAX: it stays.
 */
int64_t fps_plan_socket(const struct fps_server *server, const struct fps_pair *user, struct fps_effective *target);

/* request_terminate_timeout of a pool; 0: none, or none that is within the bounds. */
int64_t fps_plan_terminate(const struct fps_server *server, const struct fps_section *pool);

/*
 * fastcgi_read_timeout, in milliseconds: below the patience of those in front, unless it is one that a place has been
 * given on purpose.
 */
int64_t fps_plan_read(const struct fps_server *server, const struct fps_pair *pair);

/* Whether a place has a longer one of its own, while others have a shorter one. */
bool fps_plan_is_chosen(const struct fps_server *server, const struct fps_pair *pair);

/* How long those in front of the web server wait for it: who gives up first. 0: not known. */
int64_t fps_plan_front(const struct fps_server *server);

/* How long a request waits for a worker before somebody gives up, in milliseconds; INT64_MAX: not known. */
int64_t fps_plan_patience(const struct fps_server *server);

/* The shortest of them, in milliseconds; INT64_MAX without any. */
int64_t fps_plan_shortest_read(const struct fps_server *server);

/*
 * process_control_timeout: as long as a request may take, and shorter than nginx and those in front of it wait, since
 * no new worker starts until the last old one is gone: also where nginx waits for minutes. It fits into systemd's
 * TimeoutStopSec if that is long enough for usual requests.
 */
int64_t fps_plan_reload(const struct fps_server *server, const struct fps_recordindex *records);

/* What it will be: the same, or the one there is, if nothing is wrong with that. */
int64_t fps_plan_control(const struct fps_server *server, const struct fps_recordindex *records);

/* systemd's TimeoutStopSec; -1: none, or not known. And the one that fits a process_control_timeout. */
int64_t fps_plan_stop(const struct fps_server *server);
int64_t fps_plan_stop_above(int64_t control);

/*
 * The queue of a pool, listen.backlog, which the kernel cuts to net.core.somaxconn; -1: as long as that. And the
 * latter, which all pools share; 0: not known.
 */
int64_t fps_plan_backlog(const struct fps_server *server, const struct fps_section *pool);
int64_t fps_plan_somaxconn(const struct fps_server *server);

/* How late FPM may notice a timeout, in milliseconds: it looks every third of the shortest timeout of all pools. */
int64_t fps_plan_lateness(const struct fps_server *server);

/* The lines that switch a pool's slow log on. The caller frees it. */
char *fps_plan_slow_log(const struct fps_server *server, const struct fps_section *pool);

#endif
