/* The black box in files: a header with what the hellos said, and a file for each slot. */
#include "coroner/boxfile.h"

#include "coroner/boxdir.h"
#include "coroner/channel.h"
#include "coroner/process.h"

#include "record/clock.h"
#include "record/names.h"
#include "sig/logfile.h"
#include "sig/trustedpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	int directory, file;
	bool locked, named;
	char generation[FPS_BOXDIR_GENERATION];
	struct fps_boxfile_header *header;
} box = {.directory = -1, .file = -1};

/* Opens a directory that belongs to the user that FPM starts as, and in which nobody else can create files. */
static bool is_private(int directory, const char **reason)
{
	struct stat status;

	if (fstat(directory, &status) == -1) {
		*reason = fps_sig_names_error(errno);
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
	static char words[1024];
	struct fps_sig_buf why;
	int fd, error;

	fps_sig_buf_init(&why, words, sizeof words);
	fd = fps_sig_trustedpath_open_directory(directory, &why);
	error = errno;
	fps_sig_buf_terminate(&why);
	if (fd == -1) {
		*reason = words[0] ? words : fps_sig_names_error(error);
	} else if (!is_private(fd, reason)) {
		fps_process_close(&fd);
	}
	return fd;
}

/* Creates a file without a name; it gets one once it is known to be needed. */
static int open_file(void)
{
	return openat(box.directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* Allocates all of it now: with a full disk, a worker's first write to a hole would raise SIGBUS. 0 or an errno. */
static int allocate(int fd, size_t size)
{
	struct rlimit limit;
	int error;

	/* a larger file would raise SIGXFSZ in the launcher */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur) {
		return EFBIG;
	}
	do {
		error = posix_fallocate(fd, 0, (off_t) size);
	} while (error == EINTR);
	return error;
}

static int map_header(void)
{
	void *memory = mmap(NULL, sizeof *box.header, PROT_READ | PROT_WRITE, MAP_SHARED, box.file, 0);

	if (memory == MAP_FAILED) {
		return errno;
	}
	box.header = memory;
	*box.header = (struct fps_boxfile_header) {
		.magic = FPS_BOXFILE_MAGIC, .version = FPS_SLOT_VERSION, .slot_size = sizeof(struct fps_slot)};
	fps_boxfile_boot_id(box.header->boot_id);
	snprintf(box.generation, sizeof box.generation, "%016llx-%d",
		(unsigned long long) fps_sig_clock_now_ns(CLOCK_REALTIME), (int) getpid());
	return 0;
}

static const char *explain(int error)
{
	switch (error) {
		case EOPNOTSUPP:
		case EISDIR:
		case EINVAL: return "the file system has no unnamed files (O_TMPFILE), or can't allocate a file in advance";
		default: return fps_sig_names_error(error);
	}
}

int fps_boxfile_open(const char *directory, const char **reason)
{
	int error;

	box.directory = open_directory(directory, reason);
	if (box.directory == -1) {
		return -1;
	}
	box.file = open_file();
	error = box.file == -1 ? errno : allocate(box.file, sizeof *box.header);
	error = error ? error : map_header();
	if (error) {
		*reason = explain(error);
		fps_process_close(&box.file);
		fps_process_close(&box.directory);
		return -1;
	}
	return 0;
}

struct fps_boxfile_header *fps_boxfile_header(void)
{
	return box.header;
}

int fps_boxfile_slot(void)
{
	int fd = box.directory >= 0 ? open_file() : -1;

	if (fd >= 0 && allocate(fd, fps_blackbox_size()) != 0) {
		fps_process_close(&fd);
	}
	return fd;
}

void fps_boxfile_close_header(void)
{
	fps_process_close(&box.file);
}

void fps_boxfile_close(void)
{
	fps_process_close(&box.file);
	fps_process_close(&box.directory);
	if (box.header) {
		munmap(box.header, sizeof *box.header);
		box.header = NULL;
	}
}

void fps_boxfile_boot_id(char id[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, id, 36) : -1;

	fps_process_close(&fd);
	id[len == 36 ? 36 : 0] = '\0';
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

	/* a coroner that ends removes its file before it releases the lock */
	return fcntl(fd, F_SETLK, &all) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0;
}

void fps_boxfile_lock(void)
{
	struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	box.locked = box.file >= 0 && fcntl(box.file, F_SETLK, &all) == 0;
}

static bool link_file(int fd, const char *name)
{
	char self[32];

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, box.directory, name, AT_SYMLINK_FOLLOW) == 0;
}

static void name_slot(char name[FPS_BOXDIR_NAME], uint32_t number)
{
	snprintf(name, FPS_BOXDIR_NAME, "%s%s-%u", FPS_BOXDIR_SLOT, box.generation, number);
}

bool fps_boxfile_name(void)
{
	char name[FPS_BOXDIR_NAME];

	if (!box.locked) { /* otherwise it would be taken for a dead worker's */
		errno = ENOLCK;
		return false;
	}
	fps_boxdir_name_header(name, box.generation);
	box.named = box.named || link_file(box.file, name) || errno == EEXIST;
	return box.named;
}

static off_t identity_at(uint32_t number)
{
	return (off_t) (sizeof *box.header + (uint64_t) number * sizeof(struct fps_identity));
}

/*
 * Names the header first: a slot without a header belongs to nobody. Sealed memory is in no directory, and cannot be
 * linked.
 */
void fps_boxfile_name_slot(int fd, uint32_t number, const struct fps_identity *who)
{
	char name[FPS_BOXDIR_NAME];

	if (box.directory >= 0 && fps_boxfile_name()
		&& pwrite(box.file, who, sizeof *who, identity_at(number)) == (ssize_t) sizeof *who) {
		name_slot(name, number);
		link_file(fd, name);
	}
}

static bool is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

bool fps_boxfile_read_identity(int header, uint32_t number, struct fps_identity *who)
{
	return pread(header, who, sizeof *who, identity_at(number)) == (ssize_t) sizeof *who && who->pid > 0
		&& is_terminated(who->pool, sizeof who->pool) && is_terminated(who->sapi, sizeof who->sapi)
		&& is_terminated(who->listen, sizeof who->listen) && is_terminated(who->log, sizeof who->log);
}

void fps_boxfile_remove_slot(uint32_t number)
{
	char name[FPS_BOXDIR_NAME];

	if (box.directory >= 0) {
		name_slot(name, number);
		unlinkat(box.directory, name, 0);
	}
}

const char *fps_boxfile_generation(void)
{
	return box.generation;
}

void fps_boxfile_end(void)
{
	if (box.locked) { /* an earlier coroner may have named it */
		fps_boxdir_remove(box.generation);
	}
}

int fps_boxfile_directory(void)
{
	return box.directory;
}
