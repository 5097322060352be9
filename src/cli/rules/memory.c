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
static void look(struct fps_doctor *doctor, const struct fps_rule *rule, fps_budget_size *size, const char *what)
{
	const struct fps_section *most;
	struct fps_place place = fps_place_none();
	int64_t sum = fps_budget_sum(doctor, size, &most), has = fps_budget_room(doctor, &place);
	char each[24], all[24];

	if (has == 0 || most == NULL || size(doctor, most) == 0 || sum <= has) {
		fps_place_free(&place);
		return;
	}
	fps_units_print(size(doctor, most), each);
	fps_units_print(sum, all);

	struct fps_place children = fps_place_setting(most, "pm.max_children");
	char *text = fps_alloc_format("%s; %s %s each, with all pools and opcache %s", children.text, what, each, all);
	char *fix = fewer(most, (long long) fps_budget_fitting(doctor, size, most, has));

	free(children.text);
	children.text = text;
	fps_findings_found(&doctor->findings, rule, children, place,
		fps_place_in_section(doctor->server, most, "pm.max_children"), "%s", fix);
	free(fix);
}

void fps_rule_memory_sum(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	look(doctor, rule, fps_budget_allowed, "memory_limit");
}

void fps_rule_memory_observed(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	look(doctor, rule, fps_budget_observed, "memory of their own, by the records, up to");
}

void fps_rule_memory_unlimited(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->user_count; i++) {
		const struct fps_pair *user = &doctor->server->pairs[i];

		if (fps_effective_ini_number(doctor->server, user, "memory_limit") < 0) {
			fps_findings_found(&doctor->findings, rule, fps_place_ini(doctor->server, user, "memory_limit"),
				fps_place_none(), fps_place_in_ini(doctor->server, user, "memory_limit"), "%s = 256M",
				fps_place_ini_name(doctor->server, user, "memory_limit"));
		}
	}
}
