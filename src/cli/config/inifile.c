/* Reads files in the format of php.ini. */
#include "config/inifile.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static struct fps_span trim(struct fps_span text)
{
	fps_span_skip_all(&text, " \t");
	while (text.len && strchr(" \t\r", text.at[text.len - 1])) {
		text.len--;
	}
	return text;
}

/* Removes the quotes, or the comment after the value. */
static struct fps_span value_of(struct fps_span text)
{
	text = trim(text);
	if (text.len > 1 && (*text.at == '"' || *text.at == '\'')) {
		const char *end = memchr(text.at + 1, *text.at, text.len - 1);

		if (end) {
			return (struct fps_span) {text.at + 1, (size_t) (end - text.at - 1)};
		}
	}
	const char *comment = text.len ? memchr(text.at, ';', text.len) : NULL;

	return comment ? trim((struct fps_span) {text.at, (size_t) (comment - text.at)}) : text;
}

bool fps_inifile_next(struct fps_span *text, unsigned *line, struct fps_inifile_line *said)
{
	struct fps_span one;

	while (fps_span_next(text, "\n", &one)) {
		++*line;
		one = trim(one);
		*said = (struct fps_inifile_line) {.section = {NULL, 0}};
		if (fps_span_skip(&one, "[")) {
			if (fps_span_take(&one, "]", &said->section)) {
				return true;
			}
		} else if (one.len && *one.at != ';' && *one.at != '#' && fps_span_take(&one, "=", &said->name)) {
			said->name = trim(said->name);
			said->value = value_of(one);
			return true;
		}
	}
	return false;
}
