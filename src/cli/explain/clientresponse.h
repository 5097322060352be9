/*
 * What the client of an incident's request got, according to the access log. Lines that may belong to an incident are
 * kept, and each belongs to one request: the nearest one.
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

/* What an incident's request asked for, as far as it is known. Borrowed. */
struct fps_asked {
	const char *method, *uri; /* never NULL */
	bool is_path;             /* the URI has no query, whatever the client sent */
	double started;           /* seconds since the epoch; 0: not known */
};

/* One line of an access log that may be of an incident. */
struct fps_answer;

/* Zeros to begin with. */
struct fps_answers {
	struct fps_answer *all;
	size_t count, room;
	uint64_t *keys; /* of incidents that lines are looked for */
	uint64_t *bits; /* four for each slot, of which the keys' are set: they fit the cache where the keys do not */
	size_t key_count, slots;
	uint64_t expected; /* up to this number incidents have their keys there */
};

/* From then on lines of these incidents are kept. */
void fps_clientresponse_expect(struct fps_answers *answers, const struct fps_incidents *incidents);

/* Whether a line of an access log may be of one of them. */
bool fps_clientresponse_wants(const struct fps_answers *answers, struct fps_span line);

/* Keeps it if it is wanted. False if it is no line of an access log. */
bool fps_clientresponse_add(struct fps_answers *answers, const struct fps_entry *entry);

/*
 * What is known of each incident, of which asked[] says more, goes to outcomes[]. `ahead`: by how many seconds the
 * error log's time is.
 */
void fps_clientresponse_find(const struct fps_answers *answers, const struct fps_incidents *incidents,
	const struct fps_asked *asked, double ahead, struct fps_clientresponse *outcomes);

/* Drops all but that many of those read last. */
void fps_clientresponse_forget(struct fps_answers *answers, size_t most);

void fps_clientresponse_free(struct fps_answers *answers);

#endif
