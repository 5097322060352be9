/* Takes off one envelope after another, until something known begins or nothing more can be taken off. */
#include "log/unwrapper.h"

#include "base/datetime.h"
#include "log/containerprefix.h"
#include "log/csvlogfmt.h"
#include "log/errorlog.h"
#include "log/jsonenvelope.h"
#include "log/jsonskip.h"
#include "log/logkind.h"
#include "log/textcleanup.h"
#include "log/unknownprefix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBJECTS = 8, MAX_LATE = 5 /* seconds from an entry to its envelope */ };

/* What was taken off: a prefix by its number, or one of these. */
enum step { NOTHING, OBJECT = FPS_PREFIXES + 1, FIELD, WORDS, SIGNS };

/* One attempt at taking a line apart. */
struct go {
	uint64_t shape; /* for continuationprefix.h; typographic characters may be anywhere, and are not counted */
	int steps, most;
	size_t fields;          /* how many fields of CSV were opened */
	struct fps_span object; /* the outermost one that was opened, if it is not a copy */
};

/* A field of CSV, perhaps within another one. */
static bool take_csv(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, size_t level)
{
	bool *in_field = &envelope->in_field[level], begins_new = false;
	size_t *column = &envelope->column[level];
	/* quotes with a backslash belong to another grammar */
	bool is_csv = *in_field
		|| ((fps_span_begins(wrapped->text, "\"") || fps_span_find(wrapped->text, ",\"")
				|| fps_span_find(wrapped->text, ";\"") || fps_span_find(wrapped->text, "\t\""))
			&& (!fps_span_find(wrapped->text, "\\\"") || fps_span_find(wrapped->text, "\\\"\"")));
	char *buffer = is_csv ? fps_wrappedline_buffer(&envelope->buffers, wrapped->text) : NULL;

	if (!is_csv) {
		return false;
	}
	if (fps_csvlogfmt_take_csv(wrapped, buffer, &begins_new, column, fps_unknownprefix_has_entry)) {
		*in_field = begins_new;
		return true;
	}
	return *in_field && fps_csvlogfmt_take_csv(wrapped, buffer, in_field, column, fps_unknownprefix_has_entry);
}

/* A line that is a JSON string, as in a list of strings, or of all lines of a log. */
static bool take_string_alone(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, string;
	char *to;

	fps_span_skip_all(&rest, " \t");
	if (!fps_span_skip(&rest, "\"") || !memchr(rest.at, '\\', rest.len)) {
		return false;
	}
	fps_jsonenvelope_take_string(&rest, &string);
	to = fps_wrappedline_buffer(&envelope->buffers, string);

	struct fps_span text = {to, fps_jsonenvelope_unescape(string, to)};

	if (!fps_unknownprefix_has_entries(text)) {
		return false;
	}
	wrapped->text = text;
	return true;
}

/* After a quote, if the entry's own quotes are escaped or doubled: a string in some other syntax. */
static void unquote(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	const char *quote = wrapped->text.len ? memchr(wrapped->text.at, '"', wrapped->text.len) : NULL;
	struct fps_span rest = wrapped->text, string;
	char *to = quote ? fps_wrappedline_buffer(&envelope->buffers, wrapped->text) : NULL;
	size_t len;

	if (to == NULL) {
		return;
	}
	if (quote > rest.at && quote[-1] == '\\') {
		fps_jsonenvelope_take_string(&rest, &string);
		len = fps_jsonenvelope_unescape(string, to);
	} else if (quote + 1 < rest.at + rest.len && quote[1] == '"') {
		fps_csvlogfmt_take_quoted(&rest, to, &len);
	} else if (quote + 1 == rest.at + rest.len || quote[1] == ',' || quote[1] == ']') {
		len = (size_t) (quote - rest.at);
		memcpy(to, rest.at, len);
	} else {
		return;
	}
	wrapped->text = (struct fps_span) {to, len};
}

/* Python escapes its own quote and backslashes, but no double quotes. */
static bool is_python(struct fps_span text)
{
	bool has_escape = false;

	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.at[i] == '\\') {
			has_escape = true;
			if (text.at[++i] == '"') {
				return false;
			}
		}
	}
	return has_escape;
}

/* The same in single quotes: Python's, with backslashes, or YAML's, which doubles them. */
static void unquote_single(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	struct fps_span text = wrapped->text;
	char *to = fps_wrappedline_buffer(&envelope->buffers, text);
	bool is_escaped = is_python(text);
	size_t len = 0, at = 0;

	for (; at < text.len; at++) {
		char next = (char) (at + 1 < text.len ? text.at[at + 1] : ',');

		if (text.at[at] == '\'' && strchr(",)}]", next) && next) {
			break;
		}
		if (is_escaped && text.at[at] == '\\') {
			to[len++] = text.at[at++];
		} else if (text.at[at] == '\'' && next == '\'') {
			at++;
		}
		to[len++] = (char) (at < text.len ? text.at[at] : '\'');
	}
	if (at == text.len) {
		return; /* it has no end */
	}
	len = is_escaped ? fps_jsonenvelope_unescape((struct fps_span) {to, len}, to) : len;
	len -= is_escaped && len && to[len - 1] == '\n';
	wrapped->text = (struct fps_span) {to, len};
}

/* All of a line is one literal of Python's, `b'…'`. */
static bool take_bytes(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	struct fps_span text = wrapped->text;

	if (!fps_span_skip(&text, "b'") || text.len == 0 || text.at[text.len - 1] != '\'') {
		return false;
	}
	wrapped->text = text;
	unquote_single(envelope, wrapped);
	return true;
}

/* A string of JSON behind words, as YAML has, in which an entry is known only once its quotes are quotes. */
static bool take_escaped(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, words, string;

	if (envelope->is_raw || !fps_span_find(rest, "\\\"") || !fps_span_take(&rest, "\"", &words)
		|| (words.len && !strchr(" \t:=>(,[", words.at[words.len - 1]))) {
		return false;
	}
	fps_jsonenvelope_take_string(&rest, &string);
	char *to = fps_wrappedline_buffer(&envelope->buffers, string);
	struct fps_span text = {to, fps_jsonenvelope_unescape(string, to)};

	if (!fps_unknownprefix_has_entry(text)) {
		return false;
	}
	words.len++;
	fps_continuationprefix_add(&envelope->learned, words);
	fps_unknownprefix_name(wrapped, words);
	wrapped->text = text;
	return true;
}

/*
 * Where a string begins in the words, if it has not ended before what is known: with that it is unquoted as a whole.
 * Otherwise the words as they are.
 */
static size_t quote_within(struct fps_span text, size_t len)
{
	char open = '\0';
	size_t from = len;

	for (size_t i = 0; i < len; i++) {
		if (open && text.at[i] == '\\') {
			i++;
		} else if (open && text.at[i] == open) {
			open = '\0';
			from = len;
		} else if (!open && (text.at[i] == '"' || text.at[i] == '\'')
			&& (i == 0 || strchr(" \t:=>(,[{", text.at[i - 1]))) {
			open = text.at[i];
			from = i + 1;
		}
	}
	return from < len && text.len && text.at[text.len - 1] == open ? from : len;
}

/* Words that something known stands behind, or has stood behind in a line before. */
static bool take_words(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	size_t len = fps_continuationprefix_find(&envelope->learned, wrapped->text);

	if (envelope->is_raw) { /* in a line of an object, quotes belong to the object */
		len = len && memchr(wrapped->text.at, '"', len) ? 0 : len;
	} else if (len == 0) {
		len = fps_unknownprefix_find(wrapped->text);
	}
	if (len == 0) {
		return take_escaped(envelope, wrapped);
	}
	len = quote_within(wrapped->text, len);
	struct fps_span words = {wrapped->text.at, len};
	char last = words.at[len - 1];

	fps_continuationprefix_add(&envelope->learned, words);
	fps_unknownprefix_name(wrapped, words);
	wrapped->text.at += len;
	wrapped->text.len -= len;
	if (last == '"') {
		unquote(envelope, wrapped);
	} else if (last == '\'') {
		unquote_single(envelope, wrapped);
	} else if (last == '`' && wrapped->text.len && wrapped->text.at[wrapped->text.len - 1] == '`') {
		wrapped->text.len--;
	}
	return true;
}

static bool take_object(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct go *go)
{
	struct fps_span object = wrapped->text;

	if (!fps_jsonenvelope_take_json(wrapped, fps_wrappedline_buffer(&envelope->buffers, object))) {
		return false;
	}
	if (go->object.at == NULL && !fps_wrappedline_is_in_buffer(&envelope->buffers, object)) {
		go->object = object;
	}
	return true;
}

/* An object without a message may contain, up to its end, objects or strings that have one. */
static bool open_document(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct fps_span text)
{
	if (envelope->is_raw || envelope->document.rest.at || !fps_jsondocument_mentions(&envelope->document, text)
		|| fps_logkind_is_access(text)) {
		return false;
	}
	fps_jsondocument_open(&envelope->document, text, &envelope->buffers);
	return fps_jsondocument_next(&envelope->document, &envelope->buffers, wrapped);
}

static bool take_field(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct go *go)
{
	size_t most = envelope->is_raw ? envelope->raw_fields : FPS_UNWRAPPER_FIELDS;

	if (!envelope->is_raw && take_string_alone(envelope, wrapped)) {
		return true;
	}
	if (go->fields < most && take_csv(envelope, wrapped, go->fields)) {
		go->fields++;
		return true;
	}
	return false;
}

/* `msg="…"`; in an object of several lines a text begins with a quote. */
static bool take_logfmt(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	return (!envelope->is_raw || (wrapped->text.len && *wrapped->text.at >= 'a' && *wrapped->text.at <= 'z'))
		&& fps_span_find(wrapped->text, "=\"")
		&& fps_csvlogfmt_take_logfmt(wrapped, fps_wrappedline_buffer(&envelope->buffers, wrapped->text));
}

static bool begins_object(struct fps_span text)
{
	if (!fps_span_skip(&text, "{")) {
		return false;
	}
	fps_span_skip_all(&text, " \t\n");
	return fps_span_begins(text, "\"");
}

/* An object, or several, each in a line of its own, are lines as others. */
static bool is_of_lines(struct fps_span text)
{
	struct fps_span first, object;

	return !begins_object(text) || (fps_span_take(&text, "\n", &first) && fps_jsonskip_next(&first, &object));
}

/* What opens a page stands before its first line only. */
static bool skip_page(struct fps_span *text)
{
	struct fps_span rest = *text, tag;

	if (!fps_span_begins(rest, "<") || !fps_span_take(&rest, "<pre", &tag) || !fps_span_take(&rest, ">", &tag)) {
		return false;
	}
	*text = rest;
	return true;
}

/* Takes one envelope off; which one. */
static int take_one(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct go *go)
{
	int prefix;

	if (fps_textcleanup_strip_colours(wrapped, &envelope->buffers)
		|| fps_textcleanup_restore(wrapped, &envelope->buffers) || fps_span_skip(&wrapped->text, "\xef\xbb\xbf")
		|| fps_textcleanup_restore_dict(wrapped, &envelope->buffers) || skip_page(&wrapped->text)
		|| fps_span_skip(&wrapped->text, "\x1e")) { /* the separator of a JSON text sequence */
		return SIGNS;
	}
	if (begins_object(wrapped->text)
		&& (take_object(envelope, wrapped, go) || open_document(envelope, wrapped, wrapped->text))) {
		return OBJECT;
	}
	prefix = fps_containerprefix_take(wrapped);
	if (prefix) {
		return prefix;
	}
	if (take_bytes(envelope, wrapped) || take_field(envelope, wrapped, go) || take_logfmt(envelope, wrapped)) {
		return FIELD;
	}
	return !fps_logkind_is_access(wrapped->text) && take_words(envelope, wrapped) ? WORDS : NOTHING;
}

/* A record may follow words that contain brackets, and be cut off. */
/* NOLINTNEXTLINE(misc-no-recursion): what it opens is shorter */
static enum fps_entry_kind find_record(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	struct fps_span text = wrapped->text;

	for (int tries = 0; tries < MAX_OBJECTS; tries++) {
		const char *brace = memchr(text.at, '{', text.len);

		if (brace == NULL) {
			break;
		}
		text = (struct fps_span) {brace, (size_t) (text.at + text.len - brace)};
		if (fps_jsonenvelope_is_record(text)) {
			wrapped->text = text;
			break;
		}
		struct fps_wrappedline inner = *wrapped;

		inner.text = text;
		if (fps_jsonenvelope_take_json(&inner, fps_wrappedline_buffer(&envelope->buffers, text))) {
			if (fps_jsonenvelope_mentions_record(inner.text)) {
				*wrapped = inner;
				return find_record(envelope, wrapped);
			}
		}
		text.at++;
		text.len--;
	}
	return FPS_ENTRY_RECORD;
}

static enum fps_entry_kind look_inside(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	if (fps_jsonenvelope_mentions_record(wrapped->text)) {
		return find_record(envelope, wrapped);
	}
	if (!fps_logkind_is_access(wrapped->text)) {
		return FPS_ENTRY_UNKNOWN;
	}
	if (fps_span_begins(wrapped->text, "{") && fps_span_find(wrapped->text, "\\/")) {
		fps_textcleanup_restore_slashes(wrapped, &envelope->buffers);
	}
	return FPS_ENTRY_ACCESS;
}

static enum fps_entry_kind kind_of(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	struct fps_span text = fps_unknownprefix_trim(wrapped->text, wrapped->program);
	enum fps_entry_kind kind = envelope->is_raw ? fps_logkind_inside(text) : fps_logkind_of(text, wrapped->program);

	if (kind != FPS_ENTRY_UNKNOWN) {
		wrapped->text = text;
	}
	if (kind == FPS_ENTRY_NGINX && !envelope->is_raw && fps_textcleanup_is_escaped(text)) {
		char *to = fps_wrappedline_buffer(&envelope->buffers, text);

		wrapped->text = (struct fps_span) {to, fps_jsonenvelope_unescape(text, to)};
	}
	return kind;
}

/* FPS_ENTRY_KINDS: it has reached a piece of a line. */
static enum fps_entry_kind take_apart(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct go *go)
{
	for (int depth = 0; depth < FPS_CONTINUATIONPREFIX_STEPS && go->steps < go->most; depth++) {
		if (fps_textcleanup_may_lack(wrapped->text)) {
			fps_textcleanup_restore(wrapped, &envelope->buffers);
		}
		if (is_of_lines(wrapped->text)) {
			fps_furtherlines_put(&envelope->further, wrapped);
		}
		enum fps_entry_kind kind = kind_of(envelope, wrapped);
		int step = kind == FPS_ENTRY_UNKNOWN ? take_one(envelope, wrapped, go) : NOTHING;

		if (step == NOTHING) {
			return kind;
		}
		if (step != SIGNS) {
			go->shape |= (uint64_t) step << FPS_CONTINUATIONPREFIX_BITS * go->steps++;
		}
		if (wrapped->is_piece && (envelope->in_pieces || wrapped->is_partial)
			&& !fps_containerprefix_begins_piece(wrapped)) {
			return FPS_ENTRY_KINDS;
		}
	}
	return FPS_ENTRY_UNKNOWN;
}

/* NOLINTNEXTLINE(misc-no-recursion): what it opens is shorter */
static enum fps_entry_kind take_all(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	const struct fps_wrappedline as_it_is = *wrapped;
	struct go go = {.most = FPS_CONTINUATIONPREFIX_STEPS};
	size_t further = envelope->further.count;
	enum fps_entry_kind kind = take_apart(envelope, wrapped, &go);

	envelope->fields = go.fields;
	if (kind == FPS_ENTRY_KINDS) {
		return FPS_ENTRY_UNKNOWN;
	}
	if (kind == FPS_ENTRY_UNKNOWN && !envelope->is_raw) {
		wrapped->is_piece = false;
		kind = look_inside(envelope, wrapped);
	}
	if (kind != FPS_ENTRY_UNKNOWN) {
		fps_continuationprefix_add_shape(&envelope->learned, go.shape);
		return kind;
	}
	int steps = fps_continuationprefix_steps(&envelope->learned, go.shape);
	bool is_too_far = steps < go.steps, again = steps >= 0 && is_too_far;

	if (go.object.at && is_too_far) { /* its message is empty, and not part of an entry */
		struct fps_wrappedline inner = *wrapped;

		if (open_document(envelope, &inner, go.object)) {
			*wrapped = inner;
			return take_all(envelope, wrapped);
		}
		again = true; /* the buffers are in use */
	}
	/* it has the same envelopes as an entry, and no more */
	if (again && !fps_wrappedline_is_in_buffer(&envelope->buffers, as_it_is.text)) {
		*wrapped = as_it_is;
		fps_furtherlines_drop(&envelope->further, further);
		go = (struct go) {.most = steps >= 0 ? steps : FPS_CONTINUATIONPREFIX_STEPS};
		take_apart(envelope, wrapped, &go);
		wrapped->is_piece = false;
	}
	return FPS_ENTRY_UNKNOWN;
}

static const char *label(const struct fps_wrappedline *wrapped, enum fps_label label)
{
	return wrapped->labels[label][0] ? wrapped->labels[label] : NULL;
}

static const struct fps_logorigin *stream_of(struct fps_unwrapper *envelope, const struct fps_wrappedline *wrapped)
{
	const struct fps_logorigin like = {label(wrapped, FPS_LABEL_HOST), label(wrapped, FPS_LABEL_CONTAINER),
		label(wrapped, FPS_LABEL_POD), label(wrapped, FPS_LABEL_UNIT), label(wrapped, FPS_LABEL_OUTPUT), wrapped->pid,
		0};

	return fps_logorigin_intern(envelope->streams, &like);
}

/* A time without a zone that is the entry's own in UTC, as `aws logs tail --format short` has it. */
static bool is_utc(const struct fps_wrappedline *wrapped, int kind, double utc)
{
	int64_t own = kind == FPS_ENTRY_NGINX ? fps_errorlog_time(wrapped->text.at, wrapped->text.len) : -1,
			again = own > 0 ? fps_datetime_again(own) : 0;

	return own > 0 && utc != wrapped->time
		&& (fabs((double) own - utc) <= MAX_LATE || (again && fabs((double) again - utc) <= MAX_LATE));
}

/* 0: unknown. In the hour that the end of summer time repeats, a time without a zone says no more than the entry's. */
static double time_of(const struct fps_wrappedline *wrapped, int kind)
{
	if (!wrapped->is_local || (kind != FPS_ENTRY_NGINX && kind != FPS_ENTRY_APACHE)) {
		return wrapped->time;
	}
	double utc = fps_datetime_as_utc(wrapped->time);

	if (is_utc(wrapped, kind, utc)) {
		return utc;
	}
	return (kind == FPS_ENTRY_NGINX || fps_span_begins(wrapped->text, "["))
			&& fps_datetime_again((int64_t) wrapped->time)
		? 0
		: wrapped->time;
}

/* The heading of what follows, which a text of several lines may begin with too. */
static bool is_heading(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct fps_letter *letter)
{
	if (!fps_containerprefix_take_heading(wrapped)) {
		return false;
	}
	letter->stream = envelope->section = stream_of(envelope, wrapped);
	letter->is_frame = true;
	return true;
}

static void open_letter(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped, struct fps_letter *letter)
{
	*letter = (struct fps_letter) {.kind = FPS_ENTRY_UNKNOWN};
	wrapped->latest = envelope->streams->latest;
	if (is_heading(envelope, wrapped, letter)) {
		return;
	}
	letter->kind = (int) take_all(envelope, wrapped);
	if (envelope->further.count && is_heading(envelope, wrapped, letter)) {
		return;
	}
	letter->stream = stream_of(envelope, wrapped);
	if (letter->stream->number == 0 && envelope->section) {
		letter->stream = envelope->section;
	}
	letter->time = time_of(wrapped, letter->kind);
	letter->payload = wrapped->text;
	letter->is_partial = wrapped->is_partial;
	letter->is_piece = wrapped->is_piece;
	if (wrapped->time > 0) {
		envelope->streams->latest = wrapped->time;
	}
}

/* The next object of a line that is an array of them, `[{…},{…}]`, or has one behind the other; one that is no such
 * line is all there is. */
static struct fps_span next_object(struct fps_unwrapper *envelope)
{
	struct fps_span text = envelope->rest, rest = text, object;

	envelope->rest = (struct fps_span) {NULL, 0};
	while (rest.len && (*rest.at == '[' || *rest.at == ' ' || *rest.at == ',' || *rest.at == '\t')) {
		rest.at++;
		rest.len--;
	}
	if (!fps_span_begins(rest, "{") || (rest.at == text.at && !fps_span_find(text, "}{\""))
		|| !fps_jsonskip_next(&rest, &object)) {
		return text;
	}
	if (memchr(rest.at, '{', rest.len)) {
		envelope->rest = rest;
	}
	return object;
}

void fps_unwrapper_put(struct fps_unwrapper *envelope, struct fps_span line)
{
	fps_jsondocument_close(&envelope->document);
	fps_furtherlines_drop(&envelope->further, 0);
	envelope->rest = line;
}

static bool is_bracket(struct fps_span text)
{
	while (text.len && strchr("[]{}, \t", *text.at) && *text.at) {
		text.at++;
		text.len--;
	}
	return text.len == 0;
}

/* The next text of the line, or of a document in it. */
static bool next_text(struct fps_unwrapper *envelope, struct fps_wrappedline *wrapped)
{
	if (fps_furtherlines_next(&envelope->further, &envelope->buffers, wrapped)) {
		return true;
	}
	if (envelope->document.rest.at && fps_jsondocument_next(&envelope->document, &envelope->buffers, wrapped)) {
		return true;
	}
	wrapped->text = next_object(envelope);
	return wrapped->text.at != NULL;
}

static bool is_frame(struct fps_span payload)
{
	struct fps_span rest = payload;

	fps_span_skip_all(&rest, "`~");
	return payload.len && ((*payload.at != '{' && is_bracket(payload)) || (rest.len == 0 && payload.len >= 3));
}

bool fps_unwrapper_next(struct fps_unwrapper *envelope, struct fps_letter *letter)
{
	struct fps_wrappedline wrapped;

	for (int i = 0; i < FPS_LABELS; i++) {
		wrapped.labels[i][0] = '\0';
	}
	wrapped.program[0] = '\0';
	wrapped.pid = 0;
	wrapped.time = 0;
	wrapped.is_local = wrapped.after_time = wrapped.is_piece = wrapped.is_partial = false;
	if (!next_text(envelope, &wrapped)) {
		return false;
	}
	open_letter(envelope, &wrapped, letter);
	letter->is_frame = letter->is_frame || is_frame(letter->payload);
	return true;
}

static void set(struct fps_wrappedline *wrapped, enum fps_label label, const char *text)
{
	wrapped->labels[label][0] = '\0';
	if (text) {
		fps_wrappedline_set(wrapped, label, (struct fps_span) {text, strlen(text)});
	}
}

void fps_unwrapper_reopen(
	struct fps_unwrapper *envelope, struct fps_span text, const struct fps_letter *of, struct fps_letter *letter)
{
	struct fps_wrappedline wrapped = {.text = text, .pid = of->stream->pid, .time = of->time};

	set(&wrapped, FPS_LABEL_HOST, of->stream->host);
	set(&wrapped, FPS_LABEL_CONTAINER, of->stream->container);
	set(&wrapped, FPS_LABEL_POD, of->stream->pod);
	if (of->stream->unit) {
		fps_wrappedline_set_unit(&wrapped, fps_span_of(of->stream->unit));
	}
	set(&wrapped, FPS_LABEL_OUTPUT, of->stream->output);
	open_letter(envelope, &wrapped, letter);
}

void fps_unwrapper_free(struct fps_unwrapper *envelope)
{
	free(envelope->buffers.at[0]);
	free(envelope->buffers.at[1]);
	fps_jsondocument_close(&envelope->document);
	fps_furtherlines_drop(&envelope->further, 0);
	fps_continuationprefix_free(&envelope->learned);
	*envelope = (struct fps_unwrapper) {.streams = envelope->streams};
}
