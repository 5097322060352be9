/* Envelopes, one after the other, until something known begins or nothing more can be taken off. */
#include "log/envelope.h"

#include "base/alloc.h"
#include "log/export.h"
#include "log/jsonskip.h"
#include "log/logkind.h"
#include "log/prefix.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 8, MAX_PREFIX = 256, MAX_OBJECTS = 8 };

/* A buffer for what is taken out of a text, which may be in the other one. */
static char *buffer_for(struct fps_envelope *envelope, struct fps_span text)
{
	const char *first = envelope->buffers[0];
	size_t at = first && text.at >= first && text.at < first + envelope->sizes[0];

	if (envelope->sizes[at] < text.len + FPS_EXPORT_EXTRA) {
		envelope->sizes[at] = text.len * 2 + FPS_EXPORT_EXTRA;
		envelope->buffers[at] = fps_alloc_resize(envelope->buffers[at], envelope->sizes[at], 1);
	}
	return envelope->buffers[at];
}

/* Colours, and what else a terminal is told between ESC [ and a letter. */
static bool strip_colours(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	const char *at = unwrapped->text.at, *end = at + unwrapped->text.len,
			   *escape = memchr(at, 0x1b, unwrapped->text.len);
	size_t len = 0;
	char *to;

	if (escape == NULL) {
		return false;
	}
	to = buffer_for(envelope, unwrapped->text);
	while (at < end) {
		size_t plain = (size_t) ((escape ? escape : end) - at);

		memcpy(to + len, at, plain);
		len += plain;
		at += plain;
		if (escape) {
			at++;
			if (at < end && *at == '[') {
				for (at++; at < end && !(*at >= '@' && *at <= '~'); at++) {
				}
				at += at < end;
			}
		}
		escape = at < end ? memchr(at, 0x1b, (size_t) (end - at)) : NULL;
	}
	unwrapped->text = (struct fps_span) {to, len};
	return true;
}

/* Whether an entry stands in the text, with no more than a few words before it; where. */
static enum fps_entry_kind find_inside(struct fps_span text, size_t *at)
{
	for (size_t i = 0; i < text.len && i < MAX_PREFIX; i++) {
		bool can_begin = i == 0 || strchr(" \t|:]>\"'=,)m\xbf", text.at[i - 1]) != NULL;

		if (can_begin && ((text.at[i] >= '0' && text.at[i] <= '9') || text.at[i] == '[')) {
			enum fps_entry_kind kind = fps_logkind_inside((struct fps_span) {text.at + i, text.len - i});

			if (kind != FPS_ENTRY_UNKNOWN) {
				*at = i;
				return kind;
			}
		}
	}
	return FPS_ENTRY_UNKNOWN;
}

static bool has_entry(struct fps_span text)
{
	size_t at;

	return fps_span_begins(text, "{") || find_inside(text, &at) != FPS_ENTRY_UNKNOWN
		|| fps_logkind_of(text, "") != FPS_ENTRY_UNKNOWN;
}

static bool take_csv(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	/* quotes with a backslash are another grammar's */
	bool is_csv = envelope->in_field
		|| ((fps_span_begins(unwrapped->text, "\"") || fps_span_find(unwrapped->text, ",\""))
			&& (!fps_span_find(unwrapped->text, "\\\"") || fps_span_find(unwrapped->text, "\\\"\"")));
	char *buffer = is_csv ? buffer_for(envelope, unwrapped->text) : NULL;
	bool begins_new = false;

	if (!is_csv) {
		return false;
	}
	if (fps_export_take_csv(unwrapped, buffer, &begins_new, &envelope->column, has_entry)) {
		envelope->in_field = begins_new;
		return true;
	}
	return envelope->in_field
		&& fps_export_take_csv(unwrapped, buffer, &envelope->in_field, &envelope->column, has_entry);
}

/* Up to the quote that ends a string whose first quote has been taken. */
static struct fps_span take_string(struct fps_span *text)
{
	struct fps_span string = {text->at, 0};

	while (string.len < text->len && text->at[string.len] != '"') {
		string.len += text->at[string.len] == '\\' ? 2 : 1;
	}
	string.len = string.len < text->len ? string.len : text->len;
	text->at += string.len;
	text->len -= string.len;
	fps_span_skip(text, "\"");
	return string;
}

/* A string of JSON that an entry begins in; false if none does. */
static bool open_string(struct fps_envelope *envelope, struct fps_span string, struct fps_unwrapped *unwrapped)
{
	char *to = buffer_for(envelope, string);
	struct fps_span text = {to, fps_export_unescape(string, to)};

	if (fps_logkind_inside(text) == FPS_ENTRY_UNKNOWN) {
		return false;
	}
	unwrapped->text = text;
	return true;
}

/* A line that is one, as in a list of them. */
static bool take_string_alone(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	struct fps_span rest = unwrapped->text;

	while (rest.len && (*rest.at == ' ' || *rest.at == '\t')) {
		rest.at++;
		rest.len--;
	}
	return fps_span_skip(&rest, "\"") && memchr(rest.at, '\\', rest.len)
		&& open_string(envelope, take_string(&rest), unwrapped);
}

/* Takes one envelope off; false if there is none that is known. */
static bool take_one(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	if (strip_colours(envelope, unwrapped) || fps_span_skip(&unwrapped->text, "\xef\xbb\xbf")
		|| fps_span_skip(&unwrapped->text, "\x1e")) { /* what parts the objects of a JSON text sequence */
		return true;
	}
	if (fps_span_begins(unwrapped->text, "{")) {
		return fps_export_take_json(unwrapped, buffer_for(envelope, unwrapped->text));
	}
	if (fps_prefix_take(unwrapped)) {
		return true;
	}
	return !envelope->is_raw
		&& (take_string_alone(envelope, unwrapped) || take_csv(envelope, unwrapped)
			|| (fps_span_find(unwrapped->text, "=\"")
				&& fps_export_take_logfmt(unwrapped, buffer_for(envelope, unwrapped->text))));
}

static char without_digits(char byte)
{
	return (char) (byte >= '0' && byte <= '9' ? '0' : byte);
}

static void learn(struct fps_envelope *envelope, struct fps_span prefix)
{
	char text[MAX_PREFIX + 1];

	for (size_t i = 0; i < prefix.len; i++) {
		text[i] = without_digits(prefix.at[i]);
	}
	text[prefix.len] = '\0';
	for (size_t i = 0; i < envelope->learned_count; i++) {
		if (strcmp(envelope->learned[i], text) == 0) {
			return;
		}
	}
	if (envelope->learned_count < sizeof(envelope->learned) / sizeof(envelope->learned[0])
		&& !memchr(text, '\0', prefix.len)) {
		envelope->learned[envelope->learned_count++] = fps_alloc_copy((struct fps_span) {text, prefix.len}, 0);
	}
}

/* How much of the text is a prefix that stood before an entry. */
static size_t learned_prefix(const struct fps_envelope *envelope, struct fps_span text)
{
	for (size_t i = 0; i < envelope->learned_count; i++) {
		size_t len = 0;

		while (
			envelope->learned[i][len] && len < text.len && envelope->learned[i][len] == without_digits(text.at[len])) {
			len++;
		}
		if (envelope->learned[i][len] == '\0') {
			return len;
		}
	}
	return 0;
}

/* The names in an unknown prefix: one is the container's, of two the first one is the pod's, as stern writes them. */
static void name_by(struct fps_unwrapped *unwrapped, struct fps_span prefix)
{
	struct fps_span names[2];
	size_t count = 0, from = 0;

	for (size_t i = 0; i <= prefix.len; i++) {
		bool in_name = i < prefix.len && strchr(" \t|[]()<>\"'=,", prefix.at[i]) == NULL;

		if (in_name) {
			continue;
		}
		struct fps_span word = {prefix.at + from, i - from};

		if (word.len && (word.at[0] < '0' || word.at[0] > '9') && count < 2) {
			names[count++] = word;
		}
		from = i + 1;
	}
	if (count == 2) {
		fps_unwrapped_set(unwrapped, FPS_LABEL_POD, names[0]);
	}
	if (count) {
		fps_unwrapped_set(unwrapped, FPS_LABEL_CONTAINER, names[count - 1]);
	}
}

/* Behind a quote whose entry has its own quotes escaped, or doubled: a string of whatever it is. */
static void unquote(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	const char *quote = unwrapped->text.len ? memchr(unwrapped->text.at, '"', unwrapped->text.len) : NULL;
	struct fps_span rest = unwrapped->text;
	char *to = quote ? buffer_for(envelope, unwrapped->text) : NULL;
	size_t len;

	if (to == NULL) {
		return;
	}
	if (quote > rest.at && quote[-1] == '\\') {
		len = fps_export_unescape(take_string(&rest), to);
	} else if (quote + 1 < rest.at + rest.len && quote[1] == '"') {
		fps_export_take_quoted(&rest, to, &len);
	} else if (quote + 1 == rest.at + rest.len || quote[1] == ',' || quote[1] == ']') {
		len = (size_t) (quote - rest.at);
		memcpy(to, rest.at, len);
	} else {
		return;
	}
	unwrapped->text = (struct fps_span) {to, len};
}

static void take_prefix(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped, size_t len)
{
	bool is_quoted = unwrapped->text.at[len - 1] == '"';

	name_by(unwrapped, (struct fps_span) {unwrapped->text.at, len});
	unwrapped->text.at += len;
	unwrapped->text.len -= len;
	if (is_quoted) {
		unquote(envelope, unwrapped);
	}
}

/* A record may stand behind words with brackets of their own, and be cut. */
/* NOLINTNEXTLINE(misc-no-recursion): what it opens is shorter */
static enum fps_entry_kind find_record(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	struct fps_span text = unwrapped->text;

	for (int tries = 0; tries < MAX_OBJECTS; tries++) {
		const char *brace = memchr(text.at, '{', text.len);

		if (brace == NULL) {
			break;
		}
		text = (struct fps_span) {brace, (size_t) (text.at + text.len - brace)};
		if (fps_export_is_record(text)) {
			unwrapped->text = text;
			break;
		}
		struct fps_unwrapped inner = *unwrapped;

		inner.text = text;
		if (fps_export_take_json(&inner, buffer_for(envelope, text))) {
			if (fps_export_mentions_record(inner.text)) {
				*unwrapped = inner;
				return find_record(envelope, unwrapped);
			}
		}
		text.at++;
		text.len--;
	}
	return FPS_ENTRY_RECORD;
}

/* Where an object of JSON stands behind a few words; 0: nowhere. */
static size_t object_at(struct fps_span text)
{
	const char *brace = memchr(text.at, '{', text.len < MAX_PREFIX ? text.len : MAX_PREFIX);
	bool is_behind_words = brace && brace > text.at && (brace[-1] == ' ' || brace[-1] == '\t')
		&& !memchr(text.at, '"', (size_t) (brace - text.at));

	return is_behind_words && brace + 1 < text.at + text.len && brace[1] == '"' ? (size_t) (brace - text.at) : 0;
}

/* Nothing known begins: something may behind unknown words, or stood behind such words in a line before. False if not.
 */
static bool take_unknown(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	size_t len = learned_prefix(envelope, unwrapped->text);

	/* an entry in an object is not to be had before the object */
	len = len ? len : object_at(unwrapped->text);
	if (len == 0 && find_inside(unwrapped->text, &len) == FPS_ENTRY_UNKNOWN) {
		len = 0;
	}
	if (len == 0) {
		return false;
	}
	learn(envelope, (struct fps_span) {unwrapped->text.at, len});
	take_prefix(envelope, unwrapped, len);
	return true;
}

static enum fps_entry_kind look_inside(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	if (fps_export_mentions_record(unwrapped->text)) {
		return find_record(envelope, unwrapped);
	}
	return fps_logkind_is_access(unwrapped->text) ? FPS_ENTRY_ACCESS : FPS_ENTRY_UNKNOWN;
}

static bool is_in_buffer(const struct fps_envelope *envelope, struct fps_span text)
{
	for (int i = 0; i < 2; i++) {
		if (envelope->buffers[i] && text.at >= envelope->buffers[i]
			&& text.at < envelope->buffers[i] + envelope->sizes[i]) {
			return true;
		}
	}
	return false;
}

/* An object within the document that is an envelope by itself. */
static bool take_inner_object(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	struct fps_span behind = envelope->rest;
	struct fps_unwrapped inner = *unwrapped;

	if (!fps_jsonskip_next(&behind, &inner.text) || inner.text.len >= envelope->document) {
		return false;
	}
	envelope->document -= inner.text.len;
	if (!fps_export_take_json(&inner, buffer_for(envelope, inner.text))) {
		return false;
	}
	*unwrapped = inner;
	envelope->rest = behind;
	return true;
}

/*
 * What a document of JSON holds, whatever its names are: the next object with a message, or the next string that an
 * entry begins in. False if there is none.
 */
static bool take_of_document(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	struct fps_span *rest = &envelope->rest, string;

	while (rest->len) {
		if (*rest->at == '{' && take_inner_object(envelope, unwrapped)) {
			return true;
		}
		if (!fps_span_skip(rest, "\"")) {
			rest->at++;
			rest->len--;
			continue;
		}
		string = take_string(rest);
		if (open_string(envelope, string, unwrapped)) {
			return true;
		}
	}
	*rest = (struct fps_span) {NULL, 0};
	envelope->document = 0;
	return false;
}

enum { LOOKS = 8 /* at each byte of a document, on average: objects may be deep */ };

/* An object without a message may hold objects or strings that are, to the end of the line. */
static bool open_document(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	struct fps_span rest = envelope->rest, text = unwrapped->text;

	if (envelope->is_raw || envelope->document || is_in_buffer(envelope, text)
		|| (!fps_span_find(text, "[error] ") && !fps_span_find(text, "[crit] ") && !fps_span_find(text, "[pool ")
			&& !fps_export_mentions_record(text))) {
		return false;
	}
	envelope->rest = text;
	if (rest.at > text.at) {
		envelope->rest.len = (size_t) (rest.at + rest.len - text.at);
	}
	envelope->document = envelope->rest.len * LOOKS;
	if (take_of_document(envelope, unwrapped)) {
		return true;
	}
	envelope->rest = rest;
	return false;
}

static enum fps_entry_kind take_apart(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped)
{
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		const char *unit = unwrapped->labels[FPS_LABEL_UNIT];
		struct fps_span trimmed = unwrapped->text;

		/* a log that was cut begins so; FPM's through syslog */
		while (trimmed.len && (*trimmed.at == '\0' || (*unit && *trimmed.at == ' '))) {
			trimmed.at++;
			trimmed.len--;
		}
		enum fps_entry_kind kind = envelope->is_raw ? fps_logkind_inside(trimmed) : fps_logkind_of(trimmed, unit);

		if (kind != FPS_ENTRY_UNKNOWN) {
			unwrapped->text = trimmed;
			return kind;
		}
		if (!take_one(envelope, unwrapped) && !(fps_span_begins(trimmed, "{") && open_document(envelope, unwrapped))
			&& (envelope->is_raw || fps_logkind_is_access(unwrapped->text) || !take_unknown(envelope, unwrapped))) {
			break;
		}
		if (unwrapped->is_piece && (envelope->in_pieces || unwrapped->is_partial)) {
			return FPS_ENTRY_UNKNOWN;
		}
	}
	unwrapped->is_piece = false;
	return envelope->is_raw ? FPS_ENTRY_UNKNOWN : look_inside(envelope, unwrapped);
}

static const char *label(const struct fps_unwrapped *unwrapped, enum fps_label label)
{
	return unwrapped->labels[label][0] ? unwrapped->labels[label] : NULL;
}

static const struct fps_stream *stream_of(struct fps_envelope *envelope, const struct fps_unwrapped *unwrapped)
{
	const struct fps_stream like = {label(unwrapped, FPS_LABEL_HOST), label(unwrapped, FPS_LABEL_CONTAINER),
		label(unwrapped, FPS_LABEL_POD), label(unwrapped, FPS_LABEL_UNIT), label(unwrapped, FPS_LABEL_OUTPUT),
		unwrapped->pid, 0};

	return fps_streams_intern(envelope->streams, &like);
}

static void open_letter(struct fps_envelope *envelope, struct fps_unwrapped *unwrapped, struct fps_letter *letter)
{
	*letter = (struct fps_letter) {.kind = FPS_ENTRY_UNKNOWN};
	unwrapped->latest = envelope->streams->latest;
	if (fps_prefix_take_heading(unwrapped)) {
		letter->stream = envelope->section = stream_of(envelope, unwrapped);
		letter->is_frame = true;
		return;
	}
	letter->kind = (int) take_apart(envelope, unwrapped);
	letter->stream = stream_of(envelope, unwrapped);
	if (letter->stream->number == 0 && envelope->section) {
		letter->stream = envelope->section;
	}
	letter->time = unwrapped->time;
	letter->payload = unwrapped->text;
	letter->is_partial = unwrapped->is_partial;
	letter->is_piece = unwrapped->is_piece;
	if (unwrapped->time > 0) {
		envelope->streams->latest = unwrapped->time;
	}
}

/* The next object of a line that is an array of them, `[{…},{…}]`; one that is no such line is all there is. */
static struct fps_span next_object(struct fps_envelope *envelope)
{
	struct fps_span text = envelope->rest, rest = text, object;

	envelope->rest = (struct fps_span) {NULL, 0};
	while (rest.len && (*rest.at == '[' || *rest.at == ' ' || *rest.at == ',' || *rest.at == '\t')) {
		rest.at++;
		rest.len--;
	}
	if (!fps_span_begins(rest, "{") || rest.at == text.at || !fps_jsonskip_next(&rest, &object)) {
		return text;
	}
	if (memchr(rest.at, '{', rest.len)) {
		envelope->rest = rest;
	}
	return object;
}

void fps_envelope_put(struct fps_envelope *envelope, struct fps_span line)
{
	envelope->rest = line;
	envelope->document = 0;
}

static bool is_bracket(struct fps_span text)
{
	while (text.len && strchr("[]{}, \t", *text.at) && *text.at) {
		text.at++;
		text.len--;
	}
	return text.len == 0;
}

bool fps_envelope_next(struct fps_envelope *envelope, struct fps_letter *letter)
{
	struct fps_unwrapped unwrapped;

	if (envelope->rest.at == NULL) {
		return false;
	}
	for (int i = 0; i < FPS_LABELS; i++) {
		unwrapped.labels[i][0] = '\0';
	}
	unwrapped.pid = 0;
	unwrapped.time = 0;
	unwrapped.after_time = unwrapped.is_piece = unwrapped.is_partial = false;
	if (envelope->document) {
		if (!take_of_document(envelope, &unwrapped)) {
			return false;
		}
	} else {
		unwrapped.text = next_object(envelope);
	}
	open_letter(envelope, &unwrapped, letter);
	letter->is_frame =
		letter->is_frame || (letter->payload.len && letter->payload.at[0] != '{' && is_bracket(letter->payload));
	return true;
}

static void set(struct fps_unwrapped *unwrapped, enum fps_label label, const char *text)
{
	unwrapped->labels[label][0] = '\0';
	if (text) {
		fps_unwrapped_set(unwrapped, label, (struct fps_span) {text, strlen(text)});
	}
}

void fps_envelope_reopen(
	struct fps_envelope *envelope, struct fps_span text, const struct fps_letter *of, struct fps_letter *letter)
{
	struct fps_unwrapped unwrapped = {.text = text, .pid = of->stream->pid, .time = of->time};

	set(&unwrapped, FPS_LABEL_HOST, of->stream->host);
	set(&unwrapped, FPS_LABEL_CONTAINER, of->stream->container);
	set(&unwrapped, FPS_LABEL_POD, of->stream->pod);
	set(&unwrapped, FPS_LABEL_UNIT, of->stream->unit);
	set(&unwrapped, FPS_LABEL_OUTPUT, of->stream->output);
	open_letter(envelope, &unwrapped, letter);
}

void fps_envelope_free(struct fps_envelope *envelope)
{
	free(envelope->buffers[0]);
	free(envelope->buffers[1]);
	for (size_t i = 0; i < envelope->learned_count; i++) {
		free(envelope->learned[i]);
	}
	*envelope = (struct fps_envelope) {.streams = envelope->streams};
}
