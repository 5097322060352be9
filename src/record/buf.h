/*
 * A bounded text buffer and the JSON, number and time formatting that a record needs.
 *
 * May be called from a signal handler: no allocation, no locale, no lock. When something does
 * not fit nothing more is written and `overflow` stays set, so a caller checks once, at the end.
 */
#ifndef FPS_SIG_BUF_H
#define FPS_SIG_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fps_sig_buf {
	char *bytes;
	size_t len, size;
	bool overflow;
};

/* An empty buffer over memory that the caller owns. */
void fps_sig_buf_init(struct fps_sig_buf *buf, char *bytes, size_t size);

void fps_sig_buf_char(struct fps_sig_buf *buf, char c);
void fps_sig_buf_bytes(struct fps_sig_buf *buf, const char *bytes, size_t len);
void fps_sig_buf_text(struct fps_sig_buf *buf, const char *text);
void fps_sig_buf_u64(struct fps_sig_buf *buf, uint64_t value);
void fps_sig_buf_i64(struct fps_sig_buf *buf, int64_t value);

/* Lower-case hexadecimal, with leading zeroes up to `digits`, without "0x". */
void fps_sig_buf_hex(struct fps_sig_buf *buf, uint64_t value, unsigned digits);

/* Thousandths as a decimal number: 3412 is "3.412". */
void fps_sig_buf_thousandths(struct fps_sig_buf *buf, uint64_t value);

/* Microseconds since the epoch as UTC: "2026-11-22T06:50:57.123456Z". */
void fps_sig_buf_time(struct fps_sig_buf *buf, uint64_t us);

/*
 * The inside of a JSON string. Any bytes may come in: what is not valid UTF-8 becomes U+FFFD,
 * quotes, backslashes, control characters (U+007F to U+009F too) and what is not seen (bidi controls, zero width) are
 * escaped.
 */
void fps_sig_buf_json(struct fps_sig_buf *buf, const char *bytes, size_t len);

/* For a log line of somebody else's: control characters and invalid UTF-8 become '?', and what is not seen "\u202e". */
void fps_sig_buf_plain(struct fps_sig_buf *buf, const char *bytes, size_t len);

/* How many of the bytes fit into max without a cut through a character of UTF-8. */
size_t fps_sig_buf_cut(const char *bytes, size_t len, size_t max);

/* Ends the text with a NUL, cutting it if it must. For buffers that hold C strings. */
void fps_sig_buf_terminate(struct fps_sig_buf *buf);

/* Copies a text into a field of `size` bytes, cut if it does not fit. */
void fps_sig_buf_copy(char *to, size_t size, const char *text);

#endif
