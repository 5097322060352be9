/* Rules: fpmsentinel's own settings. */
#include "base/alloc.h"
#include "base/trusted.h"
#include "rules/rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void fps_rule_not_loaded(struct fps_doctor *doctor)
{
	const struct fps_phpinfo *ini = &doctor->server->ini;
	struct fps_effective enable = fps_rules_php(doctor, "fpmsentinel.enable"),
						 extension = fps_rules_php(doctor, "extension");

	if (ini->settings.count == 0 || fps_effective_watched(doctor->server)) {
		return;
	}
	if (*enable.value) {
		fps_findings_set(
			&doctor->findings, fps_settingplace_of(enable), fps_settingplace_none(), enable, "fpmsentinel.enable = 1");
	} else {
		fps_findings_set(&doctor->findings, fps_settingplace_file(fps_phpinfo_file(ini), "no extension = fpmsentinel"),
			fps_settingplace_none(), extension, "extension = fpmsentinel");
	}
}

void fps_rule_parameters_missing(struct fps_doctor *doctor)
{
	static const char *const parameters[][2] = {{"NGINX_PID", "$pid"}, {"NGINX_CONNECTION", "$connection"},
		{"NGINX_CONN_REQUESTS", "$connection_requests"}, {"REQUEST_ID", "$request_id"}};
	const struct fps_pass *pass = doctor->at->pass;
	char *fix = NULL;

	for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
		if (!fps_nginxpass_gets(pass, parameters[i][0])) {
			fps_alloc_append(&fix, "%sfastcgi_param %s %s;", fix ? "\n" : "", parameters[i][0], parameters[i][1]);
		}
	}
	if (fix) {
		const struct fps_directive *beside = fps_settingplace_beside_of(pass);

		fps_findings_beside(&doctor->findings, fps_settingplace_directive(beside->block ? beside : pass->pass),
			fps_settingplace_beside(pass), beside, fix);
	}
	free(fix);
}

/* The exit status if the attempt itself failed. */
enum { NO_TRY = 255 };

/* Becomes that user, with its groups, and exits: with 0 if it may write or create the file, otherwise with the errno.
 */
_Noreturn static void try_to_write(const struct passwd *user, const char *path, const char *folder)
{
	if (initgroups(user->pw_name, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid)) {
		_exit(NO_TRY);
	}
	if (access(path, W_OK) == 0 || (errno == ENOENT && access(folder, W_OK | X_OK) == 0)) {
		_exit(0);
	}
	_exit(errno);
}

/* Whether a user may write a file, tried in a separate process: 0, or an errno; -1 if it cannot be tried. */
static int try_as(const char *user, const char *path, const char *folder)
{
	const struct passwd *entry = getpwnam(user); /* NOLINT(concurrency-mt-unsafe): no threads */
	pid_t child = entry && geteuid() == 0 ? fork() : -1;
	int status = 0;

	if (child == 0) {
		try_to_write(entry, path, folder);
	}
	while (child > 0 && waitpid(child, &status, 0) == -1 && errno == EINTR) {
	}
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != NO_TRY ? WEXITSTATUS(status) : -1;
}

void fps_rule_log_not_writable(struct fps_doctor *doctor)
{
	struct fps_effective log = fps_rules_pool(doctor, "php_admin_value[fpmsentinel.log]");
	const char *user = fps_rules_pool(doctor, "user").value;
	char *path = fps_alloc_format("%s%s", fps_rules_pool(doctor, "chroot").value, log.value),
		 *folder = fps_alloc_folder(path);
	int error = *log.value == '/' ? try_as(user, path, folder) : 0;

	if (error > 0) {
		fps_findings_found(&doctor->findings, fps_settingplace_of(log),
			/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
			fps_settingplace_file(path, "as %s: %s", user, strerror(error)), fps_alloc_format("a shell of root's"),
			"install -d -m 0750 -o %s -g adm %s", user, folder);
	}
	free(folder);
	free(path);
}

/* Whether a logrotate file names the log: its words in front of `{` are patterns. */
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

/* logrotate ignores leftovers of editors, packages and administrators in its folder (tabooext). */
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

void fps_rule_log_not_rotated(struct fps_doctor *doctor)
{
	struct fps_effective log = fps_rules_php(doctor, "fpmsentinel.log");
	char *path = fps_effective_log(doctor->server, doctor->at);

	/* without logrotate, as in a container, rotation is somebody else's task */
	if (*log.value == '/' && fps_effective_watched(doctor->server) && access("/etc/logrotate.d", F_OK) == 0
		&& !is_rotated(path)) {
		fps_findings_found(&doctor->findings, fps_settingplace_of(log),
			fps_settingplace_file("/etc/logrotate.d", "none names it"),
			fps_alloc_format("/etc/logrotate.d/fpmsentinel"),
			"%s {\n    weekly\n    rotate 8\n    missingok\n    notifempty\n    compress\n    delaycompress\n    "
			"nocreate\n"
			"    su root adm\n}",
			path);
	}
	free(path);
}

void fps_rule_coroner_gone(struct fps_doctor *doctor)
{
	const struct fps_machine *machine = &doctor->server->machine;
	int pid = (int) machine->running.pid;

	if (pid && machine->sees_maps && !machine->coroner && fps_effective_watched(doctor->server)) {
		fps_findings_found(&doctor->findings,
			fps_settingplace_file(fps_serverconfig_main(doctor->server), "FPM's master is process %d", pid),
			fps_settingplace_none(), fps_alloc_format("a shell of root's: a reload, which brings a new one"),
			"kill -USR2 %d", pid);
	}
}

void fps_rule_kernel_exit_info(struct fps_doctor *doctor)
{
	int kernel = doctor->server->machine.kernel;

	if (kernel > 0 && kernel < 615 && fps_effective_watched(doctor->server)) {
		fps_findings_found(&doctor->findings,
			fps_settingplace_file("/proc/sys/kernel/osrelease", "%d.%d", kernel / 100, kernel % 100),
			fps_settingplace_none(), NULL, "a kernel from 6.15 on");
	}
}
