#include "sig/stackbounds.h"

#include <signal.h>
#include <stdint.h>

#define NOT_ON_ALTERNATE ((size_t) 1 << 20)

size_t fps_sig_stackbounds_room(void)
{
	uintptr_t here = (uintptr_t) __builtin_frame_address(0);
	stack_t stack;

	if (sigaltstack(NULL, &stack) == -1 || !(stack.ss_flags & SS_ONSTACK)) {
		return NOT_ON_ALTERNATE;
	}
	return here - (uintptr_t) stack.ss_sp;
}
