#include "sig/doorbell.h"

#include "sig/futex.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How often a wait looks whether the coroner is still there. */
#define LOOK_MS 10
#define LOOK_NS 10000000L

static int doorbell = -1;
static struct stat pipe_of;

void fps_sig_doorbell_init(int fd)
{
	doorbell = fd >= 0 && fstat(fd, &pipe_of) == 0 ? fd : -1;
}

/* A library may have closed it, as daemons do, and have something else there: that is left alone. */
static bool is_there(void)
{
	struct stat status;

	return doorbell >= 0 && fstat(doorbell, &status) == 0 && status.st_ino == pipe_of.st_ino
		&& status.st_dev == pipe_of.st_dev;
}

/* A pipe that nobody reads any more is in error. */
bool fps_sig_doorbell_answers(void)
{
	struct pollfd pipe = {.fd = doorbell, .events = POLLOUT};

	return is_there() && poll(&pipe, 1, 0) >= 0 && !(pipe.revents & (POLLERR | POLLNVAL));
}

/* A full pipe has rung already. */
bool fps_sig_doorbell_ring(void)
{
	return fps_sig_doorbell_answers() && (write(doorbell, "", 1) == 1 || errno == EAGAIN);
}

bool fps_sig_doorbell_wait(_Atomic uint32_t *handoff, enum fps_handoff state, uint32_t milliseconds)
{
	struct timespec look = {.tv_nsec = LOOK_NS};
	uint32_t now = atomic_load_explicit(handoff, memory_order_acquire);

	for (uint32_t waited = 0; now != state && waited < milliseconds && fps_sig_doorbell_answers(); waited += LOOK_MS) {
		fps_sig_futex_wait(handoff, now, &look, 0);
		now = atomic_load_explicit(handoff, memory_order_acquire);
	}
	return now == state;
}
