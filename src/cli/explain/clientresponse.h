/*
 * What the client of an incident's request got, according to the access log. Keeps lines that may belong to an
 * incident, and assigns each to one request, the nearest.
 */
#ifndef FPS_CLIENTRESPONSE_H
#define FPS_CLIENTRESPONSE_H

#include "explain/incidents.h"

struct fps_clientresponse {
	int status; /* 0: not known */
	char upstream_status[32];
	bool is_complete; /* the client got all of it */
	bool sent_again;  /* nginx sent the request to another worker afterwards */
};

/* What an incident's request asked for, as far as that is known. Borrowed. */
struct fps_asked {
	const char *method, *uri; /* never NULL */
	bool is_path;             /* the URI has no query, whatever the client sent */
	double started;           /* seconds since the epoch; 0: not known */
};

/* A line of an access log that may belong to an incident. */
struct fps_answer;

/* Zeros to begin with. */
struct fps_answers {
	struct fps_answer *all;
	size_t count, room;
	uint64_t *keys; /* the incidents to find lines for */
	uint64_t *bits; /* four for each slot, set for those of the keys: they fit into the cache, the keys do not */
	size_t key_count, slots;
	uint64_t expected; /* incidents up to this number have their keys there */
};

/* From now on keeps lines of these incidents. */
void fps_clientresponse_expect(struct fps_answers *answers, const struct fps_incidents *incidents);

/* Whether a line of an access log may belong to one of them. */
bool fps_clientresponse_wants(const struct fps_answers *answers, struct fps_span line);

/* Keeps the line if it is needed. False if it is not a line of an access log. */
bool fps_clientresponse_add(struct fps_answers *answers, const struct fps_entry *entry);

/*
 * Writes what is known about each incident to outcomes[]; asked[] says more about the incident. `ahead`: how many
 * seconds the error log's clock is ahead.
 */
void fps_clientresponse_find(const struct fps_answers *answers, const struct fps_incidents *incidents,
	const struct fps_asked *asked, double ahead, struct fps_clientresponse *outcomes);

/* Drops all but that many of the lines read last. */
void fps_clientresponse_forget(struct fps_answers *answers, size_t most);

void fps_clientresponse_free(struct fps_answers *answers);

#endif
