/*
 * The signal handlers of a worker.
 *
 * A handler fills the draft stage by stage, writes the record, says the last words and then lets
 * the worker die exactly as it would have without it: under the earlier disposition, by the same
 * signal with the same siginfo, at the interrupted instruction.
 */
#ifndef FPS_SIG_HANDLER_H
#define FPS_SIG_HANDLER_H

#include "sig/death.h"

#include <signal.h>

/*
 * Installs a handler for each fault and limit of the table (on the alternate stack, which has to
 * be there), for each signal that would terminate and for SIGQUIT. Once, at a worker's first
 * request, on PHP's thread, after fps_sig_death_init().
 */
void fps_sig_handler_install(struct fps_slot *slot, const struct fps_sig_settings *settings);

/* Puts back what was there before that. */
void fps_sig_handler_uninstall(void);

/*
 * In a process that the worker, or another child of it, has just forked: from here on only this process's faults are
 * recorded, as those of a child. The slot must be private to it (fps_blackbox_part()) or forgotten.
 */
void fps_sig_handler_be_child(void);
void fps_sig_handler_forget(void);

/* At the end of a request: a child goes on as if it were a worker, and its death is no longer that of this request. */
void fps_sig_handler_end_child(void);

/*
 * Handlers for the engine's own table, which it resets at each request: for signals that would
 * terminate, where the entry says SIG_DFL; for SIGQUIT, in place of the entry, so that it is noticed here.
 */
void fps_sig_handler_on_termination(int number, siginfo_t *info, void *context);
void fps_sig_handler_on_quit(int number, siginfo_t *info, void *context);
void fps_sig_handler_quit_earlier(void *function, int flags);

/* Around the engine's handler of its timeout signal (fps_sig_engine_wrap_timeout()). */
void fps_sig_handler_on_timeout(int number, siginfo_t *info, void *context);

/* From libc's exit(), with its status; in a request that is a death. */
void fps_sig_handler_on_exit(int status, enum fps_exit_call call);

#endif
