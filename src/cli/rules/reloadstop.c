/* Rules: what reloading and stopping FPM does to running requests. */
#include "base/alloc.h"
#include "rules/plan.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

#include <signal.h>

enum { SIGTERM_NUMBER = 15, DOCKERS_GRACE = 10 };

void fps_rule_process_control_timeout(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");

	if (fps_effective_seconds(waits) == 0) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(waits), fps_settingplace_none(), waits,
			"process_control_timeout = %llds", (long long) fps_plan_reload(doctor->server, doctor->records));
	}
}

void fps_rule_process_control_short(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	struct fps_effective terminate = fps_rules_pool(doctor, "request_terminate_timeout");
	int64_t seconds = fps_effective_seconds(waits), plan = fps_plan_control(doctor->server, doctor->records);

	if (seconds > 0 && seconds < plan && seconds < fps_effective_seconds(terminate)) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(waits), fps_settingplace_of(terminate), waits,
			"process_control_timeout = %llds", (long long) plan);
	}
}

/* Who does not wait that long: those in front of nginx, or the first place that waits less. */
static struct fps_place impatient(const struct fps_doctor *doctor, int64_t seconds)
{
	const struct fps_server *server = doctor->server;

	int64_t front = fps_plan_front(server);

	if (front > 0 && seconds >= front) {
		return fps_rules_front(doctor);
	}
	for (size_t i = 0; i < server->pair_count; i++) {
		if (seconds * 1000 >= fps_plan_read(server, &server->pairs[i])) {
			return fps_settingplace_of(fps_effective_read(&server->pairs[i]));
		}
	}
	return fps_settingplace_none();
}

void fps_rule_process_control_long(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	int64_t seconds = fps_effective_seconds(waits), plan = fps_plan_control(doctor->server, doctor->records);

	if (seconds > plan) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(waits), impatient(doctor, seconds), waits,
			"process_control_timeout = %llds", (long long) plan);
	}
}

static const char *property(const struct fps_doctor *doctor, const char *name)
{
	return fps_machine_property(&doctor->server->machine, name);
}

/* The unit's own file, as a place. */
static struct fps_place in_unit(const struct fps_doctor *doctor, const char *name, const char *value)
{
	const char *file = property(doctor, "FragmentPath");

	return fps_settingplace_file(*file ? file : doctor->server->machine.unit, "%s=%s", name, value);
}

/* The line that makes systemd wait longer than FPM will by the plan; NULL: it does already. */
static char *stop_line(const struct fps_doctor *doctor)
{
	int64_t control = fps_plan_control(doctor->server, doctor->records), stop = fps_plan_stop(doctor->server);

	return stop >= 0 && control >= stop
		? fps_alloc_format("TimeoutStopSec=%lld", (long long) fps_plan_stop_above(control))
		: NULL;
}

void fps_rule_systemd_stop_signal(struct fps_doctor *doctor)
{
	if (atoi(property(doctor, "KillSignal")) == SIGTERM_NUMBER) { /* NOLINT(cert-err34-c): no number is not 15 */
		char *line = stop_line(doctor);

		fps_findings_found(&doctor->findings, in_unit(doctor, "KillSignal", "SIGTERM"), fps_settingplace_none(),
			fps_settingplace_in_unit(doctor->server), "KillSignal=SIGQUIT%s%s", line ? "\n" : "", line ? line : "");
		free(line);
	}
}

/* FPM waits for workers only on SIGQUIT, so the line comes with it where it is not set yet. */
void fps_rule_systemd_stop_timeout(struct fps_doctor *doctor)
{
	const char *number = property(doctor, "KillSignal"), *timeout = property(doctor, "TimeoutStopUSec");
	char *line = stop_line(doctor);

	/* NOLINTNEXTLINE(cert-err34-c): as above */
	if (line && *number && atoi(number) != SIGTERM_NUMBER) {
		fps_findings_found(&doctor->findings, in_unit(doctor, "TimeoutStopSec", timeout),
			fps_settingplace_of(fps_rules_global(doctor, "process_control_timeout")),
			fps_settingplace_in_unit(doctor->server), "%s", line);
	}
	free(line);
}

/* A container cannot see which signal stops it; some signals are ignored by process 1. */
void fps_rule_container_stop_signal(struct fps_doctor *doctor)
{
	const struct fps_machine *machine = &doctor->server->machine;
	uint64_t stops = UINT64_C(1) << (SIGTERM - 1) | UINT64_C(1) << (SIGQUIT - 1);

	if (machine->init && (machine->init_signals & stops) == 0) {
		fps_findings_found(&doctor->findings,
			fps_settingplace_file(
				"/proc/1/status", "%s; SigBlk and SigCgt have neither SIGTERM nor SIGQUIT", machine->init),
			fps_settingplace_none(), fps_alloc_format("the image, as ENTRYPOINT or as the last line of its script"),
			"exec php-fpm --nodaemonize");
	}
}

/* Nor can it see the runtime's grace period. */
void fps_rule_container_stop_timeout(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	int64_t seconds = fps_effective_seconds(waits);
	int64_t waited = seconds ? seconds : fps_plan_reload(doctor->server, doctor->records);

	if (doctor->server->machine.running.pid == 1 && waited >= DOCKERS_GRACE) {
		fps_findings_found(&doctor->findings, fps_settingplace_file("/proc/1/status", "FPM is process 1"),
			fps_settingplace_of(waits),
			fps_alloc_format("what runs this container: docker stop --time, stop_grace_period or "
							 "terminationGracePeriodSeconds, and the image's STOPSIGNAL"),
			"a grace period above %lld s, and STOPSIGNAL SIGQUIT", (long long) waited);
	}
}

void fps_rule_emergency_restart(struct fps_doctor *doctor)
{
	struct fps_effective threshold = fps_rules_global(doctor, "emergency_restart_threshold");
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");
	int64_t interval = fps_effective_seconds(fps_rules_global(doctor, "emergency_restart_interval"));

	if (fps_effective_number(threshold) > 0 && interval > 0 && fps_effective_seconds(waits) == 0) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(threshold), fps_settingplace_of(waits), threshold,
			"emergency_restart_threshold = 0");
	}
}

/* Both rules are about memory, and about stopping too much at once. */
void fps_rule_oom_policy(struct fps_doctor *doctor)
{
	const char *policy = property(doctor, "OOMPolicy");

	if (*policy && strcmp(policy, "continue") != 0) {
		fps_findings_found(&doctor->findings, in_unit(doctor, "OOMPolicy", policy), fps_settingplace_none(),
			fps_settingplace_in_unit(doctor->server), "OOMPolicy=continue");
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
		fps_findings_set(&doctor->findings, group ? fps_settingplace_file(group, "1") : in_unit(doctor, killer, "kill"),
			fps_settingplace_none(), blackbox, "fpmsentinel.blackbox = /var/lib/fpmsentinel");
	}
}

void fps_rule_private_tmp(struct fps_doctor *doctor)
{
	const char *private_tmp = property(doctor, "PrivateTmp"), *name = doctor->at->pool->name;
	struct fps_effective listen = fps_rules_pool(doctor, "listen");
	bool in_tmp = strncmp(listen.value, "/tmp/", 5) == 0 || strncmp(listen.value, "/var/tmp/", 9) == 0;

	if (in_tmp && *private_tmp && strcmp(private_tmp, "no") != 0) {
		char *in = fps_settingplace_in(listen);

		fps_alloc_append(&in, "; and in nginx fastcgi_pass unix:/run/php/%s.sock;", name);
		fps_findings_found(&doctor->findings, fps_settingplace_of(listen), in_unit(doctor, "PrivateTmp", private_tmp),
			in, "listen = /run/php/%s.sock", name);
	}
}
