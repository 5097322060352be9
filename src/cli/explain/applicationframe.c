/* Frames of the application, by where their files lie. */
#include "explain/applicationframe.h"

#include "log/frameworkpaths.h"
#include "log/record.h"

#include <string.h>

static enum fps_frameworkpaths_owner whose(struct fps_span line)
{
	return fps_applicationframe_is_mark(line) ? FPS_FRAMEWORKPATHS_NONE
											  : fps_frameworkpaths_owner(fps_record_frame(line).where);
}

bool fps_applicationframe_is_mark(struct fps_span line)
{
	return fps_span_begins(line, FPS_STACK_MARK);
}

struct fps_span fps_applicationframe_only(const char *stack)
{
	struct fps_span rest = fps_span_of(stack), line, own = {NULL, 0};
	enum fps_frameworkpaths_owner most = FPS_FRAMEWORKPATHS_NONE;

	while (fps_span_next(&rest, "\n", &line)) {
		if (whose(line) > most) {
			most = whose(line);
			own = line;
		}
	}
	return own;
}

struct fps_span fps_applicationframe_of(const char *stack)
{
	struct fps_span rest = fps_span_of(stack), line, own = fps_applicationframe_only(stack);

	while (own.at == NULL && fps_span_next(&rest, "\n", &line)) {
		if (!fps_applicationframe_is_mark(line) && fps_record_frame(line).where.len > 0) {
			own = line;
		}
	}
	return own;
}
