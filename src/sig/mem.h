/*
 * Reading memory that may not be there.
 *
 * The kernel copies, so a torn pointer gives an error and not a fault: process_vm_readv() on the
 * own process, or, where a seccomp filter forbids it, write() to a pipe. May be called from a
 * signal handler, and by several threads at once.
 */
#ifndef FPS_SIG_MEM_H
#define FPS_SIG_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds out which way works here, before it is needed. At a worker's first request. */
void fps_sig_mem_init(void);

/* Called by a thread that has a table of descriptors of its own: the pipe is not in it, and it goes without. */
void fps_sig_mem_without_pipe(void);

/* Whether the pipe is what works here. */
bool fps_sig_mem_needs_pipe(void);

/* Copies len bytes from address into to. False, with `to` undefined, where any of them can't be read. */
bool fps_sig_mem_read(void *to, uintptr_t address, size_t len);

/*
 * The same through a window of one page that is read at once: for a long walk over small things
 * that lie close together, and only while nothing else changes them. Start with a zeroed window.
 */
struct fps_sig_window {
	uintptr_t start;
	bool valid;
	char bytes[4096];
};
bool fps_sig_mem_read_near(struct fps_sig_window *window, void *to, uintptr_t address, size_t len);

#endif
