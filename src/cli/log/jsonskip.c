/* Skips JSON. */
#include "log/jsonskip.h"

#include <stdio.h>
#include <string.h>

/* The end of the string that begins here: after its quote, or the end of the text. */
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

bool fps_jsonskip_next(struct fps_span *text, struct fps_span *taken)
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

bool fps_jsonskip_member(
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
	return fps_jsonskip_next(after, object);
}

static void skip_any(struct fps_span *text, const char *these)
{
	while (text->len && strchr(these, *text->at) && *text->at) {
		text->at++;
		text->len--;
	}
}

/* With its quotes; false if it does not end. */
static bool take_string(struct fps_span *text, struct fps_span *string)
{
	const char *end = text->at + text->len, *behind;

	if (!fps_span_begins(*text, "\"")) {
		return false;
	}
	behind = skip_string(text->at, end);
	*string = (struct fps_span) {text->at, (size_t) (behind - text->at)};
	*text = (struct fps_span) {behind, (size_t) (end - behind)};
	return string->len >= 2 && behind[-1] == '"';
}

bool fps_jsonskip_pair(struct fps_span *text, struct fps_span *name, struct fps_span *value)
{
	size_t len = 0;

	skip_any(text, " \t\r\n,");
	if (!take_string(text, name)) {
		return false;
	}
	*name = (struct fps_span) {name->at + 1, name->len - 2};
	skip_any(text, " \t\r\n");
	if (!fps_span_skip(text, ":") && !fps_span_skip(text, "=>")) { /* Ruby's */
		return false;
	}
	skip_any(text, " \t\r\n");
	if (fps_span_begins(*text, "\"")) {
		return take_string(text, value);
	}
	if (fps_span_begins(*text, "{") || fps_span_begins(*text, "[")) {
		return fps_jsonskip_next(text, value);
	}
	while (len < text->len && strchr(",}] \t\r\n", text->at[len]) == NULL) {
		len++;
	}
	*value = (struct fps_span) {text->at, len};
	text->at += len;
	text->len -= len;
	return len > 0;
}
