/* The coroner's wards: the workers that have said hello, until nothing more is to be recorded about them. */
#ifndef FPS_CORONER_WORKERTABLE_H
#define FPS_CORONER_WORKERTABLE_H

#include "blackbox.h"
#include "coroner/channel.h"
#include "coroner/logdestination.h"
#include "coroner/oomledger.h"

/* The most workers at once. Memory is only used for those that exist. */
#define FPS_WARD_MAX 65536

enum fps_workertable_stage {
	FPS_WARD_FREE,
	FPS_WARD_WATCHED, /* its death, if it has died, is not recorded */
	FPS_WARD_WRITING, /* a child is writing its record */
	FPS_WARD_DONE,    /* or there was nothing to record */
};

/* In memory that outlives a coroner; descriptors and pointers belong to the living coroner. */
/* What master and workers were seen to do after its death: aftermath.h. */
enum fps_aftermath_kind {
	FPS_AFTERMATH_NONE,    /* nothing decisive has been seen */
	FPS_AFTERMATH_FORK,    /* the master has started another worker */
	FPS_AFTERMATH_SIBLING, /* another worker lives, and has no signal pending that would end it */
};

struct fps_aftermath {
	enum fps_aftermath_kind kind;
	uint64_t after_ns; /* of the death */
	int32_t sibling;   /* of the worker */
};

struct fps_ward {
	enum fps_workertable_stage stage;
	struct fps_identity who; /* from the kernel, and from the hello */
	uint32_t polled_at;      /* the main loop's */
	int pidfd;               /* -1 if the kernel or a filter gives none, and no lifeline has come instead */
	bool by_lifeline;
	uint64_t cut_ns;        /* when its other end was first seen to be closed; 0: not yet */
	struct fps_slot *slot;  /* NULL if only the worker has it */
	int memory;             /* the slot's file, until the supervisor has it; otherwise -1 */
	int bell;               /* by which it makes us look; -1: it is checked from time to time */
	bool kept;              /* the supervisor has all of it; if the ward is free: it may still have something */
	volatile bool is_begun; /* a coroner is working on it, or has died there */
	bool is_suspect;        /* a coroner has died because of its slot, which is not read again */
	uint64_t added_ns;      /* CLOCK_MONOTONIC when its hello was heard */
	uint64_t minute_ns;     /* start of the minute in which `events` are counted (userquota.h) */
	uint64_t events;
	uint64_t sealed_ns; /* when its draft was first seen sealed; 0: not yet */
	uint64_t ended_ns;  /* when it was seen to have ended; 0: it lives */
	bool is_late;       /* the coroner was away, so it may have ended long before that */
	bool status_known;
	int status;                     /* as of waitpid() */
	struct fps_aftermath aftermath; /* what has been seen since its death */
	bool image_known, executed;     /* whether it had become another program, and which: */
	char command[16];
	int cgroup;                  /* for fps_oomledger_consume() */
	bool oom_asked, oom_by_size; /* it has been decided; smaller ones died at the same time */
	enum fps_oom_verdict oom;
	struct fps_logdestination_user user;
};

/* For the supervisor, before the first coroner. 0, or -1 with errno. */
int fps_workertable_init(void);

/* In a coroner that follows another: takes over its wards. `at_fault`: it died of a fault of its own. */
void fps_workertable_adopt(bool at_fault);

/* In a coroner: if a worker's memory ends within a slot, the rest is read as zeros and raises no SIGBUS. */
void fps_workertable_survive_cuts(void);

/*
 * Makes a ward of a hello, whose descriptors it takes. NULL if the hello is not accepted: its parent is not FPM's
 * master, it has said hello before, or there are too many. A hello that is heard twice gives the same ward.
 */
struct fps_ward *fps_workertable_add(struct fps_channel_message *hello);

/*
 * Hands the supervisor what it does not have yet, and makes it drop what is no longer needed. If it is stopped, there
 * is room for some hundred.
 */
void fps_workertable_keep(void);

/*
 * In a coroner, before it has or adopts a ward. The descriptor becomes readable once a bell has rung, and must be
 * emptied then.
 */
void fps_workertable_open_bells(void);
int fps_workertable_bells_fd(void);
void fps_workertable_empty_bells(void);

/* Forgets it, and the worker's slot with it. */
void fps_workertable_release(struct fps_ward *ward);

/* Its slot; NULL if there is none, or if the worker has overwritten even its beginning. */
struct fps_slot *fps_workertable_slot(const struct fps_ward *ward);

/*
 * The ward with number i, in no particular order, NULL after the last one; and how many there are. A ward's number is
 * the token of its output.
 */
struct fps_ward *fps_workertable_at(uint32_t i);
uint32_t fps_workertable_count(void);
uint32_t fps_workertable_number(const struct fps_ward *ward);

/* Whether the ward has died, or is dying, within a request. */
bool fps_workertable_is_in_request(const struct fps_ward *ward);

/* The same for any slot whose worker ended at that time. */
bool fps_workertable_was_in_request(const struct fps_slot *slot, uint64_t ended_ns);

/* Looks at a process that has just ended and that its parent is about to reap. */
void fps_workertable_look_at_end(struct fps_ward *ward);

/*
 * For a ward with a lifeline. If native code has closed that, it is given up, and the ward is checked from time to
 * time.
 */
bool fps_workertable_has_ended_by_lifeline(struct fps_ward *ward);

/*
 * Asks again how a ward has ended, if that is not known yet. The kernel shows it once the parent has reaped it, which
 * may take FPS_WARD_STATUS_WAIT_NS; until then ask every FPS_WARD_STATUS_RETRY_NS.
 */
void fps_workertable_ask_status(struct fps_ward *ward);
#define FPS_WARD_STATUS_WAIT_NS 1000000000ULL
#define FPS_WARD_STATUS_RETRY_NS 1000000ULL

#endif
