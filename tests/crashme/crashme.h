#ifndef CRASHME_H
#define CRASHME_H

#include "php.h"

/*
 * Everything crashme() can do: X(name, C function, explanation).
 *
 * What returns at all returns null, or what its explanation says.
 */
#define CRASHME_ENTRIES(X) \
	/* faults of memory access and of control flow */ \
	X("null-read", null_read, "reads address 0") \
	X("null-write", null_write, "writes to address 0") \
	X("wild-read", wild_read, "reads an unmapped address") \
	X("read-at", read_at, "reads the address arg") \
	X("non-canonical", non_canonical, "reads an address that the hardware cannot have") \
	X("non-canonical-frame", non_canonical_frame, "reads at a frame pointer that the hardware cannot have") \
	X("write-readonly", write_readonly, "writes to a read-only page") \
	X("jump-null", jump_null, "calls address 0") \
	X("jump-unmapped", jump_unmapped, "calls an unmapped address") \
	X("jump-noexec", jump_noexec, "calls a page of data") \
	X("bus-truncated-mapping", bus_truncated_mapping, "reads a mapping whose file was truncated") \
	X("map-cut", map_cut, "reads the file crashme.output, which it has mapped, and which was truncated then") \
	X("map-grow", map_grow, "makes the file crashme.output arg bytes long, maps it and writes to each page") \
	X("damage-opcache", damage_opcache, \
		"overwrites what opcache has in the memory that all workers share; returns how many bytes") \
	X("divide-by-zero", divide_by_zero, "divides an integer by zero") \
	X("illegal-instruction", illegal_instruction, "executes an undefined instruction") \
	X("breakpoint", breakpoint, "executes a breakpoint instruction") \
	X("bad-syscall", bad_syscall, "makes a system call that a seccomp filter traps") \
	/* what libc, the compiler's guards and the engine detect and abort on */ \
	X("abort", abort, "calls abort()") \
	X("assert", assert, "fails an assertion") \
	X("terminate", terminate, \
		"throws a std::out_of_range of C++ that nobody catches; returns false where there is no libstdc++") \
	X("double-free", double_free, "frees a block twice") \
	X("heap-corruption", heap_corruption, "frees a block whose header was overwritten") \
	X("stack-smash", stack_smash, "writes past an array on the stack") \
	X("zend-heap", zend_heap, "efree()s what emalloc() never returned") \
	/* signals sent and ways to leave */ \
	X("raise", raise, "raise(arg)") \
	X("kill-self", kill_self, "kill(getpid(), arg)") \
	X("sigqueue-self", sigqueue_self, "sigqueue(getpid(), arg)") \
	X("exit", exit, "exit(arg)") \
	X("_exit", exit_now, "_exit(arg)") \
	X("quick-exit", quick_exit, "quick_exit(arg)") \
	X("become", become, "executes a shell in its own place, which exits with the status arg") \
	X("exit-thread", exit_thread, "ends this thread alone, as the system call exit(arg) does") \
	X("kill-thread", kill_thread, \
		"makes a system call for which a seccomp filter kills the thread, for arg 1 the process") \
	X("raise-critical", raise_critical, \
		"raise(arg) in a critical section of the engine, which puts the signal off; for an arg of KIB << 16 | A << 8 " \
		"| B, raises B and then A (if it is not 0) with so much less left of the stack") \
	X("hang", hang, "blocks every signal and waits for ever") \
	X("nap", nap, "sleeps arg milliseconds whatever interrupts it; returns how often it was interrupted") \
	X("fork", fork, \
		"forks a child that raise(arg)s, for arg 0 writes to address 0, for -1 exits; returns its end as waitpid() " \
		"tells it") \
	X("fork-on", fork_on, "forks a child that goes on as well; returns its pid, and 0 in the child") \
	X("fork-exit", fork_exit, "forks a child that exit(arg)s; returns its end as waitpid() tells it") \
	X("fork-late", fork_late, "forks a child that writes to address 0 after arg milliseconds; returns its pid") \
	/* the stack */ \
	X("c-recursion", c_recursion, "overflows the C stack") \
	X("large-frame", large_frame, "has arg KiB of variables on the stack, and writes to the first byte of them") \
	X("large-frame-thread", large_frame_thread, "the same in a second thread, which has an alternate signal stack") \
	X("smash-sp", smash_sp, "points the stack pointer at nothing and pushes") \
	X("smash-fp", smash_fp, \
		"overwrites frame pointer, saved registers and return addresses, then writes to address 0") \
	/* other threads */ \
	X("thread-segv", thread_segv, "writes to address 0 in a second thread") \
	X("thread-later", thread_later, "starts a thread that writes to address 0 after arg milliseconds") \
	X("thread-exit", thread_exit, "exit(arg) in a second thread") \
	X("thread-raise", thread_raise, "raise(arg) in a second thread") \
	X("thread-recursion", thread_recursion, "overflows the stack of a second thread") \
	X("threads-barrier", threads_barrier, "arg threads write to address 0 at once") \
	X("php-threads", php_threads, \
		"runs the PHP file crashme.script as a request in each of arg other threads of PHP's, for an arg of 0 in " \
		"one, without waiting for its end; returns whether this PHP has threads") \
	/* the engine's stack torn up, then an address 0 read */ \
	X("vm-wild", vm_wild, \
		"a wild pointer for arg 0: the frame, 1: its caller, 2: its function, 3: the function's name, 4: the frame's " \
		"opline; 5: a wild length of the name; overwritten by text for arg 6: its name, 7: the file's name, 8: its " \
		"first and last line, 9: what kind of function it is") \
	X("vm-cyclic", vm_cyclic, "two frames, each the caller of the other") \
	X("vm-torn", vm_torn, "a frame whose second half is unmapped") \
	X("vm-name-huge", vm_name_huge, "a function with a name of 64 KiB") \
	X("vm-name-bytes", vm_name_bytes, "a function whose name holds invalid UTF-8, quotes, newlines and NUL") \
	/* trouble for a handler, then an address 0 read */ \
	X("wild-heap", wild_heap, "points the memory manager at nothing") \
	X("loading", loading, "reads address 0 while the loader loads a module, in that one's constructor") \
	X("loader-lock", loader_lock, "another thread holds the loader's lock for ever") \
	X("loader-list", loader_list, "the loader's list of modules ends in nothing") \
	/* preparations: these return */ \
	X("wild-string", wild_string, "returns a string at a wild address") \
	X("torn-string", torn_string, \
		"returns a string of arg bytes that are in a page which cannot be read, behind its header") \
	X("install-handler", install_handler, \
		"takes SIGSEGV: writes a line to crashme.output and, for arg 0, restores the default action, for arg 1, " \
		"calls the handler that was there before") \
	X("ignore", ignore, "signal(arg, SIG_IGN)") \
	X("reset", reset, "signal(arg, SIG_DFL)") \
	X("handle", handle, \
		"takes the signal arg as pcntl_signal() does: writes a line to crashme.output and goes on; for an arg of SIG " \
		"<< 8, gives it back") \
	X("alarm", alarm, "alarm(arg)") \
	X("close", close, "close(arg)") \
	X("grow", grow, \
		"maps what is at the address arg once more, with a megabyte of what comes behind it in its file, and " \
		"overwrites all that") \
	X("fill-stderr", fill_stderr, "writes to stderr until the pipe is full") \
	X("forbid-peeking", forbid_peeking, \
		"from now on process_vm_readv() and pidfd_open() fail as in some containers: with EPERM, for arg 1 with " \
		"ENOSYS") \
	X("fault-opening", fault_opening, "writes to address 0 when a file is opened for an include next") \
	X("fault-compiling", fault_compiling, "writes to address 0 when something is compiled next") \
	X("small-altstack", small_altstack, \
		"sets an alternate signal stack of arg bytes; returns whether the kernel took it") \
	X("forge", forge, "has its slot say that it is process arg of the pool shop, then writes to address 0") \
	X("pose", pose, \
		"has its slot say that it serves the request for /shop/sleep.php of nginx's connection arg, then writes to " \
		"address 0") \
	X("noise", noise, \
		"fills its slot with noise, for arg 2 only its beginning, then writes to address 0, for arg 3 kill(getpid(), " \
		"SIGKILL)") \
	X("flood", flood, "has the coroner write arg events as fast as it takes them") \
	X("flood-large", flood_large, "the same, each of another defect and as large as can be") \
	X("hold-pipes", hold_pipes, \
		"writes to each pipe and eventfd that it has, from memory that is never there; returns to how many") \
	X("hold-bell", hold_bell, "has whoever closes its doorbell wait; returns the pid of the child that does it") \
	X("flood-elf", flood_elf, \
		"the same, each of another defect and with a native stack that is in the ELF file crashme.output") \
	X("errno-after", errno_after, "sets errno to EXDEV, raise(arg); returns what errno is then") \
	X("count-malloc", count_malloc, \
		"from now on the file crashme.output holds, as a native 64-bit integer, how often malloc() and its relatives " \
		"have been called (calls two itself); needs LD_PRELOAD=malloc_counter.so; returns whether it is there") \
	X("watch-altstack", watch_altstack, \
		"puts the file crashme.output, full of 0xA5, in place of the alternate signal stack: what is another byte " \
		"afterwards has been used; returns whether there is such a stack")

#define CRASHME_ENTRY(function) void crashme_##function(zend_long arg, zval *return_value)

#define CRASHME_DECLARE(name, function, help) CRASHME_ENTRY(function);
CRASHME_ENTRIES(CRASHME_DECLARE)

#endif
