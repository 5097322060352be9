/* Findings as JSON. */
#include "base/json.h"
#include "output/findings.h"

#include <stdlib.h>

static struct json_object *place_json(const struct fps_place *place)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"file", place->file, 0}, {"line", NULL, place->line}, {"text", place->text, 0});
	return object;
}

static struct json_object *places_json(const struct fps_place *places, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count && places[i].file; i++) {
		json_object_array_add(array, place_json(&places[i]));
	}
	return array;
}

static struct json_object *finding_json(const struct fps_finding *finding, struct json_object *places,
	struct json_object *also, const struct fps_wholeline *line)
{
	const struct fps_rule *rule = finding->rule;
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"rule", rule->id, 0}, {"severity", fps_findings_severity(rule->severity), 0},
		{"title", rule->title, 0});
	json_object_object_add(object, "places", places);
	json_object_object_add(object, "also", also);
	FPS_JSON_SET(object, {"why", rule->why, 0}, {"fix", line->text ? line->text : finding->fix, 0},
		{"fix_in", line->text ? line->in : finding->fix_in, 0});
	return object;
}

/* One, and one for each other place whose whole line is replaced: such lines differ. */
static void add_finding(struct json_object *array, const struct fps_finding *finding)
{
	json_object_array_add(array,
		finding_json(finding, places_json(finding->places, 2),
			places_json(finding->more, finding->line.text ? 0 : finding->more_count), &finding->line));
	for (size_t i = 0; finding->line.text && i < finding->more_count; i++) {
		json_object_array_add(array,
			finding_json(finding, places_json(&finding->more[i], 1), json_object_new_array(), &finding->more_lines[i]));
	}
}

static struct json_object *idle_json(const struct fps_idle *idle, const struct fps_place *place)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"setting", idle->name, 0}, {"does", idle->does, 0});
	if (place->file) {
		json_object_object_add(object, "place", place_json(place));
	}
	return object;
}

static const char *const tries[] = {"not tried", "accepted", "refused"};

static struct json_object *plan_json(const struct fps_doctor *doctor)
{
	const struct fps_patch *patch = &doctor->patch;
	struct json_object *object = json_object_new_object(), *files = json_object_new_array();
	char *diff = fps_patch_diff(patch);

	for (size_t i = 0; i < patch->count; i++) {
		if (patch->files[i].count) {
			json_object_array_add(files, fps_json_new_text(patch->files[i].name));
		}
	}
	json_object_object_add(object, "files", files);
	FPS_JSON_SET(object, {"diff", *diff ? diff : NULL, 0}, {"nginx_t", tries[doctor->tried.nginx], 0},
		{"php_fpm_t", tries[doctor->tried.fpm], 0});
	free(diff);
	return object;
}

void fps_findings_json(FILE *out, const struct fps_doctor *doctor)
{
	const struct fps_findings *findings = &doctor->findings;
	const struct fps_server *server = doctor->server;
	struct json_object *object = json_object_new_object(), *found = json_object_new_array();
	struct json_object *unseen = json_object_new_array(), *idle = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		add_finding(found, &findings->all[i]);
	}
	for (size_t i = 0; i < server->unseen_count; i++) {
		json_object_array_add(unseen, fps_json_new_text(server->unseen[i]));
	}
	for (size_t i = 0; i < fps_rules_idle_count; i++) {
		json_object_array_add(idle, idle_json(&fps_rules_idle[i], &doctor->idle[i]));
	}
	json_object_object_add(object, "findings", found);
	json_object_object_add(object, "plan", plan_json(doctor));
	json_object_object_add(object, "not_looked_at", unseen);
	json_object_object_add(object, "no_effect", idle);
	fps_json_print(out, object, true);
}
