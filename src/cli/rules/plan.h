/*
 * The plan: the values for settings that depend on each other, solved together from the configuration alone. All rules
 * take their advice from here, so no two of them contradict each other. Times are in seconds if they do not say
 * otherwise.
 *
 * It lowers what waits before it raises what gives up: a max_execution_time that request_terminate_timeout cuts anyway
 * is lowered where it stands, if it is one pool's alone. A request_terminate_timeout that is added comes well after
 * nginx has given up.
 */
#ifndef FPS_PLAN_H
#define FPS_PLAN_H

#include "log/records.h"
#include "rules/effective.h"

enum {
	FPS_PLAN_MOST = 3600,       /* no limit of one request above this is advised */
	FPS_PLAN_RELOAD_MOST = 120, /* nor a longer process_control_timeout */
	FPS_PLAN_RELOAD_LEAST = 30  /* what a reload waits for where no limit says how long a request takes */
};

/* max_execution_time of those requests; 0: none. */
int64_t fps_plan_execution(const struct fps_server *server, const struct fps_pair *user);

/* Where a lower one is to be put: where it stands, or in the pool if others share that. */
struct fps_effective fps_plan_execution_in(const struct fps_server *server, const struct fps_pair *user);

/* request_terminate_timeout of a pool; 0: none, or none that is within the bounds. */
int64_t fps_plan_terminate(const struct fps_server *server, const struct fps_section *pool);

/* fastcgi_read_timeout, in milliseconds. */
int64_t fps_plan_read(const struct fps_server *server, const struct fps_pair *pair);

/* The shortest of them, in milliseconds; INT64_MAX without any. */
int64_t fps_plan_shortest_read(const struct fps_server *server);

/*
 * process_control_timeout: as long as a request may take, and shorter than nginx waits, since no new worker starts
 * until the last old one is gone.
 */
int64_t fps_plan_reload(const struct fps_server *server, const struct fps_records *records);

/* How late FPM may notice a timeout, in milliseconds: it looks every third of the shortest timeout of all pools. */
int64_t fps_plan_lateness(const struct fps_server *server);

/* The lines that switch a pool's slow log on. The caller frees it. */
char *fps_plan_slow_log(const struct fps_server *server, const struct fps_section *pool);

#endif
