/* Rules: limits of PHP's engine, and parts of it that can be turned off. */
#include "base/alloc.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

static struct fps_place record_place(const struct fps_record *record)
{
	return fps_settingplace_file(record->script ? record->script : "?", "%s, record %s", record->cause, record->id);
}

/* Whose limits a record shows: the pool with the same max_execution_time, otherwise the one with the highest. */
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

/* The worst record of each pool; limits that have been raised since do not count. */
void fps_rule_hard_timeout(struct fps_doctor *doctor)
{
	for (size_t i = 0; i < doctor->records->count; i++) {
		const struct fps_record *record = &doctor->records->all[i];
		const struct fps_pair *user = strcmp(record->cause, "hard_timeout") == 0 ? user_of(doctor, record) : NULL;

		if (user == NULL) {
			continue;
		}
		struct fps_effective execution = fps_effective_php(doctor->server, user, "max_execution_time");
		int64_t seconds = fps_effective_number(execution);
		int64_t hard = fps_effective_ini_number(doctor->server, user, "hard_timeout");

		if (seconds > 0 && hard > 0 && seconds + hard <= record->max_execution_time + record->hard_timeout) {
			fps_findings_set(&doctor->findings, fps_settingplace_of(execution), record_place(record), execution,
				"%s = %lld", fps_effective_name(execution), (long long) (seconds + hard) * 2);
		}
	}
}

/* Before 8.3 there is no such guard, so there is nothing to turn on. */
void fps_rule_recursion_unlimited(struct fps_doctor *doctor)
{
	struct fps_effective size = fps_rules_php(doctor, "zend.max_allowed_stack_size");

	if (fps_phpinfo_version(&doctor->server->ini) >= 80300 && fps_effective_number(size) < 0) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(size), fps_settingplace_none(), size, "%s = 0",
			fps_effective_name(size));
	}
}

static bool is_on(const char *value)
{
	return *value && !fps_span_is_among(fps_span_of(value), "0 off no disable false");
}

/*
 * Whose code runs outside of any file: as the record says or else, as in a chroot without /proc, by its caller, such as
 * PCRE below preg_match(). Nobody's, if a wild jump led there.
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

/* A fault of the running code, not a signal that somebody sent. */
static bool is_fault(const struct fps_record *record)
{
	return fps_span_is_among(
			   fps_span_of(record->cause), "segfault stack_overflow bus_error illegal_instruction abort trap")
		&& !(record->error && strstr(record->error, " was sent by process "));
}

/*
 * The first record of a fault in that library, in functions of that name if it is built into PHP, or in code that its
 * JIT made.
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

void fps_rule_pcre_jit(struct fps_doctor *doctor)
{
	const struct fps_record *crash = crash_in(doctor, "/libpcre", " pcre2_", true);
	struct fps_effective jit = fps_rules_php(doctor, "pcre.jit");

	if (crash && is_on(jit.value)) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(jit), record_place(crash), jit, "pcre.jit = 0");
	}
}

/* A fault in opcache: check its file cache, which the kernel or another version may have changed, before the JIT. */
void fps_rule_opcache_jit(struct fps_doctor *doctor)
{
	const struct fps_record *crash = crash_in(doctor, "/opcache.so", " zend_jit_", false);
	struct fps_effective jit = fps_rules_php(doctor, "opcache.jit"),
						 cache = fps_rules_php(doctor, "opcache.file_cache");
	bool made = crash && (strstr(crash->native, " zend_jit_") || is_made_by(crash, false));

	if (crash && !made && *cache.value) {
		fps_findings_set(
			&doctor->findings, fps_settingplace_of(cache), record_place(crash), cache, "opcache.file_cache =");
	} else if (crash && is_on(jit.value)
		&& fps_effective_number(fps_rules_php(doctor, "opcache.jit_buffer_size")) > 0) {
		fps_findings_set(
			&doctor->findings, fps_settingplace_of(jit), record_place(crash), jit, "opcache.jit = disable");
	}
}

enum report_kind { FPS_REPORT_JIT, FPS_REPORT_TRACING, FPS_REPORT_FILE_CACHE };

static const struct report {
	enum report_kind kind;
	int first, fixed, last; /* versions; fixed 0: no known fix */
	const char *path, *title;
} reports[] = {
#define REPORT(kind, first, fixed, last, path, title) {kind, first, fixed, last, path, title},
#include "rules/opcachereports.def"
#undef REPORT
};

/* As opcache reads it: words, or four digits, of which a 5 in third place means tracing. */
static bool is_tracing(const char *jit)
{
	struct fps_span text = fps_span_of(jit);
	int64_t number;

	return fps_span_number(&text, &number) ? number / 10 % 10 == 5 : strcasecmp(jit, "function") != 0;
}

/* The setting that turns on what the report is about; NULL: it is off. */
static const char *switched_on(const struct fps_doctor *doctor, enum report_kind kind)
{
	const char *jit = fps_rules_php(doctor, "opcache.jit").value;

	if (!is_on(fps_rules_php(doctor, "opcache.enable").value)) {
		return NULL;
	}
	if (kind == FPS_REPORT_FILE_CACHE) {
		return *fps_rules_php(doctor, "opcache.file_cache").value ? "opcache.file_cache" : NULL;
	}
	return is_on(jit) && fps_effective_number(fps_rules_php(doctor, "opcache.jit_buffer_size")) > 0
			&& (kind == FPS_REPORT_JIT || is_tracing(jit))
		? "opcache.jit"
		: NULL;
}

/* The latest report about that setting; NULL: none for this version. */
static const struct report *report_of(const struct fps_doctor *doctor, const char *name, size_t *count)
{
	int version = fps_phpinfo_version(&doctor->server->ini);
	const struct report *found = NULL;

	*count = 0;
	for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
		const char *on = switched_on(doctor, reports[i].kind);

		if (on && strcmp(on, name) == 0 && version >= reports[i].first && version <= reports[i].last) {
			found = &reports[i];
			++*count;
		}
	}
	return found;
}

static void tell_report(struct fps_doctor *doctor, const char *name, const char *off)
{
	size_t count;
	const struct report *report = report_of(doctor, name, &count);

	if (report == NULL) {
		return;
	}
	int version = report->fixed ? report->fixed : report->last;
	struct fps_place link = fps_settingplace_file("https://github.com/php/php-src/", "%s", report->title);

	fps_alloc_append(&link.file, "%s", report->path);
	if (count > 1) {
		fps_alloc_append(&link.text, "; %zu more", count - 1);
	}
	fps_findings_found(&doctor->findings, fps_settingplace_of(fps_rules_php(doctor, name)), link, NULL,
		"PHP %s %d.%d.%d, or %s", report->fixed ? "from" : "after", version / 10000, version / 100 % 100, version % 100,
		off);
}

void fps_rule_opcache_reports(struct fps_doctor *doctor)
{
	tell_report(doctor, "opcache.jit", "opcache.jit = disable");
	tell_report(doctor, "opcache.file_cache", "opcache.file_cache =");
}
