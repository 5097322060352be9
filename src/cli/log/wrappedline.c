/* A line that is being unwrapped. */
#include "log/wrappedline.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* How much longer than a text what is taken out of it may be. */
enum { EXTRA = 32 };

enum { ZONES = 26 * 3600 /* from the first time zone to the last one */ };

void fps_wrappedline_set(struct fps_wrappedline *wrapped, enum fps_label label, struct fps_span value)
{
	char *to = wrapped->labels[label];
	size_t len = value.len < sizeof(wrapped->labels[0]) ? value.len : sizeof(wrapped->labels[0]) - 1;

	if (*to == '\0' && !fps_span_is(value, "-")) {
		memcpy(to, value.len ? value.at : "", len);
		to[len] = '\0';
	}
}

void fps_wrappedline_set_unit(struct fps_wrappedline *wrapped, struct fps_span unit)
{
	size_t len = unit.len < sizeof(wrapped->program) ? unit.len : sizeof(wrapped->program) - 1;

	fps_wrappedline_set(wrapped, FPS_LABEL_UNIT, unit);
	memcpy(wrapped->program, unit.len ? unit.at : "", len);
	wrapped->program[len] = '\0';
}

char *fps_wrappedline_buffer(struct fps_buffers *buffers, struct fps_span text)
{
	const char *first = buffers->at[0];
	size_t at = first && text.at >= first && text.at < first + buffers->sizes[0];

	if (buffers->sizes[at] < text.len + EXTRA) {
		buffers->sizes[at] = text.len * 2 + EXTRA;
		buffers->at[at] = fps_alloc_resize(buffers->at[at], buffers->sizes[at], 1);
	}
	return buffers->at[at];
}

bool fps_wrappedline_is_in_buffer(const struct fps_buffers *buffers, struct fps_span text)
{
	for (int i = 0; i < 2; i++) {
		if (buffers->at[i] && text.at >= buffers->at[i] && text.at < buffers->at[i] + buffers->sizes[i]) {
			return true;
		}
	}
	return false;
}

static bool is_word(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_'
		|| byte == '-' || byte == '.' || byte == '@' || byte == '/';
}

bool fps_wrappedline_take_name(struct fps_span *text, struct fps_span *name)
{
	size_t len = 0;

	while (len < text->len && len <= FPS_WRAPPEDLINE_MAX_NAME && is_word(text->at[len])) {
		len++;
	}
	*name = (struct fps_span) {text->at, len};
	text->at += len;
	text->len -= len;
	return len > 0 && len <= FPS_WRAPPEDLINE_MAX_NAME;
}

size_t fps_wrappedline_skip_blanks(struct fps_span *text)
{
	size_t len = 0;

	while (len < text->len && (text->at[len] == ' ' || text->at[len] == '\t')) {
		len++;
	}
	text->at += len;
	text->len -= len;
	return len;
}

bool fps_wrappedline_note_time(struct fps_wrappedline *wrapped, struct fps_span rest, double when, bool is_local)
{
	if (fps_wrappedline_skip_blanks(&rest) == 0 && rest.len) {
		return false;
	}
	/* the outer one's zone is the surer one, unless that is when somebody copied the log */
	if (wrapped->time <= 0 || fabs(wrapped->time - when) > ZONES) {
		wrapped->time = when;
		wrapped->is_local = is_local;
	}
	wrapped->text = rest;
	wrapped->after_time = true;
	return true;
}
