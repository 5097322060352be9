/* Finds objects and strings in a JSON document. */
#include "log/jsondocument.h"

#include "base/alloc.h"
#include "log/jsonenvelope.h"
#include "log/jsonskip.h"
#include "log/unknownprefix.h"

#include <stdlib.h>
#include <string.h>

enum { LOOKS = 8 /* per byte of a document, on average */, SEEN = 1 << 14, PROBES = 16 };

struct fps_jsondocument_line {
	uint64_t hash, member;
	size_t given, here; /* how often it was returned, and how often it has been in that member so far */
	bool is_single;     /* a text that has no other line */
};

bool fps_jsondocument_mentions(const struct fps_jsondocument *document, struct fps_span text)
{
	static const char *const marks[] = {"[error] ", "[crit] ", "[alert] ", "] NOTICE: ", "[pool ", "[proxy",
		"segfault at ", "Killed process ", "systemd", " HTTP/", "upstream_status",
		"MESSAGE" /* of the journal, whose bytes may be numbers */};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (fps_span_find(text, marks[i])) {
			return true;
		}
	}
	return document->of_entries || fps_jsonenvelope_mentions_record(text);
}

void fps_jsondocument_open(struct fps_jsondocument *document, struct fps_span text, const struct fps_buffers *buffers)
{
	fps_jsondocument_close(document);
	if (fps_wrappedline_is_in_buffer(buffers, text)) {
		document->copy = fps_alloc_copy(text, 0);
		text.at = document->copy;
	}
	/* the object itself has no usable message */
	document->rest = (struct fps_span) {text.at + 1, text.len - 1};
	document->looks = text.len * LOOKS;
}

void fps_jsondocument_close(struct fps_jsondocument *document)
{
	free(document->copy);
	free(document->seen);
	*document = (struct fps_jsondocument) {.of_entries = document->of_entries};
}

/* `{"key":"service.name","value":{"stringValue":"shop"}}` of OpenTelemetry says something of lines, and is none. */
static bool is_attribute(struct fps_span object)
{
	struct fps_span rest = {object.at + 1, object.len - 1}, name, value;
	bool has_key = fps_jsonskip_pair(&rest, &name, &value) && fps_span_is(name, "key"),
		 has_value = fps_jsonskip_pair(&rest, &name, &value) && fps_span_is(name, "value");

	return has_key && has_value && fps_span_begins(value, "{");
}

/* An object within the document that is an envelope by itself. */
static bool take_object(struct fps_jsondocument *document, struct fps_buffers *buffers, struct fps_wrappedline *wrapped)
{
	struct fps_span behind = document->rest;
	struct fps_wrappedline inner = *wrapped;

	if (!fps_jsonskip_next(&behind, &inner.text) || inner.text.len >= document->looks) {
		return false;
	}
	document->looks -= inner.text.len;
	if (is_attribute(inner.text)) {
		document->rest = behind;
		return false;
	}
	if (!fps_jsonenvelope_take_json(&inner, fps_wrappedline_buffer(buffers, inner.text))) {
		return false;
	}
	*wrapped = inner;
	document->rest = behind;
	document->of_entries = document->of_entries ? document->of_entries : 1;
	return true;
}

static uint64_t hash_of(struct fps_span text)
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < text.len; i++) {
		hash = (hash ^ (unsigned char) text.at[i]) * 1099511628211ULL;
	}
	return hash;
}

/* The counter of the line; NULL: there are too many lines. */
static struct fps_jsondocument_line *seen_line(struct fps_jsondocument *document, uint64_t hash)
{
	if (document->seen == NULL) {
		document->seen = fps_alloc(SEEN, sizeof(*document->seen));
	}
	for (size_t i = 0; i < PROBES; i++) {
		struct fps_jsondocument_line *seen = &document->seen[(hash + i) % SEEN];

		if (seen->given == 0) {
			seen->hash = hash;
		}
		if (seen->hash == hash) {
			return seen;
		}
	}
	return NULL;
}

/*
 * Whether another member of the document has the same line: ansible's stdout and stdout_lines. Texts of one line each
 * are not duplicates: each is a log record of its own.
 */
static bool is_repeated(struct fps_jsondocument *document, struct fps_span line, bool is_single)
{
	struct fps_jsondocument_line *seen = seen_line(document, hash_of(line));

	if (seen == NULL) {
		return false;
	}
	if (seen->given == 0) {
		seen->is_single = is_single;
	}
	if (seen->member != document->member) {
		seen->member = document->member;
		seen->here = 0;
	}
	if (++seen->here <= seen->given && !(is_single && seen->is_single)) {
		return true;
	}
	seen->given++;
	return false;
}

/* Moves the lines that are new to the front. */
static size_t drop_repeated(struct fps_jsondocument *document, char *text, size_t size)
{
	struct fps_span rest = {text, size}, line;
	/* an element of a list that is a member's value; nested lists are not the lines of one text */
	bool is_element = (document->brackets & 3) == 1, is_single = !is_element && !memchr(text, '\n', size);
	size_t len = 0;

	while (fps_span_next(&rest, "\n", &line)) {
		if (line.len && is_repeated(document, line, is_single)) {
			continue;
		}
		memmove(text + len, line.at, line.len);
		len += line.len;
		text[len] = '\n';
		len += len < size;
	}
	return len && text[len - 1] == '\n' ? len - 1 : len;
}

static bool take_string(struct fps_jsondocument *document, struct fps_buffers *buffers, struct fps_wrappedline *wrapped)
{
	struct fps_span string;
	char *to;
	size_t len;

	fps_jsonenvelope_take_string(&document->rest, &string);
	if (fps_span_begins(document->rest, ":") || fps_span_begins(document->rest, " :")) {
		document->name = hash_of(string);
		return false;
	}
	to = fps_wrappedline_buffer(buffers, string);
	len = fps_jsonenvelope_unescape(string, to);
	if (fps_unknownprefix_has_entries((struct fps_span) {to, len})) {
		document->of_entries = document->name;
	} else if (document->name != document->of_entries || len == 0) {
		return false;
	}
	wrapped->text = (struct fps_span) {to, drop_repeated(document, to, len)};
	return wrapped->text.len > 0;
}

static void pass(struct fps_jsondocument *document)
{
	switch (*document->rest.at) {
		case '{':
		case '[': document->brackets = document->brackets << 1 | (*document->rest.at == '['); break;
		case '}':
		case ']': document->brackets >>= 1; break;
		case ':': document->member++; break;
		default: break;
	}
	document->rest.at++;
	document->rest.len--;
}

bool fps_jsondocument_next(
	struct fps_jsondocument *document, struct fps_buffers *buffers, struct fps_wrappedline *wrapped)
{
	while (document->rest.len) {
		if (*document->rest.at == '{' && take_object(document, buffers, wrapped)) {
			return true;
		}
		if (document->rest.len && !fps_span_skip(&document->rest, "\"")) {
			pass(document);
		} else if (document->rest.len && take_string(document, buffers, wrapped)) {
			return true;
		}
	}
	fps_jsondocument_close(document);
	return false;
}
