/* Rules: what the workers may take, and what there is. */
#include "rules/rules.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

/* The memory that FPM may take in all, and where that is said. 0: not known. */
static int64_t room(const struct fps_doctor *doctor, struct fps_place *place)
{
	const struct fps_machine *machine = &doctor->machine;
	int64_t all = machine->memory + machine->swap, unit = 0;
	char *property = fps_machine_property(machine, "MemoryMax"), text[24];

	if (property && fps_units_size(property, &unit) && unit > 0 && unit < all && (machine->group_limit == 0 || unit < machine->group_limit)) {
		fps_units_print(unit, text);
		*place = fps_place_file(machine->unit, "MemoryMax=%s", text);
		all = unit;
	} else if (machine->group_limit > 0 && machine->group_limit < all) {
		fps_units_print(machine->group_limit, text);
		*place = fps_place_file(machine->group_file, "%s", text);
		all = machine->group_limit;
	} else {
		char swap[24];

		fps_units_print(machine->memory, text);
		fps_units_print(machine->swap, swap);
		*place = fps_place_file("/proc/meminfo", "MemTotal %s, SwapTotal %s", text, swap);
	}
	free(property);
	return machine->memory ? all : 0;
}

/* As far as numbers go: a configuration may say anything. */
static const int64_t most_memory = INT64_C(1) << 60;

static int64_t times(int64_t one, int64_t count)
{
	return one <= 0 || count <= 0 ? 0 : count > most_memory / one ? most_memory : one * count;
}

static int64_t opcache(const struct fps_doctor *doctor)
{
	const char *enable = fps_doctor_ini(doctor, NULL, "opcache.enable");

	return strcmp(enable, "On") == 0 || strcmp(enable, "1") == 0 ? times(fps_doctor_ini_number(doctor, NULL, "opcache.memory_consumption"), 1 << 20) : 0;
}

/*
 * The largest worker that a record of this pool tells of. RSS has opcache's memory in it, as far as the worker has touched it: that is
 * there only once, so all of it is taken off, but for what PHP's own count says.
 */
static int64_t observed(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t most = 0, shared = opcache(doctor);

	for (size_t i = 0; i < doctor->records.count; i++) {
		const struct fps_told *told = &doctor->records.told[i];

		int64_t own = told->rss - shared > told->peak ? told->rss - shared : told->peak;

		if (told->pool && strcmp(told->pool, pool->name) == 0 && own > most) {
			most = own;
		}
	}
	return most;
}

/* The largest one that a page may have. */
static int64_t allowed(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t most = 0;

	for (size_t i = 0; i < doctor->user_count; i++) {
		int64_t limit = doctor->pairs[i].pool == pool ? fps_doctor_ini_number(doctor, &doctor->pairs[i], "memory_limit") : 0;

		most = limit > most ? limit : most;
	}
	return most;
}

/* As many workers as there can be: process.max is for all pools together. */
static int64_t workers(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t children = fps_fpmconf_number(pool, "pm.max_children"), most = fps_fpmconf_number(doctor->fpm.sections, "process.max");

	return most > 0 && most < children ? most : children;
}

typedef int64_t size_of(const struct fps_doctor *doctor, const struct fps_section *pool);

/* What all pools take with opcache, and the pool that takes the most of it, NULL if there is none. */
static int64_t sum_of(const struct fps_doctor *doctor, size_of *size, const struct fps_section **most)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);
	int64_t sum = opcache(doctor), largest = -1;

	*most = NULL;
	for (size_t i = 0; i < count; i++) {
		int64_t takes = times(size(doctor, &pools[i]), workers(doctor, &pools[i]));

		*most = takes > largest ? &pools[i] : *most;
		largest = takes > largest ? takes : largest;
		sum = sum + takes < most_memory ? sum + takes : most_memory;
	}
	return sum;
}

/* How many workers of a pool fit beside the other pools, into four fifths of what there is: the system wants some as well. INT64_MAX: not known. */
static int64_t fitting(const struct fps_doctor *doctor, size_of *size, const struct fps_section *pool, int64_t has)
{
	const struct fps_section *most;
	int64_t one = size(doctor, pool), others = sum_of(doctor, size, &most) - times(one, workers(doctor, pool));

	if (one <= 0 || has == 0) {
		return INT64_MAX;
	}
	return has / 5 * 4 > others + one ? (has / 5 * 4 - others) / one : 1;
}

int64_t fps_memory_fits(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	size_of *size = observed(doctor, pool) > 0 ? observed : allowed;
	struct fps_place place = fps_place_none();
	int64_t has = room(doctor, &place);

	fps_place_free(&place);
	return fitting(doctor, size, pool, has);
}

/* With pm = dynamic FPM refuses to start with more spare servers than there may be workers. */
static char *fewer(const struct fps_section *pool, long long children)
{
	long long start = fps_fpmconf_number(pool, "pm.start_servers"), least = fps_fpmconf_number(pool, "pm.min_spare_servers");

	if (strcmp(fps_fpmconf_value(pool, "pm"), "dynamic") != 0 || fps_fpmconf_number(pool, "pm.max_spare_servers") <= children) {
		return fps_text_format("pm.max_children = %lld", children);
	}
	return fps_text_format("pm.max_children = %lld\npm.start_servers = %lld\npm.min_spare_servers = %lld\npm.max_spare_servers = %lld", children,
		start < children ? start : children, least < children ? least : children, children);
}

/* Whether all workers of that size fit; if not it is told of the pool that takes the most. */
static void look(struct fps_doctor *doctor, const struct fps_rule *rule, size_of *size, const char *what)
{
	const struct fps_section *most;
	struct fps_place place = fps_place_none();
	int64_t sum = sum_of(doctor, size, &most), has = room(doctor, &place);
	char each[24], all[24];

	if (has == 0 || most == NULL || size(doctor, most) == 0 || sum <= has) {
		fps_place_free(&place);
		return;
	}
	fps_units_print(size(doctor, most), each);
	fps_units_print(sum, all);

	struct fps_place children = fps_place_setting(most, "pm.max_children");
	char *text = fps_text_format("%s; %s %s each, with all pools and opcache %s", children.text, what, each, all);
	char *fix = fewer(most, (long long) fitting(doctor, size, most, has));

	free(children.text);
	children.text = text;
	fps_doctor_found(doctor, rule, children, place, fps_doctor_in_section(doctor, most, "pm.max_children"), "%s", fix);
	free(fix);
}

void fps_rule_memory_sum(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	look(doctor, rule, allowed, "memory_limit");
}

void fps_rule_memory_observed(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	look(doctor, rule, observed, "memory of their own, by the records, up to");
}

void fps_rule_memory_unlimited(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->user_count; i++) {
		const struct fps_pair *user = &doctor->pairs[i];

		if (fps_doctor_ini_number(doctor, user, "memory_limit") < 0) {
			fps_doctor_found(doctor, rule, fps_place_ini(doctor, user, "memory_limit"), fps_place_none(), fps_doctor_in_ini(doctor, user, "memory_limit"), "%s = 256M",
				fps_doctor_ini_name(doctor, user, "memory_limit"));
		}
	}
}
