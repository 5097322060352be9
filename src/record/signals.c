#include "record/signals.h"

#include "record/buf.h"

#include <signal.h>

const struct fps_sig_signal fps_sig_signals[FPS_SIG_SIGNALS] = {
	{SIGSEGV, "SIGSEGV", FPS_CAUSE_SEGFAULT, FPS_SIG_FAULT},
	{SIGBUS, "SIGBUS", FPS_CAUSE_BUS_ERROR, FPS_SIG_FAULT},
	{SIGFPE, "SIGFPE", FPS_CAUSE_FLOATING_POINT_ERROR, FPS_SIG_FAULT},
	{SIGILL, "SIGILL", FPS_CAUSE_ILLEGAL_INSTRUCTION, FPS_SIG_FAULT},
	{SIGABRT, "SIGABRT", FPS_CAUSE_ABORT, FPS_SIG_FAULT},
	{SIGSYS, "SIGSYS", FPS_CAUSE_BAD_SYSCALL, FPS_SIG_FAULT},
	{SIGTRAP, "SIGTRAP", FPS_CAUSE_TRAP, FPS_SIG_FAULT},
	{SIGXCPU, "SIGXCPU", FPS_CAUSE_CPU_LIMIT, FPS_SIG_LIMIT},
	{SIGXFSZ, "SIGXFSZ", FPS_CAUSE_FILE_SIZE_LIMIT, FPS_SIG_LIMIT},
	{SIGTERM, "SIGTERM", FPS_CAUSE_TERMINATED, FPS_SIG_TERMINATION},
	{SIGINT, "SIGINT", FPS_CAUSE_TERMINATED, FPS_SIG_TERMINATION},
	{SIGHUP, "SIGHUP", FPS_CAUSE_TERMINATED, FPS_SIG_TERMINATION},
	{SIGUSR1, "SIGUSR1", FPS_CAUSE_TERMINATED, FPS_SIG_TERMINATION},
	{SIGUSR2, "SIGUSR2", FPS_CAUSE_TERMINATED, FPS_SIG_TERMINATION},
	{SIGALRM, "SIGALRM", FPS_CAUSE_TERMINATED, FPS_SIG_TERMINATION},
	{SIGQUIT, "SIGQUIT", FPS_CAUSE_FPM_RELOAD, FPS_SIG_QUIT},
	{SIGPROF, "SIGPROF", FPS_CAUSE_HARD_TIMEOUT, FPS_SIG_TIMEOUT},
	{FPS_SIG_RTMIN, "SIGRTMIN", FPS_CAUSE_HARD_TIMEOUT, FPS_SIG_TIMEOUT},
	{SIGKILL, "SIGKILL", FPS_CAUSE_KILLED, FPS_SIG_UNHANDLED},
	{SIGPIPE, "SIGPIPE", FPS_CAUSE_TERMINATED, FPS_SIG_UNHANDLED},
	{SIGVTALRM, "SIGVTALRM", FPS_CAUSE_TERMINATED, FPS_SIG_UNHANDLED},
	{SIGIO, "SIGIO", FPS_CAUSE_TERMINATED, FPS_SIG_UNHANDLED},
	{SIGPWR, "SIGPWR", FPS_CAUSE_TERMINATED, FPS_SIG_UNHANDLED},
	{SIGSTKFLT, "SIGSTKFLT", FPS_CAUSE_TERMINATED, FPS_SIG_UNHANDLED},
};

/* si_code values mean something else for each signal, but for those that say who sent it. */
static const struct {
	int number, code;
	const char *name;
} codes[] = {
	{0, SI_USER, "SI_USER"}, {0, SI_KERNEL, "SI_KERNEL"}, {0, SI_QUEUE, "SI_QUEUE"}, {0, SI_TIMER, "SI_TIMER"},
	{0, SI_TKILL, "SI_TKILL"}, {0, SI_MESGQ, "SI_MESGQ"}, {0, SI_ASYNCIO, "SI_ASYNCIO"}, {0, SI_SIGIO, "SI_SIGIO"},
	{SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR"}, {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR"}, {SIGSEGV, SEGV_BNDERR, "SEGV_BNDERR"},
	{SIGSEGV, SEGV_PKUERR, "SEGV_PKUERR"}, {SIGBUS, BUS_ADRALN, "BUS_ADRALN"}, {SIGBUS, BUS_ADRERR, "BUS_ADRERR"},
	{SIGBUS, BUS_OBJERR, "BUS_OBJERR"}, {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR"},
	{SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO"}, {SIGFPE, FPE_INTDIV, "FPE_INTDIV"}, {SIGFPE, FPE_INTOVF, "FPE_INTOVF"},
	{SIGFPE, FPE_FLTDIV, "FPE_FLTDIV"}, {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF"}, {SIGFPE, FPE_FLTUND, "FPE_FLTUND"},
	{SIGFPE, FPE_FLTRES, "FPE_FLTRES"}, {SIGFPE, FPE_FLTINV, "FPE_FLTINV"}, {SIGFPE, FPE_FLTSUB, "FPE_FLTSUB"},
	{SIGILL, ILL_ILLOPC, "ILL_ILLOPC"}, {SIGILL, ILL_ILLOPN, "ILL_ILLOPN"}, {SIGILL, ILL_ILLADR, "ILL_ILLADR"},
	{SIGILL, ILL_ILLTRP, "ILL_ILLTRP"}, {SIGILL, ILL_PRVOPC, "ILL_PRVOPC"}, {SIGILL, ILL_PRVREG, "ILL_PRVREG"},
	{SIGILL, ILL_COPROC, "ILL_COPROC"}, {SIGILL, ILL_BADSTK, "ILL_BADSTK"}, {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT"},
	{SIGTRAP, TRAP_TRACE, "TRAP_TRACE"}, {SIGSYS, 1, "SYS_SECCOMP"}, /* glibc 2.36 has no name for it */
};

const struct fps_sig_signal *fps_sig_signals_find(int number)
{
	if (number <= 0) { /* FPS_SIG_RTMIN is not one, either */
		return NULL;
	}
	number = number == SIGRTMIN ? FPS_SIG_RTMIN : number;
	for (size_t i = 0; i < FPS_SIG_SIGNALS; i++) {
		if (fps_sig_signals[i].number == number) {
			return &fps_sig_signals[i];
		}
	}
	return NULL;
}

bool fps_sig_signals_name(int number, char name[FPS_SIG_SIGNAL_NAME])
{
	const struct fps_sig_signal *signal = fps_sig_signals_find(number);
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, name, FPS_SIG_SIGNAL_NAME - 1);
	if (!signal && (number < SIGRTMIN || number > SIGRTMAX)) {
		return false;
	}
	fps_sig_buf_text(&text, signal ? signal->name : "SIGRTMIN+");
	if (!signal) {
		fps_sig_buf_u64(&text, (uint64_t) (number - SIGRTMIN));
	}
	fps_sig_buf_terminate(&text);
	return true;
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
