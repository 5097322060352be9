/*
 * Finds something known in a text that begins with unknown words: an entry, or an envelope that leads to one.
 */
#ifndef FPS_UNKNOWNPREFIX_H
#define FPS_UNKNOWNPREFIX_H

#include "log/wrappedline.h"

/*
 * Where that begins after a few unknown words: an entry, a prefix followed by an entry, a JSON object. 0 if nothing
 * does.
 */
size_t fps_unknownprefix_find(struct fps_span text);

/* Whether the text contains an entry, with only prefixes and unknown words before it. */
bool fps_unknownprefix_has_entry(struct fps_span text);

/* The same of one of the lines of a text. */
bool fps_unknownprefix_has_entries(struct fps_span text);

/* Takes off what a truncated log begins with, and the prefix of FPM's messages through syslog. */
struct fps_span fps_unknownprefix_trim(struct fps_span text, const char *program);

/*
 * Takes names from unknown words: the last one is the container's; the one before it is the pod's if it looks like one,
 * as in stern's output.
 */
void fps_unknownprefix_name(struct fps_wrappedline *wrapped, struct fps_span prefix);

#endif
