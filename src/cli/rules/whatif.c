/* Applies advice to the parsed configuration. */
#include "rules/whatif.h"

#include "base/alloc.h"
#include "base/units.h"
#include "config/inifile.h"

#include <stdlib.h>
#include <string.h>

/* A line of a fix: "name = value", or nginx's "name value;". */
struct line {
	struct fps_span name, value;
};

static bool next_line(struct fps_span *fix, struct line *line)
{
	struct fps_span text;

	if (!fps_span_next(fix, "\n", &text)) {
		return false;
	}
	line->name = (struct fps_span) {text.at, 0};
	while (line->name.len < text.len && text.at[line->name.len] != ' ') {
		line->name.len++;
	}
	text.at += line->name.len;
	text.len -= line->name.len;
	fps_span_skip_all(&text, " =");
	text.len -= text.len && text.at[text.len - 1] == ';';
	line->value = text;
	return true;
}

static bool same(struct fps_span one, struct fps_span other)
{
	return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

static const struct fps_directive *block_of(const struct fps_effective *target)
{
	return target->beside->block ? target->beside : target->beside->parent;
}

/* What has the setting. For one that nginx passes, the directive, found by its place. */
static bool same_holder(const struct fps_finding *one, const struct fps_finding *other)
{
	const struct fps_effective *first = &one->target, *second = &other->target;

	if (!one->sets || !other->sets || first->is_passed != second->is_passed
		|| (first->kind == FPS_EFFECTIVE_NGINX) != (second->kind == FPS_EFFECTIVE_NGINX)) {
		return false;
	}
	if (first->kind == FPS_EFFECTIVE_NGINX) {
		return block_of(first) == block_of(second);
	}
	return first->is_passed ? one->at.line == other->at.line && strcmp(one->at.file, other->at.file) == 0
							: first->section == second->section;
}

static const char *value_for(const struct fps_finding *finding, struct fps_span name)
{
	struct line line;

	for (struct fps_span fix = fps_span_of(finding->fix); next_line(&fix, &line);) {
		if (same(line.name, name)) {
			return line.value.at;
		}
	}
	return NULL;
}

static bool is_set(
	const struct fps_findings *findings, size_t count, const struct fps_finding *by, struct fps_span name)
{
	for (size_t i = 0; i < count; i++) {
		if (same_holder(&findings->all[i], by) && value_for(&findings->all[i], name)) {
			return true;
		}
	}
	return false;
}

/* "name=value", of a finding whose fix is a word. */
static struct line word_of(const struct fps_finding *finding)
{
	struct line word = {.value = fps_span_of(finding->fix)};

	fps_span_take(&word.value, "=", &word.name);
	return word;
}

/* The word that sets it, where it stands for that directive; -1: none. The last one counts. */
static ssize_t find_word(const struct fps_directive *directive, struct fps_span name)
{
	ssize_t found = -1;

	for (size_t i = 1; i < directive->count; i++) {
		const char *word = directive->words[i];

		if (strncasecmp(word, name.at, name.len) == 0 && word[name.len] == '=') {
			found = (ssize_t) i;
		}
	}
	return found;
}

static bool is_word_set(const struct fps_findings *findings, size_t count, const struct fps_finding *by)
{
	for (size_t i = 0; i < count; i++) {
		const struct fps_finding *other = &findings->all[i];

		if (other->words && other->target.directive == by->target.directive
			&& same(word_of(other).name, word_of(by).name)) {
			return true;
		}
	}
	return false;
}

bool fps_whatif_known(const struct fps_findings *findings, const struct fps_finding *finding)
{
	struct line line;

	if (finding->words) {
		return is_word_set(findings, findings->count, finding);
	}
	for (struct fps_span fix = fps_span_of(finding->fix); next_line(&fix, &line);) {
		if (!is_set(findings, findings->count, finding, line.name)) {
			return false;
		}
	}
	return true;
}

static bool number_of(struct fps_span text, int64_t *number)
{
	char *copy = fps_alloc_copy(text, 0);
	bool good = fps_units_nginx_time(copy, number) || fps_units_size(copy, number);

	free(copy);
	return good;
}

/* Of two values for one setting: the lower if it is about waiting or using, the higher if it is about giving up. */
static bool is_better(struct fps_span name, struct fps_span value, const char *than)
{
	int64_t one, other;
	bool least = fps_span_find(name, "max_execution_time") || fps_span_find(name, "default_socket_timeout")
		|| fps_span_is_among(name, "keepalive keepalive_timeout pm.max_children process.max max");

	return number_of(value, &one) && number_of(fps_span_of(than), &other) && (least ? one < other : one > other);
}

static bool set_value(struct fps_settings *settings, struct fps_span name, struct fps_span value)
{
	struct fps_setting *setting = fps_settinglist_named(settings, name);

	if (setting && fps_span_is(value, setting->value)) {
		return false;
	}
	if (setting) {
		fps_settinglist_set(setting, value);
	} else {
		fps_settinglist_add(settings, name, value);
	}
	return true;
}

/* The configuration belongs to the caller; rules see it as constant. */
static struct fps_directive *own(const struct fps_directive *directive)
{
	return (struct fps_directive *) (uintptr_t) directive;
}

static void split_words(struct fps_directive *directive, struct fps_span name, struct fps_span value)
{
	struct fps_span word;

	fps_alloc_free_all(directive->words, directive->count);
	directive->words = NULL;
	directive->count = 0;
	FPS_ALLOC_APPEND(directive->words, directive->count) = fps_alloc_copy(name, 0);
	while (fps_span_next(&value, " ", &word)) {
		FPS_ALLOC_APPEND(directive->words, directive->count) = fps_alloc_copy(word, 0);
	}
	FPS_ALLOC_APPEND(directive->words, directive->count) = NULL; /* they end the name */
	directive->count--;
}

const struct fps_directive *fps_whatif_directive(const struct fps_effective *target, struct fps_span name)
{
	char *copy = fps_alloc_copy(name, 0);
	const struct fps_directive *found = fps_nginxconf_find(block_of(target), copy, NULL);

	free(copy);
	return found;
}

/* The text after the name. */
static char *words_of(const struct fps_directive *directive)
{
	char *text = fps_alloc_format("%s", fps_nginxconf_word(directive, 1));

	for (size_t i = 2; i < directive->count; i++) {
		fps_alloc_append(&text, " %s", directive->words[i]);
	}
	return text;
}

static bool set_directive(const struct fps_effective *target, struct fps_span name, struct fps_span value)
{
	struct fps_directive *found = own(fps_whatif_directive(target, name)), *block = own(block_of(target));
	char *has = found ? words_of(found) : NULL;
	bool changes = has == NULL || !fps_span_is(value, has);

	free(has);
	if (found == NULL) {
		found = fps_alloc(1, sizeof *found);
		found->file = target->beside->file;
		found->line = target->beside->line;
		found->parent = block;
		*(block->last ? &block->last->next : &block->children) = found;
		block->last = found;
	}
	if (changes) {
		split_words(found, name, value);
	}
	return changes;
}

/* The fastcgi_param at that place. */
const struct fps_directive *fps_whatif_param(const struct fps_server *server, const struct fps_place *at)
{
	const struct fps_directive *root = &server->nginx.root;

	for (const struct fps_directive *it = root; it; it = fps_nginxconf_next(it, root)) {
		if (it->count > 2 && it->line == at->line && strcmp(it->words[0], "fastcgi_param") == 0
			&& strcmp(it->file, at->file) == 0 && strstr(it->words[1], "PHP_")) {
			return it;
		}
	}
	return NULL;
}

/* Sets it in a list of "name = value" lines. */
static void rewrite(struct fps_directive *param, struct fps_span name, struct fps_span value)
{
	struct fps_span rest = fps_span_of(param->words[2]), line;
	char *text = NULL;

	while (fps_span_next(&rest, "\n", &line)) {
		struct fps_inifile_line said = {.name = {NULL, 0}};
		struct fps_span copy = line;
		unsigned number = 0;

		if (fps_inifile_next(&copy, &number, &said) && said.name.at && same(said.name, name)) {
			fps_alloc_append(&text, "%s%.*s=%.*s", text ? "\n" : "", FPS_SPAN_ARGS(name), FPS_SPAN_ARGS(value));
		} else {
			fps_alloc_append(&text, "%s%.*s", text ? "\n" : "", FPS_SPAN_ARGS(line));
		}
	}
	free(param->words[2]);
	param->words[2] = text ? text : fps_alloc_format("%s", "");
}

/* In every location that uses this fastcgi_param. */
static bool set_passed(
	struct fps_server *server, const struct fps_place *at, struct fps_span name, struct fps_span value)
{
	struct fps_directive *param = own(fps_whatif_param(server, at));
	bool changed = false;

	for (size_t i = 0; i < server->passes.count; i++) {
		struct fps_setting *setting = fps_settinglist_named(&server->passes.all[i].ini, name);

		if (setting && setting->line == at->line && strcmp(setting->file, at->file) == 0
			&& !fps_span_is(value, setting->value)) {
			fps_settinglist_set(setting, value);
			changed = true;
		}
	}
	if (changed && param) {
		rewrite(param, name, value);
	}
	return changed;
}

static bool set(
	struct fps_server *server, const struct fps_finding *finding, struct fps_span name, struct fps_span value)
{
	const struct fps_effective *target = &finding->target;

	if (target->kind == FPS_EFFECTIVE_NGINX) {
		return set_directive(target, name, value);
	}
	if (target->is_passed) {
		return set_passed(server, &finding->at, name, value);
	}
	return set_value(
		target->section ? &((struct fps_section *) (uintptr_t) target->section)->settings : &server->ini.settings, name,
		value);
}

/* The current value; NULL: not set. The caller frees it. */
static char *value_now(const struct fps_server *server, const struct fps_finding *finding, struct fps_span name)
{
	const struct fps_effective *target = &finding->target;
	const struct fps_settings *settings = target->section ? &target->section->settings : &server->ini.settings;

	if (target->kind == FPS_EFFECTIVE_NGINX) {
		const struct fps_directive *found = fps_whatif_directive(target, name);

		return found ? words_of(found) : NULL;
	}
	for (size_t i = 0; target->is_passed && i < server->passes.count; i++) {
		const struct fps_setting *setting = fps_settinglist_named(&server->passes.all[i].ini, name);

		if (setting && setting->line == finding->at.line && strcmp(setting->file, finding->at.file) == 0) {
			settings = &server->passes.all[i].ini;
		}
	}
	const struct fps_setting *setting = fps_settinglist_named(settings, name);

	return setting ? fps_alloc_format("%s", setting->value) : NULL;
}

/* Of two values for it the better one, as for settings. */
static bool set_word(const struct fps_findings *findings, size_t which)
{
	const struct fps_finding *finding = &findings->all[which];
	struct fps_directive *directive = own(finding->target.directive);
	struct line word = word_of(finding);
	ssize_t at = find_word(directive, word.name);
	const char *now = at > 0 ? directive->words[at] + word.name.len + 1 : NULL;

	if (now
		&& (fps_span_is(word.value, now)
			|| (is_word_set(findings, which, finding) && !is_better(word.name, word.value, now)))) {
		return false;
	}
	if (at > 0) {
		free(directive->words[at]);
		directive->words[at] = fps_alloc_format("%s", finding->fix);
		return true;
	}
	FPS_ALLOC_APPEND(directive->words, directive->count) = fps_alloc_format("%s", finding->fix);
	FPS_ALLOC_APPEND(directive->words, directive->count) = NULL; /* which ends them */
	directive->count--;
	return true;
}

bool fps_whatif_finding(struct fps_server *server, const struct fps_findings *findings, size_t which)
{
	const struct fps_finding *finding = &findings->all[which];
	struct line line;
	bool changed = finding->words && set_word(findings, which);

	for (struct fps_span fix = fps_span_of(finding->fix); finding->sets && next_line(&fix, &line);) {
		char *now = is_set(findings, which, finding, line.name) ? value_now(server, finding, line.name) : NULL;

		if (now == NULL || is_better(line.name, line.value, now)) {
			changed = set(server, finding, line.name, line.value) || changed;
		}
		free(now);
	}
	return changed;
}

/* As it stands in a file: nginx reads \n, \" and \\ within quotes. */
static char *quoted(const char *text)
{
	char *out = fps_alloc_format("\"");

	for (; *text; text++) {
		fps_alloc_append(&out, *text == '\n' ? "\\n" : *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
	fps_alloc_append(&out, "\"");
	return out;
}

static void settle_passed(const struct fps_server *server, struct fps_finding *finding)
{
	const struct fps_directive *param = fps_whatif_param(server, &finding->at);

	if (param) {
		char *text = quoted(param->words[2]);

		free(finding->fix);
		free(finding->fix_in);
		finding->fix = fps_alloc_format("fastcgi_param %s %s%s%s;", param->words[1], text, param->count > 3 ? " " : "",
			fps_nginxconf_word(param, 3));
		finding->fix_in = fps_alloc_format("%s:%u, in place of that line", finding->at.file, finding->at.line);
		free(text);
	}
}

static void settle_word(struct fps_finding *finding)
{
	ssize_t at = find_word(finding->target.directive, word_of(finding).name);

	if (at > 0) {
		free(finding->fix);
		finding->fix = fps_alloc_format("%s", finding->target.directive->words[at]);
	}
}

/* Of several lines for a pool each may stand somewhere: behind the last of them they all count. */
static const struct fps_setting *last_of(const struct fps_finding *finding)
{
	const struct fps_setting *last = NULL;
	struct line line;

	for (struct fps_span fix = fps_span_of(finding->fix); next_line(&fix, &line);) {
		const struct fps_setting *is = fps_settinglist_named(&finding->target.section->settings, line.name);

		last = is && is->file && (last == NULL || is->line > last->line) ? is : last;
	}
	return last;
}

void fps_whatif_settle(const struct fps_server *server, struct fps_finding *finding)
{
	bool pool = finding->sets && finding->target.kind != FPS_EFFECTIVE_NGINX && finding->target.section;
	const struct fps_setting *last = pool && strchr(finding->fix, '\n') ? last_of(finding) : NULL;
	char *text = NULL, *first = NULL;
	struct line line;

	if (finding->words) {
		settle_word(finding);
		return;
	}
	if (!finding->sets || finding->target.is_passed) {
		if (finding->sets) {
			settle_passed(server, finding);
		}
		return;
	}
	for (struct fps_span fix = fps_span_of(finding->fix); next_line(&fix, &line);) {
		bool web = finding->target.kind == FPS_EFFECTIVE_NGINX, nginx = web && !finding->target.is_apache;
		bool leads = last && fps_span_is(line.name, last->name);
		char *value = value_now(server, finding, line.name), **to = leads ? &first : &text;

		fps_alloc_append(to, "%s%.*s%s%s%s", *to ? "\n" : "", FPS_SPAN_ARGS(line.name), web ? " " : " = ",
			value ? value : "", nginx ? ";" : "");
		free(value);
	}
	free(finding->fix);
	finding->fix = fps_alloc_format("%s%s%s", first ? first : "", first && text ? "\n" : "", text ? text : "");
	if (last) {
		free(finding->fix_in);
		finding->fix_in = fps_alloc_format(
			"%s:%u, [%s], in place of that line", last->file, last->line, finding->target.section->name);
	}
	free(first);
	free(text);
}
