/* buf.c: numbers, times, UTF-8, and never a byte past the end. */
#include "unit.h"

#include "record/buf.h"

#include <inttypes.h>
#include <time.h>

static char bytes[4096];

static struct fps_sig_buf fresh(void)
{
	struct fps_sig_buf buf;

	memset(bytes, '#', sizeof bytes);
	fps_sig_buf_init(&buf, bytes, sizeof bytes);
	return buf;
}

static void numbers(void)
{
	static const struct {
		int64_t value;
		const char *expected;
	} cases[] = {
		{0, "0"},
		{1, "1"},
		{-1, "-1"},
		{9, "9"},
		{10, "10"},
		{-10, "-10"},
		{1000000000000, "1000000000000"},
		{INT64_MAX, "9223372036854775807"},
		{INT64_MIN, "-9223372036854775808"},
	};
	struct fps_sig_buf buf;

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf = fresh();
		fps_sig_buf_i64(&buf, cases[i].value);
		CHECK_STR(buf.bytes, buf.len, cases[i].expected);
	}
	buf = fresh();
	fps_sig_buf_u64(&buf, UINT64_MAX);
	fps_sig_buf_char(&buf, ' ');
	fps_sig_buf_u64(&buf, 0);
	CHECK_STR(buf.bytes, buf.len, "18446744073709551615 0");
	CHECK(!buf.overflow);
}

static void hexadecimal(void)
{
	static const struct {
		uint64_t value;
		unsigned digits;
		const char *expected;
	} cases[] = {
		{0, 0, "0"},
		{0, 1, "0"},
		{0, 4, "0000"},
		{0xabc, 1, "abc"},
		{0xabc, 3, "abc"},
		{0xabc, 8, "00000abc"},
		{0xabc, 2, "abc"},
		{UINT64_MAX, 1, "ffffffffffffffff"},
		{1, 16, "0000000000000001"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_sig_buf buf = fresh();

		fps_sig_buf_hex(&buf, cases[i].value, cases[i].digits);
		CHECK_STR(buf.bytes, buf.len, cases[i].expected);
	}
}

static void thousandths(void)
{
	static const struct {
		uint64_t value;
		const char *expected;
	} cases[] = {
		{0, "0.000"},
		{1, "0.001"},
		{12, "0.012"},
		{999, "0.999"},
		{1000, "1.000"},
		{3412, "3.412"},
		{3040, "3.040"},
		{UINT64_MAX, "18446744073709551.615"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_sig_buf buf = fresh();

		fps_sig_buf_thousandths(&buf, cases[i].value);
		CHECK_STR(buf.bytes, buf.len, cases[i].expected);
	}
}

static void check_time(uint64_t seconds, uint64_t us, const char *expected)
{
	struct fps_sig_buf buf = fresh();

	fps_sig_buf_time(&buf, seconds * 1000000 + us);
	CHECK_STR(buf.bytes, buf.len, expected);
}

static void times(void)
{
	check_time(0, 0, "1970-01-01T00:00:00.000000Z");
	check_time(951827696, 1, "2000-02-29T12:34:56.000001Z");
	check_time(1709251199, 999999, "2024-02-29T23:59:59.999999Z");
	check_time(1709251200, 0, "2024-03-01T00:00:00.000000Z");
	check_time(1767225599, 999999, "2025-12-31T23:59:59.999999Z");
	check_time(1767225600, 0, "2026-01-01T00:00:00.000000Z");
	check_time(1795330257, 123456, "2026-11-22T06:50:57.123456Z");
	check_time(4107542399, 0, "2100-02-28T23:59:59.000000Z");
	check_time(4107542400, 0, "2100-03-01T00:00:00.000000Z");
	check_time(253402300799, 0, "9999-12-31T23:59:59.000000Z");
	check_time(0, UINT64_MAX, "586524-01-19T08:01:49.551615Z");
}

static void times_as_gmtime_has_them(void)
{
	for (int i = 0; i < 5000; i++) {
		time_t seconds = (time_t) (unit_random() % 253402300800);
		char expected[64];
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000042Z", &tm);
		check_time((uint64_t) seconds, 42, expected);
	}
}

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *name, *bytes;
	size_t len;
	const char *json, *plain;
} texts[] = {
#define ROW(name, text, json, plain) \
	{ \
		name, text, sizeof(text) - 1, json, plain \
	}
	ROW("empty", "", "", ""),
	ROW("two, three and four bytes", "\u00e4\u20ac\U0001f600", "\u00e4\u20ac\U0001f600", "\u00e4\u20ac\U0001f600"),
	ROW("first and last of each length", "\x7e\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		"\x7e\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		"\x7e\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	ROW("either side of the surrogates", "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80",
		"\xed\x9f\xbf\xee\x80\x80"),
	ROW("overlong, two bytes", "\xc0\xaf\xc1\xbf", BAD BAD BAD BAD, "????"),
	ROW("overlong, three bytes", "\xe0\x80\xaf\xe0\x9f\xbf", BAD BAD BAD BAD BAD BAD, "??????"),
	ROW("overlong, four bytes", "\xf0\x80\x80\xaf\xf0\x8f\xbf\xbf", BAD BAD BAD BAD BAD BAD BAD BAD, "????????"),
	ROW("surrogates", "\xed\xa0\x80\xed\xbf\xbf", BAD BAD BAD BAD BAD BAD, "??????"),
	ROW("over U+10FFFF", "\xf4\x90\x80\x80\xf5\x80\x80\x80", BAD BAD BAD BAD BAD BAD BAD BAD, "????????"),
	ROW("five and six bytes", "\xf8\x88\xfc\x84", BAD BAD BAD BAD, "????"),
	ROW("truncated at the end, 2", "a\xc3", "a" BAD, "a?"),
	ROW("truncated at the end, 3", "a\xe2\x82", "a" BAD BAD, "a??"),
	ROW("truncated at the end, 4", "a\xf0\x9f\x98", "a" BAD BAD BAD, "a???"),
	ROW("truncated in the middle", "\xe2\x82z\xf0\x9f\x98z\xc3z", BAD BAD "z" BAD BAD BAD "z" BAD "z", "??z???z?z"),
	ROW("stray continuation",
		"a\x80"
		"b\xbf"
		"c",
		"a" BAD "b" BAD "c", "a?b?c"),
	ROW("a lead byte before another sequence", "\xe2\xc3\xa4", BAD "\xc3\xa4", "?\xc3\xa4"),
	ROW("quotes", "\"a\\b\"/", "\\\"a\\\\b\\\"/", "\"a\\b\"/"),
	ROW("soft hyphen, Arabic letter mark", "a\u00ad\u061cb", "a\\u00ad\\u061cb", "a\\u00ad\\u061cb"),
	ROW("directions", "\u200e\u200f\u202a\u202e\u2066\u2069", "\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069",
		"\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069"),
	ROW("no width", "\u200b\u200c\u200d\u2060\ufeff", "\\u200b\\u200c\\u200d\\u2060\\ufeff",
		"\\u200b\\u200c\\u200d\\u2060\\ufeff"),
	ROW("separators of lines", "\u2028\u2029", "\\u2028\\u2029", "\\u2028\\u2029"),
	ROW("tags", "\U000e0000\U000e0041\U000e007f", "\\udb40\\udc00\\udb40\\udc41\\udb40\\udc7f",
		"\\U000e0000\\U000e0041\\U000e007f"),
	ROW("beside those", "\u00ac\u00ae\u061b\u061d\u200a\u2010\u2027\u202f\u205f\u2070\ufefe\U000e0080",
		"\u00ac\u00ae\u061b\u061d\u200a\u2010\u2027\u202f\u205f\u2070\ufefe\U000e0080",
		"\u00ac\u00ae\u061b\u061d\u200a\u2010\u2027\u202f\u205f\u2070\ufefe\U000e0080"),
	ROW("C1", "\xc2\x80\xc2\x9b\xc2\x9f", "\\u0080\\u009b\\u009f", "???"),
	ROW("control characters", "a\0b\b\t\n\v\f\r\x1b\x1f\x7f",
		"a\\u0000b\\u0008\\t\\n\\u000b\\u000c\\u000d\\u001b\\u001f\\u007f",
		"a?b?????"
		"????"),
#undef ROW
};

static void text(void)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		/* In memory of exactly its length, so that a look behind its end is seen. */
		char *copy = malloc(texts[i].len + 1), *exact = realloc(copy, texts[i].len ? texts[i].len : 1);
		struct fps_sig_buf buf = fresh();

		UNIT_CASE(texts[i].name);
		memcpy(exact, texts[i].bytes, texts[i].len);
		fps_sig_buf_json(&buf, exact, texts[i].len);
		CHECK_STR(buf.bytes, buf.len, texts[i].json);
		buf = fresh();
		fps_sig_buf_plain(&buf, exact, texts[i].len);
		CHECK_STR(buf.bytes, buf.len, texts[i].plain);
		free(exact);
	}
}

static void every_single_byte(void)
{
	for (unsigned c = 0; c < 256; c++) {
		char byte = (char) c, json[8], plain[2] = {byte, 0};
		struct fps_sig_buf buf = fresh();

		if (c >= 0x80) {
			strcpy(json, BAD);
		} else if (c == '\n' || c == '\t') {
			strcpy(json, c == '\n' ? "\\n" : "\\t");
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(json, sizeof json, "\\u%04x", c);
		} else {
			snprintf(json, sizeof json, c == '"' || c == '\\' ? "\\%c" : "%c", c);
		}
		if (c >= 0x7f || c < 0x20) {
			plain[0] = '?';
		}
		fps_sig_buf_json(&buf, &byte, 1);
		CHECK_STR(buf.bytes, buf.len, json);
		buf = fresh();
		fps_sig_buf_plain(&buf, &byte, 1);
		CHECK_STR(buf.bytes, buf.len, plain);
	}
}

static void everything(struct fps_sig_buf *buf)
{
	fps_sig_buf_text(buf, "text ");
	fps_sig_buf_u64(buf, 123456);
	fps_sig_buf_i64(buf, -42);
	fps_sig_buf_char(buf, ' ');
	fps_sig_buf_hex(buf, 0xbeef, 8);
	fps_sig_buf_thousandths(buf, 3412);
	fps_sig_buf_time(buf, 0);
	fps_sig_buf_json(buf, "\"\xff\x01\u20ac", 6);
	fps_sig_buf_plain(buf, "\xff\u20ac", 4);
	fps_sig_buf_bytes(buf, "", 0);
}

/* The buffer is memory of its own, so that the sanitizer guards its end. */
static void overflow_at_every_size(void)
{
	struct fps_sig_buf whole = fresh();

	everything(&whole);
	CHECK(!whole.overflow);
	for (size_t size = 0; size <= whole.len + 1; size++) {
		char *own = malloc(size);
		struct fps_sig_buf buf;

		fps_sig_buf_init(&buf, own, size);
		everything(&buf);
		CHECK_INT(buf.overflow, size < whole.len);
		CHECK(buf.len <= size);
		CHECK(memcmp(own, whole.bytes, buf.len) == 0);
		fps_sig_buf_bytes(&buf, bytes, SIZE_MAX);
		CHECK(buf.overflow);
		free(own);
	}
}

static void nothing_follows_an_overflow(void)
{
	struct fps_sig_buf buf;

	fps_sig_buf_init(&buf, bytes, 4);
	fps_sig_buf_text(&buf, "abcde");
	fps_sig_buf_char(&buf, 'x');
	CHECK_INT(buf.len, 0);
	CHECK(buf.overflow);
}

static void terminate(void)
{
	static const struct {
		size_t size;
		const char *text, *expected;
	} cases[] = {
		{8, "", ""},
		{8, "abc", "abc"},
		{4, "abc", "abc"},
		{3, "abc", "ab"},
		{2, "abc", ""},
		{1, "a", ""},
		{1, "", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *own = malloc(cases[i].size);
		struct fps_sig_buf buf;

		fps_sig_buf_init(&buf, own, cases[i].size);
		fps_sig_buf_text(&buf, cases[i].text);
		fps_sig_buf_terminate(&buf);
		CHECK_STR(own, strnlen(own, cases[i].size), cases[i].expected);
		CHECK(strnlen(own, cases[i].size) < cases[i].size);
		free(own);
	}
}

static void cut_between_characters(void)
{
	static const struct {
		const char *text;
		size_t max, expected;
	} cases[] = {
		{"", 0, 0},
		{"abc", 3, 3},
		{"abc", 4, 3},
		{"abcd", 3, 3},
		{"ab\xc3\xa9", 3, 2},
		{"ab\xc3\xa9", 4, 4},
		{"a\xe2\x82\xac", 3, 1},
		{"a\xe2\x82\xac", 2, 1},
		{"\xf0\x9f\x98\x80", 3, 0},
		{"\xf0\x9f\x98\x80x", 4, 4},
		{"\x80\x80\x80\x80\x80\x80", 5, 5},
		{"\xff\xff", 1, 1},
		{"\x80\x80", 1, 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].text);
		CHECK_INT(
			(int64_t) fps_sig_buf_cut(cases[i].text, strlen(cases[i].text), cases[i].max), (int64_t) cases[i].expected);
	}
}

UNIT_MAIN(TEST(numbers), TEST(hexadecimal), TEST(thousandths), TEST(times), TEST(times_as_gmtime_has_them), TEST(text),
	TEST(every_single_byte), TEST(overflow_at_every_size), TEST(nothing_follows_an_overflow), TEST(terminate),
	TEST(cut_between_characters))
