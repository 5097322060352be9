/* Reads the output of `php-fpm -i`. */
#include "config/phpinfo.h"

#include "base/alloc.h"
#include "base/run.h"
#include "base/trusted.h"
#include "config/inifile.h"

#include <stdlib.h>
#include <string.h>

/* Settings that fps_phpinfo_load() overrides: for these, the value in the files counts. */
static const char enable[] = "fpmsentinel.enable";

static void add_file(struct fps_phpinfo *ini, struct fps_span name)
{
	fps_span_skip_all(&name, " \t");
	if (fps_span_begins(name, "/")) {
		FPS_ALLOC_APPEND(ini->files, ini->file_count) = fps_alloc_copy(name, 0);
	}
}

void fps_phpinfo_parse(struct fps_phpinfo *ini, struct fps_span text)
{
	struct fps_span line, name, value;
	bool files = false; /* in the list of files, one a line, each but the last followed by a comma */

	while (fps_span_take(&text, "\n", &line)) {
		if (!fps_span_take(&line, " => ", &name)) {
			name = FPS_SPAN("");
		}
		files = files || fps_span_is(name, "Additional .ini files parsed")
			|| fps_span_is(name, "Loaded Configuration File");
		if (files) {
			bool more = line.len && line.at[line.len - 1] == ',';

			add_file(ini, (struct fps_span) {line.at, line.len - more});
			files = more;
		}
		if (name.len) {
			/* "name => of this place => of php.ini" */
			value = line;
			fps_span_take(&line, " => ", &value);
			fps_settinglist_add(&ini->settings, name, value);
		}
	}
}

static bool is_special(struct fps_span section)
{
	return section.len >= 4 && (strncasecmp(section.at, "HOST", 4) == 0 || strncasecmp(section.at, "PATH", 4) == 0);
}

static void read_places(struct fps_phpinfo *ini, const char *file)
{
	struct fps_inifile_line said;
	struct fps_span text;
	unsigned line = 0;
	char *content = fps_trusted_read(file, ini->also, &text.len);

	/* up to the sections that apply to one host or folder */
	for (text.at = content; content && fps_inifile_next(&text, &line, &said) && !is_special(said.section);) {
		struct fps_setting *setting = said.section.at ? NULL : fps_settinglist_named(&ini->settings, said.name);

		if (setting) {
			setting->file = file;
			setting->line = line;
			if (fps_span_is(said.name, enable)) {
				fps_settinglist_set(setting, said.value);
			}
		}
	}
	free(content);
}

bool fps_phpinfo_load(struct fps_phpinfo *ini, const char *php_fpm, uid_t also)
{
	/* keep our extension from starting for this */
	const char *arguments[] = {php_fpm, "-d", "fpmsentinel.enable=0", "-i", NULL};
	struct fps_setting *changed;
	struct fps_output output = fps_run(arguments);

	if (output.status == 0) {
		fps_phpinfo_parse(ini, (struct fps_span) {output.out, output.out_len});
	}
	if (*fps_phpinfo_value(ini, "PHP Version") == '\0') {
		ini->error = fps_alloc_format("%s -i: exit status %d\n%s", php_fpm, output.status, output.errors);
	}
	changed = fps_settinglist_find(&ini->settings, enable);
	if (changed) {
		fps_settinglist_set(changed, FPS_SPAN("1")); /* the default, unless the files set it */
	}
	ini->also = also;
	for (size_t i = 0; i < ini->file_count; i++) {
		read_places(ini, ini->files[i]);
	}
	fps_run_free(&output);
	return ini->error == NULL;
}

void fps_phpinfo_free(struct fps_phpinfo *ini)
{
	fps_alloc_free_all(ini->files, ini->file_count);
	free(ini->error);
	fps_settinglist_free(&ini->settings);
}

const char *fps_phpinfo_value(const struct fps_phpinfo *ini, const char *name)
{
	const struct fps_setting *setting = fps_settinglist_find(&ini->settings, name);

	return setting && strcmp(setting->value, "no value") != 0 ? setting->value : "";
}

const char *fps_phpinfo_file(const struct fps_phpinfo *ini)
{
	const char *loaded = fps_phpinfo_value(ini, "Loaded Configuration File");

	return *loaded == '/' ? loaded : "php.ini";
}

int fps_phpinfo_version(const struct fps_phpinfo *ini)
{
	struct fps_span text = fps_span_of(fps_phpinfo_value(ini, "PHP Version"));
	int version = 0;
	int64_t part = 0;

	for (int i = 0; i < 3 && fps_span_number(&text, &part) && part < 100; i++) {
		version += (int) part * (int[]) {10000, 100, 1}[i];
		fps_span_skip(&text, ".");
	}
	return version;
}
