#include "base/json.h"

#include <json-c/json.h>
#include <stdbool.h>

#ifdef JSON_TOKENER_VALIDATE_UTF8

static bool is_utf8(const struct fps_span *pieces, size_t count)
{
	(void) pieces, (void) count;
	return true; /* json-c has seen to it */
}

#else

/* New in json-c 0.14. */
# define JSON_TOKENER_VALIDATE_UTF8 0

/* Also of what follows the value: 0.13 does not say where that ends. */
static bool is_utf8(const struct fps_span *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = pieces[i].at, *end = at + pieces[i].len;

		while (at < end) {
			size_t len = fps_text_character(at, (size_t) (end - at));

			if (len == 0) {
				return false;
			}
			at += len;
		}
	}
	return true;
}

#endif

struct json_object *fps_jsonc_parse(const struct fps_span *pieces, size_t count)
{
	static struct json_tokener *tokener; /* made once: it has buffers */
	struct json_object *value = NULL;

	if (tokener == NULL) {
		tokener = json_tokener_new();
		/* Not JSON_TOKENER_STRICT: json-c 0.18 takes each byte from 0x80 on for a control character then (json-c issue 875) */
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
