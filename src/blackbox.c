#include "blackbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mseal
# define SYS_mseal 462
#endif

#define RELEASE_MS 50

static struct fps_blackbox_directory *directory;
static char *slots;
static uint32_t slot_count;
static size_t slot_stride;
static bool in_file;
static struct fps_slot *claimed;

static size_t round_to_pages(size_t size)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

static size_t stride(void)
{
	return round_to_pages(sizeof(struct fps_slot));
}

static size_t directory_size(uint32_t max_workers)
{
	return round_to_pages(sizeof *directory + max_workers * sizeof directory->owner[0]);
}

size_t fps_blackbox_size(uint32_t max_workers)
{
	return directory_size(max_workers) + max_workers * stride();
}

int fps_blackbox_map(uint32_t max_workers, int fd)
{
	void *region = mmap(NULL, fps_blackbox_size(max_workers), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_NORESERVE | (fd >= 0 ? 0 : MAP_ANONYMOUS), fd, 0);

	if (region == MAP_FAILED) {
		return -1;
	}
	in_file = fd >= 0;
	slot_count = max_workers;
	slot_stride = stride();
	directory = region;
	slots = (char *) region + directory_size(max_workers);
	directory->header = (struct fps_blackbox_header) {.magic = FPS_BLACKBOX_MAGIC, .version = FPS_SLOT_VERSION,
		.slot_size = sizeof(struct fps_slot), .slot_count = max_workers, .slot_stride = (uint32_t) slot_stride,
		.first_slot = (uint32_t) directory_size(max_workers)};
	return 0;
}

struct fps_blackbox_header *fps_blackbox_header(void)
{
	return directory ? &directory->header : NULL;
}

static struct fps_slot *init(struct fps_slot *slot)
{
	slot->magic = FPS_SLOT_MAGIC;
	slot->version = FPS_SLOT_VERSION;
	slot->size = sizeof *slot;
	slot->pid = getpid();
	slot->parent_pid = getppid();
	return slot;
}

static struct fps_slot *slot_at(uint32_t index)
{
	return (struct fps_slot *) (slots + index * slot_stride);
}

/* Whether nobody will ask for what a dead worker has left, with no coroner there: the next start finds the file. */
static bool is_told(const struct fps_slot *slot)
{
	uint32_t phase = atomic_load(&slot->phase), handoff = atomic_load(&slot->handoff);

	return !in_file || phase < FPS_PHASE_STARTUP || phase > FPS_PHASE_SHUTDOWN || handoff == FPS_HANDOFF_WRITTEN
		|| handoff == FPS_HANDOFF_OWN;
}

/* What a dead worker of the coroner's has left is free once that has read it, and not before. */
static bool is_free(uint32_t index, int32_t owner, bool coroner)
{
	return owner == 0 || ((owner < 0 || !coroner) && kill(owner < 0 ? -owner : owner, 0) == -1 && errno == ESRCH
		&& is_told(slot_at(index)));
}

/*
 * Giving the pages back zeroes them without touching those that were never used. In a file it would give
 * up their place on the disk, and a write that finds none there again is SIGBUS: so zeroes are written. Not
 * by fallocate(FALLOC_FL_ZERO_RANGE): that takes a descriptor, which workers have not, and tmpfs knows no
 * such thing. The magic goes first, so that a slot which is half zeroed is none to whoever finds the file.
 */
static void zero(struct fps_slot *slot)
{
	slot->magic = 0;
	atomic_thread_fence(memory_order_release);
	/* qemu-user only says that it does so */
	if (in_file || madvise(slot, slot_stride, MADV_REMOVE) == -1 || slot->size != 0) {
		memset(slot, 0, slot_stride);
	}
}

/* Low slots first, so that a pool which recycles its workers keeps to few pages. */
static struct fps_slot *claim_shared(bool coroner)
{
	for (uint32_t i = 0; directory && i < slot_count; i++) {
		int32_t owner = atomic_load(&directory->owner[i]);

		if (!is_free(i, owner, coroner) || !atomic_compare_exchange_strong(&directory->owner[i], &owner, getpid())) {
			continue;
		}
		if (owner != 0) {
			zero(slot_at(i));
		}
		return slot_at(i);
	}
	return NULL;
}

/*
 * With no more slots than workers the coroner may not be done yet with the one that this worker is to
 * follow: it is waited for, so briefly that one request is late.
 */
static struct fps_slot *claim_in_time(bool coroner)
{
	struct fps_slot *slot = claim_shared(coroner);

	for (int ms = 0; !slot && directory && coroner && ms < RELEASE_MS; ms++) {
		poll(NULL, 0, 1);
		slot = claim_shared(coroner);
	}
	return slot;
}

struct fps_slot *fps_blackbox_claim(bool coroner, bool *shared)
{
	struct fps_slot *slot = claim_in_time(coroner);

	*shared = slot != NULL;
	if (!slot) {
		slot = mmap(NULL, sizeof *slot, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (slot == MAP_FAILED) {
			return NULL;
		}
	} else {
		claimed = slot;
	}
	return init(slot);
}

uint32_t fps_blackbox_index(void)
{
	return (uint32_t) ((size_t) ((char *) claimed - slots) / slot_stride);
}

void fps_blackbox_disown(void)
{
	if (directory && claimed) {
		atomic_store(&directory->owner[fps_blackbox_index()], -getpid());
	}
}

struct fps_slot *fps_blackbox_slot_of(uint32_t index, int32_t pid)
{
	if (index >= slot_count || atomic_load(&directory->owner[index]) != pid || slot_at(index)->magic != FPS_SLOT_MAGIC) {
		return NULL;
	}
	return slot_at(index);
}

void fps_blackbox_release(uint32_t index)
{
	zero(slot_at(index));
	atomic_store(&directory->owner[index], 0);
}

bool fps_blackbox_once(enum fps_once what)
{
	return directory && atomic_exchange(&directory->once[what], 1) == 0;
}

void fps_blackbox_seal(void)
{
	if (!directory) {
		return;
	}
	char *start = (char *) directory, *end = slots + slot_count * slot_stride;
	char *keep = claimed ? (char *) claimed : end;
	char *keep_end = claimed ? keep + slot_stride : end;

	munmap(start, (size_t) (keep - start));
	if (keep_end < end) {
		munmap(keep_end, (size_t) (end - keep_end));
	}
	if (claimed) {
		/* or mremap() could let it grow over its neighbours; kernels before Linux 6.10 can't */
		syscall(SYS_mseal, claimed, slot_stride, 0UL);
	}
	directory = NULL;
}
