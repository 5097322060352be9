/*
 * What /proc tells of a process, read with nothing but open(), read() and close(). In a chroot
 * without /proc all of it is simply not known. May be called from a signal handler.
 */
#ifndef FPS_SIG_PROC_H
#define FPS_SIG_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command's name (16 bytes with its NUL, as in /proc/PID/comm); "" if not known. */
void fps_sig_proc_command(int32_t pid, char command[16]);

/* The parent's pid, 0 if not known. */
int32_t fps_sig_proc_parent(int32_t pid);

/* When this process started, in clock ticks since boot; 0 if not known. */
uint64_t fps_sig_proc_self_start_ticks(void);

/* Resident memory of this process in bytes, 0 if not known. */
uint64_t fps_sig_proc_self_rss(void);

#endif
