/*
 * What is known within a text that begins with something else: an entry, or an envelope that leads to one.
 */
#ifndef FPS_UNKNOWNPREFIX_H
#define FPS_UNKNOWNPREFIX_H

#include "log/wrappedline.h"

/*
 * Where that begins behind a few unknown words: an entry, a prefix that an entry stands behind, an object of JSON. 0 if
 * nothing does.
 */
size_t fps_unknownprefix_find(struct fps_span text);

/* Whether an entry stands in the text, behind prefixes and unknown words at most. */
bool fps_unknownprefix_has_entry(struct fps_span text);

/* Takes off what a log that was cut begins with, and FPM's messages through syslog. */
struct fps_span fps_unknownprefix_trim(struct fps_span text, const char *program);

/*
 * The names in unknown words: the last one is the container's, one before it the pod's if it looks like one, as stern
 * writes them.
 */
void fps_unknownprefix_name(struct fps_wrappedline *wrapped, struct fps_span prefix);

#endif
