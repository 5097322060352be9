/* doctor's plan: with all of it in place nothing is left to set, and no value is above its bound. */
#include "unit.h"

#include <limits.h>

#include "rules/plan.h"
#include "rules/rules.h"

#define NGINX \
	"# configuration file /n:\nworker_processes 2; http { upstream kept { server unix:/a; keepalive %s; }\n" \
	"upstream more { server unix:/a; keepalive 4; }\n" \
	"server { location /a { fastcgi_pass unix:/a; %s %s }\nlocation /b { fastcgi_pass unix:/b; %s }\n" \
	"location /k { fastcgi_pass kept; fastcgi_keep_conn %s; }\n" \
	"location /m { fastcgi_pass more; fastcgi_keep_conn %s; } } }\n"
#define FPM \
	"[x] NOTICE: [global]\n[x] NOTICE: \tprocess_control_timeout = %s\n" \
	"[x] NOTICE: [a]\n[x] NOTICE: \tlisten = /a\n[x] NOTICE: \tpm = dynamic\n[x] NOTICE: \tpm.max_children = 20\n" \
	"[x] NOTICE: \tpm.start_servers = 3\n[x] NOTICE: \tpm.min_spare_servers = 2\n" \
	"[x] NOTICE: \tpm.max_spare_servers = 15\n[x] NOTICE: \tcatch_workers_output = yes\n" \
	"[x] NOTICE: \trequest_slowlog_timeout = 5s\n[x] NOTICE: \tslowlog = /s\n" \
	"[x] NOTICE: \trequest_terminate_timeout = %s\n[x] NOTICE: \tlisten.backlog = %s\n" \
	"[x] NOTICE: [b]\n[x] NOTICE: \tlisten = /b\n[x] NOTICE: \tpm = static\n[x] NOTICE: \tpm.max_children = %s\n" \
	"[x] NOTICE: \tcatch_workers_output = no\n[x] NOTICE: \trequest_slowlog_timeout = 0s\n" \
	"[x] NOTICE: \trequest_terminate_timeout = 0s\n[x] NOTICE: \tlisten.backlog = -1\n"
#define INFO \
	"phpinfo()\nPHP Version => 8.2.36\n\nDirective => Local Value => Master Value\n" \
	"max_execution_time => %s => 0\ndefault_socket_timeout => 60 => 60\nmemory_limit => %s => 1\n" \
	"post_max_size => 8M => 8M\nzend.max_allowed_stack_size => 0 => 0\n"

static const char *const executions[] = {"30", "0", "300", "18000"};
static const char *const terminates[] = {"0s", "20s", "300s", "7200s"};
static const char *const reads[] = {
	"", "fastcgi_read_timeout 5s;", "fastcgi_read_timeout 900s;", "fastcgi_read_timeout 86400s;"};
static const char *const passed[] = {"", "fastcgi_param PHP_VALUE \"max_execution_time=600\";",
	"fastcgi_param PHP_VALUE \"memory_limit=4G \\n max_execution_time=18000\";"};
static const char *const controls[] = {"0s", "60s", "22501s"};

/* What goes with each of those, one after the other: the counts have no factor in common with how they change. */
static const struct fps_front fronts[] = {{0, 0}, {0, 60}, {30, 0}, {900, 300}, {0, 10}};
static const char *const units[] = {NULL, "KillSignal=15\nTimeoutStopUSec=1min 30s\n",
	"KillSignal=3\nTimeoutStopUSec=20s\n", "KillSignal=3\nTimeoutStopUSec=infinity\n",
	"KillSignal=15\nTimeoutStopUSec=45s\n", "KillSignal=3\nTimeoutStopUSec=1min 30s\n",
	"KillSignal=15\nTimeoutStopUSec=5s\n"};
static const char *const backlogs[] = {"-1", "511", "65535", "50"};
static const int64_t somaxconns[] = {4096, 128, 64};
static const char *const keepalives[] = {"8", "2", "64"};
static const char *const childrens[] = {"4", "300"};

static void add_property(struct fps_server *server, const char *text)
{
	struct fps_span rest = fps_span_of(text), line, name;

	while (fps_span_next(&rest, "\n", &line)) {
		if (fps_span_take(&line, "=", &name)) {
			fps_settinglist_add(&server->machine.properties, name, line);
		}
	}
	server->machine.unit = text ? strdup("php-fpm.service") : NULL;
}

static void load(struct fps_server *server, char text[3][2048], const size_t at[5], size_t n)
{
	const char *keeps = at[1] % 2 ? "on" : "off";

	*server = (struct fps_server) {.machine = {.memory = INT64_C(1) << 33, .cpus = 2}};
	server->front = fronts[n % COUNT(fronts)];
	server->machine.somaxconn = somaxconns[n / 2 % COUNT(somaxconns)];
	add_property(server, units[n % COUNT(units)]);
	snprintf(text[0], 2048, NGINX, keepalives[n / 5 % COUNT(keepalives)], reads[at[0]], passed[at[1]],
		reads[(at[0] + 1) % COUNT(reads)], keeps, n / 7 % 2 ? keeps : "off");
	snprintf(text[1], 2048, FPM, controls[at[4]], terminates[at[2]], backlogs[n / 3 % COUNT(backlogs)],
		childrens[n / 11 % COUNT(childrens)]);
	snprintf(text[2], 2048, INFO, executions[at[3]], at[1] % 2 ? "2G" : "128M");
	CHECK(fps_nginxconf_parse(&server->nginx, (struct fps_span) {text[0], strlen(text[0])}));
	CHECK(fps_fpmconf_parse(&server->fpm, (struct fps_span) {text[1], strlen(text[1])}));
	fps_phpinfo_parse(&server->ini, (struct fps_span) {text[2], strlen(text[2])});
	fps_serverconfig_pair(server);
	CHECK_INT(server->pair_count, 4);
}

static void unload(struct fps_server *server)
{
	fps_nginxpass_free(&server->passes);
	fps_nginxconf_free(&server->nginx);
	fps_phpinfo_free(&server->ini);
	fps_fpmconf_free(&server->fpm);
	fps_machine_free(&server->machine);
	for (size_t i = 0; i < server->unseen_count; i++) {
		free(server->unseen[i]);
	}
	free(server->unseen);
	free(server->pairs);
}

/* Follows a line that no file of nginx's or FPM's has. True: it is one. */
static bool follow(struct fps_server *server, const char *fix)
{
	static const struct {
		const char *begins, *property;
	} lines[] = {
		{"net.core.somaxconn = ", NULL}, {"KillSignal=", "KillSignal"}, {"TimeoutStopSec=", "TimeoutStopUSec"}};
	struct fps_span rest = fps_span_of(fix), line;
	bool some = false;

	while (fps_span_next(&rest, "\n", &line)) {
		for (size_t i = 0; i < COUNT(lines); i++) {
			struct fps_span value = line;

			if (fps_span_skip(&value, lines[i].begins) && lines[i].property == NULL) {
				server->machine.somaxconn = strtol(value.at, NULL, 10);
				some = true;
			} else if (value.len < line.len) {
				char text[40];

				snprintf(text, sizeof text, i == 1 ? "3" : "%.*ss", (int) value.len, value.at);
				fps_settinglist_set(
					fps_settinglist_find(&server->machine.properties, lines[i].property), fps_span_of(text));
				some = true;
			}
		}
	}
	return some;
}

/* No time is above its bound; nginx is not told to wait for as long as those in front of it, or longer. */
static void check_bounds(const struct fps_server *server, const struct fps_finding *finding)
{
	const char *value = strrchr(finding->fix, ' ');
	int64_t front = fps_plan_front(server);
	long most = strstr(finding->fix, "process_control_timeout") ? FPS_PLAN_RELOAD_MOST
		: strstr(finding->fix, "_timeout")                      ? FPS_PLAN_MOST
																: LONG_MAX;

	if (finding->sets && front > 1 && strstr(finding->fix, "fastcgi_read_timeout")
		&& strcmp(finding->rule->id, "front-gives-up") == 0) {
		most = (long) front - 1;
	}
	if (!CHECK(value == NULL || strtol(value, NULL, 10) <= most)) {
		printf("  %s: %s\n", finding->rule->id, finding->fix);
	}
}

/* How many findings set something. */
static int settings(struct fps_server *server)
{
	struct fps_recordindex records = {.count = 0};
	struct fps_doctor doctor = {.server = server, .records = &records};
	int count = 0;

	fps_rules_look(&doctor, server);
	for (size_t i = 0; i < doctor.findings.count; i++) {
		const struct fps_finding *finding = &doctor.findings.all[i];
		/* the extension is not in this FPM, whatever the settings are */
		bool sets = (finding->sets && strcmp(finding->rule->id, "not-loaded") != 0) || follow(server, finding->fix);

		count += sets;
		check_bounds(server, finding);
	}
	fps_rules_free(&doctor);
	return count;
}

/* Whether so many seconds are within a limit, 0 for none, of which `parts` of ten may be used. */
static bool is_within(int64_t seconds, int64_t limit, int64_t parts)
{
	return limit <= 0 || seconds * 10 <= limit * parts;
}

/* Whether a request that takes so many seconds, computing or waiting for a peer, is answered; in front of nginx, too.
 */
static bool is_answered(
	const struct fps_server *server, const struct fps_pair *pair, int64_t seconds, bool computes, int64_t parts)
{
	const char *limit = computes ? "max_execution_time" : "default_socket_timeout";

	return is_within(seconds, fps_fpmconf_seconds(pair->pool, "request_terminate_timeout"), parts)
		&& is_within(seconds, fps_effective_ini_number(server, pair, limit), parts)
		&& is_within(seconds, fps_effective_ms(fps_effective_read(pair)) / 1000, parts)
		&& is_within(seconds, fps_plan_front(server), parts);
}

static const int64_t lengths[] = {1, 3, 4, 5, 10, 19, 29, 40, 55, 58, 59, 100, 299, 500, 850, 899, 3000};

/* One bit for each length and kind of each location. */
static void answers(const struct fps_server *server, int64_t parts, bool into[4 * 2 * COUNT(lengths)])
{
	for (size_t i = 0; i < 4 * 2 * COUNT(lengths); i++) {
		into[i] = is_answered(server, &server->pairs[i % 4], lengths[i / 8], i / 4 % 2, parts);
	}
}

static void nothing_is_lost(const bool *before, const bool *after)
{
	for (size_t i = 0; i < 4 * 2 * COUNT(lengths); i++) {
		if (!CHECK(!before[i] || after[i])) {
			printf("  location %zu: %d s of %s\n", i % 4, (int) lengths[i / 8], i / 4 % 2 ? "computing" : "waiting");
		}
	}
}

static void nothing_is_left(void)
{
	const size_t counts[] = {COUNT(reads), COUNT(passed), COUNT(terminates), COUNT(executions), COUNT(controls)};
	bool before[4 * 2 * COUNT(lengths)], after[4 * 2 * COUNT(lengths)];
	size_t at[5], some = 0, all = COUNT(reads) * COUNT(passed) * COUNT(terminates) * COUNT(executions);
	char text[3][2048], name[160];

	for (size_t n = 0; n < 3 * all * COUNT(controls); n++) {
		struct fps_server server;

		for (size_t i = 0, rest = n; i < COUNT(counts); i++, rest /= counts[i - 1]) {
			at[i] = rest % counts[i];
		}
		snprintf(name, sizeof name, "%zu: %s %s %s %s %s", n, reads[at[0]], passed[at[1]], terminates[at[2]],
			executions[at[3]], controls[at[4]]);
		UNIT_CASE(name);
		load(&server, text, at, n);
		answers(&server, 8, before); /* what gives up first is given a little time before others do */
		some += settings(&server) > 0;
		answers(&server, 10, after);
		nothing_is_lost(before, after);
		CHECK_INT(settings(&server), 0);
		unload(&server);
	}
	CHECK(some > 100);
}

UNIT_MAIN(TEST(nothing_is_left))
