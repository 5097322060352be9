/*
 * A fatal error of PHP in a draft: cause, message, exception and stack. It needs only the engine, so it is compiled on
 * Windows as well (portable.c).
 */
#ifndef FPS_FATAL_H
#define FPS_FATAL_H

#include "blackbox.h"
#include "php.h"
#include "sig/phpstack.h"

/* Whether the request will end of an error of that type. */
bool fps_fatal_is(int type);

/*
 * Fills in the cause, the error and the PHP stack. False if the stack is not complete. In the engine, on
 * PHP's thread, even without a byte of memory left: allocates nothing.
 */
bool fps_fatal_fill(struct fps_draft *draft, const struct fps_sig_vm *vm, int type, const zend_string *file,
	uint32_t line, const zend_string *message);

#endif
