/*
 * The exception that was thrown last, and the first arguments of the functions that were being called then.
 *
 * Whether nobody catches an exception is known when the frames are gone, and its trace has arguments only without
 * zend.exception_ignore_args. So each throw notes those of functions that fpmsentinel.calls lists.
 */
#ifndef FPS_PHPEXCEPTION_H
#define FPS_PHPEXCEPTION_H

#include "php.h"

/* Takes the engine's hook, in addition to who has it already. In MINIT. */
void fps_phpexception_watch(void);

/* It may have been freed since. */
const zend_object *fps_phpexception_last(void);

/*
 * Of the last throw: the argument of one of the `listed` frames of listed functions that the exception's trace has, the
 * index counted from the innermost. NULL if it is not known.
 */
const char *fps_phpexception_argument(
	uint32_t listed, uint32_t index, const zend_string *function, size_t *len, bool *is_changed);

/* Whether fpmsentinel.calls lists the function or, with a class, the method. */
bool fps_phpexception_is_listed(const zend_string *class_name, const zend_string *function);

#endif
