/* Findings as JSON. */
#include "base/page.h"
#include "output/findings.h"

#include <json-c/json.h>
#include <stdio.h>

static void add_text(struct json_object *object, const char *name, const char *text)
{
	if (text) {
		json_object_object_add(object, name, json_object_new_string(text));
	}
}

static struct json_object *place_json(const struct fps_place *place)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "file", place->file);
	if (place->line) {
		json_object_object_add(object, "line", json_object_new_int64(place->line));
	}
	add_text(object, "text", place->text);
	return object;
}

static struct json_object *findings_json(const struct fps_findings *findings)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct fps_finding *finding = &findings->all[i];
		struct json_object *object = json_object_new_object(), *places = json_object_new_array();

		add_text(object, "rule", finding->rule->id);
		add_text(object, "severity", fps_findings_severity(finding->rule->severity));
		add_text(object, "title", finding->rule->title);
		for (size_t n = 0; n < 2 && finding->places[n].file; n++) {
			json_object_array_add(places, place_json(&finding->places[n]));
		}
		json_object_object_add(object, "places", places);
		places = json_object_new_array();
		for (size_t n = 0; n < finding->more_count; n++) {
			json_object_array_add(places, place_json(&finding->more[n]));
		}
		json_object_object_add(object, "also", places);
		add_text(object, "why", finding->rule->why);
		add_text(object, "fix", finding->fix);
		add_text(object, "fix_in", finding->fix_in);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *idle_json(const struct fps_server *server)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < fps_rules_idle_count; i++) {
		struct fps_place place = fps_rules_idle_place(server, &fps_rules_idle[i]);
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "setting", json_object_new_string(fps_rules_idle[i].name));
		json_object_object_add(object, "does", json_object_new_string(fps_rules_idle[i].does));
		if (place.file) {
			json_object_object_add(object, "place", place_json(&place));
		}
		json_object_array_add(array, object);
		fps_place_free(&place);
	}
	return array;
}

void fps_findings_json(FILE *out, const struct fps_findings *findings, const struct fps_server *server)
{
	struct json_object *object = json_object_new_object(), *unseen = json_object_new_array();

	for (size_t i = 0; i < server->unseen_count; i++) {
		json_object_array_add(unseen, json_object_new_string(server->unseen[i]));
	}
	json_object_object_add(object, "findings", findings_json(findings));
	json_object_object_add(object, "not_looked_at", unseen);
	json_object_object_add(object, "no_effect", idle_json(server));
	fps_page_print_json(
		out, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	putc('\n', out);
	json_object_put(object);
}
