/*
 * Skips JSON without parsing it, which takes a tenth of the time: only quotes and brackets are looked at.
 */
#ifndef FPS_JSONSKIP_H
#define FPS_JSONSKIP_H

#include "base/span.h"

/*
 * Takes the next object or array off the front, with what precedes it. False, and nothing is taken, if there is none
 * that ends.
 */
bool fps_jsonskip_next(struct fps_span *text, struct fps_span *taken);

/*
 * Finds the object in a member of that name, which is written `,"name":{`, and the text before and after it; both
 * together are the text without it. False if there is none that ends.
 */
bool fps_jsonskip_member(
	struct fps_span text, const char *name, struct fps_span *before, struct fps_span *object, struct fps_span *after);

/*
 * Takes the next member off the front of an object's content: its name as written, without quotes, and its value (a
 * string with quotes). False if there is none, or it is incomplete.
 */
bool fps_jsonskip_pair(struct fps_span *text, struct fps_span *name, struct fps_span *value);

#endif
