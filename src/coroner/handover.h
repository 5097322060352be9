/*
 * What a coroner leaves with its supervisor so that the next one can continue. For each ward these are its pidfd, which
 * shows the end of a process even after its parent has reaped it, its slot, its doorbell and its root directory.
 *
 * A descriptor is sent once and stays with the supervisor, from which each coroner is forked and so inherits it.
 * Everything else that is known about a ward is in memory that both share (fps_workertable_init()).
 */
#ifndef FPS_CORONER_HANDOVER_H
#define FPS_CORONER_HANDOVER_H

#include "blackbox.h"

/*
 * Descriptors of one ward. When sent, `memory` is the slot's file; when kept, `slot` is that file, mapped. -1 and NULL
 * mean none.
 */
struct fps_handover_item {
	pid_t pid; /* 0: nothing is kept */
	uid_t uid;
	int pidfd, bell, root_fd, memory;
	struct fps_slot *slot;
};

/* For the supervisor, before the first coroner is forked: makes room for that many wards. 0, or -1 with errno. */
int fps_handover_open(uint32_t count);

/*
 * For the coroner: leaves what belongs to a ward, or takes it back. Never blocks; false if the supervisor is stopped
 * and its queue is full.
 */
bool fps_handover_put(uint32_t number, const struct fps_handover_item *item);
bool fps_handover_drop(uint32_t number);

/* For the coroner: FPM has gone to the background. */
bool fps_handover_say_daemonized(void);

/*
 * For the supervisor: the descriptor to wait for, and what to do when it is readable. Calls `daemonized` on that
 * message.
 */
int fps_handover_fd(void);
void fps_handover_receive(void (*daemonized)(void));

/* In a newly forked coroner: gives up the supervisor's end. */
void fps_handover_leave_supervisor(void);

/*
 * Likewise: takes over what its predecessor has left of that ward, which is process `pid`, or 0 if there is no such
 * ward. Closes what was left of another process; then, or if there is nothing, the item's pid is 0.
 */
struct fps_handover_item fps_handover_take(uint32_t number, pid_t pid);

#endif
