/* Rules: the engine's own limits, and code of it that can be done without. */
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

static struct fps_place record_place(const struct fps_record *record)
{
	struct fps_place place =
		fps_place_file(record->script ? record->script : "?", "%s, record %s", record->cause, record->id);

	return place;
}

/* Whose limits a record tells of: those of the same max_execution_time, else of a pool the highest one. */
static const struct fps_pair *user_of(const struct fps_doctor *doctor, const struct fps_record *record)
{
	const struct fps_pair *found = NULL;
	int64_t highest = 0;

	for (size_t i = 0; i < doctor->server->user_count; i++) {
		const struct fps_pair *user = &doctor->server->pairs[i];
		int64_t execution = fps_effective_ini_number(doctor->server, user, "max_execution_time");

		if (record->pool && strcmp(user->pool->name, record->pool) == 0
			&& (execution > highest || execution == record->max_execution_time)) {
			found = user;
			highest = execution == record->max_execution_time ? INT64_MAX : execution;
		}
	}
	return found;
}

/* The worst one of each pool; limits that have been raised since are no finding any more. */
void fps_rule_hard_timeout(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->records->count; i++) {
		const struct fps_record *record = &doctor->records->all[i];
		const struct fps_pair *user = strcmp(record->cause, "hard_timeout") == 0 ? user_of(doctor, record) : NULL;
		int64_t execution = user ? fps_effective_ini_number(doctor->server, user, "max_execution_time") : 0,
				hard = fps_effective_ini_number(doctor->server, user, "hard_timeout");

		if (execution > 0 && hard > 0 && execution + hard <= record->max_execution_time + record->hard_timeout) {
			fps_findings_found(&doctor->findings, rule, fps_place_ini(doctor->server, user, "max_execution_time"),
				record_place(record), fps_place_in_ini(doctor->server, user, "max_execution_time"), "%s = %lld",
				fps_place_ini_name(doctor->server, user, "max_execution_time"), (long long) (execution + hard) * 2);
		}
	}
}

/* Before 8.3 there is no such guard, and so nothing to switch on. */
void fps_rule_recursion_unlimited(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	size_t count = fps_phpini_version(&doctor->server->ini) >= 80300 ? doctor->server->user_count : 0;

	for (size_t i = 0; i < count; i++) {
		const struct fps_pair *user = &doctor->server->pairs[i];

		if (fps_effective_ini_number(doctor->server, user, "zend.max_allowed_stack_size") < 0) {
			fps_findings_found(&doctor->findings, rule,
				fps_place_ini(doctor->server, user, "zend.max_allowed_stack_size"), fps_place_none(),
				fps_place_in_ini(doctor->server, user, "zend.max_allowed_stack_size"), "%s = 0",
				fps_place_ini_name(doctor->server, user, "zend.max_allowed_stack_size"));
		}
	}
}

static bool is_on(const char *value)
{
	static const char *const off[] = {"", "0", "off", "no", "disable", "false"};

	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		if (strcasecmp(value, off[i]) == 0) {
			return false;
		}
	}
	return true;
}

/*
 * Whose code it was that is in no file, as the record says or else, as in a chroot without /proc, by what called it:
 * PCRE's beneath preg_match() and its like. Nobody's, if a jump has led there that went wrong.
 */
static bool is_made_by(const struct fps_record *record, bool pcre)
{
	bool jump = record->error && strstr(record->error, "jump") != NULL;
	const char *made = pcre ? FPS_NATIVE_PCRE_JIT : FPS_NATIVE_OPCACHE_JIT;

	if (strncmp(record->native, made, strlen(made)) == 0) {
		return true;
	}
	return strncmp(record->native, FPS_NATIVE_IN_NO_FILE, strlen(FPS_NATIVE_IN_NO_FILE)) == 0 && !jump
		&& (record->stack && strncmp(record->stack, "preg_", 5) == 0) == pcre;
}

/* A fault of the code that ran, and no signal of somebody's that came while it did. */
static bool is_fault(const struct fps_record *record)
{
	static const char *const faults[] = {
		"segfault", "stack_overflow", "bus_error", "illegal_instruction", "abort", "trap"};
	bool fault = false;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		fault = fault || strcmp(record->cause, faults[i]) == 0;
	}
	return fault && !(record->error && strstr(record->error, " was sent by process "));
}

/*
 * The first record of a fault in that library, in functions of that name, where it is built into PHP, or in what its
 * JIT has made.
 */
static const struct fps_record *crash_in(
	const struct fps_doctor *doctor, const char *library, const char *functions, bool pcre)
{
	for (size_t i = 0; i < doctor->records->count; i++) {
		const struct fps_record *record = &doctor->records->all[i];

		if (record->native && is_fault(record)
			&& (strstr(record->native, library) || strstr(record->native, functions) || is_made_by(record, pcre))) {
			return record;
		}
	}
	return NULL;
}

void fps_rule_pcre_jit(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_record *crash = crash_in(doctor, "/libpcre", " pcre2_", true);

	if (crash && is_on(fps_effective_ini(doctor->server, NULL, "pcre.jit"))) {
		fps_findings_found(&doctor->findings, rule, fps_place_ini(doctor->server, NULL, "pcre.jit"),
			record_place(crash), fps_place_in_ini(doctor->server, NULL, "pcre.jit"), "pcre.jit = 0");
	}
}

void fps_rule_opcache_jit(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	const struct fps_record *crash = crash_in(doctor, "/opcache.so", " zend_jit_", false);

	if (crash && is_on(fps_effective_ini(doctor->server, NULL, "opcache.jit"))
		&& fps_effective_ini_number(doctor->server, NULL, "opcache.jit_buffer_size") > 0) {
		fps_findings_found(&doctor->findings, rule, fps_place_ini(doctor->server, NULL, "opcache.jit"),
			record_place(crash), fps_place_in_ini(doctor->server, NULL, "opcache.jit"), "opcache.jit = disable");
	}
}
