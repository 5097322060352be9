/*
 * Which of PHP's threads the slot describes: the first one that runs a request in this process. PHP-FPM and the command
 * line have only one, but in a ZTS build a server or an extension may run PHP in others as well (Apache's worker MPM,
 * FrankenPHP, parallel).
 */
#ifndef FPS_PHPTHREAD_H
#define FPS_PHPTHREAD_H

#include "php.h"

#include <stdatomic.h>
#include <stdbool.h>

#ifdef ZTS

/* The globals of that thread, NULL before there is one. */
extern void *_Atomic fps_phpthread_globals;

/*
 * True on that thread, which the first caller becomes. On any other false; and from the first such call on the process
 * is known to have several (fps_sig_engine_is_shared()).
 */
bool fps_phpthread_take(void);

/* Whether the calling thread is it. */
static zend_always_inline bool fps_phpthread_is_it(void)
{
	return EXPECTED(atomic_load_explicit(&fps_phpthread_globals, memory_order_relaxed) == tsrm_get_ls_cache());
}

#else

static zend_always_inline bool fps_phpthread_take(void)
{
	return true;
}

static zend_always_inline bool fps_phpthread_is_it(void)
{
	return true;
}

#endif

#endif
