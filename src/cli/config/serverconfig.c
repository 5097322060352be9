/* Reads the configuration of this server. */
#include "config/serverconfig.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "config/systemdunit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fps_serverconfig_unseen(struct fps_server *server, char *what)
{
	FPS_ALLOC_APPEND(server->unseen, server->unseen_count) = what;
}

/* The version of the installed nginx: its configuration does not contain it. */
static int nginx_version(void)
{
	const char *const version[] = {"nginx", "-v", NULL};
	struct fps_output output = fps_run(version);
	const char *record = strstr(output.errors, "nginx version: ");
	unsigned major = 0, minor = 0, patch = 0;

	/* NOLINTBEGIN(cert-err34-c): three digits are no error */
	if (record
		&& (sscanf(record, "nginx version: nginx/%3u.%3u.%3u", &major, &minor, &patch) == 3
			|| sscanf(record, "nginx version: openresty/%3u.%3u.%3u", &major, &minor, &patch) == 3)) {
		major = major * 1000000 + minor * 1000 + patch;
	}
	/* NOLINTEND(cert-err34-c) */
	fps_run_free(&output);
	return (int) major;
}

/*
 * nginx quotes what it cannot parse: "unknown directive "root:x:0:0:" in /etc/nginx/sites/x:1". If others can change
 * that file, they can make it a link to a file that only root can read. Its lines would then appear on a screen, in
 * mail from cron or in a ticket.
 */
static bool cites_others(const char *errors)
{
	bool found = false;

	for (const char *in = strstr(errors, " in /"); in && !found; in = strstr(in + 1, " in /")) {
		char *path = fps_alloc_copy((struct fps_span) {in + 4, strcspn(in + 4, ":\n")}, 0);

		found = fps_trusted_refuses(path, 0, path);
		free(path);
	}
	return found;
}

bool fps_serverconfig_cite(const char *errors)
{
	if (cites_others(errors)) {
		return fps_warn("nginx fails at a file that others can change: its message is not shown");
	}
	return fps_warn_lines(errors);
}

/* nginx reads them as root, at each reload. */
static void look_at_files(const struct fps_nginxconf *conf)
{
	for (size_t i = 0; i < conf->file_count; i++) {
		free(fps_trusted_path(conf->files[i].name));
	}
}

bool fps_serverconfig_read_nginx(struct fps_server *server, const char *file)
{
	const char *const alone[] = {"nginx", "-T", NULL};
	struct fps_output output = {.status = 0};
	size_t len = 0;
	char *text = file ? fps_readfile(file, &len) : NULL;
	bool good = true, dump = text && fps_nginxconf_is_dump((struct fps_span) {text, len});

	if (file && text == NULL) {
		fps_warn("%s: %m", file);
		return false;
	}
	if (!dump && (file == NULL || strcmp(file, "-") != 0)) { /* nginx itself knows its includes */
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
		fps_serverconfig_unseen(
			server, fps_alloc_format("nginx: not found; pass the output of nginx -T with --nginx-conf"));
	} else if (output.status != 0) {
		good = file ? fps_warn_lines(output.errors) : fps_serverconfig_cite(output.errors);
		if (geteuid() != 0) {
			fps_warn("nginx -T usually needs root");
		}
	} else if (!fps_nginxconf_parse(&server->nginx, (struct fps_span) {text, len})) {
		good = fps_warn_lines(server->nginx.error);
	} else {
		server->nginx_here = !dump && (file == NULL || strcmp(file, "-") != 0);
		server->nginx.text = text;
		text = NULL;
		server->nginx_version = nginx_version();
		if (file == NULL) {
			look_at_files(&server->nginx);
		}
	}
	free(text);
	fps_run_free(&output);
	return good;
}

static bool passes_to_fpm(const struct fps_nginxconf *conf)
{
	const struct fps_directive *at = &conf->root;

	while (at && strcmp(fps_nginxconf_word(at, 0), "fastcgi_pass") != 0) {
		at = fps_nginxconf_next(at, &conf->root);
	}
	return at != NULL;
}

bool fps_serverconfig_read_apache(struct fps_server *server, const char *file)
{
	if (file == NULL && passes_to_fpm(&server->nginx)) {
		return true;
	}
	if (fps_apacheconf_load(&server->apache, file) || server->apache.tree.error == NULL) {
		return true;
	}
	if (file) {
		return fps_warn("%s", server->apache.tree.error);
	}
	fps_serverconfig_unseen(server, fps_alloc_format("Apache: %s", server->apache.tree.error));
	return true;
}

/* The newest php-fpm8.4 or similar, or just php-fpm. */
static char *newest_php(void)
{
	char *found = NULL;
	glob_t names;

	if (glob("/usr/sbin/php-fpm[0-9]*", 0, NULL, &names) == 0) { /* NOLINT(concurrency-mt-unsafe): no threads */
		for (size_t i = names.gl_pathc; found == NULL && i > 0; i--) {
			char *path = fps_trusted_path(names.gl_pathv[i - 1]);

			found = path ? fps_alloc_format("%s", names.gl_pathv[i - 1]) : NULL;
			free(path);
		}
		globfree(&names);
	}
	return found ? found : fps_alloc_format("php-fpm");
}

/* Beside php.ini, as on Debian, or in the folder above, as in PHP's own images. NULL: neither exists. */
static char *default_conf(const struct fps_phpinfo *ini)
{
	const char *folder = fps_phpinfo_value(ini, "Configuration File (php.ini) Path");

	for (size_t i = 0; *folder && i < 2; i++) {
		char *conf = fps_alloc_format("%s%s/php-fpm.conf", folder, i ? "/.." : "");

		if (access(conf, F_OK) == 0) {
			return conf;
		}
		free(conf);
	}
	fps_warn("cannot find php-fpm.conf; use --fpm-conf");
	return NULL;
}

/* The owner of what the caller has named, trusted like the caller. */
static uid_t owner_of(const char *given)
{
	struct stat status;

	return stat(given, &status) == 0 ? status.st_uid : 0;
}

bool fps_serverconfig_read_fpm(struct fps_server *server, const char *fpm_conf, const char *given)
{
	struct fps_fpmmasters *running = &server->machine.running;

	if (fpm_conf == NULL && given == NULL) {
		fps_fpmmasters_any(running, "");
	}
	char *conf = running->conf ? fps_alloc_format("%s", running->conf) : NULL;
	char *php = given || running->php ? fps_alloc_format("%s", given ? given : running->php) : newest_php();
	bool good = fps_phpinfo_load(&server->ini, php, given ? owner_of(given) : 0);

	if (!good && given == NULL && fpm_conf == NULL) {
		fps_serverconfig_unseen(server, fps_alloc_format("PHP-FPM: not found; name php-fpm with --php"));
		good = true;
	} else if (!good) {
		fps_warn_lines(server->ini.error);
	} else {
		if (fpm_conf) {
			conf = fps_alloc_format("%s", fpm_conf);
		} else if (conf == NULL) {
			conf = default_conf(&server->ini);
		}
		good = conf && fps_fpmconf_load(&server->fpm, php, conf, fpm_conf != NULL);
		if (server->fpm.error) {
			fps_warn_lines(server->fpm.error);
		}
	}
	fps_machine_read(&server->machine, "", server->fpm.file_count ? server->fpm.files[0] : "");
	if (server->unit_file) {
		good = fps_systemdunit_load(&server->machine, server->unit_file) && good;
	} else if (fpm_conf == NULL || running->pid) { /* nothing shows that the unit uses the named file */
		fps_systemdunit_find(&server->machine, "", php);
	}
	if (server->machine.unit == NULL) {
		fps_serverconfig_unseen(server, fps_alloc_format("a systemd unit: systemctl knows of none, or is not here"));
	}
	server->php = php;
	free(conf);
	return good;
}

static bool leads_to(const struct fps_pass *pass, const struct fps_section *pool, const char *listen)
{
	for (size_t i = 0; i < pass->address_count; i++) {
		if (fps_nginxpass_same(pass->addresses[i], fps_fpmconf_value(pool, listen))) {
			return true;
		}
	}
	return false;
}

static void add_pair(struct fps_server *server, const struct fps_pass *pass, const struct fps_section *pool)
{
	FPS_ALLOC_APPEND(server->pairs, server->user_count) = (struct fps_pair) {pass, pool};
}

void fps_serverconfig_pair(struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);
	bool *reached = fps_alloc(count + 1, sizeof(*reached));

	fps_nginxpass_collect(&server->passes, &server->nginx);
	fps_apachepass_collect(&server->passes, &server->apache.tree);
	for (size_t i = 0; i < server->passes.count; i++) {
		const struct fps_pass *pass = &server->passes.all[i];
		bool found = false;

		for (size_t n = 0; n < count; n++) {
			if (leads_to(pass, &pools[n], "listen")) {
				add_pair(server, pass, &pools[n]);
				found = reached[n] = true;
			}
			found = found || leads_to(pass, &pools[n], "pm.status_listen"); /* no worker of the pool serves it */
		}
		if (!found) {
			char *why = pass->address_count
				? fps_alloc_format("%s: no pool that was read listens there", pass->target)
				: fps_alloc_format("%s: where %s leads is not known", fps_nginxconf_word(pass->pass, 1), pass->target);

			fps_serverconfig_unseen(server,
				fps_alloc_format(
					"%s:%u, %s %s", pass->pass->file, pass->pass->line, fps_nginxconf_word(pass->pass, 0), why));
			free(why);
		}
	}
	server->pair_count = server->user_count;
	for (size_t n = 0; n < count; n++) {
		if (!reached[n]) {
			add_pair(server, NULL, &pools[n]);
		}
	}
	free(reached);
	if (server->nginx.file_count && server->passes.count == 0) {
		fps_serverconfig_unseen(
			server, fps_alloc_format("what nginx and PHP-FPM have to agree on: nginx has no fastcgi_pass"));
	}
}

void fps_serverconfig_free(struct fps_server *server)
{
	fps_nginxpass_free(&server->passes);
	fps_nginxconf_free(&server->nginx);
	fps_apacheconf_free(&server->apache);
	fps_fpmconf_free(&server->fpm);
	fps_phpinfo_free(&server->ini);
	fps_machine_free(&server->machine);
	fps_alloc_free_all(server->unseen, server->unseen_count);
	free(server->pairs);
	free(server->php);
}

size_t fps_serverconfig_pools(const struct fps_server *server, const struct fps_section **first)
{
	*first = server->fpm.count > 1 ? &server->fpm.sections[1] : NULL;
	return server->fpm.count > 1 ? server->fpm.count - 1 : 0;
}

const char *fps_serverconfig_main(const struct fps_server *server)
{
	return server->fpm.file_count ? server->fpm.files[0] : "php-fpm.conf";
}
