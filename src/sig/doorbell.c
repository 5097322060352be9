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

static struct end {
	int fd;
	struct stat was;
} bell = {.fd = -1}, peer = {.fd = -1};

/* A library may have closed it, as daemons do, and have something else there: that is left alone. */
static bool is_there(const struct end *end)
{
	struct stat status;

	return end->fd >= 0 && fstat(end->fd, &status) == 0 && status.st_ino == end->was.st_ino
		&& status.st_dev == end->was.st_dev;
}

void fps_sig_doorbell_init(int own_bell, int peer_end)
{
	bell.fd = own_bell;
	peer.fd = fstat(own_bell, &bell.was) == 0 && fstat(peer_end, &peer.was) == 0 ? peer_end : -1;
}

/* A pipe that nobody can write to any more has hung up. */
bool fps_sig_doorbell_answers(void)
{
	struct pollfd pipe = {.fd = peer.fd};

	return is_there(&peer) && poll(&pipe, 1, 0) == 0;
}

/* A counter that is full has rung already. All eventfds have one inode, so the pipe has to be there as well. */
bool fps_sig_doorbell_ring(void)
{
	const uint64_t once = 1;

	return fps_sig_doorbell_answers() && is_there(&bell)
		&& (write(bell.fd, &once, sizeof once) == (ssize_t) sizeof once || errno == EAGAIN);
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
