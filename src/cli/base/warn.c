/* Messages on standard error. */
#include "base/warn.h"

#include "base/page.h"

void fps_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fps_page_line(stderr, format, arguments);
	va_end(arguments);
}
