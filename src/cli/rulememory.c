/* Rules: what the workers may take, and what there is. */
#include "rules.h"
#include "units.h"

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

/* The largest worker that a record of this pool tells of. */
static int64_t observed(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t most = 0;

	for (size_t i = 0; i < doctor->records.count; i++) {
		const struct fps_told *told = &doctor->records.told[i];

		if (told->pool && strcmp(told->pool, pool->name) == 0 && told->rss > most) {
			most = told->rss;
		}
	}
	return most;
}

static int64_t allowed(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t limit = fps_doctor_ini_number(doctor, pool, "memory_limit");

	return limit > 0 ? limit : 0;
}

static int64_t opcache(const struct fps_doctor *doctor)
{
	const char *enable = fps_doctor_ini(doctor, NULL, "opcache.enable");

	return strcmp(enable, "On") == 0 || strcmp(enable, "1") == 0 ? fps_doctor_ini_number(doctor, NULL, "opcache.memory_consumption") << 20 : 0;
}

/* As many workers as there can be: process.max is for all pools together. */
static int64_t workers(const struct fps_doctor *doctor, const struct fps_section *pool)
{
	int64_t children = fps_fpmconf_number(pool, "pm.max_children"), most = fps_fpmconf_number(doctor->fpm.sections, "process.max");

	return most > 0 && most < children ? most : children;
}

/* Whether all workers of that size fit; if not it is told of the pool that takes the most. */
static void look(struct fps_doctor *doctor, const struct fps_rule *rule, int64_t (*size)(const struct fps_doctor *, const struct fps_section *),
	const char *what)
{
	const struct fps_section *pools, *most = NULL;
	size_t count = fps_doctor_pools(doctor, &pools);
	struct fps_place place = fps_place_none();
	int64_t sum = 0, has = room(doctor, &place), one, rest;
	char each[24], all[24];

	for (size_t i = 0; i < count; i++) {
		int64_t takes = size(doctor, &pools[i]) * workers(doctor, &pools[i]);

		most = most == NULL || takes > size(doctor, most) * workers(doctor, most) ? &pools[i] : most;
		sum += takes;
	}
	if (has == 0 || most == NULL || size(doctor, most) == 0 || sum + opcache(doctor) <= has) {
		fps_place_free(&place);
		return;
	}
	/* four fifths of what there is, less what the other pools take: the system wants some as well */
	one = size(doctor, most);
	rest = has / 5 * 4 - opcache(doctor) - (sum - one * workers(doctor, most));
	fps_units_print(one, each);
	fps_units_print(sum + opcache(doctor), all);

	struct fps_place children = fps_place_setting(most, "pm.max_children");
	char *text = fps_text_format("%s; %s %s each, with all pools and opcache %s", children.text, what, each, all);

	free(children.text);
	children.text = text;
	fps_doctor_found(doctor, rule, children, place, fps_doctor_in_section(doctor, most), "pm.max_children = %lld",
		(long long) (one > 0 && rest / one > 1 ? rest / one : 1));
}

void fps_rule_memory_sum(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	look(doctor, rule, allowed, "memory_limit");
}

void fps_rule_memory_observed(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	look(doctor, rule, observed, "RSS, by the records, up to");
}

void fps_rule_memory_unlimited(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);

	for (size_t i = 0; i < count; i++) {
		if (fps_doctor_ini_number(doctor, &pools[i], "memory_limit") < 0) {
			fps_doctor_found(doctor, rule, fps_place_ini(doctor, &pools[i], "memory_limit"), fps_place_none(), fps_doctor_in_section(doctor, &pools[i]),
				"php_admin_value[memory_limit] = 256M");
		}
	}
}
