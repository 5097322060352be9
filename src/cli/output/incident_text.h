/*
 * Incidents as text, for people, and as JSON.
 */
#ifndef FPS_REPORT_H
#define FPS_REPORT_H

#include "explain/incidents.h"

struct json_object;

struct fps_style {
	bool colour;
	size_t width;
};

/* Colour and width of what is written there: a terminal, or not; NO_COLOR is respected. */
struct fps_style fps_report_style(FILE *out);

/* One block. */
void fps_report_text(FILE *out, const struct fps_style *style, const struct fps_incident *incident);

/* For a short record of a storm, whose stacks are shown; "" for another. */
void fps_report_storm(const struct fps_told *told, char *text, size_t size);

/* How often what was told. */
struct fps_cause_count {
	char *cause;
	size_t count;
};

struct fps_counts {
	struct fps_cause_count causes[64]; /* there are fewer */
	size_t used, incidents, unexplained;
};

void fps_report_add(struct fps_counts *counts, const struct fps_incident *incident);

/* The last line. */
void fps_report_count(FILE *out, struct fps_counts *counts);

void fps_report_forget(struct fps_counts *counts);

/* Text in lines of the style's width, each but the first behind `indent` blanks. */
void fps_report_wrap(FILE *out, const struct fps_style *style, size_t indent, const char *text);

/* Text as JSON has it, with U+FFFD for each byte that is not UTF-8. */
struct json_object *fps_tojson_text(const char *from);

/* One line of JSON, without its newline. */
void fps_tojson_write(FILE *out, const struct fps_incident *incident);

#endif
