/* The coroner's wards: the workers that have said hello, until their slots are free again. */
#ifndef FPS_CORONER_WARD_H
#define FPS_CORONER_WARD_H

#include "../blackbox.h"
#include "line.h"
#include "oom.h"
#include "output.h"

enum fps_ward_stage {
	FPS_WARD_FREE,
	FPS_WARD_WATCHED, /* nothing has been told of its death, if it has died */
	FPS_WARD_WRITING, /* a child is writing its record */
	FPS_WARD_TOLD,    /* or there was nothing to tell */
};

struct fps_ward {
	enum fps_ward_stage stage;
	pid_t pid, parent_pid;
	uint32_t index; /* of its slot */
	uint32_t polled_at; /* the main loop's */
	int pidfd;      /* -1 where the kernel or a filter gives none */
	uint64_t sealed_ns; /* CLOCK_MONOTONIC when its draft was first seen sealed; 0: not yet */
	uint64_t ended_ns;  /* when it was seen to have ended; 0: it lives */
	bool status_known;
	int status; /* as waitpid() tells */
	int cgroup; /* for fps_oom_consume() */
	bool oom_asked, oom_by_size; /* has been asked; smaller ones died at the same time */
	enum fps_oom_verdict oom;
	struct fps_output_user user;
};

/* Room for so many. 0, or -1 with errno. */
int fps_ward_init(uint32_t max_workers);

/* A new ward after its hello, whose pidfd it takes; NULL if it can't be one. */
struct fps_ward *fps_ward_add(struct fps_line_message *hello);

/* Forgets it and gives its slot back. */
void fps_ward_release(struct fps_ward *ward);

struct fps_slot *fps_ward_slot(const struct fps_ward *ward);

/* The ward number i, in no order; NULL behind the last. Its number is the token of its output. */
struct fps_ward *fps_ward_at(uint32_t i);
uint32_t fps_ward_number(const struct fps_ward *ward);

/* Whether the death that the ward has died, or is dying, is that of a request. */
bool fps_ward_is_in_request(const struct fps_ward *ward);

/* The same of any slot, whose worker ended then. */
bool fps_ward_was_in_request(const struct fps_slot *slot, uint64_t ended_ns);

/*
 * Asks again how a ward has ended, if that is not yet known. Its parent may take so long to reap it, after
 * which the kernel tells; until then it is worth asking so often.
 */
void fps_ward_ask_status(struct fps_ward *ward);
#define FPS_WARD_STATUS_WAIT_NS 1000000000ULL
#define FPS_WARD_STATUS_RETRY_NS 5000000ULL

#endif
