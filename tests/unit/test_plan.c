/* doctor's plan: with all of it in place nothing is left to set, and no value is above its bound. */
#include "unit.h"

#include <limits.h>

#include "rules/plan.h"
#include "rules/rules.h"

#define NGINX \
	"# configuration file /n:\nhttp { upstream kept { server unix:/a; keepalive 8; }\n" \
	"server { location /a { fastcgi_pass unix:/a; %s %s }\nlocation /b { fastcgi_pass unix:/b; %s }\n" \
	"location /k { fastcgi_pass kept; fastcgi_keep_conn %s; } } }\n"
#define FPM \
	"[x] NOTICE: [global]\n[x] NOTICE: \tprocess_control_timeout = %s\n" \
	"[x] NOTICE: [a]\n[x] NOTICE: \tlisten = /a\n[x] NOTICE: \tpm = dynamic\n[x] NOTICE: \tpm.max_children = 20\n" \
	"[x] NOTICE: \tpm.start_servers = 3\n[x] NOTICE: \tpm.min_spare_servers = 2\n" \
	"[x] NOTICE: \tpm.max_spare_servers = 15\n[x] NOTICE: \tcatch_workers_output = yes\n" \
	"[x] NOTICE: \trequest_slowlog_timeout = 5s\n[x] NOTICE: \tslowlog = /s\n" \
	"[x] NOTICE: \trequest_terminate_timeout = %s\n" \
	"[x] NOTICE: [b]\n[x] NOTICE: \tlisten = /b\n[x] NOTICE: \tpm = static\n[x] NOTICE: \tpm.max_children = 4\n" \
	"[x] NOTICE: \tcatch_workers_output = no\n[x] NOTICE: \trequest_slowlog_timeout = 0s\n" \
	"[x] NOTICE: \trequest_terminate_timeout = 0s\n"
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

static void load(struct fps_server *server, char text[3][2048], const size_t at[5])
{
	*server = (struct fps_server) {.machine = {.memory = INT64_C(1) << 33, .somaxconn = 4096, .cpus = 2}};
	snprintf(
		text[0], 2048, NGINX, reads[at[0]], passed[at[1]], reads[(at[0] + 1) % COUNT(reads)], at[1] % 2 ? "on" : "off");
	snprintf(text[1], 2048, FPM, controls[at[4]], terminates[at[2]]);
	snprintf(text[2], 2048, INFO, executions[at[3]], at[1] % 2 ? "2G" : "128M");
	CHECK(fps_nginxconf_parse(&server->nginx, (struct fps_span) {text[0], strlen(text[0])}));
	CHECK(fps_fpmconf_parse(&server->fpm, (struct fps_span) {text[1], strlen(text[1])}));
	fps_phpini_parse(&server->ini, (struct fps_span) {text[2], strlen(text[2])});
	fps_server_pair(server);
	CHECK_INT(server->pair_count, 3);
}

static void unload(struct fps_server *server)
{
	fps_nginxpass_free(&server->passes);
	fps_nginxconf_free(&server->nginx);
	fps_phpini_free(&server->ini);
	fps_fpmconf_free(&server->fpm);
	fps_machine_free(&server->machine);
	for (size_t i = 0; i < server->unseen_count; i++) {
		free(server->unseen[i]);
	}
	free(server->unseen);
	free(server->pairs);
}

/* How many findings set something; -1 if one of them sets a time above its bound. */
static int settings(struct fps_server *server)
{
	struct fps_records records = {.count = 0};
	struct fps_doctor doctor = {.server = server, .records = &records};
	int count = 0;

	fps_rules_look(&doctor, server);
	for (size_t i = 0; i < doctor.findings.count; i++) {
		const struct fps_finding *finding = &doctor.findings.all[i];
		const char *value = strrchr(finding->fix, ' ');
		long most = strstr(finding->fix, "process_control_timeout") ? FPS_PLAN_RELOAD_MOST
			: strstr(finding->fix, "_timeout")                      ? FPS_PLAN_MOST
																	: LONG_MAX;

		/* the extension is not in this FPM, whatever the settings are */
		count += finding->sets && strcmp(finding->rule->id, "not-loaded") != 0;
		if (!CHECK(value == NULL || strtol(value, NULL, 10) <= most)) {
			printf("  %s: %s\n", finding->rule->id, finding->fix);
		}
	}
	fps_rules_free(&doctor);
	return count;
}

static void nothing_is_left(void)
{
	size_t at[5], some = 0;
	char text[3][2048], name[100];

	for (size_t n = 0; n < COUNT(reads) * COUNT(passed) * COUNT(terminates) * COUNT(executions) * COUNT(controls);
		 n++) {
		struct fps_server server;
		const size_t counts[] = {COUNT(reads), COUNT(passed), COUNT(terminates), COUNT(executions), COUNT(controls)};

		for (size_t i = 0, rest = n; i < COUNT(counts); i++, rest /= counts[i - 1]) {
			at[i] = rest % counts[i];
		}
		snprintf(name, sizeof name, "%s %s %s %s %s", reads[at[0]], passed[at[1]], terminates[at[2]], executions[at[3]],
			controls[at[4]]);
		UNIT_CASE(name);
		load(&server, text, at);
		some += settings(&server) > 0;
		CHECK_INT(settings(&server), 0);
		unload(&server);
	}
	CHECK(some > 100);
}

UNIT_MAIN(TEST(nothing_is_left))
