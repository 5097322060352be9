/*
 * Source lines for the native frames of a record.
 */
#ifndef FPS_ANNOTATE_H
#define FPS_ANNOTATE_H

struct json_object;

/*
 * Adds to each native frame of a record what debug information has about it: `source`, and `symbol` if it has none. The
 * directory is as in addr2line.h.
 */
void fps_annotate(struct json_object *record, const char *directory);

#endif
