#include "master.h"

#include "pidfd.h"

#include "../sig/clock.h"

#include <errno.h>

static struct {
	pid_t pid; /* 0: not known yet */
	int pidfd;
	enum fps_fate fate;
	uint64_t fate_ns;
} master = {.pidfd = -1};

static void decide(enum fps_fate fate)
{
	master.fate = fate;
	master.fate_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	fps_line_close(&master.pidfd);
}

void fps_master_meet(pid_t parent)
{
	if (master.pid != 0 || parent <= 0) {
		return;
	}
	master.pid = parent;
	master.pidfd = fps_pidfd_open(parent);
	if (master.pidfd == -1 && errno == ESRCH) {
		decide(FPS_FATE_DEATH); /* before its worker's word was heard */
	}
}

void fps_master_hear(const struct fps_line_message *message)
{
	if (master.fate == FPS_FATE_NONE && (master.pid == 0 || master.pid == message->pid)) {
		master.pid = message->pid;
		decide(message->word == FPS_LINE_STOP ? FPS_FATE_STOP : FPS_FATE_RELOAD);
	}
}

int fps_master_pidfd(void)
{
	return master.pidfd;
}

void fps_master_ended(void)
{
	if (master.fate == FPS_FATE_NONE) {
		decide(FPS_FATE_DEATH);
	}
}

pid_t fps_master_pid(void)
{
	return master.pid;
}

enum fps_fate fps_master_fate(void)
{
	return master.fate;
}

uint64_t fps_master_fate_ns(void)
{
	return master.fate_ns;
}
