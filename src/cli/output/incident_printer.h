/*
 * Incidents, as text, as one JSON array, or as JSON line by line.
 */
#ifndef FPS_INCIDENT_PRINTER_H
#define FPS_INCIDENT_PRINTER_H

#include "base/terminal.h"
#include "explain/verdict.h"
#include "log/inputcounts.h"
#include "output/incident_settings.h"

struct json_object;

enum fps_format { FPS_FORMAT_TEXT, FPS_FORMAT_JSON, FPS_FORMAT_NDJSON };

struct fps_cause_count {
	char *cause;
	size_t count;
};

/* How often each cause was counted. */
struct fps_counts {
	struct fps_cause_count causes[64]; /* there are fewer */
	size_t used, incidents, unexplained;
};

struct fps_printer {
	FILE *out;
	enum fps_format format;
	struct fps_style style;
	struct fps_counts counts;
	/* of JSON, released when they are printed; NULL: none */
	struct json_object *defects, *without_entry;
	const struct fps_inputcounts *tally;   /* what was read, for JSON; NULL: not known */
	struct fps_incident_settings *advised; /* doctor's words on the settings behind incidents; NULL: not asked for */
};

/* Prints an incident with its verdict, and counts it. */
void fps_incident_printer_print(struct fps_printer *printer, const struct fps_explained *explained);

/* Counts one that is not printed. */
void fps_incident_printer_count(struct fps_printer *printer, const struct fps_verdict *verdict);

/* Prints what follows the last incident, and frees the printer's memory. */
void fps_incident_printer_finish(struct fps_printer *printer);

/* How much of an incident is shown: all; what it was, where, and what to do; not even what does not help. */
enum fps_incident_detail { FPS_INCIDENT_FULL, FPS_INCIDENT_ADVICE, FPS_INCIDENT_CHANGE };

/* In incident_text.c and incident_json.c: one block, and one line without its newline. `advised` may be NULL. */
void fps_incident_text(FILE *out, const struct fps_style *style, const struct fps_explained *explained,
	struct fps_incident_settings *advised, enum fps_incident_detail detail);
void fps_incident_json(FILE *out, const struct fps_explained *explained, struct fps_incident_settings *advised);

#endif
