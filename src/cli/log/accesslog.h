/*
 * nginx's access log: what the client got. The formats are JSON with nginx's own names of variables ($pid, $connection,
 * $status, $upstream_status, $body_bytes_sent, $sent_http_content_length, one of $msec, $time_iso8601 and $time_local,
 * and one of $request_uri, $request and $uri), and `combined`.
 */
#ifndef FPS_ACCESSLOG_H
#define FPS_ACCESSLOG_H

#include "log/accessformat.h"

/* The spans are parts of the line. */
bool fps_accesslog_parse(struct fps_span line, struct fps_access *access);

/* The time in a line of JSON, which fps_accesslog_parse() leaves out; -1 if it has none. */
int64_t fps_accesslog_json_time(struct fps_span line);

/* Quickly finds whose line it may be: by the number of the connection or, without one, by client and time. */
bool fps_accesslog_identify(struct fps_span line, struct fps_access *access);

#endif
