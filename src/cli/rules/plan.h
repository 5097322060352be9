/*
 * The plan: values for settings that depend on each other, computed together from the configuration alone. All rules
 * take their advice from it, so they never contradict each other. Times are in seconds unless stated otherwise.
 *
 * The plan prefers lowering what waits to raising what gives up. A max_execution_time that request_terminate_timeout
 * cuts anyway is lowered where it is set, or for that pool alone. What somebody set on purpose for one place stays. An
 * added request_terminate_timeout is well above nginx's own timeout.
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

/* Where to put a lower one: where it is set, or in the pool if others share that setting. */
struct fps_effective fps_plan_execution_in(const struct fps_server *server, const struct fps_pair *user);

/*
 * default_socket_timeout of those requests, and where to put it: below what waits for them, but not below what waits
 * for others that share it. INT64_MAX: leave it.
 */
int64_t fps_plan_socket(const struct fps_server *server, const struct fps_pair *user, struct fps_effective *target);

/* request_terminate_timeout of a pool; 0: none, or none within the bounds. */
int64_t fps_plan_terminate(const struct fps_server *server, const struct fps_section *pool);

/*
 * fastcgi_read_timeout in milliseconds: below the patience of those in front, unless it was set for one place on
 * purpose.
 */
int64_t fps_plan_read(const struct fps_server *server, const struct fps_pair *pair);

/* Whether a place has its own, longer one while others have a shorter one. */
bool fps_plan_is_chosen(const struct fps_server *server, const struct fps_pair *pair);

/* How long those in front of the web server wait for it, which decides who gives up first. 0: not known. */
int64_t fps_plan_front(const struct fps_server *server);

/* How long a request waits for a worker before somebody gives up, in milliseconds; INT64_MAX: not known. */
int64_t fps_plan_patience(const struct fps_server *server);

/* The shortest of all, in milliseconds; INT64_MAX if there is none. */
int64_t fps_plan_shortest_read(const struct fps_server *server);

/*
 * process_control_timeout: as long as a request may take, and shorter than nginx and those in front of it wait, since
 * no new worker starts until the last old one is gone: also where nginx waits for minutes. It fits into systemd's
 * TimeoutStopSec if that is long enough for usual requests. Without records pass an empty index, not NULL.
 */
int64_t fps_plan_reload(const struct fps_server *server, const struct fps_recordindex *records);

/* What it will be: the planned value, or the current one if that is fine. */
int64_t fps_plan_control(const struct fps_server *server, const struct fps_recordindex *records);

/* systemd's TimeoutStopSec; -1: none, or not known. Then the value that fits a process_control_timeout. */
int64_t fps_plan_stop(const struct fps_server *server);
int64_t fps_plan_stop_above(int64_t control);

/*
 * The queue of a pool, listen.backlog, which the kernel caps at net.core.somaxconn; -1: that maximum. Then the maximum
 * itself, which all pools share; 0: not known.
 */
int64_t fps_plan_backlog(const struct fps_server *server, const struct fps_section *pool);
int64_t fps_plan_somaxconn(const struct fps_server *server);

/* How late FPM may notice a timeout, in milliseconds: it checks every third of the shortest timeout of all pools. */
int64_t fps_plan_lateness(const struct fps_server *server);

/* The lines that enable a pool's slow log. The caller frees it. */
char *fps_plan_slow_log(const struct fps_server *server, const struct fps_section *pool);

#endif
