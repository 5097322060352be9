/* Verdicts. What is said here of nginx's lines was measured: see the tests of tests/fpm/trace-*.phpt. */
#include "explain/verdict.h"

#include "explain/advice.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a verdict is based on. */
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
 * When that many workers die of the same within a minute, each soon after it began, they have something in common:
 * opcache's memory.
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

/* From the web server's configuration. */
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

/* What the kernel's log has of a worker; with another pid it may be another process's line. */
static void add_kernel_line(struct fps_verdict *verdict, const struct fps_piece *piece)
{
	if (piece->kernel) {
		add(verdict, "; the kernel's log%s: %s",
			piece->is_kernel_by_time
				? " in that second, with another pid (the host gives a container's processes other ones)"
				: "",
			piece->kernel->text);
	}
}

/* Of a record's worker. */
static void add_kernel(struct fps_verdict *verdict, const struct fps_piece *piece)
{
	if (is_oom(piece) && (strcmp(verdict->cause, "killed") == 0 || strcmp(verdict->cause, "unknown_death") == 0)) {
		verdict->cause = "oom_kill";
		verdict->certainty = verdict->certainty == FPS_CERTAIN ? FPS_PROBABLE : verdict->certainty;
	}
	add_kernel_line(verdict, piece);
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
			"a record, found by %s, but %s asked %.*s and its pool listens on %.128s: it is the right one only if a "
			"published port, a proxy or a mount leads from one to the other",
			match->by, name_of(known->incident), FPS_SPAN_ARGS(upstream), record->listen);
	}
	add_kernel(verdict, match->piece);
}

/* The source of a piece. */
static const char *source_of(const struct fps_piece *piece)
{
	return piece->record ? "the FPM master's record"
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

/* Two workers were killed, and the kernel's log has one of them: whose it is, it does not say. */
static bool is_oom_of_other(const struct fps_piece *piece)
{
	return piece->other_kernel && piece->other_kernel->kind != FPS_KERN_FAULT && !piece->kernel && !piece->unit;
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
	if (event) {
		add_kernel_line(verdict, piece);
	}
	if (is_oom_of_other(piece)) {
		add(verdict, "; another worker was killed then, and the kernel's log has one of the two: %s",
			piece->other_kernel->text);
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
		add(verdict, "; that %s one request, and %zu other%s failed at that time",
			match->piece->kind == FPS_PIECE_END ? "worker had" : "line is about", match->rivals,
			match->rivals == 1 ? "" : "s");
	}
	if (match->rival) {
		add(verdict,
			match->rival->kind == FPS_PIECE_RECYCLED
				? "; a worker that ended itself then (%s) fits as well, if nginx keeps connections to FPM open"
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
	if (match->piece->kind == FPS_PIECE_DISALLOWED && by_time) {
		add(verdict, ". Whether that is the web server's address would decide");
	} else if (by_time || match->rivals || match->rival || match->common) {
		add(verdict, ". A record of the request would decide");
	}
	if (match->piece->log != FPS_NO_LOG && fabs(known->evidence->clocks[match->piece->log].shift) > 0) {
		add(verdict, ". FPM's log is read as %.0f s %s, in another time zone%s",
			fabs(known->evidence->clocks[match->piece->log].shift),
			known->evidence->clocks[match->piece->log].shift > 0 ? "behind" : "ahead",
			known->evidence->clocks[match->piece->log].is_guess ? ", which rests on this one pair" : "");
	}
}

/* A signal that a timer or a library causes has advice of its own. */
static const char *kind_of_end(const struct fps_piece *piece)
{
	const struct fps_fpm_event *event = piece->event;

	if (event == NULL || (piece->kernel && piece->kernel->kind == FPS_KERN_FAULT)) {
		return "kernel";
	}
	if (event->code >= 0 || piece->timeout) {
		return piece->timeout && event->signal == SIGKILL ? "timeout" : "log";
	}
	switch (event->signal) {
		case SIGPROF: return "SIGPROF";
		case SIGPIPE: return "SIGPIPE";
		case SIGALRM: return "SIGALRM";
		case SIGVTALRM: return "SIGVTALRM";
		default: return "log";
	}
}

/* The kernel's line was added to the end by time, without regard to which socket the incident has. */
static struct fps_piece own_piece(const struct known *known)
{
	struct fps_piece piece = *known->match->piece;

	if (piece.kernel && piece.event && fps_pools_fit_kernel(piece.kernel, known->incident) == FPS_POOL_OTHER) {
		piece.kernel = NULL;
	}
	return piece;
}

/* What the logs have of a worker's end; FPM names the request only at request_terminate_timeout. */
static void conclude_from_end(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece own = own_piece(known), *piece = &own;
	const struct fps_fpm_event *said =
		piece->timeout && (piece->event->code >= 0 || piece->event->signal == SIGTERM) ? piece->timeout : piece->event;
	/* a line of the kernel's that only the time connects with the end decides what the cause is */
	bool in_doubt =
		known->match->common != NULL || (piece->is_kernel_by_time && is_oom(piece)) || is_oom_of_other(piece);

	conclude(verdict, cause_of_end(piece), in_doubt ? FPS_POSSIBLE : known->match->certainty, "%s, by %s: %s",
		said ? "FPM's log" : "the kernel's log", known->match->by, said ? said->text : piece->kernel->text);
	verdict->subcase = fps_advice_subcase(verdict->cause, kind_of_end(piece));
	if (verdict->subcase == NULL) {
		verdict->subcase = fps_advice_subcase(verdict->cause, "log");
	}
	if (verdict->subcase && strncmp(kind_of_end(piece), "SIG", 3) == 0) {
		add(verdict, "; a process that sent this signal fits as well: a record would name it");
	}
	add_exit(verdict, piece);
	add_doubts(verdict, known);
}

/* A connection that FPM turned away by its address. */
static void conclude_disallowed(struct fps_verdict *verdict, const struct known *known)
{
	conclude(verdict, "address_not_allowed", known->match->common ? FPS_POSSIBLE : known->match->certainty,
		"FPM's log, by %s: %s", known->match->by, known->match->piece->event->text);
	add_doubts(verdict, known);
}

static void conclude_from_fall(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->common;
	enum fps_certainty certainty = known->match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE;

	if (span->event) {
		conclude(verdict, "fpm_killed", FPS_POSSIBLE,
			"FPM's log has a start %.0f s later (%s), and no stop before it: as when master and workers are killed "
			"together with their container. Its events (docker events, kubectl describe pod) or the kernel's log would "
			"decide",
			span->time - (double) known->incident->time, text_of(span));
	} else if (is_oom(span) || (span->unit && span->unit->kind != FPS_UNIT_EXITED)) {
		conclude(verdict, "oom_kill", certainty, "%s, at that time: %s", source_of(span), text_of(span));
		verdict->subcase = !span->unit               ? "oom_kill/all"
			: span->unit->kind == FPS_UNIT_OOMD_KILL ? "oom_kill/oomd"
													 : "oom_kill/unit";
	} else {
		conclude(verdict, "fpm_killed", certainty, "%s, at that time: %s", source_of(span), text_of(span));
	}
}

/*
 * Whether fpmsentinel ran in what stopped, so that a request that a worker had would have left a record: the master
 * left one itself, or a worker of that address did, not long before.
 */
static bool is_recorded(const struct known *known, const struct fps_piece *span)
{
	const struct fps_recordindex *records = known->evidence->records;

	if (span->record) {
		return true;
	}
	for (size_t i = fps_recordindex_since(records, span->time - known->evidence->shift - 86400); i < records->count;
		 i++) {
		const struct fps_record *record = records->by_time[i];

		if (record->listen && fps_address_fit(&known->incident->address, &record->address) <= FPS_FIT_LIKELY
			&& !fps_evidence_elsewhere(known->evidence, record, known->incident)) {
			return true;
		}
	}
	return false;
}

/* Where all of FPM is killed at once, nothing is left to write a record: that there is none says nothing then. */
static void add_fall(struct fps_verdict *verdict, const struct fps_piece *fall)
{
	if (fall) {
		add(verdict,
			"; this fits as well: FPM's log has a start without a stop (%s), as when master and workers are killed "
			"together while the request runs, which leaves no record either. The container's events or the kernel's "
			"log would decide",
			text_of(fall));
	}
}

/* FPM ended while the request ran or waited. */
static void conclude_from_common(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->common;
	enum fps_certainty certainty = known->match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE;
	const struct fps_piece *fall = span == known->match->fall ? NULL : known->match->fall;
	bool unread = known->incident->phase == FPS_UPSTREAM_HEADER || known->incident->phase == FPS_UPSTREAM_SEND;
	bool recorded = is_recorded(known, span);

	if (known->incident->phase == FPS_UPSTREAM_CONNECT) {
		conclude(verdict, "keepalive_race", certainty,
			"FPM closed the connections that nginx kept open: %s has %s at that time", source_of(span), word_of(span));
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
		fall ? FPS_POSSIBLE : certainty, "%s has %s at that time: %s", source_of(span), word_of(span), text_of(span));
	verdict->subcase = fps_advice_subcase(verdict->cause, span->emergency ? "emergency" : "log");
	if (span->emergency) {
		add(verdict, "; just before: %s", span->emergency->text);
	}
	if (span->last && span->last->time > span->event->time) {
		add(verdict, "; %.0f s later: %s", (double) (span->last->time - span->event->time), span->last->text);
	}
	add(verdict,
		recorded                             ? "; fpmsentinel runs there, and no record matches this request"
			: span->kind == FPS_PIECE_RELOAD ? "; only a record would say whether the page had begun"
											 : "; only a record would say whether the page ran or waited in the queue");
	add_fall(verdict, fall);
	if (certainty == FPS_POSSIBLE) {
		add(verdict, ". Nothing but the time connects them: whether this FPM runs the pool would decide");
	}
}

static void conclude_race(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *piece = known->match->piece;

	conclude(verdict, "keepalive_race", known->match->certainty, "%s, and %s saw an ordinary end of the connection",
		piece->record ? "a record reports a worker that was recycled at that time"
					  : "FPM's log has a worker that ended by itself at that time",
		name_of(known->incident));
	if (known->match->certainty == FPS_POSSIBLE) {
		add(verdict,
			"; nothing but the time connects them: without keepalive (fastcgi_keep_conn) the cause is another one");
	}
}

/* A crash in the kernel's log that is too far away to be the cause, but near enough to be worth a look; NULL: none. */
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

		add(verdict, "; the kernel's log has %s %.0f s %s this failure, which may or may not be the cause: %s",
			piece->kernel->kind == FPS_KERN_FAULT ? "a crash" : "a kill", fabs(late), late < 0 ? "after" : "before",
			piece->kernel->text);
	}
}

static void conclude_unexplained(struct fps_verdict *verdict, const struct known *known)
{
	/* by whether there are records, and lines of FPM's log */
	static const char *const nothing_found[2][2] = {
		{"the input has neither records nor lines of FPM's log",
			"the input has no records, and no other log explains it"},
		{"no record matches this request, and the input has no lines of FPM's log",
			"no record matches this request, and no other log explains it"},
	};
	const struct fps_piece *spare = known->match->spare;

	if (spare && spare->kind == FPS_PIECE_RECORD) {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN,
			"the record that fits (%s, %s) explains another failure, which it fits as well", spare->record->id,
			spare->record->cause);
	} else if (spare && (spare->kind == FPS_PIECE_END || spare->kind == FPS_PIECE_DISALLOWED)) {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN,
			"the logs have one %s at that time (%s), but that was one request, and others failed as well: it is as "
			"likely another's. Records would tell them apart",
			spare->kind == FPS_PIECE_END ? "worker's end" : "connection that FPM turned away", text_of(spare));
	} else {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "%s",
			nothing_found[known->evidence->records->count > 0][known->evidence->fpm->log_count > 0]);
	}
	if (known->incident->is_cut && !spare) {
		add(verdict,
			"; the entry is cut (nginx does that at 2,048 bytes) and does not name its upstream, which may not have "
			"been FPM");
	}
	add_nearby_crash(verdict, known);
}

/* A connection that FPM closed, and for which there is no record. */
static void conclude_closed(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	const struct fps_clientresponse *outcome = &match->outcome;
	bool sent_again = match->sent_again || outcome->sent_again;

	if (outcome->is_complete && known->incident->phase == FPS_UPSTREAM_BODY) {
		conclude(verdict, "harmless", FPS_CERTAIN, "nginx's access log: all of the declared length was sent");
	} else if (sent_again && outcome->status > 0 && outcome->status < 500
		&& !(match->piece && (match->certainty <= FPS_PROBABLE || match->piece->kind == FPS_PIECE_RECYCLED))) {
		conclude(
			verdict, "retried", FPS_CERTAIN, "nginx's access log: upstream_status \"%s\"", outcome->upstream_status);
	} else if (match->piece && match->piece->kind == FPS_PIECE_END) {
		conclude_from_end(verdict, known);
	} else if (match->piece && match->piece->kind == FPS_PIECE_DISALLOWED) {
		conclude_disallowed(verdict, known);
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

/* Nothing listens; says why, if a log does. */
static void add_down(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->down;

	if (span == NULL) {
		return;
	}
	verdict->subcase = "fpm_down/restart";
	if (span->kind == FPS_PIECE_FALL) {
		add(verdict, "; %s: FPM had ended without a stop, and was back %.0f s later (%s)", source_of(span),
			fmax(0, (span->back > 0 ? span->back : span->time) - (double) known->incident->time), text_of(span));
	} else if (span->back > 0) {
		add(verdict, "; %s: FPM was being restarted: it stopped %.0f s before (%s) and was back %.0f s later",
			source_of(span), fmax(0, (double) known->incident->time - span->time), text_of(span),
			fmax(0, span->back - (double) known->incident->time));
	} else {
		add(verdict, "; %s: FPM was stopped %.0f s before (%s), and no start follows", source_of(span),
			fmax(0, (double) known->incident->time - span->time), text_of(span));
		verdict->subcase = "fpm_down/stopped";
	}
}

static void conclude_no_answer(struct fps_verdict *verdict, const struct known *known)
{
	if (known->match->full == NULL) {
		conclude(verdict, "connect_timeout", FPS_CERTAIN,
			"%s says so; FPM's log (reached pm.max_children) and a connection by hand (nc -vz) would decide whether "
			"the host or its queue is at fault",
			name_of(known->incident));
		return;
	}
	conclude(verdict, "pool_exhausted", known->match->full_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
		"FPM's host did not accept the connection in time");
	add_full(verdict, known);
	add(verdict,
		"; a host that does not answer, or a firewall, fits as well: a connection by hand (nc -vz) would decide");
}

/* The queue of a unix socket is full: because all workers are busy, or because FPM takes none while it reloads. */
static void conclude_full_queue(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_piece *span = known->match->common;

	conclude(verdict, "pool_exhausted", FPS_CERTAIN, "the queue of FPM's socket was full");
	if (span && span->kind == FPS_PIECE_RELOAD) {
		verdict->subcase = "pool_exhausted/reload";
		add(verdict, "; %s has a reload at that time: %s", source_of(span), text_of(span));
	} else {
		add_full(verdict, known);
	}
}

/* What connect() and the calls before it fail with; sockets of one kind only, or both. */
enum family { ANY, TCP, UNIX };
static const struct refusal {
	int error;
	enum family family;
	const char *cause, *subcase, *why; /* after the name of the web server */
} refusals[] = {
	{EACCES, UNIX, "no_permission", NULL,
		" may not write to the socket: by its owner and mode, by those of a directory above it, or by SELinux; ls -lZ "
		"and ausearch -m avc would decide"},
	{EPERM, UNIX, "no_permission", NULL, " was refused by its own kernel, as SELinux or AppArmor make it do"},
	{EACCES, TCP, "connect_forbidden", NULL,
		" was refused by its own kernel, as SELinux makes it do: a TCP connection has no owner and no mode"},
	{EPERM, TCP, "connect_forbidden", NULL,
		" was refused by its own kernel, as a firewall rule for outgoing connections, or SELinux, makes it do"},
	{EADDRNOTAVAIL, ANY, "no_local_port", NULL, " says so"},
	{EADDRINUSE, ANY, "no_local_port", NULL, " says so"},
	{ENOMEM, ANY, "no_kernel_memory", NULL, " says so"},
	{ENOBUFS, ANY, "no_kernel_memory", NULL, " says so"},
	{EAGAIN, TCP, "no_kernel_memory", NULL, " says so: over TCP that is not FPM's queue"},
	{ENOTDIR, UNIX, "fpm_down", NULL, " found no socket at that path: one of its parts is not a directory"},
	{ELOOP, UNIX, "fpm_down", NULL, " found no socket at that path: its symbolic links lead in a circle"},
	{ENAMETOOLONG, UNIX, "fpm_down", NULL, " found no socket at that path: it is too long"},
	{EPROTOTYPE, UNIX, "fpm_down", NULL, " found a socket of another type there (SOCK_DGRAM): it is not FPM's"},
	{EHOSTUNREACH, TCP, "fpm_down", "fpm_down/unreachable", " found no way to FPM's host"},
	{EHOSTDOWN, TCP, "fpm_down", "fpm_down/unreachable", " found FPM's host down"},
	{ENETUNREACH, TCP, "fpm_down", "fpm_down/unreachable", " found no way to the network of FPM's host"},
	{ENETDOWN, TCP, "fpm_down", "fpm_down/unreachable", " found its own network down"},
	{EAFNOSUPPORT, TCP, "fpm_down", "fpm_down/unreachable", " can't use addresses of that kind: IPv6 may be disabled"},
};

static const struct refusal *refusal_of(const struct fps_incident *incident, bool is_path)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].error == incident->error
			&& (refusals[i].family == ANY || refusals[i].family == (is_path ? UNIX : TCP))) {
			return &refusals[i];
		}
	}
	return NULL;
}

static void conclude_refusal(struct fps_verdict *verdict, const struct known *known, bool is_path)
{
	const struct fps_incident *incident = known->incident;
	const struct refusal *refusal = refusal_of(incident, is_path);

	if (strncmp(incident->message, "bind(", 5) == 0 && incident->error == EADDRNOTAVAIL) {
		conclude(verdict, "bind_address", FPS_CERTAIN, "%s says so, and names the address", name_of(incident));
	} else if (refusal) {
		conclude(verdict, refusal->cause, FPS_CERTAIN, "%s%s", name_of(incident), refusal->why);
		verdict->subcase = refusal->subcase;
	} else if (incident->error) {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "%s could not connect to FPM: %s", name_of(incident),
			strerror(incident->error));
	} else {
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "%s gives no reason", name_of(incident));
	}
}

static void conclude_connect(struct fps_verdict *verdict, const struct known *known)
{
	bool is_path = fps_span_begins(upstream_of(known->incident), "unix:");

	switch (known->incident->error) {
		case ETIMEDOUT: conclude_no_answer(verdict, known); break;
		case ECONNREFUSED:
		case ENOENT:
			conclude(verdict, "fpm_down", FPS_CERTAIN,
				known->incident->error == ENOENT ? "there is no such socket" : "nothing is listening there");
			add_down(verdict, known);
			break;
		default:
			if (known->incident->error == EAGAIN && is_path) {
				conclude_full_queue(verdict, known);
			} else {
				conclude_refusal(verdict, known, is_path);
			}
	}
}

/* A reload that waits for running requests lets no new one run. */
static void conclude_queued_at_reload(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	const struct fps_piece *span = match->common;

	conclude(verdict, "queued_at_reload", match->common_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE, "%s: %s",
		source_of(span), text_of(span));
	if (span->last) {
		add(verdict, "; it ended %.0f s later, and no new request ran until then",
			(double) (span->last->time - span->event->time));
	}
	add(verdict, "; a page that is too slow fits as well: FPM's slow log or a record would decide");
}

static const char *subcase_of_full(const struct fps_fpm_event *event)
{
	return strncmp(event->text, "fork() failed", 13) == 0           ? "pool_exhausted/fork"
		: event->pool == NULL && strstr(event->text, "process.max") ? "pool_exhausted/process.max"
																	: "pool_exhausted/queue";
}

/* Nobody answered in time: because the page is slow, or because it never ran. What has sent a part of its answer ran.
 */
static void conclude_timeout(struct fps_verdict *verdict, const struct known *known)
{
	const struct fps_match *match = known->match;
	const struct fps_incident *incident = known->incident;
	bool slow = match->piece && match->piece->kind == FPS_PIECE_SLOW;
	bool ran = incident->phase == FPS_UPSTREAM_BODY || (match->piece && (!slow || match->certainty < FPS_POSSIBLE));

	if (incident->phase == FPS_UPSTREAM_CONNECT) {
		conclude_no_answer(verdict, known);
	} else if (incident->phase == FPS_UPSTREAM_SEND) {
		conclude(
			verdict, "nginx_timeout", FPS_CERTAIN, "%s could not send the request to FPM in time", name_of(incident));
		verdict->subcase = "nginx_timeout/send";
	} else if (!ran && match->common && match->common->kind == FPS_PIECE_RELOAD) {
		conclude_queued_at_reload(verdict, known);
	} else if (!ran && match->full) {
		conclude(verdict, "pool_exhausted", match->full_fit == FPS_POOL_MATCH ? FPS_PROBABLE : FPS_POSSIBLE,
			"FPM's log, %.0f s before: %s; the request may have waited in the queue and never run. A page that is too "
			"slow fits as well: FPM's slow log or a record would decide",
			fmax(0, (double) incident->time - match->full->time), match->full->event->text);
		verdict->subcase = subcase_of_full(match->full->event);
	} else {
		conclude(verdict, incident->web == FPS_WEB_APACHE ? "apache_timeout" : "nginx_timeout", FPS_CERTAIN,
			"%s stopped waiting at its own timeout", name_of(incident));
		if (incident->phase == FPS_UPSTREAM_BODY) {
			verdict->subcase = "nginx_timeout/body";
		} else if (ran) {
			verdict->subcase = fps_advice_subcase(verdict->cause, "slow");
		} else {
			add(verdict,
				"; whether the page was slow, or waited for a free worker and never ran, a record, FPM's slow log or "
				"FPM's log (reached pm.max_children) would decide");
		}
	}
	if (slow) {
		add(verdict, "; FPM logged a slow request, by %s, %.0f s before: %s", match->by,
			fmax(0, (double) incident->time - match->piece->time), match->piece->event->text);
	}
}

/* A fatal error in the web server's log, in PHP's own words. */
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
		conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "the last words name no cause that this version knows");
		return;
	}
	conclude(
		verdict, causes[known->incident->php], FPS_CERTAIN, "PHP's own message in %s's log", name_of(known->incident));
	verdict->subcase = fps_advice_subcase(verdict->cause, "log");
}

/* A death that only its last words report, since its record was not passed: they name the cause. */
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
			conclude(verdict, causes[i], FPS_PROBABLE,
				"the worker's last words; the record that they name is not among the input");
			verdict->subcase = fps_advice_subcase(causes[i], "log");
			return true;
		}
	}
	return false;
}

static const char *subcase_of_message(const struct fps_incident *incident)
{
	if (incident->kind == FPS_KIND_BIG_HEADER) {
		return "response_rejected/big";
	}
	if (incident->kind == FPS_KIND_INVALID_HEADER) {
		return strstr(incident->message, "FastCGI protocol version") || strstr(incident->message, "Got bogus ")
			? "response_rejected/protocol"
			: "response_rejected/invalid";
	}
	return incident->error == ENFILE ? "no_file_descriptors/system" : NULL;
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
		{FPS_KIND_LOST, "connection_lost",
			" says so: its kernel reported that, and no timeout of the web server's had passed"},
		{FPS_KIND_CLIENT_ABORT, "client_abort", " says so"},
		{FPS_KIND_TEMP_FILE, "temp_file_failed", " says so, and names the file"},
		{FPS_KIND_CACHE_FILE, "cache_file_failed", " says so, and names the file"},
		{FPS_KIND_NO_FILES, "no_file_descriptors", " says so"},
		{FPS_KIND_NO_CONNECTIONS, "no_connections", " says so"},
		{FPS_KIND_RESOLVE, "name_not_resolved", " says so; it does not say whether the name is of PHP-FPM's host"},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].kind == incident->kind) {
			verdict->cause = causes[i].cause;
			verdict->certainty = FPS_CERTAIN;
			verdict->subcase = subcase_of_message(incident);
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
				"FPM itself ended its answer, without a header or before the declared length: no worker died, and "
				"PHP's "
				"own log would say why");
			break;
		default:
			if (strncmp(incident->message, "no live upstreams ", 18) == 0) {
				conclude(verdict, "no_live_upstreams", FPS_CERTAIN,
					"nginx says so; its entries just before show which failures");
			} else if (!conclude_from_message(verdict, incident)) {
				conclude(verdict, FPS_UNEXPLAINED, FPS_UNCERTAIN, "this %s message is not known to fpmsentinel",
					name_of(incident));
			}
	}
}

/* What the worker of a piece wrote to standard error, by the one log that can be its FPM's. */
static char *written_by(const struct known *known)
{
	const struct fps_piece *piece = known->match->piece;
	const struct fps_fpm_log *fpm = known->evidence->fpm;
	bool is_end = piece && piece->kind == FPS_PIECE_END && piece->event,
		 is_death = piece && piece->kind == FPS_PIECE_RECORD && piece->record->action == FPS_ACTION_DEATH;
	char *written = NULL;

	for (size_t i = 0; (is_end || is_death) && i < fpm->log_count; i++) {
		const struct fps_fpmlog_writer writer = {i, piece->pid, piece->pool};
		double time = is_end ? (double) piece->event->time : piece->time - known->evidence->clocks[i].shift;
		bool may_be = is_end ? piece->log == i : !fps_evidence_other_fpm(known->evidence, piece->record, i);
		char *here = may_be ? fps_fpmlog_written(fpm, &writer, (int64_t) time) : NULL;

		if (here && written) { /* of two FPMs: nobody knows whose */
			free(here);
			free(written);
			return NULL;
		}
		written = here ? here : written;
	}
	return written;
}

/* The advice for Apache, whose settings have other names, where there is one. */
static const char *subcase_of_apache(const struct fps_verdict *verdict)
{
	const char *apache = fps_advice_subcase(verdict->subcase ? verdict->subcase : verdict->cause, "apache");

	return apache ? apache : verdict->subcase;
}

/* nginx's entry that was cut before it named its upstream: what it says may be about a server that is not FPM. */
static bool may_be_of_another(const struct fps_incident *incident)
{
	static const bool of_any[] = {[FPS_KIND_CONNECT] = true,
		[FPS_KIND_TIMEOUT] = true,
		[FPS_KIND_BIG_HEADER] = true,
		[FPS_KIND_INVALID_HEADER] = true,
		[FPS_KIND_LOST] = true};

	return incident->web == FPS_WEB_NGINX && !*incident->upstream && incident->kind < sizeof(of_any)
		&& of_any[incident->kind] && !strstr(incident->message, "FastCGI");
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
	if (incident->kind == FPS_KIND_CLIENT_ABORT && match->full && !match->piece) {
		add(&verdict, "; FPM's log, %.0f s before: %s; the request may have waited in the queue and never run",
			fmax(0, (double) incident->time - match->full->time), match->full->event->text);
	}
	if (fps_join_record(match) && given_up) {
		add(&verdict, "; its record, found by %s: %s", match->by, match->piece->record->message);
	}
	if (verdict.certainty == FPS_CERTAIN && !fps_join_record(match) && may_be_of_another(incident)) {
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
