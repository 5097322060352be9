/* Pieces of text. */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool fps_text_begins(struct fps_span text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && (len == 0 || memcmp(text.at, with, len) == 0);
}

bool fps_text_is(struct fps_span text, const char *what)
{
	return text.len == strlen(what) && fps_text_begins(text, what);
}

const char *fps_text_find(struct fps_span text, const char *what)
{
	return text.len ? memmem(text.at, text.len, what, strlen(what)) : NULL;
}

bool fps_text_skip(struct fps_span *text, const char *what)
{
	if (!fps_text_begins(*text, what)) {
		return false;
	}
	text->at += strlen(what);
	text->len -= strlen(what);
	return true;
}

bool fps_text_take(struct fps_span *text, const char *end, struct fps_span *taken)
{
	const char *found = fps_text_find(*text, end);

	if (found == NULL) {
		return false;
	}
	*taken = (struct fps_span) {text->at, (size_t) (found - text->at)};
	text->len -= taken->len + strlen(end);
	text->at = found + strlen(end);
	return true;
}

bool fps_text_number(struct fps_span *text, int64_t *number)
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

static void *there(void *memory)
{
	if (memory == NULL) {
		fputs("fpmsentinel: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

char *fps_text_copy(struct fps_span text, size_t max)
{
	size_t len = max && text.len > max ? max : text.len;
	char *copy = there(malloc(len + 1));

	if (len) {
		memcpy(copy, text.at, len);
	}
	copy[len] = '\0';
	return copy;
}

void *fps_text_allocate(size_t count, size_t size)
{
	return there(calloc(count ? count : 1, size));
}

void *fps_text_resize(void *memory, size_t count, size_t size)
{
	return there(reallocarray(memory, count ? count : 1, size));
}

char *fps_text_format(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int len = vasprintf(&text, format, arguments);

	va_end(arguments);
	return there(len < 0 ? NULL : text);
}

void fps_text_print(FILE *out, const char *text)
{
	const unsigned char *byte = (const unsigned char *) text;

	for (; *byte; byte++) {
		/* U+0080 to U+009F too, which are C2 80 to C2 9F: a terminal takes some of them for the start of a command */
		bool c1 = byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0;

		putc(*byte < 0x20 || *byte == 0x7f || c1 ? '?' : *byte, out);
		byte += c1;
	}
}

size_t fps_text_character(const char *text, size_t size)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *) text;
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 0;
	unsigned value = len < 2 ? at[0] : at[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++) {
		if (i >= size || (at[i] & 0xc0) != 0x80) {
			return 0;
		}
		value = value << 6 | (at[i] & 0x3f);
	}
	return len && value >= least[len] && value < 0x110000 && (value < 0xd800 || value > 0xdfff) ? len : 0;
}
