#include "sig/handler.h"

#include "record/signals.h"
#include "sig/death.h"
#include "sig/draftowner.h"
#include "sig/engine.h"
#include "sig/handlertimeout.h"
#include "sig/lastwords.h"
#include "sig/sender.h"
#include "sig/unwind.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	struct fps_slot *slot;
	int32_t pid; /* of the process whose death is recorded */
	struct fps_sig_settings settings;
	struct sigaction earlier[FPS_SIG_SIGNALS];
	uint64_t recorded_request; /* threads that die at once are one death */
	uint64_t drafted_request;  /* has a draft, while an earlier handler is being asked */
} handler;

/* The SAPI has sent the whole answer and merely waits for the other side to close, too. */
static bool is_answered(void)
{
	int fd, request_id;

	return atomic_load(&handler.slot->finishing) && fps_sig_engine_connection(&fd, &request_id)
		&& (fd < 0 || fps_sig_lastwords_is_shut(fd));
}

/*
 * Whether a death now, by that signal or by exit(), is the death of a request that has no record yet. An answered one
 * gets none; the slot says so for the coroner, which would have to judge by the time at which it notices the death, and
 * may be late. What another thread of PHP's is at is not known, but who leaves by exit() at the end of the process is
 * at nothing.
 */
static bool is_to_be_recorded(int number)
{
	uint32_t phase = atomic_load(&handler.slot->phase);
	bool is_recorded = handler.recorded_request == handler.slot->requests_served, answered;

	if (fps_sig_death_is_elsewhere(number)) {
		return !is_recorded && phase != FPS_PHASE_EXIT && (number || fps_sig_engine_is_executing_here());
	}
	answered = is_answered();
	if (answered) {
		atomic_store(&handler.slot->finishing, FPS_FINISHING_DONE);
	}
	return phase >= FPS_PHASE_STARTUP && phase <= FPS_PHASE_SHUTDOWN && !is_recorded && !answered;
}

static void record(void)
{
	handler.recorded_request = handler.slot->requests_served;
	handler.drafted_request = 0;
	fps_sig_death_record(handler.slot, &handler.settings);
}

static bool is_function(const struct sigaction *act)
{
	return (act->sa_flags & SA_SIGINFO) || (act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN);
}

static struct sigaction *earlier_of(int number)
{
	return &handler.earlier[fps_sig_signals_find(number) - fps_sig_signals];
}

static void call(const struct sigaction *act, int number, siginfo_t *info, void *context)
{
	if (act->sa_flags & SA_SIGINFO) {
		act->sa_sigaction(number, info, context);
	} else {
		act->sa_handler(number);
	}
}

/* Calls an earlier handler under the mask that the kernel would have given it. */
static void call_as_kernel(const struct sigaction *earlier, int number, siginfo_t *info, ucontext_t *context)
{
	struct sigaction reset = {.sa_handler = SIG_DFL};
	sigset_t mask = context->uc_sigmask, ours;

	for (int other = 1; other < NSIG; other++) {
		if (sigismember(&earlier->sa_mask, other) == 1) {
			sigaddset(&mask, other);
		}
	}
	if (!(earlier->sa_flags & SA_NODEFER)) {
		sigaddset(&mask, number);
	}
	if (earlier->sa_flags & SA_RESETHAND) {
		sigaction(number, &reset, NULL);
	}
	pthread_sigmask(SIG_SETMASK, &mask, &ours);
	call(earlier, number, info, context);
	pthread_sigmask(SIG_SETMASK, &ours, NULL);
}

/*
 * Whether the signal will end the process once the earlier handler, and then ours, have returned: it was raised again;
 * or it comes again by itself, and finds the default action. An instruction faults again, abort() raises again whatever
 * a handler does; but a signal that was merely sent has been and gone.
 */
static bool is_final(int number, const siginfo_t *info)
{
	bool comes_again = info->si_code > 0 || (number == SIGABRT && info->si_code == SI_TKILL);
	struct sigaction current;
	sigset_t pending;

	if (sigpending(&pending) == 0 && sigismember(&pending, number) == 1) {
		return true;
	}
	sigaction(number, NULL, &current);
	return comes_again && (number == SIGABRT || (!is_function(&current) && current.sa_handler == SIG_DFL));
}

/*
 * The default action: the signal is queued again while it is blocked; it is delivered when this handler returns, at the
 * instruction that faulted. Executing that again would not do: a fault may be transient.
 */
static void die_of(int number, siginfo_t *info)
{
	sigset_t blocked;

	sigaction(number, earlier_of(number), NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, number);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), number, info) == -1) {
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
	}
}

/* All but faults wait while a handler runs: those in the handler itself must come through. */
static void mask_during_handler(sigset_t *mask)
{
	sigfillset(mask);
	for (size_t i = 0; i < FPS_SIG_SIGNALS; i++) {
		if (fps_sig_signals[i].kind == FPS_SIG_FAULT) {
			sigdelset(mask, fps_sig_signals[i].number);
		}
	}
}

/*
 * For a handler of faults, which begins with those blocked as well: until the thread is known as the one that dies, a
 * second signal would be taken for a death of its own. What was blocked before stays so.
 */
static void admit_faults(const ucontext_t *context)
{
	sigset_t mask;

	mask_during_handler(&mask);
	for (size_t i = 0; i < FPS_SIG_SIGNALS; i++) {
		if (sigismember(&context->uc_sigmask, fps_sig_signals[i].number) == 1) {
			sigaddset(&mask, fps_sig_signals[i].number);
		}
	}
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static bool is_ours(void)
{
	return handler.slot && handler.pid == getpid();
}

/* A child that is terminated, or leaves, does what it was meant to do: only its faults are recorded. */
static bool is_worker(void)
{
	return is_ours() && !handler.settings.is_child;
}

/*
 * Only an earlier handler knows whether the process goes on: the draft is made before that handler runs, and
 * recorded if it did not save the worker.
 */
static void fault(int number, int error, siginfo_t *info, ucontext_t *context)
{
	struct fps_sig_end end = {.number = number, .error = error, .info = info, .context = context};
	const struct sigaction *earlier = earlier_of(number);
	bool watched;

	fps_sig_draftowner_enter(handler.settings.handler_timeout);
	admit_faults(context);
	watched = is_to_be_recorded(number);
	if (watched) {
		fps_sig_death_draft(handler.slot, &handler.settings, &end);
	}
	if (is_function(earlier)) {
		handler.drafted_request = watched ? handler.slot->requests_served : 0;
		fps_sig_draftowner_leave(); /* it may never come back */
		call_as_kernel(earlier, number, info, context);
		if (!is_final(number, info)) {
			handler.drafted_request = 0;
			/* or the coroner would take it for what the worker dies of later */
			atomic_store(&handler.slot->draft.stages_done, 0);
			return;
		}
		fps_sig_draftowner_enter(handler.settings.handler_timeout);
	}
	if (watched && is_to_be_recorded(number)) {
		record();
	}
	if (is_function(earlier)) {
		fps_sig_draftowner_leave();
	} else {
		die_of(number, info); /* for certain: the owner stays, and threads that wait need not wake */
	}
}

static bool is_from_outside(const siginfo_t *info)
{
	return fps_sig_sender_is_known(info) && info->si_pid != getpid();
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;
	const struct sigaction *earlier = earlier_of(number);
	bool in_handler = fps_sig_draftowner_is_here();

	if (in_handler && is_ours()) {
		if (is_from_outside(info) || fps_sig_handlertimeout_put_off(info)) {
			return; /* the worker is dying already, or the stage has not had its time */
		}
		admit_faults(context);
		fps_sig_death_rescue();
	}
	if (fps_sig_handlertimeout_is_alarm(info)) {
		return; /* came too late for its stage */
	}
	if (earlier->sa_handler == SIG_IGN && info->si_code <= 0) {
		return;
	}
	if (is_ours() && !in_handler) {
		fault(number, saved_errno, info, context);
	} else if (is_function(earlier)) {
		call_as_kernel(earlier, number, info, context);
	} else {
		die_of(number, info);
	}
	errno = saved_errno;
}

/* Siginfo and context of a signal that the engine has deferred are gone, whatever is at their addresses now. */
static bool is_live(int number, const siginfo_t *info)
{
	return !fps_sig_engine_has_deferred(info) && info->si_signo == number;
}

static void die_by(int number)
{
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t signals;

	sigaction(number, &act, NULL);
	sigemptyset(&signals);
	sigaddset(&signals, number);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	kill(getpid(), number);
}

/* For deaths that are certain and that nobody else can prevent. */
static void record_death(const struct fps_sig_end *end)
{
	if (is_worker()) {
		fps_sig_draftowner_enter(handler.settings.handler_timeout);
		if (is_to_be_recorded(end->number)) {
			fps_sig_death_draft(handler.slot, &handler.settings, end);
			record();
		}
	}
}

void fps_sig_handler_on_termination(int number, siginfo_t *info, void *context)
{
	bool live = is_live(number, info);

	record_death(
		&(struct fps_sig_end) {.number = number, .info = live ? info : NULL, .context = live ? context : NULL});
	die_by(number);
}

void fps_sig_handler_on_timeout(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	if (fps_sig_engine_is_hard_timeout(info)) {
		record_death(&(struct fps_sig_end) {.number = number, .context = is_live(number, info) ? context : NULL});
	}
	fps_sig_engine_call_timeout(number, info, context);
	fps_sig_engine_wrap_timeout(fps_sig_handler_on_timeout);
	errno = saved_errno;
}

static void record_exit(const ucontext_t *here, void *argument)
{
	struct fps_sig_end *end = argument;

	end->context = here;
	record_death(end);
}

/* An earlier handler may leave by exit(): then the draft that was made for it is the death. */
void fps_sig_handler_on_exit(int status, enum fps_exit_call call)
{
	struct fps_sig_end end = {.exit_status = status, .exit_call = call, .error = errno};
	sigset_t blocked, before;

	if (!is_worker()) {
		return;
	}
	mask_during_handler(&blocked);
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	fps_sig_draftowner_enter(handler.settings.handler_timeout);
	if (is_to_be_recorded(0) && handler.drafted_request == handler.slot->requests_served) {
		record();
	} else {
		fps_sig_unwind_with_here(record_exit, &end);
	}
	fps_sig_draftowner_leave();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void fps_sig_handler_on_quit(int number, siginfo_t *info, void *context)
{
	if (is_worker()) {
		handler.slot->quit_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	}
	if (is_function(earlier_of(number))) {
		call(earlier_of(number), number, info, context);
	}
}

void fps_sig_handler_quit_earlier(void *function, int flags)
{
	struct sigaction *earlier = earlier_of(SIGQUIT);

	earlier->sa_handler = (void (*)(int)) function;
	earlier->sa_flags = flags;
}

static void install(const struct fps_sig_signal *signal, struct sigaction *earlier)
{
	struct sigaction act = {.sa_flags = SA_SIGINFO | SA_NODEFER};
	bool wanted = true;

	sigaction(signal->number, NULL, earlier);
	mask_during_handler(&act.sa_mask);
	switch (signal->kind) {
		case FPS_SIG_FAULT:
		case FPS_SIG_LIMIT:
			act.sa_sigaction = on_fault;
			act.sa_flags |= SA_ONSTACK;
			sigfillset(&act.sa_mask);
			break;
		case FPS_SIG_TERMINATION:
			act.sa_sigaction = fps_sig_handler_on_termination;
			/* who handles or ignores it lives */
			wanted = handler.settings.terminations && !is_function(earlier) && earlier->sa_handler == SIG_DFL;
			break;
		case FPS_SIG_QUIT:
			act.sa_sigaction = fps_sig_handler_on_quit;
			act.sa_flags |= earlier->sa_flags & SA_RESTART; /* what it interrupts goes on as without us */
			wanted = handler.settings.terminations;
			break;
		default:
			wanted = false; /* the engine's alone: fps_sig_engine_wrap_timeout() */
			break;
	}
	if (wanted) {
		sigaction(signal->number, &act, NULL);
	}
}

void fps_sig_handler_install(struct fps_slot *slot, const struct fps_sig_settings *settings)
{
	handler.slot = slot;
	handler.pid = getpid();
	handler.settings = *settings;
	for (size_t i = 0; i < FPS_SIG_SIGNALS; i++) {
		if (fps_sig_signals[i].kind != FPS_SIG_UNHANDLED) {
			install(&fps_sig_signals[i], &handler.earlier[i]);
		}
	}
}

void fps_sig_handler_uninstall(void)
{
	for (size_t i = 0; i < FPS_SIG_SIGNALS; i++) {
		if (fps_sig_signals[i].kind <= FPS_SIG_LIMIT) {
			sigaction(fps_sig_signals[i].number, &handler.earlier[i], NULL);
		}
	}
	handler.slot = NULL;
	fps_sig_handlertimeout_end();
}

/* Timers are not inherited, and threads neither: one that was in a handler is not here. */
void fps_sig_handler_be_child(void)
{
	if (!handler.slot) {
		return;
	}
	handler.pid = getpid();
	handler.settings.is_child = true;
	handler.settings.last_words = false;
	handler.recorded_request = handler.drafted_request = 0;
	atomic_store(&handler.slot->finishing, FPS_FINISHING_NOT);
	fps_sig_draftowner_leave();
	fps_sig_engine_be_child();
	fps_sig_handlertimeout_init();
}

/* Nothing keeps up with what it serves from now on. */
void fps_sig_handler_end_child(void)
{
	if (handler.slot && handler.settings.is_child) {
		atomic_store(&handler.slot->phase, FPS_PHASE_EXIT);
	}
}

void fps_sig_handler_forget(void)
{
	handler.slot = NULL;
}
