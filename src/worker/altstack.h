/* The stack that fault handlers run on: after an overflow there is no other. */
#ifndef FPS_ALTSTACK_H
#define FPS_ALTSTACK_H

/*
 * Gives the calling thread an alternate stack between two guard pages, its memory already there,
 * unless it has one that is as big. 0, or -1 with errno. At a worker's first request.
 */
int fps_altstack_install(void);

#endif
