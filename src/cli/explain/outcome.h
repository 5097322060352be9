/*
 * What the client of an incident's request got, according to the access log. Lines that may belong to an incident are
 * kept, and each belongs to one request: the nearest one.
 */
#ifndef FPS_OUTCOME_H
#define FPS_OUTCOME_H

#include "explain/incidents.h"

struct fps_outcome {
	int status; /* 0: not known */
	char upstream_status[32];
	bool is_complete; /* the client got all of it */
	bool sent_again;  /* nginx sent the request to another worker afterwards */
};

/* One line of an access log that may be of an incident. */
struct fps_answer;

/* Zeros to begin with. */
struct fps_answers {
	struct fps_answer *all;
	size_t count, room;
	uint64_t *keys; /* of incidents that lines are looked for */
	size_t key_count, slots;
	uint64_t expected; /* up to this number incidents have their keys there */
};

/* From then on lines of these incidents are kept. */
void fps_outcome_expect(struct fps_answers *answers, const struct fps_incidents *incidents);

/* False if it is no line of an access log. */
bool fps_outcome_add(struct fps_answers *answers, const struct fps_entry *entry);

/* What is known of each incident goes to outcomes[]. `ahead`: by how many seconds the error log's time is. */
void fps_outcome_find(const struct fps_answers *answers, const struct fps_incidents *incidents, double ahead,
	struct fps_outcome *outcomes);

/* Drops all but that many of those read last. */
void fps_outcome_forget(struct fps_answers *answers, size_t most);

void fps_outcome_free(struct fps_answers *answers);

#endif
