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
		int64_t terminate = fps_advised_terminate_of(&pools[i]);

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

void fps_rule_process_control_timeout(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");

	if (fps_effective_seconds(waits) == 0) {
		fps_findings_found(&doctor->findings, fps_place_of(waits), fps_place_none(), fps_place_in(waits),
			"process_control_timeout = %llds", long_enough(doctor));
	}
}

void fps_rule_process_control_short(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	struct fps_effective terminate = fps_rules_pool(doctor, "request_terminate_timeout");

	if (fps_effective_seconds(waits) > 0 && fps_effective_seconds(waits) < fps_effective_seconds(terminate)) {
		fps_findings_found(&doctor->findings, fps_place_of(waits), fps_place_of(terminate), fps_place_in(waits),
			"process_control_timeout = %llds", (long long) fps_effective_seconds(terminate));
	}
}

static const char *property(const struct fps_doctor *doctor, const char *name)
{
	return fps_machine_property(&doctor->server->machine, name);
}

/* Where the unit's own file is, for its place. */
static struct fps_place in_unit(const struct fps_doctor *doctor, const char *name, const char *value)
{
	const char *file = property(doctor, "FragmentPath");

	return fps_place_file(*file ? file : doctor->server->machine.unit, "%s=%s", name, value);
}

void fps_rule_systemd_stop_signal(struct fps_doctor *doctor)
{
	if (atoi(property(doctor, "KillSignal")) == SIGTERM_NUMBER) { /* NOLINT(cert-err34-c): no number is not 15 */
		fps_findings_found(&doctor->findings, in_unit(doctor, "KillSignal", "SIGTERM"), fps_place_none(),
			fps_place_in_unit(doctor->server), "KillSignal=SIGQUIT");
	}
}

/* SIGQUIT alone is waited for. */
void fps_rule_systemd_stop_timeout(struct fps_doctor *doctor)
{
	const char *number = property(doctor, "KillSignal"), *timeout = property(doctor, "TimeoutStopUSec");
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	int64_t stop = fps_machine_span(timeout), seconds = fps_effective_seconds(waits);

	/* NOLINTNEXTLINE(cert-err34-c): as above */
	if (*number && atoi(number) != SIGTERM_NUMBER && stop >= 0 && seconds >= stop) {
		fps_findings_found(&doctor->findings, in_unit(doctor, "TimeoutStopSec", timeout), fps_place_of(waits),
			fps_place_in_unit(doctor->server), "TimeoutStopSec=%lld", (long long) seconds + 10);
	}
}

void fps_rule_emergency_restart(struct fps_doctor *doctor)
{
	struct fps_effective threshold = fps_rules_global(doctor, "emergency_restart_threshold");
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	int64_t interval = fps_effective_seconds(fps_rules_global(doctor, "emergency_restart_interval"));

	if (fps_effective_number(threshold) > 0 && interval > 0 && fps_effective_seconds(waits) == 0) {
		fps_findings_found(&doctor->findings, fps_place_of(threshold), fps_place_of(waits), fps_place_in(threshold),
			"emergency_restart_threshold = 0");
	}
}

/* Both are about memory, and both are about stopping too much at once. */
void fps_rule_oom_policy(struct fps_doctor *doctor)
{
	const char *policy = property(doctor, "OOMPolicy");

	if (*policy && strcmp(policy, "continue") != 0) {
		fps_findings_found(&doctor->findings, in_unit(doctor, "OOMPolicy", policy), fps_place_none(),
			fps_place_in_unit(doctor->server), "OOMPolicy=continue");
	}
}

void fps_rule_oom_group(struct fps_doctor *doctor)
{
	static const char *const oomd[] = {"ManagedOOMMemoryPressure", "ManagedOOMSwap"};
	struct fps_effective blackbox = fps_rules_php(doctor, "fpmsentinel.blackbox");
	const char *group = doctor->server->machine.oom_group_file, *killer = NULL;

	for (size_t i = 0; i < sizeof oomd / sizeof oomd[0]; i++) {
		killer = strcmp(property(doctor, oomd[i]), "kill") == 0 ? oomd[i] : killer;
	}
	if (*blackbox.value == '\0' && (group || killer)) {
		fps_findings_found(&doctor->findings, group ? fps_place_file(group, "1") : in_unit(doctor, killer, "kill"),
			fps_place_none(), fps_place_in(blackbox), "fpmsentinel.blackbox = /var/lib/fpmsentinel");
	}
}

void fps_rule_private_tmp(struct fps_doctor *doctor)
{
	const char *private_tmp = property(doctor, "PrivateTmp"), *name = doctor->at->pool->name;
	struct fps_effective listen = fps_rules_pool(doctor, "listen");
	bool in_tmp = strncmp(listen.value, "/tmp/", 5) == 0 || strncmp(listen.value, "/var/tmp/", 9) == 0;

	if (in_tmp && *private_tmp && strcmp(private_tmp, "no") != 0) {
		char *in = fps_place_in(listen);

		fps_alloc_append(&in, "; and in nginx fastcgi_pass unix:/run/php/%s.sock;", name);
		fps_findings_found(&doctor->findings, fps_place_of(listen), in_unit(doctor, "PrivateTmp", private_tmp), in,
			"listen = /run/php/%s.sock", name);
	}
}
