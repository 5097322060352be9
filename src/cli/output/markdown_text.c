/* Markdown becomes text for a terminal. */
#include "output/markdown_text.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, ITEM = 4, FIELD = 14 };

struct page {
	FILE *out;
	const struct fps_style *style;
	struct fps_span rest;
};

static struct fps_span line_of(struct fps_span text)
{
	const char *end = text.len ? memchr(text.at, '\n', text.len) : NULL;

	return (struct fps_span) {text.at, end ? (size_t) (end - text.at) : text.len};
}

static struct fps_span rest_of(struct fps_span text, size_t at)
{
	return (struct fps_span) {text.at + at, text.len - at};
}

static void pass(struct page *page)
{
	struct fps_span line;

	fps_span_next(&page->rest, "\n", &line);
}

/* A paragraph goes on in a line that begins nothing else. */
static bool goes_on(struct fps_span line)
{
	return line.len && !fps_span_begins(line, "- ") && !fps_span_begins(line, "|") && !fps_span_begins(line, "#")
		&& !fps_span_begins(line, "    ");
}

/* Where a link that begins there ends, with its address; NULL: none begins there. */
static const char *end_of_link(struct fps_span text)
{
	const char *end = memchr(text.at, ']', text.len);

	if (text.at[0] != '[' || end == NULL || end[1] != '(') {
		return NULL;
	}
	return memchr(end, ')', text.len - (size_t) (end - text.at));
}

/* Without the marks of bold text and of links, of which the text stays. The caller frees it. */
static char *without_marks(struct fps_span text)
{
	char *plain = fps_alloc(text.len + 1, 1), *to = plain;
	bool in_code = false;

	for (size_t i = 0; i < text.len; i++) {
		const char *end = in_code ? NULL : end_of_link(rest_of(text, i));

		in_code ^= text.at[i] == '`';
		if (end) {
			size_t len = strcspn(text.at + i + 1, "]");

			memcpy(to, text.at + i + 1, len);
			to += len;
			i = (size_t) (end - text.at);
		} else if (!in_code && text.at[i] == '*') {
			continue;
		} else {
			*to++ = text.at[i];
		}
	}
	return plain;
}

static void print_heading(struct page *page)
{
	struct fps_span line = line_of(page->rest);

	if (fps_span_skip(&line, "## ")) {
		fprintf(page->out, "\n%s", fps_terminal_colour(page->style, FPS_TERMINAL_BOLD));
		fps_terminal_print_span(page->out, line);
		fprintf(page->out, "%s\n", fps_terminal_colour(page->style, FPS_TERMINAL_PLAIN));
	}
	pass(page);
	while (page->rest.len && line_of(page->rest).len == 0) {
		pass(page);
	}
}

static void print_row(struct page *page)
{
	struct fps_span line = line_of(page->rest), name, text;
	char *plain_name, *plain;

	pass(page);
	if (fps_span_begins(page->rest, "|-")) { /* what the columns are called */
		pass(page);
		return;
	}
	if (fps_span_skip(&line, "| ") && fps_span_take(&line, " | ", &name)) {
		text = fps_span_take(&line, " |", &text) ? text : line;
		plain_name = without_marks(name);
		plain = without_marks(text);
		fps_terminal_field(page->out, page->style, FIELD, plain_name, plain);
		free(plain_name);
		free(plain);
	}
}

/* A paragraph or an item of a list. */
static void print_text(struct page *page)
{
	struct fps_span whole = page->rest;
	bool is_item = fps_span_skip(&whole, "- ");
	size_t indent = is_item ? ITEM : INDENT;
	char *plain;

	do {
		pass(page);
	} while (goes_on(line_of(page->rest)));
	whole.len = (size_t) ((page->rest.len ? page->rest.at : whole.at + whole.len) - whole.at);
	plain = without_marks(whole);
	fprintf(page->out, "%*s", (int) indent, is_item ? "- " : "");
	fps_terminal_wrap(page->out, page->style, indent, plain);
	free(plain);
}

static void print_as_it_is(struct page *page)
{
	fps_terminal_print_span(page->out, line_of(page->rest));
	putc('\n', page->out);
	pass(page);
}

void fps_markdown_text_print(FILE *out, const struct fps_style *style, const char *text)
{
	struct page page = {out, style, fps_span_of(text)};

	while (page.rest.len) {
		struct fps_span line = line_of(page.rest);

		if (fps_span_begins(line, "#")) {
			print_heading(&page);
		} else if (fps_span_begins(line, "|")) {
			print_row(&page);
		} else if (line.len == 0 || fps_span_begins(line, "    ")) {
			/* a blank line before a heading is the heading's */
			if (line.len || !fps_span_begins(page.rest, "\n#")) {
				print_as_it_is(&page);
			} else {
				pass(&page);
			}
		} else {
			print_text(&page);
		}
	}
}
