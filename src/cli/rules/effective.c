/* Values in force. */
#include "rules/effective.h"

#include "base/alloc.h"
#include "base/units.h"
#include "log/recordindex.h"

#include <stdlib.h>
#include <string.h>

static struct fps_effective of_nginx(
	const struct fps_directive *directive, const struct fps_directive *beside, const char *name, const char *otherwise)
{
	return (struct fps_effective) {
		.kind = FPS_EFFECTIVE_NGINX,
		.name = name,
		.value = directive ? fps_nginxconf_word(directive, 1) : otherwise,
		.otherwise = otherwise,
		.directive = directive,
		.beside = beside,
	};
}

struct fps_effective fps_effective_nginx(const struct fps_pass *pass, const char *name, const char *otherwise)
{
	return of_nginx(fps_nginxpass_holds(pass, name), fps_nginxpass_beside(pass), name, otherwise);
}

struct fps_effective fps_effective_upstream(const struct fps_pass *pass, const char *name, const char *otherwise)
{
	return of_nginx(fps_nginxconf_find(pass->upstream, name, NULL), pass->upstream, name, otherwise);
}

/* Of the connection, or of the server. If it is the server's Timeout, ProxyTimeout is the directive to set. */
static struct fps_effective apache_read(const struct fps_pass *pass)
{
	const struct fps_directive *at;
	struct fps_span timeout = fps_apachepass_parameter(pass, "timeout", &at);
	struct fps_effective found = of_nginx(at, pass->pass, "timeout", "60");

	if (at) {
		found.value = timeout.at;
	} else {
		at = fps_apachepass_holds(pass, "ProxyTimeout");
		at = at ? at : fps_apachepass_holds(pass, "Timeout");
		found = of_nginx(at, fps_apachepass_beside(pass), "ProxyTimeout", "60");
	}
	found.is_apache = true;
	return found;
}

struct fps_effective fps_effective_read(const struct fps_pair *pair)
{
	return pair->pass->is_apache ? apache_read(pair->pass)
								 : fps_effective_nginx(pair->pass, "fastcgi_read_timeout", "60s");
}

struct fps_effective fps_effective_pool(
	const struct fps_server *server, const struct fps_section *section, const char *name)
{
	return (struct fps_effective) {
		.kind = FPS_EFFECTIVE_POOL,
		.name = name,
		.value = fps_fpmconf_value(section, name),
		.server = server,
		.setting = fps_settinglist_find(&section->settings, name),
		.section = section,
	};
}

/* A pool's own setting of php.ini; php_admin_value overrides php_value. */
static const struct fps_setting *own_setting(const struct fps_section *pool, const char *name)
{
	char *admin = fps_alloc_format("php_admin_value[%s]", name), *plain = fps_alloc_format("php_value[%s]", name);
	const struct fps_setting *setting = fps_settinglist_find(&pool->settings, admin);

	setting = setting ? setting : fps_settinglist_find(&pool->settings, plain);
	free(admin);
	free(plain);
	return setting;
}

/* What nginx passes overrides the pool's own value, and that overrides php.ini. */
struct fps_effective fps_effective_php(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	struct fps_effective found = {.kind = FPS_EFFECTIVE_PHP, .name = name, .server = server};

	found.setting = user && user->pass ? fps_settinglist_find(&user->pass->ini, name) : NULL;
	found.is_passed = found.setting != NULL;
	if (user && !found.setting) {
		found.setting = own_setting(user->pool, name);
		found.section = found.setting ? user->pool : NULL;
	}
	found.setting = found.setting ? found.setting : fps_settinglist_find(&server->ini.settings, name);
	found.value = found.setting && strcmp(found.setting->value, "no value") != 0 ? found.setting->value : "";
	return found;
}

const char *fps_effective_name(struct fps_effective effective)
{
	return effective.setting ? effective.setting->name : effective.name;
}

int64_t fps_effective_ms(struct fps_effective effective)
{
	int64_t value = 0;

	/* Apache reads the digits alone, as seconds: 500ms are 500 */
	if (effective.is_apache) {
		struct fps_span text = fps_span_of(effective.value);

		return fps_span_number(&text, &value) ? value * 1000 : 0;
	}
	return fps_units_nginx_time(effective.value, &value) || fps_units_nginx_time(effective.otherwise, &value) ? value
																											  : 0;
}

int64_t fps_effective_bytes(struct fps_effective effective)
{
	int64_t value = 0;

	return fps_units_size(effective.value, &value) || fps_units_size(effective.otherwise, &value) ? value : 0;
}

int64_t fps_effective_seconds(struct fps_effective effective)
{
	int64_t value;

	return fps_units_seconds(effective.value, &value) ? value : 0;
}

int64_t fps_effective_number(struct fps_effective effective)
{
	int64_t value;

	return fps_units_size(effective.value, &value) ? value : 0;
}

const char *fps_effective_ini(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	return fps_effective_php(server, user, name).value;
}

int64_t fps_effective_ini_number(const struct fps_server *server, const struct fps_pair *user, const char *name)
{
	return fps_effective_number(fps_effective_php(server, user, name));
}

bool fps_effective_watched(const struct fps_server *server)
{
	const char *enable = fps_effective_ini(server, NULL, "fpmsentinel.enable");

	return *enable && !fps_span_is_among(fps_span_of(enable), "0 off no");
}

/* A pool's path is below the pool's chroot; one in php.ini is below the coroner's root. */
char *fps_effective_log(const struct fps_server *server, const struct fps_pair *user)
{
	struct fps_effective log = fps_effective_php(server, user, "fpmsentinel.log");
	bool is_own = log.is_passed || log.section;

	return fps_alloc_format(
		"%s%s", is_own ? fps_fpmconf_value(user->pool, "chroot") : "", *log.value ? log.value : FPS_RECORDINDEX_LOG);
}
