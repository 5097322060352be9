/* Parses PHP's messages to the web server. */
#include "log/phpmessage.h"

#include <string.h>

/* main.c's names of the errors that end a request. */
static const char *const levels[] = {"Fatal error", "Parse error", "Recoverable fatal error", "Compile Error"};

/* The first words of a fatal error's text. */
static const struct {
	const char *words;
	enum fps_php_kind kind;
} texts[] = {
	{"Allowed memory size of ", FPS_PHP_MEMORY_LIMIT},
	{"Out of memory", FPS_PHP_OUT_OF_MEMORY},
	{"Maximum execution time of ", FPS_PHP_MAX_EXECUTION_TIME},
	{"Uncaught ", FPS_PHP_EXCEPTION},
};

#define START "PHP message: "

/* A line end, which Apache writes as two characters. */
static bool ends_line(struct fps_span before)
{
	return before.len == 0 || before.at[before.len - 1] == '\n'
		|| (before.len >= 2 && before.at[before.len - 2] == '\\' && before.at[before.len - 1] == 'n');
}

/*
 * Whether a message begins after that text. FPM puts the next one on a line of its own, after "; ", or (before PHP 7.4)
 * directly after the last one. A quoted message follows a blank or a quote.
 */
static bool begins_message(struct fps_span before)
{
	return ends_line(before) || (before.len >= 2 && memcmp(before.at + before.len - 2, "; ", 2) == 0)
		|| strchr(" \t\"'`([<:=", before.at[before.len - 1]) == NULL;
}

/* The position of the next message at or after `from`; the end of the text if there is none. */
static size_t next_message(struct fps_span said, size_t from)
{
	while (from < said.len) {
		const char *found = fps_span_find((struct fps_span) {said.at + from, said.len - from}, START);

		if (found == NULL) {
			return said.len;
		}
		from = (size_t) (found - said.at);
		if (begins_message((struct fps_span) {said.at, from})) {
			return from;
		}
		from++;
	}
	return said.len;
}

static enum fps_php_kind kind_of_text(struct fps_span text)
{
	while (fps_span_skip(&text, " ")) {
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (fps_span_begins(text, texts[i].words)) {
			return texts[i].kind;
		}
	}
	return FPS_PHP_FATAL;
}

/* Classifies one message, without its "PHP message: ". */
static enum fps_php_kind kind_of(struct fps_span message)
{
	bool is_error = fps_span_skip(&message, "PHP ");

	for (size_t i = 0; is_error && i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct fps_span text = message;

		if (fps_span_skip(&text, levels[i]) && fps_span_skip(&text, ": ")) {
			return strcmp(levels[i], "Parse error") == 0 ? FPS_PHP_PARSE : kind_of_text(text);
		}
	}
	return FPS_PHP_NONE;
}

enum fps_php_kind fps_phpmessage_fatal(struct fps_span said, struct fps_span *message)
{
	size_t end;

	for (size_t at = 0; at < said.len; at = end) {
		struct fps_span one;
		enum fps_php_kind kind;

		end = next_message(said, at + 1);
		one = (struct fps_span) {said.at + at, end - at};
		fps_span_skip(&one, START);
		kind = kind_of(one);
		if (kind != FPS_PHP_NONE) {
			if (message != NULL) {
				*message = one;
			}
			return kind;
		}
	}
	return FPS_PHP_NONE;
}

/* Takes a line off the front, with either line end. */
static struct fps_span take_line(struct fps_span *text)
{
	struct fps_span line = *text;
	const char *end = text->len ? memchr(text->at, '\n', text->len) : NULL, *escaped = fps_span_find(*text, "\\n");
	size_t skipped = 1;

	if (escaped != NULL && (end == NULL || escaped < end)) {
		end = escaped;
		skipped = 2;
	}
	line.len = end ? (size_t) (end - text->at) : text->len;
	skipped = end ? line.len + skipped : line.len;
	text->at += skipped;
	text->len -= skipped;
	return line;
}

struct fps_span fps_phpmessage_record(struct fps_span said)
{
	while (said.len) {
		struct fps_span line = take_line(&said), id;

		if (fps_span_begins(line, "fpmsentinel: ") && fps_span_take(&line, " (record ", &id)
			&& fps_span_take(&line, ")", &id) && id.len == 32 && strspn(id.at, "0123456789abcdef") == 32) {
			return id;
		}
	}
	return (struct fps_span) {NULL, 0};
}
