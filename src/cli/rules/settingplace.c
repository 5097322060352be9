/* Where a setting is, and where to put a line. */
#include "rules/settingplace.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define IN_PLACE "in place of that line"

static struct fps_place place(const char *file, unsigned line, char *text)
{
	return (struct fps_place) {fps_alloc_format("%s", file ? file : "?"), line, text};
}

struct fps_place fps_settingplace_none(void)
{
	return (struct fps_place) {NULL, 0, NULL};
}

struct fps_place fps_settingplace_directive(const struct fps_directive *directive)
{
	if (!directive) {
		return fps_settingplace_none();
	}
	char *text = fps_alloc_format("%s", fps_nginxconf_word(directive, 0));

	for (size_t i = 1; i < directive->count && i < 6; i++) {
		fps_alloc_append(&text, " %s", directive->words[i]);
	}
	return place(directive->file, directive->line, text);
}

struct fps_place fps_settingplace_of(struct fps_effective is)
{
	const struct fps_setting *set = is.setting && is.setting->file ? is.setting : NULL;

	if (is.directive) {
		return fps_settingplace_directive(is.directive);
	}
	if (is.kind == FPS_EFFECTIVE_NGINX) {
		return place(is.beside->file, is.beside->line, fps_alloc_format("%s %s (the default)", is.name, is.otherwise));
	}
	if (is.kind == FPS_EFFECTIVE_POOL) {
		return place(set ? set->file : is.section->file, set ? set->line : is.section->line,
			fps_alloc_format("[%s] %s = %s%s", is.section->name, is.name, is.value, set ? "" : " (the default)"));
	}
	return place(set ? set->file : fps_phpinfo_file(&is.server->ini), set ? set->line : 0,
		fps_alloc_format("%s = %s%s", set ? set->name : is.name, is.value, set ? "" : " (set in no file)"));
}

struct fps_place fps_settingplace_file(const char *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = fps_alloc_vformat(format, arguments);

	va_end(arguments);
	return place(file, 0, text);
}

/* nginx refuses a second one in the same block. */
static char *in_nginx(struct fps_effective is)
{
	const struct fps_directive *block = is.beside->block ? is.beside : is.beside->parent;

	if (is.directive && is.directive->parent == block && strcmp(fps_nginxconf_word(is.directive, 0), is.name) == 0) {
		return fps_alloc_format("%s:%u, " IN_PLACE, is.directive->file, is.directive->line);
	}
	return fps_alloc_format("%s:%u, %s %s", is.beside->file, is.beside->line, is.beside->block ? "in the" : "beside",
		fps_nginxconf_word(is.beside, 0));
}

char *fps_settingplace_in_words(const struct fps_directive *directive)
{
	return fps_alloc_format("%s:%u, in that %s", directive->file, directive->line, fps_nginxconf_word(directive, 0));
}

/* A PHP setting that is in no file: php.ini or, if PHP has found none, a new file in its folder. */
static char *in_new_line(const struct fps_phpinfo *ini)
{
	const char *file = fps_phpinfo_file(ini), *folder = fps_phpinfo_value(ini, "Configuration File (php.ini) Path");

	return *file == '/' || *folder == '\0' ? fps_alloc_format("%s", file)
										   : fps_alloc_format("%s/php.ini, a new file", folder);
}

char *fps_settingplace_in(struct fps_effective is)
{
	const struct fps_setting *set = is.setting && is.setting->file ? is.setting : NULL;

	if (is.kind == FPS_EFFECTIVE_NGINX) {
		return in_nginx(is);
	}
	if (set && is.is_passed) {
		return fps_alloc_format("%s:%u, within the value of that fastcgi_param", set->file, set->line);
	}
	if (set && is.section) {
		return fps_alloc_format("%s:%u, [%s], " IN_PLACE, set->file, set->line, is.section->name);
	}
	if (set) {
		return fps_alloc_format("%s:%u, " IN_PLACE, set->file, set->line);
	}
	if (is.kind == FPS_EFFECTIVE_PHP) {
		return in_new_line(&is.server->ini);
	}
	return fps_alloc_format(
		"%s, [%s]", is.section->file ? is.section->file : fps_serverconfig_main(is.server), is.section->name);
}

struct fps_place fps_settingplace_at(struct fps_effective is)
{
	const struct fps_directive *beside = is.beside, *block = beside && !beside->block ? beside->parent : beside;

	return is.kind == FPS_EFFECTIVE_NGINX && !(is.directive && is.directive->parent == block)
		? fps_settingplace_directive(beside)
		: fps_settingplace_of(is);
}

/* The first fastcgi_param in a block replaces everything that the block inherits. */
const struct fps_directive *fps_settingplace_beside_of(const struct fps_pass *pass)
{
	const struct fps_directive *beside = fps_nginxpass_beside(pass), *block = beside->block ? beside : beside->parent;
	const struct fps_directive *last = fps_nginxpass_holds(pass, "fastcgi_param"), *next = last;

	/* the first ones are often in a file that others include too */
	while (next && (next = fps_nginxconf_find(next->parent, "fastcgi_param", next)) != NULL) {
		last = next;
	}
	return last && last->parent != block ? last : beside;
}

char *fps_settingplace_beside(const struct fps_pass *pass)
{
	const struct fps_directive *beside = fps_settingplace_beside_of(pass);

	bool is_param = strcmp(fps_nginxconf_word(beside, 0), "fastcgi_param") == 0;

	return fps_alloc_format("%s:%u, %s %s", beside->file, beside->line,
		beside->block  ? "in the"
			: is_param ? "beside that"
					   : "beside",
		fps_nginxconf_word(beside, 0));
}

char *fps_settingplace_in_unit(const struct fps_server *server)
{
	return fps_alloc_format(
		"systemctl edit %s, [Service]", server->machine.unit ? server->machine.unit : "php-fpm.service");
}

void fps_settingplace_free(struct fps_place *place)
{
	free(place->file);
	free(place->text);
}
