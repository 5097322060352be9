/*
 * JSON by json-c, which is strict enough and fast (Debian's other libraries take half as long again). The only file that
 * knows about its versions, 0.13 and later.
 */
#ifndef FPS_JSONC_H
#define FPS_JSONC_H

#include "base/span.h"

struct json_object;

/* A value in one piece or several; what follows it is ignored. NULL if it is not JSON, or not UTF-8. The caller releases it. */
struct json_object *fps_jsonc_parse(const struct fps_span *pieces, size_t count);

#endif
