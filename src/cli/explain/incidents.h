/*
 * The failures in a web server's error log: one incident for each request that failed at its upstream.
 */
#ifndef FPS_INCIDENTS_H
#define FPS_INCIDENTS_H

#include "log/address.h"
#include "log/apachelog.h"
#include "log/entry.h"
#include "log/inputcounts.h"
#include "log/phpmessage.h"

/* One failure, as in the web server's log; join.h has the evidence for it, verdict.h its cause. */
struct fps_incident {
	int64_t time; /* seconds since the epoch, by the web server's clock and this process's time zone */
	/* the other time at which the log's clock showed the same, when summer time ended; 0: none, or the hour is known */
	int64_t again;
	int64_t pid, connection;
	int64_t client_port; /* 0: unknown */
	uint64_t number;     /* its position in the log */
	int64_t arrived;     /* for a followed log: when it was read, in milliseconds */
	bool is_reported;    /* it has been reported, and is only kept for further lines about the same request */
	bool merged;         /* last words that were assigned to the failure they belong to */
	enum fps_web_server web;
	bool is_cut; /* the entry is ambiguous: its upstream may have been another one */
	enum fps_kind kind;
	enum fps_upstream_phase phase;
	int error;
	char *message, *client, *method, *uri, *upstream, *host, *said, *request_id; /* never NULL */
	char event_id[33];
	enum fps_php_kind php;              /* PHP's message, for FPS_KIND_STDERR */
	uint64_t place;                     /* a hash: the same for the same upstream and host */
	struct fps_address address;         /* of the upstream, if the line leaves no doubt about it */
	const struct fps_logorigin *stream; /* NULL: nothing is known about it */
	char *file;                         /* NULL: it came from no stream */
};

struct fps_incidents {
	struct fps_incident *all;
	size_t count, room;
	uint64_t read;        /* failures so far */
	int64_t since, until; /* 0: no limit */
	struct fps_apachelog_attempts attempts;
	uint64_t parts;  /* Apache's entries that should be followed by another one about the same failure */
	uint64_t broken; /* entries that could not be read */
	bool doubled;    /* one of them is in an hour that the clock showed twice */
};

/* Adds an entry of a web server's error log. */
enum fps_use fps_incidents_add(struct fps_incidents *incidents, const struct fps_entry *entry);

/*
 * Whether two entries cannot come from the same host, by what is known about where they were written: another pod,
 * another host.
 */
bool fps_incidents_elsewhere(const struct fps_logorigin *one, const struct fps_logorigin *other);

/*
 * Call it when all have been added. Assigns last words to their failures, determines which of two equal hours it is
 * from the order of a log, and sorts everything by time.
 */
void fps_incidents_sort(struct fps_incidents *incidents);

/* Drops those that have been reported and arrived before that. */
void fps_incidents_forget(struct fps_incidents *incidents, int64_t arrived);

/* The length of a URI's path, without the query. */
size_t fps_incidents_path_len(const char *uri);

void fps_incidents_free(struct fps_incidents *incidents);

#endif
