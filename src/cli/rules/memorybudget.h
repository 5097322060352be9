/*
 * The memory that the workers may take, and that exists. All in bytes.
 */
#ifndef FPS_MEMORYBUDGET_H
#define FPS_MEMORYBUDGET_H

#include "rules/rules.h"

/* The memory that FPM may take in total, and where that is set. 0: not known. */
int64_t fps_memorybudget_room(const struct fps_doctor *doctor, struct fps_place *place);

/* What one worker of a pool takes. */
typedef int64_t fps_memorybudget_size(const struct fps_doctor *doctor, const struct fps_section *pool);

/* The largest worker in a record of this pool, 0 if there is none; and the largest that memory_limit allows. */
fps_memorybudget_size fps_memorybudget_observed, fps_memorybudget_allowed;

/* What opcache takes, which all workers share. */
int64_t fps_memorybudget_opcache(const struct fps_doctor *doctor);

/* What all pools take together with opcache, and the pool that takes the most; NULL if there is none. */
int64_t fps_memorybudget_sum(
	const struct fps_doctor *doctor, fps_memorybudget_size *size, const struct fps_section **most);

/*
 * How many workers of a pool fit beside the other pools into four fifths of `has`; the rest is for the system.
 * INT64_MAX: not known.
 */
int64_t fps_memorybudget_fitting(
	const struct fps_doctor *doctor, fps_memorybudget_size *size, const struct fps_section *pool, int64_t has);

/* How many workers of any pool fit into that. */
int64_t fps_memorybudget_workers(const struct fps_doctor *doctor, fps_memorybudget_size *size, int64_t has);

/* The same as fps_memorybudget_fitting(), with workers as large as records show, or as memory_limit allows. */
int64_t fps_memorybudget_fits(const struct fps_doctor *doctor, const struct fps_section *pool);

#endif
