/* Incidents for people. */
#include "report.h"

#include "advice.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { INDENT = 11, MAX_WIDTH = 120, MIN_WIDTH = 40, WIDTH = 100, SHOWN_FRAMES = 6, OUTER_FRAMES = 2 };

#define BOLD "\033[1m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

struct fps_style fps_report_style(FILE *out)
{
	struct fps_style style = {.width = WIDTH};
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
	struct winsize size;

	if (!isatty(fileno(out))) {
		return style;
	}
	style.colour = (no_colour == NULL || *no_colour == '\0') && terminal && strcmp(terminal, "dumb") != 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= MIN_WIDTH) {
		style.width = size.ws_col < MAX_WIDTH ? size.ws_col : MAX_WIDTH;
	}
	return style;
}

static const char *colour(const struct fps_style *style, const char *code)
{
	return style->colour ? code : "";
}

void fps_report_wrap(FILE *out, const struct fps_style *style, size_t indent, const char *text)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " \n\t");
		char *copy = fps_text_copy((struct fps_span) {text, word}, 0);

		if (column > indent && column + 1 + word > style->width) {
			fprintf(out, "\n%*s", (int) indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', out);
			column++;
		}
		fps_text_print(out, copy);
		free(copy);
		column += word;
		text += word;
		text += strspn(text, " \n\t");
	}
	putc('\n', out);
}

static void label(FILE *out, const char *name)
{
	fprintf(out, "  %-*s", INDENT - 2, name);
}

static void paragraph(FILE *out, const struct fps_style *style, const char *name, const char *text)
{
	if (text && *text) {
		label(out, name);
		fps_report_wrap(out, style, INDENT, text);
	}
}

static void headline(FILE *out, const struct fps_style *style, const struct fps_incident *incident)
{
	char when[32] = "";
	time_t time = (time_t) incident->time;
	struct tm tm;
	char *path = fps_text_copy((struct fps_span) {incident->uri, fps_incidents_path_len(incident->uri)}, 200);

	if (localtime_r(&time, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	}
	fprintf(out, "%s%s  ", colour(style, BOLD), when);
	fps_text_print(out, incident->method[0] ? incident->method : "?");
	putc(' ', out);
	fps_text_print(out, path[0] ? path : "?");
	fputs(colour(style, PLAIN), out);
	if (incident->host[0]) {
		fputs("  ", out);
		fps_text_print(out, incident->host);
	}
	if (incident->status) {
		fprintf(out, "  %d", incident->status);
	}
	fprintf(out, "  (nginx %lld *%lld)\n", (long long) incident->pid, (long long) incident->connection);
	free(path);
}

/* Whether a frame is code of the application's own, and not of a package it uses. */
static bool is_own(struct fps_span line)
{
	struct fps_span where = fps_told_frame(line).where;

	return where.len > 0 && fps_text_find(where, "/vendor/") == NULL;
}

static void piece(FILE *out, const char *before, struct fps_span text, const char *after)
{
	if (text.len > 0) {
		char *copy = fps_text_copy(text, 0);

		fputs(before, out);
		fps_text_print(out, copy);
		fputs(after, out);
		free(copy);
	}
}

/* A line of the stack: "do_action('save_post')  /srv/plugin.php:515". */
static void frame(FILE *out, const struct fps_style *style, const char *name, struct fps_span line, bool mark)
{
	struct fps_told_frame frame = fps_told_frame(line);
	bool is_called = frame.function.len && frame.function.at[frame.function.len - 1] != '}';

	label(out, name);
	fputs(mark ? colour(style, BOLD) : "", out);
	piece(out, "", frame.function, is_called && frame.name.len == 0 ? "()" : "");
	piece(out, "('", frame.name, "')");
	piece(out, "  ", frame.where, "");
	fprintf(out, "%s\n", mark ? colour(style, PLAIN) : "");
}

static void show_hidden(FILE *out, uint64_t *hidden)
{
	if (*hidden > 0) {
		label(out, "");
		fprintf(out, "and %llu more\n", (unsigned long long) *hidden);
	}
	*hidden = 0;
}

/* What stands between frames: how often those before it go around, or how many are missing. */
static void mark_line(FILE *out, const char *line, uint64_t *hidden)
{
	char *end;
	unsigned long period = strtoul(line + strlen(FPS_STACK_MARK), &end, 10);
	unsigned long long times = strtoull(end, NULL, 10);

	if (period == 0) {
		*hidden += times;
		return;
	}
	show_hidden(out, hidden);
	label(out, "");
	if (period == 1) {
		fprintf(out, "the same %llu times more\n", times - 1);
	} else {
		fprintf(out, "these %lu call each other, %llu times in all\n", period, times);
	}
}

static bool is_mark(const char *line)
{
	return strncmp(line, FPS_STACK_MARK, strlen(FPS_STACK_MARK)) == 0;
}

static size_t count_frames(const char *text)
{
	size_t count = 0;

	while (*text) {
		count += !is_mark(text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return count;
}

/*
 * A recursion is shown once, and then the outer end; the first frame of the application's own is marked, and shown however
 * deep it is.
 */
static void frames(FILE *out, const struct fps_style *style, const char *text, const char *name)
{
	size_t count = count_frames(text), index = 0, shown = 0;
	uint64_t hidden = 0;
	bool marked = false, folded = false;

	while (*text) {
		struct fps_span line = {text, strcspn(text, "\n")};
		bool mark = !is_mark(text) && !marked && is_own(line);

		if (is_mark(text)) {
			folded = true;
			mark_line(out, text, &hidden);
		} else if (shown < SHOWN_FRAMES || mark || (folded && index + OUTER_FRAMES >= count)) {
			show_hidden(out, &hidden);
			frame(out, style, shown++ ? "" : name, line, mark);
		} else {
			hidden++;
		}
		marked = marked || mark;
		index += !is_mark(text);
		text += line.len + (text[line.len] == '\n');
	}
	show_hidden(out, folded ? &hidden : &(uint64_t) {0});
}

void fps_report_storm(const struct fps_told *told, char *text, size_t size)
{
	if (!told->first[0]) {
		text[0] = '\0';
	} else if (told->is_complete) {
		snprintf(text, size, "record %lld of its kind within a minute, and short: error, stacks and evidence are those of the first, %s",
			(long long) told->in_storm, told->first);
	} else {
		snprintf(text, size, "record %lld of its kind within a minute, and short: the stacks are in the first, %s, which is not among the records that were read",
			(long long) told->in_storm, told->first);
	}
}

/* Where PHP was, and when that was: a place of before, or of another thread, is not that of the death. */
static void stack(FILE *out, const struct fps_style *style, const struct fps_told *told)
{
	char when[80] = "";

	if (told->stack == NULL) {
		return;
	}
	if (told->thread) {
		snprintf(when, sizeof(when), "PHP's own thread was meanwhile here:");
	} else if (told->age_ms > 0) {
		snprintf(when, sizeof(when), "last seen here, %lld ms before:", (long long) told->age_ms);
	}
	paragraph(out, style, "at", when);
	frames(out, style, told->stack, when[0] ? "" : "at");
}

/* What died, where, and what it had; the native frame comes first where the PHP stack is not that of the death. */
static void record(FILE *out, const struct fps_style *style, const struct fps_told *told, const char *written)
{
	char text[1200];

	snprintf(text, sizeof(text), "%s: %s", told->type ? told->type : "", told->error ? told->error : "");
	paragraph(out, style, "error", told->type && strcmp(told->cause, "terminated") == 0 && !(told->error && strstr(told->error, told->type)) ? text : told->error);
	paragraph(out, style, "earlier", told->earlier);
	if (told->thread) {
		snprintf(text, sizeof(text), "%s: not PHP's, but one that a library has started", told->thread);
		paragraph(out, style, "thread", text);
		paragraph(out, style, "native", told->native);
	}
	if (told->compiling) {
		snprintf(text, sizeof(text), "%s was being compiled", told->compiling);
		paragraph(out, style, "compiler", text);
	}
	if (told->loading) {
		snprintf(text, sizeof(text), "%s was being loaded: opened, optimized by opcache, or taken from its cache", told->loading);
		paragraph(out, style, "loading", text);
	}
	stack(out, style, told);
	if (told->thread == NULL) {
		paragraph(out, style, "native", told->native);
	}
	paragraph(out, style, "stderr", told->written ? told->written : written);
	fps_report_storm(told, text, sizeof(text));
	paragraph(out, style, "storm", text);
	fps_advice_measure(told, text, sizeof(text));
	paragraph(out, style, "had", text);
}

void fps_report_text(FILE *out, const struct fps_style *style, const struct fps_incident *incident)
{
	const struct fps_advice *advice = fps_advice_of(incident->cause, incident->told, incident->written);
	const struct fps_told *told = incident->told;
	char text[1200];

	headline(out, style, incident);
	paragraph(out, style, "nginx", incident->message);
	label(out, "cause");
	fputs(colour(style, fps_verdict_is_explained(incident) ? RED : YELLOW), out);
	fps_text_print(out, incident->cause);
	fputs(colour(style, PLAIN), out);
	snprintf(text, sizeof(text), "%s%s", fps_verdict_is_explained(incident) ? ", " : "",
		fps_verdict_is_explained(incident) ? fps_certainty_name(incident->certainty) : "");
	fprintf(out, "%s\n%*s", text, INDENT, "");
	fps_report_wrap(out, style, INDENT, advice->meaning);
	if (told != NULL) {
		record(out, style, told, incident->written);
	} else if (incident->kind == FPS_KIND_STDERR) {
		paragraph(out, style, "said", incident->said);
	}
	if (incident->sent_again) {
		paragraph(out, style, "again", "nginx sent the request to another worker.");
	}
	paragraph(out, style, "change", advice->change);
	fps_advice_value(incident, text, sizeof(text));
	paragraph(out, style, "", text);
	paragraph(out, style, "not", fps_advice_avoid(advice, told));
	snprintf(text, sizeof(text), "%s%s%s%s%s", incident->why, told ? "; record " : "", told ? told->id : "",
		told && told->evidence ? "; " : "", told && told->evidence ? told->evidence : "");
	paragraph(out, style, "because", text);
	putc('\n', out);
}

static int by_count(const void *a, const void *b)
{
	const struct fps_cause_count *one = a, *other = b;

	if (one->count != other->count) {
		return one->count > other->count ? -1 : 1;
	}
	return strcmp(one->cause, other->cause);
}

void fps_report_add(struct fps_counts *counts, const struct fps_incident *incident)
{
	const char *cause = incident->cause;
	size_t i;

	counts->incidents++;
	if (!fps_verdict_is_explained(incident)) {
		counts->unexplained++;
		return;
	}
	for (i = 0; i < counts->used && strcmp(counts->causes[i].cause, cause) != 0; i++) {
	}
	if (i == counts->used && i < sizeof(counts->causes) / sizeof(counts->causes[0])) {
		counts->causes[counts->used++].cause = fps_text_copy((struct fps_span) {cause, strlen(cause)}, 0);
	}
	if (i < counts->used) {
		counts->causes[i].count++;
	}
}

void fps_report_count(FILE *out, struct fps_counts *counts)
{
	size_t explained = counts->incidents - counts->unexplained;

	qsort(counts->causes, counts->used, sizeof(counts->causes[0]), by_count);
	fprintf(out, "%zu incident%s, %zu explained", counts->incidents, counts->incidents == 1 ? "" : "s", explained);
	for (size_t i = 0; i < counts->used; i++) {
		fputs(i ? ", " : ": ", out);
		fps_text_print(out, counts->causes[i].cause);
		fprintf(out, " %zu", counts->causes[i].count);
	}
	fprintf(out, "; %zu unexplained\n", counts->unexplained);
}

void fps_report_forget(struct fps_counts *counts)
{
	for (size_t i = 0; i < counts->used; i++) {
		free(counts->causes[i].cause);
	}
	*counts = (struct fps_counts) {0};
}
