/* fingerprint.c: one number for one defect. */
#include "slots.h"

#include "fingerprint.h"

struct frame {
	const char *class_name, *function, *file;
	uint32_t line;
};

/* The fingerprint of a segfault in these frames; a name may hold "\1", which stands for a NUL. */
static uint64_t of_frames(const struct frame *frames, size_t count, enum fps_cause cause, size_t arena_start)
{
	struct fps_slot *slot = slot_claimed();

	slot->draft.cause = (uint8_t) cause;
	slot->draft.arena_len = (uint32_t) arena_start;
	slot_native(slot, unit_random(), -1);
	for (size_t i = 0; i < count; i++) {
		slot_php(slot, frames[i].class_name, frames[i].function, frames[i].file, frames[i].line);
	}
	for (size_t i = 0; i < sizeof slot->draft.arena; i++) {
		slot->draft.arena[i] = slot->draft.arena[i] == '\1' ? '\0' : slot->draft.arena[i];
	}
	uint64_t hash = fps_sig_fingerprint(&slot->draft);

	free(slot);
	return hash;
}

static uint64_t of_frame(struct frame frame)
{
	return of_frames(&frame, 1, FPS_CAUSE_SEGFAULT, 0);
}

static void same_defect(void)
{
	static const struct {
		const char *name;
		struct frame a, b;
	} cases[] = {
		{"another line", {"Cart", "total", "/srv/Cart.php", 3}, {"Cart", "total", "/srv/Cart.php", 4}},
		{"a closure's line (8.4)", {"", "{closure:/srv/a.php:3}", "/srv/a.php", 3}, {"", "{closure:/srv/a.php:17}", "/srv/a.php", 17}},
		{"a closure in a method (8.4)", {"Cart", "{closure:Cart::total():3}", "/srv/a.php", 3},
			{"Cart", "{closure:Cart::total():17}", "/srv/a.php", 17}},
		{"eval's line", {"", "f", "/srv/a.php(3) : eval()'d code", 1}, {"", "f", "/srv/a.php(17) : eval()'d code", 1}},
		{"eval within eval", {"", "eval", "/srv/a.php(3) : eval()'d code(1) : eval()'d code", 1},
			{"", "eval", "/srv/a.php(17) : eval()'d code(2) : eval()'d code", 1}},
		{"an anonymous class's suffix", {"class@anonymous\1/srv/a.php:3$0", "f", "/srv/a.php", 3},
			{"class@anonymous\1/srv/a.php:17$1f", "f", "/srv/a.php", 17}},
		{"an anonymous child's suffix", {"Cart@anonymous\1/srv/a.php:3$0", "f", "/srv/a.php", 3},
			{"Cart@anonymous\1/srv/a.php:17$0", "f", "/srv/a.php", 17}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].name);
		CHECK(of_frame(cases[i].a) == of_frame(cases[i].b));
	}
}

static void different_defects(void)
{
	static const struct {
		const char *name;
		struct frame a, b;
	} cases[] = {
		{"function", {"Cart", "total", "/srv/a.php", 3}, {"Cart", "sum", "/srv/a.php", 3}},
		{"class", {"Cart", "total", "/srv/a.php", 3}, {"Order", "total", "/srv/a.php", 3}},
		{"method or function", {"Cart", "total", "/srv/a.php", 3}, {"", "total", "/srv/a.php", 3}},
		{"file", {"Cart", "total", "/srv/a.php", 3}, {"Cart", "total", "/srv/b.php", 3}},
		{"user or internal", {"", "f", "/srv/a.php", 3}, {"", "f", "", 0}},
		{"a name's end", {"ab", "c", "", 0}, {"a", "bc", "", 0}},
		{"function or file", {"", "a", "", 0}, {"", "", "a", 0}},
		{"closure or function", {"", "{closure:/srv/a.php:3}", "/srv/a.php", 3}, {"", "{main}", "/srv/a.php", 3}},
		{"closures of two files", {"", "{closure:/srv/a.php:3}", "/srv/a.php", 3}, {"", "{closure:/srv/b.php:3}", "/srv/b.php", 3}},
		{"evals of two files", {"", "f", "/srv/a.php(3) : eval()'d code", 1}, {"", "f", "/srv/b.php(3) : eval()'d code", 1}},
		{"anonymous children", {"Cart@anonymous\1/srv/a.php:3$0", "f", "/srv/a.php", 3},
			{"Order@anonymous\1/srv/a.php:3$0", "f", "/srv/a.php", 3}},
		{"brackets that are no eval", {"", "f", "/srv/a(1)/a.php", 1}, {"", "f", "/srv/a(2)/a.php", 1}},
		{"digits in a file's name", {"", "f", "/srv/a1.php", 1}, {"", "f", "/srv/a2.php", 1}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].name);
		CHECK(of_frame(cases[i].a) != of_frame(cases[i].b));
	}
}

static const struct frame stack[] = {
	{"", "", "", 0}, {"", "strlen", "", 0}, {"Cart", "total", "/srv/Cart.php", 3}, {"Cart", "show", "/srv/Cart.php", 9},
	{"", "{closure}", "/srv/lib.php", 1}, {"", "run", "/srv/lib.php", 2}, {"", "main", "/srv/main.php", 3}, {"", "{main}", "/srv/index.php", 3},
};

static void innermost_five(void)
{
	struct frame changed[COUNT(stack)];
	uint64_t whole = of_frames(stack, COUNT(stack), FPS_CAUSE_SEGFAULT, 0);

	UNIT_CASE("place in the arena");
	CHECK(of_frames(stack, COUNT(stack), FPS_CAUSE_SEGFAULT, 12345) == whole);
	UNIT_CASE("cause");
	CHECK(of_frames(stack, COUNT(stack), FPS_CAUSE_BUS_ERROR, 0) != whole);
	UNIT_CASE("without the frame that is none");
	CHECK(of_frames(stack + 1, COUNT(stack) - 1, FPS_CAUSE_SEGFAULT, 0) == whole);
	UNIT_CASE("outermost frames");
	CHECK(of_frames(stack, 6, FPS_CAUSE_SEGFAULT, 0) == whole);
	CHECK(of_frames(stack, 5, FPS_CAUSE_SEGFAULT, 0) != whole);
	UNIT_CASE("one frame differs");
	for (size_t i = 1; i < COUNT(stack); i++) {
		memcpy(changed, stack, sizeof changed);
		changed[i].function = "other";
		CHECK_INT(of_frames(changed, COUNT(stack), FPS_CAUSE_SEGFAULT, 0) == whole, i > 5);
	}
}

/* Two native frames in a library that the loader has put somewhere. */
static uint64_t of_native(uint64_t bias, uint64_t offset, uint8_t build_id, const char *path, enum fps_cause cause)
{
	struct fps_slot *slot = slot_claimed();

	slot->draft.cause = (uint8_t) cause;
	slot_module(slot, "/usr/sbin/php-fpm", bias + 0x10000000, 0x77);
	slot_module(slot, path, bias, build_id);
	slot_native(slot, bias + offset, 1);
	slot_native(slot, bias + 0x10000000 + 0x4242, 0);
	slot_native(slot, bias * 3, -1);
	uint64_t hash = fps_sig_fingerprint(&slot->draft);

	free(slot);
	return hash;
}

static void native(void)
{
	uint64_t hash = of_native(0x7f0000000000, 0x1234, 0x9b, "/lib/libc.so.6", FPS_CAUSE_SEGFAULT);

	UNIT_CASE("another address");
	CHECK(of_native(0x7faaaa000000, 0x1234, 0x9b, "/lib/libc.so.6", FPS_CAUSE_SEGFAULT) == hash);
	UNIT_CASE("another path");
	CHECK(of_native(0x7f0000000000, 0x1234, 0x9b, "/usr/lib/libc.so.6", FPS_CAUSE_SEGFAULT) == hash);
	UNIT_CASE("another offset");
	CHECK(of_native(0x7f0000000000, 0x1235, 0x9b, "/lib/libc.so.6", FPS_CAUSE_SEGFAULT) != hash);
	UNIT_CASE("another build");
	CHECK(of_native(0x7f0000000000, 0x1234, 0x9c, "/lib/libc.so.6", FPS_CAUSE_SEGFAULT) != hash);
	UNIT_CASE("another cause");
	CHECK(of_native(0x7f0000000000, 0x1234, 0x9b, "/lib/libc.so.6", FPS_CAUSE_ABORT) != hash);
}

UNIT_MAIN(TEST(same_defect), TEST(different_defects), TEST(innermost_five), TEST(native))
