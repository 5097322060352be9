#include "worker/thread.h"

#include "sig/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK_SIZE 65536

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
# define SANITIZED
#elif defined(__has_feature)
# if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#  define SANITIZED
# endif
#endif

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(SANITIZED)

/* What libc has beside the thread pointer, and a margin; and as much beyond errno. */
#define MARGIN 4096

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

/*
 * The thread-local storage is a copy of this thread's, as far as the functions need it that may be
 * called: errno and what the compiler's stack protector compares. NULL with errno if there is no memory.
 */
static char *copy_storage(uintptr_t *pointer)
{
	uintptr_t ours = thread_pointer(), number = (uintptr_t) &errno;
	uintptr_t start = (ours < number ? ours : number) / MARGIN * MARGIN - MARGIN;
	uintptr_t end = ((ours > number ? ours : number) / MARGIN + 2) * MARGIN;
	char *storage = mmap(NULL, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (storage == MAP_FAILED) {
		return NULL;
	}
	for (uintptr_t at = start; at < end; at += MARGIN) {
		fps_sig_mem_read(storage + (at - start), at, MARGIN); /* what is not there is not needed */
	}
	*pointer = (uintptr_t) storage + (ours - start);
#ifdef __x86_64__
	/* The thread pointer can only be read through itself, and libc's descriptor begins there. */
	((uintptr_t *) *pointer)[0] = *pointer;
	((uintptr_t *) *pointer)[2] = *pointer;
#endif
	return storage;
}

static int start(void (*run)(void))
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS;
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	char *stack = mmap(NULL, page + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	uintptr_t pointer;
	int error;

	if (stack == MAP_FAILED) {
		return errno;
	}
	/* Neither is given back: at the end of the thread the process ends as well. */
	if (mprotect(stack, page, PROT_NONE) == -1 || !copy_storage(&pointer)
		|| clone(call, stack + page + STACK_SIZE, flags, (void *) run, NULL, (void *) pointer, NULL) == -1) {
		error = errno;
		munmap(stack, page + STACK_SIZE);
		return error;
	}
	return 0;
}

#else

static void *call(void *run)
{
	((void (*)(void)) run)();
	return NULL;
}

static int start(void (*run)(void))
{
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

#endif

/* No signal of the process's is for it; glibc's own, for setuid() and the like, stay. */
int fps_thread_start(void (*run)(void))
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = start(run);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}
