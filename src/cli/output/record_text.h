/*
 * A record as text.
 */
#ifndef FPS_RECORD_TEXT_H
#define FPS_RECORD_TEXT_H

#include "log/recordindex.h"

#include <stdio.h>

struct json_object;

/* A record, as JSON and reduced, for a person. */
void fps_record_text(FILE *out, struct json_object *json, const struct fps_record *record);

/* Says that a record is a short one of a storm, and which record has its stacks; "" for another. */
void fps_record_text_storm(const struct fps_record *record, char *text, size_t size);

#endif
