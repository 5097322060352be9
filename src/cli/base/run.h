/*
 * Another program, run without a shell: what it says, and how it ended.
 */
#ifndef FPS_RUN_H
#define FPS_RUN_H

#include "base/span.h"

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

#endif
