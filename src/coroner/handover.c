/* The descriptors of wards that a coroner's supervisor keeps. */
#include "coroner/handover.h"

#include "coroner/fdclose.h"
#include "coroner/fdpass.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Room for the messages about some ten thousand workers while the supervisor is stopped. Only root gets all of it. */
#define QUEUE_SIZE (16 << 20)

enum what { PUT = 1, DROP, DAEMONIZED };

struct message {
	uint32_t what, number;
	int32_t pid;
	uint32_t uid;
	uint32_t sent; /* 1 << enum which: the descriptors that come with it, in this order */
};

enum which { PIDFD, BELL, ROOT_FD, MEMORY, WHICH };

static int coroner_end = -1, supervisor_end = -1;
static struct fps_handover_item *kept;
static uint32_t room;

int fps_handover_open(uint32_t count)
{
	void *memory =
		mmap(NULL, count * sizeof *kept, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED || fps_fdpass_pair(&supervisor_end, &coroner_end, QUEUE_SIZE) == -1) {
		return -1;
	}
	kept = memory;
	room = count;
	return 0;
}

bool fps_handover_put(uint32_t number, const struct fps_handover_item *item)
{
	const int all[WHICH] = {
		[PIDFD] = item->pidfd, [BELL] = item->bell, [ROOT_FD] = item->root_fd, [MEMORY] = item->memory};
	struct message message = {.what = PUT, .number = number, .pid = item->pid, .uid = item->uid};
	int fds[WHICH];
	size_t count = 0;

	for (unsigned i = 0; i < WHICH; i++) {
		if (all[i] >= 0) {
			message.sent |= 1u << i;
			fds[count++] = all[i];
		}
	}
	return fps_fdpass_send(coroner_end, &message, sizeof message, fds, count);
}

bool fps_handover_drop(uint32_t number)
{
	struct message message = {.what = DROP, .number = number};

	return fps_fdpass_send(coroner_end, &message, sizeof message, NULL, 0);
}

bool fps_handover_say_daemonized(void)
{
	struct message message = {.what = DAEMONIZED};

	return fps_fdpass_send(coroner_end, &message, sizeof message, NULL, 0);
}

int fps_handover_fd(void)
{
	return supervisor_end;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
}

static void drop(struct fps_handover_item *item)
{
	if (item->pid != 0) {
		/* without pidfds it is a lifeline */
		fps_fdclose_take(&item->pidfd, item->uid);
		fps_fdclose_take(&item->bell, item->uid);
		fps_fdclose_take(&item->root_fd, item->uid);
		fps_blackbox_unmap(item->slot);
	}
	memset(item, 0, sizeof *item);
}

/* Replaces the file by a mapping, so that the file need not stay open: a coroner inherits a mapping too. */
static void keep(struct fps_handover_item *item, const struct message *message, const int *came)
{
	int fds[WHICH] = {-1, -1, -1, -1};

	for (size_t i = 0, next = 0; i < WHICH; i++) {
		if (message->sent & 1u << i) {
			fds[i] = came[next++];
		}
	}
	drop(item);
	*item = (struct fps_handover_item) {.pid = message->pid,
		.uid = message->uid,
		.pidfd = fds[PIDFD],
		.bell = fds[BELL],
		.root_fd = fds[ROOT_FD],
		.memory = -1,
		.slot = fds[MEMORY] >= 0 ? fps_blackbox_map(fds[MEMORY]) : NULL};
	close_all(&fds[MEMORY], 1);
}

void fps_handover_receive(void (*daemonized)(void))
{
	struct message message;
	int fds[WHICH];

	while (fps_fdpass_receive(supervisor_end, &message, sizeof message, fds, WHICH) == (ssize_t) sizeof message) {
		if (message.what == PUT && message.number < room) {
			keep(&kept[message.number], &message, fds);
			continue;
		}
		close_all(fds, WHICH);
		if (message.what == DROP && message.number < room) {
			drop(&kept[message.number]);
		} else if (message.what == DAEMONIZED) {
			daemonized();
		}
	}
}

void fps_handover_leave_supervisor(void)
{
	close(supervisor_end);
	supervisor_end = -1;
}

struct fps_handover_item fps_handover_take(uint32_t number, pid_t pid)
{
	struct fps_handover_item item = kept[number];

	kept[number].pid = 0;
	if (item.pid == pid && pid != 0) {
		return item;
	}
	drop(&item); /* left by a ward that is gone: the predecessor could not report that any more */
	return (struct fps_handover_item) {.pidfd = -1, .bell = -1, .root_fd = -1, .memory = -1};
}
