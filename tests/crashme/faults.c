/*
 * Deaths that any C library inside PHP could die.
 *
 * All of it is undefined behaviour on purpose; values go through volatile
 * objects wherever a compiler could see that, and warn or leave the fault out.
 */
#include "crashme.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#undef NDEBUG
#include <assert.h>

static char *volatile nowhere = NULL;

static char *map_page(int prot, int flags, int fd)
{
	char *page = mmap(NULL, (size_t) sysconf(_SC_PAGESIZE), prot, flags, fd, 0);

	if (page == MAP_FAILED) {
		zend_error_noreturn(E_ERROR, "crashme: mmap: %s", strerror(errno));
	}
	return page;
}

static char *private_page(int prot)
{
	return map_page(prot, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static char *unmapped_page(void)
{
	char *page = private_page(PROT_NONE);

	munmap(page, (size_t) sysconf(_SC_PAGESIZE));
	return page;
}

/* Inlined, so that there is a fault with a frame that is not on the stack. */
static inline __attribute__((always_inline)) void read_from(uintptr_t address)
{
	(void) *(volatile char *) address;
}

static void call(void *address)
{
	void (*volatile function)(void);

	memcpy((void *) &function, &address, sizeof(address)); /* ISO C has no cast from object to function */
	function();
}

/* Memory access and control flow */

CRASHME_ENTRY(null_read)
{
	(void) *(volatile char *) nowhere;
}

CRASHME_ENTRY(null_write)
{
	*(volatile char *) nowhere = 1;
}

CRASHME_ENTRY(wild_read)
{
	read_from((uintptr_t) unmapped_page() + 0x42);
}

CRASHME_ENTRY(read_at)
{
	RETVAL_LONG(*(volatile char *) (uintptr_t) arg);
}

CRASHME_ENTRY(non_canonical)
{
	read_from((uintptr_t) 0x4141414141414141);
}

CRASHME_ENTRY(non_canonical_frame)
{
#ifdef __x86_64__
	__asm__ volatile("mov %0, %%rbp\n\tmovb (%%rbp), %%al" : : "r"(0x4141414141414141) : "rax", "memory");
#else
	read_from((uintptr_t) 0x4141414141414141);
#endif
}

CRASHME_ENTRY(write_readonly)
{
	*(volatile char *) private_page(PROT_READ) = 1;
}

CRASHME_ENTRY(jump_null)
{
	call(nowhere);
}

CRASHME_ENTRY(jump_unmapped)
{
	call(unmapped_page());
}

CRASHME_ENTRY(jump_noexec)
{
	call(private_page(PROT_READ | PROT_WRITE));
}

CRASHME_ENTRY(bus_truncated_mapping)
{
	int fd = memfd_create("crashme", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, 1) != 0) {
		zend_error_noreturn(E_ERROR, "crashme: memfd: %s", strerror(errno));
	}
	char *page = map_page(PROT_READ, MAP_SHARED, fd);
	if (ftruncate(fd, 0) == 0) {
		read_from((uintptr_t) page);
	}
}

static int output_file(void)
{
	int fd = open(zend_ini_string(ZEND_STRL("crashme.output"), 0), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		zend_error_noreturn(E_ERROR, "crashme: crashme.output: %s", strerror(errno));
	}
	return fd;
}

CRASHME_ENTRY(map_cut)
{
	int fd = output_file();

	if (ftruncate(fd, 100) == 0) {
		char *page = map_page(PROT_READ, MAP_SHARED, fd);

		if (ftruncate(fd, 0) == 0) {
			read_from((uintptr_t) page);
		}
	}
}

CRASHME_ENTRY(map_grow)
{
	int fd = output_file();
	char *map =
		ftruncate(fd, arg) == 0 ? mmap(NULL, (size_t) arg, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

	for (zend_long at = 0; map != MAP_FAILED && at < arg; at += sysconf(_SC_PAGESIZE)) {
		map[at] = 1;
	}
}

/*
 * Where it keeps scripts is its own affair; behind the interned strings, 8 MB by default, it fills its memory from the
 * beginning.
 */
CRASHME_ENTRY(damage_opcache)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512];
	zend_long damaged = 0;

	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, " rw-s ") && strstr(line, "/dev/zero") && sscanf(line, "%lx-%lx", &from, &to) == 2) {
			for (unsigned long *at = (unsigned long *) from + 0x1000;
				 at < (unsigned long *) to && at < (unsigned long *) from + 0x200000; at++) {
				damaged += *at >= from && *at < to ? (long) sizeof(*at) : 0; /* a pointer into it */
				*at = *at >= from && *at < to ? 0x4141414141414141 : *at;
			}
		}
	}
	if (maps) {
		fclose(maps);
	}
	RETVAL_LONG(damaged);
}

CRASHME_ENTRY(divide_by_zero)
{
#if defined(__x86_64__) || defined(__i386__)
	volatile int number = 1, zero = 0; /* both: of a constant 1 gcc makes comparisons instead of a division */
	number = number / zero;
#else
	raise(SIGFPE);               /* elsewhere the hardware returns a number */
#endif
}

CRASHME_ENTRY(illegal_instruction)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("ud2");
#elif defined(__aarch64__)
	__asm__ volatile(".inst 0"); /* udf #0 */
#else
	raise(SIGILL);
#endif
}

CRASHME_ENTRY(breakpoint)
{
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("int3");
#elif defined(__aarch64__)
	__asm__ volatile("brk #0");
#else
	raise(SIGTRAP);
#endif
}

/* From now on, here and in all children. */
static void filter_syscall(uint32_t number, uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof(code) / sizeof(*code), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
		zend_error_noreturn(E_ERROR, "crashme: seccomp: %s", strerror(errno));
	}
}

CRASHME_ENTRY(bad_syscall)
{
	/* sethostname() because nothing in a worker, its crash handlers included, has a use for it. */
	filter_syscall(SYS_sethostname, SECCOMP_RET_TRAP);
	syscall(SYS_sethostname, "", 0);
}

CRASHME_ENTRY(kill_thread)
{
	enum { BOTH, PROCESS, FILTER_ALONE, CALL_ALONE };

	if (arg != CALL_ALONE) {
		filter_syscall(SYS_sethostname, arg == PROCESS ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_KILL_THREAD);
	}
	if (arg != FILTER_ALONE) {
		syscall(SYS_sethostname, "", 0);
	}
}

CRASHME_ENTRY(forbid_peeking)
{
	filter_syscall(SYS_process_vm_readv, SECCOMP_RET_ERRNO | (arg == 1 ? ENOSYS : EPERM));
	filter_syscall(SYS_pidfd_open, SECCOMP_RET_ERRNO | (arg == 1 ? ENOSYS : EPERM));
}

/* Detected, then abort() */

CRASHME_ENTRY(abort)
{
	abort();
}

CRASHME_ENTRY(assert)
{
	assert(0);
}

/* What a C++ compiler makes of `throw std::out_of_range("no such row")`, without one. */
CRASHME_ENTRY(terminate)
{
	void *library = dlopen("libstdc++.so.6", RTLD_NOW);
	void *(*allocate)(size_t) = NULL;
	void (*construct)(void *, const char *) = NULL, (*throw)(void *, void *, void *) = NULL;

	if (!library) {
		RETURN_FALSE;
	}
	*(void **) &allocate = dlsym(library, "__cxa_allocate_exception");
	*(void **) &construct = dlsym(library, "_ZNSt12out_of_rangeC1EPKc");
	*(void **) &throw = dlsym(library, "__cxa_throw");
	void *exception = allocate(16);

	construct(exception, "no such row");
	throw(exception, dlsym(library, "_ZTISt12out_of_range"), dlsym(library, "_ZNSt12out_of_rangeD1Ev"));
}

CRASHME_ENTRY(double_free)
{
	void *volatile block = malloc(24);

	free(block);
	free(block);
}

CRASHME_ENTRY(heap_corruption)
{
	volatile size_t *volatile block = malloc(1024);

	block[-1] = SIZE_MAX; /* where glibc keeps the size */
	free((void *) block);
}

static __attribute__((noinline)) void overrun(size_t length)
{
	char array[16];

	for (volatile char *byte = array, *end = byte + length; byte < end; byte++) {
		*byte = 'A';
	}
}

CRASHME_ENTRY(stack_smash)
{
	volatile size_t length = 64;

	overrun(length);
}

CRASHME_ENTRY(zend_heap)
{
	/* Aligned like a huge block, so the engine looks it up in its list instead of reading a chunk's header. */
	void *volatile block = (void *) (uintptr_t) (16 * 1024 * 1024);

	efree(block);
}

/* The stack */

static volatile bool bottomless = true;

static __attribute__((noinline)) int recurse(int depth)
{
	volatile char frame[256];

	frame[depth % 256] = (char) depth;
	/* Reading the frame after the call keeps the compiler from making a loop of it. */
	return bottomless ? recurse(depth + 1) + frame[depth % 256] : depth;
}

CRASHME_ENTRY(c_recursion)
{
	recurse(0);
}

static __attribute__((noinline)) int fill_frame(size_t bytes)
{
	volatile char frame[bytes];

	frame[0] = 1;
	return frame[0] + frame[bytes / 2];
}

CRASHME_ENTRY(large_frame)
{
	RETVAL_LONG(fill_frame((size_t) arg << 10));
}

CRASHME_ENTRY(smash_sp)
{
	char *top = unmapped_page() + 0x800;

#if defined(__x86_64__)
	__asm__ volatile("mov %0, %%rsp\n\tpush %0" : : "r"(top) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov sp, %0\n\tstr xzr, [sp, #-16]!" : : "r"(top) : "memory");
#else
	read_from((uintptr_t) top);
#endif
}

static __attribute__((noinline)) void trash_frames(char *frame)
{
	for (volatile char *byte = frame, *end = byte + 1024; byte < end; byte++) {
		*byte = 'A';
	}
	/* In assembly, because between the smashed register and the fault the compiler must not use it. */
#if defined(__x86_64__)
	__asm__ volatile("mov %0, %%rbp\n\tmovb $1, (%1)" : : "r"(0x4141414141414141), "r"((uintptr_t) 0) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov x29, %0\n\tstrb wzr, [%1]" : : "r"(0x4141414141414141), "r"((uintptr_t) 0) : "memory");
#else
	crashme_null_write(0, NULL);
#endif
}

CRASHME_ENTRY(smash_fp)
{
	trash_frames(__builtin_frame_address(0));
}

/* Other threads */

static void run_in_thread(void *(*routine)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, routine, argument) == 0) {
		pthread_join(thread, NULL);
	}
}

static void *fault_thread(void *barrier)
{
	if (barrier) {
		pthread_barrier_wait(barrier);
	}
	crashme_null_write(0, NULL);
	return NULL;
}

static void *fault_later(void *ms)
{
	prctl(PR_SET_NAME, "decoder");
	usleep((useconds_t) (intptr_t) ms * 1000);
	crashme_null_write(0, NULL);
	return NULL;
}

static void *exit_thread(void *status)
{
	exit((int) (intptr_t) status);
}

static void *raise_thread(void *signo)
{
	raise((int) (intptr_t) signo);
	return NULL;
}

static void *recursion_thread(void *unused)
{
	recurse(0);
	return NULL;
}

static void *large_frame_thread(void *kib)
{
	static char handlers[64 << 10];
	stack_t stack = {.ss_sp = handlers, .ss_size = sizeof(handlers)};

	return sigaltstack(&stack, NULL) == 0 ? (void *) (intptr_t) fill_frame((size_t) (intptr_t) kib << 10) : NULL;
}

CRASHME_ENTRY(large_frame_thread)
{
	run_in_thread(large_frame_thread, (void *) (intptr_t) arg);
}

CRASHME_ENTRY(thread_segv)
{
	run_in_thread(fault_thread, NULL);
}

CRASHME_ENTRY(thread_later)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fault_later, (void *) (intptr_t) arg) == 0) {
		pthread_detach(thread);
	}
}

CRASHME_ENTRY(thread_exit)
{
	run_in_thread(exit_thread, (void *) (intptr_t) arg);
}

CRASHME_ENTRY(thread_raise)
{
	run_in_thread(raise_thread, (void *) (intptr_t) arg);
}

CRASHME_ENTRY(thread_recursion)
{
	run_in_thread(recursion_thread, NULL);
}

CRASHME_ENTRY(threads_barrier)
{
	static pthread_barrier_t barrier;
	pthread_t thread;

	if (arg < 1 || pthread_barrier_init(&barrier, NULL, (unsigned) arg) != 0) {
		zend_argument_value_error(2, "must be a number of threads");
		return;
	}
	for (zend_long i = 1; i < arg; i++) {
		if (pthread_create(&thread, NULL, fault_thread, &barrier) != 0) {
			zend_error_noreturn(E_ERROR, "crashme: cannot start " ZEND_LONG_FMT " threads", arg);
		}
	}
	run_in_thread(fault_thread, &barrier);
}
