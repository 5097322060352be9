/* Rules: connections to FPM that nginx keeps. */
#include "base/alloc.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* nginx: "now the keepalive directive in the upstream block is enabled by default" */
enum { KEEPS_BY_DEFAULT = 1029007, DEFAULT = 32 };

/* How many connections to the upstream each of nginx's processes keeps. */
static int64_t kept(const struct fps_doctor *doctor, const struct fps_pass *pass)
{
	const struct fps_directive *keepalive =
		pass->upstream ? fps_nginxconf_find(pass->upstream, "keepalive", NULL) : NULL;

	if (!pass->upstream || !fps_effective_on(pass, "fastcgi_keep_conn")) {
		return 0;
	}
	if (keepalive) {
		return atoi(fps_nginxconf_word(keepalive, 1)); /* NOLINT(cert-err34-c): nginx has looked at it */
	}
	return doctor->server->nginx_version >= KEEPS_BY_DEFAULT ? DEFAULT : 0;
}

/* A directive of the upstream, or the upstream with what holds without it. */
static struct fps_place place_of(const struct fps_pass *pass, const char *name, const char *otherwise)
{
	const struct fps_directive *directive = fps_nginxconf_find(pass->upstream, name, NULL);
	struct fps_place place = fps_place_directive(directive ? directive : pass->upstream);

	if (!directive) {
		free(place.text);
		place.text = fps_alloc_format("%s %s (the default)", name, otherwise);
	}
	return place;
}

static struct fps_place keepalive_place(const struct fps_pass *pass)
{
	return place_of(pass, "keepalive", "32");
}

/* How long nginx keeps an idle one, in milliseconds. */
static int64_t timeout_of(const struct fps_pass *pass)
{
	const struct fps_directive *timeout = fps_nginxconf_find(pass->upstream, "keepalive_timeout", NULL);
	const struct fps_pass inside = {.pass = timeout};

	return timeout ? fps_effective_time(&inside, "keepalive_timeout", 60000) : 60000;
}

static char *in_upstream(const struct fps_pass *pass, const char *name)
{
	const struct fps_directive *there = fps_nginxconf_find(pass->upstream, name, NULL);

	return there ? fps_alloc_format("%s:%u, in place of that line", there->file, there->line)
				 : fps_alloc_format("%s:%u, in the upstream", pass->upstream->file, pass->upstream->line);
}

void fps_rule_keepalive_recycling(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];

		if (kept(doctor, pair->pass) > 0 && fps_fpmconf_number(pair->pool, "pm.max_requests") > 0) {
			fps_findings_found(&doctor->findings, rule, keepalive_place(pair->pass),
				fps_place_setting(pair->pool, "pm.max_requests"),
				fps_place_in_section(doctor->server, pair->pool, "pm.max_requests"), "pm.max_requests = 0");
		}
	}
}

void fps_rule_keepalive_terminate(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t terminate = fps_fpmconf_seconds(pair->pool, "request_terminate_timeout");

		if (kept(doctor, pair->pass) > 0 && terminate > 0 && timeout_of(pair->pass) >= terminate * 1000) {
			fps_findings_found(&doctor->findings, rule, place_of(pair->pass, "keepalive_timeout", "60s"),
				fps_place_setting(pair->pool, "request_terminate_timeout"),
				in_upstream(pair->pass, "keepalive_timeout"), "keepalive_timeout %llds;",
				(long long) (terminate > 3 ? terminate / 2 : 1));
		}
	}
}

/* nginx's processes: each has connections of its own. */
static int64_t processes(const struct fps_doctor *doctor)
{
	const struct fps_directive *directive = fps_nginxconf_find(&doctor->server->nginx.root, "worker_processes", NULL);
	const char *value = directive ? fps_nginxconf_word(directive, 1) : "1";

	/* NOLINTNEXTLINE(cert-err34-c): nginx has looked at it */
	return strcmp(value, "auto") == 0 ? doctor->server->machine.cpus : atoi(value);
}

/* One process alone has its own idle connections to use. */
void fps_rule_keepalive_starves(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t children = fps_fpmconf_number(pair->pool, "pm.max_children"), count = processes(doctor),
				each = kept(doctor, pair->pass);

		if (each > 0 && count > 1 && each * count >= children) {
			struct fps_place place = keepalive_place(pair->pass);
			char *text = fps_alloc_format("%s; nginx has %lld processes", place.text, (long long) count);

			free(place.text);
			place.text = text;
			/* half of the workers for all of nginx's processes; more workers may not fit into memory */
			if (children / 2 / count > 0) {
				fps_findings_found(&doctor->findings, rule, place, fps_place_setting(pair->pool, "pm.max_children"),
					in_upstream(pair->pass, "keepalive"), "keepalive %lld;", (long long) (children / 2 / count));
			} else {
				fps_findings_found(&doctor->findings, rule, place, fps_place_setting(pair->pool, "pm.max_children"),
					fps_place_in_pass(pair->pass, "fastcgi_keep_conn"), "fastcgi_keep_conn off;");
			}
		}
	}
}

void fps_rule_keepalive_ondemand(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];

		if (kept(doctor, pair->pass) > 0 && strcmp(fps_fpmconf_value(pair->pool, "pm"), "ondemand") == 0) {
			fps_findings_found(&doctor->findings, rule, keepalive_place(pair->pass),
				fps_place_setting(pair->pool, "pm"), fps_place_in_pass(pair->pass, "fastcgi_keep_conn"),
				"fastcgi_keep_conn off;");
		}
	}
}
