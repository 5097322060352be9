/*
 * Times in envelopes, in seconds since the epoch.
 */
#ifndef FPS_TIMESTAMP_H
#define FPS_TIMESTAMP_H

#include "base/span.h"

/* These functions take a time off the front of a text. They return false, and take nothing, if there is none. */

/* 2026-05-12T10:00:00.123456789+02:00, with a blank in place of the T; without a zone it is local. */
bool fps_timestamp_take_iso(struct fps_span *text, double *when, bool *is_local);

/* "May 12 10:00:00", in the year that is nearest to `latest`, or to now if that is 0. */
bool fps_timestamp_take_syslog(struct fps_span *text, double latest, double *when);

/* "1778580000.123456" */
bool fps_timestamp_take_epoch(struct fps_span *text, double *when);

/* "10:00:00" without a date, whose value is not used. */
bool fps_timestamp_take_clock(struct fps_span *text);

/* The time that a whole text gives, in ISO form, or in seconds, milli-, micro- or nanoseconds; 0: it is not a time. */
double fps_timestamp_read(struct fps_span text, bool *is_local);

#endif
