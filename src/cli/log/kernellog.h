/*
 * A line of the kernel's log, from dmesg, dmesg -T, journalctl -k, syslog or the audit log: what killed a process.
 *
 * Several lines may be about one death: oom-kill:, Killed process and oom_reaper: name the same pid. Pids are those of
 * the host: a worker in a container has another one inside.
 */
#ifndef FPS_KERNELLOG_H
#define FPS_KERNELLOG_H

#include "base/span.h"

enum fps_kern_kind {
	FPS_KERN_FAULT,       /* segfault, general protection, trap: `signal` says which */
	FPS_KERN_OOM_INVOKED, /* "php-fpm invoked oom-killer": the process that asked for memory, not the victim */
	FPS_KERN_OOM_CHOSEN,  /* "oom-kill:constraint=…": the victim, its cgroup, and the cgroup whose limit it was */
	FPS_KERN_OOM_KILLED,  /* "Out of memory: Killed process", "Memory cgroup out of memory: Killed process" */
	FPS_KERN_OOM_REAPED,  /* "oom_reaper: reaped process" */
	FPS_KERN_OOM_GROUP    /* "Tasks in … are going to be killed due to memory.oom.group set": all of `cgroup` */
};

struct fps_kern_event {
	enum fps_kern_kind kind;
	int64_t time;            /* seconds since the epoch; -1: the line has none of its own */
	double uptime;           /* "[12345.678901]"; negative: none */
	int64_t pid;             /* 0: none is named */
	int64_t uid;             /* -1: unknown */
	int64_t rss_kb;          /* anonymous, file and shared memory together; -1: unknown */
	int signal;              /* for FPS_KERN_FAULT; SIGKILL for OOM kills */
	bool is_memcg;           /* a cgroup's limit was reached, not the machine's memory */
	struct fps_span process; /* its name, 15 bytes at most: "php-fpm8.2", or a pool's title cut short */
	struct fps_span cgroup;  /* of the victim: task_memcg, or the group that is killed */
	struct fps_span limit;   /* oom_memcg: the cgroup whose limit was reached */
	struct fps_span module;  /* for FPS_KERN_FAULT: the file with the code, "libc.so.6" */
	struct fps_span text;    /* the message, without what precedes it */
};

/* Whether this may be a line that fps_kernellog_parse() knows; cheap. */
bool fps_kernellog_begins(const char *line, size_t len);

/* False if it is about something else. The spans are parts of the entry. */
bool fps_kernellog_parse(struct fps_span entry, struct fps_kern_event *event);

#endif
