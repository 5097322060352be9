/* The memory that a slot lies in: made by its worker, mapped by the coroner. */
#include "blackbox.h"

#include "record/clock.h"
#include "sig/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

/*
 * So many workers at once are looked for when the master forks, which takes 0.7 microseconds for each. Of more the time
 * alone tells, and among so many one lives that tells as well (coroner/deeds.h).
 */
#define LISTED 64
/* An entry that is being filled in. */
#define TAKEN (-1)

static struct once {
	_Atomic uint32_t is_done[FPS_ONCE_LAST];
} * once;

static struct forks {
	_Atomic uint64_t forked_ns;
	_Atomic uint32_t listed; /* entries from here on have never been used */
	struct listed {
		_Atomic int32_t pid; /* 0: free, or TAKEN */
		_Atomic uint64_t claimed_ns, replaced_ns;
	} worker[LISTED];
} * forks;

static void *map_common(size_t size)
{
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

int fps_blackbox_init(void)
{
	once = map_common(sizeof *once);
	forks = map_common(sizeof *forks);
	return once && forks ? 0 : -1;
}

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

void fps_blackbox_set_start(struct fps_identity *who)
{
	uint64_t ticks = fps_sig_proc_start_ticks(who->pid), started_us = ticks * 1000000 / (uint64_t) sysconf(_SC_CLK_TCK);
	uint64_t boot_us = fps_sig_clock_now_ns(CLOCK_BOOTTIME) / 1000;

	if (ticks > 0 && started_us <= boot_us) {
		who->started_ticks = ticks;
		who->started_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000 - (boot_us - started_us);
	}
}

bool fps_blackbox_is_shared(void)
{
	return once != NULL;
}

bool fps_blackbox_once(enum fps_once what)
{
	return once && atomic_exchange(&once->is_done[what], 1) == 0;
}

static struct listed *listed_at(uint32_t i)
{
	return forks && i < LISTED && i < atomic_load(&forks->listed) ? &forks->worker[i] : NULL;
}

/*
 * A free entry, or else the one whose worker was replaced first: few ask for that one still. NULL if there is none, or
 * another worker was faster.
 */
static struct listed *take_entry(void)
{
	struct listed *worker, *found = NULL;
	int32_t pid = 0;

	for (uint32_t i = 0; i < LISTED; i++) {
		worker = &forks->worker[i];
		if (atomic_load(&worker->pid) == 0) {
			found = worker;
			break;
		}
		if (atomic_load(&worker->replaced_ns)
			&& (!found || atomic_load(&worker->replaced_ns) < atomic_load(&found->replaced_ns))) {
			found = worker;
		}
	}
	pid = found ? atomic_load(&found->pid) : TAKEN;
	return pid != TAKEN && atomic_compare_exchange_strong(&found->pid, &pid, TAKEN) ? found : NULL;
}

void fps_blackbox_list(const struct fps_identity *who)
{
	struct listed *worker = NULL;
	uint32_t next;

	for (int tries = 0; forks && !worker && tries < LISTED; tries++) {
		worker = take_entry();
	}
	if (worker) {
		atomic_store(&worker->replaced_ns, 0);
		atomic_store(&worker->claimed_ns, who->claimed_ns);
		atomic_store(&worker->pid, who->pid);
		next = (uint32_t) (worker - forks->worker) + 1;
		if (next > atomic_load(&forks->listed)) {
			/* another one may write a smaller number: then the next to come corrects it */
			atomic_store(&forks->listed, next);
		}
	}
}

/* Its parent has reaped it: before that a signal can be sent to it, also when it is dead. */
static bool is_gone(int32_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

void fps_blackbox_note_fork(void)
{
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC), replaced_ns;
	struct listed *worker;
	int32_t pid;

	for (uint32_t i = 0; (worker = listed_at(i)); i++) {
		pid = atomic_load(&worker->pid);
		replaced_ns = atomic_load(&worker->replaced_ns);
		if (pid > 0 && !replaced_ns && is_gone(pid)) {
			atomic_store(&worker->replaced_ns, now_ns);
		}
	}
	if (forks) {
		atomic_store(&forks->forked_ns, now_ns);
	}
}

uint64_t fps_blackbox_forked_after_ns(const struct fps_identity *who, uint64_t died_ns)
{
	uint64_t forked_ns = forks ? atomic_load(&forks->forked_ns) : 0, replaced_ns;
	struct listed *worker;

	for (uint32_t i = 0; forked_ns <= died_ns && (worker = listed_at(i)); i++) {
		replaced_ns = atomic_load(&worker->replaced_ns);
		if (replaced_ns && atomic_load(&worker->pid) == who->pid
			&& atomic_load(&worker->claimed_ns) == who->claimed_ns) {
			return replaced_ns;
		}
	}
	return forked_ns > died_ns ? forked_ns : 0;
}

void fps_blackbox_leave_forks(void)
{
	if (forks) {
		munmap(forks, sizeof *forks);
		forks = NULL;
	}
}

void fps_blackbox_seal(void)
{
	if (once) {
		munmap(once, sizeof *once);
		once = NULL;
	}
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

	if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode) || (size_t) status.st_size != fps_blackbox_size()) {
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
