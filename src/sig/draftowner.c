#include "sig/draftowner.h"

#include "sig/handlertimeout.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The thread that has entered; minus the one that has borrowed it; 0: none. */
static _Atomic int32_t owner;

static int32_t here(void)
{
	return (int32_t) syscall(SYS_gettid);
}

void fps_sig_draftowner_enter(uint32_t seconds)
{
	int32_t thread = here(), current;

	for (uint32_t ms = 0; ms < seconds * 2000 * FPS_SIG_HANDLERTIMEOUT_MOST; ms++) {
		current = 0;
		if (atomic_compare_exchange_strong(&owner, &current, thread) || current == thread) {
			return;
		}
		if (current == -thread) {
			break; /* it dies while it makes an event */
		}
		poll(NULL, 0, 1);
	}
	atomic_store(&owner, thread);
}

void fps_sig_draftowner_leave(void)
{
	atomic_store(&owner, 0);
}

bool fps_sig_draftowner_is_here(void)
{
	return atomic_load(&owner) == here();
}

bool fps_sig_draftowner_is_anyone(void)
{
	return atomic_load(&owner) != 0;
}

bool fps_sig_draftowner_borrow(void)
{
	int32_t none = 0;

	return atomic_compare_exchange_strong(&owner, &none, -here());
}

void fps_sig_draftowner_give_back(void)
{
	int32_t borrowed = -here();

	atomic_compare_exchange_strong(&owner, &borrowed, 0);
}
