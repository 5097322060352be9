/* Splits nginx's configuration into words. */
#include "config/nginxtoken.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* More than nginx itself takes: its buffer for one word has 4,096 bytes. */
enum { MAX_WORDS = 65536 };

static char advance(struct fps_nginxtoken *token)
{
	char byte = *token->rest.at++;

	token->rest.len--;
	token->line += byte == '\n';
	return byte;
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void skip_space(struct fps_nginxtoken *token)
{
	bool comment = false;

	while (token->rest.len && (comment || is_space(*token->rest.at) || *token->rest.at == '#')) {
		char byte = advance(token);

		comment = byte == '#' || (comment && byte != '\n');
	}
}

/* Like nginx, keeps the backslash before any other character. */
static char *unescape(struct fps_span text)
{
	static const char from[] = "\"'\\trn", to[] = "\"'\\\t\r\n";
	char *copy = fps_alloc_copy(text, 0), *out = copy;

	for (size_t i = 0; i < text.len; i++) {
		const char *escaped =
			text.at[i] == '\\' && i + 1 < text.len && text.at[i + 1] ? strchr(from, text.at[i + 1]) : NULL;

		if (escaped) {
			*out++ = to[escaped - from];
			i++;
		} else {
			*out++ = text.at[i];
			if (out[-1] == '\0') {
				out[-1] = '?';
			}
		}
	}
	*out = '\0';
	return copy;
}

static void add(struct fps_nginxwords *words, struct fps_span text, unsigned line)
{
	if (words->count == 0) {
		words->line = line;
	}
	if ((words->count & (words->count + 1)) == 0) {
		words->words = fps_alloc_resize(words->words, (words->count + 1) * 2, sizeof(char *));
	}
	words->words[words->count++] = unescape(text);
	words->words[words->count] = NULL;
}

/* Reads a word in quotes; the opening quote has not been taken yet. */
static bool quoted(struct fps_nginxtoken *token, struct fps_nginxwords *words)
{
	unsigned line = token->line;
	char quote = advance(token);
	const char *from = token->rest.at;

	while (token->rest.len && *token->rest.at != quote) {
		if (advance(token) == '\\' && token->rest.len) {
			advance(token);
		}
	}
	if (token->rest.len == 0) {
		token->error = "a quote is opened here and never closed";
		token->line = line;
		return false;
	}
	add(words, (struct fps_span) {from, (size_t) (token->rest.at - from)}, line);
	advance(token);
	if (token->rest.len && !is_space(*token->rest.at) && strchr(";{)", *token->rest.at) == NULL) {
		token->error = "something follows right behind a closing quote";
		return false;
	}
	return true;
}

static void plain(struct fps_nginxtoken *token, struct fps_nginxwords *words)
{
	unsigned line = token->line;
	const char *from = token->rest.at;
	char before = '\0';

	/* a `{` after `$` is part of a variable's name */
	while (token->rest.len && !is_space(*token->rest.at) && *token->rest.at != ';'
		&& (*token->rest.at != '{' || before == '$')) {
		before = advance(token);
		if (before == '\\' && token->rest.len) {
			advance(token);
		}
	}
	add(words, (struct fps_span) {from, (size_t) (token->rest.at - from)}, line);
}

/* Frees words left over at the end of a file. */
static enum fps_nginx_end at_end(struct fps_nginxtoken *token, const struct fps_nginxwords *words)
{
	if (words->count) {
		token->line = words->line;
		token->error = "the file ends in the middle of this directive, without \";\"";
		return FPS_NGINX_BROKEN;
	}
	return FPS_NGINX_EOF;
}

static enum fps_nginx_end broken(struct fps_nginxtoken *token, const char *why)
{
	token->error = why;
	return FPS_NGINX_BROKEN;
}

/* A `;` or a `{` ends the words. */
static enum fps_nginx_end ended(struct fps_nginxtoken *token, const struct fps_nginxwords *words)
{
	bool is_semicolon = *token->rest.at == ';';

	if (words->count == 0) {
		return broken(token, is_semicolon ? "unexpected \";\"" : "unexpected \"{\"");
	}
	advance(token);
	return is_semicolon ? FPS_NGINX_SEMICOLON : FPS_NGINX_OPEN;
}

/* A `}` stands alone. */
static enum fps_nginx_end closed(struct fps_nginxtoken *token, struct fps_nginxwords *words)
{
	if (words->count > 0) {
		return broken(token, "unexpected \"}\": the directive before it has no \";\"");
	}
	words->line = token->line;
	advance(token);
	return FPS_NGINX_CLOSE;
}

/* Takes one word; false if it is malformed. */
static bool word(struct fps_nginxtoken *token, struct fps_nginxwords *words)
{
	if (words->count == MAX_WORDS) {
		token->error = "too many words in one directive";
		return false;
	}
	if (*token->rest.at == '"' || *token->rest.at == '\'') {
		return quoted(token, words);
	}
	plain(token, words);
	return true;
}

enum fps_nginx_end fps_nginxtoken_next(struct fps_nginxtoken *token, struct fps_nginxwords *words)
{
	*words = (struct fps_nginxwords) {0};
	for (skip_space(token); token->rest.len; skip_space(token)) {
		switch (*token->rest.at) {
			case ';':
			case '{': return ended(token, words);
			case '}': return closed(token, words);
			default:
				words->at = words->count ? words->at : token->rest.at;
				if (!word(token, words)) {
					return FPS_NGINX_BROKEN;
				}
		}
	}
	return at_end(token, words);
}

/* The length of the closing bracket that "[[" or "[==[" needs; 0 if neither is there. */
static size_t long_bracket(struct fps_span text)
{
	size_t level = 1;

	while (level < text.len && text.at[level] == '=') {
		level++;
	}
	return text.len > level && text.at[0] == '[' && text.at[level] == '[' ? level + 1 : 0;
}

/* Skips a long string or comment of Lua; its first bracket has not been taken yet. */
static void skip_long(struct fps_nginxtoken *token, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		advance(token);
	}
	for (; token->rest.len; advance(token)) {
		size_t i = 0;

		while (i < len && i < token->rest.len && token->rest.at[i] == (i == 0 || i + 1 == len ? ']' : '=')) {
			i++;
		}
		if (i == len) {
			break;
		}
	}
	for (size_t i = 0; i < len && token->rest.len; i++) {
		advance(token);
	}
}

/* Skips a string of Lua; its opening quote has been taken. */
static void skip_string(struct fps_nginxtoken *token, char quote)
{
	while (token->rest.len) {
		char byte = advance(token);

		if (byte == quote) {
			return;
		}
		if (byte == '\\' && token->rest.len) {
			advance(token);
		}
	}
}

/* Skips a comment of Lua; its "--" has been taken. */
static void skip_comment(struct fps_nginxtoken *token)
{
	size_t bracket = long_bracket(token->rest);

	if (bracket) {
		skip_long(token, bracket);
		return;
	}
	while (token->rest.len && *token->rest.at != '\n') {
		advance(token);
	}
}

bool fps_nginxtoken_skip_lua(struct fps_nginxtoken *token)
{
	unsigned line = token->line, depth = 1;

	while (token->rest.len && depth > 0) {
		size_t bracket = long_bracket(token->rest);

		if (bracket) {
			skip_long(token, bracket);
			continue;
		}
		char byte = advance(token);

		if (byte == '-' && fps_span_skip(&token->rest, "-")) {
			skip_comment(token);
		} else if (byte == '"' || byte == '\'') {
			skip_string(token, byte);
		} else if (byte == '{') {
			depth++;
		} else if (byte == '}') {
			depth--;
		}
	}
	if (depth > 0) {
		token->line = line;
		token->error = "a block of Lua is opened here and never closed";
	}
	return depth == 0;
}

void fps_nginxtoken_free(struct fps_nginxwords *words)
{
	for (size_t i = 0; i < words->count; i++) {
		free(words->words[i]);
	}
	free(words->words);
	*words = (struct fps_nginxwords) {0};
}
