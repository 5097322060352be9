/* Messages on standard error. */
#include "base/warn.h"

#include "base/terminal.h"

#include <errno.h>

static const char prefix[] = "fpmsentinel: ";

bool fps_warn(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fputs(prefix, stderr);
	errno = error;
	va_start(arguments, format);
	fps_terminal_line(stderr, format, arguments);
	va_end(arguments);
	return false;
}

bool fps_warn_lines(const char *text)
{
	fputs(prefix, stderr);
	fps_terminal_print_lines(stderr, text);
	return false;
}
