/* Rules: connections to FPM that nginx keeps. */
#include "base/alloc.h"
#include "rules/plan.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* nginx: "now the keepalive directive in the upstream block is enabled by default" */
enum { KEEPS_BY_DEFAULT = 1029007 };

static struct fps_effective keepalive(const struct fps_doctor *doctor)
{
	return fps_effective_upstream(doctor->at->pass, "keepalive", "32");
}

/* How many connections to the upstream each of nginx's processes keeps. */
static int64_t kept(const struct fps_doctor *doctor)
{
	bool keeps = strcmp(fps_rules_nginx(doctor, "fastcgi_keep_conn", "off").value, "on") == 0;

	if (!doctor->at->pass->upstream || !keeps) {
		return 0;
	}
	if (!keepalive(doctor).directive && doctor->server->nginx_version < KEEPS_BY_DEFAULT) {
		return 0;
	}
	return atoi(keepalive(doctor).value); /* NOLINT(cert-err34-c): nginx has looked at it */
}

void fps_rule_keepalive_recycling(struct fps_doctor *doctor)
{
	struct fps_effective requests = fps_rules_pool(doctor, "pm.max_requests");

	if (kept(doctor) > 0 && fps_effective_number(requests) > 0) {
		fps_findings_set(&doctor->findings, fps_place_of(keepalive(doctor)), fps_place_of(requests), requests,
			"pm.max_requests = 0");
	}
}

void fps_rule_keepalive_terminate(struct fps_doctor *doctor)
{
	struct fps_effective terminate = fps_rules_pool(doctor, "request_terminate_timeout");
	int64_t seconds = fps_effective_seconds(terminate);

	if (kept(doctor) == 0 || seconds <= 0) {
		return;
	}
	struct fps_effective keeps = fps_effective_upstream(doctor->at->pass, "keepalive_timeout", "60s");

	int64_t plan = fps_plan_terminate(doctor->server, doctor->at->pool), has = fps_effective_ms(keeps) / 1000;

	if (fps_effective_ms(keeps) >= seconds * 1000) {
		seconds = plan > seconds && plan / 2 < has ? plan : seconds;
		fps_findings_set(&doctor->findings, fps_place_of(keeps), fps_place_of(terminate), keeps,
			"keepalive_timeout %llds;", (long long) (seconds > 3 ? seconds / 2 : 1));
	}
}

/* nginx's processes: each has connections of its own. */
static int64_t processes(const struct fps_server *server)
{
	const struct fps_directive *directive = fps_nginxconf_find(&server->nginx.root, "worker_processes", NULL);
	const char *value = directive ? fps_nginxconf_word(directive, 1) : "1";

	/* NOLINTNEXTLINE(cert-err34-c): nginx has looked at it */
	return strcmp(value, "auto") == 0 ? server->machine.cpus : atoi(value);
}

/* Whether another way leads to the pool, which has no use for this upstream's idle connections. */
static bool is_shared(const struct fps_doctor *doctor)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *other = &doctor->server->pairs[i];

		if (other->pool == doctor->at->pool && other->pass->upstream != doctor->at->pass->upstream) {
			return true;
		}
	}
	return false;
}

/* One process alone has its own idle connections to use, where nothing else leads to the pool. */
void fps_rule_keepalive_starves(struct fps_doctor *doctor)
{
	struct fps_effective max_children = fps_rules_pool(doctor, "pm.max_children");
	int64_t children = fps_effective_number(max_children), count = processes(doctor->server), each = kept(doctor);

	count = count > 0 ? count : 1; /* "worker_processes 0;", which nginx refuses */
	if (each <= 0 || (count <= 1 && !is_shared(doctor)) || each * count < children) {
		return;
	}
	struct fps_place place = fps_place_of(keepalive(doctor));

	fps_alloc_append(
		&place.text, count > 1 ? "; nginx has %lld processes" : "; not all that leads to the pool", (long long) count);
	/* half of the workers for all of nginx's processes; more workers may not fit into memory */
	if (children / 2 / count > 0) {
		fps_findings_set(&doctor->findings, place, fps_place_of(max_children), keepalive(doctor), "keepalive %lld;",
			(long long) (children / 2 / count));
	} else {
		fps_findings_set(&doctor->findings, place, fps_place_of(max_children),
			fps_rules_nginx(doctor, "fastcgi_keep_conn", "off"), "fastcgi_keep_conn off;");
	}
}

void fps_rule_keepalive_ondemand(struct fps_doctor *doctor)
{
	struct fps_effective pm = fps_rules_pool(doctor, "pm");

	if (kept(doctor) > 0 && strcmp(pm.value, "ondemand") == 0) {
		fps_findings_set(&doctor->findings, fps_place_of(keepalive(doctor)), fps_place_of(pm),
			fps_rules_nginx(doctor, "fastcgi_keep_conn", "off"), "fastcgi_keep_conn off;");
	}
}
