/* Native frames that repeat. */
#include "sig/recursion.h"

#define LONGEST_CYCLE 16
/* What the innermost call was at does not repeat: the last of a chain, malloc() and whatever that calls. */
#define LARGEST_HEAD 16
/* All frames of the cycle must occur this often, or it is not one. */
#define REPEATED 3

static bool repeats(const struct fps_draft *draft, uint32_t from, uint32_t period)
{
	for (uint32_t i = from; i + period < draft->native_frames; i++) {
		if (draft->native_frame[i].ip != draft->native_frame[i + period].ip) {
			return false;
		}
	}
	return true;
}

static bool find_cycle(const struct fps_draft *draft, uint32_t *from, uint32_t *period)
{
	for (*from = 0; *from <= LARGEST_HEAD; ++*from) {
		for (*period = 1; *period <= LONGEST_CYCLE && *from + *period * REPEATED <= draft->native_frames; ++*period) {
			if (repeats(draft, *from, *period)) {
				return true;
			}
		}
	}
	return false;
}

void fps_sig_recursion_find(struct fps_draft *draft, const uint64_t stack_pointer[FPS_MAX_NATIVE_FRAMES], uint64_t top)
{
	uint32_t from, period;
	uint64_t begin, next;

	if (draft->native_frames > FPS_MAX_NATIVE_FRAMES || !find_cycle(draft, &from, &period)) {
		return;
	}
	begin = stack_pointer[from];
	next = stack_pointer[from + period];
	draft->recursion_from = from;
	draft->recursion_period = period;
	if (begin && next > begin && top > next) {
		draft->recursion_count = (top - begin) / (next - begin);
	}
}
