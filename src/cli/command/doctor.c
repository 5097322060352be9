/* The command `doctor`: what is read, and what is printed. */
#include "base/pager.h"
#include "base/terminal.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "command.h"
#include "command/configoptions.h"
#include "output/findings.h"
#include "output/incident_printer.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
	struct fps_configoptions_options of;
	struct fps_options_list records;
	bool all, diff, verbose;
	enum fps_format format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct fps_option rows[] = {
	FPS_CONFIGOPTIONS_ROWS('n', 'A', 'u', offsetof(struct options, of)),
	{'r', "records", "FILE", NULL,
		"fpmsentinel's records, as evidence about this machine's workers; may be repeated; default: each pool's "
		"fpmsentinel.log",
		fps_options_list, offsetof(struct options, records)},
	{'a', "all", NULL, NULL, "also list the settings that do nothing for this error", fps_options_flag,
		offsetof(struct options, all)},
	{'d', "diff", NULL, NULL, "print a unified diff of the files, for patch -p1 -d /", fps_options_flag,
		offsetof(struct options, diff)},
	{'v', "verbose", NULL, NULL, "show every place and the whole reason of each finding", fps_options_flag,
		offsetof(struct options, verbose)},
	{'f', "format", NULL, formats, "readable text, or JSON", NULL, offsetof(struct options, format)},
	FPS_PAGER_ROW,
	FPS_OPTIONS_END,
};

static bool read_given(struct fps_recordindex *records, const struct fps_options_list *files)
{
	bool good = true;

	for (size_t i = 0; i < files->count; i++) {
		good = fps_recordindex_read(records, files->all[i], false) && good;
	}
	return good;
}

static void print(const struct options *options, const struct fps_doctor *doctor)
{
	struct fps_style style = fps_terminal_style(stdout);

	fps_pager_begin();
	if (options->diff) {
		char *diff = fps_patch_diff(&doctor->patch);

		fputs(diff, stdout);
		free(diff);
	} else if (options->format == FPS_FORMAT_JSON) {
		fps_findings_json(stdout, doctor);
	} else {
		fps_findings_text(stdout, &style, doctor, options->verbose);
		if (options->all) {
			fps_findings_text_idle(stdout, &style, doctor);
		}
	}
}

static int run(void *parsed)
{
	const struct options *options = parsed;
	struct fps_configoptions configuration = {.whole = false};
	struct fps_recordindex *records = &configuration.records;
	int status = FPS_EXIT_TROUBLE;
	bool good = fps_configoptions_read(&configuration, &options->of);

	good = read_given(records, &options->records) && good;
	if (good && options->records.count == 0) {
		fps_configoptions_read_usual(&configuration);
	}
	fps_recordindex_sort(records);
	if (good) {
		fps_serverconfig_pair(&configuration.server);
		fps_configoptions_look(&configuration, records);
		print(options, &configuration.doctor);
		status = fflush(stdout) != 0 || !configuration.whole ? FPS_EXIT_TROUBLE
			: configuration.doctor.findings.count            ? FPS_EXIT_UNEXPLAINED
															 : FPS_EXIT_EXPLAINED;
	} else {
		fps_trusted_complain(); /* no findings will say so */
	}
	fps_configoptions_free(&configuration);
	free(options->records.all);
	return status;
}

const struct fps_command fps_command_doctor = {
	.name = "doctor",
	.summary = "find settings that lose requests, and say what to set",
	.usage = "[OPTION]...",
	.about =
		"Reads the configuration of nginx or Apache, PHP-FPM, PHP and the machine, and reports which settings lose "
		"requests, why, and what to set. It runs nginx -T, php-fpm -tt and -i, and systemctl show. It tests a "
		"copy of the configuration, with its advice applied, with nginx -t and php-fpm -t, and changes nothing.",
	.options = rows,
	.notes = {"The fixes fit together: follow all, or apply --diff. Each rule has a page; the output says where.",
		"Exit status: 0 nothing was found, 1 something was, 2 usage error or unreadable input."},
	.size = sizeof(struct options),
	.run = run,
	.reports_refusals = true,
};
