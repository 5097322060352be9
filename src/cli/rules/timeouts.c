/* Rules: who gives up first. PHP should, then FPM, then nginx. */
#include "base/alloc.h"
#include "rules/plan.h"
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

/* `one` and `other` are what does not fit. */
static void advise_terminate(struct fps_doctor *doctor, struct fps_effective one, struct fps_effective other)
{
	struct fps_effective terminate = terminate_timeout(doctor);
	int64_t plan = fps_plan_terminate(doctor->server, doctor->at->pool);

	if (plan != fps_effective_seconds(terminate)) {
		fps_findings_set(&doctor->findings, fps_place_of(one), fps_place_of(other), terminate,
			"request_terminate_timeout = %llds", (long long) plan);
	}
}

/* False: it is not to be lowered. */
static bool advise_execution(struct fps_doctor *doctor, struct fps_effective against)
{
	struct fps_effective execution = fps_plan_execution_in(doctor->server, doctor->at);
	int64_t plan = fps_plan_execution(doctor->server, doctor->at);

	if (plan == fps_effective_ini_number(doctor->server, doctor->at, "max_execution_time")) {
		return false;
	}
	fps_findings_set(&doctor->findings, fps_place_of(execution), fps_place_of(against), execution, "%s = %lld",
		fps_effective_name(execution), (long long) plan);
	return true;
}

static void advise_read(struct fps_doctor *doctor, struct fps_effective against)
{
	struct fps_effective read = read_timeout(doctor);
	int64_t plan = fps_plan_read(doctor->server, doctor->at);

	if (plan != fps_effective_ms(read)) {
		fps_findings_set(&doctor->findings, fps_place_of(read), fps_place_of(against), read,
			"fastcgi_read_timeout %llds;", (long long) plan / 1000);
	}
}

void fps_rule_terminate_before_php(struct fps_doctor *doctor)
{
	struct fps_effective terminate = terminate_timeout(doctor);
	struct fps_effective execution = fps_rules_php(doctor, "max_execution_time");
	int64_t limit = fps_effective_number(execution), seconds = fps_effective_seconds(terminate);

	if (seconds > 0 && limit > 0 && seconds <= limit && !advise_execution(doctor, terminate)) {
		advise_terminate(doctor, terminate, execution);
	}
}

void fps_rule_terminate_races_nginx(struct fps_doctor *doctor)
{
	struct fps_effective terminate = terminate_timeout(doctor);
	int64_t ms = fps_effective_seconds(terminate) * 1000, read = fps_effective_ms(read_timeout(doctor));

	if (ms > 0 && ms <= read && ms + fps_plan_lateness(doctor->server) > read) {
		advise_read(doctor, terminate);
	}
}

void fps_rule_abandoned_requests(struct fps_doctor *doctor)
{
	struct fps_effective read = read_timeout(doctor), terminate = terminate_timeout(doctor);
	int64_t seconds = fps_effective_seconds(terminate);

	if (seconds == 0 || fps_plan_terminate(doctor->server, doctor->at->pool) < seconds) {
		advise_terminate(doctor, read, terminate);
	}
}

void fps_rule_read_timeout_before_php(struct fps_doctor *doctor)
{
	struct fps_effective execution = fps_rules_php(doctor, "max_execution_time");
	int64_t limit = fps_effective_number(execution);

	if (limit > 0 && fps_effective_ms(read_timeout(doctor)) <= limit * 1000) {
		advise_read(doctor, execution);
	}
}

/* Time for the page to handle the error, and no more: what a peer takes that long for is answered today. */
static int64_t just_below(int64_t seconds)
{
	return larger(seconds - larger(seconds / 20, 1), 1);
}

/* What waits for the request least, by the plan: below that, or below what there is now, if that is in the way alone.
 */
static int64_t socket_plan(const struct fps_doctor *doctor, int64_t wait_ms, int64_t limit_ms)
{
	int64_t terminate = fps_plan_terminate(doctor->server, doctor->at->pool), plan = just_below(limit_ms / 1000);
	int64_t read = fps_plan_read(doctor->server, doctor->at) / 1000;
	int64_t planned = just_below(terminate > 0 ? smaller(terminate, read) : read);

	return planned * 1000 < wait_ms ? planned : plan;
}

/* FPM's kill is a 104 and nginx's giving up a 504: where both come too early, the kill is what is reported. */
void fps_rule_socket_timeout(struct fps_doctor *doctor)
{
	struct fps_effective wait = fps_rules_php(doctor, "default_socket_timeout");
	struct fps_effective read = read_timeout(doctor), terminate = terminate_timeout(doctor);
	int64_t wait_ms = fps_effective_number(wait), terminate_ms = fps_effective_seconds(terminate) * 1000;
	int64_t read_ms = fps_effective_ms(read);

	wait_ms = wait_ms < 0 ? INT64_MAX : wait_ms * 1000; /* a negative one is none */
	bool killed = terminate_ms > 0 && terminate_ms <= wait_ms;

	if (wait_ms > 1000 && (killed || read_ms <= wait_ms)) {
		fps_findings_set(&doctor->findings, fps_place_of(killed ? terminate : read), fps_place_of(wait), wait,
			"%s = %lld", fps_effective_name(wait),
			(long long) socket_plan(doctor, wait_ms, smaller(killed ? terminate_ms : read_ms, read_ms)));
	}
}

void fps_rule_send_timeout(struct fps_doctor *doctor)
{
	struct fps_effective send = fps_rules_nginx(doctor, "fastcgi_send_timeout", "60s"), read = read_timeout(doctor);
	int64_t ms = smaller(fps_effective_ms(read), FPS_PLAN_MOST * INT64_C(1000));

	if (fps_effective_ms(send) < ms) {
		fps_findings_set(&doctor->findings, fps_place_of(send), fps_place_of(read), send,
			ms % 1000 ? "fastcgi_send_timeout %lldms;" : "fastcgi_send_timeout %llds;",
			(long long) (ms % 1000 ? ms : ms / 1000));
	}
}

void fps_rule_connect_timeout(struct fps_doctor *doctor)
{
	struct fps_effective listen = fps_rules_pool(doctor, "listen");
	struct fps_effective connect = fps_rules_nginx(doctor, "fastcgi_connect_timeout", "60s");

	if (*listen.value != '/' && fps_effective_ms(connect) <= 1000) {
		fps_findings_set(
			&doctor->findings, fps_place_of(connect), fps_place_of(listen), connect, "fastcgi_connect_timeout 5s;");
	}
}

/* Long is what no person waits for; very different what a limit for both would be wrong for one of. */
enum { LONG = 300, TIMES = 4 };

void fps_rule_mixed_limits(struct fps_doctor *doctor)
{
	const struct fps_pair *longest = NULL, *shortest = NULL;
	int64_t most = 0, least = INT64_MAX;

	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t ms = fps_effective_ms(fps_effective_nginx(pair->pass, "fastcgi_read_timeout", "60s"));

		if (pair->pool == doctor->at->pool && ms > most) {
			longest = pair;
			most = ms;
		}
		if (pair->pool == doctor->at->pool && ms < least) {
			shortest = pair;
			least = ms;
		}
	}
	if (shortest && most >= LONG * INT64_C(1000) && least * TIMES <= most) {
		fps_findings_found(&doctor->findings,
			fps_place_of(fps_effective_nginx(longest->pass, "fastcgi_read_timeout", "60s")),
			fps_place_of(fps_effective_nginx(shortest->pass, "fastcgi_read_timeout", "60s")), NULL,
			"give the location of the long pages a pool of its own, and if reloads must not kill them an FPM of its "
			"own");
	}
}

/* The other words stay. */
void fps_rule_next_upstream_repeats(struct fps_doctor *doctor)
{
	struct fps_effective next = fps_rules_nginx(doctor, "fastcgi_next_upstream", "error timeout");
	char *words = NULL;
	bool repeats = false;

	for (size_t i = 1; next.directive && i < next.directive->count; i++) {
		const char *word = next.directive->words[i];

		repeats = repeats || strcmp(word, "non_idempotent") == 0;
		if (strcmp(word, "non_idempotent") != 0) {
			fps_alloc_append(&words, "%s%s", words ? " " : "", word);
		}
	}
	if (repeats) {
		fps_findings_set(&doctor->findings, fps_place_of(next), fps_place_none(), next, "fastcgi_next_upstream %s;",
			words ? words : "error timeout");
	}
	free(words);
}
