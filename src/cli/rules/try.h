/*
 * The plan held against the programs that would have to take it, in copies that nobody else sees.
 */
#ifndef FPS_TRY_H
#define FPS_TRY_H

#include "rules/patch.h"

enum fps_tried {
	FPS_TRY_NOT, /* the program is not here, or does not take the configuration as it is */
	FPS_TRY_TAKEN,
	FPS_TRY_REFUSED
};

struct fps_try {
	enum fps_tried nginx, fpm;
	char *error; /* what the one that refuses it says */
};

struct fps_try fps_try_plan(const struct fps_server *server, const struct fps_patch *patch);
void fps_try_free(struct fps_try *tried);

#endif
