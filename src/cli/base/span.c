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

const char *fps_span_find(struct fps_span text, const char *what)
{
	return text.len ? memmem(text.at, text.len, what, strlen(what)) : NULL;
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
