/* The overview as JSON. */
#include "base/json.h"
#include "output/defect.h"
#include "output/overview.h"

static struct json_object *logs_json(const struct fps_overview *overview)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < FPS_OVERVIEW_LOGS; i++) {
		const struct fps_overview_logs *logs = &overview->logs[i];
		struct json_object *object;

		if (logs->files) {
			object = json_object_new_object();
			FPS_JSON_SET(object, {"log", logs->name, 0}, {"files", NULL, (int64_t) logs->files});
			if (logs->begins > 0) {
				fps_defect_json_time(object, "begins", logs->begins);
			}
			json_object_array_add(array, object);
		}
	}
	return array;
}

static struct json_object *span_json(const struct fps_overview_span *span)
{
	struct json_object *object = json_object_new_object(), *counts = json_object_new_array();

	for (size_t i = 0; i < span->cells; i++) {
		json_object_array_add(counts, json_object_new_int64((int64_t) span->counts[i]));
	}
	json_object_object_add(object, "incidents", json_object_new_int64((int64_t) span->incidents));
	json_object_object_add(object, "deaths", json_object_new_int64((int64_t) span->deaths));
	json_object_object_add(object, "counts", counts);
	return object;
}

static struct json_object *texts_json(const struct fps_overview_texts *texts)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < texts->count; i++) {
		json_object_array_add(array, fps_json_new_text(texts->all[i]));
	}
	return array;
}

static struct json_object *new_json(const struct fps_overview *overview)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < overview->defects.count; i++) {
		if (fps_overview_is_new(overview, &overview->defects.all[i])) {
			json_object_array_add(array, fps_json_new_text(overview->defects.all[i].name.text));
		}
	}
	return array;
}

void fps_overview_json(FILE *out, const struct fps_overview *overview)
{
	struct json_object *object = json_object_new_object(), *incidents = json_object_new_object();

	for (size_t i = 0; i < FPS_OVERVIEW_SPANS; i++) {
		json_object_object_add(incidents, overview->spans[i].name, span_json(&overview->spans[i]));
	}
	fps_defect_json_time(object, "time", overview->now);
	fps_defect_json_time(object, "since", overview->since);
	json_object_object_add(object, "read", logs_json(overview));
	json_object_object_add(object, "not_read", texts_json(&overview->unread));
	json_object_object_add(object, "incidents", incidents);
	json_object_object_add(object, "defects", fps_defect_json(&overview->defects, "incidents", NULL));
	json_object_object_add(object, "new", overview->knows_new ? new_json(overview) : NULL);
	json_object_object_add(object, "setup", texts_json(&overview->wrong));
	json_object_object_add(object, "not_checked", texts_json(&overview->unchecked));
	json_object_object_add(object, "next", fps_json_new_text(overview->next));
	fps_json_print(out, object, true);
}
