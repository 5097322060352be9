/*
 * Who sent a signal, and what a SIGTERM from that sender means.
 *
 * Without the coroner, which sees the master's fate, a worker can only weigh what it knows: the sender, whether SIGQUIT
 * came first, and how long the request had run. May be called from a signal handler.
 */
#ifndef FPS_SIG_SENDER_H
#define FPS_SIG_SENDER_H

#include "blackbox.h"

#include <signal.h>

/*
 * FPM counts request_terminate_timeout in seconds, from accept() on, which on a loaded machine is well before the
 * request's start here: one of this age has certainly not met it.
 */
#define FPS_SIG_SENDER_YOUNG_NS 500000000ULL

/* True where the kernel filled in a sender: kill(), sigqueue(), raise(), not a fault or a timer. */
bool fps_sig_sender_is_known(const siginfo_t *info);

/* The draft's sender: pid, uid, role, command. */
void fps_sig_sender_fill(const struct fps_slot *slot, struct fps_draft *draft, const siginfo_t *info);

/*
 * Adds as evidence what the sender that fps_sig_sender_fill() found has to do with this worker, if that can be seen:
 * its child, a descendant, or another process that this FPM's workers have started.
 */
void fps_sig_sender_add_kin(const struct fps_slot *slot, struct fps_draft *draft);

/*
 * The draft's cause, confidence, evidence and error_message for a signal that terminates, elapsed_ns
 * after the request began: FPM and its like send SIGTERM, all others come from anyone. Wants
 * fps_sig_sender_fill() to have run, unless the sender is not known.
 */
void fps_sig_sender_judge(const struct fps_slot *slot, struct fps_draft *draft, uint64_t elapsed_ns);

/*
 * One more line of evidence: before, number, after; before alone where after is NULL. Nothing
 * when all places are taken.
 */
void fps_sig_sender_evidence(struct fps_draft *draft, const char *before, int64_t number, const char *after);

#endif
