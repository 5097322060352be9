/* Reads FPM's unit from systemd. */
#include "config/systemdunit.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "config/inifile.h"

#include <ctype.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The properties to read: for each the directive that sets it in files, and systemd's default. */
static const struct {
	const char *property, *directive, *manager, *otherwise;
} known[] = {
	{"LoadState", NULL, NULL, NULL},
	{"Id", NULL, NULL, NULL},
	{"FragmentPath", NULL, NULL, NULL},
	{"KillSignal", "KillSignal", NULL, "15"},
	{"TimeoutStopUSec", "TimeoutStopSec", "DefaultTimeoutStopSec", "1min 30s"},
	{"OOMPolicy", "OOMPolicy", "DefaultOOMPolicy", "stop"},
	{"PrivateTmp", "PrivateTmp", NULL, "no"},
	{"MemoryMax", "MemoryMax", NULL, "infinity"},
	{"LimitCORESoft", "LimitCORE", "DefaultLimitCORE", NULL},
	{"ManagedOOMSwap", "ManagedOOMSwap", NULL, "auto"},
	{"ManagedOOMMemoryPressure", "ManagedOOMMemoryPressure", NULL, "auto"},
};

enum { KNOWN = sizeof known / sizeof known[0] };

/* Of two files of the same name, the first one counts. */
static const char *const unit_folders[] = {"/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", NULL};
static const char *const manager_folders[] = {
	"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", NULL};

static void set(struct fps_machine *machine, const char *name, struct fps_span value)
{
	struct fps_setting *setting = fps_settinglist_find(&machine->properties, name);

	if (setting) {
		fps_settinglist_set(setting, value);
	} else {
		fps_settinglist_add(&machine->properties, fps_span_of(name), value);
	}
}

/* --- what systemctl show prints ----------------------------------------------------------------------------------- */

static void read_properties(struct fps_machine *machine, struct fps_span text)
{
	struct fps_span line, name;

	while (fps_span_next(&text, "\n", &line)) {
		bool is_one = fps_span_take(&line, "=", &name);

		for (size_t i = 0; is_one && i < KNOWN; i++) {
			if (fps_span_is(name, known[i].property)) {
				set(machine, known[i].property, line);
			}
		}
	}
}

/* The unit of the running master, if its control group belongs to a unit of FPM. */
static char *running_unit(const struct fps_machine *machine, const char *root)
{
	char *path = fps_alloc_format("%s/proc/%d/cgroup", root, (int) machine->running.pid), *found = NULL;
	size_t len;
	char *text = machine->running.pid ? fps_readfile(path, &len) : NULL;
	struct fps_span rest = fps_span_of(text), line;

	while (found == NULL && fps_span_next(&rest, "\n", &line)) {
		const char *slash = line.len ? memrchr(line.at, '/', line.len) : NULL;
		size_t length = slash ? (size_t) (line.at + line.len - slash - 1) : 0;

		if (length > 8 && memcmp(line.at + line.len - 8, ".service", 8) == 0 && memmem(slash, length, "fpm", 3)
			&& isalnum((unsigned char) slash[1])) {
			found = fps_alloc_copy((struct fps_span) {slash + 1, length}, 0);
		}
	}
	free(text);
	free(path);
	return found;
}

static void ask_systemctl(struct fps_machine *machine, const char *name)
{
	char *names = NULL;

	for (size_t i = 0; i < KNOWN; i++) {
		fps_alloc_append(&names, "%s%s", i ? "," : "--property=", known[i].property);
	}
	const char *const arguments[] = {"systemctl", "show", name, names, NULL};
	struct fps_output output = fps_run(arguments);

	if (output.status == 0 && strstr(output.out, "LoadState=loaded") != NULL) {
		machine->unit = fps_alloc_format("%s", name);
		read_properties(machine, fps_span_of(output.out));
	}
	fps_run_free(&output);
	free(names);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

/* The number of a signal, as systemctl prints it. */
static const char *signal_number(struct fps_span name)
{
	static const struct {
		const char *name, *number;
	} signals[] = {{"TERM", "15"}, {"QUIT", "3"}, {"INT", "2"}, {"HUP", "1"}, {"KILL", "9"}, {"WINCH", "28"}};

	fps_span_skip(&name, "SIG");
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (fps_span_is(name, signals[i].name) || fps_span_is(name, signals[i].number)) {
			return signals[i].number;
		}
	}
	return "0";
}

/* A value as systemctl prints it. */
static void set_directive(struct fps_machine *machine, const char *property, struct fps_span value)
{
	struct fps_span number = value;
	int64_t seconds = 0;

	if (strcmp(property, "KillSignal") == 0) {
		set(machine, property, fps_span_of(signal_number(value)));
	} else if (strcmp(property, "TimeoutStopUSec") == 0 && fps_span_number(&number, &seconds) && number.len == 0) {
		char *text = seconds ? fps_alloc_format("%llds", (long long) seconds) : fps_alloc_format("infinity");

		set(machine, property, fps_span_of(text));
		free(text);
	} else if (strcmp(property, "PrivateTmp") == 0 && fps_span_is_among(value, "no false off 0")) {
		set(machine, property, FPS_SPAN("no"));
	} else {
		struct fps_span soft = value;

		fps_span_take(&value, ":", &soft); /* "soft:hard" */
		set(machine, property, soft);
	}
}

static void read_directives(struct fps_machine *machine, struct fps_span text)
{
	struct fps_inifile_line said;
	unsigned line = 0;

	while (fps_inifile_next(&text, &line, &said)) {
		for (size_t i = 0; said.name.len && said.value.len && i < KNOWN; i++) {
			bool both = strcmp(known[i].property, "TimeoutStopUSec") == 0 && fps_span_is(said.name, "TimeoutSec");

			if (both || (known[i].directive && fps_span_is(said.name, known[i].directive))
				|| (known[i].manager && fps_span_is(said.name, known[i].manager))) {
				set_directive(machine, known[i].property, said.value);
			}
		}
	}
}

static void read_trusted(struct fps_machine *machine, const char *path)
{
	size_t len = 0;
	char *text = fps_trusted_read(path, 0, &len);

	read_directives(machine, (struct fps_span) {text, text ? len : 0});
	free(text);
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(last_name(*(char *const *) one), last_name(*(char *const *) other));
}

struct paths {
	char **all;
	size_t count;
};

/* The drop-ins of a folder; an earlier one of the same name counts. */
static void add_drop_ins(struct paths *paths, const char *root, const char *folder, const char *name)
{
	char *pattern = fps_alloc_format("%s%s%s%s.d/*.conf", root, folder, *folder ? "/" : "", name);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) { /* NOLINT(concurrency-mt-unsafe): no threads */
		for (size_t i = 0; i < found.gl_pathc; i++) {
			size_t n = 0;

			while (n < paths->count && strcmp(last_name(paths->all[n]), last_name(found.gl_pathv[i])) != 0) {
				n++;
			}
			if (n == paths->count) {
				FPS_ALLOC_APPEND(paths->all, paths->count) = fps_alloc_format("%s", found.gl_pathv[i]);
			}
		}
		globfree(&found);
	}
	free(pattern);
}

static void read_drop_ins(struct fps_machine *machine, struct paths *paths)
{
	if (paths->count) {
		qsort(paths->all, paths->count, sizeof *paths->all, by_name);
	}
	for (size_t i = 0; i < paths->count; i++) {
		read_trusted(machine, paths->all[i]);
	}
	fps_alloc_free_all(paths->all, paths->count);
}

/*
 * The first file of that name in the folders, with the drop-ins of all folders. Returns its path, which the caller
 * frees; NULL: none.
 */
static char *read_unit(struct fps_machine *machine, const char *root, const char *const *folders, const char *name)
{
	struct paths paths = {.count = 0};
	char *file = NULL;

	for (const char *const *folder = folders; *folder; folder++) {
		char *path = fps_alloc_format("%s%s/%s", root, *folder, name);

		if (file == NULL && access(path, F_OK) == 0) {
			file = path;
			path = NULL;
		}
		free(path);
		add_drop_ins(&paths, root, *folder, name);
		if (folders == unit_folders) {
			add_drop_ins(&paths, root, *folder, "service");
		}
	}
	if (file) {
		read_trusted(machine, file);
	}
	read_drop_ins(machine, &paths);
	return file;
}

static void set_defaults(struct fps_machine *machine, const char *root)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (known[i].otherwise) {
			set(machine, known[i].property, fps_span_of(known[i].otherwise));
		}
	}
	if (root) {
		free(read_unit(machine, root, manager_folders, "system.conf"));
	}
}

/* A link to /dev/null, or an empty file, masks the unit. */
static bool is_unit(const char *root, const char *name)
{
	bool found = false;

	for (const char *const *folder = unit_folders; *folder && !found; folder++) {
		char *path = fps_alloc_format("%s%s/%s", root, *folder, name);

		if (access(path, F_OK) == 0) {
			size_t len = 0;
			char *text = fps_trusted_read(path, 0, &len);

			found = text && len;
			free(text);
			free(path);
			break;
		}
		free(path);
	}
	return found;
}

static void read_files(struct fps_machine *machine, const char *root, const char *name)
{
	char *booted = fps_alloc_format("%s/run/systemd/system", root), *file = NULL;

	if (access(booted, F_OK) == 0 && is_unit(root, name)) {
		set_defaults(machine, root);
		file = read_unit(machine, root, unit_folders, name);
		set(machine, "FragmentPath", fps_span_of(file));
		machine->unit = fps_alloc_format("%s", name);
	}
	free(file);
	free(booted);
}

void fps_systemdunit_find(struct fps_machine *machine, const char *root, const char *php_fpm)
{
	const char *slash = strrchr(php_fpm, '/'), *version = strstr(slash ? slash : php_fpm, "fpm");
	char *names[] = {running_unit(machine, root), fps_alloc_format("php%s-fpm.service", version ? version + 3 : ""),
		fps_alloc_format("php-fpm.service")};
	const size_t count = sizeof names / sizeof names[0];

	for (size_t i = 0; i < count && machine->unit == NULL && *root == '\0'; i++) {
		if (names[i]) {
			ask_systemctl(machine, names[i]);
		}
	}
	for (size_t i = 0; i < count && machine->unit == NULL; i++) {
		if (names[i]) {
			read_files(machine, root, names[i]);
		}
	}
	for (size_t i = 0; i < count; i++) {
		free(names[i]);
	}
}

/*
 * The name in "# /lib/systemd/system/php-fpm.service", which systemctl cat prints before each file: the first one
 * counts.
 */
static char *cited_path(const char *text)
{
	size_t len = strncmp(text, "# /", 3) == 0 ? strcspn(text + 2, "\r\n") : 0;

	return len ? fps_alloc_copy((struct fps_span) {text + 2, len}, 0) : NULL;
}

static void load_directives(struct fps_machine *machine, const char *file, const char *text)
{
	struct paths paths = {.count = 0};
	char *cited = cited_path(text), *path = realpath(file, NULL);

	set_defaults(machine, NULL);
	read_directives(machine, fps_span_of(text));
	if (path) {
		add_drop_ins(&paths, "", "", path);
	}
	read_drop_ins(machine, &paths);
	set(machine, "FragmentPath", fps_span_of(cited ? cited : file));
	free(cited);
	free(path);
}

bool fps_systemdunit_load(struct fps_machine *machine, const char *file)
{
	size_t len = 0;
	char *text = fps_readfile(file, &len);
	const char *id;

	if (text == NULL) {
		return fps_warn("%s: %m", file);
	}
	if (strstr(text, "TimeoutStopUSec=")) {
		read_properties(machine, fps_span_of(text));
	} else if (strstr(text, "[Service]")) {
		load_directives(machine, file, text);
	} else {
		free(text);
		return fps_warn("%s: neither a unit of systemd's nor what systemctl show prints", file);
	}
	id = fps_machine_property(machine, "Id");
	id = *id ? id : last_name(fps_machine_property(machine, "FragmentPath"));
	machine->unit = fps_alloc_format("%s", strstr(id, ".service") ? id : "php-fpm.service");
	free(text);
	return true;
}
