/* A record for a person. Nothing in it is taken for granted, and none of its texts reaches the terminal as it is. */
#include "show.h"

#include "advice.h"
#include "calls.h"
#include "fold.h"
#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 11, REGISTERS = 3 /* in a line */ };

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct page {
	FILE *out;
	struct fps_style style;
	const char *heading; /* to be printed before what comes next, NULL: none */
};

/* A value as text, empty if there is none. */
static const char *text(struct json_object *value)
{
	const char *string = value ? json_object_get_string(value) : NULL;

	return string ? string : "";
}

static void print_heading(struct page *page)
{
	if (page->heading != NULL) {
		fprintf(page->out, "\n%s%s%s\n", page->style.colour ? BOLD : "", page->heading, page->style.colour ? PLAIN : "");
		page->heading = NULL;
	}
}

/* A line, or several, with a name; none if there is no text. */
static __attribute__((format(printf, 3, 4))) void field(struct page *page, const char *name, const char *format, ...)
{
	char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&line, format, arguments) > 0) {
		print_heading(page);
		fprintf(page->out, "  %-*s", INDENT - 2, name);
		fps_report_wrap(page->out, &page->style, INDENT, line);
	}
	va_end(arguments);
	free(line);
}

static void print(const struct page *page, const char *before, struct json_object *value)
{
	if (value != NULL) {
		fputs(before, page->out);
		fps_text_print(page->out, text(value));
	}
}

static size_t length_of(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static void summary(struct page *page, struct json_object *record, const struct fps_told *told)
{
	const struct fps_advice *advice = fps_advice_of(told->cause, told, told->written);
	const char *avoid = fps_advice_avoid(advice, told);
	struct json_object *incomplete = fps_show_member(record, "fpmsentinel", "incomplete");
	char storm[300];

	fputs(page->style.colour ? BOLD : "", page->out);
	fps_text_print(page->out, told->id);
	fputs(page->style.colour ? PLAIN "\n" : "\n", page->out);
	field(page, "when", "%s", text(fps_show_member(record, "@timestamp", NULL)));
	field(page, "what", "%s", told->message);
	field(page, "cause", "%s", told->cause);
	if (fps_advice_knows(told->cause)) {
		field(page, "", "%s", advice->meaning);
		field(page, "change", "%s", advice->change);
		field(page, "not", "%s", avoid ? avoid : "");
	}
	fps_report_storm(told, storm, sizeof(storm));
	field(page, "storm", "%s", storm);
	field(page, "sure", "%s", fps_certainty_name(told->confidence));
	field(page, "because", "%s", told->evidence ? told->evidence : "");
	for (size_t i = 0; i < length_of(incomplete); i++) {
		field(page, i ? "" : "missing", "%s", text(json_object_array_get_idx(incomplete, i)));
	}
}

static void request(struct page *page, struct json_object *record, struct json_object *ours)
{
	struct json_object *request = fps_show_member(ours, "request", NULL), *nginx = fps_show_member(ours, "nginx", NULL);
	struct json_object *notes = fps_show_member(request, "annotations", NULL), *http = fps_show_member(record, "http", "request");
	struct json_object *path = fps_show_member(record, "url", "path"), *query = fps_show_member(record, "url", "query");
	struct json_object *port = fps_show_member(record, "client", "port");

	page->heading = "Request";
	if (path != NULL) {
		field(page, "url", "%s %s%s%s%s", text(fps_show_member(http, "method", NULL)), text(fps_show_member(record, "url", "domain")), text(path),
			query ? "?" : "", text(query));
	}
	field(page, "id", "%s", text(fps_show_member(http, "id", NULL)));
	field(page, "client", "%s%s%s", text(fps_show_member(record, "client", "ip")), port ? " port " : "", text(port));
	if (nginx != NULL) {
		field(page, "nginx", "%s *%s", text(fps_show_member(nginx, "pid", NULL)), text(fps_show_member(nginx, "connection", NULL)));
	}
	field(page, "script", "%s", text(fps_show_member(request, "script", NULL)));
	field(page, "began", "%s", text(fps_show_member(request, "started", NULL)));
	field(page, "phase", "%s%s%s", text(fps_show_member(ours, "phase", NULL)),
		json_object_get_boolean(fps_show_member(request, "headers_sent", NULL)) ? ", headers sent" : "",
		json_object_get_boolean(fps_show_member(request, "finished", NULL)) ? ", answer finished" : "");
	if (json_object_is_type(notes, json_type_object)) {
		json_object_object_foreach(notes, key, value) {
			field(page, "note", "%s: %s", key, text(value));
		}
	}
}

static void worker(struct page *page, struct json_object *record, struct json_object *ours)
{
	struct json_object *number = fps_show_member(ours, "signal", "number"), *sender = fps_show_member(ours, "signal", "sender");
	struct json_object *code = fps_show_member(ours, "signal", "code"), *address = fps_show_member(ours, "signal", "address");
	struct json_object *served = fps_show_member(ours, "requests_served", NULL);

	page->heading = "Worker";
	field(page, "host", "%s", text(fps_show_member(record, "host", "name")));
	field(page, "pool", "%s", text(fps_show_member(ours, "pool", NULL)));
	field(page, "pid", "%s", text(fps_show_member(record, "process", "pid")));
	if (strcmp(text(fps_show_member(record, "event", "action")), "child-death") == 0) {
		field(page, "worker", "%s, which forked it", text(fps_show_member(fps_show_member(record, "process", "parent"), "pid", NULL)));
	}
	field(page, "requests", "%s", text(served));
	field(page, "error", "%s", text(fps_show_member(record, "error", "message")));
	if (number != NULL) {
		field(page, "signal", "%s %s%s%s%s%s", text(number), text(fps_show_member(ours, "signal", "name")), code ? ", " : "", text(code),
			address ? ", address " : "", text(address));
	}
	field(page, "mapped", "%s", text(fps_show_member(fps_show_member(ours, "signal", "mapping"), "file", NULL)));
	field(page, "stderr", "%s", text(fps_show_member(ours, "stderr", NULL)));
	if (sender != NULL) {
		field(page, "sender", "%s, uid %s, %s %s", text(fps_show_member(sender, "pid", NULL)), text(fps_show_member(sender, "uid", NULL)),
			text(fps_show_member(sender, "role", NULL)), text(fps_show_member(sender, "command", NULL)));
	}
}

/* Which thread died, if not PHP's, what was being compiled, and what had come before. */
static void circumstances(struct page *page, const struct fps_told *told)
{
	page->heading = "Circumstances";
	if (told->thread) {
		field(page, "thread", "%s: not PHP's, but one that a library has started", told->thread);
	}
	if (told->compiling) {
		field(page, "compiler", "%s was being compiled", told->compiling);
	}
	if (told->loading) {
		field(page, "loading", "%s was being loaded: opened, optimized by opcache, or taken from its cache", told->loading);
	}
	field(page, "earlier", "%s", told->earlier ? told->earlier : "");
}

static void limits(struct page *page, struct json_object *ours, const struct fps_told *told)
{
	struct json_object *cpu = fps_show_member(ours, "request", "cpu_ms");
	char had[400];

	page->heading = "Limits";
	fps_advice_measure(told, had, sizeof(had));
	field(page, "had", "%s", had);
	if (cpu != NULL) {
		field(page, "CPU", "%.3f s", json_object_get_double(cpu) / 1e3);
	}
	if (told->hard_timeout > 0) {
		field(page, "hard", "hard_timeout %lld s after that", (long long) told->hard_timeout);
	}
}

static void omitted(const struct page *page, struct json_object *owner)
{
	struct json_object *count = fps_show_member(owner, "frames_omitted", NULL);

	if (count && length_of(fps_show_member(owner, "stack", NULL)) > 0) {
		print(page, "       and ", count);
		fputs(" more in the middle\n", page->out);
	}
}

static void php_frame(const struct page *page, struct json_object *frame, size_t number)
{
	struct json_object *name = fps_show_member(frame, "name", NULL);

	fprintf(page->out, "  %3zu  ", number);
	print(page, "", fps_show_member(frame, "class", NULL));
	print(page, "", fps_show_member(frame, "type", NULL));
	print(page, "", fps_show_member(frame, "function", NULL));
	if (name != NULL) {
		print(page, "('", name);
		fputs("')", page->out);
	}
	print(page, "  ", fps_show_member(frame, "file", NULL));
	print(page, ":", fps_show_member(frame, "line", NULL));
	fputs(json_object_get_boolean(fps_show_member(frame, "line_approximate", NULL)) ? " (or near it)\n" : "\n", page->out);
}

/* A recursion is shown once. */
static void cycle_line(const struct page *page, const struct fps_cycle *cycle)
{
	if (cycle->period == 1) {
		fprintf(page->out, "       the same %llu times more\n", (unsigned long long) cycle->times - 1);
	} else {
		fprintf(page->out, "       these %zu call each other, %llu times in all\n", cycle->period, (unsigned long long) cycle->times);
	}
}

static void php_stack(struct page *page, struct json_object *php, const char *heading)
{
	struct json_object *age = fps_show_member(php, "stack_age_ms", NULL);
	struct fps_fold fold = fps_fold_stack(php);
	struct fps_cycle cycle;
	bool across = false;

	page->heading = heading;
	for (size_t i = 0; i < fold.count;) {
		bool folds = fps_fold_find(&fold, i, &cycle);

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
	for (size_t i = 0; i < length_of(source); i++) {
		struct json_object *place = json_object_array_get_idx(source, i);

		fputs("        ", page->out);
		print(page, " ", fps_show_member(place, "function", NULL));
		print(page, "  ", fps_show_member(place, "file", NULL));
		print(page, ":", fps_show_member(place, "line", NULL));
		fputs(json_object_get_boolean(fps_show_member(place, "inlined", NULL)) ? " (inlined)\n" : "\n", page->out);
	}
}

static void native_stack(struct page *page, struct json_object *native)
{
	struct json_object *stack = fps_show_member(native, "stack", NULL), *registers = fps_show_member(native, "registers", NULL);
	size_t count = 0;

	page->heading = "Native stack";
	for (size_t i = 0; i < length_of(stack); i++) {
		struct json_object *frame = json_object_array_get_idx(stack, i);

		print_heading(page);
		fprintf(page->out, "  %3zu", i);
		print(page, "  ", fps_show_member(frame, "ip", NULL));
		print(page, "  ", fps_show_member(frame, "symbol", NULL));
		print(page, "  ", fps_show_member(frame, "module", NULL));
		print(page, " + ", fps_show_member(frame, "offset", NULL));
		print(page, "  made by the JIT of ", fps_show_member(frame, "jit", NULL));
		putc('\n', page->out);
		source_lines(page, fps_show_member(frame, "source", NULL));
	}
	omitted(page, native);
	page->heading = "Registers";
	if (json_object_is_type(registers, json_type_object)) {
		json_object_object_foreach(registers, name, value) {
			print_heading(page);
			fputs("  ", page->out);
			fps_text_print(page->out, name);
			fprintf(page->out, "%*s", strlen(name) < 7 ? (int) (7 - strlen(name)) : 1, "");
			fprintf(page->out, "%*s", strlen(text(value)) < 18 ? (int) (18 - strlen(text(value))) : 0, "");
			print(page, "", value);
			putc(++count % REGISTERS == 0 ? '\n' : ' ', page->out);
		}
		fputs(count % REGISTERS ? "\n" : "", page->out);
	}
}

void fps_show_text(FILE *out, struct json_object *record, const struct fps_told *told)
{
	struct page page = {.out = out, .style = fps_report_style(out)};
	struct json_object *ours = fps_show_member(record, "fpmsentinel", NULL);

	summary(&page, record, told);
	request(&page, record, ours);
	worker(&page, record, ours);
	limits(&page, ours, told);
	circumstances(&page, told);
	fps_calls_attach(ours);
	php_stack(&page, fps_show_member(ours, "php", NULL), told->thread ? "PHP stack meanwhile" : "PHP stack");
	native_stack(&page, fps_show_member(ours, "native", NULL));
}
