/* Rules: what the workers may take, and what there is. */
#include "base/alloc.h"
#include "base/units.h"
#include "rules/budget.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

/* With pm = dynamic FPM refuses to start with more spare servers than there may be workers. */
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

/* Whether all workers of that size fit; if not it is told of the pool that takes the most. */
static void look(struct fps_doctor *doctor, fps_budget_size *size, const char *what)
{
	const struct fps_section *most;
	struct fps_place place = fps_place_none();
	int64_t sum = fps_budget_sum(doctor, size, &most), has = fps_budget_room(doctor, &place);

	if (has == 0 || most == NULL || size(doctor, most) == 0 || sum <= has) {
		fps_place_free(&place);
		return;
	}
	struct fps_effective max_children = fps_effective_pool(doctor->server, most, "pm.max_children");
	struct fps_place children = fps_place_of(max_children);
	char *fix = fewer(most, (long long) fps_budget_fitting(doctor, size, most, has));

	fps_alloc_append(&children.text, "; %s %s each, with all pools and opcache %s", what,
		fps_units_bytes(size(doctor, most)).text, fps_units_bytes(sum).text);
	fps_findings_found(&doctor->findings, children, place, fps_place_in(max_children), "%s", fix);
	free(fix);
}

void fps_rule_memory_sum(struct fps_doctor *doctor)
{
	look(doctor, fps_budget_allowed, "memory_limit");
}

void fps_rule_memory_observed(struct fps_doctor *doctor)
{
	look(doctor, fps_budget_observed, "memory of their own, by the records, up to");
}

void fps_rule_memory_unlimited(struct fps_doctor *doctor)
{
	struct fps_effective limit = fps_rules_php(doctor, "memory_limit");

	if (fps_effective_number(limit) < 0) {
		fps_findings_found(&doctor->findings, fps_place_of(limit), fps_place_none(), fps_place_in(limit), "%s = 256M",
			fps_effective_name(limit));
	}
}
