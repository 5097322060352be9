/*
 * Events of the kernel and systemd about deaths, kept as evidence from their logs.
 */
#ifndef FPS_KERNELSYSTEMDEVENTS_H
#define FPS_KERNELSYSTEMDEVENTS_H

#include "log/entry.h"
#include "log/kernellog.h"
#include "log/systemdlog.h"

struct fps_kernelsystemdevents_kernel {
	enum fps_kern_kind kind;
	int64_t time;           /* -1: unknown */
	int64_t pid;            /* as seen on the host */
	uint64_t number, taken; /* as in fps_fpm_event */
	int signal;
	bool is_memcg;
	char *process, *cgroup, *text;
	const struct fps_logorigin *stream;
};

struct fps_kernelsystemdevents_unit {
	enum fps_unit_kind kind;
	int64_t time;
	uint64_t number;
	int signal;
	char *unit, *result, *text;
	const struct fps_logorigin *stream;
};

/* Sorted by time after fps_kernelsystemdevents_sort(). */
struct fps_kernelsystemdevents {
	struct fps_kernelsystemdevents_kernel *kernel;
	struct fps_kernelsystemdevents_unit *units;
	size_t kernel_count, kernel_room, unit_count, unit_room;
	uint64_t read;
};

/*
 * Keeps events that may be about PHP-FPM: its processes, its unit, or the death of a whole group. False if it does not
 * keep the event.
 */
bool fps_kernelsystemdevents_add_kernel(struct fps_kernelsystemdevents *system, const struct fps_entry *entry);
bool fps_kernelsystemdevents_add_unit(struct fps_kernelsystemdevents *system, const struct fps_entry *entry);

void fps_kernelsystemdevents_sort(struct fps_kernelsystemdevents *system);

/* Drops all but that many of the newest of each. */
void fps_kernelsystemdevents_forget(struct fps_kernelsystemdevents *system, size_t most);

void fps_kernelsystemdevents_free(struct fps_kernelsystemdevents *system);

#endif
