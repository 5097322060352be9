/*
 * Everything that the logs say, and how it belongs together.
 */
#ifndef FPS_EXPLAIN_H
#define FPS_EXPLAIN_H

#include "explain/verdict.h"

/* What has been read. */
struct fps_known {
	struct fps_incidents incidents;
	struct fps_recordindex records;
	struct fps_fpm_log fpm_log;
	struct fps_kernelsystemdevents system; /* from the kernel and systemd */
	struct fps_answers answers;            /* access logs, after the web server's error log */
};

/* The result of the join: a match for each incident, in their order. */
struct fps_joined {
	struct fps_evidence evidence;
	struct fps_match *matches;
};

/*
 * Takes an entry of any log; `to` is a struct fps_known, as in fps_multiline_taker. Lines of access logs come after
 * fps_explain_expect().
 */
enum fps_use fps_explain_take(void *to, const struct fps_entry *entry);

/* Whether a line of an access log is needed, as in fps_quickscan_wanted. */
bool fps_explain_wants(void *from, struct fps_span line);

/* Call it when all incidents are known and sorted: lines of access logs come next. */
void fps_explain_expect(struct fps_known *known);

/* Sorts everything; call it before fps_explain_join(). */
void fps_explain_sort(struct fps_known *known);

/* Joins incidents and evidence. Borrows what is known. */
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
 * How many ends of workers in FPM's log and the kernel's, other than at pm.max_requests, have no incident and no
 * record; `example` (not NULL) is the text of the last one.
 */
size_t fps_explain_other_ends(const struct fps_known *known, const struct fps_joined *joined, const char **example);

void fps_explain_release(struct fps_joined *joined);

void fps_explain_free(struct fps_known *known);

#endif
