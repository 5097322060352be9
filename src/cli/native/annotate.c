/* Source lines for the native frames of a record. */
#include "native/annotate.h"

#include "base/json.h"
#include "native/addr2line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than that no record has: it must not take hours to look all of them up. */
enum { MAX_FRAMES = 256 };

static struct json_object *to_json(const struct fps_code_place *place)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"function", place->function, 0}, {"file", place->file, 0}, {"line", NULL, place->line});
	if (place->inlined) {
		json_object_object_add(object, "inlined", json_object_new_boolean(true));
	}
	return object;
}

static void add_source(struct json_object *frame, const struct fps_code_place *places, size_t count)
{
	struct json_object *source = json_object_new_array();
	const struct fps_code_place *function = &places[count - 1];
	char symbol[300];

	for (size_t i = 0; i < count; i++) {
		json_object_array_add(source, to_json(&places[i]));
	}
	if (*fps_json_string(frame, "symbol") == '\0' && function->function && function->has_offset) {
		snprintf(symbol, sizeof(symbol), "%.250s+0x%llx", function->function, (unsigned long long) function->offset);
		json_object_object_add(frame, "symbol", fps_json_new_text(symbol));
	}
	json_object_object_add(frame, "source", source);
}

void fps_annotate(struct json_object *record, const char *directory)
{
	struct json_object *stack = fps_json_member(fps_json_member_of(record, "fpmsentinel", "native"), "stack");
	size_t frames = fps_json_length(stack);
	struct fps_addr2line *debuginfo = fps_addr2line_open(directory);
	struct fps_code_place places[FPS_ADDR2LINE_PLACES];

	for (size_t i = 0; i < frames && i < MAX_FRAMES; i++) {
		struct json_object *frame = json_object_array_get_idx(stack, i);
		const char *offset = fps_json_string(frame, "offset");
		size_t count = 0;

		/* the innermost frame is where the process was, the others are return addresses */
		if (strncmp(offset, "0x", 2) == 0) {
			count = fps_addr2line_find(debuginfo, fps_json_string(frame, "module"), fps_json_string(frame, "build_id"),
				strtoull(offset, NULL, 16), i > 0, places);
		}
		if (count > 0) {
			add_source(frame, places, count);
		}
	}
	fps_addr2line_close(debuginfo);
}
