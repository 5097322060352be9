/*
 * Names of hooks and events: adds a record's `request.calls` to the frames they belong to.
 */
#ifndef FPS_FRAMEWORKHOOKS_H
#define FPS_FRAMEWORKHOOKS_H

#include <json-c/json.h>

/*
 * Adds a member `name` to frames of the PHP stack, from the record's `fpmsentinel`, which it modifies. Both are in the
 * order of the frames. Calls of one function are complete from the innermost one that has a name, or is followed by one
 * that has.
 */
void fps_frameworkhooks_attach(struct json_object *ours);

#endif
