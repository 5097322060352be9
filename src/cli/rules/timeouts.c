/* Rules: who gives up first. PHP should, then FPM, then nginx. */
#include "base/alloc.h"
#include "rules/plan.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

static int64_t smaller(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static struct fps_effective read_timeout(const struct fps_doctor *doctor)
{
	return fps_effective_read(doctor->at);
}

static struct fps_effective terminate_timeout(const struct fps_doctor *doctor)
{
	return fps_rules_pool(doctor, "request_terminate_timeout");
}

/* `one` and `other` are the settings that do not fit together. */
static void advise_terminate(struct fps_doctor *doctor, struct fps_effective one, struct fps_effective other)
{
	struct fps_effective terminate = terminate_timeout(doctor);
	int64_t plan = fps_plan_terminate(doctor->server, doctor->at->pool);

	if (plan != fps_effective_seconds(terminate)) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(one), fps_settingplace_of(other), terminate,
			"request_terminate_timeout = %llds", (long long) plan);
	}
}

/* False: do not lower it. */
static bool advise_execution(struct fps_doctor *doctor, struct fps_effective against)
{
	struct fps_effective execution = fps_plan_execution_in(doctor->server, doctor->at);
	int64_t plan = fps_plan_execution(doctor->server, doctor->at);

	if (plan == fps_effective_ini_number(doctor->server, doctor->at, "max_execution_time")) {
		return false;
	}
	fps_findings_set(&doctor->findings, fps_settingplace_of(fps_rules_php(doctor, "max_execution_time")),
		fps_settingplace_of(against), execution, "%s = %lld", fps_effective_name(execution), (long long) plan);
	return true;
}

static void advise_read(struct fps_doctor *doctor, struct fps_effective against)
{
	struct fps_effective read = read_timeout(doctor);
	int64_t plan = fps_plan_read(doctor->server, doctor->at);

	if (plan <= fps_effective_ms(read)) { /* a lower one serves those in front, and does not help here */
		return;
	}
	if (read.is_apache && strcmp(read.name, "timeout") == 0) {
		fps_findings_word(&doctor->findings, fps_settingplace_of(read), fps_settingplace_of(against), read.directive,
			"timeout=%lld", (long long) plan / 1000);
	} else {
		fps_findings_set(&doctor->findings, fps_settingplace_of(read), fps_settingplace_of(against), read,
			read.is_apache ? "ProxyTimeout %lld" : "fastcgi_read_timeout %llds;", (long long) plan / 1000);
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

/* Where Apache keeps connections a new limit would kill the workers that wait on them: enablereuse-terminate. */
void fps_rule_abandoned_requests(struct fps_doctor *doctor)
{
	struct fps_effective read = read_timeout(doctor), terminate = terminate_timeout(doctor);
	int64_t seconds = fps_effective_seconds(terminate);
	bool keeps = doctor->at->pass->is_apache && fps_rules_reuse(doctor);

	if ((seconds == 0 && !keeps) || (seconds > 0 && fps_plan_terminate(doctor->server, doctor->at->pool) < seconds)) {
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

/* Leave a longer one that was set on purpose: those who use that place may wait that long. */
void fps_rule_front_gives_up(struct fps_doctor *doctor)
{
	struct fps_effective read = read_timeout(doctor);
	int64_t front = fps_plan_front(doctor->server), has = fps_effective_ms(read);
	int64_t plan = fps_plan_read(doctor->server, doctor->at);

	if (front > 0 && has >= front * 1000 && plan < has) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(read), fps_rules_front(doctor), read,
			"fastcgi_read_timeout %llds;", (long long) plan / 1000);
	} else if (front > 0 && has >= front * 1000 && fps_plan_is_chosen(doctor->server, doctor->at)) {
		fps_findings_found(&doctor->findings, fps_settingplace_of(read), fps_rules_front(doctor),
			fps_alloc_format("what stands before nginx, for these pages; or let them answer at once, and work on in a "
							 "queue"),
			"a timeout above %llds", (long long) (has + 999) / 1000);
	}
}

/* FPM's kill causes a 104, and nginx's timeout a 504. If both come too early, report the kill. */
void fps_rule_socket_timeout(struct fps_doctor *doctor)
{
	struct fps_effective wait = fps_rules_php(doctor, "default_socket_timeout");
	struct fps_effective read = read_timeout(doctor), terminate = terminate_timeout(doctor);
	int64_t wait_ms = fps_effective_number(wait), terminate_ms = fps_effective_seconds(terminate) * 1000;
	int64_t read_ms = fps_effective_ms(read);

	wait_ms = wait_ms < 0 ? INT64_MAX : wait_ms * 1000; /* a negative one means none */
	bool killed = terminate_ms > 0 && terminate_ms <= wait_ms;
	struct fps_effective target;
	int64_t plan = fps_plan_socket(doctor->server, doctor->at, &target);

	if (wait_ms > 1000 && (killed || read_ms <= wait_ms) && plan != INT64_MAX) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(killed ? terminate : read), fps_settingplace_of(wait),
			target, "%s = %lld", fps_effective_name(target), (long long) plan);
	}
}

void fps_rule_send_timeout(struct fps_doctor *doctor)
{
	struct fps_effective send = fps_rules_nginx(doctor, "fastcgi_send_timeout", "60s"), read = read_timeout(doctor);
	int64_t ms = smaller(fps_plan_read(doctor->server, doctor->at), FPS_PLAN_MOST * INT64_C(1000));

	if (fps_effective_ms(send) < ms) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(send), fps_settingplace_of(read), send,
			ms % 1000 ? "fastcgi_send_timeout %lldms;" : "fastcgi_send_timeout %llds;",
			(long long) (ms % 1000 ? ms : ms / 1000));
	}
}

void fps_rule_connect_timeout(struct fps_doctor *doctor)
{
	struct fps_effective listen = fps_rules_pool(doctor, "listen");
	struct fps_effective connect = fps_rules_nginx(doctor, "fastcgi_connect_timeout", "60s");

	if (*listen.value != '/' && fps_effective_ms(connect) <= 1000) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(connect), fps_settingplace_of(listen), connect,
			"fastcgi_connect_timeout 5s;");
	}
}

/* Long is more than a person waits; very different means that one limit would be wrong for one of the places. */
enum { LONG = 300, TIMES = 4 };

/* How long nginx waits for a pool's requests, in milliseconds, and where it is the longest and the shortest time. */
struct range {
	const struct fps_pair *longest, *shortest; /* NULL: nothing leads to the pool */
	int64_t most, least;
};

static struct range range_of(const struct fps_server *server, const struct fps_section *pool)
{
	struct range range = {.least = INT64_MAX};

	for (size_t i = 0; i < server->pair_count; i++) {
		const struct fps_pair *pair = &server->pairs[i];
		int64_t ms = fps_effective_ms(fps_effective_read(pair));

		if (pair->pool == pool && ms > range.most) {
			range.longest = pair;
			range.most = ms;
		}
		if (pair->pool == pool && ms < range.least) {
			range.shortest = pair;
			range.least = ms;
		}
	}
	return range;
}

void fps_rule_mixed_limits(struct fps_doctor *doctor)
{
	struct range range = range_of(doctor->server, doctor->at->pool);

	if (range.shortest && range.most >= LONG * INT64_C(1000) && range.least * TIMES <= range.most) {
		fps_findings_found(&doctor->findings, fps_settingplace_of(fps_effective_read(range.longest)),
			fps_settingplace_of(fps_effective_read(range.shortest)), NULL,
			"give the location of the long pages a pool of its own, and if reloads must not kill them an FPM of its "
			"own");
	}
}

/* Where one pool has both, that is said by the rule above. */
void fps_rule_mixed_pools(struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools);
	struct range range = range_of(doctor->server, doctor->at->pool), other = {.longest = NULL};

	for (size_t i = 0; i < count && (other.longest == NULL || other.most * TIMES > range.least); i++) {
		other = range_of(doctor->server, &pools[i]);
	}
	if (range.longest && range.least >= LONG * INT64_C(1000) && other.longest && other.most * TIMES <= range.least) {
		fps_findings_found(&doctor->findings, fps_settingplace_of(fps_effective_read(range.longest)),
			fps_settingplace_of(fps_effective_read(other.longest)), NULL,
			"if reloads must not kill the long requests, give their pool an FPM of its own: a php-fpm.conf and a "
			"service for it");
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
		fps_findings_set(&doctor->findings, fps_settingplace_of(next), fps_settingplace_none(), next,
			"fastcgi_next_upstream %s;", words ? words : "error timeout");
	}
	free(words);
}
