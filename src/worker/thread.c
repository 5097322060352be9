#include "worker/thread.h"

#include "sig/saferead.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_SIZE 65536

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(SANITIZED)

/* libc's descriptor of a thread, with room to grow: it begins at the thread pointer, or ends there. */
#ifdef __x86_64__
#define BELOW 64
#define ABOVE 3072
#else
#define BELOW 3072
#define ABOVE 64
#endif

static int call(void *run)
{
	((void (*)(void)) run)();
	return 0;
}

static uintptr_t thread_pointer(void)
{
	uintptr_t pointer;

#ifdef __x86_64__
	__asm__("mov %%fs:0, %0" : "=r"(pointer));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(pointer));
#endif
	return pointer;
}

/* Page by page; what is not there is not needed. */
static void copy_pages(char *to, uintptr_t origin, uintptr_t from, uintptr_t end, size_t page)
{
	for (uintptr_t at = from / page * page; at < end; at += page) {
		fps_sig_saferead_copy(to + (at - origin), at, page);
	}
}

/*
 * The thread-local storage is a copy of this thread's, as far as the functions need it that may be
 * called: errno and what the compiler's stack protector compares. What lies between takes addresses and no memory. NULL
 * with errno if there is no memory.
 */
static char *copy_storage(uintptr_t *pointer, size_t page)
{
	uintptr_t ours = thread_pointer(), number = (uintptr_t) &errno;
	uintptr_t start = ((ours < number ? ours : number) - BELOW - ABOVE) / page * page;
	uintptr_t end = ((ours > number ? ours : number) + BELOW + ABOVE) / page * page + page;
	char *storage = mmap(NULL, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (storage == MAP_FAILED) {
		return NULL;
	}
	copy_pages(storage, start, ours - BELOW, ours + ABOVE, page);
	copy_pages(storage, start, number, number + sizeof errno, page);
	*pointer = (uintptr_t) storage + (ours - start);
#ifdef __x86_64__
	/* The thread pointer can only be read through itself, and libc's descriptor begins there. */
	((uintptr_t *) *pointer)[0] = *pointer;
	((uintptr_t *) *pointer)[2] = *pointer;
#endif
	return storage;
}

static int start(void (*run)(void), bool apart)
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | (apart ? 0 : CLONE_FILES);
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	char *stack = mmap(NULL, page + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	uintptr_t pointer;
	int error;

	if (stack == MAP_FAILED) {
		return errno;
	}
	/* Neither is given back: at the end of the thread the process ends as well. */
	if (mprotect(stack, page, PROT_NONE) == -1 || !copy_storage(&pointer, page)
		|| clone(call, stack + page + STACK_SIZE, flags, (void *) run, NULL, (void *) pointer, NULL) == -1) {
		error = errno;
		munmap(stack, page + STACK_SIZE);
		return error;
	}
	return 0;
}

bool fps_thread_can_be_apart(int *self)
{
	int copy;

	*self = (int) syscall(SYS_pidfd_open, getpid(), 0);
	copy = *self >= 0 ? (int) syscall(SYS_pidfd_getfd, *self, *self, 0) : -1;
	if (copy >= 0 && syscall(SYS_close_range, ~0U, ~0U, 0) == 0) {
		close(copy);
		return true;
	}
	for (int i = 0; i < 2; i++) {
		if ((i ? copy : *self) >= 0) {
			close(i ? copy : *self);
		}
	}
	*self = -1;
	return false;
}

void fps_thread_keep_only(const int *keep, size_t count)
{
	unsigned first = 0, next;

	do {
		next = ~0U;
		for (size_t i = 0; i < count; i++) {
			next = keep[i] >= 0 && (unsigned) keep[i] >= first && (unsigned) keep[i] < next ? (unsigned) keep[i] : next;
		}
		if (first < next) {
			syscall(SYS_close_range, first, next == ~0U ? next : next - 1, 0);
		}
		first = next + 1;
	} while (next != ~0U);
}

#else

static void *call(void *run)
{
	((void (*)(void)) run)();
	return NULL;
}

static int start(void (*run)(void), bool apart)
{
	(void) apart;
	pthread_attr_t attributes;
	pthread_t thread;
	int error = pthread_attr_init(&attributes);

	if (error) {
		return error;
	}
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	error = pthread_create(&thread, &attributes, call, (void *) run);
	pthread_attr_destroy(&attributes);
	return error;
}

bool fps_thread_can_be_apart(int *self)
{
	*self = -1;
	return false;
}

void fps_thread_keep_only(const int *keep, size_t count)
{
	(void) keep, (void) count;
}

#endif

/* Blocks all signals in this thread, except glibc's internal ones (setxid). */
int fps_thread_start(void (*run)(void), bool apart)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = start(run, apart);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}
