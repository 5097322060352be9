/*
 * The engine's own state, read where the engine keeps it.
 *
 * One of four files of this directory that know PHP's types, with fcgi, heap and phpstack. fps_sig_engine_init() takes
 * the addresses while the process is well, so the rest works on any thread and may be called from a signal handler.
 *
 * In a ZTS build each of PHP's threads has its own state. The state read here is that of the thread that called
 * fps_sig_engine_init(), unless a function says otherwise.
 */
#ifndef FPS_SIG_ENGINE_H
#define FPS_SIG_ENGINE_H

#include "sig/phpstack.h"
#include "sig/stackbounds.h"

#include <signal.h>

/* At a worker's first request, on PHP's thread. */
void fps_sig_engine_init(void);

/* In a process that has just been forked: PHP's thread, if it is the one that forked, has another number here. */
void fps_sig_engine_be_child(void);

/*
 * Once a second thread has run PHP in this process (ZTS): says so, for good; whether that is so; and whether it is, and
 * the calling thread is not the one whose state is read here.
 */
void fps_sig_engine_share(void);
bool fps_sig_engine_is_shared(void);
bool fps_sig_engine_is_elsewhere(void);

/* Where the walk over the PHP stack starts; and over that of the calling thread, false if it is no thread of PHP's. */
void fps_sig_engine_vm(struct fps_sig_vm *vm);
bool fps_sig_engine_vm_here(struct fps_sig_vm *vm);

/* Whether the calling thread is PHP's, or one of PHP's, and not a library's. */
bool fps_sig_engine_is_php_here(void);

/*
 * Where the function is that executes PHP's opcodes, execute_ex(); and whether that address may be in it, true as long
 * as nobody has said where it is.
 */
void fps_sig_engine_set_execution(uintptr_t begin, size_t size);
bool fps_sig_engine_may_be_execution(uint64_t address);

/* Whether the calling thread is in PHP code. */
bool fps_sig_engine_is_executing_here(void);

/*
 * The draft's phase (what the hooks have put into the slot, made finer), headers_sent and
 * finished. Reads nothing but globals: can't fault.
 */
void fps_sig_engine_state(const struct fps_slot *slot, struct fps_draft *draft);

/* The request's limits as they are now: ini_set() and set_time_limit() change them. Can't fault. */
void fps_sig_engine_limits(struct fps_request *request);

/*
 * The draft's memory; goes into the memory manager's heap, which may be corrupt. False where its numbers were not
 * found (ZTS) or are not plausible: then the draft has nothing but memory_rss.
 */
bool fps_sig_engine_memory(struct fps_draft *draft);

/*
 * The engine's own measure of max_execution_time, which set_time_limit() starts again. False where there is no limit,
 * where it has been passed, and where several threads share one timer (ZTS).
 */
bool fps_sig_engine_time(uint64_t *limit_us, uint64_t *left_us);

/* Whether the web server has its answer with the headers, and need not wait for the end: HEAD, 204, 304. */
bool fps_sig_engine_is_answered(void);

/* CPU time that PHP's thread has used, in microseconds, and of the draft's request, where that is known. */
uint64_t fps_sig_engine_cpu_us(void);
void fps_sig_engine_cpu(const struct fps_slot *slot, struct fps_draft *draft);

/*
 * The stack that the calling thread is on: a fiber's, or about, to within what arguments and environment take, the main
 * one's, whose end is not known without a limit. Nothing is known of it on another thread than PHP's.
 */
void fps_sig_engine_stack(struct fps_sig_stack *stack);

/*
 * Whether the engine hands on a siginfo that is gone: while it is in a critical section it puts
 * signals off, and keeps pointers into the kernel's frame. Where it never did, false for certain;
 * true also for a live one at the very place of one that was put off before.
 */
bool fps_sig_engine_has_deferred(const siginfo_t *info);

/*
 * Puts `ours` around the engine's handler of its timeout signal, wherever the engine has put its
 * own in again: at the start of a request, and when the signal has come for the first time. Not in a ZTS build,
 * where that never ends the process.
 */
void fps_sig_engine_wrap_timeout(void (*ours)(int, siginfo_t *, void *));

/* Calls the engine's own. */
void fps_sig_engine_call_timeout(int number, siginfo_t *info, void *context);

/* Whether that will end the process: it is the engine's own signal, and the soft timeout was passed before. */
bool fps_sig_engine_is_hard_timeout(const siginfo_t *info);

/* FPM's fcgi_request, for fps_sig_fcgi_read(); 0: there is none. */
uintptr_t fps_sig_engine_request(void);

/*
 * The FastCGI connection of the request: its descriptor, -1 once it is closed, and its request
 * id. False if there is none.
 */
bool fps_sig_engine_connection(int *fd, int *request_id);

/* The socket that the request's connection was accepted from; false if there is none. */
bool fps_sig_engine_listener(int *fd);

#endif
