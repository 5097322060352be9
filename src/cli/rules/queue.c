/* Rules: who waits for a worker when all are busy, and who gets none. */
#include "base/alloc.h"
#include "base/run.h"
#include "base/trusted.h"
#include "log/fpmlog.h"
#include "rules/errorlogcount.h"
#include "rules/memorybudget.h"
#include "rules/plan.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

#define RAISE_SOMAXCONN "/etc/sysctl.d/fpm.conf; then sysctl --system, and restart FPM"

static struct fps_place somaxconn_place(const struct fps_doctor *doctor)
{
	return fps_settingplace_file("/proc/sys/net/core/somaxconn", "%lld", (long long) doctor->server->machine.somaxconn);
}

void fps_rule_backlog_short(struct fps_doctor *doctor)
{
	struct fps_effective backlog = fps_rules_pool(doctor, "listen.backlog"),
						 max_children = fps_rules_pool(doctor, "pm.max_children");
	int64_t children = fps_effective_number(max_children), most = doctor->server->machine.somaxconn;
	int64_t has = fps_effective_number(backlog), plan = fps_plan_backlog(doctor->server, doctor->at->pool);
	int64_t least = children > FPS_PLAN_QUEUE_LEAST ? children : FPS_PLAN_QUEUE_LEAST;

	bool is_short = has > 0 && has < plan;

	if (is_short) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(backlog), fps_settingplace_of(max_children), backlog,
			"listen.backlog = %lld", (long long) plan);
	}
	if (most > 0 && (is_short ? most < plan : most < least && has != 0)) {
		fps_findings_found(&doctor->findings, somaxconn_place(doctor), fps_settingplace_of(max_children),
			fps_alloc_format(RAISE_SOMAXCONN), "net.core.somaxconn = %lld",
			(long long) fps_plan_somaxconn(doctor->server));
	}
}

void fps_rule_backlog_cut(struct fps_doctor *doctor)
{
	struct fps_effective backlog = fps_rules_pool(doctor, "listen.backlog");
	int64_t wish = fps_effective_number(backlog), most = doctor->server->machine.somaxconn;
	int64_t plan = fps_plan_somaxconn(doctor->server);

	if (most > 0 && wish > most && plan > most) {
		fps_findings_found(&doctor->findings, fps_settingplace_of(backlog), somaxconn_place(doctor),
			fps_alloc_format(RAISE_SOMAXCONN), "net.core.somaxconn = %lld", (long long) plan);
	}
	if (most > 0 && wish > plan) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(backlog), somaxconn_place(doctor), backlog,
			"listen.backlog = %lld", (long long) plan);
	}
}

/* Keeps the lines of FPM's log about it since FPM last started or reloaded; parses the log once for all pools. */
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

/* Add workers if they fit into memory. */
static void tell_full(struct fps_doctor *doctor, const struct fps_section *pool, struct fps_place other)
{
	struct fps_effective max_children = fps_effective_pool(doctor->server, pool, "pm.max_children");
	int64_t children = fps_effective_number(max_children), fits = fps_memorybudget_fits(doctor, pool);

	if (fits > children) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(max_children), other, max_children,
			"pm.max_children = %lld", (long long) (fits < children * 2 ? fits : children * 2));
		return;
	}
	char *in = fps_settingplace_in(fps_effective_pool(doctor->server, pool, "request_slowlog_timeout"));
	char *fix = fps_plan_slow_log(doctor->server, pool);

	fps_alloc_append(&in, ": memory has no room for more workers, so see what they wait for");
	fps_findings_found(&doctor->findings, fps_settingplace_of(max_children), other, in, "%s", fix);
	free(fix);
}

void fps_rule_max_children_reached(struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools), len = 0;
	const char *log = fps_rules_global(doctor, "error_log").value;
	char *text = *log == '/' ? fps_trusted_read_end(log, &len) : NULL;
	struct fps_span full = text ? keep_full(text, len) : (struct fps_span) {NULL, 0};

	for (size_t i = 0; i < count; i++) {
		size_t times = times_full(full, pools[i].name);

		if (times > 0) {
			tell_full(doctor, &pools[i],
				fps_settingplace_file(log, "\"server reached pm.max_children\", %zu time%s since its start", times,
					times == 1 ? "" : "s"));
		}
	}
	free(text);
}

/* As FPM reads it: addresses separated by commas and blanks. */
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

/* The address from which nginx reaches FPM on this machine; NULL if it may be any. */
static const char *own_address(const char *of_fpm)
{
	if (strncmp(of_fpm, "[::1]", 5) == 0) {
		return "::1";
	}
	return strncmp(of_fpm, "127.", 4) == 0 ? "127.0.0.1" : NULL;
}

void fps_rule_allowed_clients(struct fps_doctor *doctor)
{
	struct fps_effective allowed = fps_rules_pool(doctor, "listen.allowed_clients");
	const char *listen = fps_rules_pool(doctor, "listen").value;
	const struct fps_pass *pass = doctor->at->pass;

	for (size_t i = 0; *allowed.value && i < pass->address_count; i++) {
		const char *address = own_address(pass->addresses[i]);

		if (address && fps_nginxpass_same(pass->addresses[i], listen) && !is_among(address, allowed.value)) {
			fps_findings_set(&doctor->findings, fps_settingplace_of(allowed), fps_settingplace_directive(pass->pass),
				allowed, "listen.allowed_clients = %s,%s", allowed.value, address);
			break;
		}
	}
}

/* The first address that is not a unix socket; NULL: there is none. */
static const char *over_tcp(const struct fps_pass *pass)
{
	for (size_t i = 0; i < pass->address_count; i++) {
		if (strncmp(pass->addresses[i], "unix:", 5) != 0) {
			return pass->addresses[i];
		}
	}
	return NULL;
}

/* Only if nginx has been refused: the policy may allow some ports without the boolean. */
void fps_rule_selinux(struct fps_doctor *doctor)
{
	const struct fps_pass *pass = doctor->at->pass;
	const struct fps_directive *log = fps_nginxpass_holds(pass, "error_log");
	const char *address = doctor->server->machine.connect_denied ? over_tcp(pass) : NULL;
	char *refused =
		fps_alloc_format("connect() to %s failed (13: Permission denied) while connecting", address ? address : "");

	for (; address && log; log = fps_nginxconf_find(log->parent, "error_log", log)) {
		const char *file = fps_nginxconf_word(log, 1);
		size_t times = fps_errorlogcount_lines(doctor->server, file, refused);

		if (times) {
			fps_findings_found(&doctor->findings, fps_settingplace_directive(pass->pass),
				fps_settingplace_file(file, "\"connect() failed (13: Permission denied)\", %zu times", times),
				fps_alloc_format("a shell, as root"), "setsebool -P httpd_can_network_connect 1");
		}
	}
	free(refused);
}
