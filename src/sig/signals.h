/* The one table of signals that this extension knows; whoever needs them walks it. */
#ifndef FPS_SIG_SIGNALS_H
#define FPS_SIG_SIGNALS_H

#include "../blackbox.h"

struct fps_sig_signal {
	int number;
	const char *name;
	enum fps_cause cause;
	bool fault; /* raised by what the process itself does, handled on the alternate stack */
};

#define FPS_SIG_SIGNALS 9
extern const struct fps_sig_signal fps_sig_signals[FPS_SIG_SIGNALS];

/* The table's row, NULL for a signal that is not in it. */
const struct fps_sig_signal *fps_sig_signals_find(int number);

/* The name of a si_code: "SI_USER", "SEGV_MAPERR"; NULL for one that has none here. */
const char *fps_sig_signals_code(int number, int code);

#endif
