/* Rules: fpmsentinel's own. */
#include "base/alloc.h"
#include "base/trusted.h"
#include "rules/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void fps_rule_not_loaded(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	if (doctor->server->ini.settings.count && !fps_effective_watched(doctor->server)) {
		bool loaded = *fps_effective_ini(doctor->server, NULL, "fpmsentinel.enable") != '\0';

		fps_findings_found(&doctor->findings, rule,
			loaded ? fps_place_ini(doctor->server, NULL, "fpmsentinel.enable")
				   : fps_place_file(fps_phpini_file(&doctor->server->ini), "no extension = fpmsentinel"),
			fps_place_none(), fps_place_in_ini(doctor->server, NULL, loaded ? "fpmsentinel.enable" : "extension"), "%s",
			loaded ? "fpmsentinel.enable = 1" : "extension = fpmsentinel");
	}
}

void fps_rule_parameters_missing(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	static const char *const parameters[][2] = {{"NGINX_PID", "$pid"}, {"NGINX_CONNECTION", "$connection"},
		{"NGINX_CONN_REQUESTS", "$connection_requests"}, {"REQUEST_ID", "$request_id"}};

	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pass *pass = doctor->server->pairs[i].pass;
		char *fix = fps_alloc_format("%s", "");

		for (size_t n = 0; n < sizeof(parameters) / sizeof(parameters[0]); n++) {
			if (!fps_nginxpass_gets(pass, parameters[n][0])) {
				char *longer = fps_alloc_format(
					"%s%sfastcgi_param %s %s;", fix, *fix ? "\n" : "", parameters[n][0], parameters[n][1]);

				free(fix);
				fix = longer;
			}
		}
		if (*fix) {
			fps_findings_found(&doctor->findings, rule, fps_place_directive(pass->pass), fps_place_none(),
				fps_place_beside(pass), "%s", fix);
		}
		free(fix);
	}
}

/* In a process of its own that becomes the pool's user, with its groups. 0: it may; else errno; -1: cannot be tried. */
static int try_as(const char *user, const char *path)
{
	const struct passwd *entry = getpwnam(user); /* NOLINT(concurrency-mt-unsafe): no threads */
	const char *slash = strrchr(path, '/');
	pid_t child = entry && geteuid() == 0 ? fork() : -1;
	int status = 0;

	if (child == 0) {
		char *folder = fps_alloc_copy((struct fps_span) {path, slash > path ? (size_t) (slash - path) : 1}, 0);

		if (initgroups(user, entry->pw_gid) || setgid(entry->pw_gid) || setuid(entry->pw_uid)) {
			_exit(255);
		}
		bool good = faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0
			? access(path, W_OK) == 0
			: errno == ENOENT && access(folder, W_OK | X_OK) == 0;

		_exit(good ? 0 : errno);
	}
	while (child > 0 && waitpid(child, &status, 0) == -1 && errno == EINTR) {
	}
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

void fps_rule_log_not_writable(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_server_pools(doctor->server, &pools);

	for (size_t i = 0; i < count; i++) {
		const char *log = fps_fpmconf_value(&pools[i], "php_admin_value[fpmsentinel.log]"),
				   *user = fps_fpmconf_value(&pools[i], "user");
		char *path = fps_alloc_format("%s%s", fps_fpmconf_value(&pools[i], "chroot"), log);
		int error = *log == '/' ? try_as(user, path) : 0;

		if (error > 0) {
			const char *slash = strrchr(path, '/');

			fps_findings_found(&doctor->findings, rule,
				fps_place_setting(&pools[i], "php_admin_value[fpmsentinel.log]"),
				/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
				fps_place_file(path, "as %s: %s", user, strerror(error)), fps_alloc_format("a shell of root's"),
				"install -d -m 0750 -o %s -g adm %.*s", user, slash > path ? (int) (slash - path) : 1, path);
		}
		free(path);
	}
}

/* Whether a file of logrotate's names the log: its words in front of `{` are patterns. */
static bool rotates(const char *file, const char *log)
{
	struct fps_span text = {NULL, 0};
	char *content = fps_trusted_read(file, 0, &text.len), *rest = NULL;
	bool found = false;

	for (char *at = content; at && (at = strchr(at, '#')) != NULL; at++) {
		if (at == content || strchr(" \t\n", at[-1])) {
			memset(at, ' ', strcspn(at, "\n")); /* a comment */
		}
	}
	for (char *word = content ? strtok_r(content, " \t\r\n\"'{}", &rest) : NULL; word && !found;
		 word = strtok_r(NULL, " \t\r\n\"'{}", &rest)) {
		found = *word == '/' && fnmatch(word, log, FNM_PATHNAME) == 0;
	}
	free(content);
	return found;
}

/* What editors, packages and administrators have left in its folder logrotate passes over (tabooext). */
static bool is_left_over(const char *file)
{
	static const char *const names[] = {"*~", "*.bak", "*.disabled", "*.swp", "*.dpkg-*", "*.rpm*", "*.ucf-*"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fnmatch(names[i], file, 0) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_rotated(const char *log)
{
	bool found = rotates("/etc/logrotate.conf", log);
	glob_t files;

	if (glob("/etc/logrotate.d/*", 0, NULL, &files) == 0) { /* NOLINT(concurrency-mt-unsafe): no threads */
		for (size_t i = 0; i < files.gl_pathc && !found; i++) {
			found = !is_left_over(files.gl_pathv[i]) && rotates(files.gl_pathv[i], log);
		}
		globfree(&files);
	}
	return found;
}

void fps_rule_log_not_rotated(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	/* without logrotate, as in a container, it is somebody else's task */
	if (!fps_effective_watched(doctor->server) || access("/etc/logrotate.d", F_OK) != 0) {
		return;
	}
	for (size_t i = 0; i < doctor->server->user_count; i++) {
		const struct fps_pair *user = &doctor->server->pairs[i];
		bool is_file = *fps_effective_ini(doctor->server, user, "fpmsentinel.log") == '/';
		char *log = fps_effective_log(doctor->server, user);

		if (is_file && !is_rotated(log)) {
			fps_findings_found(&doctor->findings, rule, fps_place_ini(doctor->server, user, "fpmsentinel.log"),
				fps_place_file("/etc/logrotate.d", "none names it"), fps_alloc_format("/etc/logrotate.d/fpmsentinel"),
				"%s {\n    weekly\n    rotate 8\n    missingok\n    notifempty\n    compress\n    delaycompress\n    "
				"nocreate\n    su root adm\n}",
				log);
		}
		free(log);
	}
}

void fps_rule_coroner_gone(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_machine *machine = &doctor->server->machine;

	if (fps_effective_watched(doctor->server) && machine->running.pid && machine->sees_maps && !machine->coroner) {
		fps_findings_found(&doctor->findings, rule,
			fps_place_file(fps_server_conf(doctor->server), "FPM's master is process %d", (int) machine->running.pid),
			fps_place_none(), fps_alloc_format("a shell of root's: a reload, which brings a new one"), "kill -USR2 %d",
			(int) machine->running.pid);
	}
}

void fps_rule_kernel_exit_info(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	if (fps_effective_watched(doctor->server) && doctor->server->machine.kernel > 0
		&& doctor->server->machine.kernel < 615) {
		fps_findings_found(&doctor->findings, rule,
			fps_place_file("/proc/sys/kernel/osrelease", "%d.%d", doctor->server->machine.kernel / 100,
				doctor->server->machine.kernel % 100),
			fps_place_none(), NULL, "a kernel from 6.15 on");
	}
}
