/*
 * Two timers over a handler that may hang: an alarm that ends one stage, and a SIGKILL that ends
 * the process, since it comes through even with every signal blocked. AS-safe but for _init().
 */
#ifndef FPS_SIG_WATCHDOG_H
#define FPS_SIG_WATCHDOG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes the timer of the SIGKILL. Where there can be none, handlers go without. At a worker's first request. */
void fps_sig_watchdog_init(void);

/* Lets the SIGKILL come in so many seconds, and makes the alarm of the calling thread. */
void fps_sig_watchdog_start(uint32_t seconds);

/* Takes both back. Before the signal is delivered again: a core dump takes its time. */
void fps_sig_watchdog_stop(void);

/* Sets the alarm, a SIGTRAP to the thread that started the watchdog; 0 takes it back. */
void fps_sig_watchdog_alarm(uint32_t milliseconds);

/* True for the siginfo of an alarm. */
bool fps_sig_watchdog_is_alarm(const siginfo_t *info);

#endif
