/* The one table of signals that this extension knows; whoever needs them walks it. */
#ifndef FPS_SIG_SIGNALS_H
#define FPS_SIG_SIGNALS_H

#include "blackbox.h"

enum fps_sig_kind {
	FPS_SIG_FAULT,       /* what an instruction does, handled on the alternate stack */
	FPS_SIG_LIMIT,       /* likewise, but of a system call or of time that has passed */
	FPS_SIG_TERMINATION, /* sent from outside: ends a worker unless something handles it */
	FPS_SIG_QUIT,        /* sent from outside: FPM's, for a worker to end by itself */
	FPS_SIG_TIMEOUT,     /* the engine's, for max_execution_time */
	FPS_SIG_UNHANDLED,   /* ends a worker; only the coroner can record it */
};

struct fps_sig_signal {
	int number;
	const char *name;
	enum fps_cause cause;
	enum fps_sig_kind kind;
};

#define FPS_SIG_RTMIN (-1) /* in the table for SIGRTMIN, which is no constant */
#define FPS_SIG_SIGNALS 24
#define FPS_SIG_SIGNAL_NAME 16 /* room for a name */
extern const struct fps_sig_signal fps_sig_signals[FPS_SIG_SIGNALS];

/* The table's row, NULL for a signal that is not in it. */
const struct fps_sig_signal *fps_sig_signals_find(int number);

/* "SIGSEGV", "SIGRTMIN+3"; false for a number that is no signal's. */
bool fps_sig_signals_name(int number, char name[FPS_SIG_SIGNAL_NAME]);

/* The name of a si_code: "SI_USER", "SEGV_MAPERR"; NULL for one that has none here. */
const char *fps_sig_signals_code(int number, int code);

#endif
