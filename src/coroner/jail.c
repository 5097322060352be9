#include "coroner/jail.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- capabilities ------------------------------------------------------------------------------ */

/* From linux/capability.h, which musl does not have. */
#define CAPABILITY_VERSION 0x20080522
#define KILL (1ULL << 5)
#define SETGID (1ULL << 6)
#define SETUID (1ULL << 7)
#define SYS_CHROOT (1ULL << 18)
#define SYS_PTRACE (1ULL << 19)
#define CAPABILITIES 64

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

static void keep_capabilities(uint64_t keep)
{
	struct {
		uint32_t version;
		int pid;
	} header = {.version = CAPABILITY_VERSION};
	struct {
		uint32_t effective, permitted, inheritable;
	} half[2] = {{0, 0, 0}, {0, 0, 0}};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned long capability = 0; capability < CAPABILITIES; capability++) {
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	}
	if (syscall(SYS_capget, &header, half) == -1) {
		return;
	}
	for (int i = 0; i < 2; i++) {
		half[i].permitted &= (uint32_t) (keep >> 32 * i);
		half[i].effective = half[i].permitted;
		half[i].inheritable = 0;
	}
	syscall(SYS_capset, &header, half);
}

/* --- system calls ------------------------------------------------------------------------------ */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

/* A sanitizer's runtime makes system calls of its own. */
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(SANITIZED)

#ifdef __x86_64__
#define ARCHITECTURE 0xc000003eu
#else
#define ARCHITECTURE 0xc00000b7u
#endif

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* From linux/filter.h and linux/seccomp.h. */
struct instruction {
	uint16_t code;
	uint8_t yes, no;
	uint32_t value;
};

struct program {
	uint16_t len;
	struct instruction *code;
};

#define LOAD 0x20u       /* BPF_LD | BPF_W | BPF_ABS */
#define JUMP_EQUAL 0x15u /* BPF_JMP | BPF_JEQ | BPF_K */
#define JUMP_BITS 0x45u  /* BPF_JMP | BPF_JSET | BPF_K */
#define RETURN 0x06u     /* BPF_RET | BPF_K */
#define ALLOW 0x7fff0000u
/* with ENOSYS: a libc that is newer than this list then falls back to an older call */
#define REFUSE (0x00050000u | 38)
#define FILTER_MODE 2

/* Offsets in struct seccomp_data; the lower half of an argument comes first. */
#define NUMBER_AT 0
#define ARCHITECTURE_AT 4
#define ARGUMENT_AT(i) (16 + 8 * (i))

/* All namespaces that clone() can create. */
#define NEW_NAMESPACES 0x7e020000u
#define GET_INFO 0xc040ff0bu /* PIDFD_GET_INFO */
#define FIONREAD_ 0x541bu

/* What the functions in dev/coroner-symbols.allow call, in any version of glibc and musl. */
static const uint16_t of_both[] = {
#ifdef __x86_64__
	SYS_open,
	SYS_stat,
	SYS_lstat,
	SYS_poll,
	SYS_dup2,
	SYS_epoll_wait,
#endif
#ifdef SYS_statx
	SYS_statx,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
	SYS_read,
	SYS_write,
	SYS_pread64,
	SYS_pwrite64,
	SYS_openat,
	SYS_close,
	SYS_close_range,
	SYS_fstat,
	SYS_newfstatat,
	SYS_fstatfs,
	SYS_lseek,
	SYS_getdents64,
	SYS_unlinkat,
	SYS_renameat2,
	SYS_linkat,
	SYS_fcntl,
	SYS_ftruncate,
	SYS_fallocate,
	SYS_getxattr,
	SYS_fgetxattr,
	SYS_readlinkat,
	SYS_dup3,
	SYS_pipe2,
	SYS_ppoll,
	SYS_recvfrom,
	SYS_recvmsg,
	SYS_sendto,
	SYS_sendmsg,
	SYS_shutdown,
	SYS_munmap,
	SYS_futex,
	SYS_clock_gettime,
	SYS_getrandom,
	SYS_prlimit64,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
	SYS_wait4,
	SYS_setitimer,
	SYS_getpid,
	SYS_getppid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_pidfd_open,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_restart_syscall,
	SYS_exit,
	SYS_exit_group,
};

/* The supervisor starts coroners, which then give up the rest, and children that become other users. */
static const uint16_t of_supervisor[] = {
#ifdef SYS_fork
	SYS_fork,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
	SYS_set_robust_list,
	SYS_set_tid_address,
	SYS_waitid,
	SYS_epoll_create1,
	SYS_kill,
	SYS_setuid,
	SYS_setgid,
	SYS_setgroups,
	SYS_chroot,
	SYS_fchdir,
	SYS_prctl,
	SYS_capget,
	SYS_capset,
	SYS_mlock,
};

struct rule {
	uint16_t number, argument;
	uint16_t test; /* JUMP_EQUAL: the argument must have that value; JUMP_BITS: it must have none of those bits */
	uint32_t value;
};

static const struct rule rules_of_both[] = {
	{SYS_ioctl, 1, JUMP_EQUAL, GET_INFO}, {SYS_ioctl, 1, JUMP_EQUAL, FIONREAD_}, {SYS_mmap, 2, JUMP_BITS, PROT_EXEC},
	{SYS_kill, 1, JUMP_EQUAL, 0},                      /* to check whether a process exists */
	{SYS_clone, 0, JUMP_EQUAL, CLONE_FILES | SIGCHLD}, /* fdclose.c */
};

static const struct rule rules_of_supervisor[] = {
	{SYS_clone, 0, JUMP_BITS, NEW_NAMESPACES},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct instruction code[512];
static uint16_t length;

static void add(uint32_t operation, uint8_t yes, uint8_t no, uint32_t value)
{
	if (length < COUNT(code)) {
		code[length++] = (struct instruction) {(uint16_t) operation, yes, no, value};
	}
}

static void add_numbers(const uint16_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add(JUMP_EQUAL, 0, 1, numbers[i]);
		add(RETURN, 0, 0, ALLOW);
	}
}

static void add_rules(const struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool equal = rules[i].test == JUMP_EQUAL;

		add(JUMP_EQUAL, 0, 4, rules[i].number);
		add(LOAD, 0, 0, ARGUMENT_AT(rules[i].argument));
		add(rules[i].test, equal ? 0 : 1, equal ? 1 : 0, rules[i].value);
		add(RETURN, 0, 0, ALLOW);
		add(LOAD, 0, 0, NUMBER_AT);
	}
}

/* The numbers of x32 differ, and are not in the list. */
static void filter_calls(bool is_supervisor)
{
	struct program program = {.code = code};

	length = 0;
	add(LOAD, 0, 0, ARCHITECTURE_AT);
	add(JUMP_EQUAL, 1, 0, ARCHITECTURE);
	add(RETURN, 0, 0, REFUSE);
	add(LOAD, 0, 0, NUMBER_AT);
	add_numbers(of_both, COUNT(of_both));
	add_rules(rules_of_both, COUNT(rules_of_both));
	if (is_supervisor) {
		add_numbers(of_supervisor, COUNT(of_supervisor));
		add_rules(rules_of_supervisor, COUNT(rules_of_supervisor));
	}
	add(RETURN, 0, 0, REFUSE);
	program.len = length;
	prctl(PR_SET_SECCOMP, FILTER_MODE, &program, 0, 0);
}

#else

static void filter_calls(bool is_supervisor)
{
	(void) is_supervisor;
}

#endif

/* --- all together ------------------------------------------------------------------------------ */

static void close_up(uint64_t capabilities, bool is_supervisor, bool filters)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* if FPM runs without root, workers have the same user */
	keep_capabilities(capabilities);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (filters) {
		filter_calls(is_supervisor);
	}
}

void fps_jail_supervisor(const struct fps_jail *jail)
{
	close_up(SETUID | SETGID | SYS_CHROOT | KILL | (jail->traces ? SYS_PTRACE : 0), true, jail->filters);
}

void fps_jail_coroner(const struct fps_jail *jail)
{
	close_up(jail->traces ? SYS_PTRACE : 0, false, jail->filters);
}

void fps_jail_child(void)
{
	keep_capabilities(0);
}
