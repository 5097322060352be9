/* Logs that grow, joined as they do. */
#include "command/follow.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/warn.h"
#include "log/tail.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/* In milliseconds. */
enum {
	UNTIL_SURE = 300,    /* after nginx's line: its neighbours have come, too */
	UNTIL_LATEST = 1900, /* so late comes a record whose coroner waits for the master's fate */
	BETWEEN_LOOKS = 50,  /* a log that is written to all the time is read in pieces */
	UNTIL_FORGOTTEN = 600000
};

/* The window. Beyond it, the past is dropped, and what is due later is reported at once. */
enum {
	MAX_INCIDENTS = 4096,
	MAX_UNREPORTED = 20000,
	MAX_RECORDS = 4096,
	MAX_RECORDS_NEEDED = 65536,
	MAX_EVENTS = 4096
};

static const double KEPT = 3600;           /* seconds that a record is kept: a child process may keep a socket */
static const int64_t SHORT_PAST = 1 << 20; /* bytes of records and of FPM's log from before the start */

struct follow {
	struct fps_trace *trace;
	struct log {
		struct fps_tail tail;
		const struct fps_file *file;
		enum fps_entry_kind kind; /* of its entries; FPS_ENTRY_KINDS: of several kinds */
	} * logs;
	size_t count;
	int inotify;
	int64_t now;
	sigset_t unblocked;
	bool good, gone; /* gone: nobody reads what is written */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void) number;
	interrupted = 1;
}

/* They only come in ppoll(), so that none is missed between a look and the wait. */
static void catch_signals(struct follow *follow)
{
	struct sigaction action = {.sa_handler = interrupt};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &follow->unblocked);
	sigdelset(&follow->unblocked, SIGINT);
	sigdelset(&follow->unblocked, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* What only explains failures: of these the past matters as well, and their end is not the end. */
static bool is_evidence(enum fps_entry_kind kind)
{
	return kind != FPS_ENTRY_NGINX && kind != FPS_ENTRY_APACHE && kind != FPS_ENTRY_KINDS;
}

static enum fps_entry_kind kind_of(const struct fps_file *file)
{
	if (file->kind != FPS_ENTRY_KINDS || strcmp(file->name, "-") == 0) {
		return file->kind;
	}
	return fps_logreader_kind_of(file);
}

static int evidence_last(const void *a, const void *b)
{
	const struct log *one = a, *other = b;

	return (int) is_evidence(one->kind) - (int) is_evidence(other->kind);
}

/* Of a set that has been rotated only the one that is written to is followed; the others are the past. */
static bool open_logs(struct follow *follow, const struct fps_files *files)
{
	bool past = follow->trace->known.incidents.since > 0, good = true;

	follow->logs = fps_alloc(files->count, sizeof(*follow->logs));
	for (size_t i = 0; i < files->count; i++) {
		if (!fps_findlogs_is_rotated(files, files->all[i].name)) {
			follow->logs[follow->count++] = (struct log) {.file = &files->all[i], .kind = kind_of(&files->all[i])};
		}
	}
	if (follow->count) {
		qsort(follow->logs, follow->count, sizeof(*follow->logs), evidence_last);
	}
	for (size_t i = 0; i < follow->count; i++) {
		struct log *log = &follow->logs[i];
		bool is_short = is_evidence(log->kind) && log->kind != FPS_ENTRY_ACCESS;

		good = fps_tail_open(&log->tail, log->file, &follow->trace->reader, follow->inotify,
				   past           ? INT64_MAX
					   : is_short ? SHORT_PAST
								  : 0)
			&& good;
	}
	return good;
}

/* What has been rotated before the start, of the time that is asked for. */
static bool read_past(struct fps_trace *trace, const struct fps_files *files)
{
	bool good = true;

	for (size_t i = 0; trace->known.incidents.since > 0 && i < files->count; i++) {
		if (fps_findlogs_is_rotated(files, files->all[i].name)) {
			good = fps_logreader_read(&trace->reader, &files->all[i]) && good;
		}
	}
	return good;
}

/*
 * Access logs' lines come after the error log's: what they have at a look is read when all has been read that the error
 * log has a moment later.
 */
static void look(struct follow *follow, bool last)
{
	struct fps_trace *trace = follow->trace;
	struct fps_incidents *incidents = &trace->known.incidents;
	size_t known = incidents->count, record = trace->known.records.count, events = trace->known.fpm_log.count;
	uint64_t system = trace->known.system.read;
	char notes[4096];

	while (read(follow->inotify, notes, sizeof(notes)) > 0) {
	}
	follow->now = fps_datetime_monotonic_ms();
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < follow->count; i++) {
			if ((follow->logs[i].kind == FPS_ENTRY_ACCESS) == (turn == 0)) {
				fps_tail_look(&follow->logs[i].tail);
			}
		}
	}
	for (size_t i = 0; i < follow->count; i++) {
		follow->good = fps_tail_take(&follow->logs[i].tail, last) && follow->good;
	}
	for (size_t i = incidents->count; i > 0 && incidents->all[i - 1].arrived == 0; i--) {
		incidents->all[i - 1].arrived = follow->now;
	}
	/* an access log may be written to all the time: nothing else is put in order for that */
	if (incidents->count != known) {
		fps_incidents_sort(incidents);
	}
	fps_explain_expect(&trace->known);
	fps_logreader_take_later(&trace->reader);
	if (trace->known.records.count != record) {
		fps_recordindex_sort(&trace->known.records);
	}
	if (trace->known.fpm_log.count != events) {
		fps_fpmlog_sort(&trace->known.fpm_log);
	}
	if (trace->known.system.read != system) {
		fps_kernelsystemdevents_sort(&trace->known.system);
	}
}

/* Last words of their own are waited with: the failure that they belong to comes when a core dump has been written. */
static bool is_due(const struct follow *follow, const struct fps_incident *incident, const struct fps_match *match)
{
	bool sure = fps_join_record(match) && match->certainty == FPS_CERTAIN
		&& !(incident->kind == FPS_KIND_STDERR && incident->event_id[0]);

	return follow->now - incident->arrived >= (sure ? UNTIL_SURE : UNTIL_LATEST);
}

/* How many have not been reported, and in how many milliseconds to look at the next one; -1: never. */
static size_t unreported(const struct follow *follow, int64_t *next)
{
	const struct fps_incidents *incidents = &follow->trace->known.incidents;
	size_t count = 0;

	*next = -1;
	for (size_t i = 0; i < incidents->count; i++) {
		int64_t age = follow->now - incidents->all[i].arrived,
				left = age < UNTIL_SURE ? UNTIL_SURE - age : UNTIL_LATEST - age;

		if (!incidents->all[i].is_reported) {
			count++;
			left = left > 0 ? left : 0;
			*next = *next < 0 || left < *next ? left : *next;
		}
	}
	return count;
}

/* Joins what there is, and reports what is due: what explains that is its own from then on. */
static void report(struct follow *follow, bool all)
{
	struct fps_trace *trace = follow->trace;
	struct fps_joined joined = fps_explain_join(&trace->known);

	for (size_t i = 0; i < trace->known.incidents.count; i++) {
		struct fps_incident *incident = &trace->known.incidents.all[i];

		if (!incident->is_reported && (all || is_due(follow, incident, &joined.matches[i]))) {
			incident->is_reported = true;
			fps_traceoutput_print(trace, i, &joined);
			fps_join_keep(incident, &joined.matches[i]);
		}
	}
	fps_explain_release(&joined);
	follow->gone = fflush(stdout) != 0 || follow->gone;
}

static void forget(struct follow *follow, size_t left)
{
	struct fps_trace *trace = follow->trace;
	struct fps_recordindex *record = &trace->known.records;

	fps_incidents_forget(&trace->known.incidents,
		trace->known.incidents.count > MAX_INCIDENTS ? follow->now + 1 : follow->now - UNTIL_FORGOTTEN);
	if (record->count && (left == 0 || record->count > MAX_RECORDS_NEEDED)) {
		fps_recordindex_forget(record, record->by_time[record->count - 1]->time - KEPT, MAX_RECORDS);
	}
	fps_fpmlog_forget(&trace->known.fpm_log, MAX_EVENTS);
	fps_kernelsystemdevents_forget(&trace->known.system, MAX_EVENTS);
	fps_clientresponse_forget(&trace->known.answers, MAX_RECORDS);
}

/* Whether the web server's log comes from standard input alone, and has ended. */
static bool is_over(const struct follow *follow)
{
	bool any = false;

	for (size_t i = 0; i < follow->count; i++) {
		if (!is_evidence(follow->logs[i].kind)) {
			any = true;
			if (!fps_tail_is_over(&follow->logs[i].tail)) {
				return false;
			}
		}
	}
	return any;
}

static bool has_input(const struct follow *follow)
{
	for (size_t i = 0; i < follow->count; i++) {
		const struct fps_tail *tail = &follow->logs[i].tail;

		if (strcmp(tail->name, "-") == 0 && !tail->now.source->over) {
			return true;
		}
	}
	return false;
}

/* Waits until something is written, the reader of standard output exits, or that many milliseconds have passed; -1: no
 * limit. */
static void rest(struct follow *follow, int64_t time)
{
	struct pollfd files[] = {{.fd = STDOUT_FILENO}, {.fd = follow->inotify, .events = POLLIN},
		{.fd = has_input(follow) ? STDIN_FILENO : -1, .events = POLLIN}};
	struct timespec limit = {time / 1000, time % 1000 * 1000000}, pause = {0, BETWEEN_LOOKS * 1000000L};

	if (ppoll(files, sizeof(files) / sizeof(files[0]), time < 0 ? NULL : &limit, &follow->unblocked) > 0) {
		follow->gone = follow->gone || (files[0].revents & (POLLERR | POLLHUP));
		ppoll(NULL, 0, &pause, &follow->unblocked);
	}
}

static void run(struct follow *follow)
{
	while (follow->good && !follow->gone) {
		int64_t next;
		size_t left;
		bool last = interrupted;

		look(follow, last);
		last = last || is_over(follow);
		left = unreported(follow, &next);
		if (left) {
			report(follow, last || left > MAX_UNREPORTED);
			left = unreported(follow, &next);
		}
		forget(follow, left);
		if (last) {
			break;
		}
		rest(follow, next);
	}
}

bool fps_follow(struct fps_trace *trace)
{
	struct follow follow = {.trace = trace, .good = true};
	const struct fps_files *files = &trace->options.files;

	follow.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (follow.inotify < 0) {
		fps_warn("inotify: %m");
		return false;
	}
	catch_signals(&follow);
	fps_inputcounts_begin(&trace->reader.tally, "", false);
	follow.good = open_logs(&follow, files);
	if (follow.good) {
		follow.good = read_past(trace, files);
		fps_inputcounts_begin(&trace->reader.tally, "", false);
		fps_explain_sort(&trace->known);
		look(&follow, false);
		follow.good = fps_logreader_read_access(&trace->reader, files) && follow.good;
	}
	run(&follow);
	for (size_t i = 0; i < follow.count; i++) {
		fps_tail_close(&follow.logs[i].tail);
	}
	free(follow.logs);
	close(follow.inotify);
	return follow.good;
}
