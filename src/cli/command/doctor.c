/* The command `doctor`: what is read, and what is printed. */
#include "base/alloc.h"
#include "base/page.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "command.h"
#include "output/findings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: fpmsentinel doctor [OPTION]...\n"
	"\n"
	"Reads the configuration of nginx, PHP-FPM, PHP and the machine, and says which settings lose requests here, why, "
	"and what to set.\n"
	"It runs nginx -T, php-fpm -tt and -i, and systemctl show, and changes nothing.\n"
	"\n"
	"  -n, --nginx-conf FILE     nginx.conf, or a file (-: standard input) with what nginx -T prints; else nginx -T is "
	"run\n"
	"  -c, --fpm-conf FILE       php-fpm.conf; else that of the running FPM, or FPM's default\n"
	"  -b, --php BINARY          php-fpm; else that of the running FPM, or the newest one in /usr/sbin\n"
	"  -r, --records FILE        fpmsentinel's records, for what they tell of this machine's workers; may be repeated; "
	"else those of\n"
	"                            the pools' fpmsentinel.log\n"
	"  -a, --all                 also list the settings that do nothing for this error\n"
	"  -f, --format text|json\n"
	"  -h, --help\n"
	"\n"
	"Each rule has a page, docs/rules/RULE.md. The exit status is 0 if nothing was found, 1 if something was, 2 if "
	"something\n"
	"could not be read.\n";

struct options {
	const char *nginx, *fpm, *php;
	const char **records;
	size_t record_count;
	bool all, json, help;
};

static bool parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"nginx-conf", required_argument, NULL, 'n'},
		{"fpm-conf", required_argument, NULL, 'c'},
		{"php", required_argument, NULL, 'b'},
		{"records", required_argument, NULL, 'r'},
		{"all", no_argument, NULL, 'a'},
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel doctor";
	int option;

	argv[0] = name;
	while ((option = getopt_long(argc, argv, "n:c:b:r:af:h", known, NULL)) != -1) {
		switch (option) {
			case 'n': options->nginx = optarg; break;
			case 'c': options->fpm = optarg; break;
			case 'b': options->php = optarg; break;
			case 'r': options->records[options->record_count++] = optarg; break;
			case 'a': options->all = true; break;
			case 'h': options->help = true; break;
			case 'f':
				options->json = strcmp(optarg, "json") == 0;
				if (!options->json && strcmp(optarg, "text") != 0) {
					fps_warn("fpmsentinel doctor: no such format: %s", optarg);
					return false;
				}
				break;
			default: return false;
		}
	}
	if (optind < argc) {
		fps_warn("fpmsentinel doctor: what is %s?", argv[optind]);
	}
	return optind == argc;
}

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

/* Reads everything. False: it has said what cannot be read. *whole: nginx's configuration could be read. */
static bool read_all(const struct options *options, struct fps_server *server, struct fps_records *records, bool *whole)
{
	bool good = fps_server_read_nginx(server, options->nginx);

	*whole = good;
	if (!good && options->nginx == NULL) { /* who may not run nginx -T may well ask about FPM */
		fps_nginxconf_free(&server->nginx);
		fps_server_unseen(server, fps_alloc_format("nginx, as nginx -T failed"));
		good = true;
	}
	good = fps_server_read_fpm(server, options->fpm, options->php) && good;
	for (size_t i = 0; i < options->record_count; i++) {
		good = fps_records_read(records, options->records[i], false) && good;
	}
	if (good && options->record_count == 0) {
		read_usual(server, records);
	}
	fps_records_sort(records);
	if (good && server->nginx.file_count == 0 && server->fpm.count == 0) {
		good = fps_server_complain("neither nginx nor PHP-FPM is here: there is nothing to look at");
	}
	return good;
}

static size_t look(const struct options *options, struct fps_server *server, const struct fps_records *records)
{
	struct fps_doctor doctor = {.server = server, .records = records};
	struct fps_style style = fps_page_style(stdout);
	size_t count;

	fps_server_pair(server);
	fps_rules_look(&doctor);
	if (options->json) {
		fps_findings_json(stdout, &doctor.findings, server);
	} else {
		fps_findings_text(stdout, &style, &doctor.findings, server);
	}
	if (options->all && !options->json) {
		fps_findings_text_idle(stdout, &style, server);
	}
	count = doctor.findings.count;
	fps_findings_free(&doctor.findings);
	return count;
}

static int examine(const struct options *options)
{
	struct fps_server server = {.pair_count = 0};
	struct fps_records records = {.count = 0};
	int status = FPS_EXIT_TROUBLE;
	bool whole;

	if (read_all(options, &server, &records, &whole)) {
		size_t found = look(options, &server, &records);

		status = fflush(stdout) != 0 || !whole ? FPS_EXIT_TROUBLE : found ? 1 : 0;
	} else {
		fps_trusted_complain(); /* there are no findings to tell it in */
	}
	fps_server_free(&server);
	fps_records_free(&records);
	return status;
}

static int run(int argc, char **argv)
{
	struct options options = {.records = fps_alloc((size_t) argc, sizeof(char *))};
	int status = FPS_EXIT_TROUBLE;

	if (!parse_options(&options, argc, argv)) {
		fputs("Try 'fpmsentinel doctor --help'.\n", stderr);
	} else if (options.help) {
		fputs(usage, stdout);
		status = FPS_EXIT_EXPLAINED;
	} else {
		status = examine(&options);
	}
	free(options.records);
	return status;
}

const struct fps_command fps_command_doctor = {"doctor", "find settings that lose requests, and say what to set", run};
