/*
 * PHP-FPM's own log: what it says about a worker or itself, to the second and, except for request_terminate_timeout,
 * without the request.
 */
#ifndef FPS_FPMLOG_H
#define FPS_FPMLOG_H

#include "log/entry.h"

enum fps_fpm_kind {
	FPS_FPM_EXIT,       /* a child exited: signal or code */
	FPS_FPM_TIMEOUT,    /* request_terminate_timeout */
	FPS_FPM_RELOAD,     /* a reload began */
	FPS_FPM_STOP,       /* a stop began */
	FPS_FPM_EXEC,       /* the master executes itself again: the reload has waited as long as it will */
	FPS_FPM_BYE,        /* the master exits */
	FPS_FPM_RUNNING,    /* the master is running; its workers do not exist yet */
	FPS_FPM_START,      /* ready to handle connections */
	FPS_FPM_FULL,       /* pm.max_children or process.max reached, or no other worker could be started */
	FPS_FPM_SLOW,       /* a request runs for longer than request_slowlog_timeout, by FPM's log or its slow log */
	FPS_FPM_EMERGENCY,  /* workers have crashed so often that the master reloads itself */
	FPS_FPM_SAID,       /* a child wrote that to standard error, and PHP did not */
	FPS_FPM_DISALLOWED, /* who connected is not among listen.allowed_clients */
	FPS_FPM_OTHER       /* of interest are only the pool or the socket that it names */
};

/* A line; the spans are parts of it. */
struct fps_fpm_line {
	int64_t time, pid; /* time -1: the line has none, as through syslog; pid 0: none */
	enum fps_fpm_kind kind;
	int code, signal; /* for FPS_FPM_EXIT; code -1: by signal */
	struct fps_span text, pool, socket;
	struct fps_span script, method, uri; /* of FPS_FPM_TIMEOUT and FPS_FPM_SLOW; the URI is SCRIPT_NAME */
};

struct fps_fpm_event {
	int64_t time, pid;
	enum fps_fpm_kind kind;
	int code, signal;
	uint64_t number;                    /* its position in the log */
	uint64_t taken;                     /* 1 + the number of the incident that it has explained; 0: none so far */
	size_t log;                         /* index into fps_fpm_log.logs */
	const char *pool;                   /* one of that log's names; NULL: none */
	char *text, *script, *method, *uri; /* the last three are NULL if not given */
};

/* The log of one FPM, including its rotated files. */
struct fps_fpm_one {
	char *name; /* the file's name without what rotation adds */
	const struct fps_logorigin *stream;
	char **pools, **sockets; /* the sockets or pools that it names */
	size_t pool_count, socket_count;
};

struct fps_fpm_log {
	struct fps_fpm_event *events; /* by time, after fps_fpmlog_sort() */
	size_t count, room;
	struct fps_fpm_one *logs;
	size_t log_count;
	uint64_t read; /* events so far */
};

void fps_fpmlog_add(struct fps_fpm_log *log, const struct fps_entry *entry);

/* An entry of the slow log: a slow request of a pool. */
void fps_fpmlog_add_slow(struct fps_fpm_log *log, const struct fps_entry *entry);

/* False if it is none of FPM's lines, or names nothing that matters. */
bool fps_fpmlog_parse(struct fps_span text, struct fps_fpm_line *line);

void fps_fpmlog_sort(struct fps_fpm_log *log);

/* Drops all but that many of the newest; call fps_fpmlog_sort() before. */
void fps_fpmlog_forget(struct fps_fpm_log *log, size_t most);

/* The number of the first event that is not before that time. */
size_t fps_fpmlog_since(const struct fps_fpm_log *log, int64_t time);

/* A worker. FPMs of several hosts or containers have workers of the same pid. */
struct fps_fpmlog_writer {
	size_t log; /* in fps_fpm_log.logs */
	int64_t pid;
	const char *pool; /* NULL: not known */
};

/* What a worker wrote to standard error around the time of its death; the caller frees it. NULL if nothing. */
char *fps_fpmlog_written(const struct fps_fpm_log *log, const struct fps_fpmlog_writer *writer, int64_t time);

void fps_fpmlog_free(struct fps_fpm_log *log);

#endif
