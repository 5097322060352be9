/*
 * JSON passed over without being parsed, which takes a tenth of the time: only quotes and brackets are looked at.
 */
#ifndef FPS_JSONSKIP_H
#define FPS_JSONSKIP_H

#include "base/span.h"

/*
 * Takes the next object or array off the front, and what is before it. False, and nothing is taken, if there is none
 * that ends.
 */
bool fps_jsonskip_next(struct fps_span *text, struct fps_span *taken);

/*
 * The object that has a member of that name, which is to be written `,"name":{`, and what stands before that and after
 * it: put together, the text without it. False if there is none that ends.
 */
bool fps_jsonskip_member(
	struct fps_span text, const char *name, struct fps_span *before, struct fps_span *object, struct fps_span *after);

/*
 * Takes the next member off the front of an object's inside: its name as it is written, without its quotes, and its
 * value, a string with them. False if there is none, or none that is whole.
 */
bool fps_jsonskip_pair(struct fps_span *text, struct fps_span *name, struct fps_span *value);

#endif
