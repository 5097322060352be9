/*
 * What the machine has and allows: memory, the cgroup's limit, the kernel, FPM's processes, and FPM's unit in systemd.
 */
#ifndef FPS_MACHINE_H
#define FPS_MACHINE_H

#include "config/fpmmasters.h"
#include "config/settinglist.h"

struct fps_machine {
	int64_t memory, swap; /* bytes; memory 0: not known */
	int64_t group_limit;  /* bytes, 0: none */
	char *group_file;     /* where it stands, NULL: none */
	char *oom_group_file; /* a memory.oom.group that is 1, NULL: none */
	int64_t somaxconn;    /* 0: not known */
	int64_t cpus;
	int kernel;                     /* 615 for 6.15, 0: not known */
	struct fps_fpmmasters running;  /* the master of the configuration in question */
	bool cores;                     /* it has a limit for core dumps that is not 0 */
	bool coroner;                   /* beside it */
	bool sees_maps;                 /* whether `coroner` is known */
	bool connect_denied;            /* SELinux enforces, and httpd_can_network_connect is off */
	char *init;                     /* the name of process 1, NULL: not known, or not the master's parent */
	uint64_t init_signals;          /* which it catches, or blocks to wait for them: 1 << (signal - 1) */
	char *unit;                     /* "php8.2-fpm.service", NULL: not known to systemd, or no systemd */
	struct fps_settings properties; /* of the unit: systemdunit.h */
};

/* `root` is put before /proc and /sys: "" for this machine's. `fpm_conf` is the master's configuration file. */
void fps_machine_read(struct fps_machine *machine, const char *root, const char *fpm_conf);

void fps_machine_free(struct fps_machine *machine);

/* A property of the unit; "" if it is not known. */
const char *fps_machine_property(const struct fps_machine *machine, const char *name);

/* "1min 30s" in seconds, -1 for "infinity" and for anything else. */
int64_t fps_machine_span(const char *text);

#endif
