/* Compares clocks: FPM's by the pids of records, otherwise by its workers' ends and the failures of those seconds. */
#include "explain/clockoffset.h"

#include "base/alloc.h"
#include "base/search.h"

#include <math.h>
#include <stdlib.h>

enum { QUARTER = 900, QUARTERS = 14 * 4, MAX_ENDS = 4096, NEAR = 3 };

bool fps_clockoffset_is_zone(double shift)
{
	double quarters = round(shift / QUARTER);

	return quarters != 0 && fabs(shift - quarters * QUARTER) <= NEAR;
}

static int by_pid(const void *a, const void *b)
{
	const struct fps_record *one = *(const struct fps_record *const *) a,
							*other = *(const struct fps_record *const *) b;

	return one->pid != other->pid ? (one->pid > other->pid) - (one->pid < other->pid)
								  : (one->time > other->time) - (one->time < other->time);
}

/* Records of deaths, by pid. */
struct deaths {
	const struct fps_record **all;
	size_t count;
};

static struct deaths deaths_of(const struct fps_recordindex *records)
{
	struct deaths deaths = {.all = fps_alloc(records->count, sizeof(*deaths.all))};

	for (size_t i = 0; i < records->count; i++) {
		if (records->all[i].action == FPS_ACTION_DEATH) {
			deaths.all[deaths.count++] = &records->all[i];
		}
	}
	qsort(deaths.all, deaths.count, sizeof(*deaths.all), by_pid);
	return deaths;
}

static bool is_end(const struct fps_fpm_event *event, size_t log)
{
	return event->log == log && event->kind == FPS_FPM_EXIT && event->code != 0;
}

/* The only death with that pid; NULL if there are none or several. */
static const struct fps_record *death_of(const struct deaths *deaths, int64_t pid)
{
	const struct fps_record key = {.pid = pid, .time = -1}, *first = &key;
	size_t low = 0, high = deaths->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_pid(&deaths->all[middle], &first) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low == deaths->count || deaths->all[low]->pid != pid
		|| (low + 1 < deaths->count && deaths->all[low + 1]->pid == pid)) {
		return NULL;
	}
	return deaths->all[low];
}

/* False if no record shows it. */
static bool by_records(const struct deaths *deaths, const struct fps_fpm_log *fpm, size_t log, double *ahead)
{
	double differences[MAX_ENDS];
	size_t count = 0, agree = 0;

	for (size_t i = 0; i < fpm->count && count < MAX_ENDS; i++) {
		const struct fps_record *death = is_end(&fpm->events[i], log) ? death_of(deaths, fpm->events[i].pid) : NULL;

		if (death) {
			differences[count++] = (double) fpm->events[i].time + 0.5 - death->time;
		}
	}
	if (count == 0) {
		return false;
	}
	qsort(differences, count, sizeof(double), fps_search_doubles);
	for (size_t i = 0; i < count; i++) {
		agree += fabs(differences[i] - differences[count / 2]) <= NEAR;
	}
	*ahead = differences[count / 2];
	return agree * 2 > count && (fabs(*ahead) < FPS_CLOCKOFFSET_SAME || fps_clockoffset_is_zone(*ahead));
}

static bool is_closed(const struct fps_incident *incident)
{
	return incident->kind == FPS_KIND_RESET || incident->kind == FPS_KIND_EOF;
}

/* Whether a connection was closed within a second of that time; incidents are sorted by time. */
static bool is_closed_at(const struct fps_incidents *incidents, int64_t time)
{
	size_t low = 0, high = incidents->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (incidents->all[middle].time < time - 1) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < incidents->count && incidents->all[low].time <= time + 1; low++) {
		if (is_closed(&incidents->all[low])) {
			return true;
		}
	}
	return false;
}

/* The number of workers' ends that match a failure if the log is that many quarters of an hour behind; `all` is the
 * number of ends. */
static size_t agreeing(
	const struct fps_incidents *incidents, const struct fps_fpm_log *fpm, size_t log, int quarters, size_t *all)
{
	size_t agree = 0;

	*all = 0;
	for (size_t i = 0; i < fpm->count && *all < MAX_ENDS; i++) {
		if (is_end(&fpm->events[i], log)) {
			++*all;
			agree += is_closed_at(incidents, fpm->events[i].time + (int64_t) quarters * QUARTER);
		}
	}
	return agree;
}

/*
 * Only whole quarters of an hour, by which time zones differ; a single pair is a guess, used only if there is nothing
 * else.
 */
static struct fps_fpm_clock by_failures(
	const struct fps_incidents *incidents, const struct fps_fpm_log *fpm, size_t log)
{
	struct fps_fpm_clock clock = {.shift = 0};
	size_t all, best = 0, others = 0;

	if (agreeing(incidents, fpm, log, 0, &all) > 0 || all == 0) {
		return clock;
	}
	for (int quarters = -QUARTERS; quarters <= QUARTERS; quarters++) {
		size_t agree = agreeing(incidents, fpm, log, quarters, &all);

		others = agree == best && agree ? others + 1 : agree > best ? 0 : others;
		if (agree > best) {
			best = agree;
			clock.shift = (double) quarters * QUARTER;
		}
	}
	if (others > 0 || best * 2 <= all || (best == 1 && all > 1)) {
		return (struct fps_fpm_clock) {.shift = 0};
	}
	clock.is_guess = best == 1;
	return clock;
}

struct fps_fpm_clock *fps_clockoffset_of_fpm(const struct fps_incidents *incidents,
	const struct fps_recordindex *records, const struct fps_fpm_log *fpm, double shift)
{
	struct fps_fpm_clock *clocks = fps_alloc(fpm->log_count, sizeof(*clocks));
	struct deaths deaths;
	double ahead;

	if (fpm->log_count == 0) {
		return clocks;
	}
	deaths = deaths_of(records);
	for (size_t i = 0; i < fpm->log_count; i++) {
		if (by_records(&deaths, fpm, i, &ahead)) {
			clocks[i].shift = fabs(shift - ahead) < FPS_CLOCKOFFSET_SAME ? 0 : round(shift - ahead);
		} else {
			clocks[i] = by_failures(incidents, fpm, i);
		}
	}
	free(deaths.all);
	return clocks;
}
