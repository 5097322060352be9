/* Collects pieces of evidence from records, FPM's log, the kernel's and systemd's. */
#include "explain/evidence.h"

#include "base/alloc.h"
#include "base/datetime.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* In seconds. */
enum {
	LONGEST_TIMEOUT = 600, /* from request_terminate_timeout to the end of a worker that resists */
	LONGEST_CORE_DUMP = 60,
	FULL_FOR = 75,     /* FPM logs once that all workers are busy; nginx waits for a minute by default */
	STOP_FOR = 3,      /* a stop or reload whose end is not logged */
	LONGEST_STOP = 90, /* systemd's TimeoutStopSec= */
	FALL_BEFORE = 15,  /* a container that died has been restarted by then */
	MAX_HOSTS = 64
};

static struct fps_piece *add(struct fps_piece **all, size_t *count, size_t *room, struct fps_piece piece)
{
	if (*count == *room) {
		*room = *room ? *room * 2 : 64;
		*all = fps_alloc_resize(*all, *room, sizeof(**all));
	}
	(*all)[*count] = piece;
	return &(*all)[(*count)++];
}

static void add_point(struct fps_evidence *evidence, struct fps_piece piece)
{
	add(&evidence->points, &evidence->point_count, &evidence->point_room, piece);
}

static size_t add_span(struct fps_evidence *evidence, struct fps_piece piece)
{
	add(&evidence->spans, &evidence->span_count, &evidence->span_room, piece);
	return evidence->span_count - 1;
}

static void add_records(struct fps_evidence *evidence, struct fps_recordindex *records)
{
	evidence->of_records = fps_alloc(records->count, sizeof(*evidence->of_records));
	for (size_t i = 0; i < records->count; i++) {
		struct fps_record *record = &records->all[i];
		struct fps_piece piece = {
			.kind = FPS_PIECE_RECORD,
			.time = record->time + evidence->shift,
			.taken = &record->taken,
			.pid = record->pid,
			.log = FPS_NO_LOG,
			.pool = record->pool,
			.record = record,
		};

		evidence->of_records[i] = piece;
		if (record->action == FPS_ACTION_EXIT) {
			piece.kind = FPS_PIECE_RECYCLED;
			piece.before = piece.after = 2;
			add_point(evidence, piece);
		} else if (record->action == FPS_ACTION_MASTER && strcmp(record->cause, "master_death") != 0) {
			piece.kind = strcmp(record->cause, "master_reload") == 0 ? FPS_PIECE_RELOAD : FPS_PIECE_STOP;
			piece.taken = NULL;
			piece.before = piece.after = STOP_FOR;
			add_span(evidence, piece);
		}
	}
}

/* What one FPM's log has said so far. */
struct state {
	size_t open; /* the stop or reload in progress; FPS_NO_LOG: none */
	bool runs;
	double last;                           /* when it said something */
	const struct fps_fpm_event *emergency; /* the latest */
};

/* The state while going through FPM's log. */
struct walk {
	struct fps_evidence *evidence;
	struct state *states;            /* one for each FPM */
	struct fps_fpm_event **timeouts; /* timeouts of workers that have not ended yet */
	size_t timeout_count;
};

static struct fps_piece piece_of(const struct walk *walk, struct fps_fpm_event *event, enum fps_piece_kind kind)
{
	int64_t again = fps_datetime_again(event->time);

	return (struct fps_piece) {
		.kind = kind,
		.time = (double) event->time + walk->evidence->clocks[event->log].shift,
		.again = again ? (double) (again - event->time) : 0,
		.before = 1,
		.after = 1,
		.pid = event->pid,
		.log = event->log,
		.pool = event->pool,
		.event = event,
	};
}

/* Removes the first timeout of that worker from the list. FPM repeats it until the worker ends. */
static struct fps_fpm_event *take_timeout(struct walk *walk, const struct fps_fpm_event *end)
{
	struct fps_fpm_event *found = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < walk->timeout_count; i++) {
		struct fps_fpm_event *timeout = walk->timeouts[i];

		if (timeout->pid == end->pid && timeout->log == end->log) {
			found = end->time - timeout->time <= LONGEST_TIMEOUT && found == NULL ? timeout : found;
		} else {
			walk->timeouts[kept++] = timeout;
		}
	}
	walk->timeout_count = kept;
	return found;
}

/* A worker that a stop or reload ended: FPM logs that only at log_level debug. */
static bool is_of_span(const struct walk *walk, const struct fps_fpm_event *event)
{
	const struct state *state = &walk->states[event->log];

	return state->open != FPS_NO_LOG
		&& (event->code == 0 || event->signal == SIGTERM || event->signal == SIGKILL || event->signal == SIGQUIT);
}

static void add_end(struct walk *walk, struct fps_fpm_event *event)
{
	struct fps_fpm_event *timeout = take_timeout(walk, event);
	struct fps_piece piece = piece_of(walk, event, event->code == 0 && !timeout ? FPS_PIECE_RECYCLED : FPS_PIECE_END);

	if (!timeout && is_of_span(walk, event)) {
		return;
	}
	event->taken = event->taken == 0 && timeout ? timeout->taken : event->taken;
	piece.timeout = timeout;
	piece.taken = &event->taken;
	piece.after = 2;
	add_point(walk->evidence, piece);
}

/* Ends that are not logged: the log is cut off there, or its level is too high. */
static void add_timeouts(struct walk *walk)
{
	for (size_t i = 0; i < walk->timeout_count; i++) {
		struct fps_piece piece = piece_of(walk, walk->timeouts[i], FPS_PIECE_END);
		bool is_repeated = false;

		for (size_t k = 0; k < i; k++) {
			is_repeated = is_repeated || (walk->timeouts[k]->pid == piece.pid && walk->timeouts[k]->log == piece.log);
		}
		piece.timeout = walk->timeouts[i];
		piece.taken = &walk->timeouts[i]->taken;
		piece.after = 2;
		if (!is_repeated) {
			add_point(walk->evidence, piece);
		}
	}
}

static void open_span(struct walk *walk, struct fps_fpm_event *event, enum fps_piece_kind kind)
{
	struct fps_piece piece = piece_of(walk, event, kind);
	struct state *state = &walk->states[event->log];

	piece.after = STOP_FOR;
	if (state->emergency && event->time - state->emergency->time <= STOP_FOR && kind == FPS_PIECE_RELOAD) {
		piece.emergency = state->emergency;
	}
	state->open = add_span(walk->evidence, piece);
}

/* The master re-executes itself, exits, or has started. */
static void close_span(struct walk *walk, const struct fps_fpm_event *event)
{
	struct state *state = &walk->states[event->log];
	struct fps_piece *piece = state->open == FPS_NO_LOG ? NULL : &walk->evidence->spans[state->open];
	double time = (double) event->time + walk->evidence->clocks[event->log].shift;

	if (piece && event->kind != FPS_FPM_START && event->kind != FPS_FPM_RUNNING) {
		piece->after = time - piece->time + 2;
		piece->last = event;
	} else if (piece) {
		piece->back = time;
		/* a reload whose end was not seen has ended by then */
		piece->after = piece->last ? piece->after : time - piece->time + 1;
		state->open = event->kind == FPS_FPM_START ? FPS_NO_LOG : state->open;
	}
}

/* A master starts although nobody has stopped the previous one: all of FPM had been killed. */
static void begin_master(struct walk *walk, struct fps_fpm_event *event)
{
	struct state *state = &walk->states[event->log];

	if (event->kind == FPS_FPM_RUNNING && state->runs && state->open == FPS_NO_LOG) {
		struct fps_piece piece = piece_of(walk, event, FPS_PIECE_FALL);

		piece.before = fmin(piece.time - state->last, FALL_BEFORE);
		piece.after = 0;
		piece.back = piece.time;
		add_span(walk->evidence, piece);
	}
	close_span(walk, event);
	state->runs = true;
}

/* What explains failures of the seconds after it: one of them, but that all workers are busy is many requests'. */
static void add_moment(struct walk *walk, struct fps_fpm_event *event, enum fps_piece_kind kind, double after)
{
	struct fps_piece piece = piece_of(walk, event, kind);

	piece.after = after;
	piece.taken = kind == FPS_PIECE_FULL ? NULL : &event->taken;
	add_point(walk->evidence, piece);
}

static void take_event(struct walk *walk, struct fps_fpm_event *event)
{
	switch (event->kind) {
		case FPS_FPM_EXIT: add_end(walk, event); break;
		case FPS_FPM_TIMEOUT: walk->timeouts[walk->timeout_count++] = event; break;
		case FPS_FPM_STOP: open_span(walk, event, FPS_PIECE_STOP); break;
		case FPS_FPM_RELOAD: open_span(walk, event, FPS_PIECE_RELOAD); break;
		case FPS_FPM_EXEC:
		case FPS_FPM_BYE: close_span(walk, event); break;
		case FPS_FPM_RUNNING:
		case FPS_FPM_START: begin_master(walk, event); break;
		case FPS_FPM_EMERGENCY: walk->states[event->log].emergency = event; break;
		case FPS_FPM_FULL: add_moment(walk, event, FPS_PIECE_FULL, FULL_FOR); break;
		case FPS_FPM_SLOW: add_moment(walk, event, FPS_PIECE_SLOW, FULL_FOR); break;
		case FPS_FPM_DISALLOWED: add_moment(walk, event, FPS_PIECE_DISALLOWED, 1); break;
		default: break;
	}
	walk->states[event->log].last = (double) event->time + walk->evidence->clocks[event->log].shift;
}

static void add_fpm(struct fps_evidence *evidence, struct fps_fpm_log *fpm)
{
	struct walk walk = {
		evidence, fps_alloc(fpm->log_count, sizeof(*walk.states)), fps_alloc(fpm->count, sizeof(*walk.timeouts)), 0};

	for (size_t i = 0; i < fpm->log_count; i++) {
		walk.states[i].open = FPS_NO_LOG;
	}
	for (size_t i = 0; i < fpm->count; i++) {
		take_event(&walk, &fpm->events[i]);
	}
	add_timeouts(&walk);
	free(walk.states);
	free(walk.timeouts);
}

static bool is_oom(const struct fps_kernelsystemdevents_kernel *event)
{
	return event->kind != FPS_KERN_FAULT;
}

/* Whether what was logged of a process or unit of that name can't be about the FPM that logged the end. */
static bool is_of_other_fpm(const struct fps_evidence *evidence, const struct fps_piece *end,
	const struct fps_logorigin *stream, const char *name)
{
	return end->log != FPS_NO_LOG
		&& (fps_incidents_elsewhere(stream, evidence->fpm->logs[end->log].stream)
			|| fps_pools_other_version(&evidence->pools, end->log, name));
}

/* The worker whose end the kernel's line is about: by its pid or, in a container, where pids differ, by signal and
 * time. */
static struct fps_piece *end_of(
	const struct fps_evidence *evidence, const struct fps_kernelsystemdevents_kernel *event, bool by_pid)
{
	double time = (double) event->time + evidence->shift;

	for (size_t i = 0; i < evidence->point_count; i++) {
		struct fps_piece *piece = &evidence->points[i];
		double late = piece->time - time;

		if (piece->kind != FPS_PIECE_END || (event->time > 0 && (late < -2 || late > (by_pid ? LONGEST_CORE_DUMP : 2)))
			|| is_of_other_fpm(evidence, piece, event->stream, event->process)
			|| is_of_other_fpm(evidence, piece, event->stream, event->cgroup)) {
			continue;
		}
		if (by_pid ? piece->pid == event->pid
				   : !piece->kernel && event->time > 0 && piece->event && piece->event->code < 0
					&& piece->event->signal == event->signal) {
			return piece;
		}
	}
	return NULL;
}

/* A line that only the time connects with one end could as well be about another of that moment. */
static void note_other_ends(const struct fps_evidence *evidence, const struct fps_kernelsystemdevents_kernel *event,
	const struct fps_piece *chosen)
{
	for (size_t i = 0; i < evidence->point_count; i++) {
		struct fps_piece *piece = &evidence->points[i];

		if (piece != chosen && piece->kind == FPS_PIECE_END && piece->event && piece->event->code < 0
			&& piece->event->signal == event->signal && fabs(piece->time - chosen->time) <= 2
			&& !is_of_other_fpm(evidence, piece, event->stream, event->process)) {
			piece->other_kernel = event;
		}
	}
}

static bool names_host(const char *name, const struct fps_logorigin *stream)
{
	const char *own = stream->pod ? stream->pod : stream->host;
	size_t len = strcspn(name, ".");

	return own && strcspn(own, ".") == len && strncmp(own, name, len) == 0;
}

/* Whether a record was written on another host than a line, which is one that is known. */
static bool is_record_elsewhere(
	const struct fps_evidence *evidence, const struct fps_record *record, const struct fps_logorigin *stream)
{
	if (record->hostname == NULL || stream == NULL || (!stream->pod && !stream->host)
		|| names_host(record->hostname, stream)) {
		return false;
	}
	for (size_t i = 0; i < evidence->host_count; i++) {
		if (names_host(record->hostname, evidence->hosts[i])) {
			return true;
		}
	}
	return false;
}

bool fps_evidence_elsewhere(
	const struct fps_evidence *evidence, const struct fps_record *record, const struct fps_incident *incident)
{
	return is_record_elsewhere(evidence, record, incident->stream);
}

static bool has_pool(const struct fps_fpm_one *log, const char *pool)
{
	for (size_t i = 0; i < log->pool_count; i++) {
		if (strcmp(log->pools[i], pool) == 0) {
			return true;
		}
	}
	return false;
}

bool fps_evidence_other_fpm(const struct fps_evidence *evidence, const struct fps_record *record, size_t log)
{
	const struct fps_fpm_one *one = &evidence->fpm->logs[log];

	return is_record_elsewhere(evidence, record, one->stream)
		|| (record->pool && one->pool_count && !has_pool(one, record->pool))
		|| fps_pools_other_version(&evidence->pools, log, record->listen);
}

/* Another line says the same of that death: oom-kill: and Killed process are two, the second one says more. */
static bool is_repeated(const struct fps_kernelsystemdevents *system, size_t number)
{
	const struct fps_kernelsystemdevents_kernel *event = &system->kernel[number];

	for (size_t i = 0; i < system->kernel_count; i++) {
		const struct fps_kernelsystemdevents_kernel *other = &system->kernel[i];

		if (i != number && other->pid == event->pid && is_oom(other) == is_oom(event)
			&& llabs(other->time - event->time) <= LONGEST_CORE_DUMP
			&& (other->kind == event->kind ? i < number : other->kind == FPS_KERN_OOM_KILLED)) {
			return true;
		}
	}
	return false;
}

/* The same pid on another host, or in a container, which has a name of its own, is another process. */
static bool is_other_host(const struct fps_record *record, const struct fps_logorigin *stream)
{
	return record->hostname && stream && stream->host && !names_host(record->hostname, stream);
}

static struct fps_piece *record_of(
	const struct fps_evidence *evidence, const struct fps_kernelsystemdevents_kernel *event)
{
	for (size_t i = 0; i < evidence->records->count; i++) {
		const struct fps_record *record = &evidence->records->all[i];
		double late = record->time - (double) event->time;

		if (record->action == FPS_ACTION_DEATH && record->pid == event->pid && !is_other_host(record, event->stream)
			&& (event->time < 0 || (late > -3 && late < LONGEST_CORE_DUMP))) {
			return &evidence->of_records[i];
		}
	}
	return NULL;
}

static void add_kernel(struct fps_evidence *evidence, struct fps_kernelsystemdevents *system)
{
	for (size_t i = 0; i < system->kernel_count; i++) {
		struct fps_kernelsystemdevents_kernel *event = &system->kernel[i];
		struct fps_piece piece =
							 {
								 .kind = event->kind == FPS_KERN_OOM_GROUP ? FPS_PIECE_FALL : FPS_PIECE_END,
								 .time = (double) event->time + evidence->shift,
								 .before = 1,
								 .after = 2,
								 .taken = &event->taken,
								 .pid = event->pid,
								 .log = FPS_NO_LOG,
								 .kernel = event,
							 },
						 *same;
		bool by_time;

		if (event->kind == FPS_KERN_OOM_GROUP) {
			piece.taken = NULL;
			add_span(evidence, piece);
			continue;
		}
		if (is_repeated(system, i)) {
			continue;
		}
		same = record_of(evidence, event);
		same = same ? same : end_of(evidence, event, true);
		by_time = same == NULL;
		same = same ? same : end_of(evidence, event, false);
		if (same) {
			same->kernel = event;
			same->is_kernel_by_time = by_time;
			if (by_time) {
				note_other_ends(evidence, event, same);
			}
			*same->taken = *same->taken ? *same->taken : event->taken;
		} else if (event->time > 0) {
			add_point(evidence, piece);
		}
	}
}

/* systemd reports that one of a unit's processes was killed; FPM's log says which. */
static bool add_to_end(const struct fps_evidence *evidence, const struct fps_kernelsystemdevents_unit *event)
{
	for (size_t i = 0; i < evidence->point_count; i++) {
		struct fps_piece *piece = &evidence->points[i];

		if (piece->kind == FPS_PIECE_END && piece->event && piece->event->signal == SIGKILL && !piece->unit
			&& !is_of_other_fpm(evidence, piece, event->stream, event->unit)
			&& fabs(piece->time - evidence->shift - (double) event->time) <= 2) {
			piece->unit = event;
			return true;
		}
	}
	return false;
}

static void add_units(struct fps_evidence *evidence, const struct fps_kernelsystemdevents *system)
{
	for (size_t i = 0; i < system->unit_count; i++) {
		const struct fps_kernelsystemdevents_unit *event = &system->units[i];
		struct fps_piece piece = {.time = (double) event->time + evidence->shift,
			.before = 1,
			.after = STOP_FOR,
			.log = FPS_NO_LOG,
			.unit = event};

		switch (event->kind) {
			case FPS_UNIT_STOPPING:
			case FPS_UNIT_KILLING: piece.kind = FPS_PIECE_STOP; break;
			case FPS_UNIT_RELOADING: piece.kind = FPS_PIECE_RELOAD; break;
			case FPS_UNIT_EXITED:
			case FPS_UNIT_OOMD_KILL:
			case FPS_UNIT_OOM_KILL: piece.kind = FPS_PIECE_FALL; break;
			default: continue;
		}
		if ((event->kind == FPS_UNIT_EXITED && event->signal == 0)
			|| (event->kind == FPS_UNIT_OOM_KILL && add_to_end(evidence, event))) {
			continue;
		}
		for (size_t k = i + 1; k < system->unit_count && system->units[k].time - event->time <= LONGEST_STOP; k++) {
			const struct fps_kernelsystemdevents_unit *next = &system->units[k];

			if (strcmp(next->unit, event->unit) == 0
				&& (next->kind == FPS_UNIT_STOPPED || next->kind == FPS_UNIT_RELOADED)) {
				piece.after = fmax(piece.after, (double) (next->time - event->time + 2));
			} else if (strcmp(next->unit, event->unit) == 0 && next->kind == FPS_UNIT_STARTED && piece.back <= 0) {
				piece.back = (double) next->time + evidence->shift;
			}
		}
		add_span(evidence, piece);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct fps_piece *one = a, *other = b;
	uint64_t number, others;

	if (one->time < other->time || one->time > other->time) {
		return one->time > other->time ? 1 : -1;
	}
	number = one->event ? one->event->number : one->kernel ? one->kernel->number : 0;
	others = other->event ? other->event->number : other->kernel ? other->kernel->number : 0;
	return (number > others) - (number < others);
}

static void add_hosts(struct fps_evidence *evidence, const struct fps_incidents *incidents)
{
	evidence->hosts = fps_alloc(MAX_HOSTS, sizeof(*evidence->hosts));
	for (size_t i = 0; i < incidents->count && evidence->host_count < MAX_HOSTS; i++) {
		const struct fps_logorigin *stream = incidents->all[i].stream;
		size_t k = 0;

		while (k < evidence->host_count && evidence->hosts[k] != stream) {
			k++;
		}
		if (stream && k == evidence->host_count) {
			evidence->hosts[evidence->host_count++] = stream;
		}
	}
}

/* If the worker has a record, its end belongs to the record, and explains no other request. */
static void drop_recorded(struct fps_evidence *evidence)
{
	size_t kept = 0;

	for (size_t i = 0; i < evidence->point_count; i++) {
		struct fps_piece *piece = &evidence->points[i];
		bool recorded = false;

		for (size_t k = piece->kind == FPS_PIECE_END
				 ? fps_recordindex_since(evidence->records, piece->time - evidence->shift - LONGEST_CORE_DUMP)
				 : evidence->records->count;
			 k < evidence->records->count && !recorded; k++) {
			const struct fps_record *record = evidence->records->by_time[k];

			if (record->time + evidence->shift > piece->time + 3) {
				break;
			}
			recorded = record->action == FPS_ACTION_DEATH && record->pid == piece->pid && piece->pid
				&& (piece->log == FPS_NO_LOG || !fps_evidence_other_fpm(evidence, record, piece->log))
				&& (!piece->pool || !record->pool || strcmp(piece->pool, record->pool) == 0);
		}
		if (!recorded) {
			evidence->points[kept++] = *piece;
		}
	}
	evidence->point_count = kept;
}

struct fps_evidence fps_evidence_of(const struct fps_incidents *incidents, struct fps_recordindex *records,
	struct fps_fpm_log *fpm, struct fps_kernelsystemdevents *system, double shift)
{
	struct fps_evidence evidence = {.records = records,
		.fpm = fpm,
		.shift = shift,
		.clocks = fps_clockoffset_of_fpm(incidents, records, fpm, shift),
		.pools = fps_pools_of(incidents, records, fpm)};

	add_hosts(&evidence, incidents);
	add_records(&evidence, records);
	add_fpm(&evidence, fpm);
	drop_recorded(&evidence);
	add_kernel(&evidence, system);
	add_units(&evidence, system);
	if (evidence.point_count) {
		qsort(evidence.points, evidence.point_count, sizeof(*evidence.points), by_time);
	}
	return evidence;
}

/* By the workers of that master that have records. */
static enum fps_pool_fit fit_of_master(
	const struct fps_evidence *evidence, const struct fps_record *master, const struct fps_incident *incident)
{
	enum fps_pool_fit best = FPS_POOL_UNKNOWN;
	bool any = false, other = true;

	for (size_t i = fps_recordindex_since(evidence->records, master->time - 86400); i < evidence->records->count; i++) {
		const struct fps_record *record = evidence->records->by_time[i];
		enum fps_fit fit;

		if (record->parent != master->pid || !record->listen) {
			continue;
		}
		fit = fps_address_fit(&incident->address, &record->address);
		any = true;
		other = other && fit == FPS_FIT_OTHER && !fps_address_may_lead(&incident->address, &record->address);
		best = fit <= FPS_FIT_LIKELY ? FPS_POOL_MATCH : best;
	}
	return best == FPS_POOL_MATCH ? best : any && other ? FPS_POOL_OTHER : FPS_POOL_UNKNOWN;
}

static enum fps_pool_fit fit_of_record(
	const struct fps_evidence *evidence, const struct fps_piece *piece, const struct fps_incident *incident)
{
	enum fps_fit fit = fps_address_fit(&incident->address, &piece->record->address);

	if (fps_evidence_elsewhere(evidence, piece->record, incident)) {
		return FPS_POOL_OTHER;
	}
	if (piece->record->listen == NULL && piece->record->action == FPS_ACTION_MASTER) {
		return fit_of_master(evidence, piece->record, incident);
	}
	return fit == FPS_FIT_OTHER ? FPS_POOL_OTHER : fit == FPS_FIT_UNKNOWN ? FPS_POOL_UNKNOWN : FPS_POOL_MATCH;
}

enum fps_pool_fit fps_evidence_fit(
	const struct fps_evidence *evidence, const struct fps_piece *piece, const struct fps_incident *incident)
{
	if (piece->record) {
		return fit_of_record(evidence, piece, incident);
	}
	if (piece->log != FPS_NO_LOG) {
		return piece->pool ? fps_pools_fit(&evidence->pools, piece->log, piece->pool, incident)
						   : fps_pools_fit_any(&evidence->pools, piece->log, incident);
	}
	if (piece->unit) {
		return fps_pools_fit_unit(piece->unit->unit, piece->unit->stream, incident);
	}
	return fps_pools_fit_kernel(piece->kernel, incident);
}

double fps_evidence_apart(const struct fps_piece *piece, const struct fps_incident *incident, int64_t *time)
{
	double best = -1;

	for (int i = 0; i < 4; i++) {
		int64_t at = i & 1 ? incident->again : incident->time;
		double late = (double) at - piece->time - (i & 2 ? piece->again : 0);

		if (((i & 1) && incident->again == 0) || ((i & 2) && piece->again == 0) || late < -piece->before
			|| late > piece->after) {
			continue;
		}
		if (best < 0 || fabs(late) < best) {
			best = fabs(late);
			if (time) {
				*time = at;
			}
		}
	}
	return best;
}

size_t fps_evidence_since(const struct fps_evidence *evidence, double time)
{
	size_t low = 0, high = evidence->point_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (evidence->points[middle].time < time) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

void fps_evidence_free(struct fps_evidence *evidence)
{
	free(evidence->clocks);
	free(evidence->of_records);
	free(evidence->points);
	free(evidence->spans);
	free(evidence->hosts);
	fps_pools_free(&evidence->pools);
}
