/* Messages on standard error. */
#include "base/warn.h"

#include "base/alloc.h"
#include "base/terminal.h"

#include <errno.h>

static const char prefix[] = "fpmsentinel: ";
static bool is_hushed;

void fps_warn_hush(bool hush)
{
	is_hushed = hush;
}

static struct fps_warn_kept *keeper;

void fps_warn_keep(struct fps_warn_kept *kept)
{
	keeper = kept;
}

bool fps_warn(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	if (is_hushed) {
		return false;
	}
	if (keeper) {
		va_start(arguments, format);
		FPS_ALLOC_APPEND(keeper->all, keeper->count) = fps_alloc_vformat(format, arguments);
		va_end(arguments);
		return false;
	}
	fputs(prefix, stderr);
	errno = error;
	va_start(arguments, format);
	fps_terminal_line(stderr, format, arguments);
	va_end(arguments);
	return false;
}

bool fps_warn_lines(const char *text)
{
	if (keeper) {
		FPS_ALLOC_APPEND(keeper->all, keeper->count) = fps_alloc_copy(fps_span_of(text), 0);
		return false;
	}
	fputs(prefix, stderr);
	fps_terminal_print_lines(stderr, text);
	return false;
}
