#include "ward.h"

#include "pidfd.h"

#include "../sig/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A worker that has begun to send the end of its answer, and is killed within that time, has almost
 * certainly sent it: it waits for the other side to close. One whose handler has run knows.
 */
#define ANSWERED_NS 1000000000ULL

/* One for each slot, at the place of the slot: a slot has one worker at a time. */
static struct fps_ward *wards;
static uint32_t ward_count;

int fps_ward_init(uint32_t max_workers)
{
	void *memory = mmap(NULL, max_workers * sizeof *wards, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		return -1;
	}
	wards = memory;
	ward_count = max_workers;
	return 0;
}

struct fps_ward *fps_ward_at(uint32_t i)
{
	return i < ward_count ? &wards[i] : NULL;
}

uint32_t fps_ward_number(const struct fps_ward *ward)
{
	return (uint32_t) (ward - wards);
}

/* The line "Groups:" of /proc/PID/status. */
static void read_groups(struct fps_output_user *user, pid_t pid)
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

/* The root of a pool in a chroot; -1 where it is ours, or can't be seen. */
static int open_root(pid_t pid)
{
	char path[32];
	struct stat ours, theirs;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/root", (int) pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && stat("/", &ours) == 0 && fstat(fd, &theirs) == 0 && ours.st_dev == theirs.st_dev
		&& ours.st_ino == theirs.st_ino) {
		close(fd);
		return -1;
	}
	return fd;
}

struct fps_ward *fps_ward_add(struct fps_line_message *hello)
{
	struct fps_ward *ward = fps_ward_at(hello->slot);
	const struct fps_slot *slot = fps_blackbox_slot_of(hello->slot, hello->pid);

	if (!ward || ward->stage != FPS_WARD_FREE || !slot) {
		return NULL;
	}
	*ward = (struct fps_ward) {.stage = FPS_WARD_WATCHED, .pid = hello->pid, .index = hello->slot};
	ward->pidfd = hello->pidfd >= 0 ? hello->pidfd : fps_pidfd_open(hello->pid);
	hello->pidfd = -1;
	ward->parent_pid = fps_sig_proc_parent(hello->pid);
	if (ward->parent_pid <= 1) { /* its parent, or itself, has gone since: what it found then */
		ward->parent_pid = slot->parent_pid;
	}
	ward->user = (struct fps_output_user) {.uid = hello->uid, .gid = hello->gid, .root_fd = open_root(hello->pid)};
	read_groups(&ward->user, hello->pid);
	ward->cgroup = fps_oom_join(hello->pid);
	if (ward->cgroup == -1 || fps_sig_proc_is_dying(hello->pid)) {
		/* for v1 who is dying is in the root, and who is dead nowhere: as a rule it was in its parent's */
		ward->cgroup = fps_oom_join(ward->parent_pid);
	}
	return ward;
}

void fps_ward_release(struct fps_ward *ward)
{
	fps_line_close(&ward->pidfd);
	fps_line_close(&ward->user.root_fd);
	ward->stage = FPS_WARD_FREE;
	fps_blackbox_release(ward->index);
}

struct fps_slot *fps_ward_slot(const struct fps_ward *ward)
{
	return fps_blackbox_slot_of(ward->index, ward->pid);
}

static bool was_answered(const struct fps_slot *slot, uint64_t ended_ns)
{
	uint32_t finishing = atomic_load(&slot->finishing);

	return finishing == FPS_FINISHING_DONE
		|| (finishing == FPS_FINISHING_BEGUN && ended_ns < slot->finishing_ns + ANSWERED_NS);
}

bool fps_ward_was_in_request(const struct fps_slot *slot, uint64_t ended_ns)
{
	uint32_t phase = atomic_load(&slot->phase);

	return phase >= FPS_PHASE_STARTUP && phase <= FPS_PHASE_SHUTDOWN && !was_answered(slot, ended_ns);
}

bool fps_ward_is_in_request(const struct fps_ward *ward)
{
	const struct fps_slot *slot = fps_ward_slot(ward);

	return slot && fps_ward_was_in_request(slot, ward->ended_ns);
}

void fps_ward_ask_status(struct fps_ward *ward)
{
	if (!ward->status_known) {
		ward->status_known = fps_pidfd_exit_status(ward->pid, ward->pidfd, &ward->status);
	}
}
