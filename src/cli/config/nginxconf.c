/* Reads nginx's configuration into a tree. */
#include "config/nginxconf.h"

#include "base/alloc.h"
#include "config/nginxtoken.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Far more than any nginx has; bounds the work on broken input. */
enum { MAX_DIRECTIVES = 200000, MAX_INCLUDES = 20, MAX_VALUES = 300 };

static const char marker[] = "# configuration file ";

/* Finds the next line that begins a file, the file's name, and whether the line ends in CRLF. */
static bool next_file(struct fps_span *text, struct fps_span *name, bool *returns, const char **line)
{
	struct fps_span one;

	while (*line = text->at, fps_span_next(text, "\n", &one)) {
		*returns = one.len && one.at[one.len - 1] == '\r'; /* docker exec -t adds it */
		one.len -= *returns;
		if (fps_span_skip(&one, marker) && one.len > 1 && one.at[one.len - 1] == ':') {
			*name = (struct fps_span) {one.at, one.len - 1};
			return true;
		}
	}
	return false;
}

bool fps_nginxconf_is_dump(struct fps_span text)
{
	struct fps_span name;
	const char *line;
	bool returns;

	return next_file(&text, &name, &returns, &line);
}

static void split(struct fps_nginxconf *conf, struct fps_span text)
{
	struct fps_span name;
	const char *line;
	bool returns;

	for (bool more = next_file(&text, &name, &returns, &line); more;) {
		struct fps_nginxconf_file file = {fps_alloc_copy(name, 0), {text.at, 0}, returns};

		more = next_file(&text, &name, &returns, &line);
		file.text.len = (size_t) ((more ? line : text.at) - file.text.at);
		FPS_ALLOC_APPEND(conf->files, conf->file_count) = file;
	}
}

static bool fail(struct fps_nginxconf *conf, const char *file, unsigned line, const char *what)
{
	if (conf->error == NULL) {
		conf->error = fps_alloc_format("%s:%u: %s", file, line, what);
	}
	return false;
}

static struct fps_directive *append(struct fps_directive *block, struct fps_nginxwords *words, const char *file)
{
	struct fps_directive *directive = fps_alloc(1, sizeof(*directive));

	*directive = (struct fps_directive) {
		.words = words->words, .count = words->count, .file = file, .line = words->line, .parent = block};
	*words = (struct fps_nginxwords) {0};
	*(block->last ? &block->last->next : &block->children) = directive;
	block->last = directive;
	return directive;
}

/* Blocks that contain data: names and values that are not directives, and sometimes a million of them. */
static bool is_table(const char *name)
{
	return fps_span_is_among(fps_span_of(name), "map geo types split_clients charset_map match");
}

static bool is_lua(const char *name)
{
	static const char end[] = "_by_lua_block";
	size_t len = strlen(name);

	return len >= sizeof(end) && strcmp(name + len - (sizeof(end) - 1), end) == 0;
}

/* A file on the stack: to be read, or being read. */
struct opened {
	const struct fps_nginxconf_file *file;
	struct fps_nginxtoken token;
	struct fps_directive *block; /* the open block, which must be the outer one again at the end of the file */
	struct fps_directive *outer;
	unsigned depth;
};

struct reading {
	struct fps_nginxconf *conf;
	struct opened *stack;
	size_t count, files; /* how many files were read; a file included twice counts twice */
};

static bool push(
	struct reading *reading, const struct fps_nginxconf_file *file, struct fps_directive *block, unsigned depth)
{
	if (depth > MAX_INCLUDES || ++reading->files > MAX_DIRECTIVES) {
		return fail(reading->conf, file->name, 1, "files that include files, too deep");
	}
	FPS_ALLOC_APPEND(reading->stack, reading->count) =
		(struct opened) {file, {.rest = file->text, .line = 1}, block, block, depth};
	return true;
}

/* Relative names are relative to the folder of the main file. */
static bool include(struct reading *reading, const struct fps_directive *directive)
{
	struct fps_nginxconf *conf = reading->conf;
	const struct opened from = reading->stack[reading->count - 1];
	const char *name = fps_nginxconf_word(directive, 1), *main_file = conf->files[0].name,
			   *slash = strrchr(main_file, '/');
	char *path = *name == '/' || slash == NULL
		? fps_alloc_format("%s", name)
		: fps_alloc_format("%.*s/%s", (int) (slash - main_file), main_file, name);
	bool good = true, found = strpbrk(name, "*?[") != NULL; /* a pattern may match nothing */

	for (size_t i = conf->file_count; good && i > 0; i--) { /* the first one on top of the stack */
		if (fnmatch(path, conf->files[i - 1].name, FNM_PATHNAME | FNM_PERIOD) == 0) {
			found = true;
			good = push(reading, &conf->files[i - 1], from.block, from.depth + 1);
		}
	}
	if (good && !found) {
		char *what = fps_alloc_format(
			"includes %.200s, which is not part of the input; is the nginx -T output truncated?", path);

		good = fail(conf, directive->file, directive->line, what);
		free(what);
	}
	free(path);
	return good;
}

/*
 * Of data, keeps only lines with a value that no earlier line has: a geo of a million networks has as many as there are
 * countries.
 */
static bool is_kept(const struct fps_directive *table, const struct fps_nginxwords *words)
{
	size_t count = 0;

	for (const struct fps_directive *line = table->children; line; line = line->next) {
		if (++count == MAX_VALUES || (words->count > 1 && strcmp(fps_nginxconf_word(line, 1), words->words[1]) == 0)) {
			return false;
		}
	}
	return fps_nginxconf_has_values(table);
}

static bool read_line(struct reading *reading, struct opened *from, struct fps_nginxwords *words, bool opened)
{
	bool good = !opened || fail(reading->conf, from->file->name, from->token.line, "unexpected \"{\"");

	if (good && strcmp(words->words[0], "include") == 0) {
		return include(reading, append(from->block, words, from->file->name));
	}
	if (good && is_kept(from->block, words)) {
		append(from->block, words, from->file->name);
	}
	fps_nginxtoken_free(words);
	return good;
}

/* Ends the directive whose words have been read, or opens its block. */
static bool read_directive(struct reading *reading, struct opened *from, struct fps_nginxwords *words, bool opened)
{
	if (is_table(fps_nginxconf_word(from->block, 0))) {
		return read_line(reading, from, words, opened);
	}
	struct fps_nginxconf *conf = reading->conf;
	const char *at = words->at;
	struct fps_directive *directive = append(from->block, words, from->file->name);
	const char *name = fps_nginxconf_word(directive, 0);

	directive->source = (struct fps_span) {at, (size_t) (from->token.rest.at - at)};
	directive->block = opened;
	if (++conf->directives > MAX_DIRECTIVES) {
		return fail(conf, directive->file, directive->line,
			"more directives than any configuration has: do files include themselves?");
	}
	if (!opened) {
		return strcmp(name, "include") != 0 || include(reading, directive);
	}
	if (is_lua(name)) {
		return fps_nginxtoken_skip_lua(&from->token)
			|| fail(conf, directive->file, from->token.line, from->token.error);
	}
	from->block = directive;
	return true;
}

/* The next words of the file on top of the stack; pops it at its end. */
static bool read_next(struct reading *reading)
{
	struct opened *from = &reading->stack[reading->count - 1];
	struct fps_nginxwords words;
	enum fps_nginx_end end = fps_nginxtoken_next(&from->token, &words);

	if (end == FPS_NGINX_SEMICOLON || end == FPS_NGINX_OPEN) {
		return read_directive(reading, from, &words, end == FPS_NGINX_OPEN);
	}
	fps_nginxtoken_free(&words);
	if (end == FPS_NGINX_BROKEN) {
		return fail(reading->conf, from->file->name, from->token.line, from->token.error);
	}
	if (end == FPS_NGINX_CLOSE && from->block == from->outer) {
		return fail(reading->conf, from->file->name, from->token.line, "unexpected \"}\": no block is open");
	}
	if (end == FPS_NGINX_CLOSE) {
		from->block = from->block->parent;
		return true;
	}
	if (from->block != from->outer) {
		return fail(reading->conf, from->file->name, from->block->line, "this block has no closing \"}\"");
	}
	reading->count--;
	return true;
}

bool fps_nginxconf_parse(struct fps_nginxconf *conf, struct fps_span text)
{
	struct reading reading = {.conf = conf};

	split(conf, text);
	if (conf->file_count == 0) {
		conf->error = fps_alloc_format("no line \"%sNAME:\": this is not what nginx -T prints", marker);
		return false;
	}
	bool good = push(&reading, &conf->files[0], &conf->root, 0);

	while (good && reading.count) {
		good = read_next(&reading);
	}
	free(reading.stack);
	return good;
}

void fps_nginxconf_free(struct fps_nginxconf *conf)
{
	struct fps_directive *at = &conf->root;

	while (at != &conf->root || at->children) { /* without recursion: leaves first */
		struct fps_directive *child = at->children, *parent = at->parent;

		if (child) {
			at->children = child->next;
			at = child;
			continue;
		}
		struct fps_nginxwords words = {.words = at->words, .count = at->count};

		fps_nginxtoken_free(&words);
		free(at);
		at = parent;
	}
	for (size_t i = 0; i < conf->file_count; i++) {
		free(conf->files[i].name);
	}
	free(conf->files);
	free(conf->text);
	free(conf->error);
	*conf = (struct fps_nginxconf) {0};
}

const struct fps_directive *fps_nginxconf_next(const struct fps_directive *at, const struct fps_directive *root)
{
	if (at->children) {
		return at->children;
	}
	while (at != root && at->next == NULL) {
		at = at->parent;
	}
	return at == root ? NULL : at->next;
}

bool fps_nginxconf_has_values(const struct fps_directive *block)
{
	return fps_span_is_among(fps_span_of(fps_nginxconf_word(block, 0)), "map geo split_clients");
}

const struct fps_directive *fps_nginxconf_find(
	const struct fps_directive *block, const char *name, const struct fps_directive *after)
{
	const struct fps_directive *directive = after ? after->next : block->children;

	while (directive && strcmp(fps_nginxconf_word(directive, 0), name) != 0) {
		directive = directive->next;
	}
	return directive;
}

const char *fps_nginxconf_word(const struct fps_directive *directive, size_t n)
{
	return n < directive->count ? directive->words[n] : "";
}
