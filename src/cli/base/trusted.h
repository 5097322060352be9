/*
 * Whom a path can be trusted to. root runs this tool, and much of what it would run or read is named by somebody else:
 * by the title of a process, a configuration, a record or the environment. What the caller names by an option is the
 * caller's choice and does not come here.
 *
 * A path is walked component by component, from the root directory on, with links followed by hand. A component counts
 * as long as nobody but root and the caller can put something else in its place: its directory is theirs and nobody
 * else may write to it, or is sticky as /tmp is and the component is theirs. So what was found stays what it is, and
 * may be used by its name afterwards: those who could change it between the look and the use are those who are trusted.
 * POSIX ACLs show in the bits of the group.
 */
#ifndef FPS_TRUSTED_H
#define FPS_TRUSTED_H

#include "base/span.h"

#include <sys/stat.h>
#include <sys/types.h>

enum fps_trust {
	FPS_TRUST_ANYBODY, /* only found */
	/* a regular file that others may write to; where others can change names, no link of either kind */
	FPS_TRUST_LOG,
	FPS_TRUST_ROOT /* root's or the caller's own, with all directories on the way: programs and configuration */
};

struct fps_trusted {
	int fd;     /* O_PATH; -1: `why`, or errno where that is NULL */
	char *path; /* absolute, without links */
	char *why;  /* it was refused: a sentence without its full stop */
	struct stat status;
};

/*
 * Starts in the directory `root`, -1 for this process's own. The user `also` is trusted like root: the owner of a file
 * that the caller has named; 0: nobody else. A missing file is refused as well if others could create it.
 */
struct fps_trusted fps_trusted_find(int root, const char *path, enum fps_trust trust, uid_t also);
void fps_trusted_free(struct fps_trusted *found); /* errno stays */

/* Whether only root and the caller can replace that entry of the directory. */
bool fps_trusted_keeps(const struct stat *directory, const struct stat *entry);

/* Whether they are the same file. */
bool fps_trusted_same(const struct fps_trusted *one, const struct fps_trusted *other);

/*
 * A descriptor to read a regular file, opened without blocking; -1 and errno: EPERM if it was refused, which is noted
 * then.
 */
int fps_trusted_open(const char *path, enum fps_trust trust, uid_t also);

/* A configuration file, of at most 64 MB; NULL and errno as above. */
char *fps_trusted_read(const char *path, uid_t also, size_t *len);

/* The last lines of a log, at most 8 MB of a regular file; NULL and errno as above. The caller frees it. */
char *fps_trusted_read_end(const char *path, size_t *len);

/* The path without links of a trusted program or configuration file, to be freed; NULL and errno as above. */
char *fps_trusted_path(const char *path);

/* A directory in which only root and the caller can change names, O_PATH; -1 and errno as above. */
int fps_trusted_folder(const char *path);

/* Whether a program or a configuration file, or what could be put in its place, is refused; that is noted under that
 * name. */
bool fps_trusted_refuses(const char *path, uid_t also, const char *name);

/* What was refused, each path once. */
struct fps_refusal {
	char *path, *why;
};

/* Takes over the reason. */
void fps_trusted_note(const char *path, char *why);
const struct fps_refusal *fps_trusted_refusals(size_t *count);

/* Says them on standard error: for commands that have no findings. */
void fps_trusted_complain(void);

#endif
