/* Frames of the application, by where their files lie. */
#include "explain/ownframe.h"

#include "log/record.h"

#include <string.h>

static bool is_below(struct fps_span where, const char *const *folders)
{
	for (; *folders; folders++) {
		if (fps_span_find(where, *folders)) {
			return true;
		}
	}
	return false;
}

/* How much a frame is the application's own: 2 of a plugin or theme, 1 of no package and no framework's core. */
static int ownership(struct fps_span line)
{
	static const char *const packages[] = {"/vendor/", "/node_modules/", NULL};
	static const char *const cores[] = {"/wp-includes/", "/wp-admin/", "/core/lib/", NULL};
	static const char *const additions[] = {"/plugins/", "/mu-plugins/", "/themes/", "/modules/custom/", NULL};
	struct fps_span where = fps_record_frame(line).where;

	if (fps_ownframe_is_mark(line) || where.len == 0 || is_below(where, packages)) {
		return 0;
	}
	return is_below(where, additions) ? 2 : !is_below(where, cores);
}

bool fps_ownframe_is_mark(struct fps_span line)
{
	return fps_span_begins(line, FPS_STACK_MARK);
}

struct fps_span fps_ownframe_only(const char *stack)
{
	struct fps_span rest = fps_span_of(stack), line, own = {NULL, 0};
	int most = 0;

	while (fps_span_next(&rest, "\n", &line)) {
		if (ownership(line) > most) {
			most = ownership(line);
			own = line;
		}
	}
	return own;
}

struct fps_span fps_ownframe_of(const char *stack)
{
	struct fps_span rest = fps_span_of(stack), line, own = fps_ownframe_only(stack);

	while (own.at == NULL && fps_span_next(&rest, "\n", &line)) {
		if (!fps_ownframe_is_mark(line) && fps_record_frame(line).where.len > 0) {
			own = line;
		}
	}
	return own;
}
