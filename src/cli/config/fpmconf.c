/* Reads FPM's configuration. */
#include "config/fpmconf.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "base/trusted.h"
#include "base/units.h"
#include "config/inifile.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder may have many pools. FPM refuses files that include themselves. */
enum { MAX_FILES = 10000 };

/*
 * FPM sets repeated php_values in the order in which it prints them, the last line of the file first: the first one
 * counts.
 */
static void set(struct fps_settings *settings, struct fps_span name, struct fps_span value)
{
	struct fps_setting *setting = fps_settinglist_named(settings, name);

	if (setting) {
		fps_settinglist_set(setting, value);
	} else {
		fps_settinglist_add(settings, name, value);
	}
}

bool fps_fpmconf_parse(struct fps_fpmconf *conf, struct fps_span text)
{
	struct fps_section *section = NULL;
	struct fps_span line, name;

	while (fps_span_take(&text, "\n", &line)) {
		if (!fps_span_take(&line, "] NOTICE: ", &name)) {
			continue;
		}
		if (fps_span_skip(&line, "[") && line.len && line.at[line.len - 1] == ']') {
			section = &FPS_ALLOC_APPEND(conf->sections, conf->count);
			*section = (struct fps_section) {.name = fps_alloc_copy((struct fps_span) {line.at, line.len - 1}, 0)};
		} else if (section && fps_span_skip(&line, "\t") && fps_span_take(&line, " = ", &name)) {
			set(&section->settings, name, line);
		}
	}
	return conf->count && strcmp(conf->sections[0].name, "global") == 0;
}

/* FPM prints flags as values: php_admin_flag[x] as php_admin_value[x]. */
static char *printed_name(struct fps_span name)
{
	static const char flag[] = "_flag[";
	const char *at = fps_span_find(name, flag);

	return at == NULL ? fps_alloc_copy(name, 0)
					  : fps_alloc_format("%.*s_value[%.*s", (int) (at - name.at), name.at,
						  (int) (name.len - (size_t) (at - name.at) - (sizeof(flag) - 1)), at + sizeof(flag) - 1);
}

/* A file on the stack: to be read, or being read. */
struct opened {
	char *content;
	struct fps_span rest;
	unsigned line;
	const char *name;
};

struct places {
	struct fps_fpmconf *conf;
	struct fps_section *section;
	const char *folder; /* of the main file */
	FILE *others;       /* only in a first pass: the settings of each pool, for print() */
	struct opened *stack;
	size_t count, files; /* all files that were read */
	uid_t owner;         /* owner of the main file, trusted like root */
	bool refused;        /* a file that others can change */
};

/* For settings that print() changes, the value in the files counts, otherwise FPM's default. */
static const struct {
	const char *name, *otherwise;
} changed[] = {{"log_level", "notice"}, {"error_log", ""}, {"slowlog", "undefined"}, {"access.log", "undefined"}};

static void push(struct places *places, const char *file)
{
	struct fps_fpmconf *conf = places->conf;
	struct opened opened = {.line = 0};

	if (places->files == MAX_FILES) {
		return;
	}
	/* whether the main file's owner is known */
	opened.content = places->files == 0 ? fps_readfile(file, &opened.rest.len)
										: fps_trusted_read(file, places->owner, &opened.rest.len);
	if (opened.content == NULL) {
		places->refused = places->refused || errno == EPERM;
		return;
	}
	opened.rest.at = opened.content;
	if (places->others == NULL) {
		FPS_ALLOC_APPEND(conf->files, conf->file_count) = fps_alloc_format("%s", file);
		opened.name = conf->files[conf->file_count - 1];
	}
	FPS_ALLOC_APPEND(places->stack, places->count) = opened;
	places->files++;
}

/*
 * The directory in front of a pattern's first wildcard. Whoever can write there can make FPM find files that were not
 * looked at.
 */
static bool is_closed(const struct places *places, const char *pattern)
{
	size_t len = strcspn(pattern, "*?[");

	while (len > 1 && pattern[len - 1] != '/') {
		len--;
	}
	char *folder = fps_alloc_copy((struct fps_span) {pattern, len}, 0);
	bool closed = !fps_trusted_refuses(folder, places->owner, pattern);

	free(folder);
	return closed;
}

/* False: the pattern matches nothing. */
static bool push_matches(struct places *places, const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0) { /* NOLINT(concurrency-mt-unsafe): no threads */
		return false;
	}
	for (size_t i = found.gl_pathc; i > 0; i--) { /* pushed last to first, so that the first is on top */
		push(places, found.gl_pathv[i - 1]);
	}
	globfree(&found);
	return true;
}

/*
 * FPM resolves relative names against the prefix that PHP was built with, which it does not print: /usr/local in PHP's
 * own images.
 */
static void include(struct places *places, struct fps_span pattern)
{
	const char *folders[] = {"/usr/local/", "/usr/", places->folder};
	bool absolute = fps_span_begins(pattern, "/"), found = false;

	for (size_t i = absolute ? 2 : 0; i < 3 && !found; i++) {
		char *path = fps_alloc_format("%s%.*s", absolute ? "" : folders[i], FPS_SPAN_ARGS(pattern));

		places->refused = places->refused || !is_closed(places, path);
		found = push_matches(places, path);
		free(path);
	}
}

static void enter(struct places *places, struct fps_span name, const struct opened *from)
{
	places->section = NULL;
	if (places->others && !fps_span_is(name, "global")) {
		fprintf(places->others, "[%.*s]\nslowlog = /dev/null\naccess.log = /dev/null\n", FPS_SPAN_ARGS(name));
	}
	for (size_t i = 0; i < places->conf->count; i++) {
		if (fps_span_is(name, places->conf->sections[i].name)) {
			places->section = &places->conf->sections[i];
			places->section->file = from->name;
			places->section->line = from->line;
		}
	}
}

static bool is_changed(const char *name)
{
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		if (strcmp(name, changed[i].name) == 0) {
			return true;
		}
	}
	return false;
}

static void note(const struct places *places, const struct fps_inifile_line *said, const struct opened *from)
{
	char *name = printed_name(said->name);
	struct fps_setting *setting = fps_settinglist_find(&places->section->settings, name);

	if (setting && !(setting->file && strncmp(name, "php_", 4) == 0)) { /* see set() */
		setting->file = from->name;
		setting->line = from->line;
		if (is_changed(name)) {
			fps_settinglist_set(setting, said->value);
		}
	}
	free(name);
}

/* Like FPM: the last value counts, an include is read in place, and a section continues after it. */
static void read_places(struct places *places, const char *file)
{
	push(places, file);
	while (places->count) {
		struct opened *from = &places->stack[places->count - 1];
		struct fps_inifile_line said;

		if (!fps_inifile_next(&from->rest, &from->line, &said)) {
			free(from->content);
			places->count--;
		} else if (said.section.at) {
			enter(places, said.section, from);
		} else if (fps_span_is(said.name, "include")) {
			include(places, said.value);
		} else if (places->section) {
			note(places, &said, from);
		}
	}
	free(places->stack);
}

static void set_defaults(struct fps_section *section)
{
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		struct fps_setting *setting = fps_settinglist_find(&section->settings, changed[i].name);

		if (setting) {
			fps_settinglist_set(setting, fps_span_of(changed[i].otherwise));
		}
	}
}

/*
 * FPM prints its configuration as notices: also to its log, and not at all if log_level is higher. It also opens or
 * creates all other logs. So it gets an anonymous file that includes the real one and overrides these settings.
 * fpmsentinel.enable=0 keeps our extension from starting for this.
 */
static struct fps_output print(const char *php_fpm, struct places *places, const char *file)
{
	struct fps_output output = {.status = -1};
	int fd = memfd_create("fpmsentinel", 0);
	char *path = fps_alloc_format("/proc/self/fd/%d", fd);
	const char *arguments[] = {php_fpm, "-d", "fpmsentinel.enable=0", "-tt", "-y", path, NULL};

	places->others = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (places->others) {
		fprintf(places->others, "include=%s\n", file);
		read_places(places, file);
		fputs("[global]\nlog_level = notice\nerror_log = /dev/null\n", places->others);
		fflush(places->others);
	}
	if (places->refused) {
		output.out = fps_alloc_copy(FPS_SPAN(""), 0);
		output.errors = fps_alloc_format("it includes a file that others can change\n");
	} else {
		output = fps_run(arguments);
	}
	if (places->others) {
		fclose(places->others);
	}
	free(path);
	return output;
}

/* The file with links resolved, which the caller frees; NULL and errno: it can't be read. */
static char *find_main(const char *file, bool named, uid_t *owner)
{
	char *path = named ? realpath(file, NULL) : fps_trusted_path(file);
	struct stat status;

	if (path && (access(path, R_OK) != 0 || stat(path, &status) != 0)) {
		free(path);
		path = NULL;
	}
	*owner = path && named ? status.st_uid : 0;
	return path;
}

bool fps_fpmconf_load(struct fps_fpmconf *conf, const char *php_fpm, const char *file, bool named)
{
	uid_t owner;
	char *path = find_main(file, named, &owner);

	if (path == NULL) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
		conf->error = fps_alloc_format("%s: %s\n", file, strerror(errno));
		return false;
	}
	char *folder = fps_alloc_copy((struct fps_span) {path, (size_t) (strrchr(path, '/') - path) + 1}, 0);
	struct fps_fpmconf none = {.count = 0};
	struct places first = {.conf = &none, .folder = folder, .owner = owner},
				  places = {.conf = conf, .folder = folder, .owner = owner};
	struct fps_output output = print(php_fpm, &first, path);
	bool good = output.status == 0 && fps_fpmconf_parse(conf, (struct fps_span) {output.errors, output.errors_len});

	if (good) {
		for (size_t i = 0; i < conf->count; i++) {
			set_defaults(&conf->sections[i]);
		}
		read_places(&places, path);
	} else {
		conf->error = fps_alloc_format("%s -tt -y %s: exit status %d\n%s", php_fpm, path, output.status, output.errors);
	}
	fps_run_free(&output);
	free(folder);
	free(path);
	return good;
}

void fps_fpmconf_free(struct fps_fpmconf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		free(conf->sections[i].name);
		fps_settinglist_free(&conf->sections[i].settings);
	}
	fps_alloc_free_all(conf->files, conf->file_count);
	free(conf->sections);
	free(conf->error);
}

const char *fps_fpmconf_value(const struct fps_section *section, const char *name)
{
	const struct fps_setting *setting = fps_settinglist_find(&section->settings, name);

	return setting && strcmp(setting->value, "undefined") != 0 ? setting->value : "";
}

int64_t fps_fpmconf_number(const struct fps_section *section, const char *name)
{
	int64_t number = 0;

	return fps_units_size(fps_fpmconf_value(section, name), &number) ? number : 0;
}

int64_t fps_fpmconf_seconds(const struct fps_section *section, const char *name)
{
	int64_t seconds = 0;

	return fps_units_seconds(fps_fpmconf_value(section, name), &seconds) ? seconds : 0;
}
