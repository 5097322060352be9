#include "sig/handlertimeout.h"

#include "record/clock.h"
#include "sig/proc.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* The kernel's timers, since libc's are not for handlers. */
#define NO_TIMER (-1)
static int kill_timer = NO_TIMER, alarm_timer = NO_TIMER;

#define SECOND_NS 1000000000ULL
/* The least by which an alarm is put off is this part of its time: waking up costs a wait, too. */
#define LEAST_PART 8

static struct {
	uint64_t given_ns;  /* the time of the alarm */
	uint64_t used_ns;   /* of it, up to the last look */
	uint64_t looked_ns; /* CLOCK_MONOTONIC */
	uint64_t waited_ns; /* for a CPU, by then */
	uint64_t spare_ns;  /* by which the SIGKILL may still be put off */
} watch;

static void create(int *timer, struct sigevent *event)
{
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, event, timer) == -1) {
		*timer = NO_TIMER;
	}
}

static void set(int timer, uint64_t ns)
{
	struct itimerspec in = {.it_value = {(time_t) (ns / SECOND_NS), (long) (ns % SECOND_NS)}};

	if (timer != NO_TIMER) {
		syscall(SYS_timer_settime, timer, 0, &in, NULL);
	}
}

static uint64_t left_ns(int timer)
{
	struct itimerspec left = {0};

	syscall(SYS_timer_gettime, timer, &left);
	return (uint64_t) left.it_value.tv_sec * SECOND_NS + (uint64_t) left.it_value.tv_nsec;
}

void fps_sig_handlertimeout_init(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};

	alarm_timer = NO_TIMER;
	create(&kill_timer, &event);
}

void fps_sig_handlertimeout_end(void)
{
	if (kill_timer != NO_TIMER) {
		syscall(SYS_timer_delete, kill_timer);
		kill_timer = NO_TIMER;
	}
}

void fps_sig_handlertimeout_start(uint32_t seconds)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGTRAP};

	event.sigev_value.sival_ptr = &alarm_timer;
	event.sigev_notify_thread_id = (int) syscall(SYS_gettid);
	set(kill_timer, seconds * SECOND_NS);
	watch.spare_ns = SECOND_NS * seconds * (FPS_SIG_HANDLERTIMEOUT_MOST - 1);
	create(&alarm_timer, &event);
}

void fps_sig_handlertimeout_stop(void)
{
	set(kill_timer, 0);
	if (alarm_timer != NO_TIMER) {
		syscall(SYS_timer_delete, alarm_timer);
		alarm_timer = NO_TIMER;
	}
}

/* Adds what the thread has used since the last look. */
static void look(void)
{
	int saved_errno = errno;
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC), waited_ns = fps_sig_proc_waited_ns();
	uint64_t passed_ns = now_ns - watch.looked_ns, lost_ns = waited_ns - watch.waited_ns;

	watch.used_ns += lost_ns < passed_ns ? passed_ns - lost_ns : 0;
	watch.looked_ns = now_ns;
	watch.waited_ns = waited_ns;
	errno = saved_errno;
}

void fps_sig_handlertimeout_alarm(uint32_t milliseconds)
{
	if (milliseconds > 0) {
		look();
		watch.given_ns = milliseconds * (SECOND_NS / 1000);
		watch.used_ns = 0;
	}
	set(alarm_timer, milliseconds * (SECOND_NS / 1000));
}

bool fps_sig_handlertimeout_is_alarm(const siginfo_t *info)
{
	return info->si_signo == SIGTRAP && info->si_code == SI_TIMER && info->si_value.sival_ptr == &alarm_timer;
}

bool fps_sig_handlertimeout_put_off(const siginfo_t *info)
{
	uint64_t least_ns = watch.given_ns / LEAST_PART, more_ns;

	if (!fps_sig_handlertimeout_is_alarm(info)) {
		return false;
	}
	look();
	if (watch.used_ns >= watch.given_ns) {
		return false;
	}
	more_ns = watch.given_ns - watch.used_ns;
	more_ns = more_ns > least_ns ? more_ns : least_ns;
	if (more_ns > watch.spare_ns) {
		return false;
	}
	watch.spare_ns -= more_ns;
	set(kill_timer, left_ns(kill_timer) + more_ns);
	set(alarm_timer, more_ns);
	return true;
}
