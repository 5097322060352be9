/*
 * Kills a process with SIGKILL at a chosen point of its signal handler:
 *
 *     stepkill PID instructions|syscalls N
 *
 * Waits for a fault of the process, lets it come and counts from there. Prints "attached", then "killed", or
 * "ended M" if the process was gone after M. A tracer sees every point; a build that kills itself at the
 * stores that somebody has thought of does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static pid_t pid;

/* Lets it go on until it stops again, with that signal; false if it ended. */
static int go_on(int how, int number, int *status)
{
	return ptrace(how, pid, NULL, (void *) (long) number) == 0 && waitpid(pid, status, __WALL) == pid && WIFSTOPPED(*status);
}

int main(int count, char **words)
{
	int status, how, number = 0;
	long until, done = 0;

	if (count != 4) {
		return 2;
	}
	pid = atoi(words[1]);
	how = strcmp(words[2], "syscalls") == 0 ? PTRACE_SYSCALL : PTRACE_SINGLESTEP;
	until = atol(words[3]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *) PTRACE_O_TRACESYSGOOD) == -1) {
		perror("stepkill");
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
	kill(pid, SIGKILL);
	puts("killed");
	return 0;
}
