/* Without a command: the logs of the last week, the set-up, and what to do next. */
#include "command.h"

#include "base/alloc.h"
#include "base/warn.h"
#include "command/configoptions.h"
#include "command/joinedlogs.h"
#include "output/incident_printer.h"
#include "output/overview.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 86400, WEEK = 7 * DAY, MAX_UNREAD = 4 };

struct look {
	struct fps_overview seen;
	struct fps_configoptions configuration;
	struct fps_joinedlogs logs;
	struct fps_warn_kept messages;
	size_t first_of_week;    /* of logs.all */
	bool is_log_unread;      /* one that is here */
	bool is_config_unread;   /* likewise */
	bool is_loaded, has_fpm; /* the extension, and where it could be */
};

static const struct fps_overview_span spans[FPS_OVERVIEW_SPANS] = {
	{.name = "hour", .cell = "5 minutes", .seconds = 3600, .cells = 12},
	{.name = "day", .cell = "1 hour", .seconds = DAY, .cells = 24},
	{.name = "week", .cell = "6 hours", .seconds = WEEK, .cells = 28},
};

static const struct fps_overview_logs logs[FPS_OVERVIEW_LOGS] = {
	{"nginx's error log", FPS_ENTRY_NGINX, 0, 0},
	{"Apache's error log", FPS_ENTRY_APACHE, 0, 0},
	{"records", FPS_ENTRY_RECORD, 0, 0},
	{"PHP-FPM's log", FPS_ENTRY_FPM, 0, 0},
};

/* Takes ownership of the text. */
static void add(struct fps_overview_texts *texts, char *text)
{
	FPS_ALLOC_APPEND(texts->all, texts->count) = text;
}

/* --- the logs ----------------------------------------------------------------------------------------------------- */

static const char *user_name(void)
{
	const struct passwd *user = getpwuid(geteuid()); /* NOLINT(concurrency-mt-unsafe): no threads */

	return user ? user->pw_name : "USER";
}

/* What lets this user read it: its group, if that may, otherwise root. */
static char *help_with(const char *path, int bits)
{
	const struct group *group;
	struct stat status;

	if (stat(path, &status) == 0 && status.st_gid != 0 && ((int) status.st_mode & bits) == bits) {
		group = getgrgid(status.st_gid); /* NOLINT(concurrency-mt-unsafe): no threads */
		if (group) {
			return fps_alloc_format("the group %s may: sudo usermod -aG %s %s, and log in again", group->gr_name,
				group->gr_name, user_name());
		}
	}
	return fps_alloc_format("only root may: sudo fpmsentinel");
}

/* Logs that this user may not read, for which the same helps. */
struct unread {
	char *help, *example;
	size_t more;
};

static void note_unread(struct look *look, struct unread *all, size_t *count, const char *path, int bits)
{
	char *help = help_with(path, bits);
	size_t at = 0;

	while (at < *count && strcmp(all[at].help, help) != 0) {
		at++;
	}
	if (at < *count || *count == MAX_UNREAD) {
		all[at < *count ? at : 0].more++;
		free(help);
	} else {
		all[(*count)++] = (struct unread) {help, fps_alloc_format("%s", path), 0};
	}
	look->is_log_unread = true;
}

static void add_unread(struct look *look, struct unread *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *more = all[i].more ? fps_alloc_format(" and %zu more", all[i].more) : fps_alloc_format("%s", "");

		add(&look->seen.unread, fps_alloc_format("%s%s: permission denied; %s", all[i].example, more, all[i].help));
		free(more);
		free(all[i].help);
		free(all[i].example);
	}
}

/* Drops what this user may not read. Names in a folder that may not be searched are not found. */
static void drop_unreadable(struct look *look, struct fps_files *files)
{
	static const char *const folders[] = {"/var/log/nginx", "/var/log/apache2", "/var/log/httpd", "/var/log/php-fpm"};
	struct unread all[MAX_UNREAD];
	size_t kept = 0, count = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (access(folders[i], F_OK) == 0 && access(folders[i], R_OK | X_OK) != 0) {
			note_unread(look, all, &count, folders[i], S_IRGRP | S_IXGRP);
		}
	}
	for (size_t i = 0; i < files->count; i++) {
		if (access(files->all[i].name, R_OK) == 0) {
			files->all[kept++] = files->all[i];
		} else {
			note_unread(look, all, &count, files->all[i].name, S_IRGRP);
			free(files->all[i].name);
		}
	}
	files->count = kept;
	add_unread(look, all, count);
}

static void count_file(struct fps_overview *seen, const struct fps_file *file)
{
	double begins;

	for (size_t i = 0; i < FPS_OVERVIEW_LOGS; i++) {
		struct fps_overview_logs *kind = &seen->logs[i];

		if (kind->kind == file->kind) {
			kind->files++;
			begins = fps_logreader_begins(file);
			kind->begins = begins > 0 && (kind->begins <= 0 || begins < kind->begins) ? begins : kind->begins;
			seen->knows_new = seen->knows_new || (begins > 0 && begins < seen->now - DAY);
		}
	}
}

static void read_logs(struct look *look)
{
	struct fps_overview *seen = &look->seen;
	struct fps_files *files = &look->logs.files;

	fps_findlogs_add_all_usual(files, FPS_ENTRY_KINDS);
	fps_findlogs_settle(files);
	/* what the client got is not shown */
	seen->old_files = fps_findlogs_drop(files, FPS_ENTRY_ACCESS, (int64_t) seen->since);
	drop_unreadable(look, files);
	seen->knows_new = seen->old_files > 0;
	for (size_t i = 0; i < files->count; i++) {
		count_file(seen, &files->all[i]);
	}
	look->logs.known.incidents.since = (int64_t) seen->since;
	if (files->count) {
		size_t before = look->messages.count;

		if (!fps_joinedlogs_read(&look->logs)) {
			look->is_log_unread = true;
			add(&seen->unread,
				fps_alloc_format("some of a log: %s",
					look->messages.count > before ? look->messages.all[before] : "it was refused"));
		}
	}
}

static void count(struct fps_overview *seen, const struct fps_occurrence *occurrence)
{
	double age = seen->now - occurrence->time;

	for (size_t i = 0; i < FPS_OVERVIEW_SPANS; i++) {
		struct fps_overview_span *span = &seen->spans[i];
		size_t cell = age > 0 ? (size_t) (age * (double) span->cells / (double) span->seconds) : 0;

		if (age <= (double) span->seconds) {
			span->incidents++;
			span->deaths += occurrence->is_death;
			span->counts[span->cells - 1 - (cell < span->cells ? cell : span->cells - 1)]++;
		}
	}
}

static void count_all(struct look *look)
{
	const struct fps_joinedlogs *read = &look->logs;
	size_t first = 0;

	while (first < read->count && read->all[first].time < look->seen.since) {
		first++;
	}
	for (size_t i = first; i < read->count; i++) {
		count(&look->seen, &read->all[i]);
	}
	if (first < read->count) {
		look->seen.defects = fps_defect_group(read->all + first, read->count - first, &read->known.records);
	}
}

/* --- the set-up --------------------------------------------------------------------------------------------------- */

/* "nginx.conf:3; missing: fastcgi_param NGINX_PID $pid; and 3 more lines; likewise in 2 more places" */
static char *details_of(const struct fps_finding *finding)
{
	const struct fps_place *one = &finding->places[0], *other = &finding->places[1];
	char *text = fps_alloc_format("%s", one->file ? one->file : "");
	struct fps_span fix = fps_span_of(finding->fix ? finding->fix : ""), line;
	size_t lines = 0;

	if (one->file && one->line) {
		fps_alloc_append(&text, ":%u", one->line);
	}
	if (other->file) {
		fps_alloc_append(&text, "; %s, %s", other->file, other->text ? other->text : "");
	}
	while ((finding->sets || finding->adds) && fps_span_next(&fix, "\n", &line)) {
		if (lines++ == 0) {
			fps_alloc_append(&text, "; missing: %.*s", (int) line.len, line.at);
		}
	}
	if (lines > 1) {
		fps_alloc_append(&text, " and %zu more line%s", lines - 1, lines == 2 ? "" : "s");
	}
	if (finding->more_count) {
		fps_alloc_append(
			&text, "; likewise in %zu more place%s", finding->more_count, finding->more_count == 1 ? "" : "s");
	}
	return text;
}

static void add_finding(struct fps_overview *seen, const struct fps_finding *finding)
{
	char *details = details_of(finding);

	add(&seen->wrong, fps_alloc_format("%s: %s (%s)", finding->rule->id, finding->rule->title, details));
	free(details);
}

static bool is_read(const struct fps_files *files, const char *log)
{
	struct stat status, other;

	for (size_t i = 0; stat(log, &status) == 0 && i < files->count; i++) {
		if (stat(files->all[i].name, &other) == 0 && other.st_dev == status.st_dev && other.st_ino == status.st_ino) {
			return true;
		}
	}
	return false;
}

/* A log that the start of FPM has made is missing later; the log of a pool comes with its first record. */
static void look_at_log(struct look *look, const struct fps_pair *pool)
{
	const struct fps_server *server = &look->configuration.server;
	char *log = fps_effective_log(server, pool);

	if (*log == '/' && access(log, R_OK) == 0 && !is_read(&look->logs.files, log)) {
		add(&look->seen.wrong,
			fps_alloc_format("records of %s%s are in %s, which is not read here: fpmsentinel list %s",
				pool ? "the pool " : "PHP-FPM", pool ? pool->pool->name : "", log, log));
	} else if (pool == NULL && server->machine.running.pid && access(log, F_OK) != 0
		&& *fps_effective_php(server, NULL, "fpmsentinel.log").value == '\0') {
		add(&look->seen.wrong,
			fps_alloc_format(
				"fpmsentinel.log is not set: PHP-FPM in the foreground, as systemd and containers start it, "
				"writes records to its standard error; set fpmsentinel.log = %s in php.ini",
				log));
	} else if (pool == NULL && *log == '/' && server->machine.running.pid && access(log, F_OK) != 0) {
		add(&look->seen.wrong,
			fps_alloc_format(
				"%s does not exist; a reload creates it: kill -USR2 %d", log, (int) server->machine.running.pid));
	}
	free(log);
}

static void look_at_own_logs(struct look *look)
{
	const struct fps_server *server = &look->configuration.server;
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);

	look_at_log(look, NULL);
	for (size_t i = 0; i < count; i++) {
		const struct fps_pair pool = {.pool = &pools[i]};

		if (fps_effective_php(server, &pool, "fpmsentinel.log").section) {
			look_at_log(look, &pool);
		}
	}
}

/* Of all that nginx or PHP-FPM has said: why it failed. */
static struct fps_span reason_of(const char *message)
{
	static const char *const levels[] = {"[emerg] ", "ALERT: ", "ERROR: "};
	struct fps_span text = fps_span_of(message), line;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		const char *level = strstr(message, levels[i]);

		if (level) {
			const char *said = level + strlen(levels[i]);
			size_t ids = strspn(said, "0123456789#"); /* nginx's pid and thread */

			text = fps_span_of(ids && said[ids] == ':' ? said + ids + 2 : said);
			break;
		}
	}
	return fps_span_next(&text, "\n", &line) ? line : text;
}

static void add_refused(struct look *look, size_t first)
{
	const char *message = look->messages.count > first ? look->messages.all[first] : "refused";
	char *reason = fps_alloc_copy(reason_of(message), 0);

	add(&look->seen.unread,
		fps_alloc_format("the configuration of %s: %s%s", look->configuration.whole ? "PHP-FPM" : "nginx", reason,
			geteuid() ? "; root may: sudo fpmsentinel" : ""));
	free(reason);
}

static void note_unchecked(struct look *look)
{
	const struct fps_server *server = &look->configuration.server;
	struct fps_overview_texts *texts = &look->seen.unchecked;

	if (!look->has_fpm) {
		add(texts, fps_alloc_format("PHP-FPM, as it was not found"));
	} else if (look->is_loaded && geteuid() != 0) {
		add(texts, fps_alloc_format("the coroner and whether pools can write their logs, as only root may"));
	} else if (look->is_loaded && server->machine.running.pid == 0) {
		add(texts, fps_alloc_format("the coroner, as PHP-FPM does not run"));
	}
	if (server->passes.count == 0) {
		add(texts, fps_alloc_format("what the web server passes, as none is known to pass requests to PHP-FPM"));
	}
	add(texts, fps_alloc_format("limits and timeouts (fpmsentinel doctor)"));
}

static void look_at_setup(struct look *look)
{
	static const struct fps_configoptions_options usual = {.nginx = NULL};
	struct fps_configoptions *configuration = &look->configuration;
	struct fps_server *server = &configuration->server;
	size_t before = look->messages.count;
	bool good = fps_configoptions_read(configuration, &usual);

	look->has_fpm = server->ini.settings.count > 0;
	look->is_loaded = look->has_fpm && fps_effective_watched(server);
	look->seen.is_empty = server->nginx.file_count == 0 && server->apache.text_count == 0 && server->fpm.count == 0
		&& !look->has_fpm && configuration->whole && look->logs.files.count == 0 && !look->is_log_unread;
	if (look->seen.is_empty) {
		return;
	}
	look->is_config_unread = !good || !configuration->whole;
	if (look->is_config_unread) {
		add_refused(look, before);
	}
	fps_serverconfig_pair(server);
	fps_rules_look_at_own(&configuration->doctor, server);
	for (size_t i = 0; i < configuration->doctor.findings.count; i++) {
		add_finding(&look->seen, &configuration->doctor.findings.all[i]);
	}
	if (look->is_loaded) {
		look_at_own_logs(look);
	}
	note_unchecked(look);
}

/* --- what is next ------------------------------------------------------------------------------------------------- */

/* The most frequent one of those that are new; otherwise of all. */
static const struct fps_defect *worst(const struct fps_overview *seen)
{
	for (size_t i = 0; i < seen->defects.count; i++) {
		if (fps_overview_is_new(seen, &seen->defects.all[i])) {
			return &seen->defects.all[i];
		}
	}
	return seen->defects.count ? &seen->defects.all[0] : NULL;
}

static void choose(struct fps_overview *seen, char *command, const char *why)
{
	seen->next = command;
	seen->next_why = fps_alloc_format("%s", why);
}

static void choose_next(struct look *look)
{
	struct fps_overview *seen = &look->seen;
	const struct fps_defect *defect = worst(seen);

	if (seen->is_empty) {
		choose(seen, fps_alloc_format("fpmsentinel trace FILE..."),
			"explains logs from elsewhere; on a server, install PHP-FPM and the extension, then fpmsentinel setup");
	} else if (look->has_fpm && !look->is_loaded) {
		choose(seen, fps_alloc_format("fpmsentinel setup"), "prints the files that load fpmsentinel into PHP-FPM");
	} else if (defect) {
		choose(seen, fps_alloc_format("fpmsentinel info %s", defect->name.text), "its stack, cause and advice");
	} else if (geteuid() && seen->unread.count) {
		choose(seen, fps_alloc_format("sudo fpmsentinel"), "reads what this user may not");
	} else {
		choose(seen, fps_alloc_format("fpmsentinel doctor"),
			seen->wrong.count ? "says what to set" : "finds settings that lose requests");
	}
}

static int exit_status(const struct look *look)
{
	const struct fps_overview *seen = &look->seen;

	if (seen->is_empty || look->is_log_unread || look->is_config_unread) {
		return FPS_EXIT_TROUBLE;
	}
	return seen->spans[1].incidents || seen->wrong.count ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

static void release(struct look *look)
{
	fps_defect_free(&look->seen.defects);
	fps_alloc_free_all(look->seen.wrong.all, look->seen.wrong.count);
	fps_alloc_free_all(look->seen.unread.all, look->seen.unread.count);
	fps_alloc_free_all(look->seen.unchecked.all, look->seen.unchecked.count);
	fps_alloc_free_all(look->messages.all, look->messages.count);
	free(look->seen.next);
	free(look->seen.next_why);
	fps_joinedlogs_free(&look->logs);
	fps_configoptions_free(&look->configuration);
}

static int run(void *parsed)
{
	const unsigned *format = parsed;
	struct look look = {.seen = {.now = (double) time(NULL)}};
	struct fps_style style = fps_terminal_style(stdout);
	int status;

	look.seen.since = look.seen.now - WEEK;
	memcpy(look.seen.spans, spans, sizeof(spans));
	memcpy(look.seen.logs, logs, sizeof(logs));
	fps_warn_keep(&look.messages);
	read_logs(&look);
	look_at_setup(&look);
	fps_warn_keep(NULL);
	count_all(&look);
	choose_next(&look);
	if (*format == FPS_FORMAT_JSON) {
		fps_overview_json(stdout, &look.seen);
	} else {
		fps_overview_text(stdout, &style, &look.seen);
	}
	status = fflush(stdout) == 0 ? exit_status(&look) : FPS_EXIT_TROUBLE;
	release(&look);
	return status;
}

const struct fps_command fps_command_overview = {
	.name = "",
	.summary = "show this machine in one screen",
	.size = sizeof(unsigned),
	.run = run,
};
