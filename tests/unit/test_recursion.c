/* The cycle in which native frames repeat. */
#include "unit.h"

#include "sig/recursion.h"

static struct fps_draft draft;
static uint64_t stack_pointer[FPS_MAX_NATIVE_FRAMES];

/* A letter is a return address; each frame takes 0x20 bytes. */
static void walk(const char *frames, uint64_t top)
{
	memset(&draft, 0, sizeof draft);
	for (size_t i = 0; frames[i]; i++) {
		draft.native_frame[i].ip = (uint64_t) (unsigned char) frames[i];
		stack_pointer[i] = 0x10000 + i * 0x20;
		draft.native_frames++;
	}
	fps_sig_recursion_find(&draft, stack_pointer, top);
}

#define FOUND(from, period, count) \
	(CHECK_INT(draft.recursion_from, (from)), CHECK_INT(draft.recursion_period, (period)), \
		CHECK_INT(draft.recursion_count, (count)))

static void periods(void)
{
	walk("aaaaaaaa", 0x10000 + 0x20 * 100);
	FOUND(0, 1, 100);
	walk("xyabababababab", 0x10000 + 0x20 * 102);
	FOUND(2, 2, 50);
	walk("xabcdabcdabcdab", 0);
	FOUND(1, 4, 0);
}

static void no_cycle(void)
{
	walk("abcdefghijkl", 0x20000);
	FOUND(0, 0, 0);
	walk("abab", 0x20000); /* too few */
	FOUND(0, 0, 0);
	walk("abababx", 0x20000); /* it ends: not what filled the stack */
	FOUND(0, 0, 0);
	walk("", 0x20000);
	FOUND(0, 0, 0);
}

/* What stack pointers say has to be possible. */
static void counts(void)
{
	walk("aaaaaaaa", 0x10010); /* the stack ends before the second frame */
	FOUND(0, 1, 0);
	draft.native_frames = FPS_MAX_NATIVE_FRAMES + 1;
	draft.recursion_period = 0;
	fps_sig_recursion_find(&draft, stack_pointer, UINT64_MAX);
	CHECK_INT(draft.recursion_period, 0);
}

UNIT_MAIN(TEST(periods), TEST(no_cycle), TEST(counts))
