/*
 * What doctor says about the settings behind an incident: `trace --config`. It says it in doctor's own words, so that
 * the two never contradict each other.
 */
#ifndef FPS_INCIDENT_SETTINGS_H
#define FPS_INCIDENT_SETTINGS_H

#include "explain/verdict.h"
#include "rules/rules.h"

/* A setting as it was in force before the plan. */
struct fps_incident_settings_setting {
	const struct fps_pair *user;
	const char *name;
	struct fps_place place;
	int64_t number; /* its value, if it is a number */
};

struct fps_incident_settings {
	const struct fps_doctor *doctor;
	bool is_here;   /* this machine's configuration, and so only for logs that are its own */
	bool is_other;  /* another machine's, of which this one's memory and kernel say nothing */
	size_t strange; /* incidents that were not advised, as their log is from elsewhere */
	struct fps_incident_settings_setting *settings;
	size_t count;
};

/* Before the rules look: what they find is put into the configuration. */
void fps_incident_settings_prepare(struct fps_incident_settings *advised, const struct fps_server *server);
void fps_incident_settings_free(struct fps_incident_settings *advised);

/* What there is to say about one incident; all of it is borrowed but for the arrays. */
struct fps_incident_settings_lines {
	const struct fps_place **settings; /* in force, each place once */
	const struct fps_finding **findings;
	size_t setting_count, finding_count;
	bool is_known; /* the incident's pool was found in the configuration */
};

struct fps_incident_settings_lines fps_incident_settings_of(
	struct fps_incident_settings *advised, const struct fps_explained *explained);
void fps_incident_settings_release(struct fps_incident_settings_lines *lines);

#endif
