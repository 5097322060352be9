/* defect.c, grouping.c, ranking.c and urlpattern.c: what groups, how it is named, and that order changes nothing. */
#include "unit.h"

#include "base/alloc.h"
#include "explain/defect.h"
#include "explain/urlpattern.h"

static void paths_have_patterns(void)
{
	static const struct {
		const char *path, *pattern;
	} paths[] = {
		{"", ""},
		{"/", "/"},
		{"/cart", "/cart"},
		{"/index.php?id=7", "/index.php"},
		{"/order/17/lines/3", "/order/:n/lines/:n"},
		{"/order-12345.html", "/order-:n.html"},
		{"/2026/11/30/title-of-it/", "/:n/:n/:n/title-of-it/"},
		{"/archive/2026-11-30", "/archive/:date"},
		{"/archive/2026-11-30-12", "/archive/:date-:n"},
		{"/archive/2026-11-3000", "/archive/:n-:n-:n"},
		{"/u/0192f0c1-a2b3-7c4d-85e6-f708192a3b4c/edit", "/u/:uuid/edit"},
		{"/u/0192F0C1-A2B3-7C4D-85E6-F708192A3B4C", "/u/:uuid"},
		{"/u/0192f0c1-a2b3-7c4d-85e6-f708192a3b4cd", "/u/:hex-a2b3-7c4d-85e6-:hex"},
		{"/commit/0f42f054f21e8e09", "/commit/:hex"},
		{"/app.3f2a9c1b.js", "/app.:hex.js"},
		{"/facade/deadbeef/decade", "/facade/deadbeef/decade"},
		{"/f00/v2/php8/3d", "/f00/v2/php8/3d"},
		{"/t/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/t/:id"},
		{"/wordpress-and-a-very-long-slug-without-numbers", "/wordpress-and-a-very-long-slug-without-numbers"},
		{"/caf%C3%A9/12%20a", "/caf%C3%A9/:n%20a"},
		{"/caf\xc3\xa9"
		 "1/2",
			"/caf\xc3\xa9"
			"1/:n"},
		{"/%", "/%"},
		{"/%2", "/%:n"},
		{"/a\xff\x01", "/a\xff\x01"},
	};

	for (size_t i = 0; i < COUNT(paths); i++) {
		char *pattern = fps_urlpattern_of(fps_span_of(paths[i].path), false);

		UNIT_CASE(paths[i].path);
		CHECK_STR(pattern, strlen(pattern), paths[i].pattern);
		free(pattern);
	}
}

static void paths_that_are_cut_end_with_a_directory(void)
{
	char path[2 * FPS_URLPATTERN_MAX + 1], *pattern;

	for (size_t i = 0; i < sizeof(path); i++) {
		path[i] = i % 2 ? '1' : '/';
	}
	pattern = fps_urlpattern_of((struct fps_span) {path, sizeof(path)}, false);
	CHECK_INT(strlen(pattern), FPS_URLPATTERN_MAX / 2 * 3 - strlen(":n") + strlen("..."));
	free(pattern);
	pattern = fps_urlpattern_of((struct fps_span) {path, FPS_URLPATTERN_MAX}, false);
	CHECK_INT(strlen(pattern), FPS_URLPATTERN_MAX / 2 * 3);
	free(pattern);
	pattern = fps_urlpattern_of(FPS_SPAN("/order/12/lo"), true);
	CHECK_STR(pattern, strlen(pattern), "/order/:n/...");
	free(pattern);
	pattern = fps_urlpattern_of(FPS_SPAN("/order/12/lo?x"), true);
	CHECK_STR(pattern, strlen(pattern), "/order/:n/lo");
	free(pattern);
	pattern = fps_urlpattern_of(FPS_SPAN("x"), true);
	CHECK_STR(pattern, strlen(pattern), "...");
	free(pattern);
}

/* --- grouping ----------------------------------------------------------------------------------------------------- */

enum { SECOND = 1795348800 };

/* Texts stay with the test. */
static struct fps_record record_of(unsigned number)
{
	static char *const causes[] = {"segfault", "memory_limit", "oom_kill"};
	static char *const fingerprints[] = {"0f42f054f21e8e09", "1b00000000000001", "1b00000000000002"};
	static char *const stacks[] = {"Package->run\t/srv/vendor/p/Package.php:7\nCart->pay\t/srv/shop/Cart.php:42",
		"sleep\t\nrun\t/srv/shop/run.php:3", NULL};
	static char *const pools[] = {"shop", "admin"}, *const versions[] = {"1.4.1", "1.4.2"};
	static char *const paths[] = {"/order/1", "/order/2", "/cart"};
	unsigned kind = number % 6 < 3 ? 0 : number % 6 < 5 ? 1 : 2;
	struct fps_record record = {
		.time = SECOND + number / 2,
		.action = kind == 1 ? FPS_ACTION_KILLED : FPS_ACTION_DEATH,
		.cause = causes[kind],
		.fingerprint = fingerprints[kind],
		.stack = stacks[kind],
		.pool = pools[number % 2],
		.path = paths[number % 3],
		.script = "/srv/shop/index.php",
		.hostname = "web1",
		.service = "shop",
		.service_version = versions[number % 2],
		.annotations = "route=pay\nuser=5",
		.message = "",
	};

	snprintf(record.id, sizeof(record.id), "%032x", number);
	return record;
}

/* All that a defect is shown with, for comparison. */
static void print(FILE *out, const struct fps_defects *defects)
{
	for (size_t i = 0; i < defects->count; i++) {
		const struct fps_defect *defect = &defects->all[i];

		fprintf(out, "%s %.0f %.0f %zu %zu %s %s\n", defect->name.text, defect->first, defect->last, defect->count,
			defect->deaths, defect->place, defect->record ? defect->record->id : "no record");
		for (size_t key = 0; key < FPS_BY_KEYS; key++) {
			for (size_t k = 0; k < defect->by[key].count; k++) {
				fprintf(out, "  %zu: %zu %s\n", key, defect->by[key].all[k].count, defect->by[key].all[k].value);
			}
		}
	}
}

static char *printed(const struct fps_record *records, const size_t *order, size_t count)
{
	struct fps_occurrence *occurrences = calloc(count, sizeof(*occurrences));
	struct fps_defects defects;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < count; i++) {
		occurrences[i] = fps_grouping_of_record(&records[order[i]], i);
	}
	defects = fps_defect_group(occurrences, count, NULL);
	print(out, &defects);
	fclose(out);
	fps_defect_free(&defects);
	free(occurrences);
	return text;
}

static void order_changes_nothing(void)
{
	enum { RECORDS = 60, ROUNDS = 50 };
	struct fps_record records[RECORDS];
	size_t order[RECORDS];
	char *expected, *text;

	for (unsigned i = 0; i < RECORDS; i++) {
		records[i] = record_of(i);
		order[i] = i;
	}
	expected = printed(records, order, RECORDS);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = RECORDS - 1; i > 0; i--) {
			size_t other = unit_random() % (i + 1), was = order[i];

			order[i] = order[other];
			order[other] = was;
		}
		text = printed(records, order, RECORDS);
		CHECK_STR(text, strlen(text), expected);
		free(text);
	}
	free(expected);
}

static void a_defect_says_what_it_is(void)
{
	struct fps_record records[6];
	struct fps_occurrence occurrences[COUNT(records)];
	struct fps_defects defects;
	const struct fps_defect *defect;

	for (unsigned i = 0; i < COUNT(records); i++) {
		records[i] = record_of(i);
		occurrences[i] = fps_grouping_of_record(&records[i], i);
	}
	defects = fps_defect_group(occurrences, COUNT(records), NULL);
	if (CHECK_INT(defects.count, 3)) {
		defect = &defects.all[0];
		CHECK_STR(defect->name.text, strlen(defect->name.text), "segfault-0f42f054");
		CHECK_INT(defect->count, 3);
		CHECK_INT(defect->deaths, 3);
		CHECK_INT(defect->first, SECOND);
		CHECK_INT(defect->last, SECOND + 1);
		CHECK_STR(defect->place, strlen(defect->place), "Cart->pay  /srv/shop/Cart.php:42");
		CHECK(defect->record == &records[2]);
		CHECK_STR(defect->advice->cause, strlen(defect->advice->cause), "segfault");
		CHECK_INT(defect->by[FPS_BY_POOL].count, 2);
		CHECK_INT(defect->by[FPS_BY_POOL].all[0].count, 2);
		CHECK_STR(defect->by[FPS_BY_URL].all[0].value, 9, "/order/:n");
		CHECK_STR(defect->by[FPS_BY_VERSION].all[0].value, 10, "shop 1.4.1");
		CHECK_INT(defect->by[FPS_BY_ANNOTATION].count, 2);
		CHECK_INT(defects.all[1].deaths, 0);
		CHECK_STR(defects.all[2].place, strlen(defects.all[2].place), "/srv/shop/index.php");
	}
	fps_defect_free(&defects);
}

static void names_are_words(void)
{
	static const struct {
		const char *cause, *name;
	} cases[] = {
		{"oom_kill", "oom_kill-00000001"},
		{"", "-00000001"},
		{"$(x) \x1b[1m\xff;'", "__x____1m___-00000001"},
		{"a_cause_that_is_longer_than_any_cause_is_and_is_cut", "a_cause_that_is_longer_than_any_cause_is-00000001"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_grouping_name name = fps_grouping_name_of(cases[i].cause, 1ULL << 32);

		UNIT_CASE(cases[i].name);
		CHECK_STR(name.text, strlen(name.text), cases[i].name);
	}
}

static void defects_are_found_by_prefix(void)
{
	static const struct {
		const char *prefix, *name;
		enum fps_defect_found found;
	} cases[] = {
		{"segfault-0f42f054", "segfault-0f42f054", FPS_DEFECT_FOUND},
		{"s", "segfault-0f42f054", FPS_DEFECT_FOUND},
		{"0f42", "segfault-0f42f054", FPS_DEFECT_FOUND},
		{"0f42f054f21e8e09", "segfault-0f42f054", FPS_DEFECT_FOUND},
		{"segfault-0f42f054f21e8e09", "segfault-0f42f054", FPS_DEFECT_FOUND},
		{"1b", NULL, FPS_DEFECT_AMBIGUOUS},
		{"1b000000", NULL, FPS_DEFECT_AMBIGUOUS},
		{"1b00000000000002", "oom_kill-1b000000", FPS_DEFECT_FOUND},
		{"oom_kill-1b000000", "oom_kill-1b000000", FPS_DEFECT_FOUND},
		{"segfault-0f42f055", NULL, FPS_DEFECT_NONE},
		{"", NULL, FPS_DEFECT_NONE},
	};
	struct fps_record records[6];
	struct fps_occurrence occurrences[COUNT(records)];
	struct fps_defects defects;
	const struct fps_defect *found;

	for (unsigned i = 0; i < COUNT(records); i++) {
		records[i] = record_of(i);
		occurrences[i] = fps_grouping_of_record(&records[i], i);
	}
	defects = fps_defect_group(occurrences, COUNT(records), NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].prefix);
		CHECK_INT(fps_defect_find(&defects, cases[i].prefix, &found), cases[i].found);
		CHECK(cases[i].name == NULL || (found && strcmp(found->name.text, cases[i].name) == 0));
	}
	fps_defect_free(&defects);
}

/* A full one is the example, however old; a short one leads to the one that it names. */
static void storms_have_the_full_record_as_their_example(void)
{
	struct fps_record first = record_of(0), brief = record_of(60);
	struct fps_record *by_id[] = {&first, &brief};
	struct fps_recordindex records = {.all = &first, .count = 2, .by_id = by_id, .by_time = by_id};
	struct fps_occurrence both[2], alone;
	struct fps_defects defects;

	snprintf(brief.first, sizeof(brief.first), "%s", first.id);
	brief.stack = NULL;
	both[0] = fps_grouping_of_record(&first, 0);
	both[1] = alone = fps_grouping_of_record(&brief, 1);
	defects = fps_defect_group(both, 2, &records);
	CHECK(defects.count == 1 && defects.all[0].example->number == 0 && defects.all[0].record == &first);
	fps_defect_free(&defects);
	defects = fps_defect_group(&alone, 1, &records);
	CHECK(defects.count == 1 && defects.all[0].example->number == 1 && defects.all[0].record == &first);
	fps_defect_free(&defects);
	defects = fps_defect_group(&alone, 1, NULL);
	CHECK(defects.count == 1 && defects.all[0].place == NULL && defects.all[0].record == NULL);
	fps_defect_free(&defects);
}

/* --- versions ----------------------------------------------------------------------------------------------------- */

/* The version that the defect is new since, of records of these versions, each a second after the other; '-': of
 * another defect. */
static char *new_since(const char *const *versions, size_t count)
{
	struct fps_recordindex records = {0};
	struct fps_occurrence last;
	struct fps_defects defects;
	char *result = NULL;

	for (unsigned i = 0; i < count; i++) {
		char *text =
			fps_alloc_format("{\"@timestamp\":\"2026-11-22T12:00:%02uZ\",\"event\":{\"dataset\":\"fpmsentinel\","
							 "\"id\":\"%032x\",\"action\":\"worker-death\",\"code\":\"segfault\"},\"service\":{%s},"
							 "\"fpmsentinel\":{\"fingerprint\":\"%016x\"}}",
				i, i, versions[i] + (*versions[i] == '-'), *versions[i] == '-');
		struct fps_record record;

		if (CHECK_INT(fps_record_parse(fps_span_of(text), &record), FPS_RECORD_READ)) {
			fps_recordindex_add(&records, &record);
		}
		free(text);
	}
	fps_recordindex_sort(&records);
	last = fps_grouping_of_record(records.by_time[count - 1], 0);
	defects = fps_defect_group(&last, 1, &records);
	result = defects.all[0].new_since ? strdup(defects.all[0].new_since) : NULL;
	fps_defect_free(&defects);
	fps_recordindex_free(&records);
	return result;
}

static void a_defect_is_new_since_a_version(void)
{
#define SHOP(version) "\"name\":\"shop\",\"version\":\"" version "\""
	static const struct {
		const char *name, *versions[4], *expected;
	} cases[] = {
		{"no version", {"", ""}, NULL},
		{"one version", {SHOP("1"), SHOP("1")}, NULL},
		{"came with the second", {"-" SHOP("1"), SHOP("2"), SHOP("2")}, "shop 2"},
		{"came with the second of three", {"-" SHOP("1"), SHOP("2"), SHOP("3")}, "shop 2"},
		{"was in the first", {SHOP("1"), SHOP("2"), SHOP("2")}, NULL},
		{"the first has it later", {"-" SHOP("1"), SHOP("2"), SHOP("1")}, NULL},
		{"without a version at first", {"-" SHOP("1"), "", SHOP("2")}, NULL},
		{"no name", {"-\"version\":\"a\"", "\"version\":\"b\""}, "b"},
		{"another service", {"-\"name\":\"blog\",\"version\":\"1\"", SHOP("2")}, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t count = 0;
		char *found;

		UNIT_CASE(cases[i].name);
		while (count < COUNT(cases[i].versions) && cases[i].versions[count]) {
			count++;
		}
		found = new_since(cases[i].versions, count);
		CHECK((found == NULL) == (cases[i].expected == NULL));
		if (found && cases[i].expected) {
			CHECK_STR(found, strlen(found), cases[i].expected);
		}
		free(found);
	}
}

/* --- incidents without a record ----------------------------------------------------------------------------------- */

static struct fps_incident incident_of(const char *said, const char *upstream, enum fps_php_kind php)
{
	return (struct fps_incident) {.message = "",
		.client = "",
		.method = "",
		.uri = "",
		.host = "",
		.php = php,
		.request_id = "",
		.said = (char *) said,
		.upstream = (char *) upstream};
}

static struct fps_occurrence occurrence_of(
	const struct fps_incident *incident, const struct fps_match *match, const char *cause)
{
	struct fps_verdict verdict = {.cause = cause};

	return fps_grouping_of_incident(&(struct fps_explained) {incident, match, &verdict}, 0);
}

static void incidents_without_a_record_have_a_place(void)
{
	static const struct {
		const char *cause, *said, *upstream, *place;
		enum fps_php_kind php;
	} cases[] = {
		{"fpm_down", "", "fastcgi://unix:/run/php/shop.sock:", "unix:/run/php/shop.sock", FPS_PHP_NONE},
		{"fpm_down", "", "fastcgi://127.0.0.1:9000", "127.0.0.1:9000", FPS_PHP_NONE},
		{"no_connections", "", "", NULL, FPS_PHP_NONE},
		{"memory_limit",
			"PHP message: PHP Fatal error:  Allowed memory size of 9 bytes exhausted in /srv/a.php on line 12",
			"fastcgi://127.0.0.1:9000", "/srv/a.php:12", FPS_PHP_MEMORY_LIMIT},
		{"uncaught_exception",
			"PHP message: PHP Fatal error:  Uncaught E: in /tmp/x no in /srv/b.php:7\nStack trace:\n#0 {main}\n  "
			"thrown "
			"in /srv/b.php on line 7",
			"", "/srv/b.php:7", FPS_PHP_EXCEPTION},
		{"uncaught_exception", "PHP message: PHP Fatal error:  Uncaught E: a\nb in /srv/c.php:7\nStack trace:\n", "up",
			"up", FPS_PHP_EXCEPTION},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_incident incident = incident_of(cases[i].said, cases[i].upstream, cases[i].php);
		struct fps_match match = {.time = SECOND};
		struct fps_occurrence one = occurrence_of(&incident, &match, cases[i].cause);
		char *place = fps_grouping_place(&one);

		UNIT_CASE(cases[i].said[0] ? cases[i].said : cases[i].upstream);
		CHECK((place == NULL) == (cases[i].place == NULL));
		if (place && cases[i].place) {
			CHECK_STR(place, strlen(place), cases[i].place);
		}
		free(place);
	}
}

/* Neither the line in a file nor the upstream of what names a file is a part of it. */
static void incidents_without_a_record_have_a_name(void)
{
	static const struct {
		const char *cause, *said, *upstream;
		bool same;
	} cases[] = {
		{"memory_limit", "PHP Fatal error:  Allowed memory size of 9 bytes exhausted in /a.php on line 12", "x", true},
		{"memory_limit", "PHP Fatal error:  Allowed memory size of 9 bytes exhausted in /a.php on line 13", "y", true},
		{"memory_limit", "PHP Fatal error:  Allowed memory size of 9 bytes exhausted in /b.php on line 12", "x", false},
		{"fatal_error", "PHP Fatal error:  Allowed memory size of 9 bytes exhausted in /a.php on line 12", "x", false},
	};
	uint64_t fingerprint = 0;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_incident incident = incident_of(cases[i].said, cases[i].upstream, FPS_PHP_MEMORY_LIMIT);
		struct fps_match match = {.time = SECOND};
		struct fps_occurrence one = occurrence_of(&incident, &match, cases[i].cause);

		UNIT_CASE(cases[i].said);
		fingerprint = i ? fingerprint : one.fingerprint;
		CHECK_INT(one.fingerprint == fingerprint, cases[i].same);
		CHECK(!one.is_death);
	}
}

UNIT_MAIN(TEST(paths_have_patterns), TEST(paths_that_are_cut_end_with_a_directory), TEST(order_changes_nothing),
	TEST(a_defect_says_what_it_is), TEST(names_are_words), TEST(defects_are_found_by_prefix),
	TEST(storms_have_the_full_record_as_their_example), TEST(a_defect_is_new_since_a_version),
	TEST(incidents_without_a_record_have_a_place), TEST(incidents_without_a_record_have_a_name))
