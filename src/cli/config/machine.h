/*
 * What the machine has, and its limits: memory, the cgroup's limit, the kernel, FPM's processes, and FPM's unit in
 * systemd.
 */
#ifndef FPS_MACHINE_H
#define FPS_MACHINE_H

#include "config/fpmmasters.h"
#include "config/settinglist.h"

struct fps_machine {
	int64_t memory, swap; /* bytes; memory 0: not known */
	int64_t group_limit;  /* bytes, 0: none */
	char *group_file;     /* the file with the limit, NULL: none */
	char *oom_group_file; /* a memory.oom.group file containing 1, NULL: none */
	int64_t somaxconn;    /* 0: not known */
	int64_t cpus;
	int kernel;                     /* 615 for 6.15, 0: not known */
	struct fps_fpmmasters running;  /* the master of the configuration in question */
	bool cores;                     /* its core dump limit is not 0 */
	bool coroner;                   /* a coroner runs beside it */
	bool sees_maps;                 /* whether `coroner` is known */
	bool connect_denied;            /* SELinux enforces, and httpd_can_network_connect is off */
	char *init;                     /* the name of process 1; NULL: not known, or it is not the master's parent */
	uint64_t init_signals;          /* signals that it catches, or blocks to wait for them: 1 << (signal - 1) */
	char *unit;                     /* "php8.2-fpm.service"; NULL: systemd does not know it, or there is no systemd */
	struct fps_settings properties; /* of the unit: systemdunit.h */
};

/* `root` is put before /proc and /sys; "" for this machine. `fpm_conf` is the master's configuration file. */
void fps_machine_read(struct fps_machine *machine, const char *root, const char *fpm_conf);

void fps_machine_free(struct fps_machine *machine);

/*
 * Whether it is a container that runs PHP-FPM alone: a container runtime's mark is in the file system below `root` (""
 * for this machine's), or FPM is process 1. One that runs systemd is a machine like any other.
 */
bool fps_machine_is_container(const struct fps_machine *machine, const char *root);

/* A property of the unit; "" if it is not known. */
const char *fps_machine_property(const struct fps_machine *machine, const char *name);

/* Converts "1min 30s" to seconds; -1 for "infinity" and anything else. */
int64_t fps_machine_span(const char *text);

#endif
