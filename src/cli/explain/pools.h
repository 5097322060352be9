/*
 * Which pool listens where: according to records, otherwise by names if these leave no doubt.
 */
#ifndef FPS_POOLS_H
#define FPS_POOLS_H

#include "explain/incidents.h"
#include "explain/kernelsystemdevents.h"
#include "log/fpmlog.h"
#include "log/recordindex.h"

enum fps_pool_fit {
	FPS_POOL_MATCH, /* this pool, and no other known one, listens at the incident's upstream */
	FPS_POOL_UNKNOWN,
	FPS_POOL_OTHER /* it listens elsewhere, or another one listens there */
};

/* All that is known; borrows from its sources. */
struct fps_pools {
	const struct fps_fpm_log *fpm;
	const struct fps_record **records;     /* one for each pool and address */
	const struct fps_incident **incidents; /* one for each upstream */
	size_t record_count, incident_count;
	struct fps_pools_known *known; /* cached results */
};

struct fps_pools fps_pools_of(
	const struct fps_incidents *incidents, const struct fps_recordindex *records, const struct fps_fpm_log *fpm);

/* A pool of the FPM whose log has that number. */
enum fps_pool_fit fps_pools_fit(
	const struct fps_pools *pools, size_t log, const char *pool, const struct fps_incident *incident);

/* The same of all pools of that FPM together. */
enum fps_pool_fit fps_pools_fit_any(const struct fps_pools *pools, size_t log, const struct fps_incident *incident);

/* For all pools of the FPM in that systemd unit, such as "php8.2-fpm.service". */
enum fps_pool_fit fps_pools_fit_unit(
	const char *unit, const struct fps_logorigin *stream, const struct fps_incident *incident);

/* For a worker that a line of the kernel's names, by its process or its cgroup. */
enum fps_pool_fit fps_pools_fit_kernel(
	const struct fps_kernelsystemdevents_kernel *event, const struct fps_incident *incident);

/* Whether a unit or a process, as "php-fpm7.4", is of another PHP than the FPM whose log has that number. */
bool fps_pools_other_version(const struct fps_pools *pools, size_t log, const char *name);

void fps_pools_free(struct fps_pools *pools);

#endif
