#include "boxfile.h"

#include "line.h"

#include "../sig/clock.h"
#include "../sig/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	int directory, file;
	bool locked;
	char name[64]; /* "" while it has none */
} box = {.directory = -1, .file = -1};

/* One that belongs to the user that FPM starts as, and that nobody else can put a file into. */
static bool is_private(int directory, const char **reason)
{
	struct stat status;

	if (fstat(directory, &status) == -1) {
		*reason = fps_sig_io_error(errno);
	} else if (status.st_uid != geteuid()) {
		*reason = "the directory belongs to another user";
	} else if (status.st_mode & 022) {
		*reason = "others can write to the directory";
	} else {
		return true;
	}
	return false;
}

static int open_directory(const char *directory, const char **reason)
{
	char path[PATH_MAX];
	size_t len = strnlen(directory, sizeof path - 1);
	struct stat status;
	int fd;

	/* a slash at the end would follow a link */
	while (len > 1 && directory[len - 1] == '/') {
		len--;
	}
	memcpy(path, directory, len);
	path[len] = '\0';
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		*reason = fps_sig_io_error(errno);
		return -1;
	}
	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
		*reason = fps_sig_io_error(ELOOP);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		*reason = fps_sig_io_error(errno);
	} else if (!is_private(fd, reason)) {
		fps_line_close(&fd);
	}
	return fd;
}

static void make_name(char name[64], const char *prefix)
{
	snprintf(name, 64, "%s%016llx-%d", prefix, (unsigned long long) fps_sig_clock_now_ns(CLOCK_REALTIME), (int) getpid());
}

static int open_file(int directory)
{
	int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd == -1 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		make_name(box.name, FPS_BOXFILE_UNNAMED_PREFIX);
		fd = openat(directory, box.name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
		if (fd == -1) {
			box.name[0] = '\0';
		}
	}
	return fd;
}

/* All of it now: where the disk is full, a worker's first write to a hole would be its SIGBUS. 0 or an errno. */
static int allocate(int fd, size_t size)
{
	struct rlimit limit;
	int error;

	/* beyond it is SIGXFSZ, for the launcher */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur) {
		return EFBIG;
	}
	do {
		error = posix_fallocate(fd, 0, (off_t) size);
	} while (error == EINTR);
	return error;
}

int fps_boxfile_open(const char *directory, size_t size, const char **reason)
{
	int error;

	box.directory = open_directory(directory, reason);
	if (box.directory == -1) {
		return -1;
	}
	box.file = open_file(box.directory);
	error = box.file == -1 ? errno : allocate(box.file, size);
	if (error) {
		*reason = error == EOPNOTSUPP ? "the file system can't allocate a file in advance" : fps_sig_io_error(error);
		fps_boxfile_close(false);
		return -1;
	}
	return box.file;
}

void fps_boxfile_boot_id(char id[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, id, 36) : -1;

	fps_line_close(&fd);
	id[len == 36 ? 36 : 0] = '\0';
}

void fps_boxfile_close(bool has_coroner)
{
	if (!has_coroner) {
		fps_boxfile_remove();
	}
	fps_line_close(&box.file);
	fps_line_close(&box.directory);
}

void fps_boxfile_fds(int fds[2])
{
	fds[0] = box.directory;
	fds[1] = box.file;
}

bool fps_boxfile_take(int fd)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat status;

	/* a coroner that ends removes its file before it lets go of the lock */
	return fcntl(fd, F_SETLK, &all) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0;
}

void fps_boxfile_lock(void)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	box.locked = box.file >= 0 && fcntl(box.file, F_SETLK, &all) == 0;
}

bool fps_boxfile_name(void)
{
	char name[64], self[32];
	int result;

	if (!box.locked) { /* whoever found it would take it for a dead one's */
		errno = ENOLCK;
		return false;
	}
	make_name(name, FPS_BOXFILE_PREFIX);
	if (box.name[0]) {
		result = renameat(box.directory, box.name, box.directory, name);
	} else {
		snprintf(self, sizeof self, "/proc/self/fd/%d", box.file);
		result = linkat(AT_FDCWD, self, box.directory, name, AT_SYMLINK_FOLLOW);
	}
	if (result == 0) {
		memcpy(box.name, name, sizeof name);
	}
	return result == 0;
}

const char *fps_boxfile_own_name(void)
{
	return box.name;
}

int fps_boxfile_directory(void)
{
	return box.directory;
}

void fps_boxfile_remove(void)
{
	if (box.name[0]) {
		unlinkat(box.directory, box.name, 0);
		box.name[0] = '\0';
	}
}
