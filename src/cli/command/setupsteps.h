/*
 * What is left to do once setup has put its files in place: nginx's include lines, and the reload with what it costs.
 */
#ifndef FPS_SETUPSTEPS_H
#define FPS_SETUPSTEPS_H

#include "config/serverconfig.h"

struct fps_setupsteps {
	const char *include; /* what nginx's locations have to include; NULL: no nginx here */
	bool written;        /* some file is new */
	bool tmpfiles;       /* systemd-tmpfiles has a new file to apply */
};

/* Prints the steps for these FPMs, whose configurations have been paired. */
void fps_setupsteps_print(struct fps_server *const *servers, size_t count, const struct fps_setupsteps *done);

#endif
