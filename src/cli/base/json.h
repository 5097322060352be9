/*
 * JSON by json-c, which is strict enough and fast (Debian's other libraries take half as long again).
 */
#ifndef FPS_JSON_H
#define FPS_JSON_H

#include "base/span.h"

#include <json-c/json.h>
#include <stdio.h>

/*
 * A value in one piece or several; what follows it is ignored. NULL if it is not JSON, or not UTF-8. The caller
 * releases it.
 */
struct json_object *fps_json_parse(const struct fps_span *pieces, size_t count);

/* A member of an object, and a member of that member; NULL if it does not exist. Borrowed from the object. */
struct json_object *fps_json_member(struct json_object *object, const char *name);
struct json_object *fps_json_member_of(struct json_object *object, const char *one, const char *other);

/* The text of a value, or of a member; NULL if it is not a text. Borrowed from the object. */
const char *fps_json_text(struct json_object *value);
const char *fps_json_text_in(struct json_object *object, const char *name);

/* The same for a member, "" if it is not a text. */
const char *fps_json_string(struct json_object *object, const char *name);

/* The number of elements of an array; 0 if it is not an array. */
size_t fps_json_length(struct json_object *array);

/* Text as JSON has it, with U+FFFD for each byte that is not UTF-8. The caller releases it. */
struct json_object *fps_json_new_text(const char *from);

/* A member to set: a text, or else a number. What is empty or 0 is not known, and left out. */
struct fps_json_member {
	const char *name, *text;
	int64_t number;
};

void fps_json_set_all(struct json_object *object, const struct fps_json_member *members, size_t count);

#define FPS_JSON_SET(object, ...) \
	fps_json_set_all((object), (const struct fps_json_member[]) {__VA_ARGS__}, \
		sizeof((const struct fps_json_member[]) {__VA_ARGS__}) / sizeof(struct fps_json_member))

/* Prints it on one line, or on several, as fps_terminal_print_json() prints JSON, and releases it. The last of several
 * lines has a newline as well. */
void fps_json_print(FILE *out, struct json_object *object, bool pretty);

#endif
