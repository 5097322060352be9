/* The record of a fatal error, which ends the request and not the worker. What the error was: fatal.h. */
#ifndef FPS_FATALRECORD_H
#define FPS_FATALRECORD_H

#include "worker/workerconfig.h"

/*
 * Records an error that PHP reports to its observers, if it is fatal and the first of its request.
 * More than config->max_per_minute in a minute are left out, and the next record says how many.
 * In the engine, on PHP's thread, even without a byte of memory left: allocates nothing.
 */
void fps_fatalrecord_write(struct fps_slot *slot, const struct fps_config *config, int type, zend_string *file,
	uint32_t line, zend_string *message);

#endif
