/*
 * All that the logs say, and what belongs together.
 */
#ifndef FPS_EXPLAIN_H
#define FPS_EXPLAIN_H

#include "explain/verdict.h"

/* What has been read. */
struct fps_known {
	struct fps_incidents incidents;
	struct fps_recordindex records;
	struct fps_fpm_log fpm_log;
	struct fps_systemevidence system; /* the kernel's and systemd's */
	struct fps_answers answers;       /* access logs, after the web server's error log */
};

/* What belongs together: a match for each incident, in their order. */
struct fps_joined {
	struct fps_evidence evidence;
	struct fps_match *matches;
};

/* An entry of any log; `to` is a struct fps_known, as of fps_multiline_taker. Lines of access logs come after
 * fps_explain_expect(). */
enum fps_use fps_explain_take(void *to, const struct fps_entry *entry);

/* Whether a line of an access log is of use, as of fps_quickscan_wanted. */
bool fps_explain_wants(void *from, struct fps_span line);

/* When all incidents are known, and are in order: lines of access logs are next. */
void fps_explain_expect(struct fps_known *known);

/* Puts all in order; before fps_explain_join(). */
void fps_explain_sort(struct fps_known *known);

/* Finds out what belongs together. It borrows what is known. */
struct fps_joined fps_explain_join(struct fps_known *known);

/*
 * Records that explain no incident, of the time that was asked for: of deaths, and how many of those came after the
 * answer, as in what runs behind fastcgi_finish_request(); and of requests that PHP ended there. No web server logs
 * anything of these.
 */
struct fps_explain_alone {
	size_t deaths, finished, ended;
};

struct fps_explain_alone fps_explain_alone(const struct fps_known *known, const struct fps_joined *joined);

/*
 * How many ends of workers, other than at pm.max_requests, by FPM's log and the kernel's, no incident and no record
 * has; `example` (not NULL) is the words of the last one.
 */
size_t fps_explain_other_ends(const struct fps_known *known, const struct fps_joined *joined, const char **example);

void fps_explain_release(struct fps_joined *joined);

void fps_explain_free(struct fps_known *known);

#endif
