/* Memory and texts of one's own. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *there(void *memory)
{
	if (memory == NULL) {
		fputs("fpmsentinel: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

char *fps_alloc_copy(struct fps_span text, size_t max)
{
	size_t len = max && text.len > max ? max : text.len;
	char *copy = there(malloc(len + 1));

	if (len) {
		memcpy(copy, text.at, len);
	}
	copy[len] = '\0';
	return copy;
}

void *fps_alloc(size_t count, size_t size)
{
	return there(calloc(count ? count : 1, size));
}

void *fps_alloc_resize(void *memory, size_t count, size_t size)
{
	return there(reallocarray(memory, count ? count : 1, size));
}

char *fps_alloc_format(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int len = vasprintf(&text, format, arguments);

	va_end(arguments);
	return there(len < 0 ? NULL : text);
}
