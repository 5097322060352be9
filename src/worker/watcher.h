/*
 * The watcher: a thread in each FPM worker that takes a sample of a request that lasts.
 *
 * It parks on a futex once the worker has been idle for a while. Awake it looks by the clock, whatever
 * the worker does, so that a busy one never has to wake it.
 */
#ifndef FPS_WATCHER_H
#define FPS_WATCHER_H

#include "worker/workerconfig.h"

/*
 * Starts it for the worker's slot. 0, or an errno: then there are no samples. At a worker's first request,
 * on PHP's thread, once the handlers stand and the slot holds the request.
 */
int fps_watcher_start(struct fps_slot *slot, const struct fps_config *config);

/* From the return on it looks no more. In MSHUTDOWN, and where none was started. */
void fps_watcher_stop(void);

/* In MINIT: the watcher is to share PHP's table of descriptors, as threads do that valgrind knows. */
void fps_watcher_stay(void);

/* In a child that the worker has forked: threads are not inherited. */
void fps_watcher_forget(void);

extern _Atomic uint32_t fps_watcher_parked FPS_HIDDEN;

/* Whether it looks: then it is it that notes when the SAPI was found to be sending the end of an answer. */
extern bool fps_watcher_runs FPS_HIDDEN;
void fps_watcher_unpark(void);

/*
 * A request has begun: the slot's phase says so already. The fence, with its twin in park(), has
 * either this side see that the watcher has parked or that one see the request.
 */
static zend_always_inline void fps_watcher_wake(void)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (UNEXPECTED(atomic_load_explicit(&fps_watcher_parked, memory_order_relaxed))) {
		fps_watcher_unpark();
	}
}

#endif
