/* Lines of logs, each by itself: what trace would say of them if it had nothing else. */
#include "command/explainline.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "explain/advice.h"
#include "explain/candidates.h"
#include "explain/explain.h"
#include "log/multiline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { FIELD = 11, MAX_SHOWN = 20 };

struct lines {
	struct fps_logorigins streams;
	struct fps_inputcounts tally;
	struct fps_known known;
	struct fps_style style;
	struct json_object *all, *entry; /* NULL: as text */
	size_t shown, left_out;
	bool some_open; /* a line alone does not say what it was */
};

/* A field by its names in text and in JSON; NULL: it is not part of that. */
static void field(const struct lines *lines, const char *name, const char *key, const char *text)
{
	if (lines->all && key) {
		FPS_JSON_SET(lines->entry, {key, text, 0});
	} else if (lines->all == NULL && name) {
		fps_terminal_field(stdout, &lines->style, FIELD, name, text);
	}
}

/* Begins what is said of an entry; false: enough has been said. */
static bool begin(struct lines *lines, const char *what)
{
	if (lines->shown == MAX_SHOWN) {
		lines->left_out++;
		return false;
	}
	if (lines->all) {
		lines->shown++;
		lines->entry = json_object_new_object();
		json_object_array_add(lines->all, lines->entry);
		field(lines, NULL, "message", what);
		return true;
	}
	printf("%s%s", lines->shown++ ? "\n" : "", fps_terminal_colour(&lines->style, FPS_TERMINAL_BOLD));
	fps_terminal_wrap(stdout, &lines->style, 0, what);
	fputs(fps_terminal_colour(&lines->style, FPS_TERMINAL_PLAIN), stdout);
	return true;
}

static void show_names(const struct lines *lines, const char *const *causes, const char *name, const char *key)
{
	struct json_object *array = json_object_new_array();
	char *names = NULL;

	for (const char *const *cause = causes; *cause; cause++) {
		fps_alloc_append(&names, "%s%s", names ? ", " : "", *cause);
		json_object_array_add(array, json_object_new_string(*cause));
	}
	field(lines, name, NULL, names);
	if (lines->all) {
		json_object_object_add(lines->entry, key, json_object_get(array));
	}
	json_object_put(array);
	free(names);
}

/* What the entry may be, or else may be, with what would decide. */
static void show_candidates(struct lines *lines, const struct fps_candidates *candidates, bool is_known)
{
	if (is_known) {
		show_names(lines, candidates->causes, "or else", "or_else");
	} else if (candidates->causes[1]) {
		show_names(lines, candidates->causes, "may be", "may_be");
		lines->some_open = true;
	} else {
		field(lines, "cause", "cause", candidates->causes[0]);
	}
	field(lines, "is not", "is_not", candidates->never);
	field(lines, "decides", "decides", candidates->decides);
}

static void show_pages(const struct lines *lines, const char *cause)
{
	char *text = fps_alloc_format("fpmsentinel explain %s", cause);

	field(lines, "page", NULL, text);
	free(text);
}

static void begin_span(struct lines *lines, struct fps_span what, const struct fps_candidates *candidates)
{
	char *text = fps_alloc_copy(what, 0);

	if (begin(lines, text)) {
		field(lines, "means", "meaning", candidates->means);
		show_candidates(lines, candidates, false);
		show_pages(lines, candidates->causes[0]);
	}
	free(text);
}

static void show_verdict(const struct lines *lines, const struct fps_verdict *verdict)
{
	const char *certainty = fps_record_certainty(verdict->certainty);
	char *text = fps_alloc_format("%s, %s: %s", verdict->cause, certainty, verdict->why);

	field(lines, "cause", NULL, text);
	field(lines, NULL, "cause", verdict->cause);
	field(lines, NULL, "certainty", certainty);
	field(lines, NULL, "why", verdict->why);
	free(text);
}

/* What trace would say of it if it had nothing else. */
static void show_incident(struct lines *lines, const struct fps_incident *incident, const struct fps_verdict *verdict)
{
	const struct fps_candidates *candidates = fps_candidates_of_incident(incident);
	const struct fps_advice *advice = fps_advice_of(verdict->cause, verdict->subcase, NULL, NULL);
	bool is_known = fps_verdict_is_explained(verdict);

	if (!begin(lines, incident->message)) {
		return;
	}
	field(lines, "means", "meaning", is_known || candidates == NULL ? fps_advice_meaning(advice) : candidates->means);
	if (is_known) {
		show_verdict(lines, verdict);
	} else if (candidates == NULL) {
		field(lines, "cause", "cause", FPS_UNEXPLAINED);
		field(lines, "because", "why", verdict->why);
	}
	if (candidates) {
		show_candidates(lines, candidates, is_known);
	}
	if (is_known) {
		field(lines, "change", "change", advice->change);
		field(lines, "not", "avoid", advice->avoid);
	}
	lines->some_open = lines->some_open || !is_known;
	show_pages(lines, is_known || candidates == NULL ? verdict->cause : candidates->causes[0]);
	field(lines, "all logs", NULL, "fpmsentinel trace");
}

static void show_incidents(struct lines *lines)
{
	struct fps_joined joined;

	fps_explain_sort(&lines->known);
	joined = fps_explain_join(&lines->known);
	for (size_t i = 0; i < lines->known.incidents.count; i++) {
		struct fps_verdict verdict =
			fps_verdict_reach(&lines->known.incidents.all[i], &joined.matches[i], &joined.evidence);

		show_incident(lines, &lines->known.incidents.all[i], &verdict);
		fps_verdict_free(&verdict);
	}
	fps_explain_release(&joined);
}

static void show_record(struct lines *lines, struct fps_span text)
{
	struct fps_record record;

	if (fps_record_parse(text, &record) != FPS_RECORD_READ) {
		return;
	}
	if (begin(lines, record.message)) {
		const struct fps_advice *advice = fps_advice_of(record.cause, NULL, &record, record.written);

		field(lines, "means", "meaning", fps_advice_meaning(advice));
		field(lines, "cause", "cause", record.cause);
		field(lines, "change", "change", advice->change);
		field(lines, "not", "avoid", fps_advice_avoid(advice, &record));
		show_pages(lines, record.cause);
	}
	fps_record_free(&record);
}

/* PHP's own log has the words that a web server's log has behind "PHP message: ". */
static void show_php(struct lines *lines, struct fps_span text)
{
	const char *words = fps_span_find(text, "PHP ");
	char *said =
		words ? fps_alloc_format("PHP message: %.*s", (int) (text.len - (size_t) (words - text.at)), words) : NULL;
	const char *cause = fps_candidates_php(said ? fps_phpmessage_fatal(fps_span_of(said), NULL) : FPS_PHP_NONE);
	const struct fps_candidates candidates = {
		fps_advice_meaning(fps_advice_of(cause, NULL, NULL, NULL)), (const char *const[]) {cause, NULL}, NULL, NULL};

	if (strcmp(cause, FPS_UNEXPLAINED) != 0) {
		begin_span(lines, text, &candidates);
	}
	free(said);
}

static void show_other(struct lines *lines, const struct fps_entry *entry)
{
	struct fps_fpm_line fpm;
	struct fps_kern_event kernel;
	struct fps_unit_event unit;

	if (entry->kind == FPS_ENTRY_FPM && fps_fpmlog_parse(entry->text, &fpm) && fpm.kind != FPS_FPM_OTHER) {
		begin_span(lines, fpm.text, fps_candidates_of_fpm(&fpm));
	} else if (entry->kind == FPS_ENTRY_KERNEL && fps_kernellog_parse(entry->text, &kernel)) {
		begin_span(lines, kernel.text, fps_candidates_of_kernel(&kernel));
	} else if (entry->kind == FPS_ENTRY_UNIT && fps_systemdlog_parse(entry->text, &unit)) {
		begin_span(lines, unit.text, fps_candidates_of_unit(&unit));
	} else if (entry->kind == FPS_ENTRY_RECORD) {
		show_record(lines, entry->text);
	} else if (entry->kind == FPS_ENTRY_PHP) {
		show_php(lines, entry->text);
	}
}

static enum fps_use take(void *to, const struct fps_entry *entry)
{
	struct lines *lines = to;

	if (entry->kind == FPS_ENTRY_NGINX || entry->kind == FPS_ENTRY_APACHE) {
		return fps_explain_take(&lines->known, entry);
	}
	show_other(lines, entry);
	return FPS_USE_TAKEN;
}

/* Reads standard input; false: it has said why it can't. */
static bool read_lines(struct lines *lines)
{
	struct fps_multiline entries = fps_multiline_of("-", &lines->streams, &lines->tally, take, lines);
	struct fps_linereader source;
	bool good = fps_linereader_open(&source, "-", false);

	if (good) {
		fps_inputcounts_begin(&lines->tally, "-", true);
		fps_multiline_take(&entries, &source);
		fps_multiline_end(&entries);
		good = !source.failed;
		fps_linereader_close(&source);
	}
	fps_multiline_free(&entries);
	show_incidents(lines);
	return good;
}

/* Why nothing can be said; false: nothing is known to say either. */
static bool say_nothing(const struct lines *lines)
{
	const struct fps_inputcounts *tally = &lines->tally;

	if (tally->entries[FPS_ENTRY_ACCESS] + tally->entries[FPS_ENTRY_FPM_ACCESS] > 0) {
		fps_warn("an access log shows what the client got, not why: give the error log's line of that second");
	} else if (tally->uses[FPS_USE_FOREIGN] > 0) {
		fps_warn("a failure of an upstream that is not FastCGI");
	} else if (lines->known.incidents.parts > 0) {
		fps_warn("a part of what Apache says of a failure: give the line that follows it, too (AH01075, AH01079)");
	} else if (tally->unknown == 0 && tally->count && tally->files[0].lines > 0) {
		fps_warn("this line reports no failure of a request");
	} else {
		return false;
	}
	return true;
}

static struct lines start(bool as_json)
{
	return (struct lines) {.style = fps_terminal_style(stdout), .all = as_json ? json_object_new_array() : NULL};
}

static int finish(struct lines *lines, bool good)
{
	if (lines->all && lines->shown) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "lines", lines->all);
		fps_json_print(stdout, object, true);
	} else if (lines->all) {
		json_object_put(lines->all);
	}
	if (lines->left_out) {
		fps_warn("%zu more are not shown: fpmsentinel trace explains a whole log", lines->left_out);
	}
	fps_explain_free(&lines->known);
	fps_inputcounts_free(&lines->tally);
	fps_logorigin_free(&lines->streams);
	return !good ? FPS_EXIT_TROUBLE : lines->shown == 0 || lines->some_open ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

int fps_explainline_input(bool as_json)
{
	struct lines lines = start(as_json);
	bool good = read_lines(&lines);

	if (good && lines.shown == 0 && !say_nothing(&lines)) {
		fps_warn("no line of a log that fpmsentinel knows");
	}
	return finish(&lines, good);
}

/* The text becomes standard input. */
static bool feed(const char *text)
{
	FILE *file = tmpfile();
	bool good = file && fputs(text, file) >= 0 && fputc('\n', file) >= 0 && fflush(file) == 0
		&& lseek(fileno(file), 0, SEEK_SET) == 0 && dup2(fileno(file), STDIN_FILENO) == STDIN_FILENO;

	if (file) {
		fclose(file);
	}
	return good || fps_warn("cannot write a temporary file: %m");
}

/* What logs put around a message, for one that was copied without it. */
static const struct {
	const char *has; /* the message, if it may be of that log */
	const char *before, *after;
} frames[] = {
	{"", "", ""},
	{"AH0", "[Sat Jan 01 00:00:00.000000 2000] [proxy_fcgi:error] [pid 1:tid 1] [client 192.0.2.1:1] ", ""},
	{" upstream", "2000/01/01 00:00:00 [error] 1#1: *1 ",
		", client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/fpm.sock:\""},
	{"", "[01-Jan-2000 00:00:00] WARNING: [pool www] ", ""},
	{"", "[01-Jan-2000 00:00:00] NOTICE: ", ""},
	{"", "[    1.000000] ", ""},
	{"PHP ", "[01-Jan-2000 00:00:00 UTC] ", ""},
};

/* Words that stand for a message. */
static const struct {
	const char *word, *message;
} words[] = {
	{"104", "recv() failed (104: Connection reset by peer) while reading response header from upstream"},
	{"110", "upstream timed out (110: Connection timed out) while reading response header from upstream"},
	{"111", "connect() failed (111: Connection refused) while connecting to upstream"},
	{"11", "connect() to unix:/fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream"},
	{"SIGHUP", "child 1 exited on signal 1 (SIGHUP) after 1 seconds from start"},
	{"SIGINT", "child 1 exited on signal 2 (SIGINT) after 1 seconds from start"},
	{"SIGILL", "child 1 exited on signal 4 (SIGILL) after 1 seconds from start"},
	{"SIGTRAP", "child 1 exited on signal 5 (SIGTRAP) after 1 seconds from start"},
	{"SIGABRT", "child 1 exited on signal 6 (SIGABRT) after 1 seconds from start"},
	{"SIGBUS", "child 1 exited on signal 7 (SIGBUS) after 1 seconds from start"},
	{"SIGFPE", "child 1 exited on signal 8 (SIGFPE) after 1 seconds from start"},
	{"SIGKILL", "child 1 exited on signal 9 (SIGKILL) after 1 seconds from start"},
	{"SIGSEGV", "child 1 exited on signal 11 (SIGSEGV) after 1 seconds from start"},
	{"SIGTERM", "child 1 exited on signal 15 (SIGTERM) after 1 seconds from start"},
	{"SIGXCPU", "child 1 exited on signal 24 (SIGXCPU) after 1 seconds from start"},
	{"SIGXFSZ", "child 1 exited on signal 25 (SIGXFSZ) after 1 seconds from start"},
	{"SIGSYS", "child 1 exited on signal 31 (SIGSYS) after 1 seconds from start"},
};

int fps_explainline_text(const char *text, bool as_json)
{
	const char *message = text;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		message = strcasecmp(words[i].word, text) == 0 ? words[i].message : message;
	}
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		if (!strstr(message, frames[i].has)) {
			continue;
		}
		struct lines lines = start(as_json);
		char *line = fps_alloc_format("%s%s%s", frames[i].before, message, frames[i].after);
		bool good = feed(line) && read_lines(&lines), said = !good || lines.shown || (i == 0 && say_nothing(&lines));
		int status = finish(&lines, good);

		free(line);
		if (said) {
			return status;
		}
	}
	return -1;
}
