/* The memory that the workers may take, and that exists. */
#include "rules/memorybudget.h"

#include "base/units.h"

#include <string.h>

/* The memory that FPM may take in total, and where that is set. 0: not known. */
int64_t fps_memorybudget_room(const struct fps_doctor *doctor, struct fps_place *place)
{
	const struct fps_machine *machine = &doctor->server->machine;
	int64_t all = machine->memory + machine->swap, group = machine->group_limit, unit = 0;

	if (fps_units_size(fps_machine_property(machine, "MemoryMax"), &unit) && unit > 0 && unit < all
		&& (group == 0 || unit < group)) {
		*place = fps_settingplace_file(machine->unit, "MemoryMax=%s", fps_units_bytes(unit).text);
		all = unit;
	} else if (group > 0 && group < all) {
		*place = fps_settingplace_file(machine->group_file, "%s", fps_units_bytes(group).text);
		all = group;
	} else {
		*place = fps_settingplace_file("/proc/meminfo", "MemTotal %s, SwapTotal %s",
			fps_units_bytes(machine->memory).text, fps_units_bytes(machine->swap).text);
	}
	return machine->memory ? all : 0;
}

/* Saturates: a configuration may contain any number. */
static const int64_t most_memory = INT64_C(1) << 60;

static int64_t times(int64_t one, int64_t count)
{
	return one <= 0 || count <= 0 ? 0 : count > most_memory / one ? most_memory : one * count;
}

int64_t fps_memorybudget_opcache(const struct fps_doctor *doctor)
{
	const char *enable = fps_effective_ini(doctor->server, NULL, "opcache.enable");

	return strcmp(enable, "On") == 0 || strcmp(enable, "1") == 0
		? times(fps_effective_ini_number(doctor->server, NULL, "opcache.memory_consumption"), 1 << 20)
		: 0;
}

/*
 * The largest worker in a record of this pool. RSS includes the pages of opcache that the worker has touched. These
 * exist once for all workers, so they are subtracted, but never below PHP's own count.
 */
int64_t fps_memorybudget_observed(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t most = 0, shared = fps_memorybudget_opcache(doctor);

	for (size_t i = 0; i < doctor->records->count; i++) {
		const struct fps_record *record = &doctor->records->all[i];

		int64_t own = record->rss - shared > record->peak ? record->rss - shared : record->peak;

		if (record->pool && strcmp(record->pool, pool->name) == 0 && own > most) {
			most = own;
		}
	}
	return most;
}

/* The largest worker that memory_limit allows. */
int64_t fps_memorybudget_allowed(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t most = 0;

	for (size_t i = 0; i < doctor->server->user_count; i++) {
		int64_t limit = doctor->server->pairs[i].pool == pool
			? fps_effective_ini_number(doctor->server, &doctor->server->pairs[i], "memory_limit")
			: 0;

		most = limit > most ? limit : most;
	}
	return most;
}

/* The most workers that can exist: process.max covers all pools together. */
static int64_t workers(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t children = fps_fpmconf_number(pool, "pm.max_children"),
			most = fps_fpmconf_number(doctor->server->fpm.sections, "process.max");

	return most > 0 && most < children ? most : children;
}

/* What all pools take together with opcache, and the pool that takes the most; NULL if there is none. */
int64_t fps_memorybudget_sum(
	const struct fps_doctor *doctor, fps_memorybudget_size *size, const struct fps_section **most)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools);
	int64_t sum = fps_memorybudget_opcache(doctor), largest = -1, size_most = 0;

	*most = NULL;
	for (size_t i = 0; i < count; i++) {
		int64_t takes = times(size(doctor, &pools[i]), workers(doctor, &pools[i]));

		*most = takes > largest ? &pools[i] : *most;
		largest = takes > largest ? takes : largest;
		sum = sum + takes < most_memory ? sum + takes : most_memory;
		size_most = size(doctor, &pools[i]) > size_most ? size(doctor, &pools[i]) : size_most;
	}
	/* process.max also bounds all pools together */
	int64_t together = fps_memorybudget_opcache(doctor)
		+ times(size_most, fps_fpmconf_number(doctor->server->fpm.sections, "process.max"));

	return together > fps_memorybudget_opcache(doctor) && together < sum ? together : sum;
}

/*
 * How many workers of a pool fit beside the other pools into four fifths of the memory; the rest is for the system.
 * INT64_MAX: not known.
 */
int64_t fps_memorybudget_fitting(
	const struct fps_doctor *doctor, fps_memorybudget_size *size, const struct fps_section *pool, int64_t has)
{
	const struct fps_section *most;
	int64_t one = size(doctor, pool),
			others = fps_memorybudget_sum(doctor, size, &most) - times(one, workers(doctor, pool));

	if (one <= 0 || has == 0) {
		return INT64_MAX;
	}
	return has / 5 * 4 > others + one ? (has / 5 * 4 - others) / one : 1;
}

int64_t fps_memorybudget_workers(const struct fps_doctor *doctor, fps_memorybudget_size *size, int64_t has)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools);
	int64_t one = 0, room = has / 5 * 4 - fps_memorybudget_opcache(doctor);

	for (size_t i = 0; i < count; i++) {
		one = size(doctor, &pools[i]) > one ? size(doctor, &pools[i]) : one;
	}
	return one > 0 && room > one ? room / one : 1;
}

int64_t fps_memorybudget_fits(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	fps_memorybudget_size *size =
		fps_memorybudget_observed(doctor, pool) > 0 ? fps_memorybudget_observed : fps_memorybudget_allowed;
	struct fps_place place = fps_settingplace_none();
	int64_t has = fps_memorybudget_room(doctor, &place);

	fps_settingplace_free(&place);
	return fps_memorybudget_fitting(doctor, size, pool, has);
}
