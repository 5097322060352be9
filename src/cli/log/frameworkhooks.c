/* Matches calls and frames. */
#include "log/frameworkhooks.h"

#include "base/json.h"

#include <string.h>

/* The call has "Class::method", the frame has two members. */
static bool is_of(const char *function, struct json_object *frame)
{
	const char *class_name = fps_json_string(frame, "class");
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
	return strcmp(function, fps_json_string(frame, "function")) == 0;
}

void fps_frameworkhooks_attach(struct json_object *ours)
{
	struct json_object *stack = fps_json_member_of(ours, "php", "stack"),
					   *calls = fps_json_member_of(ours, "request", "calls");
	size_t frame = 0, frames = fps_json_length(stack);

	for (size_t i = 0; i < fps_json_length(calls); i++, frame++) {
		struct json_object *call = json_object_array_get_idx(calls, i), *name = fps_json_member(call, "name");

		while (frame < frames && !is_of(fps_json_string(call, "function"), json_object_array_get_idx(stack, frame))) {
			frame++;
		}
		if (frame < frames && fps_json_text(name)) {
			json_object_object_add(json_object_array_get_idx(stack, frame), "name", json_object_get(name));
		}
	}
}
