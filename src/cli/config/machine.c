/* Reads what the machine has, and its limits. */
#include "config/machine.h"

#include "base/alloc.h"
#include "base/readfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NULL if it can't be read. */
__attribute__((format(printf, 1, 2))) static char *read_path(const char *format, ...)
{
	va_list arguments;
	size_t len;

	va_start(arguments, format);
	char *path = fps_alloc_vformat(format, arguments), *text = fps_readfile(path, &len);

	va_end(arguments);
	free(path);
	return text;
}

/* The number after a name; at the start of the text if the name is "". */
static int64_t number_behind(const char *text, const char *name)
{
	const char *at = text ? strstr(text, name) : NULL;
	struct fps_span rest = fps_span_of(at ? at + strlen(name) : NULL);
	int64_t number = 0;

	fps_span_skip_all(&rest, " ");
	return fps_span_number(&rest, &number) ? number : 0;
}

static int64_t number_in(const char *root, const char *path)
{
	char *text = read_path("%s%s", root, path);
	int64_t number = number_behind(text, "");

	free(text);
	return number;
}

/* Whether two /proc/PID/maps share a piece of writable memory, by device and inode. */
static bool share_memory(const char *one, const char *other)
{
	struct fps_span text = fps_span_of(one), line, field;

	while (fps_span_take(&text, "\n", &line)) {
		if (!fps_span_take(&line, " rw-s ", &field) || !fps_span_take(&line, " ", &field)) {
			continue;
		}
		/* "address rw-s offset device inode  name"; without a name, the line ends with the inode */
		size_t device = strcspn(line.at, " \n"),
			   inode = line.at[device] == ' ' ? strcspn(line.at + device + 1, " \n") : 0;
		char *key = fps_alloc_format(" %.*s ", (int) (device + 1 + inode), line.at);
		bool found = strstr(other, key) != NULL;

		free(key);
		if (found) {
			return true;
		}
	}
	return false;
}

/* A worker has that memory too, and can use any process title: only a process owned by root or the caller counts. */
static void find_coroner(struct fps_machine *machine, const char *root)
{
	char *maps = read_path("%s/proc/%d/maps", root, (int) machine->running.pid);
	struct fps_processes processes = {.proc = NULL};
	uid_t user;

	machine->sees_maps = maps && *maps;
	while (machine->sees_maps && fps_fpmmasters_next(&processes, root)) {
		size_t len = 0;
		char *title = fps_fpmmasters_read(processes.fd, "cmdline", &len);

		if (title && strcmp(title, "php-fpm: sentinel") == 0 && fps_fpmmasters_is_trusted(processes.fd, &user)) {
			char *others = fps_fpmmasters_read(processes.fd, "maps", &len);

			machine->coroner = machine->coroner || (others && share_memory(maps, others));
			free(others);
		}
		free(title);
	}
	free(maps);
}

/* Keeps a group's limit if it is the smallest so far, and whether the kernel kills the group as a whole. */
static void read_limit(struct fps_machine *machine, const char *root, const char *folder, const char *file)
{
	char *name = fps_alloc_format("%s/%s", folder, file), *oom = fps_alloc_format("%s/memory.oom.group", folder);
	int64_t limit = number_in(root, name);

	/* cgroup v1 reports nearly 2^63 if there is no limit */
	if (limit > 0 && limit < INT64_C(1) << 60 && (machine->group_limit == 0 || limit < machine->group_limit)) {
		machine->group_limit = limit;
		free(machine->group_file);
		machine->group_file = name;
		name = NULL;
	}
	if (machine->oom_group_file == NULL && number_in(root, oom) == 1) {
		machine->oom_group_file = oom;
		oom = NULL;
	}
	free(name);
	free(oom);
}

/* Claims nothing if either file can't be read. A boolean reads "0 1": the value, and the pending one. */
static bool denies_connect(const char *root)
{
	char *boolean = read_path("%s/sys/fs/selinux/booleans/httpd_can_network_connect", root);
	bool off = boolean && *boolean == '0';

	free(boolean);
	return off && number_in(root, "/sys/fs/selinux/enforce") == 1;
}

static bool is_its_parent(const struct fps_machine *machine, const char *root)
{
	char *status = read_path("%s/proc/%d/status", root, (int) machine->running.pid);
	bool is = machine->running.pid && number_behind(status, "\nPPid:\t") == 1;

	free(status);
	return is;
}

/* How process 1 handles signals: in a container, signals that it neither catches nor blocks are discarded. */
static void read_init(struct fps_machine *machine, const char *root)
{
	static const char *const masks[] = {"\nSigBlk:\t", "\nSigCgt:\t"};
	char *status = is_its_parent(machine, root) ? read_path("%s/proc/1/status", root) : NULL;
	struct fps_span rest = fps_span_of(status), name;

	for (size_t i = 0; status && i < sizeof masks / sizeof masks[0]; i++) {
		const char *at = strstr(status, masks[i]);

		if (at == NULL) {
			rest.len = 0; /* the text is not a status file of /proc */
		} else {
			machine->init_signals |= strtoull(at + strlen(masks[i]), NULL, 16);
		}
	}
	if (fps_span_skip(&rest, "Name:\t") && fps_span_take(&rest, "\n", &name)) {
		machine->init = fps_alloc_copy(name, 0);
	}
	free(status);
}

/* From a group up to the root of its tree. */
static void read_limits(
	struct fps_machine *machine, const char *root, const char *tree, struct fps_span group, const char *file)
{
	char *folder = fps_alloc_format("%s%.*s", tree, group.len > 1 ? (int) group.len : 0, group.at);

	do {
		read_limit(machine, root, folder, file);
		*strrchr(folder, '/') = '\0';
	} while (strlen(folder) >= strlen(tree));
	free(folder);
}

/* Of FPM. If FPM is not running, of process 1: in a container that will be FPM. */
static void read_group(struct fps_machine *machine, const char *root)
{
	char *text = read_path("%s/proc/%d/cgroup", root, machine->running.pid ? (int) machine->running.pid : 1);
	struct fps_span rest = fps_span_of(text), line, number, controllers;

	while (fps_span_take(&rest, "\n", &line)) {
		if (!fps_span_take(&line, ":", &number) || !fps_span_take(&line, ":", &controllers)) {
			continue;
		}
		char *list = fps_alloc_format(",%.*s,", FPS_SPAN_ARGS(controllers));

		if (fps_span_is(number, "0")) {
			read_limits(machine, root, "/sys/fs/cgroup", line, "memory.max");
		} else if (strstr(list, ",memory,")) {
			read_limits(machine, root, "/sys/fs/cgroup/memory", line, "memory.limit_in_bytes");
		}
		free(list);
	}
	free(text);
}

/* Checks the soft limit, which comes first. */
static bool has_cores(const struct fps_machine *machine, const char *root)
{
	static const char name[] = "Max core file size";
	char *limits = read_path("%s/proc/%d/limits", root, (int) machine->running.pid);
	const char *at = limits ? strstr(limits, name) : NULL;
	bool cores = at && at[sizeof(name) - 1 + strspn(at + sizeof(name) - 1, " ")] != '0';

	free(limits);
	return cores;
}

void fps_machine_read(struct fps_machine *machine, const char *root, const char *fpm_conf)
{
	char *memory = read_path("%s/proc/meminfo", root), *kernel = read_path("%s/proc/sys/kernel/osrelease", root);

	machine->memory = number_behind(memory, "MemTotal:") * 1024;
	machine->swap = number_behind(memory, "SwapTotal:") * 1024;
	machine->somaxconn = number_in(root, "/proc/sys/net/core/somaxconn");
	machine->kernel = (int) number_behind(kernel, "") * 100 + (int) number_behind(kernel, ".");
	machine->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	fps_fpmmasters_of(&machine->running, root, fpm_conf);
	if (machine->running.pid) {
		find_coroner(machine, root);
		machine->cores = has_cores(machine, root);
	}
	read_group(machine, root);
	read_init(machine, root);
	machine->connect_denied = denies_connect(root);
	free(memory);
	free(kernel);
}

/* Docker, podman, and any runtime below Kubernetes. */
bool fps_machine_is_container(const struct fps_machine *machine, const char *root)
{
	static const char *const marks[] = {"/.dockerenv", "/run/.containerenv", "/run/secrets/kubernetes.io"};
	bool marked = machine->running.pid == 1;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !marked; i++) {
		char *path = fps_alloc_format("%s%s", root, marks[i]);

		marked = access(path, F_OK) == 0;
		free(path);
	}
	return marked && machine->unit == NULL;
}

const char *fps_machine_property(const struct fps_machine *machine, const char *name)
{
	const struct fps_setting *property = fps_settinglist_find(&machine->properties, name);

	return property ? property->value : "";
}

int64_t fps_machine_span(const char *text)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"msec", 0}, {"ms", 0}, {"usec", 0}, {"us", 0}, {"seconds", 1}, {"second", 1}, {"sec", 1}, {"s", 1},
		{"months", 2629800}, {"month", 2629800}, {"M", 2629800}, {"minutes", 60}, {"minute", 60}, {"min", 60},
		{"m", 60}, {"hours", 3600}, {"hour", 3600}, {"hr", 3600}, {"h", 3600}, {"days", 86400}, {"day", 86400},
		{"d", 86400}, {"weeks", 604800}, {"week", 604800}, {"w", 604800}, {"years", 31557600}, {"year", 31557600},
		{"y", 31557600}};
	struct fps_span span = fps_span_of(text);
	int64_t sum = 0, number;

	while (span.len) {
		size_t unit = 0;

		if (!fps_span_number(&span, &number)) {
			return -1;
		}
		fps_span_skip(&span, " ");
		while (unit < sizeof(units) / sizeof(units[0]) && !fps_span_skip(&span, units[unit].name)) {
			unit++;
		}
		if (unit == sizeof(units) / sizeof(units[0]) || number > INT64_C(1000000000)) {
			return -1;
		}
		sum += number * units[unit].seconds;
		fps_span_skip(&span, " ");
	}
	return *text ? sum : -1;
}

void fps_machine_free(struct fps_machine *machine)
{
	fps_fpmmasters_free(&machine->running);
	free(machine->group_file);
	free(machine->oom_group_file);
	free(machine->init);
	free(machine->unit);
	fps_settinglist_free(&machine->properties);
}
