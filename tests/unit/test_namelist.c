/* namelist.c: lists of functions and of query parameters. */
#include "unit.h"

#include "sig/namelist.h"

static bool has(const char *class_name, const char *function)
{
	return fps_sig_namelist_has_call(class_name, strlen(class_name), function, strlen(function));
}

static void calls(void)
{
	CHECK(!has("", "do_action"));
	CHECK(fps_sig_namelist_set_calls(" do_action,apply_filters\t\n,, \\Shop\\Bus::Fire,\xc3\x84rger "));
	CHECK_INT(fps_sig_namelist_calls.count, 4);
	CHECK(has("", "do_action") && has("", "DO_Action") && has("", "apply_filters") && has("", "\xc3\x84rger"));
	CHECK(has("Shop\\Bus", "Fire") && has("shop\\bus", "FIRE"));
	CHECK(!has("", "Fire") && !has("Shop\\Bus", "do_action") && !has("Bus", "Fire") && !has("X", "do_action"));
	CHECK(!has("", "do_actio") && !has("", "do_actions") && !has("", "o_action") && !has("", "")
		&& !has("Shop\\Bus", ""));
	CHECK(fps_sig_namelist_set_calls(""));
	CHECK(!has("", "do_action"));
}

static void invalid_calls(void)
{
	static const char *const lists[] = {"a()", "a-b", "A->b", "A::", "::b", "A::b::c", "A:b", "A:", ":", "A::b\\c",
		"\\\\a", "A\\", "\\", "A\\\\b", "$a", "{closure}", "a,b;c", "A::b:", "A\\::b"};

	CHECK(fps_sig_namelist_set_calls("kept"));
	for (size_t i = 0; i < COUNT(lists); i++) {
		UNIT_CASE(lists[i]);
		CHECK(!fps_sig_namelist_set_calls(lists[i]));
		CHECK(has("", "kept"));
	}
}

static void parameters(void)
{
	CHECK(fps_sig_namelist_set_parameters("action, route\ta[b]"));
	CHECK(fps_sig_namelist_has_parameter("action", 6) && fps_sig_namelist_has_parameter("route", 5)
		&& fps_sig_namelist_has_parameter("a[b]", 4));
	CHECK(!fps_sig_namelist_has_parameter("Action", 6) && !fps_sig_namelist_has_parameter("actio", 5)
		&& !fps_sig_namelist_has_parameter("", 0));
	CHECK(!fps_sig_namelist_set_parameters("a=b") && !fps_sig_namelist_set_parameters("a&b")
		&& !fps_sig_namelist_set_parameters("a#") && !fps_sig_namelist_set_parameters("\xc3\x84")
		&& !fps_sig_namelist_set_parameters("a\x01"));
	CHECK(fps_sig_namelist_has_parameter("action", 6));
}

/* As many names, and as many bytes, as there is room for; none more. */
static void bounds(void)
{
	char list[FPS_SIG_NAMELIST_SIZE + 2], many[4 * (FPS_SIG_MAX_NAMES + 1) + 1] = "";

	memset(list, 'x', sizeof list);
	list[FPS_SIG_NAMELIST_SIZE] = '\0';
	CHECK(fps_sig_namelist_set_calls(list));
	CHECK(fps_sig_namelist_has_call("", 0, list, FPS_SIG_NAMELIST_SIZE)
		&& !fps_sig_namelist_has_call("", 0, list, FPS_SIG_NAMELIST_SIZE - 1));
	list[FPS_SIG_NAMELIST_SIZE] = 'x';
	list[FPS_SIG_NAMELIST_SIZE + 1] = '\0';
	CHECK(!fps_sig_namelist_set_calls(list));
	for (int i = 0; i <= FPS_SIG_MAX_NAMES; i++) {
		CHECK(fps_sig_namelist_set_calls(many));
		sprintf(many + strlen(many), "f%d,", i);
	}
	CHECK(!fps_sig_namelist_set_calls(many));
}

/* What a reader may find beside a change. */
static void torn_table(void)
{
	memset(&fps_sig_namelist_calls, 0xff, sizeof fps_sig_namelist_calls);
	CHECK(!has("", "do_action") && !has("A", "b"));
	for (size_t i = 0; i < FPS_SIG_MAX_NAMES; i++) {
		fps_sig_namelist_calls.name[i].len = 9;
	}
	CHECK(!has("", "do_action"));
}

UNIT_MAIN(TEST(calls), TEST(invalid_calls), TEST(parameters), TEST(bounds), TEST(torn_table))
