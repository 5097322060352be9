/*
 * Memory: what the workers may take, and what there is. All in bytes.
 */
#ifndef FPS_BUDGET_H
#define FPS_BUDGET_H

#include "rules/rules.h"

/* The memory that FPM may take in all, and where that is said. 0: not known. */
int64_t fps_budget_room(const struct fps_doctor *doctor, struct fps_place *place);

/* What one worker of a pool takes. */
typedef int64_t fps_budget_size(const struct fps_doctor *doctor, const struct fps_section *pool);

/* The largest worker that a record of this pool reports, 0 if none does; the largest one that a page may have. */
fps_budget_size fps_budget_observed, fps_budget_allowed;

/* What opcache takes, which all workers share. */
int64_t fps_budget_opcache(const struct fps_doctor *doctor);

/* What all pools take with opcache, and the pool that takes the most of it, NULL if there is none. */
int64_t fps_budget_sum(const struct fps_doctor *doctor, fps_budget_size *size, const struct fps_section **most);

/*
 * How many workers of a pool fit beside the other pools, into four fifths of `has`: the system wants some as well.
 * INT64_MAX: not known.
 */
int64_t fps_budget_fitting(
	const struct fps_doctor *doctor, fps_budget_size *size, const struct fps_section *pool, int64_t has);

/* How many workers of any pool fit into that. */
int64_t fps_budget_workers(const struct fps_doctor *doctor, fps_budget_size *size, int64_t has);

/* The same as fps_budget_fitting(), as large as records report workers, or as memory_limit allows. */
int64_t fps_budget_fits(const struct fps_doctor *doctor, const struct fps_section *pool);

#endif
