/*
 * Defects, as text and as JSON.
 */
#ifndef FPS_OUTPUT_DEFECT_H
#define FPS_OUTPUT_DEFECT_H

#include "base/terminal.h"
#include "explain/defect.h"

struct json_object;

/*
 * The first `most` defects, of each its count, name, place, when it was seen and what it struck most. `requests` are
 * those of an access log, may be NULL.
 */
void fps_defect_text(FILE *out, const struct fps_style *style, const struct fps_defects *defects, size_t most,
	const struct fps_requests *requests);

/*
 * All of them, with all that they are counted by. `unit` names what is counted: "records", "incidents". The caller
 * releases it.
 */
struct json_object *fps_defect_json(
	const struct fps_defects *defects, const char *unit, const struct fps_requests *requests);

/* A ranking as an array, the same for what it is counted by: with `with_peak` also the highest memory peak. */
struct json_object *fps_defect_json_ranking(const struct fps_ranking *ranking, const char *unit, bool with_peak);

/* A time as a member of an object, "2026-11-30T20:59:58Z". */
void fps_defect_json_time(struct json_object *object, const char *name, double when);

/* "pools": what a ranking by that key is called in JSON. */
const char *fps_defect_json_member(enum fps_grouping_key key);

/* "2026-11-24 00:00 to 2026-11-30 20:59", in this process's time zone. */
struct fps_defect_text_span {
	char text[64];
};

struct fps_defect_text_span fps_defect_text_seen(double first, double last);

/* Appends how many of so many incidents killed a worker: "all deaths", "no deaths", "3 deaths". */
void fps_defect_text_deaths(char **text, size_t deaths, size_t count);

#endif
