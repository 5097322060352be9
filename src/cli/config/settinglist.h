/*
 * Settings, and where each was set.
 */
#ifndef FPS_SETTINGLIST_H
#define FPS_SETTINGLIST_H

#include "base/span.h"

/* A setting in force, and where it is set: file NULL or line 0 if that is unknown, or for a default. */
struct fps_setting {
	char *name, *value;
	const char *file;
	unsigned line;
};

struct fps_settings {
	struct fps_setting *all;
	size_t count;
};

/* NULL if no setting has that name. Borrowed until the next one is added. */
struct fps_setting *fps_settinglist_find(const struct fps_settings *settings, const char *name);
struct fps_setting *fps_settinglist_named(const struct fps_settings *settings, struct fps_span name);
void fps_settinglist_add(struct fps_settings *settings, struct fps_span name, struct fps_span value);

/* Replaces the value of the setting with a copy. */
void fps_settinglist_set(struct fps_setting *setting, struct fps_span value);
void fps_settinglist_free(struct fps_settings *settings);

#endif
