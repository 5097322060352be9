/* pidfd.c: a child is killed, by its descriptor or where that does not work by its pid. */
#include "unit.h"

#include "pidfd.h"

#include <fcntl.h>
#include <signal.h>

static void kills(const char *how, int (*open_pidfd)(pid_t child))
{
	int status = 0, pidfd;
	pid_t child = fork();

	UNIT_CASE(how);
	if (child == 0) {
		for (;;) {
			pause();
		}
	}
	pidfd = open_pidfd(child);
	fps_pidfd_kill(child, pidfd);
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	if (pidfd >= 0) {
		close(pidfd);
	}
	UNIT_CASE("");
}

static int none(pid_t child)
{
	(void) child;
	return -1;
}

/* As a kernel or a filter that refuses it: the call fails. */
static int refused(pid_t child)
{
	(void) child;
	return open("/dev/null", O_RDONLY);
}

static void a_child(void)
{
	kills("by its descriptor", fps_pidfd_open);
	kills("without one", none);
	kills("refused", refused);
}

UNIT_MAIN(TEST(a_child))
