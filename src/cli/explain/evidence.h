/*
 * Evidence: everything that logs and records say about deaths, as pieces of one type. A piece says what it identifies
 * (pool, address, pid, script, URI, connection, host) and when the failure that it explains was logged. It explains one
 * incident, unless it is collective: a stop, a reload, the end of all of FPM.
 */
#ifndef FPS_EVIDENCE_H
#define FPS_EVIDENCE_H

#include "explain/clockoffset.h"
#include "explain/kernelsystemdevents.h"
#include "explain/pools.h"

enum fps_piece_kind {
	FPS_PIECE_RECORD,     /* a record of a request */
	FPS_PIECE_END,        /* a worker's death, from FPM's log or the kernel's */
	FPS_PIECE_RECYCLED,   /* a worker ended itself, as at pm.max_requests */
	FPS_PIECE_DISALLOWED, /* FPM turned a connection away */
	FPS_PIECE_SLOW,       /* a request ran for longer than request_slowlog_timeout */
	FPS_PIECE_FULL,       /* all workers were busy */
	FPS_PIECE_STOP,
	FPS_PIECE_RELOAD,
	FPS_PIECE_FALL /* all of FPM ended without a stop */
};

#define FPS_NO_LOG ((size_t) -1)

/* The incident of this piece was reported, and has since been forgotten. */
#define FPS_FORGOTTEN ((size_t) -1)

struct fps_piece {
	enum fps_piece_kind kind;
	double time;          /* by the web server's clock */
	double before, after; /* by how much the failure may be logged before and after that */
	/* what to add for the other reading of the time, in the hour that the clock showed twice; 0: none */
	double again;
	double back;     /* for a stop: when FPM was running again; 0: that is not logged */
	uint64_t *taken; /* 1 + the number of the incident that it explains, stored in its source; NULL: collective */
	size_t owner;    /* 1 + the position of its incident; used by join.c */
	int64_t pid;
	size_t log;       /* the FPM that it comes from; FPS_NO_LOG: none */
	const char *pool; /* NULL: unknown, or all of that FPM */
	const struct fps_record *record;
	const struct fps_fpm_event *event, *timeout, *last,
		*emergency; /* what FPM's log says; the timeout before an end; the end of a stop; why FPM reloaded itself */
	const struct fps_kernelsystemdevents_kernel *kernel;
	bool is_kernel_by_time; /* the kernel's line has another pid, as that of a worker in a container has */
	const struct fps_kernelsystemdevents_kernel
		*other_kernel; /* that line went to another end, and could be this one's */
	const struct fps_kernelsystemdevents_unit *unit;
};

struct fps_evidence {
	const struct fps_recordindex *records;
	const struct fps_fpm_log *fpm;
	double shift; /* by how much the web server's log is ahead of the records */
	struct fps_fpm_clock *clocks;
	struct fps_pools pools;
	struct fps_piece *of_records; /* one for each of records->all, in that order */
	struct fps_piece *points;     /* pieces with a moment, by time */
	struct fps_piece *spans;      /* stops, reloads, falls */
	size_t point_count, point_room, span_count, span_room;
	const struct fps_logorigin **hosts; /* where incidents were logged */
	size_t host_count;
};

/* Makes evidence from what has been read and sorted, which it borrows. */
struct fps_evidence fps_evidence_of(const struct fps_incidents *incidents, struct fps_recordindex *records,
	struct fps_fpm_log *fpm, struct fps_kernelsystemdevents *system, double shift);

/* Whether the piece's pool, address or host can be the incident's. */
enum fps_pool_fit fps_evidence_fit(
	const struct fps_evidence *evidence, const struct fps_piece *piece, const struct fps_incident *incident);

/*
 * The distance in seconds between an incident and a piece, in the reading that fits best (`time`, may be NULL);
 * negative if it is too large.
 */
double fps_evidence_apart(const struct fps_piece *piece, const struct fps_incident *incident, int64_t *time);

/* The index of the first point that may be at that time or later. */
size_t fps_evidence_since(const struct fps_evidence *evidence, double time);

/* Whether a record comes from another host than the incident. */
bool fps_evidence_elsewhere(
	const struct fps_evidence *evidence, const struct fps_record *record, const struct fps_incident *incident);

/* Whether a record's worker cannot be one of the FPM whose log has that number. */
bool fps_evidence_other_fpm(const struct fps_evidence *evidence, const struct fps_record *record, size_t log);

void fps_evidence_free(struct fps_evidence *evidence);

#endif
