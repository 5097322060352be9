/* Where a setting stands, and where a line is to be put. */
#include "rules/place.h"

#include "base/alloc.h"
#include "rules/effective.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether it is the pool's own, and neither php.ini's nor nginx's. */
static bool is_own(const struct fps_pair *user, const struct fps_setting *setting)
{
	return user && setting == fps_settings_find(&user->pool->settings, setting->name);
}

static struct fps_place place(const char *file, unsigned line, char *text)
{
	return (struct fps_place) {fps_alloc_format("%s", file ? file : "?"), line, text};
}

struct fps_place fps_place_none(void)
{
	return (struct fps_place) {NULL, 0, NULL};
}

struct fps_place fps_place_directive(const struct fps_directive *directive)
{
	char *text = fps_alloc_format("%s", fps_nginxconf_word(directive, 0));

	for (size_t i = 1; i < directive->count && i < 6; i++) {
		char *longer = fps_alloc_format("%s %s", text, directive->words[i]);

		free(text);
		text = longer;
	}
	return place(directive->file, directive->line, text);
}

struct fps_place fps_place_pass(const struct fps_pass *pass, const char *name, const char *otherwise)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);

	return directive
		? fps_place_directive(directive)
		: place(pass->pass->file, pass->pass->line, fps_alloc_format("%s %s (the default)", name, otherwise));
}

struct fps_place fps_place_setting(const struct fps_section *section, const char *name)
{
	const struct fps_setting *setting = fps_settings_find(&section->settings, name);
	const char *value = fps_fpmconf_value(section, name);

	if (setting && setting->file) {
		return place(setting->file, setting->line, fps_alloc_format("[%s] %s = %s", section->name, name, value));
	}
	return place(
		section->file, section->line, fps_alloc_format("[%s] %s = %s (the default)", section->name, name, value));
}

struct fps_place fps_place_ini(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = fps_effective_setting(server, user, name);
	const char *value = fps_effective_ini(server, user, name);

	if (setting == NULL || setting->file == NULL) {
		return place(fps_phpini_file(&server->ini), 0, fps_alloc_format("%s = %s (set in no file)", name, value));
	}
	return place(setting->file, setting->line, fps_alloc_format("%s = %s", setting->name, value));
}

struct fps_place fps_place_file(const char *file, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
	}
	va_end(arguments);
	return place(file, 0, text);
}

char *fps_place_in_section(const struct fps_server *server, const struct fps_section *section, const char *name)
{
	const struct fps_setting *setting = fps_settings_find(&section->settings, name);
	const char *file = section->file ? section->file : fps_server_conf(server);

	return setting && setting->file
		? fps_alloc_format("%s:%u, [%s], in place of that line", setting->file, setting->line, section->name)
		: fps_alloc_format("%s, [%s]", file, section->name);
}

/* A second one in the same block is an error for nginx. */
char *fps_place_in_pass(const struct fps_pass *pass, const char *name)
{
	const struct fps_directive *there = fps_nginxpass_holds(pass, name);

	return there && there->parent == pass->pass->parent
		? fps_alloc_format("%s:%u, in place of that line", there->file, there->line)
		: fps_alloc_format("%s:%u, beside fastcgi_pass", pass->pass->file, pass->pass->line);
}

/* The first fastcgi_param of its own takes away all that a block inherits. */
char *fps_place_beside(const struct fps_pass *pass)
{
	const struct fps_directive *last = NULL;

	for (const struct fps_directive *next = fps_nginxpass_holds(pass, "fastcgi_param"); next;
		 next = fps_nginxconf_find(next->parent, "fastcgi_param", next)) {
		last = next; /* the first ones are often in a file that others include, too */
	}
	return last && last->parent != pass->pass->parent
		? fps_alloc_format("%s:%u, beside that fastcgi_param", last->file, last->line)
		: fps_alloc_format("%s:%u, beside fastcgi_pass", pass->pass->file, pass->pass->line);
}

char *fps_place_in_ini(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = fps_effective_setting(server, user, name);

	if (user && user->pass && setting && setting == fps_settings_find(&user->pass->ini, name)) {
		return fps_alloc_format("%s:%u, within the value of that fastcgi_param", setting->file, setting->line);
	}
	if (setting && setting->file) {
		return is_own(user, setting) ? fps_place_in_section(server, user->pool, setting->name)
									 : fps_alloc_format("%s:%u, in place of that line", setting->file, setting->line);
	}
	/* a folder, where PHP has found none */
	const char *file = fps_phpini_file(&server->ini),
			   *folder = fps_phpini_value(&server->ini, "Configuration File (php.ini) Path");

	return *file == '/' || *folder == '\0' ? fps_alloc_format("%s", file)
										   : fps_alloc_format("%s/php.ini, a new file", folder);
}

const char *fps_place_ini_name(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = fps_effective_setting(server, user, name);

	return setting ? setting->name : name;
}

char *fps_place_in_unit(const struct fps_server *server)
{
	return fps_alloc_format(
		"systemctl edit %s, [Service]", server->machine.unit ? server->machine.unit : "php-fpm.service");
}

void fps_place_free(struct fps_place *place)
{
	free(place->file);
	free(place->text);
}
