/*
 * PHP's messages to the web server: `PHP message: PHP Fatal error:  Uncaught …`. Several messages may follow each
 * other; quotes within one do not count.
 */
#ifndef FPS_PHPMESSAGE_H
#define FPS_PHPMESSAGE_H

#include "base/span.h"

enum fps_php_kind {
	FPS_PHP_NONE,              /* not a fatal error: warnings, notices, error_log() */
	FPS_PHP_FATAL,             /* any other fatal error */
	FPS_PHP_PARSE,             /* a file could not be parsed */
	FPS_PHP_EXCEPTION,         /* "Uncaught …" */
	FPS_PHP_MEMORY_LIMIT,      /* "Allowed memory size of …" */
	FPS_PHP_OUT_OF_MEMORY,     /* "Out of memory …": the system refused memory, memory_limit was not reached */
	FPS_PHP_MAX_EXECUTION_TIME /* "Maximum execution time of …" */
};

/* The first fatal error in a message: it has ended the request. `message` (may be NULL) is its text from "PHP " on. */
enum fps_php_kind fps_phpmessage_fatal(struct fps_span said, struct fps_span *message);

/*
 * The id at the end of last words: `fpmsentinel: segfault in … (record 0192…)` at the beginning of a line; empty: there
 * are none.
 */
struct fps_span fps_phpmessage_record(struct fps_span said);

#endif
