/* Rules: connections to FPM that nginx keeps. */
#include "base/alloc.h"
#include "rules/plan.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* nginx: "now the keepalive directive in the upstream block is enabled by default" */
enum { KEEPS_BY_DEFAULT = 1029007 };

/* How long a reload can wait for idle connections, in seconds; busy ones are reused before that. */
enum { SHORT_IDLE = 2 };

static struct fps_effective keepalive(const struct fps_doctor *doctor)
{
	return fps_effective_upstream(doctor->at->pass, "keepalive", "32");
}

/* How many connections to its upstream each nginx process keeps. */
static int64_t kept_of(const struct fps_server *server, const struct fps_pass *pass)
{
	if (!pass->upstream || strcmp(fps_effective_nginx(pass, "fastcgi_keep_conn", "off").value, "on") != 0) {
		return 0;
	}
	struct fps_effective keepalive = fps_effective_upstream(pass, "keepalive", "32");

	if (!keepalive.directive && server->nginx_version < KEEPS_BY_DEFAULT) {
		return 0;
	}
	return atoi(keepalive.value); /* NOLINT(cert-err34-c): nginx has checked it */
}

static int64_t kept(const struct fps_doctor *doctor)
{
	return kept_of(doctor->server, doctor->at->pass);
}

/* Whether this is the pool's first pair that keeps its connections in that upstream. */
static bool is_first(const struct fps_server *server, size_t which)
{
	for (size_t i = 0; i < which; i++) {
		const struct fps_pair *pair = &server->pairs[i];

		if (pair->pool == server->pairs[which].pool && pair->pass->upstream == server->pairs[which].pass->upstream
			&& kept_of(server, pair->pass) > 0) {
			return false;
		}
	}
	return true;
}

/* The sum over all upstreams that lead to the pool; each keeps its own connections. */
static int64_t kept_of_all(const struct fps_doctor *doctor, int64_t *upstreams)
{
	const struct fps_server *server = doctor->server;
	int64_t sum = 0;

	*upstreams = 0;
	for (size_t i = 0; i < server->pair_count; i++) {
		int64_t one = server->pairs[i].pool == doctor->at->pool ? kept_of(server, server->pairs[i].pass) : 0;

		if (one > 0 && is_first(server, i)) {
			sum += one;
			++*upstreams;
		}
	}
	return sum;
}

/* nginx's processes; each keeps its own connections. */
static int64_t processes(const struct fps_server *server)
{
	const struct fps_directive *directive = fps_nginxconf_find(&server->nginx.root, "worker_processes", NULL);
	const char *value = directive ? fps_nginxconf_word(directive, 1) : "1";

	/* NOLINTNEXTLINE(cert-err34-c): nginx has checked it */
	return strcmp(value, "auto") == 0 ? server->machine.cpus : atoi(value);
}

/* FPM may have at most process.max workers in all pools together. */
static int64_t workers(const struct fps_doctor *doctor)
{
	int64_t children = fps_effective_number(fps_rules_pool(doctor, "pm.max_children"));
	int64_t most = fps_effective_number(fps_rules_global(doctor, "process.max"));

	return most > 0 && most < children ? most : children;
}

/* Where it is set, and which other value counts with it. */
static struct fps_place keepalive_place(const struct fps_doctor *doctor, int64_t count, int64_t upstreams)
{
	struct fps_place place = fps_settingplace_of(keepalive(doctor));

	if (count > 1) {
		fps_alloc_append(&place.text, "; nginx has %lld processes", (long long) count);
	}
	if (upstreams > 1) {
		fps_alloc_append(&place.text, "; %lld upstreams keep connections to the pool", (long long) upstreams);
	}
	return place;
}

/* How many connections each process of nginx can keep with half of the workers left; -1: as many as it keeps now. */
static int64_t affordable(const struct fps_doctor *doctor, int64_t *count, int64_t *upstreams)
{
	int64_t children = workers(doctor), all = kept_of_all(doctor, upstreams);

	*count = processes(doctor->server);
	*count = *count > 0 ? *count : 1; /* "worker_processes 0;", which nginx refuses */
	*upstreams = *upstreams > 0 ? *upstreams : 1;
	/* one process can fail, too: what came while all workers were busy waits in FPM's queue, on its own connection */
	return kept(doctor) <= 0 || all * *count < children ? -1 : children / 2 / *count / *upstreams;
}

/* Whether none can be kept, whatever their number and time. */
static bool is_off(const struct fps_doctor *doctor)
{
	int64_t count, upstreams;

	return fps_effective_number(fps_rules_pool(doctor, "pm.max_requests")) > 0
		|| strcmp(fps_rules_pool(doctor, "pm").value, "ondemand") == 0 || affordable(doctor, &count, &upstreams) == 0;
}

static void switch_off(struct fps_doctor *doctor, struct fps_place place, struct fps_effective against)
{
	fps_findings_set(&doctor->findings, place, fps_settingplace_of(against),
		fps_rules_nginx(doctor, "fastcgi_keep_conn", "off"), "fastcgi_keep_conn off;");
}

/* Keeps them for so many seconds, or not at all. */
static void shorten(struct fps_doctor *doctor, struct fps_effective against, int64_t seconds)
{
	struct fps_effective keeps = fps_effective_upstream(doctor->at->pass, "keepalive_timeout", "60s");

	if (is_off(doctor)) {
		switch_off(doctor, fps_settingplace_of(keeps), against);
	} else {
		fps_findings_set(&doctor->findings, fps_settingplace_of(keeps), fps_settingplace_of(against), keeps,
			"keepalive_timeout %llds;", (long long) seconds);
	}
}

/* Half of the workers, shared by nginx's processes: more workers may not fit into memory. */
void fps_rule_keepalive_starves(struct fps_doctor *doctor)
{
	struct fps_effective max_children = fps_rules_pool(doctor, "pm.max_children");
	int64_t count, upstreams, plan = affordable(doctor, &count, &upstreams);

	if (plan < 0) {
		return;
	}
	struct fps_place place = keepalive_place(doctor, count, upstreams);

	if (is_off(doctor)) {
		switch_off(doctor, place, max_children);
	} else if (plan < kept(doctor)) {
		fps_findings_set(&doctor->findings, place, fps_settingplace_of(max_children), keepalive(doctor),
			"keepalive %lld;", (long long) plan);
	} else { /* another upstream keeps too many */
		fps_settingplace_free(&place);
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
		shorten(doctor, terminate, seconds > 3 ? seconds / 2 : 1);
	}
}

void fps_rule_keepalive_recycling(struct fps_doctor *doctor)
{
	struct fps_effective requests = fps_rules_pool(doctor, "pm.max_requests");

	if (kept(doctor) > 0 && fps_effective_number(requests) > 0) {
		switch_off(doctor, fps_settingplace_of(keepalive(doctor)), requests);
	}
}

void fps_rule_keepalive_ondemand(struct fps_doctor *doctor)
{
	struct fps_effective pm = fps_rules_pool(doctor, "pm");

	if (kept(doctor) > 0 && strcmp(pm.value, "ondemand") == 0) {
		switch_off(doctor, fps_settingplace_of(keepalive(doctor)), pm);
	}
}

/* A worker does not end before nginx closes the connection that it keeps, and new workers wait for it. */
void fps_rule_keepalive_reload(struct fps_doctor *doctor)
{
	struct fps_effective waits = fps_rules_global(doctor, "process_control_timeout");

	if (kept(doctor) == 0 || fps_effective_seconds(waits) <= SHORT_IDLE) {
		return;
	}
	struct fps_effective keeps = fps_effective_upstream(doctor->at->pass, "keepalive_timeout", "60s");

	if (fps_effective_ms(keeps) > SHORT_IDLE * INT64_C(1000)) {
		shorten(doctor, waits, SHORT_IDLE);
	}
}
