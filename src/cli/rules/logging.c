/* Rules: logs needed to explain a failure later. */
#include "rules/plan.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* A slow log whose timeout equals request_terminate_timeout is written before the kill. */
void fps_rule_slowlog_off(struct fps_doctor *doctor)
{
	struct fps_effective slow = fps_rules_pool(doctor, "request_slowlog_timeout");

	if (fps_effective_seconds(slow) == 0) {
		char *fix = fps_plan_slow_log(doctor->server, doctor->at->pool);

		fps_findings_set(&doctor->findings, fps_settingplace_of(slow), fps_settingplace_none(), slow, "%s", fix);
		free(fix);
	}
}

void fps_rule_worker_output_lost(struct fps_doctor *doctor)
{
	struct fps_effective output = fps_rules_pool(doctor, "catch_workers_output");

	if (strcmp(output.value, "no") == 0) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(output), fps_settingplace_none(), output,
			"catch_workers_output = yes");
	}
}

void fps_rule_log_level(struct fps_doctor *doctor)
{
	struct fps_effective level = fps_rules_global(doctor, "log_level");

	if (fps_span_is_among(fps_span_of(level.value), "warning error alert")) {
		fps_findings_set(
			&doctor->findings, fps_settingplace_of(level), fps_settingplace_none(), level, "log_level = notice");
	}
}

/*
 * Whether FPM inherits a limit that allows core dumps without setting one itself: from systemd, or from whoever started
 * it.
 */
static bool is_started_with_cores(const struct fps_machine *machine)
{
	const char *soft = fps_machine_property(machine, "LimitCORESoft");

	return machine->cores || (*soft && strcmp(soft, "0") != 0);
}

void fps_rule_core_dump(struct fps_doctor *doctor)
{
	struct fps_effective limit = fps_rules_pool(doctor, "rlimit_core"),
						 dumpable = fps_rules_pool(doctor, "process.dumpable");
	struct fps_effective holder = fps_effective_number(limit) ? limit : fps_rules_global(doctor, "rlimit_core");
	bool core = fps_effective_number(holder) != 0, dumps = strcmp(dumpable.value, "yes") == 0;

	if (core != dumps && !(dumps && is_started_with_cores(&doctor->server->machine))) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(holder), fps_settingplace_of(dumpable),
			core ? dumpable : limit, core ? "process.dumpable = yes" : "rlimit_core = unlimited");
	}
}
