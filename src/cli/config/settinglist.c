/* Settings, and where each was set. */
#include "config/settinglist.h"

#include "base/alloc.h"

#include <stdlib.h>

struct fps_setting *fps_settinglist_named(const struct fps_settings *settings, struct fps_span name)
{
	for (size_t i = 0; i < settings->count; i++) {
		if (fps_span_is(name, settings->all[i].name)) {
			return &settings->all[i];
		}
	}
	return NULL;
}

struct fps_setting *fps_settinglist_find(const struct fps_settings *settings, const char *name)
{
	return fps_settinglist_named(settings, fps_span_of(name));
}

void fps_settinglist_add(struct fps_settings *settings, struct fps_span name, struct fps_span value)
{
	FPS_ALLOC_APPEND(settings->all, settings->count) =
		(struct fps_setting) {fps_alloc_copy(name, 0), fps_alloc_copy(value, 0), NULL, 0};
}

void fps_settinglist_set(struct fps_setting *setting, struct fps_span value)
{
	free(setting->value);
	setting->value = fps_alloc_copy(value, 0);
}

void fps_settinglist_free(struct fps_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->all[i].name);
		free(settings->all[i].value);
	}
	free(settings->all);
}
