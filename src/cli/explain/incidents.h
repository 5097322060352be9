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

/* One failure, as the web server's log gives it; join.h has what belongs to it, verdict.h what it was. */
struct fps_incident {
	int64_t time;  /* seconds since the epoch, by the web server's clock and this process's time zone */
	int64_t again; /* the other time that the log's clock showed the same at, when summer time ended; 0: none, or it is
					  known which */
	int64_t pid, connection;
	int64_t client_port; /* 0: unknown */
	uint64_t number;     /* its place in the log */
	int64_t arrived;     /* of a log that is followed: when it was read, in milliseconds */
	bool is_reported;    /* it has been reported: it only stays for what still comes of the same request */
	bool merged;         /* last words that have been given to the failure they belong to */
	enum fps_web_server web;
	bool is_cut; /* the entry: its upstream may have been another one */
	enum fps_kind kind;
	enum fps_upstream_phase phase;
	int error;
	char *message, *client, *method, *uri, *upstream, *host, *said, *request_id; /* never NULL */
	char event_id[33];
	enum fps_php_kind php;           /* what PHP said, of FPS_KIND_STDERR */
	uint64_t place;                  /* a hash: the same for the same upstream and host */
	struct fps_address address;      /* of the upstream, where the line leaves no doubt about it */
	const struct fps_stream *stream; /* NULL: nothing is known of it */
	char *file;                      /* NULL: it came from none */
};

struct fps_incidents {
	struct fps_incident *all;
	size_t count, room;
	uint64_t read;        /* failures so far */
	int64_t since, until; /* 0: no limit */
	struct fps_apachelog_attempts attempts;
	uint64_t parts;  /* entries of Apache's that another one of the same failure should follow */
	uint64_t broken; /* entries that could not be read */
	bool doubled;    /* one of them is in an hour that the clock showed twice */
};

/* An entry of a web server's error log. */
enum fps_use fps_incidents_add(struct fps_incidents *incidents, const struct fps_entry *entry);

/* Whether what is known of where two entries were written contradicts their being of one host: another pod, another
 * host. */
bool fps_incidents_elsewhere(const struct fps_stream *one, const struct fps_stream *other);

/*
 * When all have been added: gives last words to the failure that they belong to, finds out where the order of a log
 * says which of two equal hours it is in, and puts all in the order of time.
 */
void fps_incidents_sort(struct fps_incidents *incidents);

/* Drops those that have been reported and arrived before that. */
void fps_incidents_forget(struct fps_incidents *incidents, int64_t arrived);

/* The length of an URI's path: without the query. */
size_t fps_incidents_path_len(const char *uri);

void fps_incidents_free(struct fps_incidents *incidents);

#endif
