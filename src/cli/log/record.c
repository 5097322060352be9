/* Parses a record. */
#include "log/record.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/json.h"
#include "log/frameworkhooks.h"
#include "log/frameworkpaths.h"
#include "log/jsonenvelope.h"
#include "log/jsonskip.h"
#include "log/stackfold.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_FRAMES = 12, OUTER_FRAMES = 3, MAX_STACK = 16 << 10, NAMED_FRAMES = 4 };

double fps_record_time(const char *text)
{
	struct tm tm = {0};
	char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

	double fraction;
	int64_t east = 0;

	if (end == NULL) {
		return 0;
	}
	fraction = *end == '.' ? strtod(end, NULL) : 0;
	end += *end == '.';
	fps_datetime_zone(end + strspn(end, "0123456789"), &east);
	return (double) timegm(&tm) + fraction - (double) east;
}

const char *fps_record_certainty(enum fps_certainty certainty)
{
	static const char *const names[] = {"certain", "probable", "possible", "uncertain"};

	return names[certainty];
}

static char *copy(struct json_object *object, const char *name)
{
	const char *value = fps_json_text_in(object, name);

	return value && *value ? fps_alloc_copy((struct fps_span) {value, strlen(value)}, 0) : NULL;
}

static int64_t number(struct json_object *object, const char *name)
{
	struct json_object *value = fps_json_member(object, name);

	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
}

static enum fps_action action_of(const char *name)
{
	static const char *const names[] = {
		"worker-death", "request-killed", "request-aborted", "worker-exit", "master", "child-death"};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			return (enum fps_action) i;
		}
	}
	return FPS_ACTION_OTHER;
}

static enum fps_certainty certainty_of(const char *name)
{
	if (name && strcmp(name, "certain") == 0) {
		return FPS_CERTAIN;
	}
	return name && strcmp(name, "probable") == 0 ? FPS_PROBABLE : FPS_POSSIBLE;
}

/*
 * A text under construction; what does not fit is dropped. Only `len` is initialized: zeroing takes longer than the
 * texts.
 */
struct text {
	size_t len;
	char bytes[MAX_STACK];
};

static void add(struct text *text, const char *piece)
{
	size_t len = piece ? strlen(piece) : 0;

	if (text->len + len < sizeof(text->bytes)) {
		memcpy(text->bytes + text->len, piece ? piece : "", len);
		text->len += len;
	}
}

static char *finish(const struct text *text)
{
	return text->len ? fps_alloc_copy((struct fps_span) {text->bytes, text->len}, 0) : NULL;
}

/* A name that is shown on a line of its own must not end that line. */
static void add_clean(struct text *text, const char *piece)
{
	size_t from = text->len;

	add(text, piece);
	for (; from < text->len; from++) {
		if (text->bytes[from] == '\n' || text->bytes[from] == '\t') {
			text->bytes[from] = ' ';
		}
	}
}

static void add_frame(struct text *text, struct json_object *frame)
{
	char line[40];

	add(text, text->len ? "\n" : "");
	if (fps_json_member(frame, "class")) {
		add_clean(text, fps_json_text_in(frame, "class"));
		add_clean(text, fps_json_text_in(frame, "type"));
	}
	add_clean(text, fps_json_text_in(frame, "function"));
	add(text, "\t");
	if (fps_json_member(frame, "file")) {
		snprintf(line, sizeof(line), ":%lld", (long long) number(frame, "line"));
		add_clean(text, fps_json_text_in(frame, "file"));
		add(text, line);
	}
	if (fps_json_member(frame, "name")) {
		add(text, "\t");
		add_clean(text, fps_json_text_in(frame, "name"));
	}
}

struct fps_record_frame fps_record_frame(struct fps_span line)
{
	struct fps_record_frame frame = {.function = line};

	if (fps_span_take(&line, "\t", &frame.function)) {
		frame.where = line;
		frame.name = fps_span_take(&line, "\t", &frame.where) ? line : FPS_SPAN("");
	}
	return frame;
}

static void add_mark(struct text *text, const char *mark, uint64_t times)
{
	char line[60];

	snprintf(line, sizeof(line), "%s%s %llu", text->len ? "\n" : "", mark, (unsigned long long) times);
	add(text, line);
}

/* Frames from one on that are shown together: one, or a cycle once. */
struct run {
	size_t from, shown, next;
	struct fps_cycle cycle; /* times 0: none */
};

static struct run run_at(const struct fps_stackfold *fold, size_t from)
{
	struct run run = {.from = from, .shown = 1, .next = from + 1};

	if (fps_stackfold_find(fold, from, &run.cycle)) {
		run.shown = run.cycle.period;
		run.next = run.cycle.end;
	} else {
		run.cycle.times = 0;
	}
	return run;
}

/* The first frame of those that are the most the site's own; all of a short stack is shown anyway. */
static size_t own_frame(const struct fps_stackfold *fold)
{
	enum fps_frameworkpaths_owner most = FPS_FRAMEWORKPATHS_NONE;
	size_t found = 0;

	for (size_t i = 0; fold->count > MAX_FRAMES && i < fold->count && most < FPS_FRAMEWORKPATHS_NAMED; i++) {
		const char *file = fps_json_text_in(json_object_array_get_idx(fold->frames, i), "file");
		enum fps_frameworkpaths_owner own =
			file ? fps_frameworkpaths_owner(fps_span_of(file)) : FPS_FRAMEWORKPATHS_NONE;

		found = own > most ? i : found;
		most = own > most ? own : most;
	}
	return found;
}

/* All runs of a stack, and which are shown wherever they are: its longest recursion, and the site's own code. */
struct runs {
	struct run *all;
	size_t count, own, cycle;
	uint64_t times;
};

static struct runs runs_of(const struct fps_stackfold *fold)
{
	struct runs runs = {.all = fps_alloc(fold->count, sizeof(*runs.all))};
	const size_t own = own_frame(fold);

	for (size_t i = 0; i < fold->count; i = runs.all[runs.count++].next) {
		struct run *run = &runs.all[runs.count];

		*run = run_at(fold, i);
		if (run->cycle.times > runs.times) {
			runs.times = run->cycle.times;
			runs.cycle = runs.count;
		}
		runs.own = own >= i && own < run->next ? runs.count : runs.own;
	}
	return runs;
}

static void add_run(struct text *text, const struct fps_stackfold *fold, const struct run *run, uint64_t *hidden)
{
	if (*hidden) {
		add_mark(text, FPS_STACK_MARK "0", *hidden);
	}
	*hidden = 0;
	for (size_t k = 0; k < run->shown; k++) {
		add_frame(text, json_object_array_get_idx(fold->frames, run->from + k));
	}
	if (run->cycle.times) {
		char mark[32];

		snprintf(mark, sizeof(mark), FPS_STACK_MARK "%zu", run->cycle.period);
		add_mark(text, mark, run->cycle.times);
	}
}

/* From the innermost frame on, then what is of interest, and then the outer end. */
static char *stack_of(struct json_object *php, struct fps_record *record)
{
	struct fps_stackfold fold = fps_stackfold_stack(php);
	struct runs runs = runs_of(&fold);
	uint64_t hidden = 0;
	struct text text;

	text.len = 0;
	record->php_cycles = runs.times;
	record->depth = fold.count + fold.omitted;
	for (size_t i = 0, shown = 0; i < runs.count; i++) {
		const struct run *run = &runs.all[i];

		if (shown < MAX_FRAMES || run->from + OUTER_FRAMES >= fold.count || (runs.times && i == runs.cycle)
			|| i == runs.own) {
			add_run(&text, &fold, run, &hidden);
			shown += run->shown;
		} else {
			hidden += run->next - run->from;
		}
		if (fold.omitted && run->from < fold.gap && run->next >= fold.gap
			&& !(run->cycle.times && run->next > fold.gap)) {
			add_mark(&text, FPS_STACK_LOST, fold.omitted);
		}
	}
	free(runs.all);
	fps_stackfold_free(&fold);
	return finish(&text);
}

static const char *made_by(struct json_object *frame)
{
	const char *jit = fps_json_text_in(frame, "jit");

	return jit == NULL             ? FPS_NATIVE_IN_NO_FILE
		: strcmp(jit, "pcre") == 0 ? FPS_NATIVE_PCRE_JIT
								   : FPS_NATIVE_OPCACHE_JIT;
}

/* abort() and raise() are in libc, which is not at fault. */
static char *innermost_of(struct fps_span native)
{
	struct fps_span before, frame;
	struct text text;
	bool named = false;

	text.len = 0;
	if (native.len == 0 || !fps_span_take(&native, "\"stack\":[", &before)) {
		return NULL;
	}
	for (bool first = true; !named && fps_jsonskip_next(&native, &frame); first = false) {
		struct json_object *object = fps_json_parse(&frame, 1);
		const char *module = fps_json_text_in(object, "module");

		if ((first || fps_json_member(object, "jit")) && module == NULL && fps_json_member(object, "ip")
			&& text.len == 0) {
			add(&text, made_by(object));
		}
		named = module && (strstr(module, "/libc.so") == NULL || !fps_span_begins(native, ","));
		if (named) {
			add(&text, text.len ? ", called from " : "");
			add_clean(&text, module);
			add(&text, " ");
			add_clean(&text, fps_json_text_in(object, fps_json_member(object, "symbol") ? "symbol" : "offset"));
		}
		json_object_put(object);
	}
	return finish(&text);
}

/* "zend_object_std_dtor", or "0x6869c" if a function has no name; with its module, unless the next one has the same. */
static void add_function(struct text *text, struct json_object *frame, struct json_object *next)
{
	const char *symbol = fps_json_text_in(frame, "symbol"), *module = fps_json_text_in(frame, "module"),
			   *slash = module ? strrchr(module, '/') : NULL;
	size_t from = text->len;

	if (symbol) {
		char *plus;

		add_clean(text, symbol);
		text->bytes[text->len] = '\0';
		plus = strrchr(text->bytes + from, '+');
		text->len = plus ? (size_t) (plus - text->bytes) : text->len;
	} else {
		add_clean(text, fps_json_text_in(frame, fps_json_member(frame, "offset") ? "offset" : "ip"));
	}
	if (module && !(fps_json_text_in(next, "module") && strcmp(fps_json_text_in(next, "module"), module) == 0)) {
		add(text, " in ");
		add_clean(text, slash ? slash + 1 : module);
	}
}

/* The native functions that call each other until the stack is full, as far as the record has them. */
static char *cycle_of(struct fps_span native, int64_t *count)
{
	struct json_object *object, *recursion, *stack;
	struct text text;
	int64_t from, period, whole;

	text.len = 0;
	if (native.len == 0 || fps_span_find(native, "\"recursion\":") == NULL) {
		return NULL;
	}
	object = fps_json_parse(&native, 1);
	recursion = fps_json_member(object, "recursion");
	stack = fps_json_member(object, "stack");
	from = number(recursion, "from");
	period = number(recursion, "period");
	*count = number(recursion, "count");
	whole = (int64_t) (fps_json_length(stack) + 1) / (number(object, "frames_omitted") > 0 ? 2 : 1);
	whole = from + period < whole ? from + period : whole;
	whole = from + NAMED_FRAMES < whole ? from + NAMED_FRAMES : whole;
	for (int64_t i = from; from >= 0 && i < whole; i++) {
		add(&text, text.len ? ", " : "");
		add_function(&text, json_object_array_get_idx(stack, (size_t) i),
			i + 1 < whole ? json_object_array_get_idx(stack, (size_t) i + 1) : NULL);
	}
	add(&text, text.len && period > NAMED_FRAMES ? " and others" : "");
	json_object_put(object);
	return finish(&text);
}

/* The part of the native stack that an explanation needs. */
struct native {
	char *innermost, *cycle;
	int64_t cycles;
};

static struct native native_of(struct fps_span text)
{
	struct native native = {innermost_of(text), NULL, 0};

	native.cycle = cycle_of(text, &native.cycles);
	return native;
}

static char *evidence_of(struct json_object *evidence)
{
	struct text text;

	text.len = 0;
	for (size_t i = 0; i < fps_json_length(evidence); i++) {
		struct json_object *line = json_object_array_get_idx(evidence, i);

		add(&text, i ? "; " : "");
		add_clean(&text, fps_json_text(line));
	}
	return finish(&text);
}

static enum fps_headers headers_of(struct json_object *sent)
{
	return !json_object_is_type(sent, json_type_boolean) ? FPS_HEADERS_UNKNOWN
		: json_object_get_boolean(sent)                  ? FPS_HEADERS_SENT
														 : FPS_HEADERS_NOT_SENT;
}

static bool names(struct json_object *array, const char *name)
{
	for (size_t i = 0; i < fps_json_length(array); i++) {
		const char *text = fps_json_text(json_object_array_get_idx(array, i));

		if (text && strcmp(text, name) == 0) {
			return true;
		}
	}
	return false;
}

static void read_storm(struct fps_record *record, struct json_object *storm)
{
	const char *first = fps_json_text_in(storm, "first");

	if (first && strlen(first) == 32) {
		memcpy(record->first, first, sizeof(record->first));
		record->in_storm = number(storm, "count");
	}
}

/* "8630 decoder"; NULL if it was PHP's thread, or is not known. */
static char *thread_of(struct json_object *json, struct json_object *ours)
{
	struct json_object *thread = fps_json_member(fps_json_member(json, "process"), "thread");
	const char *whose = fps_json_text_in(ours, "thread");
	struct text text;
	char id[24];

	text.len = 0;
	if (whose == NULL || strcmp(whose, "other") != 0) {
		return NULL;
	}
	snprintf(id, sizeof(id), "%lld", (long long) number(thread, "id"));
	add(&text, id);
	if (fps_json_member(thread, "name")) {
		add(&text, " ");
		add_clean(&text, fps_json_text_in(thread, "name"));
	}
	return finish(&text);
}

static char *earlier_of(struct json_object *earlier)
{
	struct text text;
	char age[32];

	text.len = 0;
	for (size_t i = 0; i < fps_json_length(earlier); i++) {
		struct json_object *event = json_object_array_get_idx(earlier, i);

		add(&text, i ? "; " : "");
		add_clean(&text, fps_json_text_in(event, "cause"));
		snprintf(age, sizeof(age), ", %lld ms before", (long long) number(event, "ms_before"));
		add(&text, age);
		add(&text, " (record ");
		add_clean(&text, fps_json_text_in(event, "id"));
		add(&text, ")");
	}
	return finish(&text);
}

static char *annotations_of(struct json_object *annotations)
{
	struct text text;

	text.len = 0;
	if (!json_object_is_type(annotations, json_type_object)) {
		return NULL;
	}
	json_object_object_foreach(annotations, name, value)
	{
		add(&text, text.len ? "\n" : "");
		add_clean(&text, name);
		add(&text, "=");
		add_clean(&text, fps_json_text(value));
	}
	return finish(&text);
}

static void read_service(struct fps_record *record, struct json_object *service)
{
	record->service = copy(service, "name");
	record->service_version = copy(service, "version");
	record->environment = copy(service, "environment");
}

static void read_ours(struct fps_record *record, struct json_object *ours)
{
	struct json_object *nginx = fps_json_member(ours, "nginx"), *request = fps_json_member(ours, "request");
	struct json_object *limits = fps_json_member(ours, "limits"), *memory = fps_json_member(ours, "memory");

	record->confidence = certainty_of(fps_json_text_in(ours, "confidence"));
	record->nginx_pid = number(nginx, "pid");
	record->connection = number(nginx, "connection");
	record->connection_requests = number(nginx, "connection_requests");
	record->started = fps_record_time(fps_json_text_in(request, "started"));
	record->elapsed = json_object_get_double(fps_json_member(request, "elapsed_ms")) / 1e3;
	record->script = copy(request, "script");
	record->annotations = annotations_of(fps_json_member(request, "annotations"));
	record->finished = json_object_get_boolean(fps_json_member(request, "finished"));
	record->headers = headers_of(fps_json_member(request, "headers_sent"));
	record->pool = copy(ours, "pool");
	record->listen = copy(ours, "listen");
	record->address = fps_address_of_listen(record->listen);
	record->fingerprint = copy(ours, "fingerprint");
	record->memory_limit = number(limits, "memory_limit");
	record->max_execution_time = number(limits, "max_execution_time");
	record->hard_timeout = number(limits, "hard_timeout");
	record->peak = number(memory, "peak");
	record->rss = number(memory, "rss");
	record->evidence = evidence_of(fps_json_member(ours, "evidence"));
	fps_frameworkhooks_attach(ours);
	record->stack = stack_of(fps_json_member(ours, "php"), record);
	record->requests_served = number(ours, "requests_served");
	record->written = copy(ours, "stderr");
	record->phase = copy(ours, "phase");
	record->mapped = copy(fps_json_member(fps_json_member(ours, "signal"), "mapping"), "file");
	record->is_path_cut = names(fps_json_member(ours, "incomplete"), "url.path");
	read_storm(record, fps_json_member(ours, "storm"));
	record->age_ms = number(fps_json_member(ours, "php"), "stack_age_ms");
	record->compiling = copy(ours, "compiling");
	record->loading = copy(ours, "loading");
	record->earlier = earlier_of(fps_json_member(ours, "earlier"));
}

static bool read_record(struct fps_record *record, struct json_object *json)
{
	struct json_object *event = fps_json_member(json, "event"), *url = fps_json_member(json, "url");
	struct json_object *request = fps_json_member(fps_json_member(json, "http"), "request");
	const char *id = fps_json_text_in(event, "id");

	*record = (struct fps_record) {
		.time = fps_record_time(fps_json_text_in(json, "@timestamp")),
		.action = action_of(fps_json_text_in(event, "action")),
		.cause = copy(event, "code"),
	};
	if (record->time == 0 || record->cause == NULL || id == NULL || strlen(id) != 32) {
		free(record->cause);
		return false;
	}
	memcpy(record->id, id, sizeof(record->id));
	record->message = copy(json, "message");
	if (record->message == NULL) {
		record->message = fps_alloc_copy(FPS_SPAN(""), 0);
	}
	record->pid = number(fps_json_member(json, "process"), "pid");
	record->parent = number(fps_json_member(fps_json_member(json, "process"), "parent"), "pid");
	record->hostname = copy(fps_json_member(json, "host"), "name");
	record->client_port = number(fps_json_member(json, "client"), "port");
	record->method = copy(request, "method");
	record->request_id = copy(request, "id");
	record->path = copy(url, "path");
	record->domain = copy(url, "domain");
	record->client = copy(fps_json_member(json, "client"), "ip");
	record->error = copy(fps_json_member(json, "error"), "message");
	record->type = copy(fps_json_member(json, "error"), "type");
	read_service(record, fps_json_member(json, "service"));
	read_ours(record, fps_json_member(json, "fpmsentinel"));
	record->thread = thread_of(json, fps_json_member(json, "fpmsentinel"));
	return true;
}

static bool is_record(struct json_object *object)
{
	const char *dataset = fps_json_text_in(fps_json_member(object, "event"), "dataset");

	return dataset && strcmp(dataset, "fpmsentinel") == 0;
}

/* On request, removes the native stack and the registers, half of a record, and returns them separately. */
static struct json_object *parse(struct fps_span text, struct fps_span *native)
{
	struct json_object *object;
	struct fps_span pieces[2];

	if (native && fps_jsonskip_member(text, "native", &pieces[0], native, &pieces[1])) {
		object = fps_json_parse(pieces, 2);
	} else {
		object = fps_json_parse(&text, 1);
	}
	if (!is_record(object)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

/* If a record is written in another form, and so was not skipped, the native stack is in the object. */
static struct native native_in(struct json_object *json, struct fps_span native)
{
	struct json_object *whole = fps_json_member(fps_json_member(json, "fpmsentinel"), "native");
	const char *text = whole ? json_object_to_json_string_ext(whole, JSON_C_TO_STRING_PLAIN) : NULL;

	return native_of(text ? (struct fps_span) {text, strlen(text)} : native);
}

struct json_object *fps_record_json(struct fps_span text)
{
	return parse(text, NULL);
}

enum fps_record_line fps_record_parse(struct fps_span text, struct fps_record *record)
{
	struct json_object *json;
	struct fps_span native = {NULL, 0};
	struct native needed;
	bool good;

	if (!fps_jsonenvelope_mentions_record(text)) {
		return FPS_RECORD_NONE;
	}
	json = parse(text, &native);
	good = json && read_record(record, json);
	if (good) {
		needed = native_in(json, native);
		record->native = needed.innermost;
		record->cycle = needed.cycle;
		record->cycles = needed.cycles;
	}
	json_object_put(json);
	return good ? FPS_RECORD_READ : FPS_RECORD_BROKEN;
}

void fps_record_free(struct fps_record *record)
{
	char *texts[] = {record->cause, record->message, record->method, record->path, record->domain, record->client,
		record->pool, record->script, record->request_id, record->fingerprint, record->error, record->evidence,
		record->listen, record->stack, record->native, record->thread, record->compiling, record->type, record->loading,
		record->earlier, record->cycle, record->written, record->phase, record->mapped, record->hostname,
		record->service, record->service_version, record->environment, record->annotations};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(texts[i]);
	}
	fps_address_free(&record->address);
}
