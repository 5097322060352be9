/* Incidents for people. */
#include "base/alloc.h"
#include "base/terminal.h"
#include "explain/advice.h"
#include "explain/applicationframe.h"
#include "explain/verdict.h"
#include "output/incident_printer.h"
#include "output/record_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INDENT = 11, SHOWN_FRAMES = 6, OUTER_FRAMES = 2, SHOWN_SETTINGS = 8 };

static void label(FILE *out, const char *name)
{
	fps_terminal_label(out, INDENT, name);
}

static void paragraph(FILE *out, const struct fps_style *style, const char *name, const char *text)
{
	fps_terminal_field(out, style, INDENT, name, text);
}

static void headline(FILE *out, const struct fps_style *style, const struct fps_explained *explained)
{
	const struct fps_incident *incident = explained->incident;
	char when[32] = "";
	time_t time = (time_t) explained->match->time;
	struct tm tm;
	struct fps_asked asked = fps_join_asked(incident, explained->match);
	size_t len = fps_incidents_path_len(asked.uri);

	if (localtime_r(&time, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	}
	fprintf(out, "%s%s  ", fps_terminal_colour(style, FPS_TERMINAL_BOLD), when);
	fps_terminal_print(out, asked.method[0] ? asked.method : "?");
	putc(' ', out);
	fps_terminal_print_span(out, len ? (struct fps_span) {asked.uri, len < 200 ? len : 200} : FPS_SPAN("?"));
	fputs(fps_terminal_colour(style, FPS_TERMINAL_PLAIN), out);
	if (incident->host[0]) {
		fputs("  ", out);
		fps_terminal_print(out, incident->host);
	}
	if (explained->match->outcome.status) {
		fprintf(out, "  %d", explained->match->outcome.status);
	}
	if (incident->web == FPS_WEB_APACHE) {
		fprintf(out, "  (apache %lld)\n", (long long) incident->pid);
	} else {
		fprintf(out, "  (nginx %lld *%lld)\n", (long long) incident->pid, (long long) incident->connection);
	}
}

static void piece(FILE *out, const char *before, struct fps_span text, const char *after)
{
	if (text.len > 0) {
		fputs(before, out);
		fps_terminal_print_span(out, text);
		fputs(after, out);
	}
}

/* A line of the stack: "do_action('save_post')  /srv/plugin.php:515". */
static void frame(FILE *out, const struct fps_style *style, const char *name, struct fps_span line, bool mark)
{
	struct fps_record_frame frame = fps_record_frame(line);
	bool is_called = frame.function.len && frame.function.at[frame.function.len - 1] != '}';

	label(out, name);
	fputs(mark ? fps_terminal_colour(style, FPS_TERMINAL_BOLD) : "", out);
	piece(out, "", frame.function, is_called && frame.name.len == 0 ? "()" : "");
	piece(out, "('", frame.name, "')");
	piece(out, "  ", frame.where, "");
	fprintf(out, "%s\n", mark ? fps_terminal_colour(style, FPS_TERMINAL_PLAIN) : "");
}

static void show_hidden(FILE *out, uint64_t *hidden)
{
	if (*hidden > 0) {
		label(out, "");
		fprintf(out, "and %llu more\n", (unsigned long long) *hidden);
	}
	*hidden = 0;
}

/* What a line of a stack that is no frame says. */
struct mark {
	bool is_mark, is_lost;
	unsigned long period; /* 0: of frames that are not shown */
	uint64_t times;
};

static struct mark mark_of(const char *line)
{
	struct mark mark = {.is_mark = strncmp(line, FPS_STACK_MARK, strlen(FPS_STACK_MARK)) == 0};
	char *end = (char *) line + strlen(FPS_STACK_LOST);

	if (mark.is_mark) {
		mark.is_lost = strncmp(line, FPS_STACK_LOST, strlen(FPS_STACK_LOST)) == 0;
		mark.period = mark.is_lost ? 0 : strtoul(line + strlen(FPS_STACK_MARK), &end, 10);
		mark.times = strtoull(end, NULL, 10);
	}
	return mark;
}

/* A stack in lines, and which of them are shown. */
enum { MAX_LINES = 256 };

struct lines {
	struct line {
		struct fps_span text;
		struct mark mark;
		bool is_shown, is_own;
	} all[MAX_LINES];
	size_t count;
};

static void read_lines(struct lines *lines, const char *text)
{
	struct fps_span rest = fps_span_of(text), line;

	for (lines->count = 0; lines->count < MAX_LINES && fps_span_next(&rest, "\n", &line); lines->count++) {
		lines->all[lines->count] = (struct line) {.text = line, .mark = mark_of(line.at)};
	}
}

/*
 * A recursion is shown once, and then the outer end; the first frame of the site's own is marked, and shown however
 * deep it is.
 */
static void select_lines(struct lines *lines, struct fps_span own)
{
	size_t shown = 0;
	bool folded = false;

	for (size_t i = 0; i < lines->count; i++) {
		const struct mark *mark = &lines->all[i].mark;
		size_t from = mark->period < i ? i - mark->period : 0;

		if (!mark->is_mark && shown < SHOWN_FRAMES) {
			lines->all[i].is_shown = true;
			shown++;
		}
		for (size_t k = from; mark->period && k < i && k < from + SHOWN_FRAMES; k++) {
			lines->all[k].is_shown = true;
		}
		folded = folded || mark->period;
	}
	for (size_t i = lines->count, outer = 0; folded && i > 0 && outer < OUTER_FRAMES; i--) {
		outer += !lines->all[i - 1].mark.is_mark;
		lines->all[i - 1].is_shown = true;
	}
	for (size_t i = 0; own.at && i < lines->count; i++) {
		if (lines->all[i].text.at == own.at) {
			lines->all[i].is_own = lines->all[i].is_shown = true;
		}
	}
}

/* What stands between frames: how often those before it go around, or how many are missing. */
static void mark_line(FILE *out, const struct mark *mark, uint64_t *hidden)
{
	if (mark->period == 0 && !mark->is_lost) {
		*hidden += mark->times;
		return;
	}
	show_hidden(out, hidden);
	label(out, "");
	if (mark->is_lost) {
		fprintf(out, "and %llu more, which the record does not have\n", (unsigned long long) mark->times);
	} else if (mark->period == 1) {
		fprintf(out, "the same %llu times more\n", (unsigned long long) mark->times - 1);
	} else {
		fprintf(out, "these %lu call each other, %llu times in all\n", mark->period, (unsigned long long) mark->times);
	}
}

static void frames(FILE *out, const struct fps_style *style, const struct fps_record *record, const char *name)
{
	uint64_t hidden = 0;
	bool any_hidden = false;
	struct lines lines;

	read_lines(&lines, record->stack);
	select_lines(&lines, fps_applicationframe_only(record->stack));
	for (size_t i = 0; i < lines.count; i++) {
		const struct line *line = &lines.all[i];

		if (line->mark.is_mark) {
			mark_line(out, &line->mark, &hidden);
		} else if (line->is_shown) {
			show_hidden(out, &hidden);
			frame(out, style, name, line->text, line->is_own);
			name = "";
		} else {
			hidden++;
		}
		any_hidden = any_hidden || hidden;
	}
	if (any_hidden) {
		label(out, "");
		if (hidden) {
			fprintf(out, "and %llu more: ", (unsigned long long) hidden);
		}
		fprintf(out, "%sfpmsentinel info %s\n", hidden ? "" : "all frames: ", record->id);
	}
}

/* Where PHP was, and when that was: a place of before, or of another thread, is not that of the death. */
static void stack(FILE *out, const struct fps_style *style, const struct fps_record *record)
{
	char when[80] = "";

	if (record->stack == NULL) {
		return;
	}
	if (record->thread) {
		snprintf(when, sizeof(when), "PHP's own thread was here meanwhile:");
	} else if (record->age_ms > 0) {
		snprintf(when, sizeof(when), "last seen here, %lld ms before:", (long long) record->age_ms);
	}
	paragraph(out, style, "at", when);
	frames(out, style, record, when[0] ? "" : "at");
}

/* "route=checkout, tenant=acme" */
static void write_annotations(FILE *out, const struct fps_style *style, const char *annotations)
{
	struct fps_span rest = annotations ? fps_span_of(annotations) : FPS_SPAN(""), one;
	char *list = NULL;

	while (fps_span_next(&rest, "\n", &one)) {
		char *longer = fps_alloc_format("%s%s%.*s", list ? list : "", list ? ", " : "", FPS_SPAN_ARGS(one));

		free(list);
		list = longer;
	}
	paragraph(out, style, "notes", list);
	free(list);
}

/* What died, where, and what it had; the native frame comes first where the PHP stack is not that of the death. */
static void write_record(FILE *out, const struct fps_style *style, const struct fps_record *record, const char *written)
{
	char text[1200];

	snprintf(text, sizeof(text), "%s: %s", record->type ? record->type : "", record->error ? record->error : "");
	paragraph(out, style, "error",
		record->type && strcmp(record->cause, "terminated") == 0
				&& !(record->error && strstr(record->error, record->type))
			? text
			: record->error);
	if (record->mapped && !(record->error && strstr(record->error, record->mapped))) {
		snprintf(text, sizeof(text), "%s is mapped at that address", record->mapped);
		paragraph(out, style, "mapping", text);
	}
	paragraph(out, style, "earlier", record->earlier);
	if (record->thread) {
		snprintf(text, sizeof(text), "%s: not PHP's, but one that a library had started", record->thread);
		paragraph(out, style, "thread", text);
		paragraph(out, style, "native", record->native);
	}
	if (record->compiling) {
		snprintf(text, sizeof(text), "%s was being compiled", record->compiling);
		paragraph(out, style, "compiler", text);
	}
	if (record->loading) {
		snprintf(text, sizeof(text), "%s was being loaded: opened, optimized by opcache, or taken from its cache",
			record->loading);
		paragraph(out, style, "loading", text);
	}
	stack(out, style, record);
	if (record->thread == NULL) {
		paragraph(out, style, "native", record->native);
	}
	paragraph(out, style, "stderr", record->written ? record->written : written);
}

static void write_circumstances(FILE *out, const struct fps_style *style, const struct fps_record *record)
{
	char text[1200];

	write_annotations(out, style, record->annotations);
	fps_record_text_storm(record, text, sizeof(text));
	paragraph(out, style, "storm", text);
	fps_advice_measure(record, text, sizeof(text));
	paragraph(out, style, "had", text);
}

static void write_place(FILE *out, const char *name, const struct fps_place *place)
{
	label(out, name);
	fps_terminal_print(out, place->text);
	fputs("  ", out);
	fps_terminal_print(out, place->file);
	if (place->line) {
		fprintf(out, ":%u", place->line);
	}
	putc('\n', out);
}

static void write_finding(FILE *out, const char *name, const struct fps_finding *finding)
{
	struct fps_span fix = fps_span_of(finding->fix), line;

	for (; fps_span_next(&fix, "\n", &line); name = "") {
		label(out, name);
		fps_terminal_print_span(out, line);
		putc('\n', out);
	}
	label(out, "");
	if (finding->fix_in) {
		fputs("  in ", out);
		fps_terminal_print(out, finding->fix_in);
	}
	fprintf(out, "  (%s)\n", finding->rule->id);
}

/* The settings in force, and what doctor sets. */
static void write_settings(FILE *out, const struct fps_style *style, const struct fps_incident_settings_lines *lines)
{
	size_t shown = lines->setting_count < SHOWN_SETTINGS ? lines->setting_count : SHOWN_SETTINGS;

	for (size_t i = 0; i < shown; i++) {
		write_place(out, i ? "" : "in force", lines->settings[i]);
	}
	if (shown < lines->setting_count) {
		label(out, "");
		fprintf(out, "and %zu more, see --format json\n", lines->setting_count - shown);
	}
	for (size_t i = 0; i < lines->finding_count; i++) {
		write_finding(out, i ? "" : "doctor", lines->findings[i]);
	}
	if (lines->is_known && lines->finding_count == 0) {
		paragraph(out, style, "doctor", "These values fit together: nothing to change.");
	}
}

static void write_reasons(
	FILE *out, const struct fps_style *style, const struct fps_verdict *verdict, const struct fps_record *record)
{
	char *text = fps_alloc_format("%s%s%s%s%s", verdict->why, record ? "; record " : "", record ? record->id : "",
		record && record->evidence ? "; " : "", record && record->evidence ? record->evidence : "");

	paragraph(out, style, "because", text);
	free(text);
}

void fps_incident_text(FILE *out, const struct fps_style *style, const struct fps_explained *explained,
	struct fps_incident_settings *advised, enum fps_incident_detail detail)
{
	const struct fps_incident *incident = explained->incident;
	const struct fps_verdict *verdict = explained->verdict;
	const struct fps_record *record = fps_join_record(explained->match);
	const struct fps_advice *advice = fps_advice_of(verdict->cause, verdict->subcase, record, verdict->written);
	char text[2000];

	headline(out, style, explained);
	paragraph(out, style, incident->web == FPS_WEB_APACHE ? "apache" : "nginx", incident->message);
	label(out, "cause");
	fputs(fps_terminal_colour(style, fps_verdict_is_explained(verdict) ? FPS_TERMINAL_RED : FPS_TERMINAL_YELLOW), out);
	fps_terminal_print(out, verdict->cause);
	fputs(fps_terminal_colour(style, FPS_TERMINAL_PLAIN), out);
	snprintf(text, sizeof(text), "%s%s", fps_verdict_is_explained(verdict) ? ", " : "",
		fps_verdict_is_explained(verdict) ? fps_record_certainty(verdict->certainty) : "");
	fprintf(out, "%s\n", text);
	snprintf(text, sizeof(text), "%s ", fps_advice_meaning(advice));
	fps_advice_answer(verdict->cause, record, explained, text + strlen(text), sizeof(text) - strlen(text));
	paragraph(out, style, "", text);
	if (record != NULL) {
		write_record(out, style, record, verdict->written);
		if (detail == FPS_INCIDENT_FULL) {
			write_circumstances(out, style, record);
		}
	} else {
		paragraph(out, style, "said", incident->said);
		paragraph(out, style, "stderr", verdict->written);
	}
	if (explained->match->sent_again || explained->match->outcome.sent_again) {
		paragraph(out, style, "again", "nginx sent the request to another worker.");
	}
	paragraph(out, style, "change", advice->change);
	fps_advice_value(verdict, record, text, sizeof(text));
	paragraph(out, style, "", text);
	if (advised) {
		struct fps_incident_settings_lines lines = fps_incident_settings_of(advised, explained);

		write_settings(out, style, &lines);
		fps_incident_settings_release(&lines);
	}
	if (detail <= FPS_INCIDENT_ADVICE) {
		paragraph(out, style, "not", fps_advice_avoid(advice, record));
	}
	if (detail == FPS_INCIDENT_FULL) {
		write_reasons(out, style, verdict, record);
	}
	putc('\n', out);
}
