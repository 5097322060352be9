/* Defects and rankings as JSON, by json-c. */
#include "base/json.h"
#include "output/defect.h"

#include <stdio.h>
#include <time.h>

void fps_defect_json_time(struct json_object *object, const char *name, double when)
{
	char text[32] = "";
	time_t time = (time_t) when;
	struct tm tm;

	if (gmtime_r(&time, &tm) != NULL) {
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	json_object_object_add(object, name, json_object_new_string(text));
}

const char *fps_defect_json_member(enum fps_grouping_key key)
{
	static const char *const names[FPS_BY_KEYS] = {[FPS_BY_DEFECT] = "defects",
		[FPS_BY_CAUSE] = "causes",
		[FPS_BY_POOL] = "pools",
		[FPS_BY_HOST] = "hosts",
		[FPS_BY_SERVICE] = "services",
		[FPS_BY_VERSION] = "versions",
		[FPS_BY_ENVIRONMENT] = "environments",
		[FPS_BY_URL] = "urls",
		[FPS_BY_SCRIPT] = "scripts",
		[FPS_BY_PLACE] = "places",
		[FPS_BY_ANNOTATION] = "annotations",
		[FPS_BY_HOUR] = "hours"};

	return names[key];
}

static void add_counts(struct json_object *object, const char *unit, size_t count, size_t deaths)
{
	json_object_object_add(object, unit, json_object_new_int64((int64_t) count));
	json_object_object_add(object, "deaths", json_object_new_int64((int64_t) deaths));
}

static void add_seen(struct json_object *object, double first, double last)
{
	fps_defect_json_time(object, "first_seen", first);
	fps_defect_json_time(object, "last_seen", last);
}

struct json_object *fps_defect_json_ranking(const struct fps_ranking *ranking, const char *unit, bool with_peak)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ranking->count; i++) {
		const struct fps_ranked *ranked = &ranking->all[i];
		struct json_object *object = json_object_new_object();

		FPS_JSON_SET(object, {"key", ranked->value, 0});
		add_counts(object, unit, ranked->count, ranked->deaths);
		add_seen(object, ranked->first, ranked->last);
		if (with_peak && ranked->peak > 0) {
			FPS_JSON_SET(object, {"memory_peak", NULL, ranked->peak}, {"memory_limit", NULL, ranked->limit});
		}
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *advice_json(const struct fps_defect *defect)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"meaning", fps_advice_meaning(defect->advice), 0}, {"change", defect->advice->change, 0},
		{"avoid", fps_advice_avoid(defect->advice, defect->example->record), 0});
	return object;
}

static struct json_object *defect_json(
	const struct fps_defect *defect, const char *unit, const struct fps_requests *requests)
{
	struct json_object *object = json_object_new_object();
	double rate = fps_defect_rate(defect, requests);
	char fingerprint[17];

	snprintf(fingerprint, sizeof(fingerprint), "%016llx", (unsigned long long) defect->fingerprint);
	FPS_JSON_SET(object, {"key", defect->name.text, 0}, {"fingerprint", fingerprint, 0}, {"cause", defect->cause, 0});
	add_counts(object, unit, defect->count, defect->deaths);
	if (rate >= 0) {
		json_object_object_add(object, "per_10000_requests", json_object_new_double(rate));
	}
	add_seen(object, defect->first, defect->last);
	FPS_JSON_SET(object, {"new_since", defect->new_since, 0}, {"place", defect->place, 0},
		{"example", defect->record ? defect->record->id : NULL, 0});
	for (enum fps_grouping_key key = FPS_BY_POOL; key < FPS_BY_KEYS; key++) {
		if (defect->by[key].count) {
			json_object_object_add(
				object, fps_defect_json_member(key), fps_defect_json_ranking(&defect->by[key], unit, false));
		}
	}
	json_object_object_add(object, "advice", advice_json(defect));
	return object;
}

struct json_object *fps_defect_json(
	const struct fps_defects *defects, const char *unit, const struct fps_requests *requests)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < defects->count; i++) {
		json_object_array_add(array, defect_json(&defects->all[i], unit, requests));
	}
	return array;
}
