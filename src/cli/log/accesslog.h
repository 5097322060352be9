/*
 * nginx's access log: what the client got. The formats are JSON with nginx's own names of variables ($pid, $connection,
 * $status, $upstream_status, $body_bytes_sent, $sent_http_content_length, one of $msec, $time_iso8601 and $time_local,
 * and one of $request_uri, $request and $uri), and `combined`.
 */
#ifndef FPS_ACCESSLOG_H
#define FPS_ACCESSLOG_H

#include "log/linereader.h"

#define FPS_ACCESSLOG_UNKNOWN "no line of an access log, neither JSON nor combined"

struct fps_access {
	int64_t time;                   /* -1: not known */
	int64_t pid, connection;        /* -1: not known; join by client, request and time */
	int64_t status, sent, declared; /* declared -1: no Content-Length */
	struct fps_span client, method, uri, upstream_status;
	bool is_uri; /* uri may be $uri, which is decoded and has no query */
};

/* The spans are parts of the line. */
bool fps_accesslog_parse(struct fps_span line, struct fps_access *access);

/* Quickly finds whose line it may be: by the number of the connection or, without one, by client and time. */
bool fps_accesslog_identify(struct fps_span line, struct fps_access *access);

/* Requests that were passed to FPM or, if the log does not say, all requests. */
struct fps_requests {
	int64_t since, until; /* only those statuses; 0: no limit */
	uint64_t count;
	int64_t first, last; /* when; 0: the log does not say */
};

/* Whether that time is one of the log's, or it does not tell. */
bool fps_accesslog_covers(const struct fps_requests *requests, double time);

/* Adds the requests of a log. False if it can't be read. */
bool fps_accesslog_count(struct fps_requests *requests, const char *name);

#endif
