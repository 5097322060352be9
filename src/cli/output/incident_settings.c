/* What doctor says about the settings behind an incident. */
#include "output/incident_settings.h"

#include "base/alloc.h"
#include "log/findlogs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL "process_control_timeout request_terminate_timeout"
#define CONTROL_RULES "process-control-timeout process-control-short process-control-long"
#define LIMITS "max_execution_time request_terminate_timeout fastcgi_read_timeout"
#define LIMIT_RULES \
	"terminate-before-php terminate-races-nginx abandoned-requests read-timeout-before-php front-gives-up"

/* Which settings a cause has to do with, and which rules look at them. */
static const struct topic {
	const char *cause, *settings, *rules;
} topics[] = {
	{"request_terminate_timeout", LIMITS " default_socket_timeout", LIMIT_RULES " socket-timeout"},
	{"nginx_timeout", LIMITS " default_socket_timeout fastcgi_send_timeout",
		LIMIT_RULES " socket-timeout send-timeout keepalive-starves"},
	{"client_abort", "fastcgi_read_timeout", "front-gives-up"},
	{"max_execution_time", LIMITS, LIMIT_RULES},
	{"hard_timeout", "max_execution_time hard_timeout", "hard-timeout"},
	{"fpm_reload", CONTROL, CONTROL_RULES " emergency-restart"},
	{"queued_at_reload", CONTROL " fastcgi_read_timeout", CONTROL_RULES " emergency-restart"},
	{"fpm_stop", CONTROL, CONTROL_RULES " systemd-stop-signal systemd-stop-timeout systemd-oom-policy"},
	{"oom_kill", "pm.max_children process.max memory_limit",
		"memory-observed memory-limit-sum memory-unlimited systemd-oom-policy oom-group"},
	{"memory_limit", "memory_limit pm.max_children", "memory-limit-sum memory-observed"},
	{"pool_exhausted", "pm.max_children process.max listen.backlog",
		"max-children-reached backlog-short backlog-cut keepalive-starves"},
	{"keepalive_race", "pm.max_requests fastcgi_keep_conn keepalive", "keepalive-recycling keepalive-ondemand"},
	{"connect_timeout", "fastcgi_connect_timeout listen.backlog", "connect-timeout backlog-short backlog-cut"},
	{"address_not_allowed", "listen.allowed_clients", "allowed-clients"},
	{"response_rejected", "fastcgi_buffer_size", "header-too-big"},
};

/* They rest on this machine's memory or kernel. */
static const char of_machine[] =
	"memory-observed memory-limit-sum oom-group max-children-reached backlog-short backlog-cut "
	"keepalive-starves header-too-big";

/* All settings of the topics, with nginx's defaults. */
static const struct {
	const char *name, *otherwise;
} names[] = {{"max_execution_time", NULL}, {"request_terminate_timeout", NULL}, {"fastcgi_read_timeout", "60s"},
	{"default_socket_timeout", NULL}, {"fastcgi_send_timeout", "60s"}, {"process_control_timeout", NULL},
	{"hard_timeout", NULL}, {"pm.max_children", NULL}, {"process.max", NULL}, {"memory_limit", NULL},
	{"listen.backlog", NULL}, {"pm.max_requests", NULL}, {"fastcgi_keep_conn", "off"}, {"keepalive", "32"},
	{"fastcgi_connect_timeout", "60s"}, {"listen.allowed_clients", NULL}, {"fastcgi_buffer_size", "4k|8k"}};

/* False: there is no such place. */
static bool find(const struct fps_server *server, const struct fps_pair *user, size_t which, struct fps_effective *is)
{
	const char *name = names[which].name, *otherwise = names[which].otherwise;
	bool global = strcmp(name, "process_control_timeout") == 0 || strcmp(name, "process.max") == 0;

	if (otherwise && (user->pass == NULL || (strcmp(name, "keepalive") == 0 && user->pass->upstream == NULL))) {
		return false;
	}
	*is = otherwise && strcmp(name, "keepalive") == 0 ? fps_effective_upstream(user->pass, name, otherwise)
		: otherwise                                   ? fps_effective_nginx(user->pass, name, otherwise)
		: global                                      ? fps_effective_pool(server, server->fpm.sections, name)
		: strncmp(name, "request_", 8) == 0 || strchr(name, '.') ? fps_effective_pool(server, user->pool, name)
																 : fps_effective_php(server, user, name);
	return otherwise || *is->value;
}

void fps_incident_settings_prepare(struct fps_incident_settings *advised, const struct fps_server *server)
{
	for (size_t i = 0; i < server->user_count; i++) {
		for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
			struct fps_effective is;

			if (find(server, &server->pairs[i], n, &is)) {
				FPS_ALLOC_APPEND(advised->settings, advised->count) = (struct fps_incident_settings_setting) {
					&server->pairs[i], names[n].name, fps_settingplace_of(is), fps_effective_number(is)};
			}
		}
	}
}

void fps_incident_settings_free(struct fps_incident_settings *advised)
{
	for (size_t i = 0; i < advised->count; i++) {
		fps_settingplace_free(&advised->settings[i].place);
	}
	free(advised->settings);
}

/* Whose an incident is. */
struct whose {
	const struct fps_section *pool;
	const struct fps_record *record; /* NULL: it has none */
	bool nginx, some_have_limit;
};

/* --- whose incident it is ----------------------------------------------------------------------------------------- */

static bool is_this_host(const char *name)
{
	char here[HOST_NAME_MAX + 1] = "";
	size_t len;

	gethostname(here, sizeof here - 1);
	len = strcspn(here, ".");
	return name == NULL || (strncmp(name, here, len) == 0 && (name[len] == '\0' || name[len] == '.'));
}

/* The log that the web server writes, without what rotation has added. */
static char *log_of(const char *file)
{
	char *name = fps_alloc_copy((struct fps_span) {file, fps_findlogs_base(file)}, 0), *folder = fps_alloc_folder(name);
	const char *slash = strrchr(name, '/');
	char *real = realpath(folder, NULL);
	char *log = fps_alloc_format("%s/%s", real ? real : folder, slash ? slash + 1 : name);

	free(real);
	free(folder);
	free(name);
	return log;
}

static bool same_log(const char *one, const char *other)
{
	char *log = log_of(other);
	bool same = strcmp(one, log) == 0;

	free(log);
	return same;
}

/* Whether nginx here writes to that log: its error_log directives, or the default of distributions. */
static bool is_written_here(const struct fps_server *server, const char *file)
{
	const struct fps_directive *root = &server->nginx.root;
	char *log = file && strcmp(file, "-") != 0 ? log_of(file) : NULL;
	bool found =
		log && fps_nginxconf_find(root, "error_log", NULL) == NULL && same_log(log, "/var/log/nginx/error.log");

	for (const struct fps_directive *it = root; log && !found && it; it = fps_nginxconf_next(it, root)) {
		found = it->count > 1 && strcmp(it->words[0], "error_log") == 0 && same_log(log, it->words[1]);
	}
	free(log);
	return found;
}

static bool is_from_here(
	const struct fps_server *server, const struct fps_incident *incident, const struct fps_record *record)
{
	return is_written_here(server, incident->file) && is_this_host(incident->stream ? incident->stream->host : NULL)
		&& is_this_host(record ? record->hostname : NULL);
}

/* The pool that the incident's upstream leads to, or whose worker has left the record; NULL: not known. */
static const struct fps_section *pool_of(
	const struct fps_server *server, const struct fps_incident *incident, const struct fps_record *record)
{
	const struct fps_section *pools, *found = NULL;
	size_t count = fps_serverconfig_pools(server, &pools);
	enum fps_fit best = FPS_FIT_UNKNOWN;

	for (size_t i = 0; i < count; i++) {
		struct fps_address listen = fps_address_of_listen(fps_fpmconf_value(&pools[i], "listen"));
		enum fps_fit fit =
			incident->address.kind == FPS_ADDRESS_NONE ? FPS_FIT_UNKNOWN : fps_address_fit(&incident->address, &listen);
		bool named = record && record->pool && strcmp(record->pool, pools[i].name) == 0;

		if (fit < best || (fit == best && named)) {
			best = fit;
			found = &pools[i];
		}
		fps_address_free(&listen);
	}
	return found;
}

/* --- what is said of it ------------------------------------------------------------------------------------------- */

static const struct topic *topic_of(const char *cause)
{
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
		if (strcmp(topics[i].cause, cause) == 0) {
			return &topics[i];
		}
	}
	return NULL;
}

static bool same_place(const struct fps_place *one, const struct fps_place *other)
{
	return one->file && other->file && one->line == other->line && strcmp(one->file, other->file) == 0;
}

static bool is_nginx(const char *name)
{
	return strncmp(name, "fastcgi_", 8) == 0 || strcmp(name, "keepalive") == 0;
}

static bool is_known(const struct fps_incident_settings_lines *lines, const struct fps_place *place)
{
	for (size_t i = 0; i < lines->setting_count; i++) {
		if (same_place(lines->settings[i], place) && strcmp(lines->settings[i]->text, place->text) == 0) {
			return true;
		}
	}
	return false;
}

static const struct fps_incident_settings_setting *setting_of(
	const struct fps_incident_settings *advised, const struct fps_pair *user, const char *name)
{
	for (size_t i = 0; i < advised->count; i++) {
		if (advised->settings[i].user == user && strcmp(advised->settings[i].name, name) == 0) {
			return &advised->settings[i];
		}
	}
	return NULL;
}

/* Whether the limit that the request had is that of the user's requests. */
static bool has_limit(
	const struct fps_incident_settings *advised, const struct fps_pair *user, const struct fps_record *record)
{
	const struct fps_incident_settings_setting *limit = setting_of(advised, user, "max_execution_time");

	return record && limit && record->max_execution_time > 0 && limit->number == record->max_execution_time;
}

/* Of a pool's locations those with the request's own limit, all where none has it. */
static bool is_asked_for(
	const struct fps_incident_settings *advised, const struct whose *whose, const struct fps_pair *user)
{
	return user->pool == whose->pool && (!whose->some_have_limit || has_limit(advised, user, whose->record));
}

static void add_settings(struct fps_incident_settings_lines *lines, const struct fps_incident_settings *advised,
	const struct topic *topic, const struct whose *whose)
{
	for (size_t i = 0; i < advised->count; i++) {
		const struct fps_incident_settings_setting *setting = &advised->settings[i];

		if (is_asked_for(advised, whose, setting->user)
			&& fps_span_is_among(fps_span_of(setting->name), topic->settings)
			&& (whose->nginx || !is_nginx(setting->name)) && !is_known(lines, &setting->place)) {
			FPS_ALLOC_APPEND(lines->settings, lines->setting_count) = &setting->place;
		}
	}
}

/* Whether something of the pool's, or what it shares with others, stands there; of any pool's, if `whose` is NULL. */
static bool is_of_pool(
	const struct fps_incident_settings *advised, const struct fps_place *place, const struct whose *whose)
{
	for (size_t i = 0; i < advised->count; i++) {
		if ((whose == NULL || is_asked_for(advised, whose, advised->settings[i].user))
			&& same_place(&advised->settings[i].place, place)) {
			return true;
		}
	}
	return false;
}

/* Of all pools: memory, and what stands in no pool's place, as a unit of systemd's. */
static bool concerns_all(const struct fps_incident_settings *advised, const struct fps_finding *finding)
{
	const struct fps_rule *rule = finding->rule;

	return fps_span_is_among(fps_span_of(rule->id), "memory-observed memory-limit-sum")
		|| ((rule->scope == FPS_SCOPE_SERVER || rule->scope == FPS_SCOPE_FPM)
			&& !is_of_pool(advised, finding->sets ? &finding->at : &finding->places[0], NULL));
}

static bool concerns(
	const struct fps_incident_settings *advised, const struct fps_finding *finding, const struct whose *whose)
{
	bool found = concerns_all(advised, finding)
		|| is_of_pool(advised, finding->sets ? &finding->at : &finding->places[0], whose);

	for (size_t i = 0; !found && i < finding->more_count; i++) {
		found = is_of_pool(advised, &finding->more[i], whose);
	}
	return found;
}

static void add_findings(struct fps_incident_settings_lines *lines, const struct fps_incident_settings *advised,
	const struct topic *topic, const struct whose *whose)
{
	const struct fps_findings *findings = &advised->doctor->findings;

	for (size_t i = 0; i < findings->count; i++) {
		const struct fps_finding *finding = &findings->all[i];
		struct fps_span rule = fps_span_of(finding->rule->id);

		if (finding->fix && fps_span_is_among(rule, topic->rules)
			&& !(advised->is_other && fps_span_is_among(rule, of_machine))
			&& (whose->nginx || !finding->sets || finding->target.kind != FPS_EFFECTIVE_NGINX)
			&& concerns(advised, finding, whose)) {
			FPS_ALLOC_APPEND(lines->findings, lines->finding_count) = finding;
		}
	}
}

static struct whose whose_is(const struct fps_incident_settings *advised, const struct fps_explained *explained)
{
	const struct fps_server *server = advised->doctor->server;
	struct whose whose = {
		.nginx = explained->incident->web == FPS_WEB_NGINX, .record = fps_join_record(explained->match)};

	whose.pool = pool_of(server, explained->incident, whose.record);
	for (size_t i = 0; i < server->user_count; i++) {
		whose.some_have_limit = whose.some_have_limit
			|| (server->pairs[i].pool == whose.pool && has_limit(advised, &server->pairs[i], whose.record));
	}
	return whose;
}

/* A page that has set the limit itself, by set_time_limit(). */
static bool has_own_limit(const struct topic *topic, const struct whose *whose)
{
	return strcmp(topic->cause, "max_execution_time") == 0 && whose->record && !whose->some_have_limit;
}

struct fps_incident_settings_lines fps_incident_settings_of(
	struct fps_incident_settings *advised, const struct fps_explained *explained)
{
	struct fps_incident_settings_lines lines = {.is_known = false};
	const struct topic *topic = topic_of(explained->verdict->cause);

	if (topic == NULL) {
		return lines;
	}
	if (advised->is_here
		&& !is_from_here(advised->doctor->server, explained->incident, fps_join_record(explained->match))) {
		advised->strange++;
		return lines;
	}
	struct whose whose = whose_is(advised, explained);

	if (whose.pool && !has_own_limit(topic, &whose)) {
		lines.is_known = true;
		add_settings(&lines, advised, topic, &whose);
		add_findings(&lines, advised, topic, &whose);
	}
	return lines;
}

void fps_incident_settings_release(struct fps_incident_settings_lines *lines)
{
	free(lines->settings);
	free(lines->findings);
}
