#include "sig/death.h"

#include "record/buf.h"
#include "record/message.h"
#include "record/names.h"
#include "record/record.h"
#include "record/signals.h"
#include "sig/allocfailure.h"
#include "sig/cxxexception.h"
#include "sig/doorbell.h"
#include "sig/engine.h"
#include "sig/fault.h"
#include "sig/handlertimeout.h"
#include "sig/heap.h"
#include "sig/lastwords.h"
#include "sig/logfile.h"
#include "sig/proc.h"
#include "sig/recursion.h"
#include "sig/requestinfo.h"
#include "sig/saferead.h"
#include "sig/sender.h"
#include "sig/stackbounds.h"
#include "sig/unwind.h"

#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Stages that may hang share what the watchdog leaves them. */
#define STAGE_PART 5
#define NOT_WRITTEN (-1)
/* What libunwind needs, measured with a margin; a smaller stack goes without native frames. */
#define UNWIND_STACK 10240
/* How long a dying worker waits for the coroner's word that the record is on disk. */
#define WRITTEN_MS 50
/* And how long a living one for it to take an event before the next. */
#define TAKEN_MS 50
/* The same of the death of another child of the same worker, which may take a child of the coroner's for its names. */
#define OTHER_CHILD_MS 300

struct death {
	struct fps_slot *slot;
	struct fps_draft *draft;
	const struct fps_sig_settings *settings;
	struct fps_sig_end end;
	struct fps_sig_stack stack; /* that was in use at a fault */
	int log_error;
};

static sigjmp_buf rescue;
static volatile sig_atomic_t guarded;
static char line[FPS_SIG_RECORD_MAX];

void fps_sig_death_init(void)
{
	fps_sig_saferead_init();
	fps_sig_engine_init();
	fps_sig_heap_init();
	fps_sig_handlertimeout_init();
}

void fps_sig_death_rescue(void)
{
	if (guarded) {
		siglongjmp(rescue, 1);
	}
}

bool fps_sig_death_is_elsewhere(int number)
{
	const struct fps_sig_signal *signal = fps_sig_signals_find(number);

	return fps_sig_engine_is_elsewhere() && (!signal || signal->kind == FPS_SIG_FAULT || signal->kind == FPS_SIG_LIMIT);
}

/* Whether the end came to this thread, and not to the process as a whole: then which thread it is says nothing. */
static bool is_of_thread(const struct fps_sig_end *end)
{
	const siginfo_t *info = end->info;

	if (end->number == 0 || end->number == SIGXFSZ) {
		return true;
	}
	return info && end->number != SIGXCPU && (info->si_code > 0 || info->si_code == SI_TKILL);
}

static void fill_thread(struct fps_draft *draft, const struct fps_sig_end *end)
{
	if (fps_sig_engine_is_php_here()) {
		draft->thread = FPS_THREAD_PHP;
	} else if (is_of_thread(end)) {
		draft->thread = FPS_THREAD_OTHER;
		draft->thread_id = (int32_t) syscall(SYS_gettid);
		syscall(SYS_prctl, PR_GET_NAME, draft->thread_name);
	}
}

/* What can't fail comes before all stages, so that a fault in one never leaves a death without a cause. */
static void identify(struct death *death)
{
	struct fps_draft *draft = death->draft;
	const struct fps_sig_signal *signal = fps_sig_signals_find(death->end.number);

	draft->signal = death->end.number;
	draft->cause = (uint8_t) (signal ? signal->cause : FPS_CAUSE_EXIT_IN_REQUEST);
	draft->confidence = FPS_PROBABLE;
	draft->state_unknown = 1;
	if (death->settings->is_child) {
		draft->child_pid = getpid();
		draft->event = FPS_EVENT_OF_CHILD + (uint32_t) draft->child_pid;
	}
	fill_thread(draft, &death->end);
	if (fps_sig_death_is_elsewhere(death->end.number)) {
		draft->other_thread = 1;
	} else {
		draft->phase = (uint8_t) atomic_load(&death->slot->phase);
		draft->finished = atomic_load(&death->slot->finished) != 0;
	}
	fps_sig_buf_copy(draft->error_type, sizeof draft->error_type, signal ? signal->name : "exit");
	if (death->end.info) {
		draft->has_code = true;
		draft->signal_code = death->end.info->si_code;
	}
	atomic_store_explicit(&draft->stages_done, FPS_DRAFT_IDENTIFIED, memory_order_release);
}

static void fill_sender(struct death *death)
{
	/* The kernel sends SIGXFSZ in the process's own name. */
	if (death->end.info && fps_sig_sender_is_known(death->end.info)
		&& !(death->end.number == SIGXFSZ && death->end.info->si_code == SI_USER
			&& death->end.info->si_pid == getpid())) {
		fps_sig_sender_fill(death->slot, death->draft, death->end.info);
	}
}

static void say(struct fps_draft *draft, const char *before, int64_t number, const char *after)
{
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message);
	fps_sig_buf_text(&text, before);
	fps_sig_buf_i64(&text, number);
	fps_sig_buf_text(&text, after);
	fps_sig_buf_terminate(&text);
}

static void add_evidence(struct fps_draft *draft, const char *before, const char *value)
{
	char words[sizeof draft->evidence[0]];
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, words, sizeof words);
	fps_sig_buf_text(&text, before);
	fps_sig_buf_plain(&text, value, strlen(value));
	fps_sig_buf_terminate(&text);
	fps_sig_sender_evidence(draft, words, 0, NULL);
}

static bool fill_fault(struct death *death)
{
	struct fps_draft *draft = death->draft;

	fps_sig_engine_stack(&death->stack);
	fps_sig_fault_fill(draft, death->end.info, death->end.context, &death->stack);
	fps_sig_sender_evidence(draft,
		draft->has_sender ? "the signal was sent, no instruction faulted" : "the kernel raised the signal", 0, NULL);
	fps_sig_sender_add_kin(death->slot, draft);
	if (!draft->has_sender && death->slot->file_cache[0]) { /* src/cli/explain/advice.c looks for these words */
		add_evidence(draft, "opcache.file_cache is ", death->slot->file_cache);
	}
	if (draft->cause != FPS_CAUSE_ABORT) {
		return true;
	}
	if (death->end.info->si_code == SI_TKILL) {
		fps_sig_allocfailure_fill(draft, death->end.error);
	}
	return fps_sig_fault_abort_message(draft);
}

static bool fill_death(struct death *death)
{
	struct fps_draft *draft = death->draft;
	const struct fps_sig_signal *signal = fps_sig_signals_find(death->end.number);
	const struct fps_request *request = &death->slot->request;

	if (draft->other_thread) {
		fps_sig_sender_evidence(
			draft, "several threads run PHP in this process: whose request this was is not known", 0, NULL);
	} else {
		fps_sig_engine_state(death->slot, draft);
		fps_sig_engine_limits(&death->slot->request);
		fps_sig_requestinfo_fill(draft);
	}
	fill_sender(death);
	draft->confidence = FPS_CERTAIN;
	if (!signal) {
		draft->exit_call = (uint8_t) death->end.exit_call;
		if (draft->exit_call) {
			fps_sig_buf_copy(draft->error_message, sizeof draft->error_message,
				draft->exit_call == FPS_EXIT_CALL_EXIT ? "C code called exit()" : "C code called quick_exit()");
		} else {
			say(draft, "C code called exit(", death->end.exit_status, ")");
		}
		fps_sig_sender_evidence(draft, "libc ran its exit handlers during the request", 0, NULL);
		fps_sig_allocfailure_fill(draft, death->end.exit_status ? death->end.error : 0);
		return true;
	}
	switch (signal->kind) {
		case FPS_SIG_FAULT:
		case FPS_SIG_LIMIT: return fill_fault(death);
		case FPS_SIG_TIMEOUT:
			say(draft, "max_execution_time was passed by ", request->hard_timeout, " s (hard_timeout) inside C code");
			fps_sig_sender_evidence(draft, "the engine's timer ran out again: it leaves with exit code 124", 0, NULL);
			return true;
		default: fps_sig_sender_judge(death->slot, draft, draft->died_ns - request->started_ns); return true;
	}
}

static bool fill_memory(struct death *death)
{
	if (death->draft->other_thread) {
		death->draft->memory_rss = fps_sig_proc_self_rss();
		return false;
	}
	fps_sig_engine_cpu(death->slot, death->draft);
	return fps_sig_engine_memory(death->draft);
}

static bool fill_php_stack(struct death *death)
{
	struct fps_sig_vm vm = {.max_frames = death->settings->max_frames, .interrupted = death->end.number != 0};

	if (death->draft->thread == FPS_THREAD_OTHER) {
		vm.interrupted = true; /* it runs on */
	} else {
		vm.at_death = true;
	}
	if (!death->draft->other_thread) {
		fps_sig_engine_vm(&vm);
	} else if (!fps_sig_engine_vm_here(&vm)) {
		return false;
	}
	return fps_sig_phpstack_fill(death->draft, &vm, &fps_sig_phpstack_walks[FPS_SIG_WALKER_DEATH]);
}

static bool fill_modules(struct death *death)
{
	if (death->end.context) {
		fps_sig_unwind_registers(death->draft, death->end.context);
	}
	if (death->end.number == 0) {
		death->draft->registers = 0; /* only what a call preserves is in them, and nothing has faulted */
	}
	fps_sig_unwind_modules();
	fps_sig_unwind_resolve(death->draft);
	return true;
}

/* Also where no fault has asked for the stack. */
static uintptr_t stack_top(struct death *death)
{
	if (!death->stack.top) {
		fps_sig_engine_stack(&death->stack);
	}
	return death->stack.top;
}

/*
 * What the VM calls to load a file calls others in turn; what it does without noting where it is calls libc at most, in
 * a function of the opcode's own.
 */
#define AT_LEAST_BELOW 3

static bool is_in_libc(const struct fps_draft *draft, const struct fps_native_frame *frame)
{
	return frame->module >= 0 && strstr(draft->module[frame->module].path, "/libc.so");
}

/*
 * A frame's opcode may be an include that is over: the VM, and the JIT's code, store where they are only before what
 * may fail. A signal from elsewhere comes at any instruction, also in parts of the VM that the compiler has put apart:
 * then only system calls are considered.
 */
static bool is_load_over(const struct fps_draft *draft)
{
	const struct fps_sig_signal *signal = fps_sig_signals_find(draft->signal);
	bool is_over = draft->native_frames < AT_LEAST_BELOW
		|| (signal && signal->kind != FPS_SIG_FAULT && !is_in_libc(draft, &draft->native_frame[0]));

	for (uint32_t i = 0; i < AT_LEAST_BELOW && !is_over; i++) {
		is_over =
			draft->native_frame[i].jit != FPS_JIT_NONE || fps_sig_engine_may_be_execution(draft->native_frame[i].ip);
	}
	return is_over;
}

/* Without native frames it is not known. */
static bool confirm_load(struct death *death)
{
	struct fps_draft *draft = death->draft;

	if (draft->loading && is_load_over(draft)) {
		draft->loading = 0;
		draft->compiling = (struct fps_arena_span) {0};
	}
	return true;
}

static bool fill_native_stack(struct death *death)
{
	bool whole;

	if (!fps_sig_unwind_library()) {
		return true;
	}
	if (!death->end.context || fps_sig_stackbounds_room() < UNWIND_STACK) {
		return false;
	}
	whole = fps_sig_unwind_fill(death->draft, death->end.context, stack_top(death));
	whole = fps_sig_unwind_resolve(death->draft) && whole;
	if (death->end.number == 0) {
		fps_sig_unwind_drop_own(death->draft);
	}
	fps_sig_fault_reconsider(death->draft, death->end.context, fps_sig_unwind_stack_pointers()[1]);
	if (death->draft->cause == FPS_CAUSE_STACK_OVERFLOW) {
		fps_sig_recursion_find(death->draft, fps_sig_unwind_stack_pointers(), death->stack.top);
	}
	return whole;
}

/*
 * What the process holds of what it has written there; a C++ exception is looked for where libc aborts in the library
 * of C++.
 */
static bool fill_stderr(struct death *death)
{
	if (death->draft->signal == SIGABRT && !death->draft->has_address) {
		fps_sig_cxxexception_fill(death->draft);
	}
	return true;
}

/* The log may be unwritable only now: FPM's own log has the record then, as far as it takes it. */
static void complain(const struct death *death)
{
	static char words[2048];
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, words, sizeof words);
	fps_sig_buf_text(&text, "fpmsentinel: ");
	fps_sig_buf_plain(&text, death->slot->who.log, strlen(death->slot->who.log));
	fps_sig_buf_text(&text, ": ");
	fps_sig_buf_text(&text, fps_sig_names_error(death->log_error));
	fps_sig_buf_text(&text, "; the record follows\n");
	fps_sig_logfile_stderr(text.bytes, text.len);
}

/* Without a coroner: where this user may write, else to the process's own standard error. */
static bool write_record(struct death *death)
{
	const char *log = death->slot->who.log;
	size_t len = fps_sig_record_format(death->slot, line);

	death->log_error = log[0] == '/' ? fps_sig_logfile_append(log, line, len) : NOT_WRITTEN;
	if (death->log_error && log[0] == '/') {
		complain(death);
		fps_sig_logfile_stderr(line, len);
	} else if (death->log_error && log[0]) {
		death->log_error = fps_sig_logfile_stderr(line, len);
	}
	return true;
}

/*
 * The coroner writes the record, if there is one. It may take its time with a termination, whose meaning depends on the
 * master's fate, and with an exit, whose status comes from the kernel. Other deaths should have their record before the
 * process is gone.
 */
static bool hand_over(struct death *death)
{
	struct fps_slot *slot = death->slot;
	const struct fps_sig_signal *signal = fps_sig_signals_find(slot->draft.signal);
	bool waits = !slot->draft.exit_call && (!signal || signal->kind != FPS_SIG_TERMINATION);

	if (!fps_sig_doorbell_answers()) {
		return false;
	}
	atomic_store_explicit(&slot->handoff, FPS_HANDOFF_SEALED, memory_order_release);
	if (fps_sig_doorbell_ring() && waits && fps_sig_doorbell_wait(&slot->handoff, FPS_HANDOFF_WRITTEN, WRITTEN_MS)) {
		death->log_error = atomic_load(&slot->log_error);
		return true;
	}
	if (!fps_sig_doorbell_answers()) {
		atomic_store(&slot->handoff, FPS_HANDOFF_OWN);
		return false;
	}
	death->log_error = 0; /* it may still come to one */
	return true;
}

/* Whoever else is there has ended, or is about to hand its own one over. Nobody waits long for one that is stopped. */
static bool claim_child(struct fps_event *place)
{
	uint32_t none = FPS_HANDOFF_NONE;

	fps_sig_doorbell_wait(&place->handoff, FPS_HANDOFF_NONE, OTHER_CHILD_MS);
	return atomic_compare_exchange_strong(&place->handoff, &none, FPS_HANDOFF_FILLING);
}

/* The coroner looks there as long as it watches over the worker. */
static bool hand_over_child(struct death *death)
{
	struct fps_slot *slot = death->slot;
	struct fps_event *place = &slot->child;
	uint32_t sealed = FPS_HANDOFF_SEALED;

	if (!fps_sig_doorbell_answers() || !claim_child(place)) {
		return false;
	}
	place->requests_served = slot->requests_served;
	place->request = slot->request;
	memcpy(&place->draft, &slot->draft, offsetof(struct fps_draft, arena) + slot->draft.arena_len);
	atomic_store_explicit(&place->handoff, FPS_HANDOFF_SEALED, memory_order_release);
	fps_sig_doorbell_ring();
	if (fps_sig_doorbell_wait(&place->handoff, FPS_HANDOFF_NONE, WRITTEN_MS)
		|| (kill(slot->who.pid, 0) == 0 && fps_sig_doorbell_answers())) {
		return true;
	}
	return !atomic_compare_exchange_strong(&place->handoff, &sealed, FPS_HANDOFF_NONE);
}

static bool say_last_words(struct death *death)
{
	static char raw[1024], clean[1024];
	struct fps_sig_buf text, words;
	int fd, request_id;

	fps_sig_buf_init(&text, raw, sizeof raw);
	fps_sig_buf_init(&words, clean, sizeof clean);
	fps_sig_message_last_words(death->slot, death->log_error, &text);
	fps_sig_buf_plain(&words, text.bytes, text.len);
	return fps_sig_engine_connection(&fd, &request_id)
		&& fps_sig_lastwords_send(fd, request_id, words.bytes, words.len);
}

/* Where nobody else would say why FPM does not start. */
static bool say_at_start(struct death *death)
{
	static char raw[1024], clean[1100];
	struct fps_sig_buf text, words;

	fps_sig_buf_init(&text, raw, sizeof raw);
	fps_sig_buf_init(&words, clean, sizeof clean);
	fps_sig_message_last_words(death->slot, NOT_WRITTEN, &text);
	fps_sig_buf_plain(&words, text.bytes, text.len);
	fps_sig_buf_text(&words, ", while opcache.preload ran: PHP-FPM does not start\n");
	return fps_sig_logfile_stderr(words.bytes, words.len) == 0;
}

/*
 * Runs one stage such that a fault or a hang in it, after which fps_sig_death_rescue() comes back
 * here, costs only what this stage would have recorded.
 */
static bool run_guarded(bool (*stage)(struct death *), struct death *death)
{
	volatile bool complete = false; /* lives across the jump */

	fps_sig_handlertimeout_alarm(death->settings->handler_timeout * 1000 / STAGE_PART);
	if (sigsetjmp(rescue, 0) == 0) {
		guarded = 1;
		atomic_signal_fence(memory_order_seq_cst);
		complete = stage(death);
	}
	atomic_signal_fence(memory_order_seq_cst);
	guarded = 0;
	fps_sig_handlertimeout_alarm(0);
	return complete;
}

void fps_sig_death_draft(struct fps_slot *slot, const struct fps_sig_settings *settings, const struct fps_sig_end *end)
{
	static const struct {
		enum fps_stage stage;
		bool (*fill)(struct death *);
	} stages[] = {
		{FPS_STAGE_DEATH, fill_death},
		{FPS_STAGE_MEMORY, fill_memory},
		{FPS_STAGE_PHP_STACK, fill_php_stack},
		{FPS_STAGE_MODULES, fill_modules},
		{FPS_STAGE_NATIVE_STACK, fill_native_stack},
	};
	struct fps_draft *draft = &slot->draft;
	struct death death = {.slot = slot, .draft = draft, .settings = settings, .end = *end};

	fps_sig_death_begin(draft);
	identify(&death);
	fps_sig_handlertimeout_start(settings->handler_timeout);
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		if (run_guarded(stages[i].fill, &death)) {
			atomic_fetch_or_explicit(&draft->stages_done, 1u << stages[i].stage, memory_order_release);
		} else if (stages[i].stage == FPS_STAGE_MODULES) {
			break; /* the loader's list is broken or locked, and libunwind would follow it blindly */
		}
	}
	run_guarded(confirm_load, &death);
	run_guarded(fill_stderr, &death);
	if (!settings->standard_error) {
		draft->stderr_text[0] = '\0';
	}
	fps_sig_handlertimeout_stop();
}

void fps_sig_death_begin(struct fps_draft *draft)
{
	fps_sig_saferead_begin();
	memset(draft, 0, offsetof(struct fps_draft, arena));
	draft->died_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	draft->died_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000;
}

/*
 * There is a place for one event until the coroner has taken it, which it does at once. One that is
 * stopped, and does not, holds up one request for that long and no other.
 */
static bool claim_event(struct fps_event *event)
{
	static bool behind;
	uint32_t none = FPS_HANDOFF_NONE;

	if (!behind) {
		fps_sig_doorbell_wait(&event->handoff, FPS_HANDOFF_NONE, TAKEN_MS);
	}
	behind = !atomic_compare_exchange_strong(&event->handoff, &none, FPS_HANDOFF_FILLING);
	return !behind;
}

void fps_sig_death_note(struct fps_request *request, const struct fps_draft *draft)
{
	uint32_t i = atomic_fetch_add(&request->events, 1);

	if (i < FPS_MAX_EARLIER) {
		request->earlier[i].at_ns = draft->died_ns;
		request->earlier[i].cause = draft->cause;
		atomic_store_explicit(&request->earlier[i].event, draft->event, memory_order_release);
	}
}

bool fps_sig_death_write(struct fps_slot *slot)
{
	struct death death = {.slot = slot};
	struct fps_event *event = &slot->event;

	if (!fps_sig_doorbell_answers()) {
		write_record(&death);
		fps_sig_death_note(&slot->request, &slot->draft);
		return true;
	}
	if (!claim_event(event)) {
		return false;
	}
	event->requests_served = slot->requests_served;
	event->request = slot->request;
	memcpy(&event->draft, &slot->draft, offsetof(struct fps_draft, arena) + slot->draft.arena_len);
	fps_sig_death_note(&slot->request, &slot->draft);
	fps_sig_death_begin(&slot->draft); /* not to be taken for a death's */
	atomic_store_explicit(&event->handoff, FPS_HANDOFF_SEALED, memory_order_release);
	fps_sig_doorbell_ring();
	return true;
}

void fps_sig_death_record(struct fps_slot *slot, const struct fps_sig_settings *settings)
{
	struct death death = {.slot = slot, .draft = &slot->draft, .settings = settings, .log_error = NOT_WRITTEN};

	fps_sig_handlertimeout_start(settings->handler_timeout);
	if (settings->at_start) {
		run_guarded(say_at_start, &death);
	} else if (!run_guarded(settings->is_child ? hand_over_child : hand_over, &death)
		&& !run_guarded(write_record, &death)) {
		death.log_error = ETIMEDOUT;
	}
	if (settings->last_words && !slot->draft.finished && !slot->draft.other_thread) {
		run_guarded(say_last_words, &death);
	}
	fps_sig_handlertimeout_stop();
}
