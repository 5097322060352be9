/* options.c: rows as a parser, as help, as messages, and as what shells offer. */
#include "unit.h"

#include "base/datetime.h"
#include "base/options.h"

#include <stdlib.h>
#include <time.h>

struct parsed {
	bool all, quiet;
	const char *file, *other, *argument;
	int64_t count, since;
	unsigned format;
	struct fps_options_list only;
};

static const char *const formats[] = {"text", "json", NULL}, *const causes[] = {"abort", "killed", NULL};

static const struct fps_option rows[] = {
	{.help = "A heading"},
	{'a', "all", NULL, NULL, "everything", fps_options_flag, offsetof(struct parsed, all)},
	{'q', "quiet", NULL, NULL, "nothing", fps_options_flag, offsetof(struct parsed, quiet)},
	{'f', "file", "FILE", NULL, "some file", fps_options_text, offsetof(struct parsed, file)},
	{'F', "format", NULL, formats, "for whom", NULL, offsetof(struct parsed, format)},
	{'n', "count", "N", NULL, "how many", fps_options_number, offsetof(struct parsed, count)},
	{'s', "since", "TIME", NULL, "from when on", fps_options_time, offsetof(struct parsed, since)},
	{'o', "only", "CAUSE", causes, "these alone", fps_options_list, offsetof(struct parsed, only)},
	{.argument = "WORD", .set = fps_options_text, .offset = offsetof(struct parsed, argument)},
	FPS_OPTIONS_END,
};

static const struct fps_option without_arguments[] = {
	{'x', "an-option-of-a-long-name", "VALUE", NULL, "one", fps_options_text, 0},
	FPS_OPTIONS_END,
};

static const struct fps_option long_names[] = {
	{0, "pool", "POOL", NULL, "of which", fps_options_list, offsetof(struct parsed, only)},
	{0, "old", "POOL", NULL, NULL, fps_options_list, offsetof(struct parsed, only)},
	{.letter = '1', .argument = "ID", .set = fps_options_list, .offset = offsetof(struct parsed, only)},
	FPS_OPTIONS_END,
};

/* The arguments behind the program's name are words, separated by blanks; standard error is read. */
static enum fps_options_result parse(
	const struct fps_option *of, const char *words, struct parsed *parsed, char error[512])
{
	static char copy[256];
	char *argv[16] = {"program"};
	int argc = 1, kept = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	enum fps_options_result result;

	*parsed = (struct parsed) {.count = -1};
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		argv[argc++] = word;
	}
	dup2(fileno(file), STDERR_FILENO);
	result = fps_options_parse(of, argc, argv, parsed);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	error[fread(error, 1, 511, file)] = '\0';
	fclose(file);
	return result;
}

static bool is(const char *value, const char *expected)
{
	return value && strcmp(value, expected) == 0;
}

static void values(void)
{
	static const char *const same[] = {
		"-a --file=one two --format json -n 3",
		"-afone -F json --count=3 two",
		"two -a -f one --form=json --cou 3",
		"--al --fil one -Fjson -n3 -- two",
	};
	struct parsed parsed;
	char error[512];

	for (size_t i = 0; i < COUNT(same); i++) {
		UNIT_CASE(same[i]);
		CHECK_INT(parse(rows, same[i], &parsed, error), FPS_OPTIONS_PARSED);
		CHECK(parsed.all && !parsed.quiet && is(parsed.file, "one") && is(parsed.argument, "two"));
		CHECK_INT(parsed.format, 1);
		CHECK_INT(parsed.count, 3);
		CHECK_STR(error, strlen(error), "");
	}
	UNIT_CASE("");
	CHECK_INT(parse(rows, "-qa -- --all", &parsed, error), FPS_OPTIONS_PARSED);
	CHECK(parsed.all && parsed.quiet && is(parsed.argument, "--all"));
	CHECK_INT(parse(rows, "--since=@17 -o killed --only abort -o killed", &parsed, error), FPS_OPTIONS_PARSED);
	CHECK_INT(parsed.since, 17);
	CHECK(parsed.only.count == 3 && is(parsed.only.all[0], "killed") && is(parsed.only.all[1], "abort"));
	free(parsed.only.all);
	CHECK_INT(parse(rows, "--file= -", &parsed, error), FPS_OPTIONS_PARSED);
	CHECK(is(parsed.file, "") && is(parsed.argument, "-"));
	CHECK_INT(parse(rows, "", &parsed, error), FPS_OPTIONS_PARSED);
	CHECK_INT(parsed.count, -1);
}

static void help(void)
{
	static const char *const asked[] = {"-h", "--help", "--he", "-ah", "-a --help --nonsense", "word -h"};
	struct parsed parsed;
	char error[512];

	for (size_t i = 0; i < COUNT(asked); i++) {
		UNIT_CASE(asked[i]);
		CHECK_INT(parse(rows, asked[i], &parsed, error), FPS_OPTIONS_HELP);
		CHECK_STR(error, strlen(error), "");
	}
}

static void messages(void)
{
	static const struct {
		const char *words, *error;
	} wrong[] = {
		{"--nonsense", "unknown option: --nonsense"},
		{"-a --nonsense=x y", "unknown option: --nonsense"},
		{"y --\x1b[1m", "unknown option: --?[1m"},
		{"--fromat=text", "unknown option: --fromat (nearest: --format)"},
		{"--lal", "unknown option: --lal (nearest: --all)"},
		{"-x", "unknown option: -x"},
		{"-axq", "unknown option: -x"},
		{"-a\xc3", "unknown option: -?"},
		{"--f=x", "ambiguous option: --f (--file, --format)"},
		{"--f", "ambiguous option: --f (--file, --format)"},
		{"--file", "--file needs a value"},
		{"-aqf", "--file needs a value"},
		{"--all=yes", "--all takes no value"},
		{"--format=xml", "invalid value for --format: xml; use one of\n  text, json"},
		{"-F tex", "invalid value for --format: tex (nearest: text); use one of\n  text, json"},
		{"-o memory", "invalid value for --only: memory; use one of\n  abort, killed"},
		{"--since=never", "invalid value for --since: never; use " FPS_OPTIONS_TIMES},
		{"--count=-1", "invalid value for --count: -1; use a number"},
		{"--count=1x", "invalid value for --count: 1x; use a number"},
		{"--count=", "invalid value for --count: ; use a number"},
	};
	struct parsed parsed;
	char error[512], expected[512];

	for (size_t i = 0; i < COUNT(wrong); i++) {
		UNIT_CASE(wrong[i].words);
		CHECK_INT(parse(rows, wrong[i].words, &parsed, error), FPS_OPTIONS_WRONG);
		snprintf(expected, sizeof expected, "fpmsentinel: %s\n", wrong[i].error);
		CHECK_STR(error, strlen(error), expected);
		free(parsed.only.all);
	}
	UNIT_CASE("no arguments");
	CHECK_INT(parse(without_arguments, "-x y z", &parsed, error), FPS_OPTIONS_WRONG);
	CHECK_STR(error, strlen(error), "fpmsentinel: unexpected argument: z\n");
}

/* What a function prints; the caller frees it. */
#define PRINTED(call) \
	({ \
		char *text = NULL; \
		size_t size; \
		FILE *out = open_memstream(&text, &size); \
		call; \
		fclose(out); \
		text; \
	})

static void check_text(char *text, const char *expected)
{
	CHECK_STR(text, strlen(text), expected);
	free(text);
}

static void printed(void)
{
	const struct fps_style style = {.width = 40};

	check_text(PRINTED(fps_options_print(out, &style, rows)),
		"A heading\n"
		"  -a, --all               everything\n"
		"  -q, --quiet             nothing\n"
		"  -f, --file FILE         some file\n"
		"  -F, --format text|json  for whom\n"
		"  -n, --count N           how many\n"
		"  -s, --since TIME        from when on\n"
		"  -o, --only CAUSE        these alone\n"
		"  -h, --help              show this help\n");
	check_text(PRINTED(fps_options_print(out, &style, without_arguments)),
		"  -x, --an-option-of-a-long-name VALUE\n"
		"                          one\n"
		"  -h, --help              show this help\n");
}

static void completion(void)
{
	check_text(PRINTED(fps_options_complete(out, rows, "", "--f")), "--file\tsome file\n--format\tfor whom\n");
	check_text(PRINTED(fps_options_complete(out, rows, "--all", "--q")), "--quiet\tnothing\n");
	check_text(PRINTED(fps_options_complete(out, rows, "--format", "")), "text\t\njson\t\n");
	check_text(PRINTED(fps_options_complete(out, rows, "-o", "k")), "killed\t\n");
	check_text(PRINTED(fps_options_complete(out, rows, "-f", "-")), "");
	check_text(PRINTED(fps_options_complete(out, rows, "", "")), "");
	check_text(
		PRINTED(fps_options_complete(out, long_names, "--", "--")), "--pool\tof which\n--help\tshow this help\n");
	CHECK_STR(fps_options_complete(stdout, rows, "--file", "x"), 4, "FILE");
	CHECK_STR(fps_options_complete(stdout, long_names, "", "x"), 2, "ID");
	CHECK(fps_options_complete(stdout, rows, "--format", "x") == NULL);
}

/* Options without a letter, an old name, and arguments such as -1, in their order. */
static void only_names(void)
{
	struct parsed parsed;
	char error[512];

	CHECK_INT(parse(long_names, "-1 --pool a x --old=b -23 -- -4", &parsed, error), FPS_OPTIONS_PARSED);
	CHECK_INT(parsed.only.count, 6);
	for (size_t i = 0; i < parsed.only.count; i++) {
		static const char *const expected[] = {"a", "b", "-1", "x", "-23", "-4"};

		CHECK_STR(parsed.only.all[i], strlen(parsed.only.all[i]), expected[i]);
	}
	free(parsed.only.all);
	CHECK_INT(parse(long_names, "-1x", &parsed, error), FPS_OPTIONS_WRONG);
	CHECK_STR(error, strlen(error), "fpmsentinel: unknown option: -1\n");
	CHECK_INT(parse(long_names, "--polo=a", &parsed, error), FPS_OPTIONS_WRONG);
	CHECK_STR(error, strlen(error), "fpmsentinel: unknown option: --polo (nearest: --pool)\n");
	CHECK_INT(parse(rows, "-1", &parsed, error), FPS_OPTIONS_WRONG);
	check_text(PRINTED(fps_options_print(out, &(struct fps_style) {.width = 80}, long_names)),
		"      --pool POOL         of which\n"
		"  -h, --help              show this help\n");
}

static void times(void)
{
	static const struct {
		const char *text;
		int64_t time; /* -1: it is none */
	} times[] = {{"today", 1796083200}, {"yesterday", 1795996800}, {"1w", 1795478420}, {"-2h", 1796076020},
		{"2h", 1796076020}, {"06:55", 1796108100}, {"@5", 5}, {"-@5", -1}, {"1y", -1}, {"-", -1}, {"tomorrow", -1},
		{"2026-11-30", 1795996800}, {"2026-11-30Z", 1795996800}, {"2026-11-31", -1}, {"2026-02-29Z", -1}};
	static const struct {
		const char *text;
		int64_t end; /* of that period */
	} ends[] = {{"today", 1796169599}, {"yesterday", 1796083199}, {"2026-11-30", 1796083199},
		{"2026-11-30Z", 1796083199}, {"2026-11-30 00:00", 1795996800}, {"06:55", 1796108100}, {"2h", 1796076020},
		{"2026-11-31", -1}};
	const int64_t now = 1796083220; /* 2026-12-01 00:00:20 UTC */

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t time = -1;

		UNIT_CASE(times[i].text);
		CHECK_INT(fps_datetime_parse(times[i].text, now, &time), times[i].time != -1);
		CHECK_INT(times[i].time == -1 ? -1 : time, times[i].time);
	}
	for (size_t i = 0; i < COUNT(ends); i++) {
		int64_t time = -1;

		UNIT_CASE(ends[i].text);
		CHECK_INT(fps_datetime_parse_end(ends[i].text, now, &time), ends[i].end != -1);
		CHECK_INT(ends[i].end == -1 ? -1 : time, ends[i].end);
	}
}

UNIT_MAIN(TEST(values), TEST(help), TEST(messages), TEST(printed), TEST(completion), TEST(only_names), TEST(times))
