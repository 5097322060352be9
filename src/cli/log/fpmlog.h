/*
 * FPM's own log: what it tells of a worker or of itself, with the second and without the request.
 */
#ifndef FPS_FPMLOG_H
#define FPS_FPMLOG_H

#include "log/entry.h"

enum fps_fpm_kind {
	FPS_FPM_EXIT,      /* a child exited: signal or code */
	FPS_FPM_TIMEOUT,   /* request_terminate_timeout */
	FPS_FPM_RELOAD,
	FPS_FPM_STOP,
	FPS_FPM_FULL,      /* pm.max_children reached */
	FPS_FPM_SAID,      /* a child wrote that to standard error, and PHP did not */
	FPS_FPM_DISALLOWED, /* who connected is not among listen.allowed_clients */
	FPS_FPM_START
};

struct fps_fpm_event {
	int64_t time, pid;
	enum fps_fpm_kind kind;
	int code, signal; /* of FPS_FPM_EXIT; code -1: by signal */
	uint64_t number;  /* its place in the log */
	bool taken;       /* a record tells which request that was */
	char *text;
};

struct fps_fpm_log {
	struct fps_fpm_event *events; /* by time, after fps_fpmlog_sort() */
	size_t count, room;
	uint64_t read; /* events so far */
};

void fps_fpmlog_add(struct fps_fpm_log *log, const struct fps_entry *entry);
bool fps_fpmlog_parse(struct fps_span line, struct fps_fpm_event *event);
void fps_fpmlog_sort(struct fps_fpm_log *log);

/* Drops all but so many of the youngest; it has to be sorted. */
void fps_fpmlog_forget(struct fps_fpm_log *log, size_t most);

/* What became of that worker at that time is of a known request, and explains no other: fps_fpmlog_near() passes it over. */
void fps_fpmlog_give_away(struct fps_fpm_log *log, int64_t pid, int64_t time);

/* What a worker wrote to standard error in the seconds before its death; to be freed, NULL if nothing. */
char *fps_fpmlog_written(const struct fps_fpm_log *log, int64_t pid, int64_t time);

/* The events of a kind from `from` up to `to`; the nearest to `time` and how many there are. NULL if none. */
const struct fps_fpm_event *fps_fpmlog_near(const struct fps_fpm_log *log, enum fps_fpm_kind kind, int64_t time, int64_t before,
	int64_t after, size_t *count);
void fps_fpmlog_free(struct fps_fpm_log *log);

#endif
