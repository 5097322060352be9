/*
 * What the kernel and systemd logged about deaths: events kept from their logs.
 */
#ifndef FPS_FACTS_H
#define FPS_FACTS_H

#include "log/entry.h"
#include "log/kernlog.h"
#include "log/unitlog.h"

struct fps_kernel_fact {
	enum fps_kern_kind kind;
	int64_t time;           /* -1: unknown */
	int64_t pid;            /* as the host has it */
	uint64_t number, taken; /* as of fps_fpm_event */
	int signal;
	bool is_memcg;
	char *process, *cgroup, *text;
	const struct fps_stream *stream;
};

struct fps_unit_fact {
	enum fps_unit_kind kind;
	int64_t time;
	uint64_t number;
	int signal;
	char *unit, *result, *text;
	const struct fps_stream *stream;
};

/* In the order of time, after fps_facts_sort(). */
struct fps_facts {
	struct fps_kernel_fact *kernel;
	struct fps_unit_fact *units;
	size_t kernel_count, kernel_room, unit_count, unit_room;
	uint64_t read;
};

/* Only what may be about PHP-FPM: its processes, its unit, or the death of a whole group. False if it is not. */
bool fps_facts_add_kernel(struct fps_facts *facts, const struct fps_entry *entry);
bool fps_facts_add_unit(struct fps_facts *facts, const struct fps_entry *entry);

void fps_facts_sort(struct fps_facts *facts);

/* Drops all but so many of the youngest of each. */
void fps_facts_forget(struct fps_facts *facts, size_t most);

void fps_facts_free(struct fps_facts *facts);

#endif
