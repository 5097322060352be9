/*
 * Reading memory that may not be there.
 *
 * The kernel copies, so a torn pointer gives an error and not a fault: process_vm_readv() on the
 * own process, or, where a seccomp filter forbids it, write() to a pipe. May be called from a
 * signal handler, and by several threads at once.
 */
#ifndef FPS_SIG_SAFEREAD_H
#define FPS_SIG_SAFEREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds out which way works here, before it is needed. At a worker's first request. */
void fps_sig_saferead_init(void);

/* Asks which process this is, whose memory is read from now on: in a child, and at the beginning of a death. */
void fps_sig_saferead_begin(void);

/* Called by a thread that has a table of descriptors of its own: the pipe is not in it, and it goes without. */
void fps_sig_saferead_without_pipe(void);

/* Whether the pipe is what works here. */
bool fps_sig_saferead_needs_pipe(void);

/* Copies len bytes from address into to. False, with `to` undefined, where any of them can't be read. */
bool fps_sig_saferead_copy(void *to, uintptr_t address, size_t len);

/*
 * A text of less than size bytes, up to its NUL or to where no more can be read: its length. `to` always ends with a
 * NUL.
 */
size_t fps_sig_saferead_copy_text(char *to, uintptr_t address, size_t size);

/*
 * The same through a window of a few pieces that are read at once: for a long walk over small things
 * that lie close together, and only while nothing else changes them. Start with a zeroed window.
 */
#define FPS_SIG_PIECE 1024
#define FPS_SIG_PIECES 4
struct fps_sig_window {
	uintptr_t start[FPS_SIG_PIECES]; /* 0: nothing is read yet */
	uint32_t next;                   /* the one that gives way */
	char bytes[FPS_SIG_PIECES][FPS_SIG_PIECE];
};
bool fps_sig_saferead_copy_near(struct fps_sig_window *window, void *to, uintptr_t address, size_t len);

#endif
