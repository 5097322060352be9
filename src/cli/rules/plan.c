/* Computes values that fit together. */
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
	return fps_effective_ms(fps_effective_read(pair));
}

/* The gap between CPU time and real time that lets PHP's own limit come first. */
static int64_t above(int64_t execution)
{
	return execution + execution / 4 + 1;
}

/* FPM may be late by a third. */
static int64_t behind(int64_t terminate)
{
	return terminate * 4 / 3 + 5;
}

static bool same_place(const struct fps_setting *one, const struct fps_setting *other)
{
	return one->file == other->file && one->line == other->line;
}

/* Whether only this pool uses that setting. */
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

/* Below what cuts the request anyway, unless nginx passes the setting to other pools as well. */
int64_t fps_plan_execution(const struct fps_server *server, const struct fps_pair *user)
{
	struct fps_effective is = fps_effective_php(server, user, "max_execution_time");
	int64_t execution = fps_effective_number(is), terminate = terminate_of(user->pool);
	bool may_be = !is.is_passed || is_own(server, user->pool, &is);

	return terminate > 1 && execution >= terminate && may_be ? terminate - 1 : execution;
}

struct fps_effective fps_plan_execution_in(const struct fps_server *server, const struct fps_pair *user)
{
	struct fps_effective is = fps_effective_php(server, user, "max_execution_time");

	return is_own(server, user->pool, &is) ? is
										   : fps_effective_pool(server, user->pool, "php_value[max_execution_time]");
}

int64_t fps_plan_front(const struct fps_server *server)
{
	int64_t client = server->front.client, balancer = server->front.balancer;

	return client > 0 && (balancer <= 0 || client < balancer) ? client : balancer;
}

/* One second less than those in front, in milliseconds: a larger margin would cut requests that are answered today. */
static int64_t most_read(const struct fps_server *server)
{
	int64_t front = fps_plan_front(server);

	return front > 1 ? (front - 1) * 1000 : INT64_MAX;
}

/* Whether the time was set for a server or a location, not for all of them. */
static bool is_local(struct fps_effective read)
{
	return read.directive && read.directive->parent
		&& strcmp(fps_nginxconf_word(read.directive->parent, 0), "http") != 0;
}

/* Whether a place has its own time while others have a shorter or longer one. */
static bool differs(const struct fps_server *server, const struct fps_pair *pair, bool is_longer)
{
	struct fps_effective read = fps_effective_read(pair);
	int64_t ms = fps_effective_ms(read);

	if (!is_local(read)) {
		return false;
	}
	for (size_t i = 0; i < server->pair_count; i++) {
		if (is_longer ? read_of(&server->pairs[i]) < ms : read_of(&server->pairs[i]) > ms) {
			return true;
		}
	}
	return false;
}

bool fps_plan_is_chosen(const struct fps_server *server, const struct fps_pair *pair)
{
	return differs(server, pair, true);
}

static bool is_same_setting(const struct fps_effective *one, const struct fps_effective *other)
{
	return one->is_passed == other->is_passed && one->section == other->section
		&& (one->setting == other->setting || (one->is_passed && same_place(one->setting, other->setting)));
}

/* Whether PHP's limit was set for another place, which has the time for it, while this one has not. */
static bool is_for_another(const struct fps_server *server, const struct fps_pair *pair, int64_t execution)
{
	struct fps_effective limit = fps_effective_php(server, pair, "max_execution_time");
	int64_t read = read_of(pair);

	for (size_t i = 0; i < server->pair_count; i++) {
		struct fps_effective other = fps_effective_read(&server->pairs[i]);
		struct fps_effective others = fps_effective_php(server, &server->pairs[i], "max_execution_time");
		int64_t ms = fps_effective_ms(other);

		if (ms > read && ms >= execution * 1000 && is_local(other) && is_same_setting(&limit, &others)) {
			return true;
		}
	}
	return false;
}

/* Above PHP's limit and FPM's, within the allowed range. */
static int64_t raised(const struct fps_server *server, const struct fps_pair *pair, int64_t read, int64_t most)
{
	int64_t execution = fps_plan_execution(server, pair), terminate = terminate_of(pair->pool), planned = read;

	if (execution > 0 && read <= execution * 1000 && !differs(server, pair, false)
		&& !is_for_another(server, pair, execution)) {
		planned = smaller(smaller(above(execution), larger(FPS_PLAN_MOST, execution + 1)) * 1000, most);
		planned = planned > execution * 1000 ? planned : read;
	}
	if (terminate > 0 && terminate <= execution) {
		terminate = above(execution);
	}
	if (terminate > 0 && terminate * 1000 <= planned
		&& planned < smaller(terminate * 1000 + fps_plan_lateness(server), behind(terminate) * 1000)
		&& behind(terminate) * 1000 <= most) {
		planned = behind(terminate) * 1000;
	}
	return planned <= FPS_PLAN_MOST * INT64_C(1000) ? planned : read;
}

int64_t fps_plan_read(const struct fps_server *server, const struct fps_pair *pair)
{
	int64_t read = read_of(pair), most = most_read(server);

	if (read >= fps_plan_front(server) * 1000 && read > most && !fps_plan_is_chosen(server, pair)) {
		read = most;
	}
	return raised(server, pair, read, larger(most, read));
}

/* As long as somebody waits for the pool's requests, but not below PHP's own limit. */
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

/* A limit this many times longer than anybody waits is a mistake; a shorter one was chosen, for a page that streams. */
enum { TOO_LONG = 10 };

/* Whether the limit has ended a request of that pool: then somebody did wait that long, as for a page that streams. */
static bool was_needed(const struct fps_server *server, const struct fps_section *pool)
{
	for (size_t i = 0; server->records && i < server->records->count; i++) {
		const struct fps_record *record = &server->records->all[i];

		if (strcmp(record->cause, "request_terminate_timeout") == 0 && record->pool
			&& strcmp(record->pool, pool->name) == 0) {
			return true;
		}
	}
	return false;
}

/* Apache buffers no answer as a whole; nginx buffers answers and uploads in files unless it was told not to. */
static bool is_held_by_client(const struct fps_pass *pass)
{
	static const char *const off[][2] = {
		{"fastcgi_buffering", "off"}, {"fastcgi_request_buffering", "off"}, {"fastcgi_max_temp_file_size", "0"}};
	bool held = pass->is_apache;

	for (size_t i = 0; !held && i < sizeof off / sizeof off[0]; i++) {
		const struct fps_directive *directive = fps_nginxpass_holds(pass, off[i][0]);

		held = directive && strcmp(fps_nginxconf_word(directive, 1), off[i][1]) == 0;
	}
	return held;
}

/* Whether large downloads or uploads keep a worker as long as a slow client takes. */
static bool has_slow_clients(const struct fps_server *server, const struct fps_section *pool)
{
	size_t i = 0;

	while (i < server->pair_count && !(server->pairs[i].pool == pool && is_held_by_client(server->pairs[i].pass))) {
		i++;
	}
	return i < server->pair_count;
}

int64_t fps_plan_terminate(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t terminate = terminate_of(pool), planned = terminate, waits = waited_for(server, pool);
	int64_t most = larger(waits + 5, FPS_PLAN_MOST);

	if (waits > 0 && (terminate == 0 || (terminate > waits * TOO_LONG && !was_needed(server, pool)))) {
		/* a page that writes now and then may take longer than nginx waits for each part of it */
		planned = larger(has_slow_clients(server, pool) ? most : smaller(waits * 2 + 5, most), slow_of(pool));
		planned = terminate > 0 ? smaller(planned, terminate) : planned;
	}
	for (size_t i = 0; terminate > 0 && i < server->user_count; i++) {
		int64_t execution = server->pairs[i].pool == pool ? fps_plan_execution(server, &server->pairs[i]) : 0;

		planned = execution >= planned && execution > 0 ? above(execution) : planned;
	}
	return planned <= FPS_PLAN_MOST ? planned : terminate;
}

/* Time for the page to handle the error, and no more: a longer limit must not cut what a slow peer still answers today.
 */
static int64_t just_below(int64_t seconds)
{
	return seconds == INT64_MAX ? seconds : larger(seconds - larger(seconds / 20, 1), 1);
}

/* How long somebody waits for the user's requests, in seconds. */
static int64_t patience_for(const struct fps_server *server, const struct fps_pair *user)
{
	int64_t terminate = fps_plan_terminate(server, user->pool), read = INT64_MAX;

	read = user->pass ? fps_plan_read(server, user) / 1000 : read;
	return terminate > 0 ? smaller(terminate, read) : read;
}

/* The longest patience of anybody who shares the setting, or of those who use one pool. */
static int64_t patience_of_all(
	const struct fps_server *server, const struct fps_effective *is, const struct fps_section *pool)
{
	int64_t most = 0;

	for (size_t i = 0; i < server->user_count; i++) {
		struct fps_effective other = fps_effective_php(server, &server->pairs[i], is->name);

		if (is_same_setting(is, &other) && (pool == NULL || pool == server->pairs[i].pool)) {
			most = larger(most, patience_for(server, &server->pairs[i]));
		}
	}
	return most;
}

int64_t fps_plan_socket(const struct fps_server *server, const struct fps_pair *user, struct fps_effective *target)
{
	struct fps_effective is = fps_effective_php(server, user, "default_socket_timeout");
	int64_t wait = fps_effective_number(is), all = just_below(patience_of_all(server, &is, NULL));
	int64_t own = is.is_passed || is.section ? all : just_below(patience_of_all(server, &is, user->pool));

	wait = wait < 0 ? INT64_MAX : wait;
	*target = own < all ? fps_effective_pool(server, user->pool, "php_value[default_socket_timeout]") : is;
	/* a place with less patience than others who share the setting gains nothing from a value that fits the others */
	return own < wait && own <= just_below(patience_for(server, user)) ? own : INT64_MAX;
}

int64_t fps_plan_shortest_read(const struct fps_server *server)
{
	int64_t shortest = INT64_MAX;

	for (size_t i = 0; i < server->pair_count; i++) {
		shortest = smaller(shortest, fps_plan_read(server, &server->pairs[i]));
	}
	return shortest;
}

int64_t fps_plan_patience(const struct fps_server *server)
{
	int64_t front = fps_plan_front(server), read = fps_plan_shortest_read(server);

	return front > 0 ? smaller(front * 1000, read) : read;
}

int64_t fps_plan_stop(const struct fps_server *server)
{
	return fps_machine_span(fps_machine_property(&server->machine, "TimeoutStopUSec"));
}

/* Added to process_control_timeout, so that systemd does not kill workers that FPM still waits for. */
enum { STOP_MARGIN = 10 };

int64_t fps_plan_stop_above(int64_t control)
{
	return control + STOP_MARGIN;
}

/* Short enough to fit into systemd's TimeoutStopSec, if that leaves enough. */
static int64_t within_stop(const struct fps_server *server, int64_t control)
{
	int64_t stop = fps_plan_stop(server) - STOP_MARGIN;

	return stop >= FPS_PLAN_RELOAD_LEAST ? smaller(control, stop) : control;
}

/* How long a reload may hold up new requests, in milliseconds. */
static int64_t patience_with_reload(const struct fps_server *server)
{
	int64_t patience = fps_plan_patience(server);

	return fps_plan_front(server) > 0 ? patience : smaller(patience, FPS_PLAN_VISITOR * INT64_C(1000));
}

int64_t fps_plan_reload(const struct fps_server *server, const struct fps_recordindex *records)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);
	int64_t longest = FPS_PLAN_RELOAD_LEAST, shortest = patience_with_reload(server);

	for (size_t i = 0; i < count; i++) {
		longest = larger(longest, fps_plan_terminate(server, &pools[i]));
	}
	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *record = &records->all[i];
		bool killed = strcmp(record->cause, "fpm_reload") == 0 && record->elapsed < FPS_PLAN_MOST;

		longest = killed ? larger(longest, (int64_t) record->elapsed + 5) : longest;
	}
	longest = within_stop(server, smaller(longest, FPS_PLAN_RELOAD_MOST));
	return larger(smaller(longest, shortest / 1000 * 3 / 4), 1);
}

/* The longest request_terminate_timeout that the plan will contain. */
static int64_t longest_request(const struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);
	int64_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		longest = larger(longest, fps_plan_terminate(server, &pools[i]));
	}
	return longest;
}

int64_t fps_plan_control(const struct fps_server *server, const struct fps_recordindex *records)
{
	int64_t control = server->fpm.count ? fps_fpmconf_seconds(server->fpm.sections, "process_control_timeout") : 0;
	int64_t plan = fps_plan_reload(server, records);
	bool none = control == 0, is_short = control < plan && control < longest_request(server);
	bool is_long = control > plan && control * 1000 >= fps_plan_patience(server);

	return none || is_short || is_long ? plan : control;
}

int64_t fps_plan_lateness(const struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);
	int64_t shortest = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		int64_t terminate = terminate_of(&pools[i]), slow = slow_of(&pools[i]);

		shortest = terminate > 0 ? smaller(shortest, terminate) : shortest;
		shortest = slow > 0 ? smaller(shortest, slow) : shortest;
	}
	return larger(shortest == INT64_MAX ? 0 : shortest * 1000 / 3, 130);
}

/* Five seconds, or request_terminate_timeout if that is shorter: FPM refuses a longer one. */
char *fps_plan_slow_log(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t terminate = fps_plan_terminate(server, pool), seconds = terminate > 0 && terminate < 5 ? terminate : 5;

	return fps_alloc_format("request_slowlog_timeout = %lld%s", (long long) seconds,
		*fps_fpmconf_value(pool, "slowlog") ? "s" : "s\nslowlog = /var/log/php-fpm-$pool-slow.log");
}

/* As many as may have to wait for each worker. */
static int64_t least_queue(const struct fps_section *pool)
{
	return larger(fps_fpmconf_number(pool, "pm.max_children"), FPS_PLAN_QUEUE_LEAST);
}

/* Ignores the kernel's limit. */
static int64_t wanted_queue(const struct fps_section *pool)
{
	int64_t has = fps_fpmconf_number(pool, "listen.backlog"), least = least_queue(pool);

	return has > 0 && has < least ? larger(least, FPS_PLAN_QUEUE) : has;
}

int64_t fps_plan_somaxconn(const struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);
	int64_t most = server->machine.somaxconn, plan = most;

	for (size_t i = 0; most > 0 && i < count; i++) {
		int64_t wants = wanted_queue(&pools[i]), least = least_queue(&pools[i]);

		if ((wants < 0 || wants > most) && most < larger(least, smaller(wants, FPS_PLAN_SOMAXCONN))) {
			plan = larger(plan, larger(least, FPS_PLAN_SOMAXCONN));
		}
	}
	return plan;
}

int64_t fps_plan_backlog(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t most = fps_plan_somaxconn(server), wants = wanted_queue(pool);

	return most > 0 && wants > most ? most : wants;
}
