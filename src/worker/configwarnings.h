/*
 * Warnings about the configuration and the start. PHP's own warnings would be lost with its built-in defaults, and
 * otherwise do not reach FPM's log: `-t` would say only that the test was successful.
 */
#ifndef FPS_CONFIGWARNINGS_H
#define FPS_CONFIGWARNINGS_H

#include "blackbox.h"
#include "compat.h"

/*
 * One warning, without a newline. Where it goes:
 * - FPM starts: to standard error at once, and to FPM's log when FPM has opened that.
 * - In an FPM worker: to PHP's log, at the start of the next request (fps_configwarnings_pending()).
 * - Elsewhere, as on the command line: where display_startup_errors shows it, or nowhere. A cron job would send mail.
 */
void fps_configwarnings_add(const char *format, ...) ZEND_ATTRIBUTE_FORMAT(printf, 1, 2);

/* A worker's warnings: logs them, where the SAPI can log; or drops them, since another worker has logged the same. */
void fps_configwarnings_log(void);
extern char fps_configwarnings_waiting[] FPS_HIDDEN;

static zend_always_inline void fps_configwarnings_pending(void)
{
	if (UNEXPECTED(fps_configwarnings_waiting[0])) {
		fps_configwarnings_log();
	}
}

void fps_configwarnings_drop(void);

/*
 * The end of MINIT in FPM, when it has forked what it forks. From here on a fork is FPM's own, and its log is
 * open: what has been said is logged there.
 */
void fps_configwarnings_started(void);

/* MSHUTDOWN: FPM ends before it has forked, as `php-fpm -t` does. */
void fps_configwarnings_ending(void);

#endif
