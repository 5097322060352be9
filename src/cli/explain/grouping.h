/*
 * An occurrence of a defect: a failed request in a web server's log, or a record alone. Its identity is that of the
 * record's fingerprint; without a record, a hash of the cause and the file or upstream where it happened.
 */
#ifndef FPS_GROUPING_H
#define FPS_GROUPING_H

#include "explain/verdict.h"

/* Borrows from the record and the incident, and from what has been read and joined. */
struct fps_occurrence {
	double time;       /* seconds since the epoch, of an incident by the web server's clock */
	const char *cause; /* that is part of the defect's name */
	const char *subcase;
	const char *verdict; /* the cause that other logs, too, lead to: what an incident is shown with */
	uint64_t fingerprint;
	bool is_death;                       /* of a worker */
	const struct fps_record *record;     /* NULL: none */
	const struct fps_incident *incident; /* NULL: a record alone */
	const struct fps_match *match;       /* the incident's */
	size_t number;                       /* the caller's: of the incident or the record */
};

/* Whether a record is of a request that failed: not a warning, an idle worker's end, a child's, or the master's. */
bool fps_grouping_is_failure(const struct fps_record *record);

struct fps_occurrence fps_grouping_of_record(const struct fps_record *record, size_t number);
struct fps_occurrence fps_grouping_of_incident(const struct fps_explained *explained, size_t number);

/* A defect's name, "segfault-0f42f054": the cause and the first half of the fingerprint. */
struct fps_grouping_name {
	char text[64];
};

struct fps_grouping_name fps_grouping_name_of(const char *cause, uint64_t fingerprint);

/* What occurrences can be counted by. */
enum fps_grouping_key {
	FPS_BY_DEFECT,
	FPS_BY_CAUSE,
	FPS_BY_POOL,
	FPS_BY_HOST, /* the machine */
	FPS_BY_SERVICE,
	FPS_BY_VERSION, /* with the service's name, if it is known: "shop 1.4.2" */
	FPS_BY_ENVIRONMENT,
	FPS_BY_URL, /* the pattern of the path: urlpattern.h */
	FPS_BY_SCRIPT,
	FPS_BY_PLACE,
	FPS_BY_ANNOTATION, /* "route=checkout", a line each */
	FPS_BY_HOUR,       /* "2026-11-30 21:00", in this process's time zone */
	FPS_BY_KEYS
};

/* NULL: not known. The caller frees it. */
char *fps_grouping_value(const struct fps_occurrence *occurrence, enum fps_grouping_key key);

/*
 * Where it happened: the innermost frame of the application (applicationframe.h), "Cart->pay  /srv/shop/Cart.php:42";
 * without frames the innermost native one, the file that PHP's message names, the script, the upstream. The caller
 * frees it.
 */
char *fps_grouping_place(const struct fps_occurrence *occurrence);

/* What was requested; borrowed. */
struct fps_asked fps_grouping_asked(const struct fps_occurrence *occurrence);

/* The status that the client got; 0: not known. */
int fps_grouping_status(const struct fps_occurrence *occurrence);

/* An order by time that does not depend on the order in which logs were read. */
int fps_grouping_compare(const struct fps_occurrence *one, const struct fps_occurrence *other);

#endif
