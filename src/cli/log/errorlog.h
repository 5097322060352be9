/*
 * An entry of nginx's error log that reports a failed request. log/apachelog.h parses Apache's entries into the same
 * struct.
 */
#ifndef FPS_ERRORLOG_H
#define FPS_ERRORLOG_H

#include <time.h>

#include "base/span.h"

/* ngx_log.h's NGX_MAX_ERROR_STR, without the line end: longer entries are cut */
enum { FPS_ERRORLOG_MAX = 2047 };

enum fps_web_server { FPS_WEB_NGINX, FPS_WEB_APACHE };

enum fps_kind {
	FPS_KIND_RESET,          /* ECONNRESET, and EPIPE while sending */
	FPS_KIND_EOF,            /* "upstream prematurely closed connection" */
	FPS_KIND_INCOMPLETE,     /* FPM ended the answer itself, without a header or before its declared length: the worker
								lives */
	FPS_KIND_TIMEOUT,        /* the web server gave up waiting */
	FPS_KIND_LOST,           /* the network gave the connection up while a request ran: ETIMEDOUT, EHOSTUNREACH, … */
	FPS_KIND_CONNECT,        /* connect() failed, `error` says why */
	FPS_KIND_BIG_HEADER,     /* "upstream sent too big header" */
	FPS_KIND_INVALID_HEADER, /* "upstream sent invalid header" and the like; for Apache also headers that are too big */
	FPS_KIND_CLIENT_ABORT,   /* the client hung up first */
	FPS_KIND_STDERR,         /* a message from PHP, such as a fatal error or a dying worker's last words */
	/* Faults of the web server itself, in which FPM had no part; `error` says why, 0 if the message has no errno */
	FPS_KIND_TEMP_FILE,      /* nginx could not write its temporary file */
	FPS_KIND_CACHE_FILE,     /* nginx could not put the answer into its cache */
	FPS_KIND_NO_FILES,       /* no file descriptor was available: EMFILE, ENFILE */
	FPS_KIND_NO_CONNECTIONS, /* there are too few worker_connections */
	FPS_KIND_RESOLVE,        /* the name of FPM's host could not be resolved */
	FPS_KIND_OTHER           /* another failure of an upstream */
};

enum fps_upstream_phase {
	FPS_UPSTREAM_CONNECT,
	FPS_UPSTREAM_SEND,
	FPS_UPSTREAM_HEADER,
	FPS_UPSTREAM_BODY,
	FPS_UPSTREAM_UNKNOWN
};

struct fps_errorlog_entry {
	enum fps_web_server web;
	int64_t
		time; /* seconds since the epoch, in this process's time zone; -1: the entry has none (Apache through syslog) */
	int64_t pid, connection; /* Apache: the thread, 0 if it names none */
	enum fps_kind kind;
	enum fps_upstream_phase phase; /* UNKNOWN if Apache does not say whether the header had come */
	int error; /* errno in this system's numbers, whatever system wrote the log; 0 if none is given */
	struct fps_span message, client, server, method, uri, upstream,
		host;                   /* client: without the port that Apache adds */
	int64_t client_port;        /* Apache's; 0: unknown */
	struct fps_span request_id; /* Tengine's request_id, Apache's %L; empty: none */
	bool is_subrequest;         /* a subrequest of SSI, auth_request or mirror; the URI is that of the main request */
	bool is_cut;              /* nginx's limit of 2,048 bytes has cut the entry: parts of the context may be missing */
	bool doubtful;            /* the upstream is: a URL or a Referer contains text that looks like one */
	bool is_part;             /* Apache has another entry about the same failure */
	struct fps_span said;     /* for FPS_KIND_STDERR, PHP's message */
	struct fps_span event_id; /* named in last words */
};

enum fps_errorlog_kind {
	FPS_ERRORLOG_GARBAGE, /* not an entry of this log */
	FPS_ERRORLOG_OTHER,   /* an entry about something else, or one that another line of the same request repeats */
	FPS_ERRORLOG_FOREIGN, /* a failure of another upstream; only web, time, pid, message and upstream are set */
	FPS_ERRORLOG_FAILURE
};

/* The prefix of what nginx writes to standard error before it has opened its log. */
/* The text after the number of worker_connections when no connection is left, with a request or without. */
#define FPS_ERRORLOG_NO_CONNECTIONS " worker_connections are not enough"

#define FPS_ERRORLOG_START "nginx: ["

/* Whether an entry begins here. */
bool fps_errorlog_begins(const char *line, size_t len);

/*
 * Whether the entry is complete. It is not if it has opened a quotation (PHP's message) that nginx has not closed yet:
 * then the next line belongs to it, even if fps_errorlog_begins() is true for it.
 */
bool fps_errorlog_is_whole(struct fps_span entry);

/* The spans are parts of the entry. */
enum fps_errorlog_kind fps_errorlog_parse(struct fps_span entry, struct fps_errorlog_entry *line);

/*
 * For an entry that another parser has taken apart: sets kind, phase, error and the quoted message from message and
 * context.
 */
enum fps_errorlog_kind fps_errorlog_judge(struct fps_errorlog_entry *line, struct fps_span level);

/* The part of a request line, given without its method, that nginx passes as REQUEST_URI. */
struct fps_span fps_errorlog_target(struct fps_span request);

/* "2026/11/22 06:55:57" in seconds; -1 if it is not a time. */
int64_t fps_errorlog_time(const char *text, size_t len);

#endif
