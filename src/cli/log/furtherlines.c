/* Lines of texts that wait. */
#include "log/furtherlines.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct fps_furtherlines_text {
	struct fps_wrappedline labels; /* without a text */
	char *copy;
	struct fps_span rest;
};

static void strip_return(struct fps_span *line)
{
	line->len -= line->len && line->at[line->len - 1] == '\r';
}

void fps_furtherlines_put(struct fps_furtherlines *lines, struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, first;
	struct fps_furtherlines_text *text;

	if (lines->count == FPS_FURTHERLINES_DEPTH || !fps_span_take(&rest, "\n", &first)) {
		return;
	}
	if (rest.len) {
		text = fps_alloc(1, sizeof(*text));
		text->labels = *wrapped;
		text->copy = fps_alloc_copy(rest, 0);
		text->rest = (struct fps_span) {text->copy, rest.len};
		lines->texts[lines->count++] = text;
		wrapped->is_piece = wrapped->is_partial = false; /* the last line may be one */
	}
	wrapped->text = first;
	strip_return(&wrapped->text);
}

bool fps_furtherlines_next(struct fps_furtherlines *lines, struct fps_buffers *buffers, struct fps_wrappedline *wrapped)
{
	struct fps_furtherlines_text *text = lines->count ? lines->texts[lines->count - 1] : NULL;
	struct fps_span line;
	char *to;

	if (text == NULL) {
		return false;
	}
	fps_span_next(&text->rest, "\n", &line);
	strip_return(&line);
	*wrapped = text->labels;
	to = fps_wrappedline_buffer(buffers, line);
	memcpy(to, line.at, line.len);
	wrapped->text = (struct fps_span) {to, line.len};
	if (text->rest.len) {
		wrapped->is_piece = wrapped->is_partial = false;
	} else {
		fps_furtherlines_drop(lines, lines->count - 1);
	}
	return true;
}

void fps_furtherlines_drop(struct fps_furtherlines *lines, size_t count)
{
	while (lines->count > count) {
		struct fps_furtherlines_text *text = lines->texts[--lines->count];

		free(text->copy);
		free(text);
	}
}
