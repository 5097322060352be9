/* Takes lines out of CSV and logfmt. */
#include "log/csvlogfmt.h"

#include "log/jsonenvelope.h"
#include "log/timestamp.h"

#include <stdio.h>
#include <string.h>

bool fps_csvlogfmt_take_quoted(struct fps_span *text, char *to, size_t *len)
{
	*len = 0;
	while (text->len) {
		bool quote = *text->at == '"';

		if (quote && !(text->len > 1 && text->at[1] == '"')) {
			text->at++;
			text->len--;
			return true;
		}
		to[(*len)++] = *text->at;
		text->at += quote ? 2 : 1;
		text->len -= quote ? 2 : 1;
	}
	return false;
}

/* The next field, in quotes or not. False if the line ends within its quotes, or is no CSV. */
static bool take_field(struct fps_span *text, char separator, char *buffer, struct fps_span *field, bool *ends)
{
	size_t len;

	*ends = true;
	if (fps_span_skip(text, "\"")) {
		*ends = fps_csvlogfmt_take_quoted(text, buffer, &len);
		*field = (struct fps_span) {buffer, len};
		return true;
	}
	const char *end = memchr(text->at, separator, text->len);

	*field = (struct fps_span) {text->at, end ? (size_t) (end - text->at) : text->len};
	if (field->len && memchr(field->at, '"', field->len)) {
		return false;
	}
	text->at += field->len;
	text->len -= field->len;
	return true;
}

/* A comma, or what else stands before the first quote, or behind the first field in quotes. */
static char separator_of(struct fps_span text)
{
	const char *quote = memchr(text.at, '"', text.len);

	if (quote > text.at) {
		return quote[-1];
	}
	for (const char *at = text.at + 1, *end = text.at + text.len; at + 1 < end; at++) {
		if (*at == '"' && at[1] != '"') {
			return at[1];
		}
		at += *at == '"';
	}
	return ',';
}

bool fps_csvlogfmt_take_csv(
	struct fps_wrappedline *wrapped, char *buffer, bool *in_field, size_t *column, bool (*begins)(struct fps_span text))
{
	struct fps_span text = wrapped->text, field;
	double when = 0;
	bool ends, is_local = false;
	size_t len;

	if (*in_field) {
		*in_field = !fps_csvlogfmt_take_quoted(&text, buffer, &len);
		wrapped->text = (struct fps_span) {buffer, len};
		return true;
	}
	char separator[2] = {(char) (text.len ? separator_of(text) : '\0'), '\0'};

	if (*separator == '\0' || !strchr(",;\t|", *separator)) {
		return false;
	}
	for (size_t number = 1; text.len && take_field(&text, *separator, buffer, &field, &ends); number++) {
		if (field.at == buffer && (begins(field) || number == *column)) {
			*in_field = !ends;
			*column = number;
			wrapped->text = field;
			if (wrapped->time <= 0) {
				wrapped->time = when;
				wrapped->is_local = is_local;
			}
			return true;
		}
		when = when > 0 ? when : fps_timestamp_read(field, &is_local);
		if (!ends || !fps_span_skip(&text, separator)) {
			break;
		}
	}
	return false;
}

static bool logfmt_value(struct fps_span text, const char *key, struct fps_span *value)
{
	char pattern[32];
	const char *found;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	if (fps_span_begins(text, pattern + 1)) {
		*value = (struct fps_span) {text.at + strlen(pattern) - 1, text.len - strlen(pattern) + 1};
		return true;
	}
	found = fps_span_find(text, pattern);
	*value = found
		? (struct fps_span) {found + strlen(pattern), (size_t) (text.at + text.len - found) - strlen(pattern)}
		: (struct fps_span) {NULL, 0};
	return found != NULL;
}

/* The word without its quotes, if it has any */
static struct fps_span between_quotes(struct fps_span word)
{
	return fps_span_begins(word, "\"") ? (struct fps_span) {word.at + 1, word.len - 2} : word;
}

bool fps_csvlogfmt_take_logfmt(struct fps_wrappedline *wrapped, char *buffer)
{
	static const char *const messages[] = {"msg", "message", "log", "MESSAGE"},
							 *const times[] = {"ts", "time", "timestamp"};
	static const struct {
		const char *key;
		enum fps_label label;
	} labels[] = {{"host", FPS_LABEL_HOST}, {"container", FPS_LABEL_CONTAINER}, {"container_name", FPS_LABEL_CONTAINER},
		{"pod", FPS_LABEL_POD}, {"unit", FPS_LABEL_UNIT}, {"stream", FPS_LABEL_OUTPUT}};
	struct fps_span text = wrapped->text, value, before;
	const char *end;

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (!logfmt_value(text, messages[i], &value) || !fps_span_begins(value, "\"")) {
			continue;
		}
		before = (struct fps_span) {text.at, (size_t) (value.at - text.at)};
		/* the closing quote, which is not escaped */
		for (end = value.at + 1; end < value.at + value.len && *end != '"'; end += *end == '\\' ? 2 : 1) {
		}
		end = end < value.at + value.len ? end : value.at + value.len;
		for (size_t n = 0; n < sizeof(labels) / sizeof(labels[0]); n++) {
			struct fps_span rest, word;

			if (logfmt_value(before, labels[n].key, &rest) && fps_span_take(&rest, " ", &word)) {
				fps_wrappedline_set(wrapped, labels[n].label, between_quotes(word));
			}
		}
		for (size_t n = 0; n < sizeof(times) / sizeof(times[0]) && wrapped->time <= 0; n++) {
			struct fps_span when;

			wrapped->time = logfmt_value(before, times[n], &when)
				? fps_timestamp_read(fps_span_begins(when, "\"") ? (struct fps_span) {when.at + 1, when.len - 1} : when,
					&wrapped->is_local)
				: 0;
		}
		wrapped->text = (struct fps_span) {
			buffer, fps_jsonenvelope_unescape((struct fps_span) {value.at + 1, (size_t) (end - value.at) - 1}, buffer)};
		return true;
	}
	return false;
}
