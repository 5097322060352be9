/* Rules: what is to be found out afterwards. */
#include "base/alloc.h"
#include "rules/advised.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* One that is equal to request_terminate_timeout is written before the kill. */
void fps_rule_slowlog_off(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; i < count; i++) {
		if (fps_fpmconf_seconds(&pools[i], "request_slowlog_timeout") == 0) {
			char *fix = fps_advised_slow_log(doctor->server, &pools[i]);

			fps_findings_found(&doctor->findings, rule, fps_place_setting(&pools[i], "request_slowlog_timeout"),
				fps_place_none(), fps_place_in_section(doctor->server, &pools[i], "request_slowlog_timeout"), "%s",
				fix);
			free(fix);
		}
	}
}

void fps_rule_worker_output_lost(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(fps_fpmconf_value(&pools[i], "catch_workers_output"), "no") == 0) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(&pools[i], "catch_workers_output"),
				fps_place_none(), fps_place_in_section(doctor->server, &pools[i], "catch_workers_output"),
				"catch_workers_output = yes");
		}
	}
}

void fps_rule_log_level(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	static const char *const less[] = {"warning", "error", "alert"};
	const struct fps_section *global = doctor->server->fpm.sections;

	for (size_t i = 0; doctor->server->fpm.count && i < sizeof(less) / sizeof(less[0]); i++) {
		if (strcasecmp(fps_fpmconf_value(global, "log_level"), less[i]) == 0) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(global, "log_level"), fps_place_none(),
				fps_place_in_section(doctor->server, global, "log_level"), "log_level = notice");
		}
	}
}

/*
 * Whether FPM has a limit for core dumps that lets them be, without saying so itself: of systemd's, or of whoever has
 * started it.
 */
static bool is_started_with_cores(const struct fps_machine *machine)
{
	char *soft = fps_machine_property(machine, "LimitCORESoft");
	bool cores = machine->cores || (soft && strcmp(soft, "0") != 0);

	free(soft);
	return cores;
}

void fps_rule_core_dump(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; i < count; i++) {
		const struct fps_section *holder =
			fps_fpmconf_number(&pools[i], "rlimit_core") ? &pools[i] : doctor->server->fpm.sections;
		bool core = fps_fpmconf_number(holder, "rlimit_core") != 0,
			 dumpable = strcmp(fps_fpmconf_value(&pools[i], "process.dumpable"), "yes") == 0;

		if (core != dumpable && !(dumpable && is_started_with_cores(&doctor->server->machine))) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(holder, "rlimit_core"),
				fps_place_setting(&pools[i], "process.dumpable"),
				fps_place_in_section(doctor->server, &pools[i], core ? "process.dumpable" : "rlimit_core"),
				core ? "process.dumpable = yes" : "rlimit_core = unlimited");
		}
	}
}
