/*
 * The pattern of a URL's path: requests for the same page with other numbers and ids have the same one.
 */
#ifndef FPS_URLPATTERN_H
#define FPS_URLPATTERN_H

#include "base/span.h"

/* Short records of a storm have no more of a path, so no pattern is made of more. */
#define FPS_URLPATTERN_MAX 200

/*
 * "/order/17/lines" is "/order/:n/lines". Within a path, what separators enclose is replaced: numbers by ":n", dates by
 * ":date", UUIDs by ":uuid", hexadecimal ids of eight digits or more by ":hex", long words with digits by ":id". The
 * query is left out. A path that is longer than FPS_URLPATTERN_MAX, or that a record has `cut`, ends with the last
 * directory that is whole, and "...". The caller frees it.
 */
char *fps_urlpattern_of(struct fps_span path, bool cut);

#endif
