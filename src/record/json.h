/*
 * A JSON text being written, member by member, into a bounded buffer. AS-safe.
 *
 * A member's name is NULL within an array. Commas come by themselves. A member without a value
 * (empty text, a size of 0) is not written, and an object without members is taken back: a key
 * whose value is not known is left out.
 */
#ifndef FPS_SIG_JSON_H
#define FPS_SIG_JSON_H

#include "record/buf.h"

struct fps_sig_json {
	struct fps_sig_buf out;
	size_t max_text; /* longer texts are cut to this many bytes, before escaping */
};

void fps_sig_json_key(struct fps_sig_json *json, const char *name);

/* Opens an object; the mark is for its end. */
size_t fps_sig_json_begin(struct fps_sig_json *json, const char *name);
void fps_sig_json_end(struct fps_sig_json *json, size_t mark);

/* Opens and closes an array, which stays even if it is empty. */
void fps_sig_json_begin_array(struct fps_sig_json *json, const char *name);
void fps_sig_json_end_array(struct fps_sig_json *json);

/* Text: any bytes, a C string, NULL for none. */
void fps_sig_json_bytes(struct fps_sig_json *json, const char *name, const char *bytes, size_t len);
void fps_sig_json_text(struct fps_sig_json *json, const char *name, const char *value);

void fps_sig_json_i64(struct fps_sig_json *json, const char *name, int64_t value);
void fps_sig_json_bool(struct fps_sig_json *json, const char *name, bool value);

/* A number that is not known where it is 0. */
void fps_sig_json_size(struct fps_sig_json *json, const char *name, uint64_t value);

/* Text: "0x7f10a2b3c4d5", or bare hexadecimal digits of a fixed number. */
void fps_sig_json_address(struct fps_sig_json *json, const char *name, uint64_t value);
void fps_sig_json_hex(struct fps_sig_json *json, const char *name, const uint8_t *bytes, size_t len);

/* Microseconds since the epoch, as text. */
void fps_sig_json_time(struct fps_sig_json *json, const char *name, uint64_t us);

/* A positive number that somebody else sent as digits; not written if it is anything else. */
void fps_sig_json_digits(struct fps_sig_json *json, const char *name, const char *digits);

#endif
