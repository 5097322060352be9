/* Which call belongs to which frame. */
#include "log/calls.h"

#include "base/json.h"

#include <stdbool.h>
#include <string.h>

/* "" if there is none. */
static const char *text_in(struct json_object *object, const char *name)
{
	const char *text = fps_json_text_in(object, name);

	return text ? text : "";
}

/* The call has "Class::method" where the frame has two members. */
static bool is_of(const char *function, struct json_object *frame)
{
	const char *class_name = text_in(frame, "class");
	size_t len = strlen(class_name);

	if (!json_object_is_type(frame, json_type_object)) {
		return false;
	}
	if (len > 0) {
		if (strncmp(function, class_name, len) != 0 || strncmp(function + len, "::", 2) != 0) {
			return false;
		}
		function += len + 2;
	}
	return strcmp(function, text_in(frame, "function")) == 0;
}

void fps_calls_attach(struct json_object *ours)
{
	struct json_object *stack = fps_json_member(fps_json_member(ours, "php"), "stack"),
					   *calls = fps_json_member(fps_json_member(ours, "request"), "calls");
	size_t frame = 0, frames = json_object_is_type(stack, json_type_array) ? json_object_array_length(stack) : 0;

	for (size_t i = 0; json_object_is_type(calls, json_type_array) && i < json_object_array_length(calls); i++) {
		struct json_object *call = json_object_array_get_idx(calls, i), *name = fps_json_member(call, "name");

		while (frame < frames && !is_of(text_in(call, "function"), json_object_array_get_idx(stack, frame))) {
			frame++;
		}
		if (frame < frames && json_object_is_type(name, json_type_string)) {
			json_object_object_add(json_object_array_get_idx(stack, frame), "name", json_object_get(name));
		}
		frame++;
	}
}
