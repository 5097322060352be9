/* Pieces of text. */
#include "base/span.h"

#include <string.h>

struct fps_span fps_span_of(const char *text)
{
	return (struct fps_span) {text, text ? strlen(text) : 0};
}

bool fps_span_begins(struct fps_span text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && (len == 0 || memcmp(text.at, with, len) == 0);
}

bool fps_span_is(struct fps_span text, const char *what)
{
	return text.len == strlen(what) && fps_span_begins(text, what);
}

bool fps_span_is_among(struct fps_span text, const char *words)
{
	struct fps_span rest = fps_span_of(words), word;

	while (fps_span_next(&rest, " ", &word)) {
		if (word.len == text.len && strncasecmp(word.at, text.at, word.len) == 0) {
			return true;
		}
	}
	return false;
}

typedef unsigned char block __attribute__((vector_size(16)));

static block load(const char *at)
{
	block bytes;

	memcpy(&bytes, at, sizeof(bytes));
	return bytes;
}

static bool is_any(block hits)
{
	uint64_t halves[2];

	memcpy(halves, &hits, sizeof(hits));
	return (halves[0] | halves[1]) != 0;
}

/* Of sixteen places the first one where the word stands. */
static const char *find_in_block(const char *at, const char *what, size_t len)
{
	const block first = (block) {0} + (unsigned char) what[0], last = (block) {0} + (unsigned char) what[len - 1];
	block hits = (block) ((load(at) == first) & (load(at + len - 1) == last));

	for (size_t i = is_any(hits) ? 0 : sizeof(block); i < sizeof(block); i++) {
		if (hits[i] && memcmp(at + i, what, len) == 0) {
			return at + i;
		}
	}
	return NULL;
}

/*
 * memmem() prepares for a long text each time, and lines are short: sixteen places at once are compared by their first
 * and their last byte (docs/decisions/49-one-look-at-a-line.md). The last sixteen overlap those before.
 */
const char *fps_span_find(struct fps_span text, const char *what)
{
	size_t len = strlen(what), places = text.len - len + 1, at = 0;

	if (text.len < len || len == 0) {
		return len == 0 && text.len ? text.at : NULL;
	}
	if (places < sizeof(block)) {
		return memmem(text.at, text.len, what, len);
	}
	for (;;) {
		const char *found = find_in_block(text.at + at, what, len);

		if (found || at + sizeof(block) == places) {
			return found;
		}
		at = at + 2 * sizeof(block) <= places ? at + sizeof(block) : places - sizeof(block);
	}
}

bool fps_span_skip(struct fps_span *text, const char *what)
{
	if (!fps_span_begins(*text, what)) {
		return false;
	}
	text->at += strlen(what);
	text->len -= strlen(what);
	return true;
}

bool fps_span_take(struct fps_span *text, const char *end, struct fps_span *taken)
{
	const char *found = fps_span_find(*text, end);

	if (found == NULL) {
		return false;
	}
	*taken = (struct fps_span) {text->at, (size_t) (found - text->at)};
	text->len -= taken->len + strlen(end);
	text->at = found + strlen(end);
	return true;
}

bool fps_span_next(struct fps_span *text, const char *separator, struct fps_span *piece)
{
	if (text->len == 0) {
		return false;
	}
	if (!fps_span_take(text, separator, piece)) {
		*piece = *text;
		*text = (struct fps_span) {text->at + text->len, 0};
	}
	return true;
}

void fps_span_skip_all(struct fps_span *text, const char *characters)
{
	while (text->len > 0 && *text->at && strchr(characters, *text->at)) {
		text->at++;
		text->len--;
	}
}

bool fps_span_number(struct fps_span *text, int64_t *number)
{
	size_t digits = 0;

	*number = 0;
	while (digits < text->len && text->at[digits] >= '0' && text->at[digits] <= '9') {
		if (digits == 18) {
			return false;
		}
		*number = *number * 10 + (text->at[digits++] - '0');
	}
	text->at += digits;
	text->len -= digits;
	return digits > 0;
}

size_t fps_span_character(const char *text, size_t size, uint32_t *point)
{
	const unsigned char *at = (const unsigned char *) text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 0;

	uint32_t code = len < 2 ? at[0] : at[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++) {
		if (i >= size || (at[i] & 0xc0) != 0x80) {
			return 0;
		}
		code = code << 6 | (at[i] & 0x3f);
	}
	if (point) {
		*point = code;
	}
	return len && code >= least[len] && code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? len : 0;
}

size_t fps_span_put_character(uint32_t point, char *to)
{
	size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, point >>= 6) {
		to[i] = (char) (0x80 | (point & 0x3f));
	}
	to[0] = (char) (len == 1 ? point : (0xf0U << (4 - len)) | point);
	return len;
}
