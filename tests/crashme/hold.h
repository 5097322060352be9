/* Memory that is never there, and what waits for it while it has the lock of something that others use as well. */
#ifndef CRASHME_HOLD_H
#define CRASHME_HOLD_H

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A page that whoever touches it waits for, the kernel too: a user's own file system has such as well. NULL if there is
 * none. */
static void *hold_page(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int) syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	range.range.start = (uint64_t) (uintptr_t) page;
	range.range.len = 4096;
	return fd >= 0 && page != MAP_FAILED && ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &range) == 0
		? page
		: NULL;
}

static void *held_page;

static void *hold_write(void *fd)
{
	(void) !write((int) (intptr_t) fd, held_page, 8);
	return NULL;
}

static void *hold_epoll(void *fd)
{
	epoll_wait((int) (intptr_t) fd, held_page, 1, -1);
	return NULL;
}

static bool hold_start(void *(*run)(void *), int fd)
{
	pthread_t thread;

	held_page = held_page ? held_page : hold_page();
	return held_page && pthread_create(&thread, NULL, run, (void *) (intptr_t) fd) == 0;
}

static bool hold_is_kind(int fd, const char *kind)
{
	char path[32], link[64] = "";

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return readlink(path, link, sizeof link - 1) > 0 && strncmp(link, kind, strlen(kind)) == 0;
}

/* Without handlers of fork(): those of the extension take a process of root's for FPM's master. */
static pid_t hold_fork(void)
{
	return (pid_t) syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void hold_only(int fd)
{
	for (int other = 0; other < 1024; other++) {
		if (other != fd) {
			close(other);
		}
	}
}

/* Whoever closes that eventfd, as the last one to have it, waits: in a child, which has closed it. Its pid. */
static pid_t hold_eventfd(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	const uint64_t once = 1;
	pid_t pid = hold_fork();
	int epoll;

	if (pid == 0) {
		epoll = epoll_create1(EPOLL_CLOEXEC);
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
		(void) !write(fd, &once, sizeof once);
		held_page = NULL; /* the child's is its own */
		if (hold_start(hold_epoll, epoll)) {
			usleep(100000);
		}
		hold_only(epoll);
		sleep(600);
		_exit(0);
	}
	return pid;
}

#endif
