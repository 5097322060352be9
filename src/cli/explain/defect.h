/*
 * Defects: occurrences of one fingerprint. The same occurrences give the same defects, whatever order they come in.
 */
#ifndef FPS_DEFECT_H
#define FPS_DEFECT_H

#include "explain/advice.h"
#include "explain/ranking.h"
#include "log/requestcount.h"

struct fps_defect {
	struct fps_grouping_name name; /* never changes: "segfault-0f42f054" */
	uint64_t fingerprint;
	const char *cause;
	double first, last; /* when it was seen */
	size_t count, deaths;
	const struct fps_occurrence *all;     /* its occurrences, by time; borrowed */
	const struct fps_occurrence *example; /* the last one with a stack of its own, if there is one */
	const struct fps_record *record;      /* the full record of that; NULL: none was read */
	char *place;                          /* where, by that: fps_grouping_place(); NULL: not known */
	const struct fps_advice *advice;      /* never NULL */
	char *new_since;                    /* "shop 1.4.2": no older version of that has it; NULL: not known, or it has */
	struct fps_ranking by[FPS_BY_KEYS]; /* empty for FPS_BY_DEFECT, FPS_BY_CAUSE */
};

struct fps_defects {
	struct fps_defect *all; /* by count, the most frequent first */
	size_t count;
};

/*
 * Sorts the occurrences and groups them. The defects borrow them and what these borrow from, and are to be freed.
 * `records` (may be NULL) is where the full records of storms and the versions of services are found: all that were
 * read, also those that are not grouped.
 */
struct fps_defects fps_defect_group(
	struct fps_occurrence *occurrences, size_t count, const struct fps_recordindex *records);

enum fps_defect_found { FPS_DEFECT_NONE, FPS_DEFECT_FOUND, FPS_DEFECT_AMBIGUOUS };

/*
 * The defect whose name or fingerprint is, or begins with, `prefix`. AMBIGUOUS: several do, and `found` is the first
 * of them.
 */
enum fps_defect_found fps_defect_find(
	const struct fps_defects *defects, const char *prefix, const struct fps_defect **found);

/* How many of 10,000 requests have it, in the time that the access log covers; -1: not known. `requests` may be NULL.
 */
double fps_defect_rate(const struct fps_defect *defect, const struct fps_requests *requests);

void fps_defect_free(struct fps_defects *defects);

#endif
