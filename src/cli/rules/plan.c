/* The values that fit together. */
#include "rules/plan.h"

#include "base/alloc.h"

#include <string.h>

static int64_t larger(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

static int64_t smaller(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static int64_t terminate_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_terminate_timeout");
}

static int64_t slow_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_slowlog_timeout");
}

static int64_t read_of(const struct fps_pair *pair)
{
	return fps_effective_ms(fps_effective_nginx(pair->pass, "fastcgi_read_timeout", "60s"));
}

/* CPU time and real time: so much more lets PHP's own limit come first. */
static int64_t above(int64_t execution)
{
	return execution + execution / 4 + 1;
}

/* FPM may be a third late. */
static int64_t behind(int64_t terminate)
{
	return terminate * 4 / 3 + 5;
}

/* Real time for a page that may compute that long. */
static int64_t time_for(int64_t execution)
{
	return execution * 2 + 5;
}

static bool same_place(const struct fps_setting *one, const struct fps_setting *other)
{
	return one->file == other->file && one->line == other->line;
}

/* Whether nobody but this pool has that setting. */
static bool is_own(const struct fps_server *server, const struct fps_section *pool, const struct fps_effective *is)
{
	for (size_t i = 0; is->is_passed && i < server->pair_count; i++) {
		struct fps_effective other = fps_effective_php(server, &server->pairs[i], is->name);

		if (other.is_passed && same_place(other.setting, is->setting) && server->pairs[i].pool != pool) {
			return false;
		}
	}
	return is->is_passed || is->section;
}

/* A limit of PHP's below what cuts the request anyway: the pool's own, or one that is too long to be waited for. */
static int64_t lowered(const struct fps_server *server, const struct fps_pair *user, int64_t below, bool bounded)
{
	struct fps_effective is = fps_effective_php(server, user, "max_execution_time");
	int64_t execution = fps_effective_number(is);
	bool own = is_own(server, user->pool, &is);

	return execution >= below && below > 1 && (own || !is.is_passed) && (own || !bounded) ? below - 1 : execution;
}

int64_t fps_plan_execution(const struct fps_server *server, const struct fps_pair *user)
{
	int64_t execution = fps_effective_ini_number(server, user, "max_execution_time");
	int64_t terminate = terminate_of(user->pool);

	if (terminate > 0 && execution >= terminate) {
		execution = lowered(server, user, terminate, above(execution) <= FPS_PLAN_MOST);
	}
	return execution;
}

struct fps_effective fps_plan_execution_in(const struct fps_server *server, const struct fps_pair *user)
{
	struct fps_effective is = fps_effective_php(server, user, "max_execution_time");

	return is_own(server, user->pool, &is) ? is
										   : fps_effective_pool(server, user->pool, "php_value[max_execution_time]");
}

int64_t fps_plan_read(const struct fps_server *server, const struct fps_pair *pair)
{
	int64_t execution = fps_plan_execution(server, pair), terminate = terminate_of(pair->pool), read = read_of(pair);
	int64_t planned = read;

	if (execution > 0 && read <= execution * 1000) {
		planned = smaller(time_for(execution), larger(FPS_PLAN_MOST, execution + 1)) * 1000;
	}
	if (terminate > 0 && terminate <= execution) {
		terminate = above(execution);
	}
	if (terminate > 0 && terminate * 1000 <= planned
		&& planned < smaller(terminate * 1000 + fps_plan_lateness(server), behind(terminate) * 1000)) {
		planned = behind(terminate) * 1000;
	}
	return planned <= FPS_PLAN_MOST * INT64_C(1000) ? planned : read;
}

/* As long as somebody waits for the pool's requests, and PHP's own limit. */
static int64_t waited_for(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t longest = 0;

	for (size_t i = 0; i < server->pair_count; i++) {
		const struct fps_pair *pair = &server->pairs[i];

		if (pair->pool == pool) {
			longest = larger(longest, (fps_plan_read(server, pair) + 999) / 1000);
			longest = larger(longest, above(fps_plan_execution(server, pair)));
		}
	}
	return longest;
}

int64_t fps_plan_terminate(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t terminate = terminate_of(pool), planned = terminate, waits = waited_for(server, pool);

	if (waits > 0 && (terminate == 0 || terminate > waits * 2 + 10)) {
		/* a page that writes now and then may take longer than nginx waits for each piece of it */
		planned = larger(smaller(waits * 2 + 5, larger(waits + 5, FPS_PLAN_MOST)), slow_of(pool));
	}
	for (size_t i = 0; terminate > 0 && i < server->user_count; i++) {
		int64_t execution = server->pairs[i].pool == pool ? fps_plan_execution(server, &server->pairs[i]) : 0;

		planned = execution >= planned && execution > 0 ? above(execution) : planned;
	}
	return planned <= FPS_PLAN_MOST ? planned : terminate;
}

int64_t fps_plan_shortest_read(const struct fps_server *server)
{
	int64_t shortest = INT64_MAX;

	for (size_t i = 0; i < server->pair_count; i++) {
		shortest = smaller(shortest, fps_plan_read(server, &server->pairs[i]));
	}
	return shortest;
}

int64_t fps_plan_reload(const struct fps_server *server, const struct fps_records *records)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(server, &pools);
	int64_t longest = FPS_PLAN_RELOAD_LEAST, shortest = fps_plan_shortest_read(server);

	for (size_t i = 0; i < count; i++) {
		longest = larger(longest, fps_plan_terminate(server, &pools[i]));
	}
	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *record = &records->all[i];
		bool killed = strcmp(record->cause, "fpm_reload") == 0 && record->elapsed < FPS_PLAN_MOST;

		longest = killed ? larger(longest, (int64_t) record->elapsed + 5) : longest;
	}
	longest = smaller(longest, FPS_PLAN_RELOAD_MOST);
	return larger(shortest == INT64_MAX ? longest : smaller(longest, shortest / 1000 * 3 / 4), 1);
}

int64_t fps_plan_lateness(const struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(server, &pools);
	int64_t shortest = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		int64_t terminate = terminate_of(&pools[i]), slow = slow_of(&pools[i]);

		shortest = terminate > 0 ? smaller(shortest, terminate) : shortest;
		shortest = slow > 0 ? smaller(shortest, slow) : shortest;
	}
	return larger(shortest == INT64_MAX ? 0 : shortest * 1000 / 3, 130);
}

/* After five seconds, or request_terminate_timeout: FPM refuses a longer one. */
char *fps_plan_slow_log(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t terminate = fps_plan_terminate(server, pool), seconds = terminate > 0 && terminate < 5 ? terminate : 5;

	return fps_alloc_format("request_slowlog_timeout = %lld%s", (long long) seconds,
		*fps_fpmconf_value(pool, "slowlog") ? "s" : "s\nslowlog = /var/log/php-fpm-$pool-slow.log");
}
