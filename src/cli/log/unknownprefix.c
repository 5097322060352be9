/* Finds something known behind unknown words. */
#include "log/unknownprefix.h"

#include "log/containerprefix.h"
#include "log/logkind.h"

#include <string.h>

enum { MAX_DEPTH = 8, MAX_PREFIX = 256 };

/* Something known may begin behind one of these; the last one is the end of a byte order mark. */
static const char parting[] = " \t\r|:;[]>}\"'`=,)+-m\xbf";

static struct fps_span from(struct fps_span text, size_t at)
{
	return at ? (struct fps_span) {text.at + at, text.len - at} : text;
}

static bool begins_known(struct fps_span text)
{
	char first = *text.at;

	if ((first >= '0' && first <= '9') || first == '[') {
		return fps_logkind_inside(text) != FPS_ENTRY_UNKNOWN || fps_containerprefix_begins(text);
	}
	return ((first >= 'A' && first <= 'Z') || first == '<' || first == '{') && fps_containerprefix_begins(text);
}

/* After punctuation alone, such as quoting marks, an object may continue in the lines that follow. */
static bool is_signs(struct fps_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(" \t>|*+-`", text.at[i]) == NULL || text.at[i] == '\0') {
			return false;
		}
	}
	return text.len > 0;
}

static bool begins_object(struct fps_span text, size_t at)
{
	struct fps_span before = {text.at, at}, rest = from(text, at);

	if (!fps_span_skip(&rest, "{")) {
		return false;
	}
	if (memchr(before.at, '"', before.len) && before.at[before.len - 1] != '>') {
		return fps_span_begins(rest, "\"\""); /* in a field of CSV, which doubles them */
	}
	return fps_span_begins(rest, "\"") || (rest.len == 0 && is_signs(before));
}

/* Where something known begins behind unknown words; 0: nowhere. */
static size_t find(struct fps_span text)
{
	size_t zeros = 0;

	/* there may be many zero bytes, from a log that was truncated while it was written to */
	for (size_t at = 1; at < text.len && at - zeros <= MAX_PREFIX; at++) {
		zeros += text.at[at] == '\0';
		if (strchr(parting, text.at[at - 1]) && text.at[at]
			&& (begins_object(text, at) || begins_known(from(text, at)))) {
			return at;
		}
	}
	return 0;
}

struct fps_span fps_unknownprefix_trim(struct fps_span text, const char *program)
{
	size_t len = 0;

	while (len < text.len && (text.at[len] == '\0' || (*program && text.at[len] == ' '))) {
		len++;
	}
	return from(text, len);
}

bool fps_unknownprefix_has_entry(struct fps_span text)
{
	struct fps_wrappedline wrapped = {.text = text};

	for (int depth = 0; depth < MAX_DEPTH && wrapped.text.len; depth++) {
		wrapped.text = fps_unknownprefix_trim(wrapped.text, wrapped.program);
		if (fps_span_begins(wrapped.text, "{\"")
			|| fps_logkind_of(wrapped.text, wrapped.program) != FPS_ENTRY_UNKNOWN) {
			return true;
		}
		if (!fps_containerprefix_take(&wrapped)) {
			size_t at = find(wrapped.text);

			if (at == 0) {
				return wrapped.text.len == 1 && *wrapped.text.at == '{';
			}
			wrapped.text = from(wrapped.text, at);
		}
	}
	return false;
}

bool fps_unknownprefix_has_entries(struct fps_span text)
{
	struct fps_span line;

	while (fps_span_next(&text, "\n", &line)) {
		if (fps_unknownprefix_has_entry(line)) {
			return true;
		}
	}
	return false;
}

size_t fps_unknownprefix_find(struct fps_span text)
{
	size_t at = find(text);

	return at && fps_unknownprefix_has_entry(from(text, at)) ? at : 0;
}

/* `nginx.log` of grep's `nginx.log:12:`, or `nginx.log-12-` for a line near a match. */
static struct fps_span without_line(struct fps_span word)
{
	size_t len = word.len;
	int sign = len ? (unsigned char) word.at[len - 1] : '\0';

	if (sign != ':' && sign != '-') {
		return word;
	}
	word.len = --len;
	while (len && word.at[len - 1] >= '0' && word.at[len - 1] <= '9') {
		len--;
	}
	if (len && len < word.len && word.at[len - 1] == sign) {
		word.len = len - 1;
	}
	return word;
}

/* `key17`: what a queue numbers an object with is nobody's name. */
static bool is_key(const struct fps_wrappedline *wrapped, struct fps_span prefix)
{
	const char *behind = prefix.at + prefix.len;
	bool has_digit = false;

	for (size_t i = 0; i + 1 < prefix.len; i++) {
		if (strchr(" \t|:=", prefix.at[i])) {
			return false;
		}
		has_digit = has_digit || (prefix.at[i] >= '0' && prefix.at[i] <= '9');
	}
	return has_digit && wrapped->text.at + wrapped->text.len > behind && *behind == '{';
}

void fps_unknownprefix_name(struct fps_wrappedline *wrapped, struct fps_span prefix)
{
	if (is_key(wrapped, prefix)) {
		return;
	}
	struct fps_span names[2] = {{NULL, 0}, {NULL, 0}}, between;
	size_t from = 0;
	bool in_tag = false; /* of HTML */

	for (size_t i = 0; i <= prefix.len; i++) {
		if (i < prefix.len && strchr(" \t|[]()<>\"'=,`", prefix.at[i]) == NULL) {
			continue;
		}
		struct fps_span word = {prefix.at + from, i - from};

		in_tag = (in_tag && !(from && prefix.at[from - 1] == '>')) || (from && prefix.at[from - 1] == '<');
		from = i + 1;
		if (in_tag) {
			continue;
		}
		word = without_line(word);
		if (word.len && (word.at[0] | 32) >= 'a' && (word.at[0] | 32) <= 'z' && !memchr(word.at, ':', word.len)
			&& !memchr(word.at, '/', word.len)) {
			names[0] = names[1];
			names[1] = word;
		}
	}
	if (names[0].len && memchr(names[0].at, '-', names[0].len)) {
		between = (struct fps_span) {names[0].at + names[0].len, (size_t) (names[1].at - names[0].at) - names[0].len};
		fps_span_skip_all(&between, " \t");
		if (between.len == 0) {
			fps_wrappedline_set(wrapped, FPS_LABEL_POD, names[0]);
		}
	}
	if (names[1].len) {
		fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, names[1]);
	}
}
