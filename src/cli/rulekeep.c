/* Rules: connections to FPM that nginx keeps. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

/* The `keepalive` of an upstream whose connections are kept; NULL: they are not. */
static const struct fps_directive *keepalive_of(const struct fps_pass *pass)
{
	const struct fps_directive *keepalive = pass->upstream ? fps_nginxconf_find(pass->upstream, "keepalive", NULL) : NULL;

	return keepalive && fps_doctor_on(pass, "fastcgi_keep_conn") && atoi(fps_nginxconf_word(keepalive, 1)) > 0 ? keepalive : NULL; /* NOLINT(cert-err34-c): nginx has looked at it */
}

static struct fps_place timeout_place(const struct fps_directive *keepalive)
{
	const struct fps_directive *timeout = fps_nginxconf_find(keepalive->parent, "keepalive_timeout", NULL);
	struct fps_place place;

	if (timeout) {
		return fps_place_directive(timeout);
	}
	place = fps_place_directive(keepalive);
	free(place.text);
	place.text = fps_text_format("keepalive_timeout 60s (the default)");
	return place;
}

/* How long nginx keeps an idle one, in milliseconds. */
static int64_t timeout_of(const struct fps_directive *keepalive)
{
	const struct fps_pass inside = {.pass = keepalive};

	return fps_nginxconf_find(keepalive->parent, "keepalive_timeout", NULL) ? fps_doctor_time(&inside, "keepalive_timeout", 60000) : 60000;
}

static char *in_upstream(const struct fps_directive *keepalive, const char *name)
{
	const struct fps_directive *there = fps_nginxconf_find(keepalive->parent, name, NULL);

	return there ? fps_text_format("%s:%u, in place of that line", there->file, there->line)
		: fps_text_format("%s:%u, beside keepalive", keepalive->file, keepalive->line);
}

void fps_rule_keepalive_recycling(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		const struct fps_directive *keepalive = keepalive_of(pair->pass);

		if (keepalive && fps_fpmconf_number(pair->pool, "pm.max_requests") > 0) {
			fps_doctor_found(doctor, rule, fps_place_directive(keepalive), fps_place_setting(pair->pool, "pm.max_requests"),
				fps_doctor_in_section(doctor, pair->pool, "pm.max_requests"), "pm.max_requests = 0");
		}
	}
}

void fps_rule_keepalive_terminate(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		const struct fps_directive *keepalive = keepalive_of(pair->pass);
		int64_t terminate = fps_fpmconf_seconds(pair->pool, "request_terminate_timeout");

		if (keepalive && terminate > 0 && timeout_of(keepalive) >= terminate * 1000) {
			fps_doctor_found(doctor, rule, timeout_place(keepalive), fps_place_setting(pair->pool, "request_terminate_timeout"),
				in_upstream(keepalive, "keepalive_timeout"), "keepalive_timeout %llds;",
				(long long) (terminate > 3 ? terminate / 2 : 1));
		}
	}
}

/* nginx's processes: each has connections of its own. */
static int64_t processes(const struct fps_doctor *doctor)
{
	const struct fps_directive *directive = fps_nginxconf_find(&doctor->nginx.root, "worker_processes", NULL);
	const char *value = directive ? fps_nginxconf_word(directive, 1) : "1";

	return strcmp(value, "auto") == 0 ? doctor->machine.cpus : atoi(value); /* NOLINT(cert-err34-c): nginx has looked at it */
}

/* One process alone has its own idle connections to use. */
void fps_rule_keepalive_starves(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		const struct fps_directive *keepalive = keepalive_of(pair->pass);
		int64_t children = fps_fpmconf_number(pair->pool, "pm.max_children"), count = processes(doctor);

		if (keepalive && count > 1 && atoi(fps_nginxconf_word(keepalive, 1)) * count >= children) { /* NOLINT(cert-err34-c): as above */
			struct fps_place place = fps_place_directive(keepalive);
			char *text = fps_text_format("%s; nginx has %lld processes", place.text, (long long) count);

			free(place.text);
			place.text = text;
			/* half of the workers for all of nginx's processes; more workers may not fit into memory */
			if (children / 2 / count > 0) {
				fps_doctor_found(doctor, rule, place, fps_place_setting(pair->pool, "pm.max_children"),
					in_upstream(keepalive, "keepalive"), "keepalive %lld;", (long long) (children / 2 / count));
			} else {
				fps_doctor_found(doctor, rule, place, fps_place_setting(pair->pool, "pm.max_children"),
					fps_doctor_in_pass(pair->pass, "fastcgi_keep_conn"), "fastcgi_keep_conn off;");
			}
		}
	}
}

void fps_rule_keepalive_ondemand(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		const struct fps_directive *keepalive = keepalive_of(pair->pass);

		if (keepalive && strcmp(fps_fpmconf_value(pair->pool, "pm"), "ondemand") == 0) {
			fps_doctor_found(doctor, rule, fps_place_directive(keepalive), fps_place_setting(pair->pool, "pm"), fps_doctor_in_pass(pair->pass, "fastcgi_keep_conn"),
				"fastcgi_keep_conn off;");
		}
	}
}
