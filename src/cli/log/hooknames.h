/*
 * The names of hooks and events: a record's `request.calls`, put to the frames they are of.
 */
#ifndef FPS_HOOKNAMES_H
#define FPS_HOOKNAMES_H

#include <json-c/json.h>

/*
 * Gives frames of the PHP stack a member `name`, from the record's `fpmsentinel`, which it changes. Both are in the
 * order of the frames; calls of one function are complete from the innermost that has a name, or is followed by one
 * that has.
 */
void fps_hooknames_attach(struct json_object *ours);

#endif
