/*
 * A pager for long output on a terminal: FPMSENTINEL_PAGER, PAGER, or less.
 */
#ifndef FPS_PAGER_H
#define FPS_PAGER_H

#include "base/options.h"

/*
 * Standard output, and standard error where it is the same terminal, go to a pager from now on, which is started; not
 * where standard output is no terminal, or the pager is none. Call it before the first output. A pager that others can
 * replace (trusted.h) is not run, which is noted.
 */
void fps_pager_begin(void);

/* Waits until the pager is left. */
void fps_pager_end(void);

/* --no-pager; its field is not used. */
fps_options_setter fps_pager_never;

#define FPS_PAGER_ROW \
	{ \
		0, "no-pager", NULL, NULL, "print without a pager, also on a terminal", fps_pager_never, 0 \
	}

#endif
