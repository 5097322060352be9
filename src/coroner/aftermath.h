/*
 * What FPM's master and its other workers do after a death. A master that stops or reloads asks all workers to end and
 * starts no new one. Their behaviour therefore shows whether a signal was meant for one worker or for all, without
 * waiting until all have ended.
 */
#ifndef FPS_CORONER_AFTERMATH_H
#define FPS_CORONER_AFTERMATH_H

#include <stdbool.h>
#include <stdint.h>

struct fps_draft;
struct fps_ward;

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

/*
 * Looks for signs after that ward's death at died_ns, and stores what it finds in ward->aftermath. False if there is
 * nothing yet: look again at *again_ns. Call it only while the master's fate is not known; what the master does after
 * its goodbye does not count. All times are CLOCK_MONOTONIC.
 */
bool fps_aftermath_decide(struct fps_ward *ward, uint64_t died_ns, uint64_t now_ns, uint64_t *again_ns);

/* Adds it to the draft's evidence. */
void fps_aftermath_say(const struct fps_aftermath *aftermath, struct fps_draft *draft);

#endif
