/*
 * A log that grows, known by its name: what is appended to it while it is renamed and made anew, or copied and cut.
 * Nobody is waited for; inotify says when to look.
 */
#ifndef FPS_TAIL_H
#define FPS_TAIL_H

#include "log/logreader.h"

/* One file that has, or had, the name. */
struct fps_tail_part {
	struct fps_linereader *source; /* NULL: there is none */
	struct fps_multiline entries;
	int watch;
};

struct fps_tail {
	const char *name;
	bool usual; /* as of fps_linereader_open() */
	int inotify;
	int trouble;                  /* the errno that was told last */
	struct fps_logreader *reader; /* borrowed: where entries go to */
	struct fps_tail_part now;
	struct fps_tail_part before; /* the one that has been renamed, which its writers go on with until they are told */
};

/*
 * Begins so many bytes before the end, with a whole line. What is not there is waited for. Says why on standard error
 * if it can't be followed. The inotify instance gets to know of everything that calls for a look.
 */
bool fps_tail_open(
	struct fps_tail *tail, const struct fps_file *file, struct fps_logreader *reader, int inotify, int64_t back);

/* After this, fps_tail_take() takes what was written up to now. */
void fps_tail_look(struct fps_tail *tail);

/* Gives the entries to the reader. False if something could not be read. */
bool fps_tail_take(struct fps_tail *tail);

/* Whether that is standard input, and has ended. */
bool fps_tail_is_over(const struct fps_tail *tail);

void fps_tail_close(struct fps_tail *tail);

#endif
