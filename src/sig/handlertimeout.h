/*
 * Two timers for a handler that may hang: an alarm that ends one stage, and a SIGKILL that ends the process, since it
 * gets through even with every signal blocked. AS-safe but for _init().
 *
 * Both go by the clock, for a hang may wait as well as compute. Time that the thread has spent waiting for a CPU, on a
 * busy machine or in a throttled container, is added: a slow stage is not a hanging one.
 */
#ifndef FPS_SIG_HANDLERTIMEOUT_H
#define FPS_SIG_HANDLERTIMEOUT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* How many times the time that it was given a handler may take, with what is given back. */
#define FPS_SIG_HANDLERTIMEOUT_MOST 5

/* Makes the timer of the SIGKILL. Where there can be none, handlers go without. At a worker's first request. */
void fps_sig_handlertimeout_init(void);

/* Undoes that. */
void fps_sig_handlertimeout_end(void);

/* Schedules the SIGKILL in `seconds`, and creates the calling thread's alarm. */
void fps_sig_handlertimeout_start(uint32_t seconds);

/* Takes both back. Before the signal is delivered again: a core dump takes its time. */
void fps_sig_handlertimeout_stop(void);

/* Sets the alarm, a SIGTRAP to the thread that started the watchdog; 0 takes it back. */
void fps_sig_handlertimeout_alarm(uint32_t milliseconds);

/* True for the siginfo of an alarm. */
bool fps_sig_handlertimeout_is_alarm(const siginfo_t *info);

/*
 * In the signal's handler: true for an alarm that comes before the thread has had its time, because others had the CPU.
 * The alarm, and with it the SIGKILL, has then been put off. Leaves errno alone.
 */
bool fps_sig_handlertimeout_put_off(const siginfo_t *info);

#endif
