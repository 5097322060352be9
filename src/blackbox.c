#include "blackbox.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The directory before the slots; unmapped, like them, once a worker is sealed. */
struct directory {
	_Atomic uint32_t once[FPS_ONCE_LAST];
	_Atomic int32_t owner[]; /* the pid that claimed the slot, 0: never used */
};

static struct directory *directory;
static char *slots;
static uint32_t slot_count;
static size_t slot_stride, directory_size;
static struct fps_slot *claimed;

static size_t round_to_pages(size_t size)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

int fps_blackbox_map(uint32_t max_workers)
{
	slot_count = max_workers;
	slot_stride = round_to_pages(sizeof(struct fps_slot));
	directory_size = round_to_pages(sizeof(struct directory) + max_workers * sizeof(directory->owner[0]));

	void *region = mmap(NULL, directory_size + slot_count * slot_stride, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (region == MAP_FAILED) {
		return -1;
	}
	directory = region;
	slots = (char *) region + directory_size;
	return 0;
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

static bool owner_is_gone(int32_t pid)
{
	return pid == 0 || (kill(pid, 0) == -1 && errno == ESRCH);
}

/* Low slots first, so that a pool which recycles its workers keeps to few pages. */
static struct fps_slot *claim_shared(void)
{
	for (uint32_t i = 0; directory && i < slot_count; i++) {
		int32_t owner = atomic_load(&directory->owner[i]);

		if (!owner_is_gone(owner) || !atomic_compare_exchange_strong(&directory->owner[i], &owner, getpid())) {
			continue;
		}
		struct fps_slot *slot = (struct fps_slot *) (slots + i * slot_stride);

		/* Giving the pages back zeroes them without touching those that were never used. */
		if (owner != 0 && madvise(slot, slot_stride, MADV_REMOVE) == -1) {
			memset(slot, 0, slot_stride);
		}
		return slot;
	}
	return NULL;
}

struct fps_slot *fps_blackbox_claim(bool *shared)
{
	struct fps_slot *slot = claim_shared();

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
	directory = NULL;
}
