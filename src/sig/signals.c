#include "signals.h"

#include <signal.h>

const struct fps_sig_signal fps_sig_signals[FPS_SIG_SIGNALS] = {
	{SIGSEGV, "SIGSEGV", FPS_CAUSE_SEGFAULT, true},
	{SIGBUS, "SIGBUS", FPS_CAUSE_BUS_ERROR, true},
	{SIGFPE, "SIGFPE", FPS_CAUSE_FLOATING_POINT_ERROR, true},
	{SIGILL, "SIGILL", FPS_CAUSE_ILLEGAL_INSTRUCTION, true},
	{SIGABRT, "SIGABRT", FPS_CAUSE_ABORT, true},
	{SIGSYS, "SIGSYS", FPS_CAUSE_BAD_SYSCALL, true},
	{SIGTRAP, "SIGTRAP", FPS_CAUSE_TRAP, true},
	{SIGTERM, "SIGTERM", FPS_CAUSE_TERMINATED, false},
	{SIGQUIT, "SIGQUIT", FPS_CAUSE_FPM_RELOAD, false},
};

/* si_code values mean something else for each signal, but for those that say who sent it. */
static const struct {
	int number, code;
	const char *name;
} codes[] = {
	{0, SI_USER, "SI_USER"}, {0, SI_KERNEL, "SI_KERNEL"}, {0, SI_QUEUE, "SI_QUEUE"},
	{0, SI_TIMER, "SI_TIMER"}, {0, SI_TKILL, "SI_TKILL"}, {0, SI_MESGQ, "SI_MESGQ"},
	{0, SI_ASYNCIO, "SI_ASYNCIO"}, {0, SI_SIGIO, "SI_SIGIO"},
	{SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR"}, {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR"},
	{SIGSEGV, SEGV_BNDERR, "SEGV_BNDERR"}, {SIGSEGV, SEGV_PKUERR, "SEGV_PKUERR"},
	{SIGBUS, BUS_ADRALN, "BUS_ADRALN"}, {SIGBUS, BUS_ADRERR, "BUS_ADRERR"},
	{SIGBUS, BUS_OBJERR, "BUS_OBJERR"}, {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR"},
	{SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO"},
	{SIGFPE, FPE_INTDIV, "FPE_INTDIV"}, {SIGFPE, FPE_INTOVF, "FPE_INTOVF"},
	{SIGFPE, FPE_FLTDIV, "FPE_FLTDIV"}, {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF"},
	{SIGFPE, FPE_FLTUND, "FPE_FLTUND"}, {SIGFPE, FPE_FLTRES, "FPE_FLTRES"},
	{SIGFPE, FPE_FLTINV, "FPE_FLTINV"}, {SIGFPE, FPE_FLTSUB, "FPE_FLTSUB"},
	{SIGILL, ILL_ILLOPC, "ILL_ILLOPC"}, {SIGILL, ILL_ILLOPN, "ILL_ILLOPN"},
	{SIGILL, ILL_ILLADR, "ILL_ILLADR"}, {SIGILL, ILL_ILLTRP, "ILL_ILLTRP"},
	{SIGILL, ILL_PRVOPC, "ILL_PRVOPC"}, {SIGILL, ILL_PRVREG, "ILL_PRVREG"},
	{SIGILL, ILL_COPROC, "ILL_COPROC"}, {SIGILL, ILL_BADSTK, "ILL_BADSTK"},
	{SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT"}, {SIGTRAP, TRAP_TRACE, "TRAP_TRACE"},
	{SIGSYS, 1, "SYS_SECCOMP"}, /* glibc 2.36 has no name for it */
};

const struct fps_sig_signal *fps_sig_signals_find(int number)
{
	for (size_t i = 0; i < FPS_SIG_SIGNALS; i++) {
		if (fps_sig_signals[i].number == number) {
			return &fps_sig_signals[i];
		}
	}
	return NULL;
}

const char *fps_sig_signals_code(int number, int code)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		if (codes[i].code == code && (codes[i].number == number || codes[i].number == 0)) {
			return codes[i].name;
		}
	}
	return NULL;
}
