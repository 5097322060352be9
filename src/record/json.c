#include "record/json.h"

#include <string.h>

void fps_sig_json_key(struct fps_sig_json *json, const char *name)
{
	const struct fps_sig_buf *out = &json->out;

	if (out->len > 0 && out->bytes[out->len - 1] != '{' && out->bytes[out->len - 1] != '[') {
		fps_sig_buf_char(&json->out, ',');
	}
	if (name) {
		fps_sig_buf_char(&json->out, '"');
		fps_sig_buf_text(&json->out, name);
		fps_sig_buf_text(&json->out, "\":");
	}
}

size_t fps_sig_json_begin(struct fps_sig_json *json, const char *name)
{
	size_t mark = json->out.len;

	fps_sig_json_key(json, name);
	fps_sig_buf_char(&json->out, '{');
	return mark;
}

void fps_sig_json_end(struct fps_sig_json *json, size_t mark)
{
	if (json->out.overflow) {
		return;
	}
	if (json->out.bytes[json->out.len - 1] == '{') {
		json->out.len = mark;
	} else {
		fps_sig_buf_char(&json->out, '}');
	}
}

void fps_sig_json_begin_array(struct fps_sig_json *json, const char *name)
{
	fps_sig_json_key(json, name);
	fps_sig_buf_char(&json->out, '[');
}

void fps_sig_json_end_array(struct fps_sig_json *json)
{
	fps_sig_buf_char(&json->out, ']');
}

void fps_sig_json_bytes(struct fps_sig_json *json, const char *name, const char *bytes, size_t len)
{
	if (len > 0) {
		fps_sig_json_key(json, name);
		fps_sig_buf_char(&json->out, '"');
		fps_sig_buf_json(&json->out, bytes, len < json->max_text ? len : json->max_text);
		fps_sig_buf_char(&json->out, '"');
	}
}

void fps_sig_json_text(struct fps_sig_json *json, const char *name, const char *value)
{
	if (value) {
		fps_sig_json_bytes(json, name, value, strlen(value));
	}
}

void fps_sig_json_i64(struct fps_sig_json *json, const char *name, int64_t value)
{
	fps_sig_json_key(json, name);
	fps_sig_buf_i64(&json->out, value);
}

void fps_sig_json_size(struct fps_sig_json *json, const char *name, uint64_t value)
{
	if (value > 0) {
		fps_sig_json_key(json, name);
		fps_sig_buf_u64(&json->out, value);
	}
}

void fps_sig_json_bool(struct fps_sig_json *json, const char *name, bool value)
{
	fps_sig_json_key(json, name);
	fps_sig_buf_text(&json->out, value ? "true" : "false");
}

void fps_sig_json_address(struct fps_sig_json *json, const char *name, uint64_t value)
{
	fps_sig_json_key(json, name);
	fps_sig_buf_text(&json->out, "\"0x");
	fps_sig_buf_hex(&json->out, value, 1);
	fps_sig_buf_char(&json->out, '"');
}

void fps_sig_json_hex(struct fps_sig_json *json, const char *name, const uint8_t *bytes, size_t len)
{
	if (len > 0) {
		fps_sig_json_key(json, name);
		fps_sig_buf_char(&json->out, '"');
		for (size_t i = 0; i < len; i++) {
			fps_sig_buf_hex(&json->out, bytes[i], 2);
		}
		fps_sig_buf_char(&json->out, '"');
	}
}

void fps_sig_json_time(struct fps_sig_json *json, const char *name, uint64_t us)
{
	fps_sig_json_key(json, name);
	fps_sig_buf_char(&json->out, '"');
	fps_sig_buf_time(&json->out, us);
	fps_sig_buf_char(&json->out, '"');
}

/* JSON has no leading zeroes, and most readers no integers over 2^53. */
void fps_sig_json_digits(struct fps_sig_json *json, const char *name, const char *digits)
{
	size_t len = strspn(digits, "0123456789");

	if (len > 0 && len < 16 && digits[len] == '\0' && digits[0] != '0') {
		fps_sig_json_key(json, name);
		fps_sig_buf_bytes(&json->out, digits, len);
	}
}
