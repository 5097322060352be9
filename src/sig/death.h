/*
 * Recording a death: the draft's stages, the record, the last words. May be called from a signal handler, by one thread
 * at a time.
 */
#ifndef FPS_SIG_DEATH_H
#define FPS_SIG_DEATH_H

#include "blackbox.h"

#include "record/clock.h"

#include <signal.h>
#include <ucontext.h>

struct fps_sig_settings {
	uint32_t max_frames;      /* 2 to FPS_MAX_FRAMES */
	uint32_t handler_timeout; /* seconds until the watchdog kills */
	bool last_words;
	bool standard_error; /* whether its text goes into the record */
	bool is_child;       /* of a worker, forked by it: no worker dies */
	bool terminations;   /* whether signals from outside count as deaths */
	bool at_start;       /* of FPM, in opcache.preload: words on standard error in place of a record */
};

/* Does beforehand what need not be done in a handler. At a worker's first request, on PHP's thread. */
void fps_sig_death_init(void);

/*
 * Whether a death by that signal, or by exit() where number is 0, is that of another thread of PHP's than the one the
 * slot describes. A signal that somebody sends ends them all, whichever it comes to.
 */
bool fps_sig_death_is_elsewhere(int number);

/* How a process dies. */
struct fps_sig_end {
	int number;      /* of the signal; 0: by exit() */
	int exit_status; /* of exit(), unless: */
	enum fps_exit_call exit_call;
	int error;                 /* errno of the thread just before */
	const siginfo_t *info;     /* NULL where the engine passed on one that is no longer there */
	const ucontext_t *context; /* likewise */
};

/* Fills the slot's draft. */
void fps_sig_death_draft(struct fps_slot *slot, const struct fps_sig_settings *settings, const struct fps_sig_end *end);

/* Has the coroner write the draft's record, or writes it if there is none, and sends the last words. */
void fps_sig_death_record(struct fps_slot *slot, const struct fps_sig_settings *settings);

/*
 * For events that are no death, from a living worker: an empty draft of now; and its record, false
 * if the coroner is behind and there is no place for it.
 */
void fps_sig_death_begin(struct fps_draft *draft);
bool fps_sig_death_write(struct fps_slot *slot);

/* Notes it with its request, so that the record of what comes after in that one names it. */
void fps_sig_death_note(struct fps_request *request, const struct fps_draft *draft);

/* Gives up the stage that is being filled, if one is, and does not return then. */
void fps_sig_death_rescue(void);

#endif
