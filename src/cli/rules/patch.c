/* Turns the plan into changes of files. */
#include "rules/patch.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "rules/whatif.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONTEXT = 3 };

static char *real_name(const char *name)
{
	char *real = realpath(name, NULL);

	return real ? real : fps_alloc_format("%s", name);
}

static const struct fps_nginxconf_file *file_of(const struct fps_nginxconf *conf, const char *name)
{
	for (size_t i = 0; i < conf->file_count; i++) {
		if (strcmp(conf->files[i].name, name) == 0) {
			return &conf->files[i];
		}
	}
	return NULL;
}

static struct fps_patch_file *find_file(const struct fps_patch *patch, const char *real)
{
	for (size_t i = 0; i < patch->count; i++) {
		if (strcmp(patch->files[i].name, real) == 0) {
			return &patch->files[i];
		}
	}
	return NULL;
}

/* Returns the patch's file of that name, or adds this one if it has a text. Takes ownership of it. */
static struct fps_patch_file *take_file(struct fps_patch *patch, struct fps_patch_file file)
{
	struct fps_patch_file *found = find_file(patch, file.name);

	if (found || file.before.at == NULL) {
		free(file.name);
		free(file.text);
		return found;
	}
	FPS_ALLOC_APPEND(patch->files, patch->count) = file;
	return &patch->files[patch->count - 1];
}

/* Returns NULL if it cannot be read. */
static struct fps_patch_file *open_file(struct fps_patch *patch, const char *name)
{
	struct fps_patch_file file = {.name = real_name(name)};
	struct stat status;

	if (find_file(patch, file.name) == NULL && stat(file.name, &status) == 0 && S_ISREG(status.st_mode)) {
		file.text = fps_readfile(name, &file.before.len);
		file.before.at = file.text;
	}
	return take_file(patch, file);
}

/* For nginx's files, the text in the dump, which has an extra line end after it. Apache's are as they were read. */
static struct fps_patch_file *open_web(struct fps_patch *patch, const struct fps_server *server, const char *name)
{
	const struct fps_nginxconf_file *apache = file_of(&server->apache.tree, name), *nginx = NULL;
	struct fps_patch_file file = {.name = real_name(name)};

	if (apache) {
		file.before = apache->text;
	} else if ((nginx = file_of(&server->nginx, name)) != NULL) {
		file.before = nginx->text;
		file.returns = nginx->returns;
		file.before.len -= file.before.len && file.before.at[file.before.len - 1] == '\n';
		file.before.len -= nginx->returns && file.before.len && file.before.at[file.before.len - 1] == '\r';
	}
	return take_file(patch, file);
}

/* Inserts the edit in order, once. Takes ownership of the text. */
static void add_edit(struct fps_patch_file *file, size_t at, size_t len, char *text)
{
	size_t i = file->count;

	for (size_t n = 0; n < file->count; n++) {
		if (file->edits[n].at == at && file->edits[n].len == len && strcmp(file->edits[n].text, text) == 0) {
			free(text);
			return;
		}
	}
	FPS_ALLOC_APPEND(file->edits, file->count) = (struct fps_patch_edit) {at, len, text};
	for (; i > 0 && file->edits[i - 1].at > at; i--) {
		struct fps_patch_edit other = file->edits[i - 1];

		file->edits[i - 1] = file->edits[i];
		file->edits[i] = other;
	}
}

static size_t line_start(struct fps_span text, size_t at)
{
	while (at > 0 && text.at[at - 1] != '\n') {
		at--;
	}
	return at;
}

/* The end of the line, before its line end. */
static size_t line_end(struct fps_span text, size_t at)
{
	while (at < text.len && text.at[at] != '\n') {
		at++;
	}
	return at > 0 && at < text.len && text.at[at - 1] == '\r' ? at - 1 : at;
}

static size_t indent_of(struct fps_span text, size_t at)
{
	size_t count = 0;

	while (at + count < text.len && (text.at[at + count] == ' ' || text.at[at + count] == '\t')) {
		count++;
	}
	return count;
}

/* Whether only blanks and a comment follow. */
static bool is_free(struct fps_span text, size_t from, size_t to)
{
	from += indent_of(text, from);
	return from >= to || text.at[from] == '#';
}

/* The line end in use at that place. */
static const char *end_at(struct fps_span text, size_t stop)
{
	return stop < text.len && text.at[stop] == '\r' ? "\r\n" : "\n";
}

/* Keeps a directive that has a line of its own on its own line; otherwise puts it behind the other directive. */
static void insert_behind(struct fps_patch_file *file, const struct fps_directive *beside, const char *text)
{
	size_t end = (size_t) (beside->source.at - file->before.at) + beside->source.len;
	size_t start = line_start(file->before, end), stop = line_end(file->before, end);

	if (is_free(file->before, end, stop)) {
		add_edit(file, stop, 0,
			fps_alloc_format("%s%.*s%s%s", end_at(file->before, stop), (int) indent_of(file->before, start),
				file->before.at + start, beside->block ? "    " : "", text));
	} else {
		add_edit(file, end, 0, fps_alloc_format(" %s", text));
	}
}

static void replace(struct fps_patch_file *file, const struct fps_directive *directive, const char *text)
{
	add_edit(
		file, (size_t) (directive->source.at - file->before.at), directive->source.len, fps_alloc_format("%s", text));
}

/* The n-th line, counted from 1; false: there is none. */
static bool find_line(struct fps_span text, unsigned line, size_t *at)
{
	*at = 0;
	while (--line) {
		const char *end = memchr(text.at + *at, '\n', text.len - *at);

		if (end == NULL) {
			return false;
		}
		*at = (size_t) (end - text.at) + 1;
	}
	return true;
}

static void replace_line(struct fps_patch_file *file, unsigned line, const char *text)
{
	size_t at;

	if (file && find_line(file->before, line, &at)) {
		at += indent_of(file->before, at);
		add_edit(file, at, line_end(file->before, at) - at, fps_alloc_format("%s", text));
	}
}

static void insert_line(struct fps_patch_file *file, unsigned behind, const char *text)
{
	size_t at = 0;

	if (file && behind == 0) {
		add_edit(file, 0, 0, fps_alloc_format("%s%s", text, end_at(file->before, line_end(file->before, 0))));
	} else if (file && find_line(file->before, behind, &at)) {
		at = line_end(file->before, at);
		add_edit(file, at, 0, fps_alloc_format("%s%s", end_at(file->before, at), text));
	}
}

static void edit_nginx(struct fps_patch *patch, const struct fps_server *server, const struct fps_finding *finding,
	struct fps_span name, const char *text)
{
	const struct fps_directive *beside = finding->target.beside;
	const struct fps_directive *directive = finding->adds ? NULL : fps_whatif_directive(&finding->target, name);
	const struct fps_directive *at = directive && directive->source.at ? directive : beside;
	struct fps_patch_file *file = open_web(patch, server, at->file);

	if (file && at != beside) {
		replace(file, at, text);
	} else if (file) {
		insert_behind(file, beside, text);
	}
}

static void edit_ini(struct fps_patch *patch, const struct fps_server *server, const struct fps_finding *finding,
	struct fps_span name, const char *text)
{
	const struct fps_section *section = finding->target.section;
	const struct fps_setting *setting =
		fps_settinglist_named(section ? &section->settings : &server->ini.settings, name);

	if (setting && setting->file && setting->line) {
		replace_line(open_file(patch, setting->file), setting->line, text);
	} else if (section && section->file) {
		insert_line(open_file(patch, section->file), section->line, text);
	} else if (section == NULL) {
		insert_line(open_file(patch, fps_phpinfo_file(&server->ini)), 0, text);
	}
}

static void edit(struct fps_patch *patch, const struct fps_server *server, const struct fps_finding *finding)
{
	struct fps_span fix = fps_span_of(finding->fix), line;

	while (fps_span_next(&fix, "\n", &line)) {
		char *text = fps_alloc_copy(line, 0);
		struct fps_span name = {text, strcspn(text, " ")};

		if (finding->target.is_passed) {
			const struct fps_directive *param = fps_whatif_param(server, &finding->at);
			struct fps_patch_file *file = param ? open_web(patch, server, param->file) : NULL;

			if (file) {
				replace(file, param, text);
			}
		} else if (finding->target.kind == FPS_EFFECTIVE_NGINX) {
			edit_nginx(patch, server, finding, name, text);
		} else {
			edit_ini(patch, server, finding, name, text);
		}
		free(text);
	}
}

/* The length of the word that begins there, with its quotes. */
static size_t word_length(struct fps_span text)
{
	bool quoted = *text.at == '"' || *text.at == '\'';
	const char *end = quoted ? memchr(text.at + 1, *text.at, text.len - 1) : NULL;
	size_t len = 0;

	while (!quoted && len < text.len && text.at[len] > ' ') {
		len++;
	}
	return quoted ? end ? (size_t) (end + 1 - text.at) : text.len : len;
}

/* The last word that begins with the name and "=", within quotes or not; empty, and at the end: none. */
static struct fps_span word_in(struct fps_span source, struct fps_span name)
{
	struct fps_span found = {source.at + source.len, 0};

	for (size_t at = 0, len; at < source.len; at += len ? len : 1) {
		struct fps_span word = {source.at + at, 0}, inside;

		len = word_length((struct fps_span) {source.at + at, source.len - at});
		word.len = len;
		inside = word;
		fps_span_skip_all(&inside, "\"'");
		if (inside.len > name.len && strncasecmp(inside.at, name.at, name.len) == 0 && inside.at[name.len] == '=') {
			found = word;
		}
	}
	return found;
}

/* A section's source ends in '>'. */
static void edit_word(struct fps_patch *patch, const struct fps_server *server, const struct fps_finding *finding)
{
	const struct fps_directive *directive = finding->target.directive;
	struct fps_patch_file *file = open_web(patch, server, directive->file);
	struct fps_span source = directive->source, name = {finding->fix, strcspn(finding->fix, "=")};

	source.len -= directive->block;
	if (file && source.at) {
		struct fps_span word = word_in(source, name);

		add_edit(file, (size_t) (word.at - file->before.at), word.len,
			fps_alloc_format("%s%s", word.len ? "" : " ", finding->fix));
	}
}

/* The lines that edits change, from the first edit on, as they would be. `next` is the first edit behind them. */
struct change {
	size_t from, to; /* whole lines */
	size_t next;
	char *after;
};

static struct change change_at(const struct fps_patch_file *file, size_t first)
{
	struct fps_span text = file->before;
	struct change change = {line_start(text, file->edits[first].at), 0, first, NULL};
	size_t at = change.from;

	fps_alloc_append(&change.after, "%s", "");
	for (bool more = true; more;) {
		const struct fps_patch_edit *edit = &file->edits[change.next++];

		fps_alloc_append(&change.after, "%.*s%s", (int) (edit->at - at), text.at + at, edit->text);
		at = edit->at + edit->len;
		change.to = at;
		while (change.to < text.len && text.at[change.to++] != '\n') {
		}
		more = change.next < file->count && file->edits[change.next].at < change.to;
	}
	fps_alloc_append(&change.after, "%.*s", (int) (change.to - at), text.at + at);
	return change;
}

/* How many bytes of whole lines at the end are the same in both. */
static size_t same_lines(const char *one, size_t one_len, const char *other, size_t other_len)
{
	size_t same = 0, most = one_len < other_len ? one_len : other_len;

	for (size_t i = 1; i <= most && one[one_len - i] == other[other_len - i]; i++) {
		bool begins =
			(i == one_len || one[one_len - i - 1] == '\n') && (i == other_len || other[other_len - i - 1] == '\n');

		same = begins ? i : same;
	}
	return same;
}

/* Drops leading and trailing lines that do not change. */
static struct change trimmed(const struct fps_patch_file *file, struct change change)
{
	const char *before = file->before.at;
	size_t same = 0, len = strlen(change.after);

	for (size_t i = 0; i < len && change.from + i < change.to && change.after[i] == before[change.from + i]; i++) {
		same = change.after[i] == '\n' ? i + 1 : same;
	}
	memmove(change.after, change.after + same, len - same + 1);
	change.from += same;
	len -= same;
	same = same_lines(change.after, len, before + change.from, change.to - change.from);
	change.after[len - same] = '\0';
	change.to -= same;
	return change;
}

/* Whether the directive shares its line with others. If a line goes behind it, only those after it count. */
static bool is_shared(const struct fps_patch_file *file, const struct fps_directive *at, bool replaced)
{
	size_t from = (size_t) (at->source.at - file->before.at), to = from + at->source.len;
	size_t start = line_start(file->before, from), stop = line_end(file->before, to);

	return (replaced && start + indent_of(file->before, start) < from) || !is_free(file->before, to, stop);
}

/* The whole line, if it has several directives. */
static void widen(struct fps_patch *patch, const struct fps_server *server, struct fps_finding *finding)
{
	struct fps_span name = {finding->fix, strcspn(finding->fix, " ")};
	const struct fps_directive *at = finding->target.is_passed ? fps_whatif_param(server, &finding->at)
		: finding->adds                                        ? NULL
															   : fps_whatif_directive(&finding->target, name);

	bool replaced = at && at->source.at;

	at = replaced ? at : finding->target.beside;
	struct fps_patch_file *file = at ? open_web(patch, server, at->file) : NULL;

	for (size_t i = 0; file && is_shared(file, at, replaced) && i < file->count;) {
		struct change change = change_at(file, i);
		size_t from = (size_t) (at->source.at - file->before.at);

		if (from >= change.from && from < change.to) {
			free(finding->line.text);
			free(finding->line.in);
			finding->line.text = fps_alloc_copy((struct fps_span) {change.after, strcspn(change.after, "\r\n")}, 0);
			finding->line.in = fps_alloc_format("%s:%u, in place of that line", at->file, at->line);
		}
		i = change.next;
		free(change.after);
	}
}

void fps_patch_make(struct fps_patch *patch, const struct fps_server *server, const struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->all[i].sets || findings->all[i].adds) {
			edit(patch, server, &findings->all[i]);
		} else if (findings->all[i].words) {
			edit_word(patch, server, &findings->all[i]);
		}
	}
}

void fps_patch_place(struct fps_patch *patch, const struct fps_server *server, struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct fps_effective *target = &findings->all[i].target;

		if ((findings->all[i].sets || findings->all[i].adds)
			&& (target->kind == FPS_EFFECTIVE_NGINX || target->is_passed)) {
			widen(patch, server, &findings->all[i]);
		}
	}
}

/* Removes those that a terminal has added. */
static void without_returns(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] != '\r' || from[1] != '\n') {
			*to++ = *from;
		}
	}
	*to = '\0';
}

char *fps_patch_after(const struct fps_patch_file *file)
{
	char *text = NULL;
	size_t at = 0;

	fps_alloc_append(&text, "%s", "");
	for (size_t i = 0; i < file->count; i++) {
		const struct fps_patch_edit *edit = &file->edits[i];

		fps_alloc_append(&text, "%.*s%s", (int) (edit->at - at), file->before.at + at, edit->text);
		at = edit->at + edit->len;
	}
	fps_alloc_append(&text, "%.*s", (int) (file->before.len - at), file->before.at + at);
	if (file->returns) {
		without_returns(text);
	}
	return text;
}

static void print_lines(char **out, char sign, struct fps_span text, bool returns)
{
	while (text.len) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t len = end ? (size_t) (end - text.at) : text.len;
		size_t shown = len && returns && text.at[len - 1] == '\r' ? len - 1 : len;

		fps_alloc_append(out, "%c%.*s\n%s", sign, (int) shown, text.at, end ? "" : "\\ No newline at end of file\n");
		text.at += len + (end != NULL);
		text.len -= len + (end != NULL);
	}
}

static size_t count_lines(struct fps_span text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++) {
		count += text.at[i] == '\n';
	}
	return count + (text.len && text.at[text.len - 1] != '\n');
}

/* Prints that many lines before, or after, a place. */
static size_t back(struct fps_span text, size_t at, int lines)
{
	for (; at > 0 && lines > 0; lines--) {
		at = line_start(text, at - 1);
	}
	return at;
}

static size_t forth(struct fps_span text, size_t at, int lines)
{
	for (; at < text.len && lines > 0; lines--) {
		while (at < text.len && text.at[at++] != '\n') {
		}
	}
	return at;
}

static struct fps_span part(struct fps_span text, size_t from, size_t to)
{
	return (struct fps_span) {text.at + from, to - from};
}

/*
 * Prints one hunk that starts at an edit and takes in what follows within twice the context. Returns the first edit
 * after it.
 */
static size_t print_hunk(char **out, const struct fps_patch_file *file, size_t first, long *shift)
{
	struct fps_span text = file->before;
	struct change change = trimmed(file, change_at(file, first));
	size_t from = back(text, change.from, CONTEXT), at = from, start = count_lines(part(text, 0, from)) + 1;
	size_t removed = 0, added = 0;
	char *body = NULL;

	for (bool more = true; more;) {
		print_lines(&body, ' ', part(text, at, change.from), file->returns);
		print_lines(&body, '-', part(text, change.from, change.to), file->returns);
		print_lines(&body, '+', fps_span_of(change.after), file->returns);
		removed += count_lines(part(text, at, change.to));
		added += count_lines(part(text, at, change.from)) + count_lines(fps_span_of(change.after));
		at = change.to;
		free(change.after);
		first = change.next;
		more = first < file->count && file->edits[first].at < forth(text, at, CONTEXT * 2);
		change = more ? trimmed(file, change_at(file, first)) : change;
	}
	size_t to = forth(text, at, CONTEXT), tail = count_lines(part(text, at, to));

	print_lines(&body, ' ', part(text, at, to), file->returns);
	fps_alloc_append(
		out, "@@ -%zu,%zu +%ld,%zu @@\n%s", start, removed + tail, (long) start + *shift, added + tail, body);
	*shift += (long) added - (long) removed;
	free(body);
	return first;
}

char *fps_patch_diff(const struct fps_patch *patch)
{
	char *out = fps_alloc_format("%s", "");

	for (size_t i = 0; i < patch->count; i++) {
		const struct fps_patch_file *file = &patch->files[i];
		long shift = 0;

		if (file->count) {
			fps_alloc_append(&out, "--- a%s\n+++ b%s\n", file->name, file->name);
		}
		for (size_t edit = 0; edit < file->count;) {
			edit = print_hunk(&out, file, edit, &shift);
		}
	}
	return out;
}

void fps_patch_free(struct fps_patch *patch)
{
	for (size_t i = 0; i < patch->count; i++) {
		for (size_t n = 0; n < patch->files[i].count; n++) {
			free(patch->files[i].edits[n].text);
		}
		free(patch->files[i].edits);
		free(patch->files[i].name);
		free(patch->files[i].text);
	}
	free(patch->files);
	*patch = (struct fps_patch) {.count = 0};
}
