/* Removes colours, and restores quotes and blanks. */
#include "log/textcleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGINNING = 64 };

static const struct {
	const char *is, *was;
} signs[] = {
	{"\xe2\x80\x9c", "\""},
	{"\xe2\x80\x9d", "\""},
	{"\xe2\x80\x9e", "\""},
	{"\xc2\xab", "\""},
	{"\xc2\xbb", "\""},
	{"&quot;", "\""},
	{"\xe2\x80\x98", "'"},
	{"\xe2\x80\x99", "'"},
	{"&lt;", "<"},
	{"&gt;", ">"},
	{"&amp;", "&"},
	{"\xc2\xa0", " "},
	{"&nbsp;", " "},
	{"\xe2\x80\x8b", ""},
	{"#011", "\t"}, /* rsyslog's */
	{"\xef\xbb\xbf", ""},
};

bool fps_textcleanup_strip_colours(struct fps_wrappedline *wrapped, struct fps_buffers *buffers)
{
	const char *at = wrapped->text.at, *end = at + wrapped->text.len, *escape = memchr(at, 0x1b, wrapped->text.len);
	size_t len = 0;
	char *to;

	if (escape == NULL) {
		return false;
	}
	to = fps_wrappedline_buffer(buffers, wrapped->text);
	while (at < end) {
		size_t plain = (size_t) ((escape ? escape : end) - at);

		memcpy(to + len, at, plain);
		len += plain;
		at += plain;
		if (escape) {
			at++;
			if (at < end && *at == '[') {
				for (at++; at < end && !(*at >= '@' && *at <= '~'); at++) {
				}
				/* text erased by a carriage return is not visible */
				len = at < end && *at == 'K' && len && to[len - 1] == '\r' ? 0 : len;
				at += at < end;
			}
		}
		escape = at < end ? memchr(at, 0x1b, (size_t) (end - at)) : NULL;
	}
	wrapped->text = (struct fps_span) {to, len};
	return true;
}

bool fps_textcleanup_may_lack(struct fps_span text)
{
	return text.len && memchr(text.at, '"', text.len) == NULL;
}

bool fps_textcleanup_is_escaped(struct fps_span text)
{
	const char *quote = text.len ? memchr(text.at, '"', text.len) : NULL;

	return quote > text.at && quote[-1] == '\\';
}

void fps_textcleanup_restore_slashes(struct fps_wrappedline *wrapped, struct fps_buffers *buffers)
{
	struct fps_span text = wrapped->text;
	char *to = fps_wrappedline_buffer(buffers, text);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\' && i + 1 < text.len) {
			if (text.at[i + 1] != '/') {
				to[len++] = text.at[i];
			}
			i++;
		}
		to[len++] = text.at[i];
	}
	wrapped->text = (struct fps_span) {to, len};
}

/* A string of Python's, up to its quote, as one of JSON. */
static size_t put_string(struct fps_span *text, char *to)
{
	char quote = *text->at;
	size_t at = 1, len = 0;

	to[len++] = '"';
	for (; at < text->len && text->at[at] != quote; at++) {
		if (text->at[at] == '"') {
			to[len++] = '\\';
		} else if (text->at[at] == '\\' && at + 1 < text->len) {
			at++;
			if (text->at[at] != '\'') {
				to[len++] = '\\';
			}
		}
		to[len++] = text->at[at];
	}
	at += at < text->len;
	to[len++] = '"';
	text->at += at;
	text->len -= at;
	return len;
}

bool fps_textcleanup_restore_dict(struct fps_wrappedline *wrapped, struct fps_buffers *buffers)
{
	struct fps_span text = wrapped->text;
	size_t len = 0;
	char *to;

	if (!fps_span_begins(text, "{'")) {
		return false;
	}
	/* each of its bytes may need a backslash */
	to = fps_wrappedline_buffer(buffers, (struct fps_span) {text.at, text.len * 2});
	while (text.len) {
		if (*text.at == '\'' || *text.at == '"') {
			len += put_string(&text, to + len);
		} else {
			to[len++] = *text.at++;
			text.len--;
		}
	}
	wrapped->text = (struct fps_span) {to, len};
	return true;
}

/* Whether its quotes are others, or its blanks. */
static bool lacks(struct fps_span text)
{
	struct fps_span beginning = {text.at, text.len < BEGINNING ? text.len : BEGINNING};

	return (fps_textcleanup_may_lack(text)
			   && (fps_span_find(text, "\xe2\x80\x9c") || fps_span_find(text, "\xc2\xab")
				   || fps_span_find(text, "&quot;") || fps_span_find(text, "&#") || fps_span_find(text, "&gt;")))
		|| (text.len && memchr(text.at, ' ', text.len) == NULL && fps_span_find(text, "\xc2\xa0"))
		|| fps_span_find(beginning, "\xc2\xa0") || fps_span_find(beginning, "&nbsp;") || fps_span_begins(text, "#011");
}

/* `&#39;`, `&#x27;`; 0: it is none. Moves behind it. */
static size_t put_numbered(struct fps_span *text, char *to)
{
	char digits[8];
	struct fps_span rest = *text, number;
	char *end;

	if (!fps_span_skip(&rest, "&#") || !fps_span_take(&rest, ";", &number) || number.len == 0
		|| number.len >= sizeof(digits)) {
		return 0;
	}
	snprintf(digits, sizeof(digits), "%.*s", FPS_SPAN_ARGS(number));
	bool is_hex = (*digits | 32) == 'x';
	unsigned long code = strtoul(digits + is_hex, &end, is_hex ? 16 : 10);

	if (*end || code < ' ' || code > 0xffff) {
		return 0;
	}
	*text = rest;
	return fps_span_put_character((uint32_t) code, to);
}

/* The original of the character at the start of the text; moves behind it. */
static size_t put_sign(struct fps_span *text, char *to)
{
	size_t len = put_numbered(text, to);

	if (len) {
		return len;
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (fps_span_skip(text, signs[i].is)) {
			memcpy(to, signs[i].was, strlen(signs[i].was));
			return strlen(signs[i].was);
		}
	}
	*to = *text->at++;
	text->len--;
	return 1;
}

bool fps_textcleanup_restore(struct fps_wrappedline *wrapped, struct fps_buffers *buffers)
{
	struct fps_span text = wrapped->text;
	size_t len = 0;
	char *to;

	if (!lacks(text)) {
		return false;
	}
	to = fps_wrappedline_buffer(buffers, text);
	while (text.len) {
		if (*text.at == '&' || *text.at == '#' || (*text.at & 0x80)) {
			len += put_sign(&text, to + len);
		} else {
			to[len++] = *text.at++;
			text.len--;
		}
	}
	wrapped->text = (struct fps_span) {to, len};
	return true;
}
