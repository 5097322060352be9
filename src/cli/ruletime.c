/* Rules: who gives up first. PHP should, then FPM, then nginx. */
#include "rules.h"
#include "units.h"

#include <stdlib.h>
#include <string.h>

static int64_t smaller(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static int64_t terminate_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_terminate_timeout");
}

/* How long after its timeout FPM may notice: it looks every third of the shortest timeout of all pools. In milliseconds. */
static int64_t heartbeat(const struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);
	int64_t shortest = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t timeouts[] = {terminate_of(&pools[i]), fps_fpmconf_seconds(&pools[i], "request_slowlog_timeout")};

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
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);

	for (size_t i = 0; i < count; i++) {
		int64_t terminate = terminate_of(&pools[i]), execution = fps_doctor_ini_number(doctor, &pools[i], "max_execution_time");

		if (terminate > 0 && execution > 0 && terminate <= execution) {
			fps_doctor_found(doctor, rule, fps_place_setting(&pools[i], "request_terminate_timeout"), fps_place_ini(doctor, &pools[i], "max_execution_time"),
				fps_doctor_in_section(doctor, &pools[i]), "request_terminate_timeout = %llds", (long long) execution + (long long) execution / 4 + 1);
		}
	}
}

void fps_rule_terminate_races_nginx(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t terminate = terminate_of(pair->pool) * 1000, read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000);

		if (terminate > 0 && terminate <= read && terminate + heartbeat(doctor) > read) {
			fps_doctor_found(doctor, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"), fps_place_setting(pair->pool, "request_terminate_timeout"),
				fps_doctor_in_pass(pair->pass), "fastcgi_read_timeout %llds;", (long long) terminate / 1000 * 4 / 3 + 5);
		}
	}
}

void fps_rule_abandoned_requests(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t terminate = terminate_of(pair->pool) * 1000, read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000);

		if (terminate == 0 || terminate > read) {
			fps_doctor_found(doctor, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"), fps_place_setting(pair->pool, "request_terminate_timeout"),
				fps_doctor_in_section(doctor, pair->pool), "request_terminate_timeout = %llds", (long long) fps_doctor_before_nginx(read));
		}
	}
}

void fps_rule_read_timeout_before_php(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000), execution = fps_doctor_ini_number(doctor, pair->pool, "max_execution_time");

		if (execution > 0 && read <= execution * 1000) {
			fps_doctor_found(doctor, rule, fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"), fps_place_ini(doctor, pair->pool, "max_execution_time"),
				fps_doctor_in_pass(pair->pass), "fastcgi_read_timeout %llds;", (long long) execution * 2 + 5);
		}
	}
}

/* FPM's kill is a 104 and nginx's giving up a 504: where both come too early, the kill is told of. */
void fps_rule_socket_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->pair_count; i++) {
		const struct fps_pair *pair = &doctor->pairs[i];
		int64_t wait = fps_doctor_ini_number(doctor, pair->pool, "default_socket_timeout") * 1000, terminate = terminate_of(pair->pool) * 1000;
		int64_t read = fps_doctor_time(pair->pass, "fastcgi_read_timeout", 60000);
		bool killed = terminate > 0 && terminate <= wait;

		if (wait > 0 && (killed || read <= wait)) {
			fps_doctor_found(doctor, rule,
				killed ? fps_place_setting(pair->pool, "request_terminate_timeout") : fps_place_pass(pair->pass, "fastcgi_read_timeout", "60s"),
				fps_place_ini(doctor, pair->pool, "default_socket_timeout"), fps_doctor_in_ini(doctor),
				"default_socket_timeout = %lld", (long long) (smaller(killed ? terminate : read, read) / 2000 > 0 ? smaller(killed ? terminate : read, read) / 2000 : 1));
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
				fps_doctor_in_pass(pass), "fastcgi_send_timeout %lldms;", (long long) read);
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
				fps_doctor_in_pass(pair->pass), "fastcgi_connect_timeout 5s;");
		}
	}
}
