/* What has been set, and where. */
#include "config/settings.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

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
	settings->all[settings->count++] =
		(struct fps_setting) {fps_alloc_copy(name, 0), fps_alloc_copy(value, 0), NULL, 0};
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
