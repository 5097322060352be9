#include "watchdog.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* The kernel's timers, since libc's are not for handlers. */
#define NO_TIMER (-1)
static int kill_timer = NO_TIMER, alarm_timer = NO_TIMER;

static void create(int *timer, struct sigevent *event)
{
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, event, timer) == -1) {
		*timer = NO_TIMER;
	}
}

static void set(int timer, uint64_t milliseconds)
{
	struct itimerspec in = {.it_value = {(time_t) (milliseconds / 1000), (long) (milliseconds % 1000) * 1000000}};

	if (timer != NO_TIMER) {
		syscall(SYS_timer_settime, timer, 0, &in, NULL);
	}
}

void fps_sig_watchdog_init(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};

	create(&kill_timer, &event);
}

void fps_sig_watchdog_start(uint32_t seconds)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGTRAP};

	event.sigev_value.sival_ptr = &alarm_timer;
	event.sigev_notify_thread_id = (int) syscall(SYS_gettid);
	set(kill_timer, (uint64_t) seconds * 1000);
	create(&alarm_timer, &event);
}

void fps_sig_watchdog_stop(void)
{
	set(kill_timer, 0);
	if (alarm_timer != NO_TIMER) {
		syscall(SYS_timer_delete, alarm_timer);
		alarm_timer = NO_TIMER;
	}
}

void fps_sig_watchdog_alarm(uint32_t milliseconds)
{
	set(alarm_timer, milliseconds);
}

bool fps_sig_watchdog_is_alarm(const siginfo_t *info)
{
	return info->si_signo == SIGTRAP && info->si_code == SI_TIMER && info->si_value.sival_ptr == &alarm_timer;
}
