/* FPM's configuration. */
#include "fpmconf.h"
#include "run.h"
#include "units.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A folder may have many pools; files that include themselves FPM refuses. */
enum { MAX_FILES = 10000 };

static struct fps_section *add_section(struct fps_fpmconf *conf, struct fps_span name)
{
	conf->sections = fps_text_resize(conf->sections, conf->count + 1, sizeof(*conf->sections));
	conf->sections[conf->count] = (struct fps_section) {.name = fps_text_copy(name, 0)};
	return &conf->sections[conf->count++];
}

/* A php_value that is there twice is printed in the order in which FPM sets it, the last line of the file first: the first one counts. */
static void set(struct fps_settings *settings, struct fps_span name, struct fps_span value)
{
	char *copy = fps_text_copy(name, 0);
	struct fps_setting *setting = fps_settings_find(settings, copy);

	if (setting) {
		free(setting->value);
		setting->value = fps_text_copy(value, 0);
	} else {
		fps_settings_add(settings, name, value);
	}
	free(copy);
}

bool fps_fpmconf_parse(struct fps_fpmconf *conf, struct fps_span text)
{
	struct fps_section *section = NULL;
	struct fps_span line, name;

	while (fps_text_take(&text, "\n", &line)) {
		if (!fps_text_take(&line, "] NOTICE: ", &name)) {
			continue;
		}
		if (fps_text_skip(&line, "[") && line.len && line.at[line.len - 1] == ']') {
			section = add_section(conf, (struct fps_span) {line.at, line.len - 1});
		} else if (section && fps_text_skip(&line, "\t") && fps_text_take(&line, " = ", &name)) {
			set(&section->settings, name, line);
		}
	}
	return conf->count && strcmp(conf->sections[0].name, "global") == 0;
}

/* FPM prints flags as values: php_admin_flag[x] as php_admin_value[x]. */
static char *printed_name(struct fps_span name)
{
	static const char flag[] = "_flag[";
	const char *at = fps_text_find(name, flag);

	return at == NULL ? fps_text_copy(name, 0) : fps_text_format("%.*s_value[%.*s", (int) (at - name.at), name.at,
		(int) (name.len - (size_t) (at - name.at) - (sizeof(flag) - 1)), at + sizeof(flag) - 1);
}

/* A file that waits on the stack to be read, or is being read. */
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
	FILE *others;       /* in a first pass: settings of each pool, for print() */
	struct opened *stack;
	size_t count, files; /* all that were read */
};

static void push(struct places *places, const char *file)
{
	struct fps_fpmconf *conf = places->conf;
	struct opened opened = {.line = 0};

	opened.content = places->files < MAX_FILES ? fps_run_read_file(file, &opened.rest.len) : NULL;
	if (opened.content == NULL) {
		return;
	}
	opened.rest.at = opened.content;
	if (places->others == NULL) {
		conf->files = fps_text_resize(conf->files, conf->file_count + 1, sizeof(*conf->files));
		opened.name = conf->files[conf->file_count++] = fps_text_format("%s", file);
	}
	places->stack = fps_text_resize(places->stack, places->count + 1, sizeof(opened));
	places->stack[places->count++] = opened;
	places->files++;
}

/* False: the pattern matches nothing. */
static bool push_matches(struct places *places, const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0) { /* NOLINT(concurrency-mt-unsafe): no threads */
		return false;
	}
	for (size_t i = found.gl_pathc; i > 0; i--) { /* the first one on top */
		push(places, found.gl_pathv[i - 1]);
	}
	globfree(&found);
	return true;
}

/* FPM takes a relative name for one below the prefix that PHP was built with, which it tells nobody: /usr/local in PHP's own images. */
static void include(struct places *places, struct fps_span pattern)
{
	const char *folders[] = {"/usr/local/", "/usr/", places->folder};
	bool absolute = fps_text_begins(pattern, "/"), found = false;

	for (size_t i = absolute ? 2 : 0; i < 3 && !found; i++) {
		char *path = fps_text_format("%s%.*s", absolute ? "" : folders[i], FPS_SPAN_ARGS(pattern));

		found = push_matches(places, path);
		free(path);
	}
}

static void enter(struct places *places, struct fps_span name, const struct opened *from)
{
	places->section = NULL;
	if (places->others && !fps_text_is(name, "global")) {
		fprintf(places->others, "[%.*s]\nslowlog = /dev/null\naccess.log = /dev/null\n", FPS_SPAN_ARGS(name));
	}
	for (size_t i = 0; i < places->conf->count; i++) {
		if (fps_text_is(name, places->conf->sections[i].name)) {
			places->section = &places->conf->sections[i];
			places->section->file = from->name;
			places->section->line = from->line;
		}
	}
}

static void note(const struct places *places, struct fps_span said, const struct opened *from)
{
	char *name = printed_name(said);
	struct fps_setting *setting = fps_settings_find(&places->section->settings, name);

	if (setting && !(setting->file && strncmp(name, "php_", 4) == 0)) { /* see set() */
		setting->file = from->name;
		setting->line = from->line;
	}
	free(name);
}

/* FPM's own order: the last one counts, an include stands where it is, and a section goes on behind it. */
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
		} else if (fps_text_is(said.name, "include")) {
			include(places, said.value);
		} else if (places->section) {
			note(places, said.name, from);
		}
	}
	free(places->stack);
}

/* What the files say of the settings that print() has changed. */
static void keep(struct fps_section *section, const char *name, const char *otherwise)
{
	struct fps_setting *setting = fps_settings_find(&section->settings, name);
	char *value = setting && setting->file ? fps_inifile_value(setting->file, setting->line) : NULL;

	if (setting) {
		free(setting->value);
		setting->value = value ? value : fps_text_format("%s", otherwise);
	}
}

/*
 * FPM prints its configuration as notices: into its log as well, and nothing where log_level is higher; and it opens, or makes, all
 * other logs. So it is given a file, without a name, that includes the real one and says otherwise. fpmsentinel.enable=0: nothing of ours
 * is to start for this.
 */
static struct fps_output print(const char *php_fpm, const char *file, const char *folder)
{
	struct fps_output output;
	int fd = memfd_create("fpmsentinel", 0);
	char *path = fps_text_format("/proc/self/fd/%d", fd);
	const char *arguments[] = {php_fpm, "-d", "fpmsentinel.enable=0", "-tt", "-y", path, NULL};
	struct fps_fpmconf none = {.count = 0};
	struct places places = {.conf = &none, .folder = folder, .others = fd >= 0 ? fdopen(fd, "w") : NULL};

	if (places.others) {
		fprintf(places.others, "include=%s\n", file);
		read_places(&places, file);
		fputs("[global]\nlog_level = notice\nerror_log = /dev/null\n", places.others);
		fflush(places.others);
	}
	output = fps_run(arguments);
	if (places.others) {
		fclose(places.others);
	}
	free(path);
	return output;
}

bool fps_fpmconf_load(struct fps_fpmconf *conf, const char *php_fpm, const char *file)
{
	char *path = realpath(file, NULL);

	if (path == NULL || access(path, R_OK) != 0) {
		conf->error = fps_text_format("%s: %s\n", file, strerror(errno)); /* NOLINT(concurrency-mt-unsafe): no threads */
		free(path);
		return false;
	}
	char *folder = fps_text_copy((struct fps_span) {path, (size_t) (strrchr(path, '/') - path) + 1}, 0);
	struct fps_output output = print(php_fpm, path, folder);
	bool good = output.status == 0 && fps_fpmconf_parse(conf, (struct fps_span) {output.errors, output.errors_len});

	if (good) {
		struct places places = {.conf = conf, .folder = folder};

		read_places(&places, path);
		keep(&conf->sections[0], "log_level", "notice");
		keep(&conf->sections[0], "error_log", "");
		for (size_t i = 1; i < conf->count; i++) {
			keep(&conf->sections[i], "slowlog", "undefined");
			keep(&conf->sections[i], "access.log", "undefined");
		}
	} else {
		conf->error = fps_text_format("%s -tt -y %s: exit status %d\n%s", php_fpm, path, output.status, output.errors);
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
		fps_settings_free(&conf->sections[i].settings);
	}
	for (size_t i = 0; i < conf->file_count; i++) {
		free(conf->files[i]);
	}
	free(conf->sections);
	free(conf->files);
	free(conf->error);
}

const char *fps_fpmconf_value(const struct fps_section *section, const char *name)
{
	const struct fps_setting *setting = fps_settings_find(&section->settings, name);

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
