/* Rules: who gives up first. PHP should, then FPM, then nginx. */
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

static struct fps_effective read_timeout(const struct fps_doctor *doctor)
{
	return fps_rules_nginx(doctor, "fastcgi_read_timeout", "60s");
}

static struct fps_effective terminate_timeout(const struct fps_doctor *doctor)
{
	return fps_rules_pool(doctor, "request_terminate_timeout");
}

/* How long after its timeout FPM may notice: it looks every third of the shortest timeout of all pools. In
 * milliseconds. */
static int64_t heartbeat(const struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(server, &pools);
	int64_t shortest = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t timeouts[] = {fps_advised_terminate_of(&pools[i]), fps_advised_slow_of(&pools[i])};

		for (size_t n = 0; n < 2; n++) {
			if (timeouts[n] && (shortest == 0 || timeouts[n] < shortest)) {
				shortest = timeouts[n];
			}
		}
	}
	return larger(shortest * 1000 / 3, 130);
}

void fps_rule_terminate_before_php(struct fps_doctor *doctor)
{
	struct fps_effective terminate = terminate_timeout(doctor);
	struct fps_effective execution = fps_rules_php(doctor, "max_execution_time");
	int64_t limit = fps_effective_number(execution), seconds = fps_effective_seconds(terminate);

	if (seconds > 0 && limit > 0 && seconds <= limit) {
		fps_findings_found(&doctor->findings, fps_place_of(terminate), fps_place_of(execution), fps_place_in(terminate),
			"request_terminate_timeout = %llds", (long long) fps_advised_above(limit));
	}
}

/* Gives nginx as long as PHP and FPM need to come first. */
static void advise_read_timeout(struct fps_doctor *doctor, struct fps_effective against)
{
	struct fps_effective read = read_timeout(doctor);

	fps_findings_found(&doctor->findings, fps_place_of(read), fps_place_of(against), fps_place_in(read),
		"fastcgi_read_timeout %llds;", (long long) fps_advised_read_timeout(doctor->server, doctor->at));
}

void fps_rule_terminate_races_nginx(struct fps_doctor *doctor)
{
	struct fps_effective terminate = terminate_timeout(doctor);
	int64_t ms = fps_effective_seconds(terminate) * 1000, read = fps_effective_ms(read_timeout(doctor));

	if (ms > 0 && ms <= read && ms + heartbeat(doctor->server) > read) {
		advise_read_timeout(doctor, terminate);
	}
}

void fps_rule_abandoned_requests(struct fps_doctor *doctor)
{
	struct fps_effective read = read_timeout(doctor), terminate = terminate_timeout(doctor);
	int64_t ms = fps_effective_seconds(terminate) * 1000, between = fps_advised_before_nginx(fps_effective_ms(read));

	if (ms != 0 && ms <= fps_effective_ms(read)) {
		return;
	}
	if (fps_advised_may_be(doctor->server, doctor->at, between)) {
		fps_findings_found(&doctor->findings, fps_place_of(read), fps_place_of(terminate), fps_place_in(terminate),
			"request_terminate_timeout = %llds", (long long) between);
	} else {
		advise_read_timeout(doctor, terminate);
	}
}

void fps_rule_read_timeout_before_php(struct fps_doctor *doctor)
{
	struct fps_effective execution = fps_rules_php(doctor, "max_execution_time");
	int64_t limit = fps_effective_number(execution);

	if (limit > 0 && fps_effective_ms(read_timeout(doctor)) <= limit * 1000) {
		advise_read_timeout(doctor, execution);
	}
}

/* FPM's kill is a 104 and nginx's giving up a 504: where both come too early, the kill is told of. */
void fps_rule_socket_timeout(struct fps_doctor *doctor)
{
	struct fps_effective wait = fps_rules_php(doctor, "default_socket_timeout");
	struct fps_effective read = read_timeout(doctor), terminate = terminate_timeout(doctor);
	int64_t wait_ms = fps_effective_number(wait), terminate_ms = fps_effective_seconds(terminate) * 1000;
	int64_t read_ms = fps_effective_ms(read);

	wait_ms = wait_ms < 0 ? INT64_MAX : wait_ms * 1000; /* a negative one is none */
	bool killed = terminate_ms > 0 && terminate_ms <= wait_ms;

	if (wait_ms > 1000 && (killed || read_ms <= wait_ms)) {
		fps_findings_found(&doctor->findings, fps_place_of(killed ? terminate : read), fps_place_of(wait),
			fps_place_in(wait), "%s = %lld", fps_effective_name(wait),
			(long long) larger(smaller(killed ? terminate_ms : read_ms, read_ms) / 2000, 1));
	}
}

void fps_rule_send_timeout(struct fps_doctor *doctor)
{
	struct fps_effective send = fps_rules_nginx(doctor, "fastcgi_send_timeout", "60s"), read = read_timeout(doctor);
	int64_t ms = fps_effective_ms(read);

	if (fps_effective_ms(send) < ms) {
		fps_findings_found(&doctor->findings, fps_place_of(send), fps_place_of(read), fps_place_in(send),
			ms % 1000 ? "fastcgi_send_timeout %lldms;" : "fastcgi_send_timeout %llds;",
			(long long) (ms % 1000 ? ms : ms / 1000));
	}
}

void fps_rule_connect_timeout(struct fps_doctor *doctor)
{
	struct fps_effective listen = fps_rules_pool(doctor, "listen");
	struct fps_effective connect = fps_rules_nginx(doctor, "fastcgi_connect_timeout", "60s");

	if (*listen.value != '/' && fps_effective_ms(connect) <= 1000) {
		fps_findings_found(&doctor->findings, fps_place_of(connect), fps_place_of(listen), fps_place_in(connect),
			"fastcgi_connect_timeout 5s;");
	}
}
