/*
 * What no advice goes beyond, in seconds.
 */
#ifndef FPS_BOUNDS_H
#define FPS_BOUNDS_H

enum {
	FPS_BOUNDS_REQUEST = 3600, /* no limit of one request: nobody waits for an hour */
	FPS_BOUNDS_RELOAD = 120    /* no longer process_control_timeout: a reload holds up all new requests */
};

#endif
