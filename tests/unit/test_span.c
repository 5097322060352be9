/* text.c: what reaches a terminal, and JSON; and that the tool and the extension agree about what is not seen. */
#include "unit.h"

#include "base/terminal.h"
#include "record/buf.h"

static char *printed(void (*print)(FILE *out, const char *text), const char *text)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);

	print(out, text);
	fclose(out);
	return bytes;
}

static const struct {
	const char *name, *text, *plain, *json;
} texts[] = {
	{"nothing", "", "", ""},
	{"characters", "a\u00e4\u20ac\U0001f600", "a\u00e4\u20ac\U0001f600", "a\u00e4\u20ac\U0001f600"},
	{"C0 and DEL", "\x01\x1b[2J\x7f", "??[2J?", "\\u0001\\u001b[2J\\u007f"},
	{"lines", "a\nb", "a?b", "a\nb"},
	{"C1",
		"\xc2\x9b"
		"2J",
		"?2J", "\\u009b2J"},
	{"C1 as a byte",
		"\x9b"
		"2J",
		"?2J",
		"\xef\xbf\xbd"
		"2J"},
	{"cut", "\xe2\x80", "??", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"overlong", "\xc0\x9b", "??", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"surrogate", "\xed\xa0\x80", "???", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"directions", "\u202etxt.php\u202c\u2066\u2069\u200e\u061c", "\\u202etxt.php\\u202c\\u2066\\u2069\\u200e\\u061c",
		"\\u202etxt.php\\u202c\\u2066\\u2069\\u200e\\u061c"},
	{"no width", "\u200b\u200d\u2060\ufeff\u00ad", "\\u200b\\u200d\\u2060\\ufeff\\u00ad",
		"\\u200b\\u200d\\u2060\\ufeff\\u00ad"},
	{"separators", "\u2028\u2029", "\\u2028\\u2029", "\\u2028\\u2029"},
	{"tags", "\U000e0041\U000e007f", "\\U000e0041\\U000e007f", "\\udb40\\udc41\\udb40\\udc7f"},
};

static void what_is_shown(void)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		UNIT_CASE(texts[i].name);
		char *plain = printed(fps_terminal_print, texts[i].text),
			 *json = printed(fps_terminal_print_json, texts[i].text);

		CHECK_STR(plain, strlen(plain), texts[i].plain);
		CHECK_STR(json, strlen(json), texts[i].json);
		free(plain);
		free(json);
	}
	UNIT_CASE("");
}

static void lines(void)
{
	char *text = printed(fps_terminal_print_lines, "a\x1b\n\n\tb\u202e\nc");

	CHECK_STR(text, strlen(text), "a?\n\n\tb\\u202e\nc\n");
	free(text);
}

static size_t encode(uint32_t point, char *bytes)
{
	size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; point >>= 6) {
		bytes[i] = (char) (0x80 | (point & 0x3f));
	}
	bytes[0] = (char) (len == 1 ? point : (0xf00U >> len & 0xff) | point);
	bytes[len] = '\0';
	return len;
}

/* src/record and src/cli escape each for itself, by one table. */
static void the_same_in_the_extension(void)
{
	char bytes[8], expected[64], *text, *json;
	size_t escaped = 0;

	for (uint32_t point = 1; point < 0x110000; point++) {
		struct fps_sig_buf buf;
		size_t len;

		if (point == 0xd800) {
			point = 0xe000;
		} else if (point == 0x10400) { /* between them nothing is like any of these */
			point = 0xdff00;
		} else if (point == 0xe0400) {
			point = 0x10ff00;
		}
		len = encode(point, bytes);
		text = printed(fps_terminal_print, bytes);
		fps_sig_buf_init(&buf, expected, sizeof expected);
		fps_sig_buf_plain(&buf, bytes, len);
		escaped += strcmp(text, bytes) != 0;
		bool same = strlen(text) == buf.len && memcmp(text, expected, buf.len) == 0;

		json = printed(fps_terminal_print_json, bytes);
		fps_sig_buf_init(&buf, expected, sizeof expected);
		fps_sig_buf_json(&buf, bytes, len);
		/* json-c has escaped these, and between its strings there are newlines */
		same = same
			&& (point == '"' || point == '\\' || point == '\n' || point == '\t'
				|| (strlen(json) == buf.len && memcmp(json, expected, buf.len) == 0));
		if (!CHECK(same)) {
			printf("  U+%04X: \"%s\", \"%s\"\n", point, text, json);
			return;
		}
		free(text);
		free(json);
	}
	CHECK_INT(escaped, 31 + 33 + 1 + 1 + 1 + 5 + 7 + 16 + 1 + 3 + 128);
}

UNIT_MAIN(TEST(what_is_shown), TEST(lines), TEST(the_same_in_the_extension))
