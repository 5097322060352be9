/* Who the master is, and its fate. */
#include "coroner/master.h"

#include "coroner/pidfd.h"
#include "coroner/process.h"

#include "record/clock.h"
#include "sig/proc.h"

#include <errno.h>
#include <unistd.h>

/* In memory that outlives a coroner. */
static struct {
	pid_t pid;        /* 0: not known yet */
	pid_t introduced; /* the last process of FPM's user that forked before that; 0: none */
	uint64_t started_ticks;
	enum fps_fate fate;
	uint64_t fate_ns;
	bool is_recorded;
} * master;
static int pidfd = -1;

int fps_master_init(void)
{
	master = fps_process_share(sizeof *master);
	return master ? 0 : -1;
}

static void decide(enum fps_fate fate)
{
	master->fate_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	master->fate = fate;
	fps_process_close(&pidfd);
}

static void watch(void)
{
	pidfd = fps_pidfd_open(master->pid);
	if (pidfd == -1 && errno == ESRCH) {
		decide(FPS_FATE_DEATH); /* it ended before its worker's message was heard */
	}
}

void fps_master_adopt(void)
{
	if (master->pid == 0 || master->fate != FPS_FATE_NONE) {
		return;
	}
	watch();
	if (master->started_ticks && fps_sig_proc_start_ticks(master->pid) != master->started_ticks) {
		decide(FPS_FATE_DEATH); /* another process has its pid */
	}
}

void fps_master_meet(pid_t parent)
{
	if (master->pid != 0 || parent <= 0) {
		return;
	}
	master->pid = parent;
	master->started_ticks = fps_sig_proc_start_ticks(parent);
	watch();
}

bool fps_master_is(pid_t parent)
{
	if (master->pid == 0) {
		return master->introduced == 0 || master->introduced == parent;
	}
	return master->pid == parent || !fps_pidfd_is_alive(master->pid);
}

bool fps_master_is_recorded(void)
{
	return master->is_recorded;
}

void fps_master_note_recorded(void)
{
	master->is_recorded = true;
}

/*
 * A worker that has not said hello yet holds the channel too, and a request can make it load code of its pool
 * (PHP_ADMIN_VALUE).
 */
void fps_master_hear(const struct fps_channel_message *message)
{
	if (message->uid != geteuid()) {
		return;
	}
	if (message->words.word == FPS_CHANNEL_MASTER) {
		master->introduced = message->pid;
		return;
	}
	if (master->fate == FPS_FATE_NONE && (master->pid == 0 || master->pid == message->pid)) {
		master->pid = message->pid;
		decide(message->words.word == FPS_CHANNEL_STOP ? FPS_FATE_STOP : FPS_FATE_RELOAD);
	}
}

int fps_master_pidfd(void)
{
	return pidfd;
}

void fps_master_ended(void)
{
	if (master->fate == FPS_FATE_NONE) {
		decide(FPS_FATE_DEATH);
	}
}

pid_t fps_master_pid(void)
{
	return master->pid;
}

enum fps_fate fps_master_fate(void)
{
	return master->fate;
}

uint64_t fps_master_fate_ns(void)
{
	return master->fate_ns;
}
