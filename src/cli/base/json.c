/* JSON by json-c: the only file that knows about its versions, 0.13 and later. */
#include "base/json.h"

#include "base/alloc.h"
#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>

#ifdef JSON_TOKENER_VALIDATE_UTF8

static bool is_utf8(const struct fps_span *pieces, size_t count)
{
	(void) pieces, (void) count;
	return true; /* json-c has seen to it */
}

#else

/* New in json-c 0.14. */
#define JSON_TOKENER_VALIDATE_UTF8 0

/* Also of what follows the value: 0.13 does not say where that ends. */
static bool is_utf8(const struct fps_span *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = pieces[i].at, *end = at + pieces[i].len;

		while (at < end) {
			size_t len = fps_span_character(at, (size_t) (end - at), NULL);

			if (len == 0) {
				return false;
			}
			at += len;
		}
	}
	return true;
}

#endif

struct json_object *fps_json_parse(const struct fps_span *pieces, size_t count)
{
	static struct json_tokener *tokener; /* made once: it has buffers */
	struct json_object *value = NULL;

	if (tokener == NULL) {
		tokener = json_tokener_new();
		/*
		 * Not JSON_TOKENER_STRICT: json-c 0.18 takes each byte from 0x80 on for a control character then (json-c issue
		 * 875)
		 */
		json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	}
	json_tokener_reset(tokener);
	for (size_t i = 0; i < count; i++) {
		value = json_tokener_parse_ex(tokener, pieces[i].at, (int) pieces[i].len);
		if (json_tokener_get_error(tokener) != json_tokener_continue) {
			break;
		}
	}
	if (value && !is_utf8(pieces, count)) {
		json_object_put(value);
		return NULL;
	}
	return value;
}

struct json_object *fps_json_new_text(const char *from)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *clean = fps_alloc(strlen(from) + 1, 3), *to = clean;
	struct json_object *value;

	while (*from) {
		size_t len = fps_span_character(from, 4, NULL); /* it ends at the NUL, at the latest */
		const char *bytes = len ? from : replacement;

		from += len ? len : 1;
		for (len = len ? len : sizeof(replacement) - 1; len > 0; len--) {
			*to++ = *bytes++;
		}
	}
	value = json_object_new_string_len(clean, (int) (to - clean));
	free(clean);
	return value;
}

void fps_json_set_all(struct json_object *object, const struct fps_json_member *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (members[i].text && members[i].text[0]) {
			json_object_object_add(object, members[i].name, fps_json_new_text(members[i].text));
		} else if (members[i].number != 0) {
			json_object_object_add(object, members[i].name, json_object_new_int64(members[i].number));
		}
	}
}

struct json_object *fps_json_member(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

struct json_object *fps_json_member_of(struct json_object *object, const char *one, const char *other)
{
	return fps_json_member(fps_json_member(object, one), other);
}

const char *fps_json_text(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

const char *fps_json_text_in(struct json_object *object, const char *name)
{
	return fps_json_text(fps_json_member(object, name));
}

const char *fps_json_string(struct json_object *object, const char *name)
{
	const char *text = fps_json_text_in(object, name);

	return text ? text : "";
}

size_t fps_json_length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

void fps_json_print(FILE *out, struct json_object *object, bool pretty)
{
	int form = (pretty ? JSON_C_TO_STRING_PRETTY : JSON_C_TO_STRING_PLAIN) | JSON_C_TO_STRING_NOSLASHESCAPE;

	fps_terminal_print_json(out, json_object_to_json_string_ext(object, form));
	fputs(pretty ? "\n" : "", out);
	json_object_put(object);
}
