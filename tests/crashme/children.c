/*
 * Children of the process, whose ends are no deaths of their parent's request.
 */
#include "crashme.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static zend_long end_of(pid_t child)
{
	int status = -1;

	while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
	}
	return status;
}

CRASHME_ENTRY(fork)
{
	pid_t child = fork();

	if (child == 0) {
		if (arg > 0) {
			raise((int) arg);
		} else if (arg == 0) {
			crashme_null_write(0, NULL);
		}
		_exit(0);
	}
	RETVAL_LONG(end_of(child));
}

CRASHME_ENTRY(fork_on)
{
	RETVAL_LONG(fork());
}

CRASHME_ENTRY(fork_exit)
{
	pid_t child = fork();

	if (child == 0) {
		exit((int) arg);
	}
	RETVAL_LONG(end_of(child));
}

CRASHME_ENTRY(fork_late)
{
	pid_t child = fork();

	if (child == 0) {
		crashme_nap(arg, return_value);
		crashme_null_write(0, NULL);
	}
	RETVAL_LONG(child);
}
