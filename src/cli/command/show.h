/*
 * `fpmsentinel show`: one record, for a person.
 */
#ifndef FPS_SHOW_H
#define FPS_SHOW_H

#include "log/records.h"

#include <json-c/json.h>

/* The arguments begin with "show". Returns an exit status of trace.h. */
int fps_show_main(int argc, char **argv);

/*
 * Adds to each native frame of a record what debug information knows of it (`source`, and `symbol` where there is none);
 * the directory is as in debuginfo.h.
 */
void fps_show_add_source(struct json_object *record, const char *directory);

/* A record, as JSON and reduced, for a person. */
void fps_show_text(FILE *out, struct json_object *record, const struct fps_told *told);

/* A member of an object's, or of a member of it if `other` is not NULL; NULL if there is none. */
struct json_object *fps_show_member(struct json_object *object, const char *one, const char *other);

#endif
