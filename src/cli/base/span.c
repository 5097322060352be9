/* Pieces of text. */
#include "base/span.h"

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

enum { MAX_CHARACTER = 4 };

/* As fps_text_character(), and which one. */
static size_t character(const char *text, size_t size, uint32_t *point)
{
	const unsigned char *at = (const unsigned char *) text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 0;

	*point = len < 2 ? at[0] : at[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if (i >= size || (at[i] & 0xc0) != 0x80) {
			return 0;
		}
		*point = *point << 6 | (at[i] & 0x3f);
	}
	return len && *point >= least[len] && *point < 0x110000 && (*point < 0xd800 || *point > 0xdfff) ? len : 0;
}

size_t fps_text_character(const char *text, size_t size)
{
	uint32_t point;

	return character(text, size, &point);
}

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

/* What is not seen, or makes what is seen lie: as in src/sig/buf.c, which says more. */
static bool is_unseen(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
		{0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && point >= ranges[i].first; i++) {
		if (point <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

void fps_text_print(FILE *out, const char *text)
{
	uint32_t point;

	while (*text) {
		size_t len = character(text, strnlen(text, MAX_CHARACTER), &point);

		if (len == 0 || is_control(point)) {
			putc('?', out);
		} else if (is_unseen(point)) {
			fprintf(out, point > 0xffff ? "\\U%08x" : "\\u%04x", point);
		} else {
			fwrite(text, 1, len, out);
		}
		text += len ? len : 1;
	}
}

void fps_text_print_json(FILE *out, const char *json)
{
	uint32_t point;

	while (*json) {
		size_t len = character(json, strnlen(json, MAX_CHARACTER), &point);

		if (len == 0) {
			fputs("\xef\xbf\xbd", out);
		} else if (point > 0xffff && is_unseen(point)) {
			fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
		} else if ((is_control(point) && point != '\n') || is_unseen(point)) {
			fprintf(out, "\\u%04x", point);
		} else {
			fwrite(json, 1, len, out);
		}
		json += len ? len : 1;
	}
}

void fps_text_print_lines(FILE *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n\t");
		char *piece = fps_text_copy((struct fps_span) {text, len}, 0);

		fps_text_print(out, piece);
		free(piece);
		text += len;
		putc(*text ? *text : '\n', out);
		text += *text != '\0';
	}
}

__attribute__((format(printf, 2, 0)))
static void print_line(FILE *out, const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) >= 0) {
		fps_text_print(out, text);
		putc('\n', out);
		free(text);
	}
}

void fps_text_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(stderr, format, arguments);
	va_end(arguments);
}

void fps_text_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(stdout, format, arguments);
	va_end(arguments);
}
