#include "record/buf.h"

#include <string.h>

void fps_sig_buf_init(struct fps_sig_buf *buf, char *bytes, size_t size)
{
	*buf = (struct fps_sig_buf) {.bytes = bytes, .size = size};
}

void fps_sig_buf_bytes(struct fps_sig_buf *buf, const char *bytes, size_t len)
{
	if (buf->overflow || len > buf->size - buf->len) {
		buf->overflow = true;
		return;
	}
	memcpy(buf->bytes + buf->len, bytes, len);
	buf->len += len;
}

void fps_sig_buf_char(struct fps_sig_buf *buf, char c)
{
	fps_sig_buf_bytes(buf, &c, 1);
}

void fps_sig_buf_text(struct fps_sig_buf *buf, const char *text)
{
	fps_sig_buf_bytes(buf, text, strlen(text));
}

static void number(struct fps_sig_buf *buf, uint64_t value, unsigned base, unsigned digits)
{
	char text[20];
	size_t at = sizeof text;

	do {
		text[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (at > 0 && (value > 0 || sizeof text - at < digits));
	fps_sig_buf_bytes(buf, text + at, sizeof text - at);
}

void fps_sig_buf_u64(struct fps_sig_buf *buf, uint64_t value)
{
	number(buf, value, 10, 1);
}

void fps_sig_buf_i64(struct fps_sig_buf *buf, int64_t value)
{
	if (value < 0) {
		fps_sig_buf_char(buf, '-');
	}
	fps_sig_buf_u64(buf, value < 0 ? -(uint64_t) value : (uint64_t) value);
}

void fps_sig_buf_hex(struct fps_sig_buf *buf, uint64_t value, unsigned digits)
{
	number(buf, value, 16, digits);
}

void fps_sig_buf_thousandths(struct fps_sig_buf *buf, uint64_t value)
{
	fps_sig_buf_u64(buf, value / 1000);
	fps_sig_buf_char(buf, '.');
	number(buf, value % 1000, 10, 3);
}

/* Days since the epoch to a date of the proleptic Gregorian calendar, by eras of 400 years that begin in March. */
static void date(struct fps_sig_buf *buf, uint64_t days)
{
	uint64_t shifted = days + 719468;
	uint64_t era = shifted / 146097, day_of_era = shifted % 146097;
	uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t march_month = (5 * day_of_year + 2) / 153;
	uint64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

	number(buf, era * 400 + year_of_era + (month <= 2), 10, 4);
	fps_sig_buf_char(buf, '-');
	number(buf, month, 10, 2);
	fps_sig_buf_char(buf, '-');
	number(buf, day_of_year - (153 * march_month + 2) / 5 + 1, 10, 2);
}

void fps_sig_buf_time(struct fps_sig_buf *buf, uint64_t us)
{
	uint64_t seconds = us / 1000000, of_day = seconds % 86400;

	date(buf, seconds / 86400);
	fps_sig_buf_char(buf, 'T');
	number(buf, of_day / 3600, 10, 2);
	fps_sig_buf_char(buf, ':');
	number(buf, of_day / 60 % 60, 10, 2);
	fps_sig_buf_char(buf, ':');
	number(buf, of_day % 60, 10, 2);
	fps_sig_buf_char(buf, '.');
	number(buf, us % 1000000, 10, 6);
	fps_sig_buf_char(buf, 'Z');
}

/*
 * Length of the UTF-8 sequence at the start of bytes, 0 where it is not valid: no overlong forms,
 * no surrogates, nothing over U+10FFFF (Unicode 15, table 3-7).
 */
static size_t utf8_sequence(const unsigned char *bytes, size_t len)
{
	unsigned char lead = bytes[0];
	unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	size_t need = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (lead < 0x80) {
		return 1;
	}
	if (lead < 0xc2 || lead > 0xf4 || need > len || bytes[1] < low || bytes[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < need; i++) {
		if ((bytes[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return need;
}

/* C0, DEL and C1, among which there is another escape for terminals. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static bool is_unseen(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
#include "unseen.def"
	};

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && point >= ranges[i].first; i++) {
		if (point <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

/* Of a valid sequence. */
static uint32_t code_point(const unsigned char *sequence, size_t len)
{
	uint32_t point = len == 1 ? sequence[0] : sequence[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++) {
		point = point << 6 | (sequence[i] & 0x3f);
	}
	return point;
}

static void put_point(struct fps_sig_buf *buf, uint32_t point)
{
	fps_sig_buf_text(buf, point > 0xffff ? "\\U" : "\\u");
	fps_sig_buf_hex(buf, point, point > 0xffff ? 8 : 4);
}

static void json_escape(struct fps_sig_buf *buf, uint32_t point)
{
	if (point == '"' || point == '\\') {
		char escaped[2] = {'\\', (char) point};

		fps_sig_buf_bytes(buf, escaped, sizeof escaped);
	} else if (point == '\n') {
		fps_sig_buf_text(buf, "\\n");
	} else if (point == '\t') {
		fps_sig_buf_text(buf, "\\t");
	} else if (point > 0xffff) {
		put_point(buf, 0xd7c0 + (point >> 10)); /* a pair of surrogates */
		put_point(buf, 0xdc00 + (point & 0x3ff));
	} else {
		put_point(buf, point);
	}
}

void fps_sig_buf_json(struct fps_sig_buf *buf, const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *) bytes;

	while (len > 0 && !buf->overflow) {
		size_t sequence = utf8_sequence(at, len);

		if (sequence == 0) {
			fps_sig_buf_text(buf, "\xef\xbf\xbd");
			at++;
			len--;
			continue;
		}
		uint32_t point = code_point(at, sequence);

		if (is_control(point) || is_unseen(point) || point == '"' || point == '\\') {
			json_escape(buf, point);
		} else {
			fps_sig_buf_bytes(buf, (const char *) at, sequence);
		}
		at += sequence;
		len -= sequence;
	}
}

void fps_sig_buf_plain(struct fps_sig_buf *buf, const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *) bytes;

	while (len > 0 && !buf->overflow) {
		size_t sequence = utf8_sequence(at, len);
		uint32_t point = sequence ? code_point(at, sequence) : 0;

		if (is_control(point)) {
			fps_sig_buf_char(buf, '?');
			sequence = sequence ? sequence : 1;
		} else if (is_unseen(point)) {
			put_point(buf, point);
		} else {
			fps_sig_buf_bytes(buf, (const char *) at, sequence);
		}
		at += sequence;
		len -= sequence;
	}
}

size_t fps_sig_buf_cut(const char *bytes, size_t len, size_t max)
{
	size_t at = max;

	if (len <= max) {
		return len;
	}
	while (at > 0 && max - at < 3 && (bytes[at] & 0xc0) == 0x80) {
		at--;
	}
	return (bytes[at] & 0xc0) == 0xc0 ? at : max;
}

void fps_sig_buf_terminate(struct fps_sig_buf *buf)
{
	buf->bytes[buf->len < buf->size ? buf->len : buf->size - 1] = '\0';
}

void fps_sig_buf_copy(char *to, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}
