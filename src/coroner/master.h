/* The fate of FPM's master, which decides what a worker's SIGTERM or SIGKILL meant. */
#ifndef FPS_CORONER_MASTER_H
#define FPS_CORONER_MASTER_H

#include "coroner/channel.h"

enum fps_fate {
	FPS_FATE_NONE,   /* it is running, or nothing is known */
	FPS_FATE_STOP,   /* it said goodbye as it stopped */
	FPS_FATE_RELOAD, /* it said goodbye as it re-executed itself */
	FPS_FATE_DEATH,  /* it is gone without a goodbye */
};

/* How long to wait for its fate: FPM's own escalation from SIGTERM to its end takes at most a second. */
#define FPS_MASTER_WAIT_NS 1500000000ULL

/* For the supervisor, before the first coroner; and in a coroner that follows another. 0, or -1 with errno. */
int fps_master_init(void);
void fps_master_adopt(void);

/*
 * Whether a worker with that parent can belong to this FPM: always while the master is not known, and when it is gone.
 */
bool fps_master_is(pid_t parent);

/* Whether its fate has been recorded; the second function notes that it has. */
bool fps_master_is_recorded(void);
void fps_master_note_recorded(void);

/* A worker whose parent this is has said hello. The worker found its parent before it ran any code of its pool. */
void fps_master_meet(pid_t parent);

/*
 * The master has said goodbye or, before it forks its first worker, that it exists. Claims of another user's process
 * are ignored.
 */
void fps_master_hear(const struct fps_channel_message *message);

/* A descriptor that becomes readable when it ends, -1 for none. */
int fps_master_pidfd(void);

/* Call it when that has become readable. */
void fps_master_ended(void);

pid_t fps_master_pid(void);
enum fps_fate fps_master_fate(void);

/* CLOCK_MONOTONIC of its fate. */
uint64_t fps_master_fate_ns(void);

#endif
