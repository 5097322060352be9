/*
 * The engine's own state, read where the engine keeps it.
 *
 * With phpstack.c the only file of this directory that knows PHP's types. fps_sig_engine_init()
 * takes the addresses while the process is well, so that the rest works on any thread and may be
 * called from a signal handler.
 */
#ifndef FPS_SIG_ENGINE_H
#define FPS_SIG_ENGINE_H

#include "phpstack.h"

#include <signal.h>

/* At a worker's first request, on PHP's thread. */
void fps_sig_engine_init(void);

/* Where the walk over the PHP stack starts. */
void fps_sig_engine_vm(struct fps_sig_vm *vm);

/*
 * The draft's phase (what the hooks have put into the slot, made finer), headers_sent and
 * finished. Reads nothing but globals: can't fault.
 */
void fps_sig_engine_state(const struct fps_slot *slot, struct fps_draft *draft);

/* The request's limits as they are now: ini_set() and set_time_limit() change them. Can't fault. */
void fps_sig_engine_limits(struct fps_request *request);

/*
 * The draft's memory; goes into the memory manager's heap, which may be corrupt. False where that is
 * another thread's (ZTS): then it has nothing but memory_rss.
 */
bool fps_sig_engine_memory(struct fps_draft *draft);

/* What the memory manager has taken from the system, which is what memory_limit limits; 0 as above. */
uint64_t fps_sig_engine_memory_taken(void);

/*
 * The engine's own measure of max_execution_time, which set_time_limit() begins anew. False where there is
 * no limit, where it has been passed, and in builds that measure otherwise (ZTS).
 */
bool fps_sig_engine_time(uint64_t *limit_us, uint64_t *left_us);

/* Whether the web server has its answer with the headers, and need not wait for the end: HEAD, 204, 304. */
bool fps_sig_engine_is_answered(void);

/* CPU time that PHP's thread has used, in microseconds, and of the draft's request, where that is known. */
uint64_t fps_sig_engine_cpu_us(void);
void fps_sig_engine_cpu(const struct fps_slot *slot, struct fps_draft *draft);

/*
 * Where the stack that the calling thread is on ends, at its low side: a fiber's, or about, to
 * within what arguments and environment take, the main one's. 0 where it is not known: on another
 * thread than PHP's, or without a limit.
 */
uintptr_t fps_sig_engine_stack_end(void);

/*
 * Whether the engine hands on a siginfo that is gone: while it is in a critical section it puts
 * signals off, and keeps pointers into the kernel's frame. Where it never did, false for certain;
 * true also for a live one at the very place of one that was put off before.
 */
bool fps_sig_engine_has_deferred(const siginfo_t *info);

/*
 * Puts `ours` around the engine's handler of its timeout signal, wherever the engine has put its
 * own in again: at the start of a request, and when the signal has come for the first time.
 */
void fps_sig_engine_wrap_timeout(void (*ours)(int, siginfo_t *, void *));

/* Calls the engine's own. */
void fps_sig_engine_call_timeout(int number, siginfo_t *info, void *context);

/* Whether that will end the process: it is the engine's own signal, and the soft timeout was passed before. */
bool fps_sig_engine_is_hard_timeout(const siginfo_t *info);

/*
 * The FastCGI connection of the request: its descriptor, -1 once it is closed, and its request
 * id. False if there is none.
 */
bool fps_sig_engine_connection(int *fd, int *request_id);

/* The socket that the request's connection was accepted from; false if there is none. */
bool fps_sig_engine_listener(int *fd);

#endif
