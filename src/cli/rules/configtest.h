/*
 * The plan held against the programs that would have to take it, in copies that nobody else sees.
 */
#ifndef FPS_CONFIGTEST_H
#define FPS_CONFIGTEST_H

#include "rules/patch.h"

enum fps_tried {
	FPS_CONFIGTEST_NOT, /* the program is not here, or does not take the configuration as it is */
	FPS_CONFIGTEST_TAKEN,
	FPS_CONFIGTEST_REFUSED
};

struct fps_configtest {
	enum fps_tried nginx, fpm;
	char *error; /* what the one that refuses it says */
};

struct fps_configtest fps_configtest_plan(const struct fps_server *server, const struct fps_patch *patch);
void fps_configtest_free(struct fps_configtest *tried);

#endif
