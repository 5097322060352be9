/*
 * Another program, run without a shell: what it says, and how it ended.
 */
#ifndef FPS_RUN_H
#define FPS_RUN_H

#include "base/span.h"

struct fps_output {
	char *out, *errors; /* never NULL */
	size_t out_len, errors_len;
	int status;         /* exit status; -1: by a signal, not started, too slow or too much to say; then `errors` says so */
};

/*
 * `arguments` ends with NULL; descriptors without close-on-exec stay open. Ended after a minute, or at 64 MB of output.
 * A name without a slash is looked for by fps_environment_program(); a path is used as it is: the caller's choice, or checked before.
 * It is run in the root directory, so that nothing relative leads to a directory that is whoever's.
 */
struct fps_output fps_run(const char *const *arguments);
void fps_run_free(struct fps_output *output);

/* A whole file, "-" for standard input, of at most 64 MB. NULL and errno if it can't be read. */
char *fps_run_read_file(const char *name, size_t *len);

/* The same of a descriptor, which is closed. */
char *fps_run_read_open(int fd, size_t *len);

/* The last lines of a log, which has to be a regular file, 8 MB of them at most; NULL if it can't be read or is refused (trusted.h). */
char *fps_run_read_end(const char *name, size_t *len);

#endif
