/* The kernel's and systemd's events. */
#include "explain/systemevents.h"

#include "base/alloc.h"
#include "base/datetime.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 400, MAX_NAME = 200 };

/* "php" and "php8.2" are PHP's command line: no request is in its hands. */
static bool is_fpm(struct fps_span name)
{
	return fps_span_find(name, "fpm");
}

bool fps_systemevents_add_kernel(struct fps_systemevents *facts, const struct fps_entry *entry)
{
	struct fps_kern_event event;
	bool is_death;

	if (!fps_kernlog_parse(entry->text, &event)) {
		return false;
	}
	is_death = event.kind == FPS_KERN_FAULT || event.kind == FPS_KERN_OOM_KILLED || event.kind == FPS_KERN_OOM_CHOSEN
		|| event.kind == FPS_KERN_OOM_GROUP;
	if (!is_death || (event.kind != FPS_KERN_OOM_GROUP && !is_fpm(event.process) && !is_fpm(event.cgroup))) {
		return false;
	}
	if (facts->kernel_count == facts->kernel_room) {
		facts->kernel_room = facts->kernel_room ? facts->kernel_room * 2 : 16;
		facts->kernel = fps_alloc_resize(facts->kernel, facts->kernel_room, sizeof(*facts->kernel));
	}
	facts->kernel[facts->kernel_count++] = (struct fps_systemevents_kernel) {
		.kind = event.kind,
		.time = fps_datetime_of_entry(event.time, entry->time),
		.pid = event.pid,
		.number = facts->read++,
		.signal = event.signal,
		.is_memcg = event.is_memcg,
		.process = fps_alloc_copy(event.process, MAX_NAME),
		.cgroup = fps_alloc_copy(event.cgroup, MAX_NAME),
		.text = fps_alloc_copy(event.text, MAX_TEXT),
		.stream = entry->stream,
	};
	return true;
}

bool fps_systemevents_add_unit(struct fps_systemevents *facts, const struct fps_entry *entry)
{
	struct fps_unit_event event;

	if (!fps_unitlog_parse(entry->text, &event) || entry->time <= 0
		|| (!is_fpm(event.unit) && !fps_span_find(event.description, "FastCGI"))) {
		return false;
	}
	if (facts->unit_count == facts->unit_room) {
		facts->unit_room = facts->unit_room ? facts->unit_room * 2 : 16;
		facts->units = fps_alloc_resize(facts->units, facts->unit_room, sizeof(*facts->units));
	}
	facts->units[facts->unit_count++] = (struct fps_systemevents_unit) {
		.kind = event.kind,
		.time = (int64_t) entry->time,
		.number = facts->read++,
		.signal = event.signal,
		.unit = fps_alloc_copy(event.unit.len ? event.unit : event.description, MAX_NAME),
		.result = fps_alloc_copy(event.result, MAX_NAME),
		.text = fps_alloc_copy(event.text, MAX_TEXT),
		.stream = entry->stream,
	};
	return true;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int kernel_by_time(const void *a, const void *b)
{
	const struct fps_systemevents_kernel *one = a, *other = b;
	int result = order(one->time, other->time);

	return result ? result : order((int64_t) one->number, (int64_t) other->number);
}

static int units_by_time(const void *a, const void *b)
{
	const struct fps_systemevents_unit *one = a, *other = b;
	int result = order(one->time, other->time);

	return result ? result : order((int64_t) one->number, (int64_t) other->number);
}

void fps_systemevents_sort(struct fps_systemevents *facts)
{
	if (facts->kernel_count) {
		qsort(facts->kernel, facts->kernel_count, sizeof(*facts->kernel), kernel_by_time);
	}
	if (facts->unit_count) {
		qsort(facts->units, facts->unit_count, sizeof(*facts->units), units_by_time);
	}
}

static void free_kernel(void *element)
{
	struct fps_systemevents_kernel *fact = element;

	free(fact->process);
	free(fact->cgroup);
	free(fact->text);
}

static void free_unit(void *element)
{
	struct fps_systemevents_unit *fact = element;

	free(fact->unit);
	free(fact->result);
	free(fact->text);
}

void fps_systemevents_forget(struct fps_systemevents *facts, size_t most)
{
	facts->kernel_count =
		fps_alloc_keep_last(facts->kernel, facts->kernel_count, sizeof *facts->kernel, most, free_kernel);
	facts->unit_count = fps_alloc_keep_last(facts->units, facts->unit_count, sizeof *facts->units, most, free_unit);
}

void fps_systemevents_free(struct fps_systemevents *facts)
{
	fps_systemevents_forget(facts, 0);
	free(facts->kernel);
	free(facts->units);
	*facts = (struct fps_systemevents) {0};
}
