/* The value in force. */
#include "rules/effective.h"

#include "base/alloc.h"
#include "base/units.h"
#include "log/records.h"

#include <stdlib.h>
#include <string.h>

int64_t fps_effective_time(const struct fps_pass *pass, const char *name, int64_t otherwise)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);
	int64_t value;

	return directive && fps_units_nginx_time(fps_nginxconf_word(directive, 1), &value) ? value : otherwise;
}

int64_t fps_effective_size(const struct fps_pass *pass, const char *name, int64_t otherwise)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);
	int64_t value;

	return directive && fps_units_size(fps_nginxconf_word(directive, 1), &value) ? value : otherwise;
}

bool fps_effective_on(const struct fps_pass *pass, const char *name)
{
	const struct fps_directive *directive = fps_nginxpass_holds(pass, name);

	return directive && strcmp(fps_nginxconf_word(directive, 1), "on") == 0;
}

/* What nginx passes on is stronger than a pool's php_admin_value, that than its php_value, and that than php.ini. */
const struct fps_setting *fps_effective_setting(
	const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	static const char *const kinds[] = {"admin_", ""};
	const struct fps_setting *setting = user && user->pass ? fps_settings_find(&user->pass->ini, name) : NULL;

	for (size_t i = 0; user && setting == NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *key = fps_alloc_format("php_%svalue[%s]", kinds[i], name);

		setting = fps_settings_find(&user->pool->settings, key);
		free(key);
	}
	return setting ? setting : fps_settings_find(&server->ini.settings, name);
}

const char *fps_effective_ini(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	const struct fps_setting *setting = fps_effective_setting(server, user, name);

	return setting && strcmp(setting->value, "no value") != 0 ? setting->value : "";
}

int64_t fps_effective_ini_number(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	int64_t number;

	return fps_units_size(fps_effective_ini(server, user, name), &number) ? number : 0;
}

bool fps_effective_watched(const struct fps_server *server)
{
	const char *enable = fps_effective_ini(server, NULL, "fpmsentinel.enable");

	return *enable && strcmp(enable, "0") != 0 && strcasecmp(enable, "off") != 0 && strcasecmp(enable, "no") != 0;
}

char *fps_effective_log(const struct fps_server *server, const struct fps_pair *user)
{
	const char *log = fps_effective_ini(server, user, "fpmsentinel.log");
	bool everywhere = fps_effective_setting(server, user, "fpmsentinel.log")
		== fps_settings_find(&server->ini.settings, "fpmsentinel.log");

	/* what is said for a pool holds in its root, php.ini's in the coroner's */
	return fps_alloc_format(
		"%s%s", everywhere ? "" : fps_fpmconf_value(user->pool, "chroot"), *log ? log : FPS_RECORDS_LOG);
}
