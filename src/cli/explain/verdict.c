/* Verdicts. What is said here of nginx's lines was measured: see the tests of tests/fpm/trace-*.phpt. */
#include "explain/verdict.h"

#include "explain/join.h"
#include "log/phpmessage.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 4, 5)))
static void conclude(struct fps_incident *incident, const char *cause, enum fps_certainty certainty, const char *why, ...)
{
	va_list arguments;

	incident->cause = cause;
	incident->certainty = certainty;
	va_start(arguments, why);
	vsnprintf(incident->why, sizeof(incident->why), why, arguments);
	va_end(arguments);
}

bool fps_verdict_is_explained(const struct fps_incident *incident)
{
	return strcmp(incident->cause, FPS_UNEXPLAINED) != 0;
}

/* So many workers that die of the same within a minute, each soon after it began, have something in common: opcache's memory. */
enum { LOOPING_WORKERS = 3, SOON_REQUESTS = 3, LOOKED_AT = 64 };

static bool is_early_fault(const struct fps_record *record)
{
	return record->action == FPS_ACTION_DEATH && record->fingerprint && record->requests_served > 0 && record->requests_served <= SOON_REQUESTS
		&& (strcmp(record->cause, "segfault") == 0 || strcmp(record->cause, "bus_error") == 0 || strcmp(record->cause, "illegal_instruction") == 0);
}

static void find_loops(const struct fps_records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		struct fps_record *one = records->by_time[i], *last = one;
		int workers = 1;

		for (size_t k = i + 1; is_early_fault(one) && k < records->count && k < i + LOOKED_AT && records->by_time[k]->time < one->time + 60; k++) {
			struct fps_record *other = records->by_time[k];

			if (is_early_fault(other) && other->pid != last->pid && strcmp(other->fingerprint, one->fingerprint) == 0) {
				workers++;
				last = other;
				other->is_loop = one->is_loop || workers >= LOOPING_WORKERS;
			}
		}
		one->is_loop = one->is_loop || workers >= LOOPING_WORKERS;
	}
}

void fps_verdict_prepare(struct fps_fpm_log *fpm, const struct fps_records *records, double shift)
{
	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *record = &records->all[i];

		if (record->explains && record->action == FPS_ACTION_DEATH) {
			fps_fpmlog_give_away(fpm, record->pid, (int64_t) (record->time + shift));
		}
	}
	find_loops(records);
}

/* A record of that action and, if given, cause, no further than so many seconds away, and not of a pool that listens elsewhere. */
static const struct fps_record *record_near(const struct fps_evidence *evidence, const struct fps_incident *incident,
	enum fps_action action, const char *cause, double seconds)
{
	double at = (double) incident->time - evidence->shift + 0.5;
	const struct fps_record *best = NULL;

	for (size_t i = fps_records_since(evidence->records, at - seconds); i < evidence->records->count; i++) {
		const struct fps_record *record = evidence->records->by_time[i];

		if (record->time > at + seconds) {
			break;
		}
		if (record->action == action && (cause == NULL || strcmp(record->cause, cause) == 0) &&
			fps_address_fit(&incident->address, &record->address) != FPS_FIT_OTHER &&
			(best == NULL || fabs(record->time - at) < fabs(best->time - at))) {
			best = record;
		}
	}
	return best;
}

enum { NO_END, STOP, RELOAD };

/* Whether FPM stopped or reloaded about then; who says so goes into source. */
static int end_near(const struct fps_evidence *evidence, const struct fps_incident *incident, const char **source)
{
	const struct fps_record *record = record_near(evidence, incident, FPS_ACTION_MASTER, NULL, 3);
	size_t count;

	*source = "the record of the FPM master";
	if (record != NULL && strcmp(record->cause, "master_death") != 0) {
		return strcmp(record->cause, "master_reload") == 0 ? RELOAD : STOP;
	}
	*source = "FPM's log";
	if (fps_fpmlog_near(evidence->fpm, FPS_FPM_STOP, incident->time, 3, 1, &count)) {
		return STOP;
	}
	/* requests get process_control_timeout to end: its usual values are seconds */
	return fps_fpmlog_near(evidence->fpm, FPS_FPM_RELOAD, incident->time, 3, 1, &count) ? RELOAD : NO_END;
}

static const char *cause_of_signal(int number)
{
	switch (number) {
		case SIGSEGV: return "segfault";
		case SIGABRT: return "abort";
		case SIGBUS: return "bus_error";
		case SIGILL: return "illegal_instruction";
		case SIGFPE: return "floating_point_error";
		case SIGSYS: return "bad_syscall";
		case SIGTRAP: return "trap";
		case SIGXCPU: return "cpu_limit";
		case SIGXFSZ: return "file_size_limit";
		case SIGKILL: return "killed";
		default: return "terminated";
	}
}

/* What FPM has logged of its workers in that second; it does not know the requests. */
static bool conclude_from_fpm(struct fps_incident *incident, const struct fps_evidence *evidence)
{
	enum fps_certainty certainty;
	size_t timeouts, exits;
	const struct fps_fpm_event *timeout = fps_fpmlog_near(evidence->fpm, FPS_FPM_TIMEOUT, incident->time, 2, 1, &timeouts);
	const struct fps_fpm_event *end = fps_fpmlog_near(evidence->fpm, FPS_FPM_EXIT, incident->time, 2, 1, &exits);

	if (timeout != NULL && timeouts == 1 && exits <= 1) {
		conclude(incident, "request_terminate_timeout", FPS_PROBABLE, "FPM's log, at that time: %s", timeout->text);
		return true;
	}
	if (end == NULL) {
		return false;
	}
	certainty = exits == 1 ? FPS_PROBABLE : FPS_POSSIBLE;
	if (end->code < 0) {
		conclude(incident, cause_of_signal(end->signal), certainty, "FPM's log, at that time: %s", end->text);
	} else if (end->code == 124) {
		conclude(incident, "hard_timeout", certainty, "FPM's log, at that time: %s; that is how the engine leaves at its hard timeout", end->text);
	} else if (end->code == 137) {
		conclude(incident, "exit_in_request", certainty, "FPM's log, at that time: %s; that is how PHP leaves at memory_hard_limit_percent", end->text);
	} else if (end->code == 0) {
		return false; /* as a rule a worker that was recycled, for another reason */
	} else {
		conclude(incident, "exit_in_request", certainty, "FPM's log, at that time: %s", end->text);
	}
	return true;
}

/* A worker that ended itself about then, as at pm.max_requests. */
static bool is_recycling(const struct fps_evidence *evidence, const struct fps_incident *incident, const char **source)
{
	const struct fps_fpm_event *end;
	size_t count;

	*source = "a record tells of a worker that was recycled then";
	if (record_near(evidence, incident, FPS_ACTION_EXIT, NULL, 2)) {
		return true;
	}
	*source = "FPM's log has a worker that ended by itself then";
	end = fps_fpmlog_near(evidence->fpm, FPS_FPM_EXIT, incident->time, 1, 1, &count);
	return end != NULL && end->code == 0;
}

/* As nginx's configuration has it. */
static struct fps_span upstream_of(const struct fps_incident *incident)
{
	struct fps_span upstream = {incident->upstream, strnlen(incident->upstream, 128)};

	fps_span_skip(&upstream, "fastcgi://");
	upstream.len -= fps_span_begins(upstream, "unix:") && upstream.at[upstream.len - 1] == ':';
	return upstream;
}

static void conclude_from_record(struct fps_incident *incident)
{
	const struct fps_record *record = incident->record;

	struct fps_span upstream = upstream_of(incident);
	enum fps_certainty certainty = record->confidence > incident->joined ? record->confidence : incident->joined;

	if (incident->fit != FPS_FIT_OTHER) {
		conclude(incident, record->cause, certainty, "its record, found by %s", incident->joined_by);
	} else if (incident->joined == FPS_CERTAIN) {
		conclude(incident, record->cause, certainty, "its record, found by %s; its pool listens on %.128s, so something forwards nginx's requests to it",
			incident->joined_by, record->listen);
	} else {
		conclude(incident, record->cause, certainty, "a record, found by %s, but nginx asked %.*s and its pool listens on %.128s: it is the right one if a published port, "
			"a proxy or a mount leads there; otherwise it is another pool's", incident->joined_by, FPS_SPAN_ARGS(upstream), record->listen);
	}
}

/* A connection that FPM closed, and no record of it. */
static void conclude_closed(struct fps_incident *incident, const struct fps_evidence *evidence)
{
	const struct fps_fpm_event *turned_away;
	const char *source;
	size_t count;
	int end = end_near(evidence, incident, &source);

	if (incident->complete && incident->phase == FPS_UPSTREAM_BODY) {
		conclude(incident, "harmless", FPS_CERTAIN, "nginx's access log: all of the declared length was sent");
		return;
	}
	turned_away = incident->phase == FPS_UPSTREAM_BODY ? NULL : fps_fpmlog_near(evidence->fpm, FPS_FPM_DISALLOWED, incident->time, 1, 1, &count);
	if (turned_away != NULL) {
		conclude(incident, "address_not_allowed", FPS_PROBABLE, "FPM's log, at that time: %s", turned_away->text);
		return;
	}
	if (incident->kind == FPS_KIND_EOF && end == NO_END && is_recycling(evidence, incident, &source)) {
		conclude(incident, "keepalive_race", FPS_PROBABLE, "%s, and nginx saw an ordinary end of the connection", source);
		return;
	}
	if (end != NO_END) {
		bool unread = incident->phase == FPS_UPSTREAM_HEADER || incident->phase == FPS_UPSTREAM_SEND;

		if (incident->phase == FPS_UPSTREAM_CONNECT) {
			conclude(incident, "keepalive_race", FPS_PROBABLE, "FPM ended the connections that nginx had kept: %s has a %s then",
				source, end == STOP ? "stop" : "reload");
		} else {
			conclude(incident, end == RELOAD ? "fpm_reload" : unread ? "queued_at_stop" : "fpm_stop", FPS_PROBABLE,
				"%s has a %s at that time, and no worker tells of this request", source, end == STOP ? "stop" : "reload");
		}
		return;
	}
	if (incident->sent_again && incident->status > 0 && incident->status < 500) {
		conclude(incident, "retried", FPS_CERTAIN, "nginx's access log: upstream_status \"%s\"", incident->upstream_status);
		return;
	}
	if (conclude_from_fpm(incident, evidence)) {
		return;
	}
	if (fps_join_late(incident, evidence->records, evidence->shift)) {
		conclude_from_record(incident);
	} else {
		conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "no record is of this request, and nothing else tells of it");
	}
}

static void conclude_connect(struct fps_incident *incident, const struct fps_evidence *evidence)
{
	size_t count;
	const struct fps_fpm_event *full = fps_fpmlog_near(evidence->fpm, FPS_FPM_FULL, incident->time, 60, 60, &count);
	const char *also = full ? "; FPM's log: " : "", *text = full ? full->text : "";

	switch (incident->error) {
		case EAGAIN:
			conclude(incident, "pool_exhausted", FPS_CERTAIN, "the queue of FPM's socket was full%s%s", also, text);
			break;
		case ETIMEDOUT:
			conclude(incident, "pool_exhausted", FPS_PROBABLE, "FPM's host did not accept the connection in time%s%s", also, text);
			break;
		case ECONNREFUSED:
			conclude(incident, "fpm_down", FPS_CERTAIN, "nobody listens there");
			break;
		case ENOENT:
			conclude(incident, "fpm_down", FPS_CERTAIN, "there is no such socket");
			break;
		case EACCES:
		case EPERM:
			conclude(incident, "no_permission", FPS_CERTAIN, "nginx's user has no right to write to the socket");
			break;
		case 0:
			conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "nginx gives no reason");
			break;
		default:
			conclude(incident, "fpm_down", FPS_PROBABLE, "FPM's host can't be reached: error %d", incident->error);
	}
}

/* A fatal error of PHP's that nginx has logged, by PHP's own words. */
static void conclude_stderr(struct fps_incident *incident)
{
	static const char *const causes[] = {
		[FPS_PHP_NONE] = "fatal_error", [FPS_PHP_FATAL] = "fatal_error", [FPS_PHP_PARSE] = "compile_error",
		[FPS_PHP_EXCEPTION] = "uncaught_exception", [FPS_PHP_MEMORY_LIMIT] = "memory_limit", [FPS_PHP_OUT_OF_MEMORY] = "memory_refused",
		[FPS_PHP_MAX_EXECUTION_TIME] = "max_execution_time",
	};
	enum fps_php_kind kind = fps_phpmessage_fatal((struct fps_span) {incident->said, strlen(incident->said)}, NULL);

	if (incident->event_id[0]) {
		conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "the last words name no cause that this tool knows");
	} else {
		conclude(incident, causes[kind], FPS_CERTAIN, "PHP's own words in the web server's log");
	}
}

/* The web server's own faults, by its own words. */
static bool conclude_own(struct fps_incident *incident)
{
	static const struct {
		enum fps_kind kind;
		const char *cause, *why;
	} faults[] = {
		{FPS_KIND_TEMP_FILE, "temp_file_failed", "nginx says so, and names the file"},
		{FPS_KIND_CACHE_FILE, "cache_file_failed", "nginx says so, and names the file"},
		{FPS_KIND_NO_FILES, "no_file_descriptors", "the web server says so: it had too many files open"},
		{FPS_KIND_NO_CONNECTIONS, "no_connections", "nginx says so: worker_connections are not enough"},
		{FPS_KIND_RESOLVE, "name_not_resolved", "nginx says so; it does not say whether the name is of PHP-FPM's host"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].kind == incident->kind) {
			conclude(incident, faults[i].cause, FPS_CERTAIN, "%s", faults[i].why);
			return true;
		}
	}
	return false;
}

/* A death that only its last words tell of, as its record was not given: they name the cause. */
static bool conclude_from_words(struct fps_incident *incident, const struct fps_evidence *evidence)
{
	static const char *const causes[] = {"segfault", "stack_overflow", "bus_error", "illegal_instruction", "floating_point_error", "trap",
		"bad_syscall", "abort", "cpu_limit", "file_size_limit", "hard_timeout", "request_terminate_timeout", "fpm_reload", "fpm_stop",
		"opcache_kill", "terminated", "exit_in_request"};
	const char *words = incident->event_id[0] ? strstr(incident->said, "fpmsentinel: ") : NULL;

	if (words == NULL) {
		return false;
	}
	if (fps_records_with_id(evidence->records, (struct fps_span) {incident->event_id, 32}) != NULL) {
		if (incident->kind == FPS_KIND_STDERR) {
			conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "the last words name the record of another request: a page may have written them");
			return true;
		}
		return false;
	}
	words += strlen("fpmsentinel: ");
	words += strncmp(words, "probably ", 9) == 0 ? 9 : 0;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		size_t len = strlen(causes[i]);

		if (strncmp(words, causes[i], len) == 0 && (words[len] == ' ' || words[len] == '"')) {
			conclude(incident, causes[i], FPS_PROBABLE, "the worker's last words; the record that they name was not given");
			return true;
		}
	}
	return false;
}

static void reach(struct fps_incident *incident, const struct fps_evidence *evidence)
{
	const struct fps_record *record = incident->record;
	bool given_up = incident->kind == FPS_KIND_CLIENT_ABORT || incident->kind == FPS_KIND_TIMEOUT;

	if (record != NULL && record->action == FPS_ACTION_DEATH && incident->written == NULL) {
		incident->written = fps_fpmlog_written(evidence->fpm, record->pid, (int64_t) (record->time + evidence->shift));
	}
	if (record != NULL && !given_up) {
		conclude_from_record(incident);
		return;
	}
	if (conclude_from_words(incident, evidence) || conclude_own(incident)) {
		return;
	}
	switch (incident->kind) {
		case FPS_KIND_RESET:
		case FPS_KIND_EOF:
			conclude_closed(incident, evidence);
			break;
		case FPS_KIND_TIMEOUT:
			if (incident->phase == FPS_UPSTREAM_CONNECT) {
				conclude_connect(incident, evidence);
			} else {
				conclude(incident, "nginx_timeout", FPS_CERTAIN, "nginx waited for longer than it is set to");
			}
			break;
		case FPS_KIND_CONNECT:
			conclude_connect(incident, evidence);
			break;
		case FPS_KIND_BIG_HEADER:
		case FPS_KIND_INVALID_HEADER:
			conclude(incident, "response_rejected", FPS_CERTAIN, "nginx says so");
			break;
		case FPS_KIND_CLIENT_ABORT:
			conclude(incident, "client_abort", FPS_CERTAIN, "nginx says so");
			break;
		case FPS_KIND_STDERR:
			conclude_stderr(incident);
			break;
		case FPS_KIND_INCOMPLETE:
			conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "FPM ended its answer itself, without a header or before the declared length: the worker lives");
			break;
		default:
			if (strncmp(incident->message, "no live upstreams ", 18) == 0) {
				conclude(incident, "no_live_upstreams", FPS_CERTAIN, "nginx says so: each server of that upstream had failed before");
			} else {
				conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "nginx's words are not known to this tool");
			}
	}
}

void fps_verdict_reach(struct fps_incident *incident, const struct fps_evidence *evidence)
{
	reach(incident, evidence);
	if (incident->is_cut && !*incident->upstream && !fps_verdict_is_explained(incident)) {
		conclude(incident, FPS_UNEXPLAINED, FPS_UNCERTAIN, "nginx cut this entry at 2,048 bytes, before the upstream: the request may not have been PHP-FPM's");
	}
}
