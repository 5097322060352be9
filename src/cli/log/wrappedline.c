/* Labels of a line. */
#include "log/wrappedline.h"

#include "base/alloc.h"
#include "log/structured.h"

#include <string.h>

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

	if (buffers->sizes[at] < text.len + FPS_STRUCTURED_EXTRA) {
		buffers->sizes[at] = text.len * 2 + FPS_STRUCTURED_EXTRA;
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
