/* The command `doctor`: what is read, and what is printed. */
#include "base/alloc.h"
#include "base/terminal.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "command.h"
#include "output/findings.h"
#include "output/incident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *nginx, *fpm, *php, *unit;
	struct fps_options_list records;
	struct fps_front front;
	bool all, diff;
	enum fps_format format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct fps_option rows[] = {
	{'n', "nginx-conf", "FILE", NULL,
		"nginx.conf, or a file (-: standard input) with what nginx -T prints; else nginx -T is run", fps_options_text,
		offsetof(struct options, nginx)},
	{'c', "fpm-conf", "FILE", NULL, "php-fpm.conf; else that of the running FPM, or FPM's default", fps_options_text,
		offsetof(struct options, fpm)},
	{'b', "php", "BINARY", NULL, "php-fpm; else that of the running FPM, or the newest one in /usr/sbin",
		fps_options_text, offsetof(struct options, php)},
	{'r', "records", "FILE", NULL,
		"fpmsentinel's records, as evidence about this machine's workers; may be repeated; default: each pool's "
		"fpmsentinel.log",
		fps_options_list, offsetof(struct options, records)},
	{'u', "unit", "FILE", NULL,
		"systemd's unit of FPM, or what systemctl cat or show prints of it; else systemctl is asked", fps_options_text,
		offsetof(struct options, unit)},
	{'B', "balancer-timeout", "TIME", NULL,
		"how long the load balancer in front of nginx waits for an answer, or lets a connection be idle: 60s",
		fps_options_span, offsetof(struct options, front.balancer)},
	{'C', "client-timeout", "TIME", NULL, "how long clients wait", fps_options_span,
		offsetof(struct options, front.client)},
	{'a', "all", NULL, NULL, "also list the settings that do nothing for this error", fps_options_flag,
		offsetof(struct options, all)},
	{'d', "diff", NULL, NULL, "print a unified diff of the files, for patch -p1 -d /", fps_options_flag,
		offsetof(struct options, diff)},
	{'f', "format", NULL, formats, "readable text, or JSON", NULL, offsetof(struct options, format)},
	FPS_OPTIONS_END,
};

/* Where nobody names records: those that the pools write, if there are any yet. */
static void read_usual(struct fps_server *server, struct fps_records *records)
{
	const struct fps_section *pools;
	size_t count = fps_effective_watched(server) ? fps_server_pools(server, &pools) : 0;
	char *before = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct fps_pair pool = {.pool = &pools[i]};
		char *log = fps_effective_log(server, &pool);

		if (*log == '/' && access(log, F_OK) == 0 && (before == NULL || strcmp(log, before) != 0)) {
			if (access(log, R_OK) == 0) {
				fps_records_read(records, log, true);
			} else {
				fps_server_unseen(server, fps_alloc_format("the records in %s, which only others may read", log));
			}
		}
		free(before);
		before = log;
	}
	free(before);
}

/* False: it has said what cannot be read. *whole: nginx's configuration could be read. */
static bool read_nginx(struct fps_server *server, const char *file, bool *whole)
{
	*whole = fps_server_read_nginx(server, file);
	if (*whole || file) {
		return *whole;
	}
	/* who may not run nginx -T may well ask about FPM */
	fps_nginxconf_free(&server->nginx);
	fps_server_unseen(server, fps_alloc_format("nginx, as nginx -T failed"));
	return true;
}

static bool read_given(struct fps_records *records, const struct fps_options_list *files)
{
	bool good = true;

	for (size_t i = 0; i < files->count; i++) {
		good = fps_records_read(records, files->all[i], false) && good;
	}
	return good;
}

/* As read_nginx(). */
static bool read_all(const struct options *options, struct fps_server *server, struct fps_records *records, bool *whole)
{
	bool good = read_nginx(server, options->nginx, whole);

	good = fps_server_read_fpm(server, options->fpm, options->php) && good;
	good = read_given(records, &options->records) && good;
	if (good && options->records.count == 0) {
		read_usual(server, records);
	}
	fps_records_sort(records);
	if (good && server->nginx.file_count == 0 && server->fpm.count == 0) {
		return fps_warn("found neither nginx nor PHP-FPM: nothing to check");
	}
	return good;
}

/* A plan that nginx or FPM refuses is not printed. */
static void try_plan(struct fps_doctor *doctor, struct fps_server *server)
{
	doctor->tried = fps_configtest_plan(server, &doctor->patch);
	if (doctor->tried.error) {
		fps_server_unseen(server,
			fps_alloc_format(
				"what to set: a copy of the configuration with it in was refused: %s", doctor->tried.error));
		fps_findings_withdraw(&doctor->findings);
		fps_patch_free(&doctor->patch);
	}
}

static void print(const struct options *options, const struct fps_doctor *doctor)
{
	struct fps_style style = fps_terminal_style(stdout);

	if (options->diff) {
		char *diff = fps_patch_diff(&doctor->patch);

		fputs(diff, stdout);
		free(diff);
	} else if (options->format == FPS_FORMAT_JSON) {
		fps_findings_json(stdout, doctor);
	} else {
		fps_findings_text(stdout, &style, doctor);
		if (options->all) {
			fps_findings_text_idle(stdout, &style, doctor);
		}
	}
}

/* Returns how many findings there are. */
static size_t look(const struct options *options, struct fps_server *server, const struct fps_records *records)
{
	struct fps_doctor doctor = {.server = server, .records = records};

	fps_server_pair(server);
	fps_rules_look(&doctor, server);
	try_plan(&doctor, server);
	print(options, &doctor);
	size_t count = doctor.findings.count;

	fps_rules_free(&doctor);
	return count;
}

static int run(void *parsed)
{
	const struct options *options = parsed;
	struct fps_server server = {.front = options->front, .unit_file = options->unit};
	struct fps_records records = {.count = 0};
	int status = FPS_EXIT_TROUBLE;
	bool whole;

	if (read_all(options, &server, &records, &whole)) {
		size_t found = look(options, &server, &records);

		status = fflush(stdout) != 0 || !whole ? FPS_EXIT_TROUBLE : found ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
	} else {
		fps_trusted_complain(); /* no findings will say so */
	}
	fps_server_free(&server);
	fps_records_free(&records);
	free(options->records.all);
	return status;
}

const struct fps_command fps_command_doctor = {
	.name = "doctor",
	.summary = "find settings that lose requests, and say what to set",
	.usage = "[OPTION]...",
	.about = "Reads the configuration of nginx, PHP-FPM, PHP and the machine, and reports which settings lose "
			 "requests, why, and what to set. It runs nginx -T, php-fpm -tt and -i, and systemctl show. It tests a "
			 "copy of the configuration, with its advice applied, with nginx -t and php-fpm -t, and changes nothing.",
	.options = rows,
	.notes = {"The fixes fit together: follow all of them, or apply --diff. Each rule has a page, docs/rules/RULE.md.",
		"Exit status: 0 nothing was found, 1 something was, 2 usage error or unreadable input."},
	.size = sizeof(struct options),
	.run = run,
	.reports_refusals = true,
};
