/*
 * How many requests access logs hold.
 */
#ifndef FPS_REQUESTCOUNT_H
#define FPS_REQUESTCOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Requests that were passed to FPM or, if the log does not say, all requests. */
struct fps_requests {
	int64_t since, until; /* only those statuses; 0: no limit */
	uint64_t count;
	int64_t first, last; /* when; 0: the log does not say */
};

/* Whether that time is one of the log's, or it does not tell. */
bool fps_requestcount_covers(const struct fps_requests *requests, double time);

/* Adds the requests of a log. False if it can't be read. */
bool fps_requestcount_add(struct fps_requests *requests, const char *name);

#endif
