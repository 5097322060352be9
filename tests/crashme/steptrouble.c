/*
 * Makes trouble for a process at a chosen point of its signal handler:
 *
 *     steptrouble PID instructions|syscalls N SIGNAL|fault|hang
 *
 * Waits for a fault of the process, lets it come and counts from there; then sends it the signal, has it jump to
 * address 0, or puts a jump to itself where it is. Prints "attached", then "done", or "ended M" if the process was gone
 * after M. A tracer sees every point; a build that kills itself at the stores that somebody has thought of does not.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static pid_t pid;

/* Lets it go on until it stops again, with that signal; false if it ended. */
static int go_on(int how, int number, int *status)
{
	return ptrace(how, pid, NULL, (void *) (long) number) == 0 && waitpid(pid, status, __WALL) == pid
		&& WIFSTOPPED(*status);
}

static int jump_to_nothing(void)
{
#ifdef __x86_64__
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == -1) {
		return -1;
	}
	registers.rip = 0;
	registers.orig_rax = (unsigned long long) -1; /* no system call is to be made, or made again */
	return (int) ptrace(PTRACE_SETREGS, pid, NULL, &registers);
#else
	return -1;
#endif
}

static int hang(void)
{
#ifdef __x86_64__
	struct user_regs_struct registers;
	long code;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == -1) {
		return -1;
	}
	code = ptrace(PTRACE_PEEKTEXT, pid, (void *) registers.rip, NULL);
	return (int) ptrace(PTRACE_POKETEXT, pid, (void *) registers.rip, (void *) ((code & ~0xffffL) | 0xfeeb));
#else
	return -1;
#endif
}

static int make_trouble(const char *trouble)
{
	if (strcmp(trouble, "fault") == 0) {
		return jump_to_nothing();
	}
	return strcmp(trouble, "hang") == 0 ? hang() : kill(pid, atoi(trouble));
}

int main(int count, char **words)
{
	int status, how, number = 0;
	long until, done = 0;

	if (count != 5) {
		return 2;
	}
	pid = atoi(words[1]);
	how = strcmp(words[2], "syscalls") == 0 ? PTRACE_SYSCALL : PTRACE_SINGLESTEP;
	until = atol(words[3]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *) PTRACE_O_TRACESYSGOOD) == -1) {
		perror("steptrouble");
		return 1;
	}
	puts("attached");
	fflush(stdout);
	do {
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
			return 1;
		}
		number = WSTOPSIG(status);
	} while (number != SIGSEGV && go_on(PTRACE_CONT, number, &status));
	while (done < until && go_on(how, number, &status)) {
		number = WSTOPSIG(status);
		number = number == SIGTRAP || number == (SIGTRAP | 0x80) ? 0 : number;
		done++;
	}
	if (done < until) {
		printf("ended %ld\n", done);
		return 0;
	}
	if (make_trouble(words[4])) {
		perror("steptrouble");
		return 1;
	}
	puts("done");
	fflush(stdout);
	ptrace(PTRACE_DETACH, pid, NULL, NULL); /* one that was killed is gone by then */
	return 0;
}
