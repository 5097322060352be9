/*
 * A message of systemd about a unit: that it stopped, reloaded, failed, or lost a process to the OOM killer. The time
 * is the journal's and precedes the message.
 */
#ifndef FPS_SYSTEMDLOG_H
#define FPS_SYSTEMDLOG_H

#include "base/span.h"

enum fps_unit_kind {
	FPS_UNIT_STARTING,
	FPS_UNIT_STARTED,
	FPS_UNIT_STOPPING,
	FPS_UNIT_STOPPED,
	FPS_UNIT_RELOADING,
	FPS_UNIT_RELOADED,
	FPS_UNIT_EXITED,    /* the main process: `signal`, or otherwise `code` */
	FPS_UNIT_KILLING,   /* systemd kills a process that did not end: `pid`, `process`, `signal` */
	FPS_UNIT_TIMED_OUT, /* a stop, reload or start took too long */
	FPS_UNIT_FAILED,    /* `result`: "oom-kill", "signal", "exit-code", "timeout", "core-dump", "watchdog" */
	FPS_UNIT_OOM_KILL,  /* a process of the unit was killed by the kernel's OOM killer */
	FPS_UNIT_OOMD_KILL, /* all processes of a cgroup were killed by systemd-oomd */
	FPS_UNIT_RESTARTING /* "Scheduled restart job" */
};

struct fps_unit_event {
	enum fps_unit_kind kind;
	int64_t pid;                 /* 0: none is named */
	int code;                    /* for FPS_UNIT_EXITED; -1: a signal ended it */
	int signal;                  /* 0: none */
	struct fps_span unit;        /* "php8.2-fpm.service"; empty: old versions of systemd give only the description */
	struct fps_span description; /* "The PHP 8.2 FastCGI Process Manager"; empty: not given */
	struct fps_span process, result;
	struct fps_span text; /* the message, without what precedes it */
};

/*
 * Whether this may be a line that fps_systemdlog_parse() knows; cheap. A message without prefix counts only if it names
 * a unit, since many programs log "Started …": so pass the line with its "systemd[1]: ", if it has one.
 */
bool fps_systemdlog_begins(const char *line, size_t len);

/* False if it is about something else. The spans are parts of the entry. */
bool fps_systemdlog_parse(struct fps_span entry, struct fps_unit_event *event);

#endif
