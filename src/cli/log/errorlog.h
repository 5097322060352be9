/*
 * One entry of nginx's error log, as far as it reports a failed request. Apache's entries are parsed into the same
 * struct by log/apachelog.h.
 */
#ifndef FPS_ERRORLOG_H
#define FPS_ERRORLOG_H

#include <time.h>

#include "base/span.h"

/* ngx_log.h's NGX_MAX_ERROR_STR, without the line's end: what is longer is cut. */
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
	FPS_KIND_INVALID_HEADER, /* "upstream sent invalid header" and the like; of Apache's too big ones as well */
	FPS_KIND_CLIENT_ABORT,   /* the client hung up first */
	FPS_KIND_STDERR,         /* what PHP said: of interest are its own fatal errors and a dying worker's last words */
	/* The web server's own faults, FPM had no part in them; `error` says why, 0 if the message gives no errno */
	FPS_KIND_TEMP_FILE,      /* nginx could not write its temporary file */
	FPS_KIND_CACHE_FILE,     /* nginx could not put the answer into its cache */
	FPS_KIND_NO_FILES,       /* no file descriptor was left: EMFILE, ENFILE */
	FPS_KIND_NO_CONNECTIONS, /* worker_connections are not enough */
	FPS_KIND_RESOLVE,        /* the name of FPM's host could not be resolved */
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
	enum fps_web_server web;
	int64_t
		time; /* seconds since the epoch, by this process's time zone; -1: the entry has none (Apache through syslog) */
	int64_t pid, connection; /* Apache: the thread, 0 if it names none */
	enum fps_kind kind;
	enum fps_upstream_phase phase; /* UNKNOWN where Apache does not say whether the header had come */
	int error; /* errno by this system's numbers, whatever system wrote the log; 0 if none is given */
	struct fps_span message, client, server, method, uri, upstream,
		host;                   /* client: without the port that Apache gives */
	int64_t client_port;        /* Apache's; 0: unknown */
	struct fps_span request_id; /* Tengine's request_id, Apache's %L; empty: none */
	bool is_subrequest;         /* of SSI, auth_request, mirror; the URI is the main request's */
	bool
		is_cut; /* nginx's limit of 2,048 bytes has cut the entry: what the context does not name may have been there */
	bool doubtful;            /* the upstream: an URL or a Referer has text that looks like one */
	bool is_part;             /* Apache has another entry for the same failure */
	struct fps_span said;     /* of FPS_KIND_STDERR, what PHP said */
	struct fps_span event_id; /* that last words name */
};

enum fps_errorlog_kind {
	FPS_ERRORLOG_GARBAGE, /* not an entry of this log */
	FPS_ERRORLOG_OTHER,   /* an entry about something else, or one that another line of the same request repeats */
	FPS_ERRORLOG_FOREIGN, /* a failure of an upstream that is not FastCGI; only web, time, pid, message, upstream are of
							 use */
	FPS_ERRORLOG_FAILURE
};

/* So begins what nginx writes to standard error before it has opened its log. */
/* What stands behind their number where a worker of nginx's has no connection left, with a request or without. */
#define FPS_ERRORLOG_NO_CONNECTIONS " worker_connections are not enough"

#define FPS_ERRORLOG_START "nginx: ["

/* Whether an entry begins here. */
bool fps_errorlog_begins(const char *line, size_t len);

/*
 * Whether nothing more can belong to an entry. One that is not whole has opened a quotation (what PHP said) that nginx
 * has not closed yet: the next line belongs to it, even if fps_errorlog_begins() is true of it.
 */
bool fps_errorlog_is_whole(struct fps_span entry);

/* The spans are parts of the entry. */
enum fps_errorlog_kind fps_errorlog_parse(struct fps_span entry, struct fps_errorlog_entry *line);

/* For an entry that another parser has taken apart: sets kind, phase, error and what was said, by message and context.
 */
enum fps_errorlog_kind fps_errorlog_judge(struct fps_errorlog_entry *line, struct fps_span level);

/* Of a request line without its method what nginx passes on as REQUEST_URI. */
struct fps_span fps_errorlog_target(struct fps_span request);

/* "2026/11/22 06:55:57" in seconds; -1 if it is none. */
int64_t fps_errorlog_time(const char *text, size_t len);

#endif
