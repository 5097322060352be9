/* What a command looks at. */
#include "command/configoptions.h"

#include "base/alloc.h"
#include "base/warn.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* False: it has said what cannot be read. *whole: nginx's configuration could be read. */
static bool read_nginx(struct fps_server *server, const char *file, bool *whole)
{
	*whole = fps_serverconfig_read_nginx(server, file);
	if (*whole || file) {
		return *whole;
	}
	/* who may not run nginx -T may well ask about FPM */
	fps_nginxconf_free(&server->nginx);
	fps_serverconfig_unseen(server, fps_alloc_format("nginx, as nginx -T failed"));
	return true;
}

bool fps_configoptions_read(struct fps_configoptions *configuration, const struct fps_configoptions_options *options)
{
	struct fps_server *server = &configuration->server;

	server->front = options->front;
	server->unit_file = options->unit;
	bool apache_alone = options->apache && !options->nginx;
	bool good = apache_alone || read_nginx(server, options->nginx, &configuration->whole);

	configuration->whole = configuration->whole || apache_alone;
	good = fps_serverconfig_read_apache(server, options->apache) && good;
	good = fps_serverconfig_read_fpm(server, options->fpm, options->php) && good;
	if (good && server->nginx.file_count == 0 && server->apache.text_count == 0 && server->fpm.count == 0) {
		return fps_warn("found neither nginx nor PHP-FPM: nothing to check");
	}
	return good;
}

void fps_configoptions_read_usual(struct fps_configoptions *configuration)
{
	struct fps_server *server = &configuration->server;
	const struct fps_section *pools;
	size_t count = fps_effective_watched(server) ? fps_serverconfig_pools(server, &pools) : 0;
	char *before = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct fps_pair pool = {.pool = &pools[i]};
		char *log = fps_effective_log(server, &pool);

		if (*log == '/' && access(log, F_OK) == 0 && (before == NULL || strcmp(log, before) != 0)) {
			if (access(log, R_OK) == 0) {
				fps_recordindex_read(&configuration->records, log, true);
			} else {
				fps_serverconfig_unseen(server, fps_alloc_format("the records in %s, which only others may read", log));
			}
		}
		free(before);
		before = log;
	}
	free(before);
}

/* A plan that nginx or FPM refuses is not printed. */
static void try_plan(struct fps_doctor *doctor, struct fps_server *server)
{
	doctor->tried = fps_configtest_plan(server, &doctor->patch);
	if (doctor->tried.error) {
		fps_serverconfig_unseen(server,
			fps_alloc_format(
				"what to set: a copy of the configuration with it in was refused: %s", doctor->tried.error));
		fps_findings_withdraw(&doctor->findings);
		fps_patch_free(&doctor->patch);
	}
}

void fps_configoptions_look(struct fps_configoptions *configuration, const struct fps_recordindex *records)
{
	configuration->doctor = (struct fps_doctor) {.server = &configuration->server, .records = records};
	fps_rules_look(&configuration->doctor, &configuration->server);
	try_plan(&configuration->doctor, &configuration->server);
}

void fps_configoptions_free(struct fps_configoptions *configuration)
{
	fps_rules_free(&configuration->doctor);
	fps_serverconfig_free(&configuration->server);
	fps_recordindex_free(&configuration->records);
}
