/* Reads Apache's configuration (server/config.c, server/core.c, mod_proxy.c) and finds where it leads. */
#include "config/apacheconf.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/trusted.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far more than any server has; bounds the work on broken input. */
enum { MAX_DIRECTIVES = 200000, MAX_FILES = 2000, MAX_DEPTH = 40 };

static const char *const usual[] = {"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf",
	"/usr/local/apache2/conf/httpd.conf", "/etc/apache2/httpd.conf"};

/* Modules that every httpd has; more may be compiled in, which nothing shows. */
static const char always[] = "core so http log_config logio version unixd watchdog";

struct opened {
	const char *name;
	struct fps_span rest;
	unsigned line;
	unsigned depth;
};

struct reading {
	struct fps_apacheconf *conf;
	struct fps_directive *block;
	struct opened *stack;
	size_t count;
	uid_t owner; /* owner of the main file, trusted like root */
	char *root;  /* ServerRoot */
	char **modules, **defined;
	size_t module_count, defined_count;
	unsigned skipped; /* how many sections are open within a skipped one, that one included */
};

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Whether the line end is escaped by a backslash. */
static bool is_joint(struct fps_span text)
{
	return fps_span_begins(text, "\\\n") || fps_span_begins(text, "\\\r\n");
}

/* A line, joined with the next ones while it ends in a backslash. */
static struct fps_span take_line(struct opened *from)
{
	struct fps_span line = {from->rest.at, 0}, piece;

	while (fps_span_next(&from->rest, "\n", &piece)) {
		size_t len = piece.len - (piece.len && piece.at[piece.len - 1] == '\r');

		from->line++;
		line.len = (size_t) (piece.at + piece.len - line.at);
		if (len == 0 || piece.at[len - 1] != '\\') {
			break;
		}
	}
	return line;
}

/* The value of ${NAME}, set by Define; NULL: not known. */
static const char *defined_as(const struct reading *reading, struct fps_span name)
{
	for (size_t i = reading->defined_count; i > 0; i--) {
		const char *value = reading->defined[i - 1];

		if (strlen(value) > name.len && memcmp(value, name.at, name.len) == 0 && value[name.len] == '=') {
			return value + name.len + 1;
		}
	}
	return NULL;
}

/* A word with its variables expanded; the caller frees it. */
static char *expanded(const struct reading *reading, struct fps_span word)
{
	char *text = fps_alloc_copy(FPS_SPAN(""), 0);
	struct fps_span before, name;

	while (fps_span_take(&word, "${", &before)) {
		struct fps_span rest = word;
		const char *value = fps_span_take(&rest, "}", &name) ? defined_as(reading, name) : NULL;

		fps_alloc_append(&text, "%.*s%s", FPS_SPAN_ARGS(before), value ? value : "${");
		word = value ? rest : word;
	}
	fps_alloc_append(&text, "%.*s", FPS_SPAN_ARGS(word));
	return text;
}

/* Takes a word off the front, which may be quoted; keeps backslashes in quotes with the character after them. */
static bool take_word(struct fps_span *line, struct fps_span *word)
{
	char quote;

	while (line->len && (is_blank(*line->at) || is_joint(*line))) {
		line->at++;
		line->len--;
	}
	if (line->len == 0) {
		return false;
	}
	quote = *line->at;
	if (quote != '"' && quote != '\'') {
		quote = '\0';
	}
	line->at += quote != '\0';
	line->len -= quote != '\0';
	*word = (struct fps_span) {line->at, 0};
	while (word->len < line->len && (quote ? word->at[word->len] != quote : !is_blank(word->at[word->len]))) {
		word->len += quote && word->at[word->len] == '\\' && word->len + 1 < line->len ? 2 : 1;
	}
	line->at += word->len + (quote && word->len < line->len);
	line->len -= word->len + (quote && word->len < line->len);
	return true;
}

static struct fps_directive *append(struct reading *reading, struct fps_span line, unsigned number)
{
	struct fps_directive *directive = fps_alloc(1, sizeof(*directive)), *block = reading->block;
	struct fps_span word;

	*directive = (struct fps_directive) {
		.file = reading->stack[reading->count - 1].name, .line = number, .source = line, .parent = block};
	while (take_word(&line, &word)) {
		FPS_ALLOC_APPEND(directive->words, directive->count) = expanded(reading, word);
	}
	FPS_ALLOC_APPEND(directive->words, directive->count) = NULL; /* they end the word */
	directive->count--;
	*(block->last ? &block->last->next : &block->children) = directive;
	block->last = directive;
	reading->conf->tree.directives++;
	return directive;
}

/* Makes "proxy_fcgi" of "mod_proxy_fcgi.c" and "proxy_fcgi_module". */
static struct fps_span module_of(const char *name)
{
	struct fps_span module = fps_span_of(name);
	static const char *const ends[] = {".c", "_module"};

	fps_span_skip(&module, "mod_");
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(ends[i]);

		if (module.len > len && memcmp(module.at + module.len - len, ends[i], len) == 0) {
			module.len -= len;
		}
	}
	return module;
}

static bool is_loaded(const struct reading *reading, const char *name)
{
	struct fps_span module = module_of(name);
	bool found = fps_span_is_among(module, always);

	for (size_t i = 0; i < reading->module_count && !found; i++) {
		found = fps_span_is(module, reading->modules[i]);
	}
	return found;
}

/* Whether the content of the section applies. */
static bool is_true(const struct reading *reading, const struct fps_directive *section)
{
	const char *name = fps_nginxconf_word(section, 1);
	bool negated = *name == '!', holds = true;

	name += negated;
	if (strcasecmp(section->words[0], "IfModule") == 0) {
		holds = is_loaded(reading, name);
	} else if (strcasecmp(section->words[0], "IfDefine") == 0) {
		holds = defined_as(reading, fps_span_of(name)) != NULL;
	} else if (strcasecmp(section->words[0], "IfFile") == 0) {
		holds = access(name, F_OK) == 0;
	}
	return holds != negated;
}

static bool is_condition(const struct fps_directive *section)
{
	return fps_span_is_among(
		fps_span_of(section->words[0]), "IfModule IfDefine IfFile IfVersion IfDirective IfSection");
}

static void take_out(struct fps_directive *directive)
{
	struct fps_directive *block = directive->parent, *before = block->children;

	while (before != directive && before->next != directive) {
		before = before->next;
	}
	block->last = before == directive ? NULL : before;
	*(before == directive ? &block->children : &before->next) = NULL;
	fps_alloc_free_all(directive->words, directive->count);
	free(directive);
}

/* "<Name words>" */
static void open_section(struct reading *reading, struct fps_span line, unsigned number)
{
	struct fps_span words = line;
	struct fps_directive *section;

	fps_span_skip(&words, "<");
	for (words.len -= words.len > 0; words.len && is_blank(words.at[words.len - 1]); words.len--) {
	}
	if (reading->skipped) {
		reading->skipped++;
		return;
	}
	section = append(reading, words, number);
	section->source = line;
	section->block = true;
	if (section->count == 0 || !is_condition(section)) {
		reading->block = section;
		return;
	}
	reading->skipped = is_true(reading, section) ? 0 : 1;
	take_out(section);
}

/* Conditions that hold are not nodes of the tree. */
static void close_section(struct reading *reading, struct fps_span line)
{
	struct fps_span name = line;

	fps_span_skip(&name, "</");
	name.len -= name.len > 0;
	if (reading->skipped) {
		reading->skipped--;
	} else if (reading->block->parent && reading->block->count
		&& strncasecmp(reading->block->words[0], name.at, strlen(reading->block->words[0])) == 0) {
		reading->block = reading->block->parent;
	}
}

static bool push(struct reading *reading, const char *name, char *text, size_t len)
{
	struct fps_nginxconf *tree = &reading->conf->tree;
	unsigned depth = reading->count ? reading->stack[reading->count - 1].depth + 1 : 0;

	FPS_ALLOC_APPEND(reading->conf->texts, reading->conf->text_count) = text;
	if (depth > MAX_DEPTH || tree->file_count >= MAX_FILES) {
		return false;
	}
	FPS_ALLOC_APPEND(tree->files, tree->file_count) =
		(struct fps_nginxconf_file) {.name = fps_alloc_format("%s", name), .text = {text, len}};
	FPS_ALLOC_APPEND(reading->stack, reading->count) =
		(struct opened) {tree->files[tree->file_count - 1].name, {text, len}, 0, depth};
	return true;
}

static void push_trusted(struct reading *reading, const char *name)
{
	size_t len;
	char *text = fps_trusted_read(name, reading->owner, &len);

	if (text) {
		push(reading, name, text, len);
	}
}

/* A pattern, or a folder, of which every file is read. */
static void include(struct reading *reading, const char *name)
{
	char *path = *name == '/' ? fps_alloc_format("%s", name) : fps_alloc_format("%s/%s", reading->root, name);
	struct stat status;
	glob_t found;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		fps_alloc_append(&path, "/*");
	}
	if (glob(path, 0, NULL, &found) == 0) {           /* NOLINT(concurrency-mt-unsafe): no threads */
		for (size_t i = found.gl_pathc; i > 0; i--) { /* pushed last to first, so that the first is on top */
			push_trusted(reading, found.gl_pathv[i - 1]);
		}
		globfree(&found);
	}
	free(path);
}

/* Handles directives that decide how the rest is read. */
static void obey(struct reading *reading, const struct fps_directive *directive)
{
	const char *name = fps_nginxconf_word(directive, 0), *word = fps_nginxconf_word(directive, 1);

	if (*word && (strcasecmp(name, "Include") == 0 || strcasecmp(name, "IncludeOptional") == 0)) {
		include(reading, word);
	} else if (strcasecmp(name, "LoadModule") == 0) {
		FPS_ALLOC_APPEND(reading->modules, reading->module_count) = fps_alloc_copy(module_of(word), 0);
	} else if (strcasecmp(name, "Define") == 0) {
		FPS_ALLOC_APPEND(reading->defined, reading->defined_count) =
			fps_alloc_format("%s=%s", word, fps_nginxconf_word(directive, 2));
	} else if (strcasecmp(name, "ServerRoot") == 0 && *word == '/') {
		free(reading->root);
		reading->root = fps_alloc_format("%s", word);
	}
}

static void read_line(struct reading *reading)
{
	struct opened *from = &reading->stack[reading->count - 1];
	unsigned number = from->line + 1;
	struct fps_span line = take_line(from);

	while (line.len && is_blank(*line.at)) {
		line.at++;
		line.len--;
	}
	while (line.len && is_blank(line.at[line.len - 1])) {
		line.len--;
	}
	if (line.len == 0 || *line.at == '#') {
		return;
	}
	if (fps_span_begins(line, "</")) {
		close_section(reading, line);
	} else if (*line.at == '<') {
		open_section(reading, line, number);
	} else if (!reading->skipped) {
		obey(reading, append(reading, line, number));
	}
}

/* The owner of the text, and the user whom it makes trusted. NULL and errno: it can't be read. */
static char *read_main(const char *file, bool named, uid_t *owner, size_t *len)
{
	struct stat status;

	*owner = named && stat(file, &status) == 0 ? status.st_uid : 0;
	return named ? fps_readfile(file, len) : fps_trusted_read(file, 0, len);
}

static const char *usual_file(void)
{
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (access(usual[i], F_OK) == 0) {
			return usual[i];
		}
	}
	return NULL;
}

bool fps_apacheconf_load(struct fps_apacheconf *conf, const char *file)
{
	const char *name = file ? file : usual_file();
	struct reading reading = {.conf = conf, .block = &conf->tree.root};
	char *path = name ? realpath(name, NULL) : NULL;
	size_t len;
	char *text = path ? read_main(path, file != NULL, &reading.owner, &len) : NULL;

	if (text == NULL) {
		if (name) {
			conf->tree.error = fps_alloc_format("%s: %s", name, strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
		}
		free(path);
		return false;
	}
	reading.root = fps_alloc_folder(path);
	push(&reading, path, text, len);
	while (reading.count && conf->tree.directives < MAX_DIRECTIVES) {
		if (reading.stack[reading.count - 1].rest.len == 0) {
			reading.count--;
		} else {
			read_line(&reading);
		}
	}
	fps_alloc_free_all(reading.modules, reading.module_count);
	fps_alloc_free_all(reading.defined, reading.defined_count);
	free(reading.stack);
	free(reading.root);
	free(path);
	return true;
}

void fps_apacheconf_free(struct fps_apacheconf *conf)
{
	fps_nginxconf_free(&conf->tree);
	fps_alloc_free_all(conf->texts, conf->text_count);
	*conf = (struct fps_apacheconf) {.text_count = 0};
}
