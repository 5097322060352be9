/* Rules: memory that the workers may take, and memory that exists. */
#include "base/alloc.h"
#include "base/units.h"
#include "rules/memorybudget.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* With pm = dynamic FPM refuses to start if there are more spare servers than workers. */
static char *fewer(const struct fps_section *pool, long long children)
{
	long long start = fps_fpmconf_number(pool, "pm.start_servers"),
			  least = fps_fpmconf_number(pool, "pm.min_spare_servers");

	if (strcmp(fps_fpmconf_value(pool, "pm"), "dynamic") != 0
		|| fps_fpmconf_number(pool, "pm.max_spare_servers") <= children) {
		return fps_alloc_format("pm.max_children = %lld", children);
	}
	return fps_alloc_format(
		"pm.max_children = %lld\npm.start_servers = %lld\npm.min_spare_servers = %lld\npm.max_spare_servers = %lld",
		children, start < children ? start : children, least < children ? least : children, children);
}

/* The fewest workers that the pools can have: process.max must not be lower. */
static int64_t at_least(const struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		const char *pm = fps_fpmconf_value(&pools[i], "pm");

		sum += strcmp(pm, "static") == 0 ? fps_fpmconf_number(&pools[i], "pm.max_children")
			: strcmp(pm, "dynamic") == 0 ? fps_fpmconf_number(&pools[i], "pm.start_servers")
										 : 0;
	}
	return sum > (int64_t) count * 2 ? sum : (int64_t) count * 2;
}

/*
 * Having fewer workers fails requests that have to wait, so it is part of the plan only if records show what workers
 * take.
 */
static void advise_workers(struct fps_doctor *doctor, fps_memorybudget_size *size, struct fps_place where,
	struct fps_place against, struct fps_effective target, const char *fix)
{
	if (size == fps_memorybudget_observed) {
		fps_findings_set(&doctor->findings, where, against, target, "%s", fix);
	} else {
		fps_findings_found(&doctor->findings, where, against, NULL, "once records show workers that large: %s", fix);
	}
}

/* Workers of all pools, and in `single` how many pools would have only one left of several. */
static long long count_workers(const struct fps_doctor *doctor, double share, size_t *single)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools);
	long long sum = 0;

	*single = 0;
	for (size_t i = 0; i < count; i++) {
		long long has = fps_fpmconf_number(&pools[i], "pm.max_children");

		sum += has > 0 ? has : 0;
		*single += has > 2 && (double) has * share < 2;
	}
	return sum;
}

/*
 * Fewer workers of each pool, in proportion, so that the first pool is not left with one. The two places are those of
 * the pool that takes the most; they are used up if it can have fewer. False: it can not.
 */
static bool advise_fewer(struct fps_doctor *doctor, fps_memorybudget_size *size, double share,
	const struct fps_section *most, struct fps_place children, struct fps_place room)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(doctor->server, &pools);
	bool told = false;

	for (size_t i = 0; i < count; i++) {
		struct fps_effective is = fps_effective_pool(doctor->server, &pools[i], "pm.max_children");
		long long has = fps_effective_number(is), fits = (long long) ((double) has * share);
		char *fix = fewer(&pools[i], fits > 1 ? fits : 1);
		bool first = &pools[i] == most;

		if (has > 1 && size(doctor, &pools[i]) > 0) {
			advise_workers(doctor, size, first ? children : fps_settingplace_of(is),
				first ? room : fps_settingplace_none(), is, fix);
			told = told || first;
		}
		free(fix);
	}
	return told;
}

/* One limit for all pools if they leave room for it; otherwise fewer workers in each. */
static void advise(struct fps_doctor *doctor, fps_memorybudget_size *size, const struct fps_section *most, int64_t has,
	struct fps_place children, struct fps_place room)
{
	const struct fps_section *pools, *same;
	int64_t all = fps_memorybudget_workers(doctor, size, has), fits = fps_memorybudget_fitting(doctor, size, most, has);
	int64_t opcache = fps_memorybudget_opcache(doctor), taken = fps_memorybudget_sum(doctor, size, &same) - opcache;
	int64_t left = has / 5 * 4 - opcache;
	double share = taken > 0 && left > 0 ? (double) left / (double) taken : 0;
	size_t single, pool_count = fps_serverconfig_pools(doctor->server, &pools);
	long long count = count_workers(doctor, share, &single), fitting = (long long) ((double) count * share);

	if (pool_count > 1 && all >= at_least(doctor)) {
		char *fix = fps_alloc_format("process.max = %lld", (long long) all);

		advise_workers(doctor, size, children, room, fps_rules_global(doctor, "process.max"), fix);
		free(fix);
	} else if (single > 1 || (count > 1 && fitting < 1)) { /* one worker loses more requests than the OOM killer */
		fps_findings_found(&doctor->findings, children, room, NULL,
			"%smore memory, or less per worker: %lld of %lld fit",
			size == fps_memorybudget_observed ? "" : "once records show workers that large: ", fitting, count);
	} else if (!advise_fewer(doctor, size, share, most, children, room)) {
		fps_findings_found(&doctor->findings, children, room, NULL, "memory_limit = %s",
			fps_units_bytes(has / 5 * 4 / (fits > 0 ? fits : 1)).text);
	}
}

/* Whether all workers of that size fit. If not, reports it for the pool that takes the most. */
static void look(struct fps_doctor *doctor, fps_memorybudget_size *size, const char *what)
{
	const struct fps_section *most;
	struct fps_place place = fps_settingplace_none();
	int64_t sum = fps_memorybudget_sum(doctor, size, &most), has = fps_memorybudget_room(doctor, &place);

	if (has == 0 || most == NULL || size(doctor, most) == 0 || sum <= has) {
		fps_settingplace_free(&place);
		return;
	}
	struct fps_place children = fps_settingplace_of(fps_effective_pool(doctor->server, most, "pm.max_children"));

	fps_alloc_append(&children.text, "; %s %s each, with all pools and opcache %s", what,
		fps_units_bytes(size(doctor, most)).text, fps_units_bytes(sum).text);
	advise(doctor, size, most, has, children, place);
}

void fps_rule_memory_sum(struct fps_doctor *doctor)
{
	look(doctor, fps_memorybudget_allowed, "memory_limit");
}

void fps_rule_memory_observed(struct fps_doctor *doctor)
{
	look(doctor, fps_memorybudget_observed, "memory of their own, by the records, up to");
}

void fps_rule_memory_unlimited(struct fps_doctor *doctor)
{
	struct fps_effective limit = fps_rules_php(doctor, "memory_limit");

	if (fps_effective_number(limit) < 0) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(limit), fps_settingplace_none(), limit, "%s = 256M",
			fps_effective_name(limit));
	}
}
