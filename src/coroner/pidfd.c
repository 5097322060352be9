#include "coroner/pidfd.h"

#include "coroner/process.h"

#include "sig/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* The first published size of struct pidfd_info (include/uapi/linux/pidfd.h), which is not in Debian 12's headers. */
struct pidfd_info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};
_Static_assert(sizeof(struct pidfd_info) == 64, "the size is part of the request's number");

#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT (1u << 3)

int fps_pidfd_open(pid_t pid)
{
	return (int) syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
}

bool fps_pidfd_has_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return poll(&end, 1, 0) > 0;
}

bool fps_pidfd_is_alive(pid_t pid)
{
	int state = fps_sig_proc_state(pid);

	return state ? state != 'Z' && state != 'X' : kill(pid, 0) == 0 || errno != ESRCH;
}

bool fps_pidfd_exit_status(pid_t pid, int pidfd, int *status)
{
	struct pidfd_info info = {.mask = PIDFD_INFO_EXIT};

	if (pidfd >= 0 && ioctl(pidfd, PIDFD_GET_INFO, &info) == 0 && (info.mask & PIDFD_INFO_EXIT)) {
		*status = info.exit_code;
		return true;
	}
	/* The kernel shows 0, which looks like exit(0), to those without the right to see it. */
	*status = fps_sig_proc_state(pid) == 'Z' ? fps_sig_proc_exit_status(pid) : 0;
	return *status != 0;
}

bool fps_pidfd_status_is_public(void)
{
	pid_t pid = fps_process_fork_plain();
	int pidfd, status;
	bool is_public;

	if (pid == 0) {
		_exit(1);
	}
	if (pid == -1) {
		return false;
	}
	pidfd = fps_pidfd_open(pid);
	waitpid(pid, NULL, 0);
	is_public = fps_pidfd_exit_status(pid, pidfd, &status);
	if (pidfd >= 0) {
		close(pidfd);
	}
	return is_public;
}
