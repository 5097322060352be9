/* Rules: what reloading and stopping FPM does to requests in flight. */
#include "base/alloc.h"
#include "rules/advised.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

enum { SIGTERM_NUMBER = 15, LONG_ENOUGH = 30 };

/*
 * As long as a request may take: what FPM allows, or is advised to, and at least what would have saved those that
 * reloads have killed, by the records.
 */
static long long long_enough(const struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);
	int64_t longest = LONG_ENOUGH;

	for (size_t i = 0; i < count; i++) {
		int64_t terminate = fps_fpmconf_seconds(&pools[i], "request_terminate_timeout");

		longest = terminate > longest ? terminate : longest;
	}
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		int64_t advised = fps_advised_terminate(doctor->server, &doctor->server->pairs[i]);

		longest = advised > longest ? advised : longest;
	}
	for (size_t i = 0; i < doctor->records->count; i++) {
		const struct fps_record *record = &doctor->records->all[i];
		bool killed = strcmp(record->cause, "fpm_reload") == 0 && record->elapsed < 3600;

		longest = killed && (int64_t) record->elapsed + 5 > longest ? (int64_t) record->elapsed + 5 : longest;
	}
	return (long long) longest;
}

void fps_rule_process_control_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *global = doctor->server->fpm.sections;

	if (doctor->server->fpm.count && fps_fpmconf_seconds(global, "process_control_timeout") == 0) {
		fps_findings_found(&doctor->findings, rule, fps_place_setting(global, "process_control_timeout"),
			fps_place_none(), fps_place_in_section(doctor->server, global, "process_control_timeout"),
			"process_control_timeout = %llds", long_enough(doctor));
	}
}

void fps_rule_process_control_short(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools, *global = doctor->server->fpm.sections;
	size_t count = fps_server_pools(doctor->server, &pools);
	int64_t waits = doctor->server->fpm.count ? fps_fpmconf_seconds(global, "process_control_timeout") : 0;

	for (size_t i = 0; i < count; i++) {
		int64_t terminate = fps_fpmconf_seconds(&pools[i], "request_terminate_timeout");

		if (waits > 0 && waits < terminate) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(global, "process_control_timeout"),
				fps_place_setting(&pools[i], "request_terminate_timeout"),
				fps_place_in_section(doctor->server, global, "process_control_timeout"),
				"process_control_timeout = %llds", (long long) terminate);
		}
	}
}

/* Where the unit's own file is, for its place. */
static struct fps_place in_unit(const struct fps_doctor *doctor, const char *name, const char *value)
{
	char *file = fps_machine_property(&doctor->server->machine, "FragmentPath");
	struct fps_place place = fps_place_file(file ? file : doctor->server->machine.unit, "%s=%s", name, value);

	free(file);
	return place;
}

void fps_rule_systemd_stop_signal(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	char *number = fps_machine_property(&doctor->server->machine, "KillSignal");

	if (number && atoi(number) == SIGTERM_NUMBER) { /* NOLINT(cert-err34-c): no number is not 15 */
		fps_findings_found(&doctor->findings, rule, in_unit(doctor, "KillSignal", "SIGTERM"), fps_place_none(),
			fps_place_in_unit(doctor->server), "KillSignal=SIGQUIT");
	}
	free(number);
}

/* SIGQUIT alone is waited for. */
void fps_rule_systemd_stop_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	char *number = fps_machine_property(&doctor->server->machine, "KillSignal"),
		 *timeout = fps_machine_property(&doctor->server->machine, "TimeoutStopUSec");
	int64_t stop = timeout ? fps_machine_span(timeout) : -1,
			waits = doctor->server->fpm.count
		? fps_fpmconf_seconds(doctor->server->fpm.sections, "process_control_timeout")
		: 0;

	if (number && atoi(number) != SIGTERM_NUMBER && stop >= 0 && waits >= stop) { /* NOLINT(cert-err34-c): as above */
		fps_findings_found(&doctor->findings, rule, in_unit(doctor, "TimeoutStopSec", timeout),
			fps_place_setting(doctor->server->fpm.sections, "process_control_timeout"),
			fps_place_in_unit(doctor->server), "TimeoutStopSec=%lld", (long long) waits + 10);
	}
	free(number);
	free(timeout);
}

void fps_rule_emergency_restart(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *global = doctor->server->fpm.sections;

	if (doctor->server->fpm.count && fps_fpmconf_number(global, "emergency_restart_threshold") > 0
		&& fps_fpmconf_seconds(global, "emergency_restart_interval") > 0
		&& fps_fpmconf_seconds(global, "process_control_timeout") == 0) {
		fps_findings_found(&doctor->findings, rule, fps_place_setting(global, "emergency_restart_threshold"),
			fps_place_setting(global, "process_control_timeout"),
			fps_place_in_section(doctor->server, global, "emergency_restart_threshold"),
			"emergency_restart_threshold = 0");
	}
}

/* Both are about memory, and both are about stopping too much at once. */
void fps_rule_oom_policy(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	char *policy = fps_machine_property(&doctor->server->machine, "OOMPolicy");

	if (policy && strcmp(policy, "continue") != 0) {
		fps_findings_found(&doctor->findings, rule, in_unit(doctor, "OOMPolicy", policy), fps_place_none(),
			fps_place_in_unit(doctor->server), "OOMPolicy=continue");
	}
	free(policy);
}

void fps_rule_oom_group(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	static const char *const oomd[] = {"ManagedOOMMemoryPressure", "ManagedOOMSwap"};
	bool is_set = *fps_effective_ini(doctor->server, NULL, "fpmsentinel.blackbox") != '\0',
		 group = doctor->server->machine.oom_group_file != NULL;
	const char *killer = NULL;

	for (size_t i = 0; i < sizeof(oomd) / sizeof(oomd[0]); i++) {
		char *value = fps_machine_property(&doctor->server->machine, oomd[i]);

		killer = value && strcmp(value, "kill") == 0 ? oomd[i] : killer;
		free(value);
	}
	if (!is_set && (group || killer)) {
		fps_findings_found(&doctor->findings, rule,
			group ? fps_place_file(doctor->server->machine.oom_group_file, "1") : in_unit(doctor, killer, "kill"),
			fps_place_none(), fps_place_in_ini(doctor->server, NULL, "fpmsentinel.blackbox"),
			"fpmsentinel.blackbox = /var/lib/fpmsentinel");
	}
}

void fps_rule_private_tmp(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	char *private_tmp = fps_machine_property(&doctor->server->machine, "PrivateTmp");
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; private_tmp && strcmp(private_tmp, "no") != 0 && i < count; i++) {
		const char *listen = fps_fpmconf_value(&pools[i], "listen");

		if (strncmp(listen, "/tmp/", 5) == 0 || strncmp(listen, "/var/tmp/", 9) == 0) {
			char *in = fps_place_in_section(doctor->server, &pools[i], "listen");

			fps_findings_found(&doctor->findings, rule, fps_place_setting(&pools[i], "listen"),
				in_unit(doctor, "PrivateTmp", private_tmp),
				fps_alloc_format("%s; and in nginx fastcgi_pass unix:/run/php/%s.sock;", in, pools[i].name),
				"listen = /run/php/%s.sock", pools[i].name);
			free(in);
		}
	}
	free(private_tmp);
}
