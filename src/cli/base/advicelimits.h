/*
 * What no advice goes beyond, in seconds.
 */
#ifndef FPS_ADVICELIMITS_H
#define FPS_ADVICELIMITS_H

enum {
	FPS_ADVICELIMITS_REQUEST = 3600, /* no limit of one request: nobody waits for an hour */
	FPS_ADVICELIMITS_RELOAD = 120    /* no longer process_control_timeout: a reload holds up all new requests */
};

#endif
