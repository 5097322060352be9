/*
 * Facts about a process out of /proc, read with open(), read() and close() only. In a chroot without /proc they are
 * unknown. May be called from a signal handler.
 */
#ifndef FPS_SIG_PROC_H
#define FPS_SIG_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fps_identity;

/* The command's name (16 bytes with its NUL, as in /proc/PID/comm); "" if not known. */
void fps_sig_proc_command(int32_t pid, char command[16]);

/* The parent's pid, 0 if not known. */
int32_t fps_sig_proc_parent(int32_t pid);

/* Its session, which is the pid of the process that has begun it; 0 if not known. */
int32_t fps_sig_proc_session(int32_t pid);

/* Whether the other one is its parent, or a parent's parent and so on, as far as they are still there. */
bool fps_sig_proc_descends(int32_t pid, int32_t ancestor);

/* 'R', 'S', 'Z' ...; 0 if there is no such process, or no /proc. */
int fps_sig_proc_state(int32_t pid);

/*
 * Whether it has begun to end, or has a SIGKILL to come: with much memory that takes its time. False if there is no
 * such process.
 */
bool fps_sig_proc_is_dying(int32_t pid);

/*
 * Signals of its main thread as sets, bit n - 1 for signal n, and those on their way to the process. False if not
 * known.
 */
struct fps_sig_proc_signals {
	uint64_t pending, blocked, ignored;
};
bool fps_sig_proc_signals(int32_t pid, struct fps_sig_proc_signals *signals);

/*
 * Of a process that has ended, and that its parent has not reaped: whether it had become another program since it was
 * forked, and that one's name. False if it is not known any more. start_ticks: of that process, 0 if not known.
 */
bool fps_sig_proc_has_executed(int32_t pid, uint64_t start_ticks, bool *executed, char command[16]);

/* How a zombie ended, as of waitpid(); 0 also where the kernel hides that from us, or is not asked. */
int fps_sig_proc_exit_status(int32_t pid);

/* When the process, 0 for this one, started, in clock ticks since boot; 0 if not known. */
uint64_t fps_sig_proc_start_ticks(int32_t pid);

/* Of the process with that pid: started_us and started_ticks. What is not known stays as it was. */
void fps_sig_proc_set_start(struct fps_identity *who);

/* Where the heap of this process starts, which ends at sbrk(0); 0 if not known. */
uint64_t fps_sig_proc_self_heap(void);

/*
 * The seccomp mode and filters of this process's first thread, as a number that another filter makes another one
 * (before Linux 5.10: the first one).
 */
uint32_t fps_sig_proc_self_filters(void);

/* Where this process has its arguments, and where its environment ends, which follows them; 0 if not known. */
void fps_sig_proc_self_arguments(uint64_t *start, uint64_t *end, uint64_t *environment_end);

/* Resident memory of this process in bytes, 0 if not known. */
uint64_t fps_sig_proc_self_rss(void);

/* What RLIMIT_AS and RLIMIT_DATA limit, of this process, in bytes; 0 if not known. */
void fps_sig_proc_self_mapped(uint64_t *address_space, uint64_t *data);

/* vm.overcommit_memory: 0, 1 or 2; 0 also if not known. */
int fps_sig_proc_overcommit(void);

/* How long this thread has waited for a CPU while it could have run, in nanoseconds since its start; 0 if not known. */
uint64_t fps_sig_proc_waited_ns(void);

#endif
