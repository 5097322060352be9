/* Finds the running masters of PHP-FPM. */
#include "config/fpmmasters.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "base/trusted.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char master_title[] = "php-fpm: master process (";

bool fps_fpmmasters_next(struct fps_processes *processes, const char *root)
{
	struct dirent *entry;

	if (processes->proc == NULL) {
		char *path = fps_alloc_format("%s/proc", root);

		processes->proc = opendir(path);
		processes->fd = -1;
		free(path);
	}
	if (processes->fd >= 0) {
		close(processes->fd);
		processes->fd = -1;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	while (processes->proc && (entry = readdir(processes->proc)) != NULL) {
		struct fps_span name = fps_span_of(entry->d_name);
		int64_t pid;

		if (!fps_span_number(&name, &pid) || name.len > 0 || pid <= 0 || pid > INT_MAX) {
			continue;
		}
		/* once the process has ended the directory stays empty, even if its pid is reused */
		processes->fd = openat(dirfd(processes->proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		processes->pid = (pid_t) pid;
		if (processes->fd >= 0) {
			return true;
		}
	}
	if (processes->proc) {
		closedir(processes->proc);
	}
	*processes = (struct fps_processes) {.fd = -1};
	return false;
}

char *fps_fpmmasters_read(int process, const char *name, size_t *len)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? fps_readfile_open(fd, len) : NULL;
}

/*
 * Checks all four ids: root owns the /proc directory of any process that is not dumpable, and anybody can start a
 * set-uid program with any title.
 */
bool fps_fpmmasters_is_trusted(int process, uid_t *user)
{
	size_t len = 0, ids = 0;
	char *status = fps_fpmmasters_read(process, "status", &len), *line = status ? strstr(status, "\nUid:") : NULL;
	struct fps_span rest = fps_span_of(line);
	int64_t id = -1;

	fps_span_skip(&rest, "\nUid:");
	while (ids < 4 && fps_span_skip(&rest, "\t") && fps_span_number(&rest, &id)
		&& (id == 0 || id == (int64_t) geteuid())) {
		ids++;
	}
	*user = (uid_t) id;
	free(status);
	return ids == 4;
}

/* Takes ownership of the reason. */
static void pass_over(struct fps_fpmmasters *running, pid_t pid, struct fps_span title, char *why)
{
	for (size_t i = 0; i < running->passed_count; i++) {
		if (running->passed[i].pid == pid) {
			free(why);
			return;
		}
	}
	FPS_ALLOC_APPEND(running->passed, running->passed_count) =
		(struct fps_passed_over) {pid, fps_alloc_copy(title, 200), why};
}

/* The target of a link in /proc; NULL: not visible. */
static char *link_of(int process, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(process, name, target, sizeof(target));

	return len > 0 && (size_t) len < sizeof(target) ? fps_alloc_copy((struct fps_span) {target, (size_t) len}, 0)
													: NULL;
}

/* A name in the title may be relative to the directory in which the master was started. */
static char *absolute(int process, struct fps_span name)
{
	char *folder = fps_span_begins(name, "/") ? NULL : link_of(process, "cwd");
	char *path = fps_alloc_format("%s%s%.*s", folder ? folder : "", folder ? "/" : "", FPS_SPAN_ARGS(name));

	free(folder);
	return path;
}

/* If a package update has replaced the file, the link is "… (deleted)": a restart will run the new one. */
static char *program_of(int process)
{
	static const char deleted[] = " (deleted)";
	char *path = link_of(process, "exe");
	size_t len = path ? strlen(path) : 0;

	if (len > strlen(deleted) && strcmp(path + len - strlen(deleted), deleted) == 0) {
		path[len - strlen(deleted)] = '\0';
	}
	return path;
}

/*
 * Whether the process's path leads to the same file here. Mount namespaces are not compared: PrivateTmp= and
 * ProtectSystem= give a service its own, in which the files that matter are the same.
 */
static bool is_same_here(int process, const char *path, const struct fps_trusted *here)
{
	int root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct fps_trusted there = {.fd = -1};
	bool same;

	if (root < 0) { /* nobody else can see this of root's master */
		return true;
	}
	there = fps_trusted_find(root, path, FPS_TRUST_ANYBODY, 0);
	same = fps_trusted_same(&there, here);
	fps_trusted_free(&there);
	close(root);
	return same;
}

/*
 * Takes ownership of the path (NULL: not visible). Returns why it can't be used, or NULL, with the path to use in
 * `real`.
 */
static char *judge(int process, char *path, char **real)
{
	struct fps_trusted here = {.fd = -1};
	char *why = NULL;

	if (path == NULL) {
		return fps_alloc_format("only its user and root can see its program");
	}
	here = fps_trusted_find(-1, path, FPS_TRUST_ROOT, 0);
	if (here.why) {
		why = here.why;
		here.why = NULL;
	} else if (here.fd < 0 || !S_ISREG(here.status.st_mode)) {
		why = fps_alloc_format("%s is not here: it runs in a container or a root directory of its own", path);
	} else if (!is_same_here(process, path, &here)) {
		why = fps_alloc_format("%s is another file where it runs, in a container or a root directory of its own", path);
	} else {
		*real = here.path;
		here.path = NULL;
	}
	fps_trusted_free(&here);
	free(path);
	return why;
}

static void use_any(
	struct fps_fpmmasters *running, const struct fps_processes *process, struct fps_span title, struct fps_span name)
{
	char *conf = NULL, *php = NULL, *why = judge(process->fd, program_of(process->fd), &php);

	why = why ? why : judge(process->fd, absolute(process->fd, name), &conf);
	if (why) {
		pass_over(running, process->pid, title, why);
	}
	if (why) {
		free(conf);
		free(php);
		return;
	}
	if (running->pid) {
		FPS_ALLOC_APPEND(running->others, running->other_count) = (struct fps_fpmmaster) {conf, php};
		return;
	}
	running->pid = process->pid;
	running->conf = conf;
	running->php = php;
}

/* Whether the title names that file, both here and where the process runs. */
static bool names(const struct fps_processes *process, struct fps_span name, const char *conf)
{
	char *path = absolute(process->fd, name);
	struct fps_trusted one = fps_trusted_find(-1, path, FPS_TRUST_ANYBODY, 0);
	struct fps_trusted other = fps_trusted_find(-1, conf, FPS_TRUST_ANYBODY, 0);
	bool same = fps_trusted_same(&one, &other) && is_same_here(process->fd, path, &one);

	fps_trusted_free(&one);
	fps_trusted_free(&other);
	free(path);
	return same;
}

/* A newly forked worker still has its master's title. Until it sets its own, its parent has the same title. */
static bool is_new_worker(const struct fps_processes *process, const char *title)
{
	size_t len = 0;
	char *status = fps_fpmmasters_read(process->fd, "status", &len),
		 *line = status ? strstr(status, "\nPPid:\t") : NULL;
	struct fps_span rest = fps_span_of(line);
	char *name = NULL, *parents = NULL;
	int64_t parent;

	if (fps_span_skip(&rest, "\nPPid:\t") && fps_span_number(&rest, &parent)) {
		name = fps_alloc_format("%lld/cmdline", (long long) parent);
		parents = fps_fpmmasters_read(dirfd(process->proc), name, &len);
	}
	bool same = parents && strcmp(parents, title) == 0;

	free(parents);
	free(name);
	free(status);
	return same;
}

static void consider(
	struct fps_fpmmasters *running, const struct fps_processes *process, struct fps_span title, const char *conf)
{
	struct fps_span rest = title, name;
	uid_t user;

	if (!fps_span_skip(&rest, master_title) || !fps_span_take(&rest, ")", &name)
		|| (conf && !names(process, name, conf)) || is_new_worker(process, title.at)) {
		return;
	}
	if (!fps_fpmmasters_is_trusted(process->fd, &user)) {
		const struct passwd *entry = getpwuid(user); /* NOLINT(concurrency-mt-unsafe): no threads */

		pass_over(running, process->pid, title,
			entry ? fps_alloc_format("it belongs to %s", entry->pw_name)
				  : fps_alloc_format("it belongs to uid %u", (unsigned) user));
	} else if (conf == NULL) {
		use_any(running, process, title, name);
	} else if (running->pid == 0) {
		running->pid = process->pid;
	}
}

/* Looks at all masters, even after finding the one to use: those that are rejected are reported. */
static void look(struct fps_fpmmasters *running, const char *root, const char *conf)
{
	struct fps_processes processes = {.proc = NULL};

	while (fps_fpmmasters_next(&processes, root)) {
		size_t len = 0;
		char *title = fps_fpmmasters_read(processes.fd, "cmdline", &len);

		if (title) {
			consider(running, &processes, fps_span_of(title), conf);
		}
		free(title);
	}
}

void fps_fpmmasters_any(struct fps_fpmmasters *running, const char *root)
{
	look(running, root, NULL);
}

void fps_fpmmasters_of(struct fps_fpmmasters *running, const char *root, const char *conf)
{
	running->pid = 0;
	look(running, root, conf);
}

void fps_fpmmasters_free(struct fps_fpmmasters *running)
{
	for (size_t i = 0; i < running->passed_count; i++) {
		free(running->passed[i].title);
		free(running->passed[i].why);
	}
	free(running->passed);
	for (size_t i = 0; i < running->other_count; i++) {
		free(running->others[i].conf);
		free(running->others[i].php);
	}
	free(running->others);
	free(running->conf);
	free(running->php);
	*running = (struct fps_fpmmasters) {.pid = 0};
}
