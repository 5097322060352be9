/*
 * Tests the plan with the programs that have to accept it, on copies that nobody else can see.
 */
#ifndef FPS_CONFIGTEST_H
#define FPS_CONFIGTEST_H

#include "rules/patch.h"

enum fps_tried {
	FPS_CONFIGTEST_NOT, /* the program is not installed, or does not accept the configuration as it is */
	FPS_CONFIGTEST_TAKEN,
	FPS_CONFIGTEST_REFUSED
};

struct fps_configtest {
	enum fps_tried nginx, fpm;
	char *error; /* the message of the program that refuses it */
};

struct fps_configtest fps_configtest_plan(const struct fps_server *server, const struct fps_patch *patch);
void fps_configtest_free(struct fps_configtest *tried);

#endif
