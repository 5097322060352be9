#include "sig/logfile.h"

#include "sig/trustedpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_as_user(const char *log)
{
	struct stat status;
	int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd == -1) {
		return -1;
	}
	if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int fps_sig_logfile_open(const char *log)
{
	return geteuid() == 0 ? fps_sig_trustedpath_open_log(log, NULL) : open_as_user(log);
}

/* Writing over the limit would raise SIGXFSZ, and the worker would die of that instead. */
static int check_file_size_limit(off_t size, size_t len)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
		&& (rlim_t) size + len > limit.rlim_cur) {
		return EFBIG;
	}
	return 0;
}

/* What a full disk let through is removed again, unless another process has appended after it. */
static void take_back(int fd, off_t before, ssize_t written)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && status.st_size == before + written && ftruncate(fd, before) == 0) {
		return;
	}
	(void) !write(fd, "\n", 1);
}

static int append(int fd, const char *line, size_t len)
{
	struct stat before;

	if (fstat(fd, &before) == -1) {
		return errno;
	}
	int error = check_file_size_limit(before.st_size, len);

	if (error) {
		return error;
	}
	ssize_t written = write(fd, line, len);

	if (written == -1) {
		return errno;
	}
	if ((size_t) written < len) {
		take_back(fd, before.st_size, written);
		return ENOSPC;
	}
	return 0;
}

int fps_sig_logfile_append_to(int fd, const char *line, size_t len)
{
	if (fd == -1) {
		return errno;
	}
	int error = append(fd, line, len);

	close(fd);
	return error;
}

int fps_sig_logfile_append(const char *log, const char *line, size_t len)
{
	return fps_sig_logfile_append_to(fps_sig_logfile_open(log), line, len);
}

/* A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)). */
static int trickle(int fd, const char *line, size_t len)
{
	while (len > 0) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		ssize_t written;

		if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) {
			return EAGAIN;
		}
		written = write(fd, line, len < PIPE_BUF ? len : PIPE_BUF);
		if (written <= 0) {
			return errno;
		}
		line += written;
		len -= (size_t) written;
	}
	return 0;
}

int fps_sig_logfile_stderr(const char *line, size_t len)
{
	return trickle(STDERR_FILENO, line, len);
}
