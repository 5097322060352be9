/* Rules: who gives up first. PHP should, then FPM, then nginx. */
#include "rules/rules.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static int64_t smaller(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static int64_t larger(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

static int64_t terminate_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_terminate_timeout");
}

static int64_t slow_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_slowlog_timeout");
}

/* How long after its timeout FPM may notice: it looks every third of the shortest timeout of all pools. In milliseconds. */
static int64_t heartbeat(const struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);
	int64_t shortest = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t timeouts[] = {terminate_of(&pools[i]), slow_of(&pools[i])};

		for (size_t n = 0; n < 2; n++) {
			if (timeouts[n] && (shortest == 0 || timeouts[n] < shortest)) {
				shortest = timeouts[n];
			}
		}
	}
	return shortest * 1000 / 3 > 130 ? shortest * 1000 / 3 : 130;
}

static int64_t at_least(int64_t execution)
{
	return execution + execution / 4 + 1;
}

/*
 * The fastcgi_read_timeout, in seconds, with which PHP comes first, then FPM, then nginx: one for all rules, so that what one of them
 * advises is no finding of another's.
 */
static int64_t patience(const struct fps_doctor *doctor, const struct fps_pair *pair)
{
	int64_t execution = fps_doctor_ini_number(doctor, pair, "max_execution_time"), terminate = terminate_of(pair->pool);
	int64_t limit = larger(terminate > 0 && terminate <= execution ? at_least(execution) : terminate, slow_of(pair->pool));

	return larger(execution > 0 ? execution * 2 + 5 : 0, limit > 0 ? limit * 4 / 3 + 5 : 0);
}

/* It has to be longer than PHP's own limit, and FPM refuses one that is shorter than the slow log's. */
static bool may_be(const struct fps_doctor *doctor, const struct fps_pair *pair, int64_t terminate)
{
	return terminate > fps_doctor_ini_number(doctor, pair, "max_execution_time") && terminate >= slow_of(pair->pool);
}

int64_t fps_doctor_terminate(const struct fps_doctor *doctor, const struct fps_pair *pair)
{
	int64_t execution = fps_doctor_ini_number(doctor, pair, "max_execution_time"), terminate = terminate_of(pair->pool);
	int64_t between = fps_doctor_before_nginx(fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000));

	if (terminate > 0) {
		return terminate <= execution ? at_least(execution) : terminate;
	}
	return may_be(doctor, pair, between) ? between : fps_doctor_before_nginx(patience(doctor, pair) * 1000);
}

void fps_rule_terminate_before_php(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->user_count; i++) {
		const struct fps_pair *user = &doctor->pairs[i];
		int64_t terminate = terminate_of(user->pool), execution = fps_doctor_ini_number(doctor, user, "max_execution_time");

		if (terminate > 0 && execution > 0 && terminate <= execution) {
			fps_doctor_found(doctor, rule, fps_place_setting(user->pool, "request_terminate_timeout"), fps_place_ini(doctor, user, "max_execution_time"),
				fps_doctor_in_section(doctor, user->pool, "request_terminate_timeout"), "request_terminate_timeout = %llds", (long long) at_least(execution));
		}
	}
}

void fps_rule_terminate_races_nginx(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	int64_t late = heartbeat(doctor);

	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t terminate = terminate_of(pair->pool) * 1000, read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000);

		if (terminate > 0 && terminate <= read && terminate + late > read) {
			fps_doctor_found(doctor, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"), fps_place_setting(pair->pool, "request_terminate_timeout"),
				fps_doctor_in_pass(pair->pass, "fastcgi_read_timeout"), "fastcgi_read_timeout %llds;", (long long) patience(doctor, pair));
		}
	}
}

void fps_rule_abandoned_requests(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t terminate = terminate_of(pair->pool) * 1000, read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000);
		int64_t between = fps_doctor_before_nginx(read);

		if (terminate != 0 && terminate <= read) {
			continue;
		}
		struct fps_place one = fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"), other = fps_place_setting(pair->pool, "request_terminate_timeout");

		if (may_be(doctor, pair, between)) {
			fps_doctor_found(doctor, rule, one, other, fps_doctor_in_section(doctor, pair->pool, "request_terminate_timeout"),
				"request_terminate_timeout = %llds", (long long) between);
		} else {
			fps_doctor_found(doctor, rule, one, other, fps_doctor_in_pass(pair->pass, "fastcgi_read_timeout"),
				"fastcgi_read_timeout %llds;", (long long) patience(doctor, pair));
		}
	}
}

void fps_rule_read_timeout_before_php(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000), execution = fps_doctor_ini_number(doctor, pair, "max_execution_time");

		if (execution > 0 && read <= execution * 1000) {
			fps_doctor_found(doctor, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"), fps_place_ini(doctor, pair, "max_execution_time"),
				fps_doctor_in_pass(pair->pass, "fastcgi_read_timeout"), "fastcgi_read_timeout %llds;", (long long) patience(doctor, pair));
		}
	}
}

/* FPM's kill is a 104 and nginx's giving up a 504: where both come too early, the kill is told of. */
void fps_rule_socket_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t wait = fps_doctor_ini_number(doctor, pair, "default_socket_timeout"), terminate = terminate_of(pair->pool) * 1000;
		int64_t read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000);

		wait = wait < 0 ? INT64_MAX : wait * 1000; /* a negative one is none */
		bool killed = terminate > 0 && terminate <= wait;

		if (wait > 1000 && (killed || read <= wait)) {
			fps_doctor_found(doctor, rule,
				killed ? fps_place_setting(pair->pool, "request_terminate_timeout") : fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"),
				fps_place_ini(doctor, pair, "default_socket_timeout"), fps_doctor_in_ini(doctor, pair, "default_socket_timeout"),
				"%s = %lld", fps_doctor_ini_name(doctor, pair, "default_socket_timeout"),
				(long long) larger(smaller(killed ? terminate : read, read) / 2000, 1));
		}
	}
}

void fps_rule_send_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pass *pass = doctor->pairs[i].pass;
		int64_t send = fps_doctor_time(pass, "fastcgi_send_timeout", 60000), read = fps_doctor_time(pass, "fastcgi_read_timeout", 60000);

		if (send < read) {
			fps_doctor_found(doctor, rule, fps_place_pass(pass, "fastcgi_send_timeout", "60s"), fps_place_pass(pass, "fastcgi_read_timeout", "60s"),
				fps_doctor_in_pass(pass, "fastcgi_send_timeout"), read % 1000 ? "fastcgi_send_timeout %lldms;" : "fastcgi_send_timeout %llds;",
				(long long) (read % 1000 ? read : read / 1000));
		}
	}
}

void fps_rule_connect_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		const char *listen = fps_fpmconf_value(pair->pool, "listen");

		if (*listen != '/' && fps_doctor_time(pair->pass, "fastcgi_connect_timeout", 60000) <= 1000) {
			fps_doctor_found(doctor, rule, fps_place_pass(pair->pass, "fastcgi_connect_timeout", "60s"), fps_place_setting(pair->pool, "listen"),
				fps_doctor_in_pass(pair->pass, "fastcgi_connect_timeout"), "fastcgi_connect_timeout 5s;");
		}
	}
}
