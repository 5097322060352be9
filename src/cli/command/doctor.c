/* The command `doctor`: what is read, and what is told. */
#include "command/doctor.h"
#include "config/server.h"
#include "rules/rules.h"
#include "command/trace.h"
#include "base/trusted.h"

#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: fpmsentinel doctor [OPTION]...\n"
	"\n"
	"Reads the configuration of nginx, PHP-FPM, PHP and the machine, and says which settings lose requests here, why, and what to set.\n"
	"It runs nginx -T, php-fpm -tt and -i, and systemctl show, and changes nothing.\n"
	"\n"
	"  -n, --nginx-conf FILE     nginx.conf, or a file (-: standard input) with what nginx -T prints; else nginx -T is run\n"
	"  -c, --fpm-conf FILE       php-fpm.conf; else that of the running FPM, or FPM's default\n"
	"  -b, --php BINARY          php-fpm; else that of the running FPM, or the newest one in /usr/sbin\n"
	"  -r, --records FILE        fpmsentinel's records, for what they tell of this machine's workers; may be repeated; else those of\n"
	"                            the pools' fpmsentinel.log\n"
	"  -a, --all                 also list the settings that do nothing for this error\n"
	"  -f, --format text|json\n"
	"  -h, --help\n"
	"\n"
	"Each rule has a page, docs/rules/RULE.md. The exit status is 0 if nothing was found, 1 if something was, 2 if something\n"
	"could not be read.\n";

struct wishes {
	const char *nginx, *fpm, *php;
	const char **records;
	size_t record_count;
	bool all, json, help;
};

static bool parse_options(struct wishes *wishes, int argc, char **argv)
{
	static const struct option options[] = {
		{"nginx-conf", required_argument, NULL, 'n'}, {"fpm-conf", required_argument, NULL, 'c'}, {"php", required_argument, NULL, 'b'},
		{"records", required_argument, NULL, 'r'}, {"all", no_argument, NULL, 'a'}, {"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel doctor";
	int option;

	argv[0] = name;
	while ((option = getopt_long(argc, argv, "n:c:b:r:af:h", options, NULL)) != -1) {
		switch (option) {
			case 'n': wishes->nginx = optarg; break;
			case 'c': wishes->fpm = optarg; break;
			case 'b': wishes->php = optarg; break;
			case 'r': wishes->records[wishes->record_count++] = optarg; break;
			case 'a': wishes->all = true; break;
			case 'h': wishes->help = true; break;
			case 'f':
				wishes->json = strcmp(optarg, "json") == 0;
				if (!wishes->json && strcmp(optarg, "text") != 0) {
					fps_text_warn("fpmsentinel doctor: no such format: %s", optarg);
					return false;
				}
				break;
			default: return false;
		}
	}
	if (optind < argc) {
		fps_text_warn("fpmsentinel doctor: what is %s?", argv[optind]);
	}
	return optind == argc;
}

/* Where nobody names records: those that the pools write, if there are any yet. */
static void read_usual(struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_watched(doctor) ? fps_doctor_pools(doctor, &pools) : 0;
	char *before = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct fps_pair pool = {.pool = &pools[i]};
		char *log = fps_doctor_log(doctor, &pool);

		if (*log == '/' && access(log, F_OK) == 0 && (before == NULL || strcmp(log, before) != 0)) {
			if (access(log, R_OK) == 0) {
				fps_records_read(&doctor->records, log, true);
			} else {
				fps_findings_unseen(&doctor->findings, fps_text_format("the records in %s, which only others may read", log));
			}
		}
		free(before);
		before = log;
	}
	free(before);
}

static void write_json(const struct fps_doctor *doctor)
{
	struct json_object *object = json_object_new_object(), *unseen = json_object_new_array();

	for (size_t i = 0; i < doctor->findings.unseen_count; i++) {
		json_object_array_add(unseen, json_object_new_string(doctor->findings.unseen[i]));
	}
	json_object_object_add(object, "findings", fps_findings_json(&doctor->findings));
	json_object_object_add(object, "not_looked_at", unseen);
	json_object_object_add(object, "no_effect", fps_rules_idle_json(doctor));
	fps_text_print_json(stdout, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	putchar('\n');
	json_object_put(object);
}

int fps_doctor_main(int argc, char **argv)
{
	struct wishes wishes = {.records = fps_text_allocate((size_t) argc, sizeof(char *))};
	struct fps_doctor doctor = {.pair_count = 0};
	int status = FPS_EXIT_TROUBLE;

	if (!parse_options(&wishes, argc, argv)) {
		fputs("Try 'fpmsentinel doctor --help'.\n", stderr);
		free(wishes.records);
		return FPS_EXIT_TROUBLE;
	}
	if (wishes.help) {
		fputs(usage, stdout);
		free(wishes.records);
		return FPS_EXIT_EXPLAINED;
	}
	bool good = fps_gather_nginx(&doctor, wishes.nginx), whole = good;

	if (!good && wishes.nginx == NULL) { /* who may not run nginx -T may well ask about FPM */
		fps_nginxconf_free(&doctor.nginx);
		fps_findings_unseen(&doctor.findings, fps_text_format("nginx, as nginx -T failed"));
		good = true;
	}
	good = fps_gather_fpm(&doctor, wishes.fpm, wishes.php) && good;
	for (size_t i = 0; i < wishes.record_count; i++) {
		good = fps_records_read(&doctor.records, wishes.records[i], false) && good;
	}
	if (good && wishes.record_count == 0) {
		read_usual(&doctor);
	}
	fps_records_sort(&doctor.records);
	if (good && doctor.nginx.file_count == 0 && doctor.fpm.count == 0) {
		good = fps_gather_complain("neither nginx nor PHP-FPM is here: there is nothing to look at");
	}
	if (good) {
		struct fps_style style = fps_report_style(stdout);

		fps_gather_pairs(&doctor);
		fps_rules_look(&doctor);
		if (wishes.json) {
			write_json(&doctor);
		} else {
			fps_findings_text(stdout, &style, &doctor.findings);
		}
		if (wishes.all && !wishes.json) {
			fps_rules_idle_text(stdout, &style, &doctor);
		}
		status = fflush(stdout) != 0 || !whole ? FPS_EXIT_TROUBLE : doctor.findings.count ? 1 : 0;
	} else {
		fps_trusted_complain(); /* there are no findings to tell it in */
	}
	fps_gather_free(&doctor);
	free(wishes.records);
	return status;
}
