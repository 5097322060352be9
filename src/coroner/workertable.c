/* The workers, and what the coroner has of each. */
#include "coroner/workertable.h"

#include "coroner/boxfile.h"
#include "coroner/fdclose.h"
#include "coroner/handover.h"
#include "coroner/master.h"
#include "coroner/pidfd.h"
#include "coroner/process.h"

#include "record/clock.h"
#include "sig/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A worker that has begun to send the end of its answer, and is killed within that time, has almost certainly sent it:
 * it is waiting for the other side to close. If its handler ran, it knows.
 */
#define ANSWERED_NS 1000000000ULL
/* A process closes its descriptors before its end becomes visible. */
#define ENDING_NS 10000000ULL

/* Memory that outlives a coroner. */
static struct {
	_Atomic uint32_t used; /* wards from here on have never been used */
	struct fps_ward ward[];
} * wards;

static int bells = -1; /* the coroner's: an epoll of all bells */

int fps_workertable_init(void)
{
	wards = fps_process_share(sizeof *wards + FPS_WARD_MAX * sizeof wards->ward[0]);
	return wards ? fps_handover_open(FPS_WARD_MAX) : -1;
}

struct fps_ward *fps_workertable_at(uint32_t i)
{
	return i < atomic_load(&wards->used) ? &wards->ward[i] : NULL;
}

uint32_t fps_workertable_count(void)
{
	return atomic_load(&wards->used);
}

uint32_t fps_workertable_number(const struct fps_ward *ward)
{
	return (uint32_t) (ward - wards->ward);
}

/* The line "Groups:" of /proc/PID/status. */
static void read_groups(struct fps_logdestination_user *user, pid_t pid)
{
	static const char word[] = "\nGroups:";
	char path[32], text[4096], *at;
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int) pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof text - 1);
		close(fd);
	}
	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, word);
	at = at ? at + sizeof word - 1 : text + strlen(text);
	while (user->group_count < sizeof user->groups / sizeof user->groups[0]) {
		char *end;
		unsigned long group;

		at += strspn(at, " \t");
		group = strtoul(at, &end, 10);
		if (end == at || *at == '\n') {
			return;
		}
		user->groups[user->group_count++] = (gid_t) group;
		at = end;
	}
}

/* Whether it is the root of a chrooted pool, and not ours. */
static bool is_chroot(int fd)
{
	struct stat ours, theirs;
	int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	return flags != -1 && (flags & O_PATH) && stat("/", &ours) == 0 && fstat(fd, &theirs) == 0
		&& S_ISDIR(theirs.st_mode) && (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino);
}

static bool is_same(const struct fps_ward *ward, const struct fps_channel_message *hello)
{
	return ward->who.pid == hello->pid && ward->who.seed == hello->words.who.seed;
}

static bool lives(const struct fps_ward *ward)
{
	struct pollfd end = {.fd = ward->pidfd, .events = POLLIN};

	return !ward->ended_ns && (ward->pidfd >= 0 ? poll(&end, 1, 0) == 0 : fps_pidfd_is_alive(ward->who.pid));
}

/* The place of the hello's ward, or a place for it; NULL if it has said another hello before, or there is no room. */
static struct fps_ward *find_place(const struct fps_channel_message *hello)
{
	struct fps_ward *ward, *place = NULL;

	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		if (ward->stage == FPS_WARD_FREE) {
			place = place ? place : ward;
		} else if (is_same(ward, hello)) {
			return ward;
		} else if (ward->who.pid == hello->pid && lives(ward)) {
			return NULL;
		}
	}
	if (!place && atomic_load(&wards->used) < FPS_WARD_MAX) {
		place = &wards->ward[atomic_fetch_add(&wards->used, 1)];
	}
	return place;
}

void fps_workertable_open_bells(void)
{
	bells = epoll_create1(EPOLL_CLOEXEC);
}

int fps_workertable_bells_fd(void)
{
	return bells;
}

void fps_workertable_empty_bells(void)
{
	struct epoll_event rung[64];

	while (epoll_wait(bells, rung, sizeof rung / sizeof rung[0], 0) == sizeof rung / sizeof rung[0]) {
	}
}

/*
 * Each ring is reported once, and nothing is read: reading would wake everything that the worker has waiting at its
 * bell, perhaps millions of waiters. A bell that has rung before is reported at once.
 */
static bool listen_to(int bell)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	return bell >= 0 && epoll_ctl(bells, EPOLL_CTL_ADD, bell, &event) == 0;
}

/* What came with the hello: a coroner may have died before it could leave that with its supervisor. */
static void take_descriptors(struct fps_ward *ward, struct fps_channel_message *hello)
{
	if (ward->pidfd == -1) {
		ward->pidfd = hello->pidfd >= 0 ? hello->pidfd : fps_pidfd_open(hello->pid);
		hello->pidfd = -1;
	}
	if (ward->pidfd == -1 && fps_channel_is_of_kind(hello->lifeline, "pipe:[")) {
		ward->pidfd = hello->lifeline;
		ward->by_lifeline = true;
		hello->lifeline = -1;
	}
	if (!ward->slot && !ward->is_suspect && hello->memory >= 0) {
		ward->slot = fps_blackbox_map(hello->memory);
		if (ward->slot) {
			fps_boxfile_name_slot(hello->memory, fps_workertable_number(ward), &ward->who);
			ward->memory = hello->memory;
			hello->memory = -1;
		}
	}
	if (ward->bell == -1 && fps_channel_is_of_kind(hello->bell, "anon_inode:[eventfd]") && listen_to(hello->bell)) {
		ward->bell = hello->bell;
		hello->bell = -1;
	}
	if (ward->user.root_fd == -1 && is_chroot(hello->root)) {
		ward->user.root_fd = hello->root;
		hello->root = -1;
	}
	ward->kept = false;
}

/*
 * The texts of a hello are the worker's own, from before it ran anything of its pool. Numbers come from the kernel, if
 * it supplies them.
 */
static void identify(struct fps_ward *ward, const struct fps_channel_message *hello)
{
	pid_t parent = fps_sig_proc_parent(hello->pid);

	ward->who = hello->words.who;
	ward->who.pid = hello->pid;
	if (parent > 1) { /* otherwise the worker, or its parent, has gone since: use what the worker found */
		ward->who.parent_pid = parent;
	}
	fps_sig_proc_set_start(&ward->who);
	ward->who.pool[sizeof ward->who.pool - 1] = '\0';
	ward->who.sapi[sizeof ward->who.sapi - 1] = '\0';
	ward->who.listen[sizeof ward->who.listen - 1] = '\0';
	ward->who.log[sizeof ward->who.log - 1] = '\0';
	ward->who.service.name[sizeof ward->who.service.name - 1] = '\0';
	ward->who.service.version[sizeof ward->who.service.version - 1] = '\0';
	ward->who.service.environment[sizeof ward->who.service.environment - 1] = '\0';
	ward->user = (struct fps_logdestination_user) {.uid = hello->uid, .gid = hello->gid, .root_fd = -1};
	read_groups(&ward->user, hello->pid);
	ward->cgroup = fps_oomledger_join(hello->pid);
	if (ward->cgroup == -1 || fps_sig_proc_is_dying(hello->pid)) {
		/* v1 moves a dying process to the root, and a dead one is in no group: usually it was in its parent's group */
		ward->cgroup = fps_oomledger_join(ward->who.parent_pid);
	}
}

struct fps_ward *fps_workertable_add(struct fps_channel_message *hello)
{
	struct fps_ward *ward = find_place(hello);

	if (!ward) {
		return NULL;
	}
	if (ward->stage == FPS_WARD_FREE) {
		*ward = (struct fps_ward) {
			.pidfd = -1, .memory = -1, .bell = -1, .added_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC)};
		identify(ward, hello);
		if (!fps_master_is(ward->who.parent_pid)) {
			return NULL;
		}
		/* last: until then the next coroner sees it as free, and hears the hello again */
		ward->stage = FPS_WARD_WATCHED;
	}
	take_descriptors(ward, hello);
	return ward;
}

static void keep(struct fps_ward *ward)
{
	struct fps_handover_item item = {.pid = ward->who.pid,
		.uid = ward->user.uid,
		.pidfd = ward->pidfd,
		.bell = ward->bell,
		.root_fd = ward->user.root_fd,
		.memory = ward->memory};

	if (!fps_handover_put(fps_workertable_number(ward), &item)) {
		return;
	}
	ward->kept = true;
	fps_process_close(&ward->memory); /* both processes have it mapped */
}

void fps_workertable_keep(void)
{
	struct fps_ward *ward;

	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		if (ward->stage == FPS_WARD_FREE) {
			ward->kept = ward->kept && !fps_handover_drop(i);
		} else if (!ward->kept) {
			keep(ward);
		}
	}
}

/* The same process, and not another that has its pid now. */
static int open_again(const struct fps_ward *ward)
{
	int pidfd = fps_pidfd_open(ward->who.pid);

	if (ward->who.started_ticks && fps_sig_proc_start_ticks(ward->who.pid) != ward->who.started_ticks) {
		fps_process_close(&pidfd);
	}
	return pidfd;
}

void fps_workertable_adopt(bool at_fault)
{
	struct fps_ward *ward;

	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		struct fps_handover_item item = fps_handover_take(i, ward->stage != FPS_WARD_FREE ? ward->who.pid : 0);

		ward->pidfd = item.pidfd;
		ward->bell = item.bell;
		ward->user.root_fd = item.root_fd;
		ward->slot = item.slot;
		ward->memory = -1;
		ward->kept = item.pid != 0 || ward->stage == FPS_WARD_FREE;
		if (ward->stage == FPS_WARD_FREE) {
			continue;
		}
		listen_to(ward->bell);
		if (ward->pidfd == -1) {
			ward->pidfd = open_again(ward);
		}
		if (ward->stage == FPS_WARD_WRITING) {
			ward->stage = FPS_WARD_WATCHED; /* its child may have finished: then the record is there twice */
		}
		if (at_fault && ward->is_begun) {
			ward->stage = ward->is_suspect ? FPS_WARD_DONE : ward->stage; /* it is not even the slot */
			ward->is_suspect = true;
		}
		ward->is_begun = false;
	}
}

static bool is_in_slot(uintptr_t address)
{
	const struct fps_ward *ward;

	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		if (ward->slot && address - (uintptr_t) ward->slot < fps_blackbox_size()) {
			return true;
		}
	}
	return false;
}

/* Nothing is mapped behind the page: from now on it is the coroner's own, and empty. */
static void on_cut(int number, siginfo_t *info, void *context)
{
	uintptr_t size = (uintptr_t) sysconf(_SC_PAGESIZE), page = (uintptr_t) info->si_addr & ~(size - 1);
	struct sigaction act = {.sa_handler = SIG_DFL};

	(void) context;
	if (!is_in_slot(page)
		|| mmap((void *) page, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
			== MAP_FAILED) {
		sigaction(number, &act, NULL);
	}
}

void fps_workertable_survive_cuts(void)
{
	struct sigaction act = {.sa_sigaction = on_cut, .sa_flags = SA_SIGINFO};

	sigaction(SIGBUS, &act, NULL);
}

/* A lifeline is the worker's, a pidfd the kernel's. */
static void close_pidfd(struct fps_ward *ward)
{
	if (ward->by_lifeline) {
		fps_fdclose_take(&ward->pidfd, ward->user.uid);
	}
	fps_process_close(&ward->pidfd);
	ward->by_lifeline = false;
}

void fps_workertable_release(struct fps_ward *ward)
{
	fps_boxfile_remove_slot(fps_workertable_number(ward));
	close_pidfd(ward);
	if (ward->bell >= 0) {
		epoll_ctl(bells, EPOLL_CTL_DEL, ward->bell, NULL); /* the supervisor has it still */
	}
	fps_fdclose_take(&ward->bell, ward->user.uid);
	fps_fdclose_take(&ward->user.root_fd, ward->user.uid);
	fps_process_close(&ward->memory);
	fps_blackbox_unmap(ward->slot);
	ward->slot = NULL;
	ward->kept = true; /* or what it has belongs to an earlier ward with this number */
	ward->stage = FPS_WARD_FREE;
}

/* Values that the worker's own code never writes there are noise, and so is everything else. */
static bool is_sane(const struct fps_slot *slot)
{
	return slot->magic == FPS_SLOT_MAGIC && slot->version == FPS_SLOT_VERSION && slot->size == sizeof *slot
		&& atomic_load(&slot->phase) <= FPS_PHASE_EXIT && atomic_load(&slot->handoff) <= FPS_HANDOFF_OWN;
}

struct fps_slot *fps_workertable_slot(const struct fps_ward *ward)
{
	return ward->slot && !ward->is_suspect && is_sane(ward->slot) ? ward->slot : NULL;
}

static bool was_answered(const struct fps_slot *slot, uint64_t ended_ns)
{
	uint32_t finishing = atomic_load(&slot->finishing);

	return finishing == FPS_FINISHING_DONE
		|| (finishing == FPS_FINISHING_BEGUN
			&& (slot->finishing_ns == 0 || ended_ns < slot->finishing_ns + ANSWERED_NS));
}

bool fps_workertable_was_in_request(const struct fps_slot *slot, uint64_t ended_ns)
{
	uint32_t phase = atomic_load(&slot->phase);

	return phase >= FPS_PHASE_STARTUP && phase <= FPS_PHASE_SHUTDOWN && !was_answered(slot, ended_ns);
}

bool fps_workertable_is_in_request(const struct fps_ward *ward)
{
	const struct fps_slot *slot = fps_workertable_slot(ward);

	/* while the end of an answer is sent, a worker that ended at an unknown time is taken to have sent it */
	return slot && fps_workertable_was_in_request(slot, ward->is_late ? 0 : ward->ended_ns);
}

void fps_workertable_look_at_end(struct fps_ward *ward)
{
	ward->image_known =
		fps_sig_proc_has_executed(ward->who.pid, ward->who.started_ticks, &ward->executed, ward->command);
}

bool fps_workertable_has_ended_by_lifeline(struct fps_ward *ward)
{
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);

	if (!fps_pidfd_has_ended(ward->pidfd)) {
		return false;
	}
	if (!fps_pidfd_is_alive(ward->who.pid) || fps_sig_proc_start_ticks(ward->who.pid) != ward->who.started_ticks) {
		return true;
	}
	ward->cut_ns = ward->cut_ns ? ward->cut_ns : now_ns;
	if (now_ns - ward->cut_ns >= ENDING_NS) {
		close_pidfd(ward);
	}
	return false;
}

void fps_workertable_ask_status(struct fps_ward *ward)
{
	if (!ward->status_known) {
		ward->status_known = fps_pidfd_exit_status(ward->who.pid, ward->pidfd, &ward->status);
	}
}
