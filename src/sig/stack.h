/* The stack that a handler runs on, which may be somebody else's. */
#ifndef FPS_SIG_STACK_H
#define FPS_SIG_STACK_H

#include <stddef.h>

/* Bytes left on the alternate stack in use; a lot where none is. AS-safe. */
size_t fps_sig_stack_room(void);

#endif
