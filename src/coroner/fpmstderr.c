/* FPM's standard error, as the coroner uses it. */
#include "coroner/fpmstderr.h"

#include "coroner/process.h"

#include "record/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT 262144
/* How long until the first retry; the interval doubles each time. */
#define RETRY_NS 20000000ULL
#define LONGEST_NS 60000000000ULL

/* In memory that outlives a coroner. */
static struct {
	size_t len;
	uint64_t dropped;
	char bytes[KEPT];
} * kept;
static int fd = -1;
static uint64_t pause_ns, due_ns; /* until the next retry, and when that is */
static bool was_full;
static bool is_socket;

/*
 * O_NONBLOCK would also apply to FPM, which shares the open file: so a pipe or a terminal is reopened. A file never
 * blocks, and reopening it would give a separate offset.
 */
int fps_fpmstderr_init(void)
{
	struct stat status;

	kept = fps_process_share(sizeof *kept);
	if (!kept) {
		return -1;
	}
	fd = STDERR_FILENO;
	if (fstat(fd, &status) == -1) {
		fd = -1;
		return 0;
	}
	is_socket = S_ISSOCK(status.st_mode);
	if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
		int reopened = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

		fd = reopened >= 0 ? reopened : fd;
	}
	return 0;
}

void fps_fpmstderr_drop(void)
{
	if (fd > STDERR_FILENO) {
		close(fd);
	}
	fd = -1;
	kept->len = 0;
	fps_process_drop_stderr();
}

/* FPM's own lines go into the same pipe, and the master blocks when it is full: half of it is left to FPM. */
static bool has_room(size_t len)
{
	int queued, capacity = fcntl(fd, F_GETPIPE_SZ);

	return capacity <= 0 || ioctl(fd, FIONREAD, &queued) == -1 || queued == 0
		|| (size_t) queued + len <= (size_t) capacity / 2;
}

/* Returns how much was taken; data that nobody will ever read counts as taken. */
static size_t put(const char *bytes, size_t len)
{
	ssize_t written;

	if (!has_room(len)) {
		return 0;
	}
	written = is_socket ? send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) : write(fd, bytes, len);
	if (written == -1) {
		return errno == EAGAIN || errno == EINTR ? 0 : len;
	}
	return (size_t) written;
}

static void try_again_in(uint64_t ns)
{
	pause_ns = ns < RETRY_NS ? RETRY_NS : ns < LONGEST_NS ? ns : LONGEST_NS;
	due_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC) + pause_ns;
}

static bool keep(const char *bytes, size_t len)
{
	if (len > KEPT - kept->len) {
		return false;
	}
	if (kept->len == 0) {
		try_again_in(RETRY_NS);
	}
	memcpy(kept->bytes + kept->len, bytes, len);
	kept->len += len;
	return true;
}

bool fps_fpmstderr_write(const char *line, size_t len)
{
	size_t taken = 0;

	if (fd == -1) {
		return false;
	}
	if (kept->len == 0) {
		taken = put(line, len);
	}
	/* the rest of a partly written line always has room: nothing was kept then */
	if (taken < len && !keep(line + taken, len - taken)) {
		kept->dropped++;
		return false;
	}
	return true;
}

uint64_t fps_fpmstderr_due_ns(void)
{
	return kept->len > 0 ? due_ns : UINT64_MAX;
}

void fps_fpmstderr_hurry(void)
{
	if (kept->len > 0 && pause_ns > RETRY_NS) {
		try_again_in(RETRY_NS);
	}
}

static bool takes_some(void)
{
	struct pollfd out = {.fd = fd, .events = POLLOUT};

	return poll(&out, 1, 0) == 1;
}

int fps_fpmstderr_full_fd(void)
{
	was_full = kept->len > 0 && !takes_some();
	return was_full ? fd : -1;
}

/* Whether the reader may have read, or it is time to check. */
static bool is_due(void)
{
	bool is_read = was_full && takes_some(), is_time = fps_sig_clock_now_ns(CLOCK_MONOTONIC) >= due_ns;

	if (is_read) {
		try_again_in(RETRY_NS);
	} else if (is_time) {
		try_again_in(2 * pause_ns);
	}
	return is_read || is_time;
}

/* False if the rest has to wait. */
static bool write_kept(void)
{
	/* line by line, so that FPM's lines come between two of ours and not into one */
	while (kept->len > 0) {
		const char *end = memchr(kept->bytes, '\n', kept->len);
		size_t len = end ? (size_t) (end - kept->bytes) + 1 : kept->len, taken = put(kept->bytes, len);

		memmove(kept->bytes, kept->bytes + taken, kept->len - taken);
		kept->len -= taken;
		if (taken > 0) {
			try_again_in(RETRY_NS);
		}
		if (taken < len) {
			return false;
		}
	}
	return true;
}

void fps_fpmstderr_work(void)
{
	char words[128];

	if (kept->len > 0 && (!is_due() || !write_kept())) {
		return;
	}
	if (kept->dropped > 0) {
		int len = snprintf(words, sizeof words, "fpmsentinel: %llu records were lost: standard error was full\n",
			(unsigned long long) kept->dropped);

		kept->dropped = 0;
		fps_fpmstderr_write(words, (size_t) len);
	}
}

bool fps_fpmstderr_is_idle(void)
{
	return kept->len == 0;
}
