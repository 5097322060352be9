#include "worker/altstack.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

#if defined(__SANITIZE_ADDRESS__)
#define STACK_SIZE 65536 /* every frame is larger */
#else
/*
 * A handler uses up to 8 KiB with libunwind 1.6 (tests/fpm/altstack.phpt); an earlier handler of somebody else's runs
 * here as well.
 */
#define STACK_SIZE 20480
#endif
/* The kernel's frame holds all vector registers. A fault in the handler puts a second one there. */
#define KERNEL_FRAMES 2

int fps_altstack_install(void)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	size_t frame = getauxval(AT_MINSIGSTKSZ);
	size_t size = (STACK_SIZE + KERNEL_FRAMES * (frame ? frame : (size_t) MINSIGSTKSZ) + page - 1) / page * page;
	stack_t stack;

	if (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE) && stack.ss_size >= size) {
		return 0;
	}
	char *region = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (region == MAP_FAILED) {
		return -1;
	}
	stack = (stack_t) {.ss_sp = region + page, .ss_size = size};
	if (mmap(stack.ss_sp, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0)
			== MAP_FAILED
		|| sigaltstack(&stack, NULL) == -1) {
		munmap(region, size + 2 * page);
		return -1;
	}
	return 0;
}
