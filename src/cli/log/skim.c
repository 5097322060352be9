/* JSON passed over. */
#include "log/skim.h"

#include <stdio.h>
#include <string.h>

/* Where the string ends that begins here: behind its quote, or the text's end. */
static const char *skip_string(const char *at, const char *end)
{
	const char *quote = at;

	while ((quote = memchr(quote + 1, '"', (size_t) (end - quote - 1))) != NULL) {
		const char *backslash = quote;

		while (backslash[-1] == '\\') {
			backslash--;
		}
		if ((quote - backslash) % 2 == 0) {
			return quote + 1;
		}
	}
	return end;
}

bool fps_skim_next(struct fps_span *text, struct fps_span *taken)
{
	const char *end = text->at + text->len, *from = NULL;
	size_t depth = 0;

	for (const char *at = text->at; at < end;) {
		switch (*at) {
			case '"': at = skip_string(at, end); continue;
			case '{':
			case '[': from = depth++ ? from : at; break;
			case '}':
			case ']':
				if (depth == 0) {
					return false;
				}
				if (--depth == 0) {
					*taken = (struct fps_span) {from, (size_t) (at + 1 - from)};
					*text = (struct fps_span) {at + 1, (size_t) (end - at - 1)};
					return true;
				}
				break;
			default: break;
		}
		at++;
	}
	return false;
}

bool fps_skim_member(
	struct fps_span text, const char *name, struct fps_span *before, struct fps_span *object, struct fps_span *after)
{
	char key[32];
	const char *found;

	/* in a string its quotes would be escaped */
	snprintf(key, sizeof(key), ",\"%s\":{", name);
	found = fps_span_find(text, key);
	if (found == NULL) {
		return false;
	}
	*before = (struct fps_span) {text.at, (size_t) (found - text.at)};
	*after = (struct fps_span) {found, text.len - before->len};
	return fps_skim_next(after, object);
}
