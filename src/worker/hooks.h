/*
 * The engine's hooks: they keep a worker's slot up to date, with no system call and no allocation
 * once it has been claimed at the worker's first request.
 */
#ifndef FPS_HOOKS_H
#define FPS_HOOKS_H

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
	bool is_fpm; /* else no nginx, no pools, and whoever sends a signal means it */
	char log[sizeof((struct fps_identity *) NULL)->log];         /* "", "stderr" or an absolute path */
	char php_ini_log[sizeof((struct fps_identity *) NULL)->log]; /* the same before any pool's values */
	struct fps_service service;                                  /* of directives; "": of FPM's environment */
	struct fps_channel channel; /* to the coroner; fpm and peer are -1 if there is none */
};

/*
 * Installs the hooks, each in addition to what it found. In MINIT; the configuration is read at a worker's first
 * request, when that pool's values are set.
 */
void fps_hooks_install(struct fps_config *config);

int fps_hooks_request_startup(int type, int module); /* RINIT itself, called by the engine */
void fps_hooks_module_shutdown(void);                /* MSHUTDOWN */

/*
 * Whether this process has a slot, and is watched; and that slot, NULL on another thread than the one that it
 * describes.
 */
bool fps_hooks_is_watched(void);
const struct fps_slot *fps_hooks_slot(void);

/* Sets, or with a value of NULL takes away, an annotation of this request. False if that can't be done. */
bool fps_hooks_annotate(const zend_string *key, const zend_string *value);

#endif
