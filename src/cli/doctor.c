/* The command `doctor`: what is read, and what is told. */
#include "doctor.h"
#include "rules.h"
#include "run.h"
#include "trace.h"

#include <errno.h>
#include <getopt.h>
#include <glob.h>
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
	"  -r, --records FILE        fpmsentinel's records, for what they tell of this machine's workers; may be repeated\n"
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
					fprintf(stderr, "fpmsentinel doctor: no such format: %s\n", optarg);
					return false;
				}
				break;
			default: return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "fpmsentinel doctor: what is %s?\n", argv[optind]);
	}
	return optind == argc;
}

/* What another program, or somebody's file, has to say, on standard error. */
static bool complain(const char *what)
{
	fputs("fpmsentinel doctor: ", stderr);
	for (const char *line = what; *line;) {
		size_t len = strcspn(line, "\n");
		char *copy = fps_text_copy((struct fps_span) {line, len}, 2000);

		fps_text_print(stderr, copy);
		putc('\n', stderr);
		free(copy);
		line += len + (line[len] == '\n');
	}
	return false;
}

static bool read_nginx(struct fps_doctor *doctor, const char *file)
{
	const char *const alone[] = {"nginx", "-T", NULL};
	struct fps_output output = {.status = 0};
	size_t len = 0;
	char *text = file ? fps_run_read_file(file, &len) : NULL;
	bool good = true, dump = text && fps_nginxconf_is_dump((struct fps_span) {text, len});

	if (file && text == NULL) {
		fprintf(stderr, "fpmsentinel doctor: %s: %s\n", file, strerror(errno)); /* NOLINT(concurrency-mt-unsafe): no threads */
		return false;
	}
	if (!dump && (file == NULL || strcmp(file, "-") != 0)) { /* nginx itself knows what it includes */
		char *path = file ? realpath(file, NULL) : NULL;
		const char *const given[] = {"nginx", "-T", "-c", path, NULL};

		output = fps_run(file ? given : alone);
		free(path);
		free(text);
		text = output.out;
		len = output.out_len;
		output.out = NULL;
	}
	if (output.status == 127 && file == NULL) {
		fps_findings_unseen(&doctor->findings, fps_text_format("nginx, which is not here: give --nginx-conf the output of nginx -T"));
	} else if (output.status != 0) {
		good = complain(output.errors);
	} else if (!fps_nginxconf_parse(&doctor->nginx, (struct fps_span) {text, len})) {
		good = complain(doctor->nginx.error);
	}
	free(text);
	fps_run_free(&output);
	return good;
}

/* The newest php-fpm8.4 or the like, or just php-fpm. */
static char *newest_php(void)
{
	char *found = fps_text_format("php-fpm");
	glob_t names;

	if (glob("/usr/sbin/php-fpm[0-9]*", 0, NULL, &names) == 0) {
		free(found);
		found = fps_text_format("%s", names.gl_pathv[names.gl_pathc - 1]);
		globfree(&names);
	}
	return found;
}

/* Beside php.ini, as Debian has it, or in the folder above, as PHP's own images do. NULL: neither. */
static char *default_conf(const struct fps_phpini *ini)
{
	const char *folder = fps_phpini_value(ini, "Configuration File (php.ini) Path");

	for (size_t i = 0; *folder && i < 2; i++) {
		char *conf = fps_text_format("%s%s/php-fpm.conf", folder, i ? "/.." : "");

		if (access(conf, F_OK) == 0) {
			return conf;
		}
		free(conf);
	}
	complain("which php-fpm.conf?: give --fpm-conf");
	return NULL;
}

static bool read_fpm(struct fps_doctor *doctor, const struct wishes *wishes)
{
	char *running = NULL, *conf = wishes->fpm || wishes->php ? NULL : fps_machine_running(&running);
	char *php = wishes->php ? fps_text_format("%s", wishes->php) : running ? running : newest_php();
	bool good = fps_phpini_load(&doctor->ini, php);

	if (!good && wishes->php == NULL && wishes->fpm == NULL) {
		fps_findings_unseen(&doctor->findings, fps_text_format("PHP-FPM, which is not here: give --php the name of php-fpm"));
		good = true;
	} else if (!good) {
		complain(doctor->ini.error);
	} else {
		if (wishes->fpm) {
			conf = fps_text_format("%s", wishes->fpm);
		} else if (conf == NULL) {
			conf = default_conf(&doctor->ini);
		}
		good = conf && fps_fpmconf_load(&doctor->fpm, php, conf);
		if (doctor->fpm.error) {
			complain(doctor->fpm.error);
		}
	}
	fps_machine_read(&doctor->machine, "", doctor->fpm.file_count ? doctor->fpm.files[0] : "");
	fps_machine_ask_systemd(&doctor->machine, php);
	if (doctor->machine.unit == NULL) {
		fps_findings_unseen(&doctor->findings, fps_text_format("a systemd unit: systemctl knows of none, or is not here"));
	}
	free(php);
	free(conf);
	return good;
}

static bool leads_to(const struct fps_pass *pass, const struct fps_section *pool)
{
	for (size_t i = 0; i < pass->address_count; i++) {
		if (fps_nginxpass_same(pass->addresses[i], fps_fpmconf_value(pool, "listen"))) {
			return true;
		}
	}
	return false;
}

static void pair_up(struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);

	fps_nginxpass_collect(&doctor->passes, &doctor->nginx);
	for (size_t i = 0; i < doctor->passes.count; i++) {
		const struct fps_pass *pass = &doctor->passes.all[i];
		bool found = false;

		for (size_t n = 0; n < count; n++) {
			if (leads_to(pass, &pools[n])) {
				doctor->pairs = fps_text_resize(doctor->pairs, doctor->pair_count + 1, sizeof(*doctor->pairs));
				doctor->pairs[doctor->pair_count++] = (struct fps_pair) {pass, &pools[n]};
				found = true;
			}
		}
		if (!found) {
			fps_findings_unseen(&doctor->findings, fps_text_format("%s:%u, fastcgi_pass %s: no pool that was read listens there",
				pass->pass->file, pass->pass->line, fps_nginxconf_word(pass->pass, 1)));
		}
	}
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
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void free_doctor(struct fps_doctor *doctor)
{
	fps_nginxpass_free(&doctor->passes);
	fps_nginxconf_free(&doctor->nginx);
	fps_fpmconf_free(&doctor->fpm);
	fps_phpini_free(&doctor->ini);
	fps_machine_free(&doctor->machine);
	fps_records_free(&doctor->records);
	fps_findings_free(&doctor->findings);
	free(doctor->pairs);
}

/* Root's PATH has these, others' may not. */
static void extend_path(void)
{
	const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): no threads */
	char *longer = fps_text_format("%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");

	setenv("PATH", longer, 1); /* NOLINT(concurrency-mt-unsafe): no threads */
	free(longer);
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
	extend_path();
	bool good = read_nginx(&doctor, wishes.nginx);

	good = read_fpm(&doctor, &wishes) && good;
	for (size_t i = 0; i < wishes.record_count; i++) {
		good = fps_records_read(&doctor.records, wishes.records[i]) && good;
	}
	fps_records_sort(&doctor.records);
	if (good) {
		struct fps_style style = fps_report_style(stdout);

		pair_up(&doctor);
		fps_rules_look(&doctor);
		if (wishes.json) {
			write_json(&doctor);
		} else {
			fps_findings_text(stdout, &style, &doctor.findings);
		}
		if (wishes.all && !wishes.json) {
			fps_rules_idle_text(stdout, &style, &doctor);
		}
		status = fflush(stdout) != 0 ? FPS_EXIT_TROUBLE : doctor.findings.count ? 1 : 0;
	}
	free_doctor(&doctor);
	free(wishes.records);
	return status;
}
