/*
 * One entry of nginx's error log, as far as it tells of an upstream's failure.
 */
#ifndef FPS_ERRORLOG_H
#define FPS_ERRORLOG_H

#include <time.h>

#include "base/span.h"

enum fps_kind {
	FPS_KIND_RESET,          /* 104, and 32 while sending */
	FPS_KIND_EOF,            /* "upstream prematurely closed connection" */
	FPS_KIND_TIMEOUT,        /* 110 */
	FPS_KIND_CONNECT,        /* connect() failed, `error` says why */
	FPS_KIND_BIG_HEADER,     /* "upstream sent too big header" */
	FPS_KIND_INVALID_HEADER, /* "upstream sent invalid header" and its like */
	FPS_KIND_CLIENT_ABORT,   /* the client hung up first */
	FPS_KIND_STDERR,         /* what PHP said: of interest are its own fatal errors and a dying worker's last words */
	FPS_KIND_OTHER           /* some other failure of an upstream */
};

enum fps_upstream_phase {
	FPS_UPSTREAM_CONNECT,
	FPS_UPSTREAM_SEND,
	FPS_UPSTREAM_HEADER,
	FPS_UPSTREAM_BODY,
	FPS_UPSTREAM_UNKNOWN
};

struct fps_errorlog_entry {
	int64_t time; /* seconds since the epoch, by this process's time zone */
	int64_t pid, connection;
	enum fps_kind kind;
	enum fps_upstream_phase phase;
	int error; /* errno, 0 if none was told */
	struct fps_span message, client, server, method, uri, upstream, host;
	bool doubtful;            /* the upstream: an URL or a Referer has text that looks like one */
	struct fps_span said;     /* of FPS_KIND_STDERR, what PHP said */
	struct fps_span event_id; /* that last words name */
};

enum fps_errorlog_kind {
	FPS_ERRORLOG_GARBAGE, /* not an entry of nginx's */
	FPS_ERRORLOG_OTHER,   /* an entry about something else */
	FPS_ERRORLOG_FAILURE
};

/* Whether an entry begins here. */
bool fps_errorlog_begins(const char *line, size_t len);

/*
 * Whether nothing more can belong to an entry: of several lines are only those that hold what PHP said, before nginx's
 * own words.
 */
bool fps_errorlog_is_whole(struct fps_span entry);

/* The spans are parts of the entry. */
enum fps_errorlog_kind fps_errorlog_parse(struct fps_span entry, struct fps_errorlog_entry *line);

/* Of a request line without its method what nginx passes on as REQUEST_URI. */
struct fps_span fps_errorlog_target(struct fps_span request);

/* "2026/11/22 06:55:57" in seconds; -1 if it is none. */
int64_t fps_errorlog_time(const char *text, size_t len);

#endif
