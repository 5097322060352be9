/*
 * Decides which evidence belongs to which incident.
 *
 * An incident claims each piece of evidence that does not contradict it, with a degree of certainty (enum fps_rank).
 * The surest claims of all are met first, so that no incident takes what more surely belongs to another one. Each piece
 * explains one incident.
 *
 * Everything but the id in last words comes from a pool's workers, which may lie. The address on which a pool listens
 * does not: so a record whose address is the one that the web server names comes before one whose address is not known,
 * and before all others, which are never certain.
 */
#ifndef FPS_JOIN_H
#define FPS_JOIN_H

#include "explain/clientresponse.h"
#include "explain/evidence.h"

/* How surely a piece belongs to an incident, the surest first. */
enum fps_rank {
	FPS_RANK_ID,          /* last words, or a request id, name the record; one for each fit, as are the next two */
	FPS_RANK_CONNECTION,  /* the web server's numbers, and the request line */
	FPS_RANK_REQUEST,     /* request line, client and time */
	FPS_RANK_NUMBERS = 9, /* the numbers, with another request line */
	FPS_RANK_NAMED = 12,  /* FPM's log names the script and the pool */
	FPS_RANK_POOL,        /* time, and a pool that listens on the upstream's address */
	FPS_RANK_OTHER_ID,    /* records with another address, in the same order */
	FPS_RANK_OTHER_CONNECTION,
	FPS_RANK_OTHER_REQUEST,
	FPS_RANK_OTHER_NUMBERS,
	FPS_RANK_TIME,     /* time alone */
	FPS_RANK_RECYCLED, /* a worker of that pool, or of some pool, ended itself then */
	FPS_RANK_RECYCLED_TIME,
	FPS_RANK_LATE, /* request and client, minutes later; one for each fit */
	FPS_RANK_NONE = 99
};

struct fps_match {
	const struct fps_piece *piece; /* the piece that explains the incident alone; NULL: none */
	unsigned rank;
	double apart;
	bool may_be_late; /* nothing else explains why it was closed */
	bool is_disputed; /* it could as well belong to a record of a pool with unknown address */
	enum fps_certainty certainty;
	const char *by;                 /* how it was found */
	enum fps_fit fit;               /* for a record's address */
	const struct fps_piece *rival;  /* another piece that fits as well but has another cause; NULL: none */
	size_t rivals;                  /* other incidents that the piece fits as well */
	const struct fps_piece *spare;  /* a piece that fits, but explains another incident that it fits as well */
	const struct fps_piece *common; /* a stop, reload or fall at that time; NULL: none */
	enum fps_pool_fit common_fit;
	const struct fps_piece *fall; /* FPM's log has a start without a stop, which fits beside `common`; NULL: none */
	const struct fps_piece *down; /* a stop or fall after which FPM was not there yet */
	const struct fps_piece *full; /* all workers were busy by then, as FPM's log says */
	enum fps_pool_fit full_fit;
	struct fps_clientresponse outcome;
	bool sent_again; /* the web server sent the request to another worker afterwards */
	int64_t time;    /* of the incident, now that the hour is known */
};

/*
 * By how many seconds the web server's log is ahead of the records: another clock, or another time zone. 0 if that is
 * not known.
 */
double fps_join_shift(const struct fps_incidents *incidents, const struct fps_recordindex *records);

/*
 * Returns a match for each incident, in their order; the caller frees them. Evidence that a reported incident has taken
 * remains taken.
 */
struct fps_match *fps_join_all(
	const struct fps_incidents *incidents, const struct fps_evidence *evidence, const struct fps_answers *answers);

/* The record that explains the incident; NULL: none. */
const struct fps_record *fps_join_record(const struct fps_match *match);

/* What was requested: from the record if the web server's log does not say. Borrows from both. */
struct fps_asked fps_join_asked(const struct fps_incident *incident, const struct fps_match *match);

/* Assigns the evidence that explains a reported incident to it permanently. */
void fps_join_keep(const struct fps_incident *incident, const struct fps_match *match);

#endif
