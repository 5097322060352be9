/* A record for people. Nothing in it is taken for granted, and all of its texts are printed as untrusted. */
#include "output/record_text.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "explain/advice.h"
#include "log/frameworkhooks.h"
#include "log/stackfold.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 11, REGISTERS = 3 /* in a line */ };

struct page {
	FILE *out;
	struct fps_style style;
	const char *heading; /* to be printed before what comes next, NULL: none */
};

/* A value as text, empty if it does not exist. */
static const char *text(struct json_object *value)
{
	const char *string = value ? json_object_get_string(value) : NULL;

	return string ? string : "";
}

static void print_heading(struct page *page)
{
	if (page->heading != NULL) {
		fprintf(page->out, "\n%s%s%s\n", fps_terminal_colour(&page->style, FPS_TERMINAL_BOLD), page->heading,
			fps_terminal_colour(&page->style, FPS_TERMINAL_PLAIN));
		page->heading = NULL;
	}
}

/* A line, or several, with a name; none if there is no text. */
static __attribute__((format(printf, 3, 4))) void field(struct page *page, const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *line = fps_alloc_vformat(format, arguments);

	va_end(arguments);
	if (*line) {
		print_heading(page);
	}
	fps_terminal_field(page->out, &page->style, INDENT, name, line);
	free(line);
}

void fps_record_text_storm(const struct fps_record *record, char *text, size_t size)
{
	if (!record->first[0]) {
		text[0] = '\0';
	} else if (record->is_complete) {
		snprintf(text, size,
			"record %lld of its kind within a minute, and short: error, stacks and evidence are from the first one, %s",
			(long long) record->in_storm, record->first);
	} else {
		snprintf(text, size,
			"record %lld of its kind within a minute, and short: the stacks are in the first one, %s, which is not "
			"among the input",
			(long long) record->in_storm, record->first);
	}
}

static void print(const struct page *page, const char *before, struct json_object *value)
{
	if (value != NULL) {
		fputs(before, page->out);
		fps_terminal_print(page->out, text(value));
	}
}

static void summary(struct page *page, struct json_object *json, const struct fps_record *record)
{
	const struct fps_advice *advice = fps_advice_of(record->cause, NULL, record, record->written);
	const char *avoid = fps_advice_avoid(advice, record);
	struct json_object *incomplete = fps_json_member_of(json, "fpmsentinel", "incomplete");
	char storm[300], answer[200];

	fputs(fps_terminal_colour(&page->style, FPS_TERMINAL_BOLD), page->out);
	fps_terminal_print(page->out, record->id);
	fputs(fps_terminal_colour(&page->style, FPS_TERMINAL_PLAIN), page->out);
	putc('\n', page->out);
	field(page, "when", "%s", text(fps_json_member(json, "@timestamp")));
	field(page, "what", "%s", record->message);
	field(page, "cause", "%s", record->cause);
	if (fps_advice_knows(record->cause)) {
		field(page, "", "%s", fps_advice_meaning(advice));
		fps_advice_answer(record->cause, record, NULL, answer, sizeof(answer));
		field(page, "", "%s", answer);
		field(page, "change", "%s", advice->change);
		field(page, "not", "%s", avoid ? avoid : "");
	}
	fps_record_text_storm(record, storm, sizeof(storm));
	field(page, "storm", "%s", storm);
	field(page, "sure", "%s", fps_record_certainty(record->confidence));
	field(page, "because", "%s", record->evidence ? record->evidence : "");
	for (size_t i = 0; i < fps_json_length(incomplete); i++) {
		field(page, i ? "" : "missing", "%s", text(json_object_array_get_idx(incomplete, i)));
	}
}

static void request(struct page *page, struct json_object *json, struct json_object *ours)
{
	struct json_object *request = fps_json_member(ours, "request"), *nginx = fps_json_member(ours, "nginx");
	struct json_object *notes = fps_json_member(request, "annotations"),
					   *http = fps_json_member_of(json, "http", "request");
	struct json_object *path = fps_json_member_of(json, "url", "path"),
					   *query = fps_json_member_of(json, "url", "query");
	struct json_object *port = fps_json_member_of(json, "client", "port");

	page->heading = "Request";
	if (path != NULL) {
		field(page, "url", "%s %s%s%s%s", text(fps_json_member(http, "method")),
			text(fps_json_member_of(json, "url", "domain")), text(path), query ? "?" : "", text(query));
	}
	field(page, "id", "%s", text(fps_json_member(http, "id")));
	field(page, "client", "%s%s%s", text(fps_json_member_of(json, "client", "ip")), port ? " port " : "", text(port));
	if (nginx != NULL) {
		field(page, "nginx", "%s *%s", text(fps_json_member(nginx, "pid")), text(fps_json_member(nginx, "connection")));
	}
	field(page, "script", "%s", text(fps_json_member(request, "script")));
	field(page, "began", "%s", text(fps_json_member(request, "started")));
	field(page, "phase", "%s%s%s", text(fps_json_member(ours, "phase")),
		json_object_get_boolean(fps_json_member(request, "headers_sent")) ? ", headers sent" : "",
		json_object_get_boolean(fps_json_member(request, "finished")) ? ", answer finished" : "");
	if (json_object_is_type(notes, json_type_object)) {
		json_object_object_foreach(notes, key, value)
		{
			field(page, "note", "%s: %s", key, text(value));
		}
	}
}

static void worker(struct page *page, struct json_object *json, struct json_object *ours)
{
	struct json_object *number = fps_json_member_of(ours, "signal", "number"),
					   *sender = fps_json_member_of(ours, "signal", "sender");
	struct json_object *code = fps_json_member_of(ours, "signal", "code"),
					   *address = fps_json_member_of(ours, "signal", "address");
	struct json_object *served = fps_json_member(ours, "requests_served");

	page->heading = "Worker";
	field(page, "host", "%s", text(fps_json_member_of(json, "host", "name")));
	field(page, "pool", "%s", text(fps_json_member(ours, "pool")));
	field(page, "pid", "%s", text(fps_json_member_of(json, "process", "pid")));
	if (strcmp(text(fps_json_member_of(json, "event", "action")), "child-death") == 0) {
		field(page, "worker", "%s, which forked it",
			text(fps_json_member(fps_json_member_of(json, "process", "parent"), "pid")));
	}
	field(page, "requests", "%s", text(served));
	field(page, "error", "%s", text(fps_json_member_of(json, "error", "message")));
	if (number != NULL) {
		field(page, "signal", "%s %s%s%s%s%s", text(number), text(fps_json_member_of(ours, "signal", "name")),
			code ? ", " : "", text(code), address ? ", address " : "", text(address));
	}
	field(page, "mapped", "%s", text(fps_json_member(fps_json_member_of(ours, "signal", "mapping"), "file")));
	field(page, "stderr", "%s", text(fps_json_member(ours, "stderr")));
	if (sender != NULL) {
		field(page, "sender", "%s, uid %s, %s %s", text(fps_json_member(sender, "pid")),
			text(fps_json_member(sender, "uid")), text(fps_json_member(sender, "role")),
			text(fps_json_member(sender, "command")));
	}
}

/* Which thread died, if not PHP's, what was being compiled, and what had come before. */
static void circumstances(struct page *page, const struct fps_record *record)
{
	page->heading = "Circumstances";
	if (record->thread) {
		field(page, "thread", "%s: not PHP's, but one that a library had started", record->thread);
	}
	if (record->compiling) {
		field(page, "compiler", "%s was being compiled", record->compiling);
	}
	if (record->loading) {
		field(page, "loading", "%s was being loaded: opened, optimized by opcache, or taken from its cache",
			record->loading);
	}
	field(page, "earlier", "%s", record->earlier ? record->earlier : "");
}

static void limits(struct page *page, struct json_object *ours, const struct fps_record *record)
{
	struct json_object *cpu = fps_json_member_of(ours, "request", "cpu_ms");
	char had[400];

	page->heading = "Limits";
	fps_advice_measure(record, had, sizeof(had));
	field(page, "had", "%s", had);
	if (cpu != NULL) {
		field(page, "CPU", "%.3f s", json_object_get_double(cpu) / 1e3);
	}
	if (record->hard_timeout > 0) {
		field(page, "hard", "hard_timeout %lld s after that", (long long) record->hard_timeout);
	}
}

static void omitted(const struct page *page, struct json_object *owner)
{
	struct json_object *count = fps_json_member(owner, "frames_omitted");

	if (count && fps_json_length(fps_json_member(owner, "stack")) > 0) {
		print(page, "       and ", count);
		fputs(" more in the middle\n", page->out);
	}
}

static void php_frame(const struct page *page, struct json_object *frame, size_t number)
{
	struct json_object *name = fps_json_member(frame, "name");

	fprintf(page->out, "  %3zu  ", number);
	print(page, "", fps_json_member(frame, "class"));
	print(page, "", fps_json_member(frame, "type"));
	print(page, "", fps_json_member(frame, "function"));
	if (name != NULL) {
		print(page, "('", name);
		fputs("')", page->out);
	}
	print(page, "  ", fps_json_member(frame, "file"));
	print(page, ":", fps_json_member(frame, "line"));
	fputs(json_object_get_boolean(fps_json_member(frame, "line_approximate")) ? " (or near it)\n" : "\n", page->out);
}

/* A recursion is shown once. */
static void cycle_line(const struct page *page, const struct fps_cycle *cycle)
{
	if (cycle->period == 1) {
		fprintf(page->out, "       the same %llu times more\n", (unsigned long long) cycle->times - 1);
	} else {
		fprintf(page->out, "       these %zu call each other, %llu times in all\n", cycle->period,
			(unsigned long long) cycle->times);
	}
}

static void php_stack(struct page *page, struct json_object *php, const char *heading)
{
	struct json_object *age = fps_json_member(php, "stack_age_ms");
	struct fps_stackfold fold = fps_stackfold_stack(php);
	struct fps_cycle cycle;
	bool across = false;

	page->heading = heading;
	for (size_t i = 0; i < fold.count;) {
		bool folds = fps_stackfold_find(&fold, i, &cycle);

		print_heading(page);
		for (size_t k = 0; k < (folds ? cycle.period : 1); k++) {
			php_frame(page, json_object_array_get_idx(fold.frames, i + k), i + k);
		}
		if (folds) {
			cycle_line(page, &cycle);
			across = across || (i < fold.gap && cycle.end > fold.gap);
		}
		i = folds ? cycle.end : i + 1;
	}
	fps_stackfold_free(&fold);
	if (!across) {
		omitted(page, php);
	}
	if (fold.count > 0 && json_object_get_double(age) > 0) {
		fprintf(page->out, "       seen %.0f ms before\n", json_object_get_double(age));
	}
}

/* Below a native frame: the function in the source, and before it what had been inlined into it. */
static void source_lines(const struct page *page, struct json_object *source)
{
	for (size_t i = 0; i < fps_json_length(source); i++) {
		struct json_object *place = json_object_array_get_idx(source, i);

		fputs("        ", page->out);
		print(page, " ", fps_json_member(place, "function"));
		print(page, "  ", fps_json_member(place, "file"));
		print(page, ":", fps_json_member(place, "line"));
		fputs(json_object_get_boolean(fps_json_member(place, "inlined")) ? " (inlined)\n" : "\n", page->out);
	}
}

static void native_stack(struct page *page, struct json_object *native)
{
	struct json_object *stack = fps_json_member(native, "stack"), *registers = fps_json_member(native, "registers");
	size_t count = 0;

	page->heading = "Native stack";
	for (size_t i = 0; i < fps_json_length(stack); i++) {
		struct json_object *frame = json_object_array_get_idx(stack, i);

		print_heading(page);
		fprintf(page->out, "  %3zu", i);
		print(page, "  ", fps_json_member(frame, "ip"));
		print(page, "  ", fps_json_member(frame, "symbol"));
		print(page, "  ", fps_json_member(frame, "module"));
		print(page, " + ", fps_json_member(frame, "offset"));
		print(page, "  made by the JIT of ", fps_json_member(frame, "jit"));
		putc('\n', page->out);
		source_lines(page, fps_json_member(frame, "source"));
	}
	omitted(page, native);
	page->heading = "Registers";
	if (json_object_is_type(registers, json_type_object)) {
		json_object_object_foreach(registers, name, value)
		{
			print_heading(page);
			fputs("  ", page->out);
			fps_terminal_print(page->out, name);
			fprintf(page->out, "%*s", strlen(name) < 7 ? (int) (7 - strlen(name)) : 1, "");
			fprintf(page->out, "%*s", strlen(text(value)) < 18 ? (int) (18 - strlen(text(value))) : 0, "");
			print(page, "", value);
			putc(++count % REGISTERS == 0 ? '\n' : ' ', page->out);
		}
		fputs(count % REGISTERS ? "\n" : "", page->out);
	}
}

void fps_record_text(FILE *out, struct json_object *json, const struct fps_record *record)
{
	struct page page = {.out = out, .style = fps_terminal_style(out)};
	struct json_object *ours = fps_json_member(json, "fpmsentinel");

	summary(&page, json, record);
	request(&page, json, ours);
	worker(&page, json, ours);
	limits(&page, ours, record);
	circumstances(&page, record);
	fps_frameworkhooks_attach(ours);
	php_stack(&page, fps_json_member(ours, "php"), record->thread ? "PHP stack meanwhile" : "PHP stack");
	native_stack(&page, fps_json_member(ours, "native"));
}
