/*
 * A log that grows, known by its name. Follows what is appended to it while it is renamed and created again, or copied
 * and truncated. Never blocks; inotify says when to look.
 */
#ifndef FPS_TAIL_H
#define FPS_TAIL_H

#include "log/logreader.h"

/* A file that has, or had, the name. */
struct fps_tail_part {
	struct fps_linereader *source; /* NULL: there is none */
	struct fps_multiline entries;
	int watch;
};

struct fps_tail {
	const char *name;
	bool usual; /* as in fps_linereader_open() */
	int inotify;
	int trouble;                  /* the errno that was reported last */
	struct fps_logreader *reader; /* borrowed: receives the entries */
	struct fps_tail_part now;
	struct fps_tail_part before; /* the renamed file, to which its writers append until they reopen the log */
};

/*
 * Starts at a whole line, at most that many bytes before the end. Waits for a log that does not exist yet. Prints why
 * it can't be followed. Adds everything that calls for a look to the inotify instance.
 */
bool fps_tail_open(
	struct fps_tail *tail, const struct fps_file *file, struct fps_logreader *reader, int inotify, int64_t back);

/* Makes fps_tail_take() read everything written up to now. */
void fps_tail_look(struct fps_tail *tail);

/* Gives the entries to the reader; at last, what has no end yet as well. False if something could not be read. */
bool fps_tail_take(struct fps_tail *tail, bool last);

/* Whether it is standard input, and has ended. */
bool fps_tail_is_over(const struct fps_tail *tail);

void fps_tail_close(struct fps_tail *tail);

#endif
