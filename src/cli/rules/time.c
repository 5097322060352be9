/* Rules: who gives up first. PHP should, then FPM, then nginx. */
#include "base/units.h"
#include "rules/advised.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

static int64_t larger(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

static int64_t smaller(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/*
 * How long after its timeout FPM may notice: it looks every third of the shortest timeout of all pools. In
 * milliseconds.
 */
static int64_t heartbeat(const struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);
	int64_t shortest = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t timeouts[] = {fps_advised_terminate_of(&pools[i]), fps_advised_slow_of(&pools[i])};

		for (size_t n = 0; n < 2; n++) {
			if (timeouts[n] && (shortest == 0 || timeouts[n] < shortest)) {
				shortest = timeouts[n];
			}
		}
	}
	return shortest * 1000 / 3 > 130 ? shortest * 1000 / 3 : 130;
}

void fps_rule_terminate_before_php(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->user_count; i++) {
		const struct fps_pair *user = &doctor->server->pairs[i];
		int64_t terminate = fps_advised_terminate_of(user->pool),
				execution = fps_effective_ini_number(doctor->server, user, "max_execution_time");

		if (terminate > 0 && execution > 0 && terminate <= execution) {
			fps_findings_found(&doctor->findings, rule, fps_place_setting(user->pool, "request_terminate_timeout"),
				fps_place_ini(doctor->server, user, "max_execution_time"),
				fps_place_in_section(doctor->server, user->pool, "request_terminate_timeout"),
				"request_terminate_timeout = %llds", (long long) fps_advised_above(execution));
		}
	}
}

void fps_rule_terminate_races_nginx(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	int64_t late = heartbeat(doctor);

	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t terminate = fps_advised_terminate_of(pair->pool) * 1000,
				read = fps_effective_time(pair->pass, "fastcgi_read_timeout", 60000);

		if (terminate > 0 && terminate <= read && terminate + late > read) {
			fps_findings_found(&doctor->findings, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"),
				fps_place_setting(pair->pool, "request_terminate_timeout"),
				fps_place_in_pass(pair->pass, "fastcgi_read_timeout"), "fastcgi_read_timeout %llds;",
				(long long) fps_advised_read_timeout(doctor->server, pair));
		}
	}
}

void fps_rule_abandoned_requests(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t terminate = fps_advised_terminate_of(pair->pool) * 1000,
				read = fps_effective_time(pair->pass, "fastcgi_read_timeout", 60000);
		int64_t between = fps_advised_before_nginx(read);

		if (terminate != 0 && terminate <= read) {
			continue;
		}
		struct fps_place one = fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"),
						 other = fps_place_setting(pair->pool, "request_terminate_timeout");

		if (fps_advised_may_be(doctor->server, pair, between)) {
			fps_findings_found(&doctor->findings, rule, one, other,
				fps_place_in_section(doctor->server, pair->pool, "request_terminate_timeout"),
				"request_terminate_timeout = %llds", (long long) between);
		} else {
			fps_findings_found(&doctor->findings, rule, one, other,
				fps_place_in_pass(pair->pass, "fastcgi_read_timeout"), "fastcgi_read_timeout %llds;",
				(long long) fps_advised_read_timeout(doctor->server, pair));
		}
	}
}

void fps_rule_read_timeout_before_php(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t read = fps_effective_time(pair->pass, "fastcgi_read_timeout", 60000),
				execution = fps_effective_ini_number(doctor->server, pair, "max_execution_time");

		if (execution > 0 && read <= execution * 1000) {
			fps_findings_found(&doctor->findings, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"),
				fps_place_ini(doctor->server, pair, "max_execution_time"),
				fps_place_in_pass(pair->pass, "fastcgi_read_timeout"), "fastcgi_read_timeout %llds;",
				(long long) fps_advised_read_timeout(doctor->server, pair));
		}
	}
}

/* FPM's kill is a 104 and nginx's giving up a 504: where both come too early, the kill is told of. */
void fps_rule_socket_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t wait = fps_effective_ini_number(doctor->server, pair, "default_socket_timeout"),
				terminate = fps_advised_terminate_of(pair->pool) * 1000;
		int64_t read = fps_effective_time(pair->pass, "fastcgi_read_timeout", 60000);

		wait = wait < 0 ? INT64_MAX : wait * 1000; /* a negative one is none */
		bool killed = terminate > 0 && terminate <= wait;

		if (wait > 1000 && (killed || read <= wait)) {
			fps_findings_found(&doctor->findings, rule,
				killed ? fps_place_setting(pair->pool, "request_terminate_timeout")
					   : fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"),
				fps_place_ini(doctor->server, pair, "default_socket_timeout"),
				fps_place_in_ini(doctor->server, pair, "default_socket_timeout"), "%s = %lld",
				fps_place_ini_name(doctor->server, pair, "default_socket_timeout"),
				(long long) larger(smaller(killed ? terminate : read, read) / 2000, 1));
		}
	}
}

void fps_rule_send_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pass *pass = doctor->server->pairs[i].pass;
		int64_t send = fps_effective_time(pass, "fastcgi_send_timeout", 60000),
				read = fps_effective_time(pass, "fastcgi_read_timeout", 60000);

		if (send < read) {
			fps_findings_found(&doctor->findings, rule, fps_place_pass(pass, "fastcgi_send_timeout", "60s"),
				fps_place_pass(pass, "fastcgi_read_timeout", "60s"), fps_place_in_pass(pass, "fastcgi_send_timeout"),
				read % 1000 ? "fastcgi_send_timeout %lldms;" : "fastcgi_send_timeout %llds;",
				(long long) (read % 1000 ? read : read / 1000));
		}
	}
}

void fps_rule_connect_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		const char *listen = fps_fpmconf_value(pair->pool, "listen");

		if (*listen != '/' && fps_effective_time(pair->pass, "fastcgi_connect_timeout", 60000) <= 1000) {
			fps_findings_found(&doctor->findings, rule, fps_place_pass(pair->pass, "fastcgi_connect_timeout", "60s"),
				fps_place_setting(pair->pool, "listen"), fps_place_in_pass(pair->pass, "fastcgi_connect_timeout"),
				"fastcgi_connect_timeout 5s;");
		}
	}
}
