/* Text for people. */
#include "base/terminal.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MAX_CHARACTER = 4, MAX_WIDTH = 120, MIN_WIDTH = 40, WIDTH = 100 };

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static bool is_unseen(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
#include "unseen.def"
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && point >= ranges[i].first; i++) {
		if (point <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

/* Prints what is plain ASCII at the beginning, nearly all of most texts, at once; returns how much that was. */
static size_t print_plain(FILE *out, struct fps_span text)
{
	size_t len = 0;

	while (len < text.len && text.at[len] >= 0x20 && text.at[len] < 0x7f) {
		len++;
	}
	fwrite(text.len ? text.at : "", 1, len, out);
	return len;
}

static struct fps_span rest_of(struct fps_span text, size_t at)
{
	return (struct fps_span) {text.at + at, text.len - at};
}

void fps_terminal_print_span(FILE *out, struct fps_span text)
{
	uint32_t point;

	for (size_t at = print_plain(out, text), len; at < text.len; at += print_plain(out, rest_of(text, at))) {
		len = fps_span_character(text.at + at, text.len - at, &point);
		if (len == 0 || is_control(point)) {
			putc('?', out);
		} else if (is_unseen(point)) {
			fprintf(out, point > 0xffff ? "\\U%08x" : "\\u%04x", point);
		} else {
			fwrite(text.at + at, 1, len, out);
		}
		at += len ? len : 1;
	}
}

void fps_terminal_print(FILE *out, const char *text)
{
	fps_terminal_print_span(out, fps_span_of(text));
}

/* As many as are shown: a character that is not printed as it is takes up to ten. */
static size_t columns_of(const char *text, size_t len)
{
	uint32_t point;
	size_t size = fps_span_character(text, len, &point);

	return size == 0 || is_control(point) || !is_unseen(point) ? 1 : point > 0xffff ? 10 : 6;
}

static size_t next_character(const char *text, size_t len)
{
	size_t size = fps_span_character(text, len, NULL);

	return size ? size : 1;
}

static size_t count_columns(struct fps_span text)
{
	size_t columns = 0;

	for (size_t at = 0; at < text.len; at += next_character(text.at + at, text.len - at)) {
		columns += columns_of(text.at + at, text.len - at);
	}
	return columns;
}

void fps_terminal_print_column(FILE *out, const char *text, size_t columns, bool keeps_end)
{
	struct fps_span all = fps_span_of(text), shown = all;
	size_t width = count_columns(all), room = columns > 3 ? columns - 3 : 0, used = 0;
	bool is_cut = width > columns;

	if (is_cut && keeps_end) {
		for (used = width; used > room; shown = rest_of(shown, next_character(shown.at, shown.len))) {
			used -= columns_of(shown.at, shown.len);
		}
	} else if (is_cut) {
		size_t at = 0;

		while (used + columns_of(text + at, all.len - at) <= room) {
			used += columns_of(text + at, all.len - at);
			at += next_character(text + at, all.len - at);
		}
		shown.len = at;
	}
	used = is_cut ? used + (columns - room) : width;
	fprintf(out, "%.*s", is_cut && keeps_end ? (int) (columns - room) : 0, "...");
	fps_terminal_print_span(out, shown);
	fprintf(out, "%.*s%*s", is_cut && !keeps_end ? (int) (columns - room) : 0, "...",
		used < columns ? (int) (columns - used) : 0, "");
}

void fps_terminal_print_json(FILE *out, const char *json)
{
	struct fps_span text = fps_span_of(json);
	uint32_t point;

	for (size_t at = print_plain(out, text), len; at < text.len; at += print_plain(out, rest_of(text, at))) {
		len = fps_span_character(text.at + at, text.len - at, &point);
		if (len == 0) {
			fputs("\xef\xbf\xbd", out);
		} else if (point > 0xffff && is_unseen(point)) {
			fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
		} else if ((is_control(point) && point != '\n') || is_unseen(point)) {
			fprintf(out, "\\u%04x", point);
		} else {
			fwrite(text.at + at, 1, len, out);
		}
		at += len ? len : 1;
	}
}

void fps_terminal_print_lines(FILE *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n\t");

		fps_terminal_print_span(out, (struct fps_span) {text, len});
		text += len;
		putc(*text ? *text : '\n', out);
		text += *text != '\0';
	}
}

void fps_terminal_line(FILE *out, const char *format, va_list arguments)
{
	char *text = fps_alloc_vformat(format, arguments);

	fps_terminal_print(out, text);
	putc('\n', out);
	free(text);
}

void fps_terminal_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fps_terminal_line(stdout, format, arguments);
	va_end(arguments);
}

static int shown_on = -1;

void fps_terminal_show_on(int terminal)
{
	shown_on = terminal;
}

struct fps_style fps_terminal_style(FILE *out)
{
	int file = out == stdout && shown_on >= 0 ? shown_on : fileno(out);
	struct fps_style style = {.width = WIDTH};
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
	struct winsize size;

	if (!isatty(file)) {
		return style;
	}
	style.colour = (no_colour == NULL || *no_colour == '\0') && terminal && strcmp(terminal, "dumb") != 0;
	style.columns = WIDTH;
	if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col >= MIN_WIDTH) {
		style.width = size.ws_col < MAX_WIDTH ? size.ws_col : MAX_WIDTH;
		style.columns = size.ws_col;
	}
	return style;
}

bool fps_terminal_has_utf8(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *locale = NULL;

	for (size_t i = 0; (locale == NULL || *locale == '\0') && i < sizeof(variables) / sizeof(variables[0]); i++) {
		locale = getenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): no threads */
	}
	return locale && (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8"));
}

const char *fps_terminal_colour(const struct fps_style *style, const char *code)
{
	return style->colour ? code : "";
}

void fps_terminal_wrap(FILE *out, const struct fps_style *style, size_t indent, const char *text)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " \n\t");

		if (column > indent && column + 1 + word > style->width) {
			fprintf(out, "\n%*s", (int) indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', out);
			column++;
		}
		fps_terminal_print_span(out, (struct fps_span) {text, word});
		column += word;
		text += word;
		text += strspn(text, " \n\t");
	}
	putc('\n', out);
}

void fps_terminal_label(FILE *out, size_t indent, const char *name)
{
	fprintf(out, "  %-*s", (int) indent - 2, name);
}

void fps_terminal_field(FILE *out, const struct fps_style *style, size_t indent, const char *name, const char *text)
{
	if (text && *text) {
		fps_terminal_label(out, indent, name);
		fps_terminal_wrap(out, style, indent, text);
	}
}
