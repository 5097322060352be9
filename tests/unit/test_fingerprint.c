/* fingerprint.c: one number for one defect. */
#include "slots.h"

#include "record/fingerprint.h"

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
	uint64_t hash = fps_sig_fingerprint(slot);

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
		{"a closure's line (8.4)", {"", "{closure:/srv/a.php:3}", "/srv/a.php", 3},
			{"", "{closure:/srv/a.php:17}", "/srv/a.php", 17}},
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
		{"closures of two files", {"", "{closure:/srv/a.php:3}", "/srv/a.php", 3},
			{"", "{closure:/srv/b.php:3}", "/srv/b.php", 3}},
		{"evals of two files", {"", "f", "/srv/a.php(3) : eval()'d code", 1},
			{"", "f", "/srv/b.php(3) : eval()'d code", 1}},
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
	{"", "", "", 0},
	{"", "strlen", "", 0},
	{"Cart", "total", "/srv/Cart.php", 3},
	{"Cart", "show", "/srv/Cart.php", 9},
	{"", "{closure}", "/srv/lib.php", 1},
	{"", "run", "/srv/lib.php", 2},
	{"", "main", "/srv/main.php", 3},
	{"", "{main}", "/srv/index.php", 3},
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
	uint64_t hash = fps_sig_fingerprint(slot);

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

/* A death with a PHP stack, a native one, a script and a pool. */
static struct fps_slot *whole(void)
{
	struct fps_slot *slot = slot_claimed();

	SET(slot->who.pool, "www");
	SET(slot->request.script, "/srv/a.php");
	slot->draft.cause = FPS_CAUSE_SEGFAULT;
	slot->draft.phase = FPS_PHASE_EXECUTE;
	slot->draft.died_ns = 100 * (uint64_t) SECOND_NS;
	slot_php(slot, "", "f", "/srv/a.php", 3);
	slot_module(slot, "/lib/helper.so", 0x7f0000000000, 0x9b);
	slot_native(slot, 0x7f0000001234, 0);
	return slot;
}

/* Whether the fingerprint of a slot is another one with each of these changes. */
struct depends {
	bool php, native, script, phase, pool;
};

static struct depends depends(void (*change)(struct fps_slot *))
{
	uint64_t hashes[6];

	for (int i = 0; i < 6; i++) {
		struct fps_slot *slot = whole();

		change(slot);
		switch (i) {
			case 1: slot->draft.arena[slot->draft.php_frame[0].function.at] = 'g'; break;
			case 2: slot->draft.native_frame[0].ip++; break;
			case 3: SET(slot->request.script, "/srv/b.php"); break;
			case 4: slot->draft.phase = FPS_PHASE_SHUTDOWN; break;
			case 5: SET(slot->who.pool, "shop"); break;
			default: break;
		}
		hashes[i] = fps_sig_fingerprint(slot);
		free(slot);
	}
	return (struct depends) {hashes[1] != hashes[0], hashes[2] != hashes[0], hashes[3] != hashes[0],
		hashes[4] != hashes[0], hashes[5] != hashes[0]};
}

static void nothing(struct fps_slot *slot)
{
	(void) slot;
}

static void in_another_thread(struct fps_slot *slot)
{
	slot->draft.thread = FPS_THREAD_OTHER;
}

static void without_native(struct fps_slot *slot)
{
	in_another_thread(slot);
	slot->draft.native_frames = 0;
}

static void by_sample(struct fps_slot *slot)
{
	slot->draft.sampled_ns = slot->draft.died_ns - SECOND_NS;
	slot->draft.native_frames = 0;
}

static void without_frames(struct fps_slot *slot)
{
	slot->draft.php_frames = slot->draft.native_frames = 0;
}

static void by_sigkill(struct fps_slot *slot)
{
	slot->draft.cause = FPS_CAUSE_KILLED;
}

static void what_it_is_made_of(void)
{
	static const struct {
		const char *name;
		void (*change)(struct fps_slot *);
		struct depends on;
	} cases[] = {
		{"PHP frames", nothing, {.php = true}},
		{"another thread", in_another_thread, {.native = true}},
		{"another thread without frames", without_native, {.script = true, .phase = true}},
		{"a sample", by_sample, {.script = true, .phase = true}},
		{"no frames", without_frames, {.script = true, .phase = true}},
		{"SIGKILL", by_sigkill, {.pool = true}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct depends on = depends(cases[i].change);

		UNIT_CASE(cases[i].name);
		CHECK(memcmp(&on, &cases[i].on, sizeof on) == 0);
	}
}

UNIT_MAIN(TEST(same_defect), TEST(different_defects), TEST(innermost_five), TEST(native), TEST(what_it_is_made_of))
