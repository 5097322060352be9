/* Keeps events of the kernel and systemd. */
#include "explain/kernelsystemdevents.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/search.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 400, MAX_NAME = 200 };

/* "php" and "php8.2" are PHP's command line, which handles no request. */
static bool is_fpm(struct fps_span name)
{
	return fps_span_find(name, "fpm");
}

bool fps_kernelsystemdevents_add_kernel(struct fps_kernelsystemdevents *system, const struct fps_entry *entry)
{
	struct fps_kern_event event;
	bool is_death;

	if (!fps_kernellog_parse(entry->text, &event)) {
		return false;
	}
	is_death = event.kind == FPS_KERN_FAULT || event.kind == FPS_KERN_OOM_KILLED || event.kind == FPS_KERN_OOM_CHOSEN
		|| event.kind == FPS_KERN_OOM_GROUP;
	if (!is_death || (event.kind != FPS_KERN_OOM_GROUP && !is_fpm(event.process) && !is_fpm(event.cgroup))) {
		return false;
	}
	if (system->kernel_count == system->kernel_room) {
		system->kernel_room = system->kernel_room ? system->kernel_room * 2 : 16;
		system->kernel = fps_alloc_resize(system->kernel, system->kernel_room, sizeof(*system->kernel));
	}
	system->kernel[system->kernel_count++] = (struct fps_kernelsystemdevents_kernel) {
		.kind = event.kind,
		.time = fps_datetime_of_entry(event.time, entry->time),
		.pid = event.pid,
		.number = system->read++,
		.signal = event.signal,
		.is_memcg = event.is_memcg,
		.process = fps_alloc_copy(event.process, MAX_NAME),
		.cgroup = fps_alloc_copy(event.cgroup, MAX_NAME),
		.text = fps_alloc_copy(event.text, MAX_TEXT),
		.stream = entry->stream,
	};
	return true;
}

bool fps_kernelsystemdevents_add_unit(struct fps_kernelsystemdevents *system, const struct fps_entry *entry)
{
	struct fps_unit_event event;

	if (!fps_systemdlog_parse(entry->text, &event) || entry->time <= 0
		|| (!is_fpm(event.unit) && !fps_span_find(event.description, "FastCGI"))) {
		return false;
	}
	if (system->unit_count == system->unit_room) {
		system->unit_room = system->unit_room ? system->unit_room * 2 : 16;
		system->units = fps_alloc_resize(system->units, system->unit_room, sizeof(*system->units));
	}
	system->units[system->unit_count++] = (struct fps_kernelsystemdevents_unit) {
		.kind = event.kind,
		.time = (int64_t) entry->time,
		.number = system->read++,
		.signal = event.signal,
		.unit = fps_alloc_copy(event.unit.len ? event.unit : event.description, MAX_NAME),
		.result = fps_alloc_copy(event.result, MAX_NAME),
		.text = fps_alloc_copy(event.text, MAX_TEXT),
		.stream = entry->stream,
	};
	return true;
}

static int kernel_by_time(const void *a, const void *b)
{
	const struct fps_kernelsystemdevents_kernel *one = a, *other = b;
	int result = fps_search_order(one->time, other->time);

	return result ? result : fps_search_order((int64_t) one->number, (int64_t) other->number);
}

static int units_by_time(const void *a, const void *b)
{
	const struct fps_kernelsystemdevents_unit *one = a, *other = b;
	int result = fps_search_order(one->time, other->time);

	return result ? result : fps_search_order((int64_t) one->number, (int64_t) other->number);
}

void fps_kernelsystemdevents_sort(struct fps_kernelsystemdevents *system)
{
	if (system->kernel_count) {
		qsort(system->kernel, system->kernel_count, sizeof(*system->kernel), kernel_by_time);
	}
	if (system->unit_count) {
		qsort(system->units, system->unit_count, sizeof(*system->units), units_by_time);
	}
}

static void free_kernel(void *element)
{
	struct fps_kernelsystemdevents_kernel *event = element;

	free(event->process);
	free(event->cgroup);
	free(event->text);
}

static void free_unit(void *element)
{
	struct fps_kernelsystemdevents_unit *event = element;

	free(event->unit);
	free(event->result);
	free(event->text);
}

void fps_kernelsystemdevents_forget(struct fps_kernelsystemdevents *system, size_t most)
{
	system->kernel_count =
		fps_alloc_keep_last(system->kernel, system->kernel_count, sizeof *system->kernel, most, free_kernel);
	system->unit_count = fps_alloc_keep_last(system->units, system->unit_count, sizeof *system->units, most, free_unit);
}

void fps_kernelsystemdevents_free(struct fps_kernelsystemdevents *system)
{
	fps_kernelsystemdevents_forget(system, 0);
	free(system->kernel);
	free(system->units);
	*system = (struct fps_kernelsystemdevents) {0};
}
