/*
 * What a worker works by: the directives in force, and the way to the coroner.
 */
#ifndef FPS_WORKERCONFIG_H
#define FPS_WORKERCONFIG_H

#include "blackbox.h"
#include "coroner/channel.h"
#include "php.h"

struct fps_config {
	zend_long max_frames;
	zend_long handler_timeout; /* seconds */
	zend_long max_per_minute;  /* records that are no deaths */
	zend_long sample_interval; /* milliseconds, 0: no watcher */
	zend_long memory_warning;  /* percent, 0: none; of memory_limit */
	zend_long time_warning;    /* likewise, of max_execution_time and of request_timeout */
	zend_long request_timeout; /* seconds, 0: not known; the pool's request_terminate_timeout */
	bool peer_closed;
	bool lifecycle;
	bool last_words;
	bool standard_error;
	bool query_string;
	bool client_ip;
	bool fatal_errors;
	bool is_fpm;                                         /* else there is no nginx and no pool, and a signal is meant */
	char log[sizeof((struct fps_identity *) NULL)->log]; /* "", "stderr" or an absolute path */
	char php_ini_log[sizeof((struct fps_identity *) NULL)->log]; /* the same before any pool's values */
	struct fps_service service;                                  /* of directives; "": of FPM's environment */
	struct fps_channel channel; /* to the coroner; fpm and peer are -1 if there is none */
};

#endif
