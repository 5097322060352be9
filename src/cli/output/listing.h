/*
 * Occurrences, a line each: as a table, or as JSON.
 */
#ifndef FPS_LISTING_H
#define FPS_LISTING_H

#include "base/terminal.h"
#include "explain/grouping.h"

/*
 * A table with a heading. On a terminal it is no wider than that: URLs and places are cut, and columns that do not fit
 * are left out; elsewhere all of everything is printed. Ids are cut to what tells them from those of all the records,
 * which have to be sorted.
 */
void fps_listing_text(FILE *out, const struct fps_occurrence *all, size_t count, const struct fps_recordindex *records);

/* An array, or with `by_line` an object on each line. */
void fps_listing_json(FILE *out, const struct fps_occurrence *all, size_t count, bool by_line);

#endif
