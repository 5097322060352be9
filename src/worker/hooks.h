/*
 * The engine's hooks: they keep a worker's slot up to date, with no system call and no allocation
 * once it has been claimed at the worker's first request.
 */
#ifndef FPS_HOOKS_H
#define FPS_HOOKS_H

#include "php.h"
#include "worker/workerconfig.h"

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
