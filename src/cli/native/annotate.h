/*
 * Source lines for the native frames of a record.
 */
#ifndef FPS_ANNOTATE_H
#define FPS_ANNOTATE_H

struct json_object;

/*
 * Adds to each native frame of a record what debug information knows of it (`source`, and `symbol` where there is
 * none); the directory is as in addr2line.h.
 */
void fps_annotate(struct json_object *record, const char *directory);

#endif
