/* Stacks: the one that a handler runs on, which another extension may have installed, and the one that was in use. */
#ifndef FPS_SIG_STACKBOUNDS_H
#define FPS_SIG_STACKBOUNDS_H

#include <stddef.h>
#include <stdint.h>

/* Where a stack ends, which is its lowest address, and an address at its top: 0 where that is not known. */
struct fps_sig_stack {
	uintptr_t end, top;
};

/* Bytes left on the alternate stack in use; a lot where none is. AS-safe. */
size_t fps_sig_stackbounds_room(void);

#endif
