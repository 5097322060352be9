/* The values that several rules advise. */
#include "rules/advised.h"

#include "base/alloc.h"
#include "rules/effective.h"

static int64_t larger(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

int64_t fps_advised_terminate_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_terminate_timeout");
}

int64_t fps_advised_slow_of(const struct fps_section *pool)
{
	return fps_fpmconf_seconds(pool, "request_slowlog_timeout");
}

int64_t fps_advised_above(int64_t execution)
{
	return execution + execution / 4 + 1;
}

int64_t fps_advised_read_timeout(const struct fps_server *server, const struct fps_pair *pair)
{
	int64_t execution = fps_effective_ini_number(server, pair, "max_execution_time"),
			terminate = fps_advised_terminate_of(pair->pool);
	int64_t limit = larger(terminate > 0 && terminate <= execution ? fps_advised_above(execution) : terminate,
		fps_advised_slow_of(pair->pool));

	return larger(execution > 0 ? execution * 2 + 5 : 0, limit > 0 ? limit * 4 / 3 + 5 : 0);
}

bool fps_advised_may_be(const struct fps_server *server, const struct fps_pair *pair, int64_t terminate)
{
	return terminate > fps_effective_ini_number(server, pair, "max_execution_time")
		&& terminate >= fps_advised_slow_of(pair->pool);
}

int64_t fps_advised_before_nginx(int64_t read_milliseconds)
{
	int64_t seconds = read_milliseconds * 3 / 4 / 1000 - 1;

	return seconds > 0 ? seconds : 1;
}

int64_t fps_advised_terminate(const struct fps_server *server, const struct fps_pair *pair)
{
	int64_t execution = fps_effective_ini_number(server, pair, "max_execution_time"),
			terminate = fps_advised_terminate_of(pair->pool);
	int64_t between =
		fps_advised_before_nginx(fps_effective_ms(fps_effective_nginx(pair->pass, "fastcgi_read_timeout", "60s")));

	if (terminate > 0) {
		return terminate <= execution ? fps_advised_above(execution) : terminate;
	}
	return fps_advised_may_be(server, pair, between)
		? between
		: fps_advised_before_nginx(fps_advised_read_timeout(server, pair) * 1000);
}

/* After five seconds, or request_terminate_timeout, as it is or is advised to be: FPM refuses a longer one. */
char *fps_advised_slow_log(const struct fps_server *server, const struct fps_section *pool)
{
	int64_t terminate = fps_fpmconf_seconds(pool, "request_terminate_timeout"),
			seconds = terminate > 0 && terminate < 5 ? terminate : 5;

	for (size_t i = 0; i < server->pair_count; i++) {
		if (server->pairs[i].pool == pool) {
			int64_t advised = fps_advised_terminate(server, &server->pairs[i]);

			seconds = advised < seconds ? advised : seconds;
		}
	}
	return fps_alloc_format("request_slowlog_timeout = %lld%s", (long long) seconds,
		*fps_fpmconf_value(pool, "slowlog") ? "s" : "s\nslowlog = /var/log/php-fpm-$pool-slow.log");
}
