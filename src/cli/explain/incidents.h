/*
 * What nginx's log tells of: one incident for each failure of an upstream, and what is found out about it.
 */
#ifndef FPS_INCIDENTS_H
#define FPS_INCIDENTS_H

#include "log/errorlog.h"
#include "log/records.h"

struct fps_incident {
	int64_t time; /* seconds since the epoch, as nginx's clock and this process's time zone have it */
	int64_t pid, connection;
	uint64_t number; /* its place in the log */
	int64_t arrived; /* of a log that is followed: when it was read, in milliseconds */
	bool is_told;    /* it has been told of: it only stays for what still comes of the same request */
	enum fps_web_server web;
	bool is_cut; /* the entry: its upstream may have been another one */
	enum fps_kind kind;
	enum fps_upstream_phase phase;
	int error;
	char *message, *client, *method, *uri, *upstream, *host, *said; /* never NULL */
	char event_id[33];
	bool merged; /* last words that have been given to the failure they belong to */

	struct fps_address address; /* of the upstream, where the line leaves no doubt about it */

	struct fps_record *record; /* the record of it, NULL if none was found */
	enum fps_certainty joined;
	enum fps_fit fit; /* of the address that its pool listens on */
	const char *joined_by;

	int status; /* of the access log, 0: not known */
	char upstream_status[32];
	bool complete; /* the client got all of it */
	bool sent_again; /* nginx sent the request to another worker afterwards */

	char *written; /* to standard error by the worker, at the end, as FPM's log has it; NULL: nothing */
	const char *cause;
	enum fps_certainty certainty;
	char why[640]; /* what the cause rests on */
};

struct fps_incidents {
	struct fps_incident *all;
	size_t count, room;
	uint64_t read;    /* failures so far */
	uint64_t entries, garbage; /* of nginx's, and what is none of them */
	uint64_t foreign; /* failures of upstreams that are not FastCGI */
	int64_t since, until; /* 0: no limit */
};

/* Adds the failures of one log of nginx's; the first entries that are none of nginx's are told on standard error. False if it can't be read, or has nothing of nginx's. */
bool fps_incidents_read(struct fps_incidents *incidents, const char *name, bool usual);

/* Adds the failures that the log has now. */
void fps_incidents_take(struct fps_incidents *incidents, struct fps_source *source);

/* One entry of the log. */
void fps_incidents_add(struct fps_incidents *incidents, struct fps_span entry);

/* When all have been added: gives last words to the failure that they belong to, and puts all in the order of time. */
void fps_incidents_sort(struct fps_incidents *incidents);

/* Drops those that have been told of and arrived before that. */
void fps_incidents_forget(struct fps_incidents *incidents, int64_t arrived);

/* The length of an URI's path: without the query. */
size_t fps_incidents_path_len(const char *uri);

void fps_incidents_free(struct fps_incidents *incidents);

#endif
