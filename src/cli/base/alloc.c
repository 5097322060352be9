/* Allocated memory and text. */
#include "base/alloc.h"

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

void *fps_alloc_grow(void *array, size_t count, size_t size)
{
	bool full = (count & (count - 1)) == 0;

	return full ? fps_alloc_resize(array, count ? count * 2 : 1, size) : array;
}

size_t fps_alloc_keep_last(void *array, size_t count, size_t size, size_t most, void (*release)(void *element))
{
	size_t dropped = count > most ? count - most : 0;

	for (size_t i = 0; i < dropped; i++) {
		release((char *) array + i * size);
	}
	if (dropped && most) {
		memmove(array, (char *) array + dropped * size, most * size);
	}
	return count - dropped;
}

void fps_alloc_free_all(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

char *fps_alloc_vformat(const char *format, va_list arguments)
{
	char *text = NULL;

	return there(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

char *fps_alloc_format(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = fps_alloc_vformat(format, arguments);

	va_end(arguments);
	return text;
}

void fps_alloc_append(char **text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *before = *text, *more = fps_alloc_vformat(format, arguments);

	va_end(arguments);
	*text = fps_alloc_format("%s%s", before ? before : "", more);
	free(before);
	free(more);
}

char *fps_alloc_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? fps_alloc_format("%.*s", slash > path ? (int) (slash - path) : 1, path) : fps_alloc_format(".");
}
