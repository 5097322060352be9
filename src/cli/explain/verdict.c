/* Verdicts. What is said here of nginx's lines was measured: see the tests of tests/fpm/trace-*.phpt. */
#include "explain/verdict.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a verdict is reached from. */
struct known {
	const struct fps_incident *incident;
	const struct fps_match *match;
	const struct fps_evidence *evidence;
};

__attribute__((format(printf, 4, 5))) static void conclude(
	struct fps_verdict *verdict, const char *cause, enum fps_certainty certainty, const char *why, ...)
{
	va_list arguments;

	verdict->cause = cause;
	verdict->certainty = certainty;
	va_start(arguments, why);
	vsnprintf(verdict->why, sizeof(verdict->why), why, arguments);
	va_end(arguments);
}

/* More of what it rests on. */
__attribute__((format(printf, 2, 3))) static void add(struct fps_verdict *verdict, const char *why, ...)
{
	size_t len = strlen(verdict->why);
	va_list arguments;

	va_start(arguments, why);
	vsnprintf(verdict->why + len, sizeof(verdict->why) - len, why, arguments);
	va_end(arguments);
}

bool fps_verdict_is_explained(const struct fps_verdict *verdict)
{
	return strcmp(verdict->cause, FPS_UNEXPLAINED) != 0;
}

/*
 * So many workers that die of the same within a minute, each soon after it began, have something in common: opcache's
 * memory.
 */
enum { LOOPING_WORKERS = 3, SOON_REQUESTS = 3, LOOKED_AT = 64 };

enum { NEARBY = 30 /* seconds */ };

static bool is_early_fault(const struct fps_record *record)
{
	return record->action == FPS_ACTION_DEATH && record->fingerprint && record->requests_served > 0
		&& record->requests_served <= SOON_REQUESTS
		&& (strcmp(record->cause, "segfault") == 0 || strcmp(record->cause, "bus_error") == 0
			|| strcmp(record->cause, "illegal_instruction") == 0);
}

static void find_loops(const struct fps_recordindex *records)
{
	for (size_t i = 0; i < records->count; i++) {
		struct fps_record *one = records->by_time[i], *last = one;
		int workers = 1;

		for (size_t k = i + 1; is_early_fault(one) && k < records->count && k < i + LOOKED_AT
			 && records->by_time[k]->time < one->time + 60;
			 k++) {
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

void fps_verdict_prepare(const struct fps_recordindex *records)
{
	find_loops(records);
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

/* As the web server's configuration has it. */
static struct fps_span upstream_of(const struct fps_incident *incident)
{
	struct fps_span upstream = {incident->upstream, strnlen(incident->upstream, 128)};

	fps_span_skip(&upstream, "fastcgi://");
	upstream.len -= fps_span_begins(upstream, "unix:") && upstream.at[upstream.len - 1] == ':';
	return upstream;
}

static const char *name_of(const struct fps_incident *incident)
{
	return incident->web == FPS_WEB_APACHE ? "Apache" : "nginx";
}

static bool is_oom(const struct fps_piece *piece)
{
	return (piece->kernel && piece->kernel->kind != FPS_KERN_FAULT) || (piece->kind == FPS_PIECE_END && piece->unit);
}

/* What the kernel's log has of a record's worker. */
static void add_kernel(struct fps_verdict *verdict, const struct fps_piece *piece)
{
	if (is_oom(piece) && (strcmp(verdict->cause, "killed") == 0 || strcmp(verdict->cause, "unknown_death") == 0)) {
		verdict->cause = "oom_kill";
		verdict->certainty = verdict->certainty == FPS_CERTAIN ? FPS_PROBABLE : verdict->certainty;
	}
	if (piece->kernel) {
		add(verdict, "; the kernel's log: %s", piece->kernel->text);
	}
}

static void conclude_from_record(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	const struct fps_record *record = match->piece->record;
	struct fps_span upstream = upstream_of(known->incident);
	enum fps_certainty certainty = record->confidence > match->certainty ? record->confidence : match->certainty;

	if (match->fit != FPS_FIT_OTHER) {
		conclude(verdict, record->cause, certainty, "its record, found by %s", match->by);
	} else if (match->certainty == FPS_CERTAIN) {
		conclude(verdict, record->cause, certainty,
			"its record, found by %s; its pool listens on %.128s, so something forwards %s's requests to it", match->by,
			record->listen, name_of(known->incident));
	} else {
		conclude(verdict, record->cause, certainty,
			"a record, found by %s, but %s asked %.*s and its pool listens on %.128s: it is the right one if a "
			"published port, "
			"a proxy or a mount leads there; otherwise it is another pool's",
			match->by, name_of(known->incident), FPS_SPAN_ARGS(upstream), record->listen);
	}
	add_kernel(verdict, match->piece);
}

/* Who says what a piece says. */
static const char *source_of(const struct fps_piece *piece)
{
	return piece->record ? "the record of the FPM master"
		: piece->event   ? "FPM's log"
		: piece->unit    ? "systemd's journal"
						 : "the kernel's log";
}

static const char *text_of(const struct fps_piece *piece)
{
	return piece->event ? piece->event->text
		: piece->unit   ? piece->unit->text
		: piece->kernel ? piece->kernel->text
						: piece->record->message;
}

static const char *word_of(const struct fps_piece *span)
{
	return span->kind == FPS_PIECE_RELOAD ? "a reload"
		: span->kind == FPS_PIECE_STOP    ? "a stop"
										  : "the end of all of FPM";
}

/* By the exit that FPM logged, the timeout before it, and the kernel's line. */
static const char *cause_of_end(const struct fps_piece *piece)
{
	const struct fps_fpm_event *event = piece->event;

	if (is_oom(piece)) {
		return "oom_kill";
	}
	if (event == NULL) {
		return cause_of_signal(piece->kernel->signal);
	}
	if (piece->timeout && (event->kind == FPS_FPM_TIMEOUT || event->code >= 0 || event->signal == SIGTERM)) {
		return "request_terminate_timeout";
	}
	return event->code < 0 ? cause_of_signal(event->signal) : event->code == 124 ? "hard_timeout" : "exit_in_request";
}

static void add_exit(struct fps_verdict *verdict, const struct fps_piece *piece)
{
	const struct fps_fpm_event *event = piece->event, *timeout = piece->timeout;

	if (event && event->kind == FPS_FPM_EXIT && event->code == 124) {
		add(verdict, "; that is how the engine leaves at its hard timeout");
	} else if (event && event->kind == FPS_FPM_EXIT && event->code == 137) {
		add(verdict, "; that is how PHP leaves at memory_hard_limit_percent");
	}
	if (timeout && event != timeout && event->code < 0 && event->signal != SIGTERM) {
		add(verdict, "; %lld s before, at request_terminate_timeout: %s: SIGTERM did not end it",
			(long long) (event->time - timeout->time), timeout->text);
	}
	if (piece->kernel && event) {
		add(verdict, "; the kernel's log: %s", piece->kernel->text);
	}
	if (piece->unit) {
		add(verdict, "; systemd's journal: %s", piece->unit->text);
	}
}

/* What else fits, and what would decide. */
static void add_doubts(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	bool by_time = match->rank == FPS_RANK_TIME;

	if (match->rivals) {
		add(verdict, "; that worker had one request, and %zu other%s failed at that time", match->rivals,
			match->rivals == 1 ? "" : "s");
	}
	if (match->rival) {
		add(verdict,
			match->rival->kind == FPS_PIECE_RECYCLED
				? "; a worker that ended itself then (%s) fits as well, if nginx keeps its connections to FPM"
				: "; this fits as well: %s",
			text_of(match->rival));
	}
	if (match->common) {
		add(verdict, "; %s at that time fits as well (%s: %s)", word_of(match->common), source_of(match->common),
			text_of(match->common));
	}
	if (by_time && !match->rivals && !match->rival && !match->common) {
		add(verdict, "; nothing but the time connects them");
	}
	if (by_time || match->rivals || match->rival || match->common) {
		add(verdict, ". A record of the request would decide");
	}
	if (match->piece->log != FPS_NO_LOG && fabs(known->evidence->clocks[match->piece->log].shift) > 0) {
		add(verdict, ". FPM's log is taken to be %.0f s %s, in another time zone",
			fabs(known->evidence->clocks[match->piece->log].shift),
			known->evidence->clocks[match->piece->log].shift > 0 ? "behind" : "ahead");
	}
}

/* What the logs have of a worker's end; FPM does not know the requests, but at request_terminate_timeout. */
static void conclude_from_end(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *piece = known->match->piece;
	const struct fps_fpm_event *said =
		piece->timeout && (piece->event->code >= 0 || piece->event->signal == SIGTERM) ? piece->timeout : piece->event;
	bool in_doubt = known->match->common != NULL;

	conclude(verdict, cause_of_end(piece), in_doubt ? FPS_POSSIBLE : known->match->certainty, "%s, by %s: %s",
		said ? "FPM's log" : "the kernel's log", known->match->by, said ? said->text : piece->kernel->text);
	if (strcmp(verdict->cause, "killed") == 0) {
		verdict->subcase = piece->timeout ? "killed/timeout" : "killed/log";
	} else if (strcmp(verdict->cause, "terminated") == 0) {
		verdict->subcase = "terminated/log";
	}
	add_exit(verdict, piece);
	add_doubts(verdict, known);
}

static void conclude_from_fall(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->common;
	bool oom = is_oom(span) || (span->unit && span->unit->kind != FPS_UNIT_EXITED);

	if (oom) {
		conclude(verdict, "oom_kill", known->match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
			"%s, at that time: %s", source_of(span), text_of(span));
	} else if (span->event) {
		conclude(verdict, "fpm_killed", FPS_POSSIBLE,
			"FPM's log has a start %.0f s later (%s), and no stop before it: master and workers were killed together, "
			"as with "
			"their container. Its events (docker events, kubectl describe pod) or the kernel's log would decide",
			span->time - (double) known->incident->time, text_of(span));
	} else {
		conclude(verdict, "fpm_killed", known->match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
			"%s, at that time: %s", source_of(span), text_of(span));
	}
}

/* FPM ended while the request ran or waited. */
static void conclude_from_common(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->common;
	enum fps_certainty certainty = known->match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE;
	bool unread = known->incident->phase == FPS_UPSTREAM_HEADER || known->incident->phase == FPS_UPSTREAM_SEND;
	bool recorded = known->evidence->records->count > 0;

	if (known->incident->phase == FPS_UPSTREAM_CONNECT) {
		conclude(verdict, "keepalive_race", certainty, "FPM ended the connections that nginx had kept: %s has %s then",
			source_of(span), word_of(span));
		return;
	}
	if (span->kind == FPS_PIECE_FALL) {
		conclude_from_fall(verdict, known);
		return;
	}
	conclude(verdict,
		span->kind == FPS_PIECE_RELOAD ? "fpm_reload"
			: unread && recorded       ? "queued_at_stop"
									   : "fpm_stop",
		certainty, "%s has %s at that time: %s", source_of(span), word_of(span), text_of(span));
	if (span->last && span->last->time > span->event->time) {
		add(verdict, "; %.0f s later: %s", (double) (span->last->time - span->event->time), span->last->text);
	}
	add(verdict,
		recorded ? "; no record is of this request"
				 : "; whether it ran or still waited in the queue, only a record would say");
	if (certainty == FPS_POSSIBLE) {
		add(verdict, ". Nothing but the time connects them: the pool that this FPM runs would decide");
	}
}

static void conclude_race(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *piece = known->match->piece;

	conclude(verdict, "keepalive_race", known->match->certainty, "%s, and %s saw an ordinary end of the connection",
		piece->record ? "a record reports a worker that was recycled then"
					  : "FPM's log has a worker that ended by itself then",
		name_of(known->incident));
	if (known->match->certainty == FPS_POSSIBLE) {
		add(verdict,
			"; nothing but the time connects them: without keepalive (fastcgi_keep_conn) it is something else");
	}
}

/* A crash of the kernel's log that is too far away to be the cause, and near enough to be worth a look; NULL: none. */
static const struct fps_piece *nearby_crash(const struct known *known)
{
	const struct fps_evidence *evidence = known->evidence;
	const double time = (double) known->incident->time;
	const struct fps_piece *best = NULL;

	for (size_t i = fps_evidence_since(evidence, time - NEARBY); i < evidence->point_count; i++) {
		const struct fps_piece *piece = &evidence->points[i];

		if (piece->time > time + NEARBY) {
			break;
		}
		if (piece->kernel && piece->owner == 0 && fps_evidence_fit(evidence, piece, known->incident) != FPS_POOL_OTHER
			&& (best == NULL || fabs(piece->time - time) < fabs(best->time - time))) {
			best = piece;
		}
	}
	return best;
}

/* A failure that a crash can look like. */
static void add_nearby_crash(struct fps_verdict *verdict, const struct known *known)
{
	const enum fps_kind kind = known->incident->kind;
	const struct fps_piece *piece = kind == FPS_KIND_RESET || kind == FPS_KIND_EOF ? nearby_crash(known) : NULL;

	if (piece) {
		double late = (double) known->incident->time - piece->time;

		add(verdict, "; the kernel's log has %s %.0f s %s it, which may or may not be the cause: %s",
			piece->kernel->kind == FPS_KERN_FAULT ? "a crash" : "a kill", fabs(late), late < 0 ? "after" : "before",
			piece->kernel->text);
	}
}

static void conclude_unexplained(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *spare = known->match->spare;

	conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "no record matches this request, and no other log explains it");
	if (known->incident->is_cut) {
		add(verdict,
			"; the entry is cut (nginx does that at 2,048 bytes) and does not name its upstream, which may not have "
			"been FPM");
	}
	if (spare && spare->kind == FPS_PIECE_END) {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN,
			"the logs have the end of one worker at that time (%s), but it had one request, and others failed as well: "
			"it is as likely another's. Records would tell them apart",
			text_of(spare));
	} else if (spare && spare->kind == FPS_PIECE_RECORD) {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN,
			"the record that fits (%s, %s) explains another failure, which it fits as well", spare->record->id,
			spare->record->cause);
	}
	add_nearby_crash(verdict, known);
}

/* A connection that FPM closed, and no record of it. */
static void conclude_closed(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	const struct fps_clientresponse *outcome = &match->outcome;
	bool sent_again = match->sent_again || outcome->sent_again;

	if (outcome->is_complete && known->incident->phase == FPS_UPSTREAM_BODY) {
		conclude(verdict, "harmless", FPS_CERTAIN, "nginx's access log: all of the declared length was sent");
	} else if (match->disallowed && known->incident->phase != FPS_UPSTREAM_BODY) {
		conclude(verdict, "address_not_allowed", FPS_PROBABLE, "FPM's log, at that time: %s",
			match->disallowed->event->text);
	} else if (sent_again && outcome->status > 0 && outcome->status < 500
		&& !(match->piece && (match->certainty <= FPS_PROBABLE || match->piece->kind == FPS_PIECE_RECYCLED))) {
		conclude(
			verdict, "retried", FPS_CERTAIN, "nginx's access log: upstream_status \"%s\"", outcome->upstream_status);
	} else if (match->piece && match->piece->kind == FPS_PIECE_END) {
		conclude_from_end(verdict, known);
	} else if (match->piece && match->piece->kind == FPS_PIECE_RECYCLED) {
		conclude_race(verdict, known);
	} else if (match->common) {
		conclude_from_common(verdict, known);
	} else {
		conclude_unexplained(verdict, known);
	}
}

static void add_full(struct fps_verdict *verdict, const struct known *known)
{
	if (known->match->full) {
		add(verdict, "; FPM's log: %s", known->match->full->event->text);
	}
}

/* Nothing listens: why, if a log says it. */
static void add_down(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->down;

	if (span == NULL) {
		return;
	}
	verdict->subcase = "fpm_down/restart";
	if (span->kind == FPS_PIECE_FALL) {
		add(verdict, "; %s: FPM had ended without a stop, and was there again %.0f s later (%s)", source_of(span),
			fmax(0, (span->back > 0 ? span->back : span->time) - (double) known->incident->time), text_of(span));
	} else if (span->back > 0) {
		add(verdict, "; %s: FPM was being restarted, stopped %.0f s before (%s) and there again %.0f s later",
			source_of(span), fmax(0, (double) known->incident->time - span->time), text_of(span),
			fmax(0, span->back - (double) known->incident->time));
	} else {
		add(verdict, "; %s: FPM was stopped %.0f s before (%s), and no start follows", source_of(span),
			fmax(0, (double) known->incident->time - span->time), text_of(span));
	}
}

static void conclude_no_answer(struct fps_verdict *verdict, const struct known *known)
{
	if (known->match->full == NULL) {
		conclude(verdict, "connect_timeout", FPS_CERTAIN,
			"%s says so; whether the host or its queue is at fault, FPM's log (reached pm.max_children) "
			"and a connection by hand (nc -vz) would decide",
			name_of(known->incident));
		return;
	}
	conclude(verdict, "pool_exhausted", known->match->full_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
		"FPM's host did not accept the connection in time");
	add_full(verdict, known);
	add(verdict,
		"; a host that does not answer, or a firewall, fits as well: a connection by hand (nc -vz) would decide");
}

static void conclude_connect(struct fps_verdict *verdict, const struct known *known)
{
	bool is_path = fps_span_begins(upstream_of(known->incident), "unix:");

	switch (known->incident->error) {
		case EAGAIN:
			conclude(verdict, "pool_exhausted", FPS_CERTAIN, "the queue of FPM's socket was full");
			add_full(verdict, known);
			break;
		case ETIMEDOUT: conclude_no_answer(verdict, known); break;
		case ECONNREFUSED:
			conclude(verdict, "fpm_down", FPS_CERTAIN, "nothing is listening there");
			add_down(verdict, known);
			break;
		case ENOENT:
			conclude(verdict, "fpm_down", FPS_CERTAIN, "there is no such socket");
			add_down(verdict, known);
			break;
		case EACCES:
		case EPERM:
			conclude(verdict, is_path ? "no_permission" : "connect_forbidden", FPS_CERTAIN,
				is_path ? "%s's user may not write to the socket"
						: "%s was refused by its own kernel: a TCP connection has no owner and no mode",
				name_of(known->incident));
			break;
		case EADDRNOTAVAIL:
			conclude(verdict, "no_local_port", FPS_CERTAIN, "%s says so", name_of(known->incident));
			break;
		case 0:
			conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "%s gives no reason", name_of(known->incident));
			break;
		default:
			conclude(
				verdict, "fpm_down", FPS_PROBABLE, "FPM's host can't be reached: %s", strerror(known->incident->error));
			verdict->subcase = "fpm_down/unreachable";
	}
}

/* Nobody answered in time: because the page is slow, or because it never ran. */
static void conclude_timeout(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	const struct fps_piece *span = match->common;
	bool ran = match->piece != NULL;

	if (known->incident->phase == FPS_UPSTREAM_CONNECT) {
		conclude_no_answer(verdict, known);
	} else if (known->incident->phase == FPS_UPSTREAM_SEND) {
		conclude(verdict, "nginx_timeout", FPS_CERTAIN, "%s could not send the request to FPM in time",
			name_of(known->incident));
		verdict->subcase = "nginx_timeout/send";
	} else if (!ran && span && span->kind == FPS_PIECE_RELOAD) {
		conclude(verdict, "queued_at_reload", match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
			"%s: %s", source_of(span), text_of(span));
		if (span->last) {
			add(verdict, "; it ended %.0f s later, and until then no new request ran",
				(double) (span->last->time - span->event->time));
		}
		add(verdict, "; a page that is too slow fits as well: FPM's slow log or a record would decide");
	} else if (!ran && match->full) {
		conclude(verdict, "pool_exhausted", match->full_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
			"FPM's log, %.0f s before: %s; the request may have waited "
			"in the queue and never run. A page that is too slow fits as well: FPM's slow log, or a record, would "
			"decide",
			fmax(0, (double) known->incident->time - match->full->time), match->full->event->text);
		verdict->subcase = known->incident->web == FPS_WEB_APACHE ? "pool_exhausted/apache" : "pool_exhausted/queue";
	} else {
		conclude(verdict, known->incident->web == FPS_WEB_APACHE ? "apache_timeout" : "nginx_timeout", FPS_CERTAIN,
			"%s waited for longer than it is set to", name_of(known->incident));
	}
}

/* A fatal error of PHP's in the web server's log, by PHP's own words. */
static void conclude_stderr(struct fps_verdict *verdict, const struct known *known)
{
	static const char *const causes[] = {
		[FPS_PHP_NONE] = "fatal_error",
		[FPS_PHP_FATAL] = "fatal_error",
		[FPS_PHP_PARSE] = "compile_error",
		[FPS_PHP_EXCEPTION] = "uncaught_exception",
		[FPS_PHP_MEMORY_LIMIT] = "memory_limit",
		[FPS_PHP_OUT_OF_MEMORY] = "memory_refused",
		[FPS_PHP_MAX_EXECUTION_TIME] = "max_execution_time",
	};

	if (known->incident->event_id[0]) {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "the last words name no cause that this tool knows");
		return;
	}
	conclude(
		verdict, causes[known->incident->php], FPS_CERTAIN, "PHP's own words in %s's log", name_of(known->incident));
}

/* A death that only its last words report, as its record was not given: they name the cause. */
static bool conclude_from_words(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_incident *incident = known->incident;
	static const char *const causes[] = {"segfault", "stack_overflow", "bus_error", "illegal_instruction",
		"floating_point_error", "trap", "bad_syscall", "abort", "cpu_limit", "file_size_limit", "hard_timeout",
		"request_terminate_timeout", "fpm_reload", "fpm_stop", "opcache_kill", "terminated", "exit_in_request"};
	const char *words = incident->event_id[0] ? strstr(incident->said, "fpmsentinel: ") : NULL;

	if (words == NULL) {
		return false;
	}
	if (fps_recordindex_with_id(known->evidence->records, (struct fps_span) {incident->event_id, 32}) != NULL) {
		if (incident->kind == FPS_KIND_STDERR) {
			conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN,
				"the last words name the record of another request: a page may have written them");
			return true;
		}
		return false;
	}
	words += strlen("fpmsentinel: ");
	words += strncmp(words, "probably ", 9) == 0 ? 9 : 0;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		size_t len = strlen(causes[i]);

		if (strncmp(words, causes[i], len) == 0 && (words[len] == ' ' || words[len] == '"')) {
			conclude(
				verdict, causes[i], FPS_PROBABLE, "the worker's last words; the record that they name was not given");
			return true;
		}
	}
	return false;
}

/* What the web server says plainly, as of its own faults. */
static bool conclude_from_message(struct fps_verdict *verdict, const struct fps_incident *incident)
{
	static const struct {
		enum fps_kind kind;
		const char *cause, *why;
	} causes[] = {
		{FPS_KIND_BIG_HEADER, "response_rejected", " says so"},
		{FPS_KIND_INVALID_HEADER, "response_rejected", " says so"},
		{FPS_KIND_CLIENT_ABORT, "client_abort", " says so"},
		{FPS_KIND_TEMP_FILE, "temp_file_failed", " says so, and names the file"},
		{FPS_KIND_CACHE_FILE, "cache_file_failed", " says so, and names the file"},
		{FPS_KIND_NO_FILES, "no_file_descriptors", " says so: it had too many files open"},
		{FPS_KIND_NO_CONNECTIONS, "no_connections", " says so: it had no connection left for the request"},
		{FPS_KIND_RESOLVE, "name_not_resolved", " says so; it does not say whether the name is of PHP-FPM's host"},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].kind == incident->kind) {
			verdict->cause = causes[i].cause;
			verdict->certainty = FPS_CERTAIN;
			snprintf(verdict->why, sizeof(verdict->why), "%s%s", name_of(incident), causes[i].why);
			return true;
		}
	}
	return false;
}

static void conclude_by_kind(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_incident *incident = known->incident;

	switch (incident->kind) {
		case FPS_KIND_RESET:
		case FPS_KIND_EOF: conclude_closed(verdict, known); break;
		case FPS_KIND_TIMEOUT: conclude_timeout(verdict, known); break;
		case FPS_KIND_CONNECT: conclude_connect(verdict, known); break;
		case FPS_KIND_STDERR: conclude_stderr(verdict, known); break;
		case FPS_KIND_INCOMPLETE:
			conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN,
				"FPM ended its answer itself, without a header or before the declared length: the worker lives, and "
				"PHP's own log would say why");
			break;
		default:
			if (strncmp(incident->message, "no live upstreams ", 18) == 0) {
				conclude(verdict, "no_live_upstreams", FPS_CERTAIN,
					"nginx says so: each server of that upstream had failed before");
			} else if (!conclude_from_message(verdict, incident)) {
				conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "this %s message is not known to fpmsentinel",
					name_of(incident));
			}
	}
}

/* Of the worker that a record or FPM's log names. */
static char *written_by(const struct known *known)
{
	const struct fps_piece *piece = known->match->piece;
	const struct fps_fpm_log *fpm = known->evidence->fpm;
	char *written = NULL;

	if (piece && piece->kind == FPS_PIECE_END && piece->event) {
		return fps_fpmlog_written(fpm, piece->pid, piece->event->time);
	}
	if (piece == NULL || piece->kind != FPS_PIECE_RECORD || piece->record->action != FPS_ACTION_DEATH) {
		return NULL;
	}
	for (size_t i = 0; i < fpm->log_count && !written; i++) {
		written = fps_fpmlog_written(fpm, piece->pid, (int64_t) (piece->time - known->evidence->clocks[i].shift));
	}
	return written;
}

/* What advice of its own there is where the web server is Apache, which has other names for its settings. */
static const char *subcase_of_apache(const struct fps_verdict *verdict)
{
	static const struct {
		const char *cause, *subcase, *apache;
	} all[] = {
		{FPS_UNEXPLAINED, NULL, "unexplained/apache"},
		{"fpm_down", NULL, "fpm_down/apache"},
		{"no_permission", NULL, "no_permission/apache"},
		{"no_connections", NULL, "no_connections/apache"},
		{"pool_exhausted", "pool_exhausted/queue", "pool_exhausted/apache"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(verdict->cause, all[i].cause) == 0
			&& (all[i].subcase && verdict->subcase ? strcmp(verdict->subcase, all[i].subcase) == 0
												   : all[i].subcase == verdict->subcase)) {
			return all[i].apache;
		}
	}
	return verdict->subcase;
}

struct fps_verdict fps_verdict_reach(
	const struct fps_incident *incident, const struct fps_match *match, const struct fps_evidence *evidence)
{
	const struct known known = {incident, match, evidence};
	struct fps_verdict verdict = {.written = written_by(&known)};
	bool given_up = incident->kind == FPS_KIND_CLIENT_ABORT || incident->kind == FPS_KIND_TIMEOUT;

	if (fps_join_record(match) && !given_up) {
		conclude_from_record(&verdict, &known);
	} else if (!conclude_from_words(&verdict, &known)) {
		conclude_by_kind(&verdict, &known);
	}
	if (incident->is_cut && !*incident->upstream && verdict.certainty == FPS_CERTAIN && !fps_join_record(match)
		&& (incident->kind == FPS_KIND_CONNECT || incident->kind == FPS_KIND_TIMEOUT)) {
		verdict.certainty = FPS_POSSIBLE;
		add(&verdict, "; the entry is cut and does not name its upstream, which may not have been FPM");
	}
	if (incident->web == FPS_WEB_APACHE) {
		verdict.subcase = subcase_of_apache(&verdict);
	}
	return verdict;
}

void fps_verdict_free(struct fps_verdict *verdict)
{
	free(verdict->written);
}
