/* Incidents in one of their formats, and how many there were. */
#include "output/incident_printer.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "output/causepages.h"
#include "output/inputsummary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_count(const void *a, const void *b)
{
	const struct fps_cause_count *one = a, *other = b;

	if (one->count != other->count) {
		return one->count > other->count ? -1 : 1;
	}
	return strcmp(one->cause, other->cause);
}

void fps_incident_printer_count(struct fps_printer *printer, const struct fps_verdict *verdict)
{
	struct fps_counts *counts = &printer->counts;
	const char *cause = verdict->cause;
	size_t i;

	counts->incidents++;
	if (!fps_verdict_is_explained(verdict)) {
		counts->unexplained++;
		return;
	}
	for (i = 0; i < counts->used && strcmp(counts->causes[i].cause, cause) != 0; i++) {
	}
	if (i == counts->used && i < sizeof(counts->causes) / sizeof(counts->causes[0])) {
		counts->causes[counts->used++].cause = fps_alloc_copy((struct fps_span) {cause, strlen(cause)}, 0);
	}
	if (i < counts->used) {
		counts->causes[i].count++;
	}
}

static void write_counts(FILE *out, struct fps_counts *counts)
{
	size_t explained = counts->incidents - counts->unexplained;
	const struct fps_causepage *page;

	qsort(counts->causes, counts->used, sizeof(counts->causes[0]), by_count);
	/* a record may have a cause of another version of the extension */
	page = fps_causepages_find(counts->used ? counts->causes[0].cause : FPS_UNEXPLAINED);
	if (counts->incidents && page) {
		fprintf(out, "More about a cause: fpmsentinel explain %s\n", page->name);
	}
	fprintf(out, "%zu incident%s, %zu explained", counts->incidents, counts->incidents == 1 ? "" : "s", explained);
	for (size_t i = 0; i < counts->used; i++) {
		fputs(i ? ", " : ": ", out);
		fps_terminal_print(out, counts->causes[i].cause);
		fprintf(out, " %zu", counts->causes[i].count);
	}
	fprintf(out, "; %zu unexplained\n", counts->unexplained);
}

void fps_incident_printer_print(struct fps_printer *printer, const struct fps_explained *explained)
{
	if (printer->format == FPS_FORMAT_TEXT) {
		fps_incident_text(printer->out, &printer->style, explained, printer->advised, FPS_INCIDENT_FULL);
	} else {
		if (printer->format == FPS_FORMAT_JSON) {
			fputs(printer->counts.incidents ? ",\n" : "{\"incidents\":[\n", printer->out);
		}
		fps_incident_json(printer->out, explained, printer->advised);
		fputs(printer->format == FPS_FORMAT_NDJSON ? "\n" : "", printer->out);
	}
	fps_incident_printer_count(printer, explained->verdict);
}

static void print_member(FILE *out, const char *name, struct json_object *value)
{
	if (value) {
		fprintf(out, "\"%s\":", name);
		fps_json_print(out, value, false);
		fputs(",\n", out);
	}
}

void fps_incident_printer_finish(struct fps_printer *printer)
{
	if (printer->format == FPS_FORMAT_JSON) {
		fputs(printer->counts.incidents ? "\n],\n" : "{\"incidents\":[\n],\n", printer->out);
		print_member(printer->out, "defects", printer->defects);
		print_member(printer->out, "without_entry", printer->without_entry);
		fputs("\"read\":", printer->out);
		fps_inputsummary_json(printer->out, printer->tally);
		fputs("}\n", printer->out);
	} else if (printer->format == FPS_FORMAT_TEXT) {
		write_counts(printer->out, &printer->counts);
	}
	for (size_t i = 0; i < printer->counts.used; i++) {
		free(printer->counts.causes[i].cause);
	}
	printer->counts = (struct fps_counts) {0};
}
