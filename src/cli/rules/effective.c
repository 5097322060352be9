/* What a rule asks, and where things stand. */
#include "command/doctor.h"
#include "base/units.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t fps_doctor_pools(const struct fps_doctor *doctor, const struct fps_section **first)
{
	*first = doctor->fpm.count > 1 ? &doctor->fpm.sections[1] : NULL;
	return doctor->fpm.count > 1 ? doctor->fpm.count - 1 : 0;
}

int64_t fps_doctor_time(const struct fps_pass *pass, const char *name, int64_t otherwise)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);
	int64_t value;

	return directive && fps_units_nginx_time(fps_nginxconf_word(directive, 1), &value) ? value : otherwise;
}

int64_t fps_doctor_size(const struct fps_pass *pass, const char *name, int64_t otherwise)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);
	int64_t value;

	return directive && fps_units_size(fps_nginxconf_word(directive, 1), &value) ? value : otherwise;
}

bool fps_doctor_on(const struct fps_pass *pass, const char *name)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);

	return directive && strcmp(fps_nginxconf_word(directive, 1), "on") == 0;
}

/* What nginx passes on is stronger than a pool's php_admin_value, that than its php_value, and that than php.ini. */
static const struct fps_setting *find_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name)
{
	static const char *const kinds[] = {"admin_", ""};
	const struct fps_setting *setting = user && user->pass ? fps_settings_find(&user->pass->ini, name) : NULL;

	for (size_t i = 0; user && setting == NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *key = fps_text_format("php_%svalue[%s]", kinds[i], name);

		setting = fps_settings_find(&user->pool->settings, key);
		free(key);
	}
	return setting ? setting : fps_settings_find(&doctor->ini.settings, name);
}

/* Whether it is the pool's own, and neither php.ini's nor nginx's. */
static bool is_own(const struct fps_pair *user, const struct fps_setting *setting)
{
	return user && setting == fps_settings_find(&user->pool->settings, setting->name);
}

const char *fps_doctor_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = find_ini(doctor, user, name);

	return setting && strcmp(setting->value, "no value") != 0 ? setting->value : "";
}

int64_t fps_doctor_ini_number(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name)
{
	int64_t number;

	return fps_units_size(fps_doctor_ini(doctor, user, name), &number) ? number : 0;
}

int64_t fps_doctor_before_nginx(int64_t read_milliseconds)
{
	int64_t seconds = read_milliseconds * 3 / 4 / 1000 - 1;

	return seconds > 0 ? seconds : 1;
}

bool fps_doctor_watched(const struct fps_doctor *doctor)
{
	const char *enable = fps_doctor_ini(doctor, NULL, "fpmsentinel.enable");

	return *enable && strcmp(enable, "0") != 0 && strcasecmp(enable, "off") != 0 && strcasecmp(enable, "no") != 0;
}

char *fps_doctor_log(const struct fps_doctor *doctor, const struct fps_pair *user)
{
	const char *log = fps_doctor_ini(doctor, user, "fpmsentinel.log");
	bool everywhere = find_ini(doctor, user, "fpmsentinel.log") == fps_settings_find(&doctor->ini.settings, "fpmsentinel.log");

	/* what is said for a pool holds in its root, php.ini's in the coroner's */
	return fps_text_format("%s%s", everywhere ? "" : fps_fpmconf_value(user->pool, "chroot"), *log ? log : FPS_RECORDS_LOG);
}

const char *fps_doctor_conf(const struct fps_doctor *doctor)
{
	return doctor->fpm.file_count ? doctor->fpm.files[0] : "php-fpm.conf";
}

/* --- where things stand --- */

static struct fps_place place(const char *file, unsigned line, char *text)
{
	return (struct fps_place) {fps_text_format("%s", file ? file : "?"), line, text};
}

struct fps_place fps_place_none(void)
{
	return (struct fps_place) {NULL, 0, NULL};
}

struct fps_place fps_place_directive(const struct fps_directive *directive)
{
	char *text = fps_text_format("%s", fps_nginxconf_word(directive, 0));

	for (size_t i = 1; i < directive->count && i < 6; i++) {
		char *longer = fps_text_format("%s %s", text, directive->words[i]);

		free(text);
		text = longer;
	}
	return place(directive->file, directive->line, text);
}

struct fps_place fps_place_pass(const struct fps_pass *pass, const char *name, const char *otherwise)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);

	return directive ? fps_place_directive(directive)
		: place(pass->pass->file, pass->pass->line, fps_text_format("%s %s (the default)", name, otherwise));
}

struct fps_place fps_place_setting(const struct fps_section *section, const char *name)
{
	const struct fps_setting *setting = fps_settings_find(&section->settings, name);
	const char *value = fps_fpmconf_value(section, name);

	if (setting && setting->file) {
		return place(setting->file, setting->line, fps_text_format("[%s] %s = %s", section->name, name, value));
	}
	return place(section->file, section->line, fps_text_format("[%s] %s = %s (the default)", section->name, name, value));
}

struct fps_place fps_place_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = find_ini(doctor, user, name);
	const char *value = fps_doctor_ini(doctor, user, name);

	if (setting == NULL || setting->file == NULL) {
		return place(fps_phpini_file(&doctor->ini), 0, fps_text_format("%s = %s (set in no file)", name, value));
	}
	return place(setting->file, setting->line, fps_text_format("%s = %s", setting->name, value));
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

/* --- what it says --- */

char *fps_doctor_in_section(const struct fps_doctor *doctor, const struct fps_section *section, const char *name)
{
	const struct fps_setting *setting = fps_settings_find(&section->settings, name);
	const char *file = section->file ? section->file : fps_doctor_conf(doctor);

	return setting && setting->file ? fps_text_format("%s:%u, [%s], in place of that line", setting->file, setting->line, section->name)
		: fps_text_format("%s, [%s]", file, section->name);
}

/* A second one in the same block is an error for nginx. */
char *fps_doctor_in_pass(const struct fps_pass *pass, const char *name)
{
	const struct fps_directive *there = fps_nginxpass_holds(pass, name);

	return there && there->parent == pass->pass->parent ? fps_text_format("%s:%u, in place of that line", there->file, there->line)
		: fps_text_format("%s:%u, beside fastcgi_pass", pass->pass->file, pass->pass->line);
}

/* The first fastcgi_param of its own takes away all that a block inherits. */
char *fps_doctor_beside(const struct fps_pass *pass)
{
	const struct fps_directive *last = NULL;

	for (const struct fps_directive *next = fps_nginxpass_holds(pass, "fastcgi_param"); next; next = fps_nginxconf_find(next->parent, "fastcgi_param", next)) {
		last = next; /* the first ones are often in a file that others include, too */
	}
	return last && last->parent != pass->pass->parent ? fps_text_format("%s:%u, beside that fastcgi_param", last->file, last->line)
		: fps_text_format("%s:%u, beside fastcgi_pass", pass->pass->file, pass->pass->line);
}

char *fps_doctor_in_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = find_ini(doctor, user, name);

	if (user && user->pass && setting && setting == fps_settings_find(&user->pass->ini, name)) {
		return fps_text_format("%s:%u, within the value of that fastcgi_param", setting->file, setting->line);
	}
	if (setting && setting->file) {
		return is_own(user, setting) ? fps_doctor_in_section(doctor, user->pool, setting->name)
			: fps_text_format("%s:%u, in place of that line", setting->file, setting->line);
	}
	/* a folder, where PHP has found none */
	const char *file = fps_phpini_file(&doctor->ini), *folder = fps_phpini_value(&doctor->ini, "Configuration File (php.ini) Path");

	return *file == '/' || *folder == '\0' ? fps_text_format("%s", file) : fps_text_format("%s/php.ini, a new file", folder);
}

const char *fps_doctor_ini_name(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = find_ini(doctor, user, name);

	return setting ? setting->name : name;
}

char *fps_doctor_in_unit(const struct fps_doctor *doctor)
{
	return fps_text_format("systemctl edit %s, [Service]", doctor->machine.unit ? doctor->machine.unit : "php-fpm.service");
}

void fps_doctor_found(struct fps_doctor *doctor, const struct fps_rule *rule, struct fps_place one, struct fps_place other, char *fix_in,
	const char *fix, ...)
{
	struct fps_finding finding = {.rule = rule, .places = {one, other}, .fix_in = fix_in};
	va_list arguments;

	va_start(arguments, fix);
	if (vasprintf(&finding.fix, fix, arguments) < 0) {
		finding.fix = fps_text_format("?");
	}
	va_end(arguments);
	fps_findings_add(&doctor->findings, finding);
}
