/* Files in the form of php.ini. */
#include "config/inifile.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static struct fps_span trim(struct fps_span text)
{
	while (text.len && (*text.at == ' ' || *text.at == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len && strchr(" \t\r", text.at[text.len - 1])) {
		text.len--;
	}
	return text;
}

/* Without quotes, or without the comment behind it. */
static struct fps_span value_of(struct fps_span text)
{
	text = trim(text);
	if (text.len > 1 && (*text.at == '"' || *text.at == '\'')) {
		const char *end = memchr(text.at + 1, *text.at, text.len - 1);

		if (end) {
			return (struct fps_span) {text.at + 1, (size_t) (end - text.at - 1)};
		}
	}
	const char *comment = text.len ? memchr(text.at, ';', text.len) : NULL;

	return comment ? trim((struct fps_span) {text.at, (size_t) (comment - text.at)}) : text;
}

bool fps_inifile_next(struct fps_span *text, unsigned *line, struct fps_inifile_line *said)
{
	while (text->len) {
		struct fps_span one = *text;

		if (!fps_span_take(text, "\n", &one)) {
			text->at += text->len;
			text->len = 0;
		}
		++*line;
		one = trim(one);
		*said = (struct fps_inifile_line) {.section = {NULL, 0}};
		if (fps_span_begins(one, "[")) {
			fps_span_skip(&one, "[");
			if (fps_span_take(&one, "]", &said->section)) {
				return true;
			}
		} else if (one.len && *one.at != ';' && *one.at != '#' && fps_span_take(&one, "=", &said->name)) {
			said->name = trim(said->name);
			said->value = value_of(one);
			return true;
		}
	}
	return false;
}

struct fps_setting *fps_settings_find(const struct fps_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->count; i++) {
		if (strcmp(settings->all[i].name, name) == 0) {
			return &settings->all[i];
		}
	}
	return NULL;
}

void fps_settings_add(struct fps_settings *settings, struct fps_span name, struct fps_span value)
{
	if (settings->count == settings->room) {
		settings->room = settings->room ? settings->room * 2 : 64;
		settings->all = fps_alloc_resize(settings->all, settings->room, sizeof(*settings->all));
	}
	settings->all[settings->count++] = (struct fps_setting) {fps_alloc_copy(name, 0), fps_alloc_copy(value, 0), NULL, 0};
}

void fps_settings_set(struct fps_setting *setting, struct fps_span value)
{
	free(setting->value);
	setting->value = fps_alloc_copy(value, 0);
}

void fps_settings_free(struct fps_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->all[i].name);
		free(settings->all[i].value);
	}
	free(settings->all);
}
