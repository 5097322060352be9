/*
 * What FPM's master and its other workers do after a death. A master that stops or reloads asks all workers to end and
 * starts no new one. So their behaviour shows whether a signal was meant for one worker or for all, without waiting for
 * the end of all.
 */
#ifndef FPS_CORONER_AFTERMATH_H
#define FPS_CORONER_AFTERMATH_H

#include <stdbool.h>
#include <stdint.h>

struct fps_draft;
struct fps_ward;

enum fps_aftermath_kind {
	FPS_AFTERMATH_NONE,    /* nothing has been seen that would decide */
	FPS_AFTERMATH_FORK,    /* the master has started another worker */
	FPS_AFTERMATH_SIBLING, /* another worker lives, and no signal that would end it has come to it */
};

struct fps_aftermath {
	enum fps_aftermath_kind kind;
	uint64_t after_ns; /* the death */
	int32_t sibling;   /* its pid */
};

/*
 * Looks for it after that ward's death at died_ns, and leaves it in ward->aftermath. False if there is nothing yet:
 * *again_ns is when to look again. Only while the master's fate is not known; what the master does after its goodbye
 * does not count. All times are CLOCK_MONOTONIC.
 */
bool fps_aftermath_decide(struct fps_ward *ward, uint64_t died_ns, uint64_t now_ns, uint64_t *again_ns);

/* Adds it to the draft's evidence. */
void fps_aftermath_say(const struct fps_aftermath *aftermath, struct fps_draft *draft);

#endif
