#include "compat.h"

#include "worker/ratelimit.h"
#include "worker/requestwarnings.h"

#include "record/buf.h"
#include "sig/death.h"
#include "sig/doorbell.h"
#include "sig/draftowner.h"
#include "sig/engine.h"
#include "sig/heap.h"
#include "sig/lastwords.h"
#include "sig/requestinfo.h"
#include "sig/sender.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How long PHP's thread may take to come to a safe point. */
#define GRACE_NS 100000000ULL
#define ALL_STAGES ((1u << FPS_STAGES) - 1)
#define SAMPLED_STAGES (1u << FPS_STAGE_MEMORY | 1u << FPS_STAGE_PHP_STACK)

enum kind { MEMORY, TIME, PEER, KINDS };

static const enum fps_cause causes[KINDS] = {FPS_CAUSE_MEMORY_PRESSURE, FPS_CAUSE_TIME_PRESSURE, FPS_CAUSE_PEER_CLOSED};

static struct {
	struct fps_slot *slot;
	const struct fps_config *config;
	const int *self; /* a pidfd of this process, where the watcher has a table of descriptors of its own; else -1 */
	zend_atomic_bool *vm_interrupt;
	/* the watcher's own */
	uint64_t request;  /* whose these are: */
	uint32_t seen;     /* 1 << kind */
	uint64_t since_ns; /* something has been wanted */
	/* between the two threads: whoever takes a bit from `wanted` makes that record */
	_Atomic uint32_t wanted;
	_Atomic uint64_t wanted_request;
	_Atomic uint32_t percent[KINDS];
	const char *_Atomic limit[KINDS];
} warnings;

void fps_requestwarnings_init(struct fps_slot *slot, const struct fps_config *config, const int *self)
{
	warnings.self = self;
	warnings.slot = slot;
	warnings.config = config;
	warnings.vm_interrupt = &EG(vm_interrupt);
}

static void describe(struct fps_draft *draft, enum kind kind)
{
	const struct fps_config *config = warnings.config;
	struct fps_sig_buf text;

	draft->event = atomic_fetch_add(&warnings.slot->events, 1) + 1;
	draft->cause = (uint8_t) causes[kind];
	draft->confidence = FPS_CERTAIN;
	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message);
	if (kind == PEER) {
		fps_sig_buf_text(&text, "nginx or the client closed the connection");
		fps_sig_sender_evidence(draft, "the other side of the request's connection is shut", 0, NULL);
	} else {
		fps_sig_buf_text(&text, atomic_load(&warnings.limit[kind]));
		fps_sig_buf_text(&text, " is used to ");
		fps_sig_buf_u64(&text, atomic_load(&warnings.percent[kind]));
		fps_sig_buf_text(&text, " %");
		fps_sig_sender_evidence(draft,
			kind == MEMORY ? "fpmsentinel.memory_warning is " : "fpmsentinel.time_warning is ",
			kind == MEMORY ? config->memory_warning : config->time_warning, " %");
	}
	fps_sig_buf_terminate(&text);
}

/* --- PHP's thread ----------------------------------------------------------------------------- */

static void record_here(enum kind kind)
{
	struct fps_slot *slot = warnings.slot;
	struct fps_draft *draft = &slot->draft;
	struct fps_sig_vm vm = {.max_frames = (uint32_t) warnings.config->max_frames};
	uint32_t stages = ALL_STAGES;
	uint64_t left_out;

	if (!fps_sig_draftowner_borrow()) {
		return;
	}
	if (!fps_ratelimit_take((uint32_t) warnings.config->max_per_minute, &left_out)) {
		fps_sig_draftowner_give_back();
		return;
	}
	fps_sig_death_begin(draft);
	describe(draft, kind);
	fps_ratelimit_mention(draft, left_out);
	fps_sig_engine_state(slot, draft);
	fps_sig_engine_limits(&slot->request);
	fps_sig_requestinfo_fill(draft);
	fps_sig_engine_memory(draft);
	fps_sig_engine_cpu(slot, draft);
	fps_sig_engine_vm(&vm);
	if (!fps_sig_phpstack_fill(draft, &vm, &fps_sig_phpstack_walks[FPS_SIG_WALKER_WARNING])) {
		stages &= ~(1u << FPS_STAGE_PHP_STACK);
	}
	atomic_store(&draft->stages_done, stages);
	if (!fps_sig_death_write(slot)) {
		fps_ratelimit_give_back(left_out);
	}
	fps_sig_draftowner_give_back();
}

void fps_requestwarnings_safe_point(void)
{
	uint32_t wanted = atomic_load(&warnings.wanted);

	/* What was wanted of the request before is the watcher's to forget. */
	if (wanted == 0 || atomic_load(&warnings.wanted_request) != warnings.slot->requests_served) {
		return;
	}
	wanted = atomic_exchange(&warnings.wanted, 0);
	for (int kind = 0; kind < KINDS; kind++) {
		if (wanted & 1u << kind) {
			record_here((enum kind) kind);
		}
	}
}

/* --- the watcher ------------------------------------------------------------------------------ */

static void copy_sample(struct fps_draft *to, const struct fps_draft *from)
{
	memcpy(to, from, offsetof(struct fps_draft, php_frame));
	memcpy(to->php_frame, from->php_frame, from->php_frames * sizeof from->php_frame[0]);
	memcpy(to->arena, from->arena, from->arena_len);
	to->arena_len = from->arena_len;
	atomic_store(&to->stages_done, (ALL_STAGES & ~SAMPLED_STAGES) | atomic_load(&from->stages_done));
}

/* False if that has to wait, since there is no coroner or it has not yet taken the event before. */
static bool record_there(enum kind kind, const struct fps_sample *sample)
{
	struct fps_slot *slot = warnings.slot;
	struct fps_event *event = &slot->event;
	uint32_t none = FPS_HANDOFF_NONE;
	uint64_t left_out;

	if (!fps_sig_doorbell_answers() || !atomic_compare_exchange_strong(&event->handoff, &none, FPS_HANDOFF_FILLING)) {
		return false;
	}
	if (!fps_ratelimit_take((uint32_t) warnings.config->max_per_minute, &left_out)) {
		atomic_store(&event->handoff, FPS_HANDOFF_NONE);
		return true;
	}
	event->requests_served = sample->requests_served;
	event->request = slot->request;
	fps_sig_engine_limits(&event->request);
	copy_sample(&event->draft, &sample->draft);
	describe(&event->draft, kind);
	fps_ratelimit_mention(&event->draft, left_out);
	atomic_thread_fence(memory_order_acquire);
	if (slot->requests_served != sample->requests_served) { /* some of it may be of the next */
		atomic_store(&event->handoff, FPS_HANDOFF_NONE);
		return true;
	}
	fps_sig_death_note(&slot->request, &event->draft);
	atomic_store_explicit(&event->handoff, FPS_HANDOFF_SEALED, memory_order_release);
	fps_sig_doorbell_ring();
	return true;
}

static void want(enum kind kind, uint64_t now_ns)
{
	warnings.since_ns = now_ns;
	atomic_store(&warnings.wanted_request, warnings.request);
	atomic_fetch_or(&warnings.wanted, 1u << kind);
	zend_atomic_bool_store_ex(warnings.vm_interrupt, true);
}

static bool is_near(enum kind kind, zend_long threshold, const char *name, uint64_t used, uint64_t limit)
{
	uint64_t percent = limit > 0 ? used * 100 / limit : 0;

	if (threshold == 0 || limit == 0 || percent < (uint64_t) threshold) {
		return false;
	}
	atomic_store(&warnings.limit[kind], name);
	atomic_store(&warnings.percent[kind], (uint32_t) percent);
	return true;
}

static bool is_memory_near(void)
{
	struct fps_request limits;
	uint64_t used, peak;

	fps_sig_engine_limits(&limits);
	return limits.memory_limit > 0 && fps_sig_heap_usage(&used, &peak)
		&& is_near(MEMORY, warnings.config->memory_warning, "memory_limit", used, (uint64_t) limits.memory_limit);
}

/* While PHP's own code ends the request, max_execution_time has no meaning, or another one. */
static bool is_time_near(const struct fps_sample *sample)
{
	const struct fps_config *config = warnings.config;
	uint64_t limit_us, left_us, elapsed_us = (sample->draft.died_ns - warnings.slot->request.started_ns) / 1000;

	if (sample->draft.phase != FPS_PHASE_SHUTDOWN && fps_sig_engine_time(&limit_us, &left_us)
		&& is_near(TIME, config->time_warning, "max_execution_time", limit_us - left_us, limit_us)) {
		return true;
	}
	/* FPM does not count on behind the end of the answer. */
	return !sample->draft.finished
		&& is_near(
			TIME, config->time_warning, "request_timeout", elapsed_us, (uint64_t) config->request_timeout * 1000000);
}

/* Whether a client should be waiting for the answer, and on which descriptor. */
static bool is_awaited(uint64_t request, int *fd)
{
	const struct fps_slot *slot = warnings.slot;
	int request_id;

	return __atomic_load_n(&fps_sig_lastwords_busy, __ATOMIC_RELAXED) == 0 && !atomic_load(&slot->finished)
		&& !atomic_load(&slot->finishing) && !fps_sig_engine_is_answered() && fps_sig_engine_connection(fd, &request_id)
		&& *fd >= 0 && atomic_load(&slot->requests_served) == request;
}

static bool is_shut(int fd)
{
	struct pollfd connection = {.fd = fd, .events = POLLRDHUP};

	return poll(&connection, 1, 0) == 1 && (connection.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* PHP's descriptor, which has no number in the watcher's own table. */
static bool is_shut_there(int fd)
{
	int copy;
	bool shut;

	if (*warnings.self < 0) {
		return is_shut(fd);
	}
	copy = (int) syscall(SYS_pidfd_getfd, *warnings.self, fd, 0);
	if (copy < 0) {
		return false;
	}
	shut = is_shut(copy);
	close(copy);
	return shut;
}

/* While the SAPI writes, PHP learns of it by itself. The descriptor may have become another's meanwhile. */
static bool is_peer_gone(uint64_t request)
{
	int before, after;

	return is_awaited(request, &before) && is_shut_there(before) && is_awaited(request, &after) && after == before;
}

static bool is_so(enum kind kind, const struct fps_sample *sample)
{
	switch (kind) {
		case MEMORY: return is_memory_near();
		case TIME: return is_time_near(sample);
		default: return warnings.config->peer_closed && is_peer_gone(sample->requests_served);
	}
}

static void look_for(enum kind kind, const struct fps_sample *sample)
{
	if ((warnings.seen & 1u << kind) || !is_so(kind, sample)) {
		return;
	}
	warnings.seen |= 1u << kind;
	if (kind != PEER || !record_there(kind, sample)) {
		want(kind, sample->draft.died_ns);
	}
}

/* PHP's thread is in C code, or waits. */
static void record_overdue(const struct fps_sample *sample)
{
	uint32_t wanted;

	if (sample->draft.died_ns - warnings.since_ns < GRACE_NS || !fps_sig_doorbell_answers()) {
		return;
	}
	wanted = atomic_exchange(&warnings.wanted, 0);
	for (int kind = 0; kind < KINDS; kind++) {
		if ((wanted & 1u << kind) && !record_there((enum kind) kind, sample)) {
			atomic_fetch_or(&warnings.wanted, 1u << kind);
		}
	}
}

bool fps_requestwarnings_look(const struct fps_sample *sample)
{
	if (warnings.request != sample->requests_served) {
		warnings.request = sample->requests_served;
		warnings.seen = 0;
		atomic_store(&warnings.wanted, 0);
	}
	for (int kind = 0; kind < KINDS; kind++) {
		look_for((enum kind) kind, sample);
	}
	if (atomic_load(&warnings.wanted)) {
		record_overdue(sample);
	}
	return atomic_load(&warnings.wanted) != 0;
}
