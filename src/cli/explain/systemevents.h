/*
 * The kernel's and systemd's events about deaths, kept from their logs.
 */
#ifndef FPS_SYSTEMEVENTS_H
#define FPS_SYSTEMEVENTS_H

#include "log/entry.h"
#include "log/kernellog.h"
#include "log/systemdlog.h"

struct fps_systemevents_kernel {
	enum fps_kern_kind kind;
	int64_t time;           /* -1: unknown */
	int64_t pid;            /* as the host has it */
	uint64_t number, taken; /* as of fps_fpm_event */
	int signal;
	bool is_memcg;
	char *process, *cgroup, *text;
	const struct fps_stream *stream;
};

struct fps_systemevents_unit {
	enum fps_unit_kind kind;
	int64_t time;
	uint64_t number;
	int signal;
	char *unit, *result, *text;
	const struct fps_stream *stream;
};

/* In the order of time, after fps_systemevents_sort(). */
struct fps_systemevents {
	struct fps_systemevents_kernel *kernel;
	struct fps_systemevents_unit *units;
	size_t kernel_count, kernel_room, unit_count, unit_room;
	uint64_t read;
};

/* Only what may be about PHP-FPM: its processes, its unit, or the death of a whole group. False if it is not. */
bool fps_systemevents_add_kernel(struct fps_systemevents *system, const struct fps_entry *entry);
bool fps_systemevents_add_unit(struct fps_systemevents *system, const struct fps_entry *entry);

void fps_systemevents_sort(struct fps_systemevents *system);

/* Drops all but that many of the newest of each. */
void fps_systemevents_forget(struct fps_systemevents *system, size_t most);

void fps_systemevents_free(struct fps_systemevents *system);

#endif
