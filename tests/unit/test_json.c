/* json.c: members, commas, what is left out, and texts that are cut. */
#include "unit.h"

#include "record/json.h"

static char bytes[4096];
static struct fps_sig_json json;

static void start(void)
{
	json = (struct fps_sig_json) {.max_text = sizeof bytes};
	fps_sig_buf_init(&json.out, bytes, sizeof bytes);
	fps_sig_buf_char(&json.out, '{');
}

static void finish(const char *expected)
{
	fps_sig_buf_char(&json.out, '}');
	CHECK_STR(json.out.bytes, json.out.len, expected);
	CHECK(!json.out.overflow);
}

static void members(void)
{
	start();
	fps_sig_json_text(&json, "text", "a\"b\xff");
	fps_sig_json_bytes(&json, "bytes", "c\0d", 3);
	fps_sig_json_i64(&json, "i64", INT64_MIN);
	fps_sig_json_bool(&json, "yes", true);
	fps_sig_json_bool(&json, "no", false);
	fps_sig_json_size(&json, "size", UINT64_MAX);
	fps_sig_json_address(&json, "address", 0x7f10a2b3c4d5);
	fps_sig_json_address(&json, "null", 0);
	fps_sig_json_hex(&json, "hex", (const uint8_t *) "\x00\x0f\xa0", 3);
	fps_sig_json_time(&json, "time", 1000001);
	fps_sig_json_digits(&json, "digits", "42");
	finish("{\"text\":\"a\\\"b\xef\xbf\xbd\",\"bytes\":\"c\\u0000d\",\"i64\":-9223372036854775808,\"yes\":true,\"no\":"
		   "false,\"size\":18446744073709551615,\"address\":\"0x7f10a2b3c4d5\",\"null\":\"0x0\",\"hex\":\"000fa0\","
		   "\"time\":\"1970-01-01T00:00:01.000001Z\",\"digits\":42}");
}

static void what_is_not_known_is_left_out(void)
{
	start();
	fps_sig_json_text(&json, "null", NULL);
	fps_sig_json_text(&json, "empty", "");
	fps_sig_json_bytes(&json, "none", NULL, 0);
	fps_sig_json_size(&json, "size", 0);
	fps_sig_json_hex(&json, "hex", NULL, 0);
	finish("{}");
}

static void empty_objects_are_taken_back(void)
{
	size_t outer, middle, inner;

	start();
	outer = fps_sig_json_begin(&json, "first");
	fps_sig_json_end(&json, outer);
	fps_sig_json_i64(&json, "a", 1);
	outer = fps_sig_json_begin(&json, "outer");
	middle = fps_sig_json_begin(&json, "middle");
	inner = fps_sig_json_begin(&json, "inner");
	fps_sig_json_text(&json, "none", NULL);
	fps_sig_json_end(&json, inner);
	fps_sig_json_end(&json, middle);
	fps_sig_json_end(&json, outer);
	outer = fps_sig_json_begin(&json, "half");
	inner = fps_sig_json_begin(&json, "inner");
	fps_sig_json_end(&json, inner);
	fps_sig_json_i64(&json, "b", 2);
	inner = fps_sig_json_begin(&json, "last");
	fps_sig_json_end(&json, inner);
	fps_sig_json_end(&json, outer);
	finish("{\"a\":1,\"half\":{\"b\":2}}");
}

/* A text's last byte is no bracket of ours. */
static void brackets_in_texts(void)
{
	size_t mark;

	start();
	mark = fps_sig_json_begin(&json, "object");
	fps_sig_json_text(&json, "a", "{");
	fps_sig_json_text(&json, "b", "[");
	fps_sig_json_end(&json, mark);
	finish("{\"object\":{\"a\":\"{\",\"b\":\"[\"}}");
}

static void arrays(void)
{
	size_t mark;

	start();
	fps_sig_json_begin_array(&json, "none");
	fps_sig_json_text(&json, NULL, NULL);
	fps_sig_json_end_array(&json);
	fps_sig_json_begin_array(&json, "texts");
	fps_sig_json_text(&json, NULL, "a");
	fps_sig_json_text(&json, NULL, "");
	fps_sig_json_text(&json, NULL, "b");
	fps_sig_json_end_array(&json);
	fps_sig_json_begin_array(&json, "objects");
	for (int64_t i = 0; i < 4; i++) {
		mark = fps_sig_json_begin(&json, NULL);
		if (i % 2) {
			fps_sig_json_i64(&json, "i", i);
		}
		fps_sig_json_end(&json, mark);
	}
	fps_sig_json_end_array(&json);
	finish("{\"none\":[],\"texts\":[\"a\",\"b\"],\"objects\":[{\"i\":1},{\"i\":3}]}");
}

static void digits(void)
{
	static const struct {
		const char *digits, *expected;
	} cases[] = {
		{"0", "{}"},
		{"7", "{\"d\":7}"},
		{"8796", "{\"d\":8796}"},
		{"999999999999999", "{\"d\":999999999999999}"},
		{"", "{}"},
		{"9999999999999999", "{}"},
		{"00", "{}"},
		{"01", "{}"},
		{"-1", "{}"},
		{"+1", "{}"},
		{" 1", "{}"},
		{"1 ", "{}"},
		{"1.5", "{}"},
		{"1e3", "{}"},
		{"0x1", "{}"},
		{"1\n", "{}"},
		{"$pid", "{}"},
		{"\xd9\xa1", "{}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].digits);
		start();
		fps_sig_json_digits(&json, "d", cases[i].digits);
		finish(cases[i].expected);
	}
}

/* Cut before escaping; half a character is not valid UTF-8 and becomes U+FFFD, byte by byte. */
static void max_text(void)
{
#define BAD "\xef\xbf\xbd"
	static const struct {
		size_t max;
		const char *expected;
	} cases[] = {
		{0, "{\"t\":\"\"}"},
		{1, "{\"t\":\"a\"}"},
		{2, "{\"t\":\"a" BAD "\"}"},
		{3, "{\"t\":\"a" BAD BAD "\"}"},
		{4, "{\"t\":\"a\u20ac\"}"},
		{5, "{\"t\":\"a\u20ac\\\"\"}"},
		{6, "{\"t\":\"a\u20ac\\\"" BAD "\"}"},
		{9, "{\"t\":\"a\u20ac\\\"\U0001f600\"}"},
		{10, "{\"t\":\"a\u20ac\\\"\U0001f600\"}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		start();
		json.max_text = cases[i].max;
		fps_sig_json_text(&json, "t", "a\u20ac\"\U0001f600");
		finish(cases[i].expected);
	}
}

static void everything(struct fps_sig_json *to)
{
	size_t mark = fps_sig_json_begin(to, NULL), inner;

	fps_sig_json_text(to, "text", "\"\xff");
	inner = fps_sig_json_begin(to, "empty");
	fps_sig_json_end(to, inner);
	fps_sig_json_begin_array(to, "array");
	fps_sig_json_i64(to, NULL, -1);
	fps_sig_json_end_array(to);
	fps_sig_json_address(to, "address", 1);
	fps_sig_json_end(to, mark);
}

static void overflow_at_every_size(void)
{
	size_t whole;

	json = (struct fps_sig_json) {.max_text = 100};
	fps_sig_buf_init(&json.out, bytes, sizeof bytes);
	everything(&json);
	whole = json.out.len;
	for (size_t size = 0; size <= whole + 1; size++) {
		char *own = malloc(size);
		struct fps_sig_json small = {.max_text = 100};

		fps_sig_buf_init(&small.out, own, size);
		everything(&small);
		CHECK_INT(small.out.overflow, size < whole);
		CHECK(small.out.len <= size);
		free(own);
	}
}

UNIT_MAIN(TEST(members), TEST(what_is_not_known_is_left_out), TEST(empty_objects_are_taken_back),
	TEST(brackets_in_texts), TEST(arrays), TEST(digits), TEST(max_text), TEST(overflow_at_every_size))
