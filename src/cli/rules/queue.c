/* Rules: who waits for a worker when all are busy, and who gets none. */
#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "log/fpmlog.h"
#include "rules/advised.h"
#include "rules/budget.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* What Linux itself allowed for long; nginx alone keeps 512 connections a process in its default configuration. */
enum { SHORT_QUEUE = 128 };

/* What the kernel makes of listen.backlog: -1 is as much as there is. */
static int64_t queue(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t wish = fps_fpmconf_number(pool, "listen.backlog"), most = doctor->server->machine.somaxconn;

	return wish < 0 || (most > 0 && wish > most) ? most : wish;
}

void fps_rule_backlog_short(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; i < count; i++) {
		int64_t children = fps_fpmconf_number(&pools[i], "pm.max_children"), has = queue(doctor, &pools[i]);
		int64_t wants = children > SHORT_QUEUE ? children : SHORT_QUEUE;
		bool kernel = doctor->server->machine.somaxconn > 0 && doctor->server->machine.somaxconn < wants;

		if (has > 0 && has < wants && kernel) {
			fps_findings_found(&doctor->findings, rule,
				fps_place_file("/proc/sys/net/core/somaxconn", "%lld", (long long) doctor->server->machine.somaxconn),
				fps_place_setting(&pools[i], "pm.max_children"),
				fps_alloc_format("/etc/sysctl.d/fpm.conf; then sysctl --system, and restart FPM"),
				"net.core.somaxconn = 4096");
		} else if (has > 0 && has < wants) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(&pools[i], "listen.backlog"),
				fps_place_setting(&pools[i], "pm.max_children"),
				fps_place_in_section(doctor->server, &pools[i], "listen.backlog"), "listen.backlog = %lld",
				(long long) (wants > 511 ? wants : 511));
		}
	}
}

void fps_rule_backlog_cut(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; i < count; i++) {
		int64_t wish = fps_fpmconf_number(&pools[i], "listen.backlog");

		if (doctor->server->machine.somaxconn > 0 && wish > doctor->server->machine.somaxconn) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(&pools[i], "listen.backlog"),
				fps_place_file("/proc/sys/net/core/somaxconn", "%lld", (long long) doctor->server->machine.somaxconn),
				fps_alloc_format("/etc/sysctl.d/fpm.conf; then sysctl --system, and restart FPM"),
				"net.core.somaxconn = %lld", (long long) wish);
		}
	}
}

/*
 * Leaves of FPM's log the lines that tell of it since FPM has started, or been reloaded, last: it is parsed once for
 * all pools.
 */
static struct fps_span keep_full(char *text, size_t len)
{
	struct fps_span rest = {text, len}, line;
	size_t kept = 0;

	while (fps_span_take(&rest, "\n", &line)) {
		struct fps_fpm_line event;

		if (!fps_fpmlog_parse(line, &event)) {
			continue;
		}
		if (event.kind == FPS_FPM_START) {
			kept = 0;
		} else if (event.kind == FPS_FPM_FULL) {
			memmove(text + kept, line.at, line.len + 1);
			kept += line.len + 1;
		}
	}
	return (struct fps_span) {text, kept};
}

static size_t times_full(struct fps_span text, const char *pool)
{
	char *name = fps_alloc_format("[pool %s] ", pool);
	struct fps_span line;
	size_t times = 0;

	while (fps_span_take(&text, "\n", &line)) {
		times += fps_span_find(line, name) != NULL;
	}
	free(name);
	return times;
}

void fps_rule_max_children_reached(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools), len = 0;
	const char *log = count ? fps_fpmconf_value(doctor->server->fpm.sections, "error_log") : "";
	char *text = *log == '/' ? fps_readfile_end(log, &len) : NULL;
	struct fps_span full = text ? keep_full(text, len) : (struct fps_span) {NULL, 0};

	for (size_t i = 0; text && i < count; i++) {
		size_t times = times_full(full, pools[i].name);

		if (times == 0) {
			continue;
		}
		int64_t children = fps_fpmconf_number(&pools[i], "pm.max_children"), fits = fps_budget_fits(doctor, &pools[i]);
		struct fps_place one = fps_place_setting(&pools[i], "pm.max_children");
		struct fps_place other = fps_place_file(
			log, "\"server reached pm.max_children\", %zu time%s since its start", times, times == 1 ? "" : "s");

		if (fits > children) {
			fps_findings_found(&doctor->findings, rule, one, other,
				fps_place_in_section(doctor->server, &pools[i], "pm.max_children"), "pm.max_children = %lld",
				(long long) (fits < children * 2 ? fits : children * 2));
		} else {
			char *in = fps_place_in_section(doctor->server, &pools[i], "request_slowlog_timeout"),
				 *fix = fps_advised_slow_log(doctor->server, &pools[i]);

			fps_findings_found(&doctor->findings, rule, one, other,
				fps_alloc_format("%s: memory has no room for more workers, so see what they wait for", in), "%s", fix);
			free(in);
			free(fix);
		}
	}
	free(text);
}

/* As FPM reads it: addresses, with commas and blanks between them. */
static bool is_among(const char *address, const char *list)
{
	size_t len = strlen(address);

	for (const char *at = strstr(list, address); at != NULL; at = strstr(at + 1, address)) {
		if ((at == list || strchr(", ", at[-1])) && (at[len] == '\0' || strchr(", ", at[len]))) {
			return true;
		}
	}
	return false;
}

/* The address that nginx has for FPM when it reaches it on this machine; NULL where it may be anywhere. */
static const char *own_address(const char *of_fpm)
{
	if (strncmp(of_fpm, "[::1]", 5) == 0) {
		return "::1";
	}
	return strncmp(of_fpm, "127.", 4) == 0 ? "127.0.0.1" : NULL;
}

void fps_rule_allowed_clients(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		const char *allowed = fps_fpmconf_value(pair->pool, "listen.allowed_clients");

		for (size_t n = 0; *allowed && n < pair->pass->address_count; n++) {
			const char *address = own_address(pair->pass->addresses[n]);

			if (address && fps_nginxpass_same(pair->pass->addresses[n], fps_fpmconf_value(pair->pool, "listen"))
				&& !is_among(address, allowed)) {
				fps_findings_found(&doctor->findings, rule, fps_place_setting(pair->pool, "listen.allowed_clients"),
					fps_place_directive(pair->pass->pass),
					fps_place_in_section(doctor->server, pair->pool, "listen.allowed_clients"),
					"listen.allowed_clients = %s,%s", allowed, address);
				break;
			}
		}
	}
}
