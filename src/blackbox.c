/* The memory that a slot lies in: made by its worker, mapped by the coroner. */
#include "blackbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#define MFD_ALLOW_SEALING 2u
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#endif

/* What may be allocated behind the end of a file: to free more takes time, which is its reader's if that is the last
 * one to have it. */
#define HUGE_PAGE (4UL << 20)

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

size_t fps_blackbox_size(void)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);

	return (sizeof(struct fps_slot) + page - 1) / page * page;
}

/* A file that grows beyond it, memory as well, is SIGXFSZ. */
static bool is_within_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY
		|| limit.rlim_cur >= fps_blackbox_size();
}

/* Neither to be cut under its reader nor to grow: -1 with errno if there is no such thing here. */
static int make_memory(void)
{
	int fd = (int) syscall(SYS_memfd_create, "fpmsentinel", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (ftruncate(fd, (off_t) fps_blackbox_size()) == -1 || fcntl(fd, F_ADD_SEALS, SEALS) == -1)) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * For kernels and filters without memfd_create(). Allocated in full, since a write to a hole that finds no room is
 * SIGBUS.
 */
static int make_unnamed(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 && posix_fallocate(fd, 0, (off_t) fps_blackbox_size()) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct fps_slot *map(int fd, int flags)
{
	void *memory = mmap(NULL, fps_blackbox_size(), PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

struct fps_slot *fps_blackbox_claim(int file, int *shared)
{
	struct fps_slot *slot;

	*shared = file;
	if (*shared == -1 && !is_within_limit()) {
		errno = EFBIG;
	} else if (*shared == -1) {
		*shared = make_memory();
		*shared = *shared == -1 ? make_unnamed() : *shared;
	}
	slot = map(*shared, *shared >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
	if (slot) {
		slot->magic = FPS_SLOT_MAGIC;
		slot->version = FPS_SLOT_VERSION;
		slot->size = sizeof *slot;
		slot->who.pid = getpid();
		slot->who.parent_pid = getppid();
	}
	return slot;
}

/* Of the slot, before the fork: until the child runs for the first time the worker may be in its next request. */
static char kept[offsetof(struct fps_slot, draft)];

void fps_blackbox_keep(const struct fps_slot *slot)
{
	memcpy(kept, slot, sizeof kept);
}

/*
 * What comes before `child`, as far as pages go. The pages of the samples and of the worker's own event are left empty.
 */
bool fps_blackbox_part(struct fps_slot *slot)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE), size = offsetof(struct fps_slot, child) / page * page;
	void *own = size < offsetof(struct fps_slot, event)
		? MAP_FAILED
		: mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (own == MAP_FAILED) {
		return false;
	}
	memcpy(own, kept, sizeof kept);
	if (mremap(own, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, slot) == MAP_FAILED) {
		munmap(own, size);
		return false;
	}
	return true;
}

/*
 * Sealed memory cannot be cut under its reader. What is in place of it can, by a worker that keeps the descriptor: a
 * file of tmpfs's without a name, which has the seal that none can be added, and a box's own file, which is FPM's
 * user's.
 */
static bool is_slot(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;

	if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode) || (size_t) status.st_size != fps_blackbox_size()
		|| (size_t) status.st_blocks * 512 > fps_blackbox_size() + HUGE_PAGE) {
		return false;
	}
	if (seals == -1 || seals == F_SEAL_SEAL) {
		return status.st_uid == geteuid() || (seals != -1 && status.st_nlink == 0);
	}
	return (seals & SEALS) == SEALS;
}

struct fps_slot *fps_blackbox_map(int shared)
{
	if (!is_slot(shared)) {
		errno = EINVAL;
		return NULL;
	}
	return map(shared, MAP_SHARED);
}

void fps_blackbox_unmap(struct fps_slot *slot)
{
	if (slot) {
		munmap(slot, fps_blackbox_size());
	}
}
