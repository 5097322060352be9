#include "sig/saferead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A pipe takes PIPE_BUF bytes at once, and it is emptied after every write. */
#define PIPE_CHUNK 4096
/* Texts are mostly short. */
#define TEXT_PIECE 256

static int probe_pipe[2] = {-1, -1};
static _Atomic bool pipe_in_use;
static _Atomic pid_t self; /* 0: not asked yet */
static _Atomic long apart; /* a thread in whose table it is not */

static bool is_apart(void)
{
	long thread = atomic_load(&apart);

	return thread && syscall(SYS_gettid) == thread;
}

/* A seccomp filter that forbids process_vm_readv() may come late, from a library of the application. */
static bool open_pipe(int error)
{
	return !is_apart() && (error == EPERM || error == ENOSYS) && pipe2(probe_pipe, O_CLOEXEC | O_NONBLOCK) == 0;
}

static bool read_through(const int ends[2], char *to, uintptr_t address, size_t len)
{
	while (len > 0) {
		size_t chunk = len < PIPE_CHUNK ? len : PIPE_CHUNK;
		ssize_t written;

		do {
			written = write(ends[1], (const void *) address, chunk);
		} while (written == -1 && errno == EINTR);
		if (written <= 0 || read(ends[0], to, (size_t) written) != written) {
			return false;
		}
		to += written;
		address += (size_t) written;
		len -= (size_t) written;
	}
	return true;
}

/*
 * Whoever finds the pipe in use, by another thread or by what a handler has interrupted, takes one of
 * its own: neither may find the other's bytes.
 */
static bool read_through_pipe(char *to, uintptr_t address, size_t len)
{
	int own[2];
	bool whole;

	if (!atomic_exchange(&pipe_in_use, true)) {
		whole = read_through(probe_pipe, to, address, len);
		atomic_store(&pipe_in_use, false);
		return whole;
	}
	if (pipe2(own, O_CLOEXEC | O_NONBLOCK) == -1) {
		return false;
	}
	whole = read_through(own, to, address, len);
	close(own[0]);
	close(own[1]);
	return whole;
}

bool fps_sig_saferead_copy(void *to, uintptr_t address, size_t len)
{
	if (len == 0 || address == 0 || address + len < address) {
		return false;
	}
	if (probe_pipe[0] == -1) {
		pid_t pid = atomic_load_explicit(&self, memory_order_relaxed);
		struct iovec local = {.iov_base = to, .iov_len = len};
		struct iovec remote = {.iov_base = (void *) address, .iov_len = len};
		ssize_t copied = process_vm_readv(pid ? pid : getpid(), &local, 1, &remote, 1, 0);

		if (copied == (ssize_t) len) {
			return true;
		}
		if (copied != -1 || !open_pipe(errno)) {
			return false;
		}
	}
	return !is_apart() && read_through_pipe(to, address, len);
}

void fps_sig_saferead_without_pipe(void)
{
	atomic_store(&apart, syscall(SYS_gettid));
}

bool fps_sig_saferead_needs_pipe(void)
{
	return probe_pipe[0] != -1;
}

void fps_sig_saferead_begin(void)
{
	atomic_store_explicit(&self, getpid(), memory_order_relaxed);
}

void fps_sig_saferead_init(void)
{
	char here = 1, there;

	fps_sig_saferead_begin();
	(void) fps_sig_saferead_copy(&there, (uintptr_t) &here, sizeof here);
}

size_t fps_sig_saferead_copy_text(char *to, uintptr_t address, size_t size)
{
	size_t len = 0, n, got;

	do { /* no further than to where a page may end */
		n = TEXT_PIECE - (address + len) % TEXT_PIECE;
		n = n < size - 1 - len ? n : size - 1 - len;
		got = n > 0 && fps_sig_saferead_copy(to + len, address + len, n) ? strnlen(to + len, n) : 0;
		len += got;
	} while (got > 0 && got == n);
	to[len] = '\0';
	return len;
}

/* The piece that begins there; NULL if it can't be read. */
static const char *read_piece(struct fps_sig_window *window, uintptr_t start)
{
	uint32_t next = window->next;

	for (uint32_t i = 0; i < FPS_SIG_PIECES; i++) {
		if (window->start[i] == start) {
			return window->bytes[i];
		}
	}
	window->start[next] = 0;
	if (!fps_sig_saferead_copy(window->bytes[next], start, FPS_SIG_PIECE)) {
		return NULL;
	}
	window->start[next] = start;
	window->next = (next + 1) % FPS_SIG_PIECES;
	return window->bytes[next];
}

bool fps_sig_saferead_copy_near(struct fps_sig_window *window, void *to, uintptr_t address, size_t len)
{
	uintptr_t start = address & ~(uintptr_t) (FPS_SIG_PIECE - 1);
	const char *piece;

	if (start == 0 || len > FPS_SIG_PIECE - (address - start)) {
		return fps_sig_saferead_copy(to, address, len);
	}
	piece = read_piece(window, start);
	if (piece) {
		memcpy(to, piece + (address - start), len);
	}
	return piece != NULL;
}
