/* Remembers prefixes, and combinations of envelopes. */
#include "log/continuationprefix.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PREFIX = 256 };

/* The next character of a prefix as it is compared: 0 for a run of digits, a blank for a run of blanks. */
static char take_class(struct fps_span *text)
{
	char first = *text->at;
	bool is_digit = first >= '0' && first <= '9', is_blank = first == ' ';

	do {
		text->at++;
		text->len--;
	} while (text->len && ((is_digit && *text->at >= '0' && *text->at <= '9') || (is_blank && *text->at == ' ')));
	return (char) (is_digit ? '0'
			: first == '-'  ? ':'
							: first); /* grep's context lines have one where matches have the other */
}

void fps_continuationprefix_add(struct fps_continuationprefix *learned, struct fps_span prefix)
{
	char text[MAX_PREFIX + 1];
	size_t len = 0;

	if (prefix.len > MAX_PREFIX || memchr(prefix.at, '\0', prefix.len)) {
		return;
	}
	while (prefix.len) {
		text[len++] = take_class(&prefix);
	}
	text[len] = '\0';
	for (size_t i = 0; i < learned->prefix_count; i++) {
		if (strcmp(learned->prefixes[i], text) == 0) {
			return;
		}
	}
	if (learned->prefix_count < FPS_CONTINUATIONPREFIX_MAX) {
		learned->prefixes[learned->prefix_count++] = fps_alloc_copy((struct fps_span) {text, len}, 0);
	}
}

size_t fps_continuationprefix_find(const struct fps_continuationprefix *learned, struct fps_span text)
{
	for (size_t i = 0; i < learned->prefix_count; i++) {
		const char *at = learned->prefixes[i];
		struct fps_span rest = text;

		while (*at && rest.len && take_class(&rest) == *at) {
			at++;
		}
		if (*at == '\0') {
			return text.len - rest.len;
		}
	}
	return 0;
}

void fps_continuationprefix_add_shape(struct fps_continuationprefix *learned, uint64_t shape)
{
	for (size_t i = 0; i < learned->shape_count; i++) {
		if (learned->shapes[i] == shape) {
			return;
		}
	}
	if (learned->shape_count < FPS_CONTINUATIONPREFIX_MAX) {
		learned->shapes[learned->shape_count++] = shape;
	}
}

int fps_continuationprefix_steps(const struct fps_continuationprefix *learned, uint64_t shape)
{
	for (int steps = FPS_CONTINUATIONPREFIX_STEPS; steps >= 0; steps--) {
		uint64_t outer = shape & ((UINT64_C(1) << FPS_CONTINUATIONPREFIX_BITS * steps) - 1);

		for (size_t i = 0; i < learned->shape_count; i++) {
			if (learned->shapes[i] == outer) {
				return steps;
			}
		}
	}
	return -1;
}

void fps_continuationprefix_free(struct fps_continuationprefix *learned)
{
	for (size_t i = 0; i < learned->prefix_count; i++) {
		free(learned->prefixes[i]);
	}
	*learned = (struct fps_continuationprefix) {.prefix_count = 0};
}
