/* Rules: connections to FPM that Apache keeps. */
#include "base/alloc.h"
#include "base/units.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

static int64_t server_number(const struct fps_doctor *doctor, const char *names, int64_t otherwise)
{
	const struct fps_directive *found = fps_apachepass_holds(doctor->at->pass, names);
	int64_t number;

	return found && fps_units_size(fps_nginxconf_word(found, 1), &number) && number > 0 ? number : otherwise;
}

/* Whether each process of Apache has a single thread. */
static bool is_prefork(const struct fps_doctor *doctor)
{
	const struct fps_directive *root = &doctor->server->apache.tree.root;

	for (const struct fps_directive *at = NULL; (at = fps_nginxconf_find(root, "LoadModule", at)) != NULL;) {
		if (strcmp(fps_nginxconf_word(at, 1), "mpm_prefork_module") == 0) {
			return true;
		}
	}
	return false;
}

/* How many connections each Apache process may keep, and how many processes there may be. */
static int64_t kept(const struct fps_doctor *doctor, int64_t *processes)
{
	bool prefork = is_prefork(doctor);
	int64_t threads = prefork ? 1 : server_number(doctor, "ThreadsPerChild", 25), most;
	int64_t requests = server_number(doctor, "MaxRequestWorkers MaxClients", prefork ? 256 : threads * 16);
	const struct fps_directive *at;
	struct fps_span max = fps_apachepass_parameter(doctor->at->pass, "max", &at);

	*processes = requests / threads > 0 ? requests / threads : 1;
	return at && fps_span_number(&max, &most) && most > 0 && most < threads ? most : threads;
}

/* Whether none may be kept: FPM kills workers that wait on them, or they are why it never ends idle ones. */
static bool is_off(const struct fps_doctor *doctor)
{
	return fps_effective_seconds(fps_rules_pool(doctor, "request_terminate_timeout")) > 0
		|| strcmp(fps_rules_pool(doctor, "pm").value, "ondemand") == 0;
}

/* Fewer of them, or none. */
void fps_rule_enablereuse_starves(struct fps_doctor *doctor)
{
	struct fps_effective max_children = fps_rules_pool(doctor, "pm.max_children");
	int64_t children = fps_effective_number(max_children), processes, each = kept(doctor, &processes);
	const struct fps_directive *at = fps_rules_reuse(doctor);

	if (at == NULL || each * processes <= children) {
		return;
	}
	struct fps_place place = fps_settingplace_directive(at);

	fps_alloc_append(&place.text, "; Apache may have %lld process%s with %lld connection%s each", (long long) processes,
		processes == 1 ? "" : "es", (long long) each, each == 1 ? "" : "s");
	if (children / processes > 0 && !is_off(doctor)) {
		fps_findings_word(&doctor->findings, place, fps_settingplace_of(max_children), at, "max=%lld",
			(long long) (children / processes));
	} else {
		fps_findings_word(&doctor->findings, place, fps_settingplace_of(max_children), at, "enablereuse=off");
	}
}

static void switch_off(struct fps_doctor *doctor, struct fps_effective against)
{
	const struct fps_directive *at = fps_rules_reuse(doctor);

	if (at) {
		fps_findings_word(
			&doctor->findings, fps_settingplace_directive(at), fps_settingplace_of(against), at, "enablereuse=off");
	}
}

void fps_rule_enablereuse_recycling(struct fps_doctor *doctor)
{
	struct fps_effective requests = fps_rules_pool(doctor, "pm.max_requests");
	const struct fps_directive *at = fps_rules_reuse(doctor);

	if (at == NULL || fps_effective_number(requests) == 0) {
		return;
	}
	if (is_off(doctor)) {
		switch_off(doctor, requests);
	} else {
		fps_findings_set(&doctor->findings, fps_settingplace_directive(at), fps_settingplace_of(requests), requests,
			"pm.max_requests = 0");
	}
}

void fps_rule_enablereuse_terminate(struct fps_doctor *doctor)
{
	struct fps_effective terminate = fps_rules_pool(doctor, "request_terminate_timeout");

	if (fps_effective_seconds(terminate) > 0) {
		switch_off(doctor, terminate);
	}
}

void fps_rule_enablereuse_ondemand(struct fps_doctor *doctor)
{
	struct fps_effective pm = fps_rules_pool(doctor, "pm");

	if (strcmp(pm.value, "ondemand") == 0) {
		switch_off(doctor, pm);
	}
}
