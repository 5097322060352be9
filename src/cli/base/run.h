/*
 * Runs another program, without a shell: its output, and how it ended.
 */
#ifndef FPS_RUN_H
#define FPS_RUN_H

#include "base/span.h"

#include <sys/types.h>

struct fps_output {
	char *out, *errors; /* never NULL */
	size_t out_len, errors_len;
	/* exit status; -1: by a signal, not started, too slow or too much to say; then `errors` says so */
	int status;
};

/*
 * `arguments` ends with NULL; descriptors without close-on-exec stay open. Ended after a minute, or at 64 MB of output.
 * A name without a slash is looked for by fps_environment_program(); a path is used as it is: the caller's choice, or
 * checked before. It is run in the root directory, so that nothing relative leads to a directory that is whoever's.
 */
struct fps_output fps_run(const char *const *arguments);
void fps_run_free(struct fps_output *output);

/*
 * A program that turns one file into another, as a decompressor: reads `in` and says on this program's standard error
 * what is wrong. Returns the descriptor of its output, -1 if there is no such program; fps_run_filter_end() closes it.
 * Works beside this one.
 */
int fps_run_filter(const char *const *arguments, int in, pid_t *child);

/*
 * A program that shows something on this program's terminal: a pager, man. `path` is absolute, and trusted; `in` is its
 * standard input. As root it gets a reduced environment (environment.h). -1: it could not be started. Ends by
 * fps_run_filter_end().
 */
pid_t fps_run_shown(const char *path, const char *const *arguments, int in);

/* Its exit status, -1: by a signal. SIGPIPE, by which it ends when not all is read, counts as success. */
int fps_run_filter_end(pid_t child);

#endif
