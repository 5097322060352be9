/* sender.c: who sent a signal, and what one that terminates means from that one. */
#include "slots.h"

#include "sig/proc.h"
#include "sig/sender.h"

#include <sys/prctl.h>

static void who_is_known(void)
{
	static const struct {
		int code;
		bool known;
	} cases[] = {
		{SI_USER, true},
		{SI_QUEUE, true},
		{SI_TKILL, true},
		{SI_KERNEL, false},
		{SI_TIMER, false},
		{SI_MESGQ, false},
		{SI_ASYNCIO, false},
		{SI_SIGIO, false},
		{SEGV_MAPERR, false},
		{SEGV_ACCERR, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const siginfo_t info = {.si_code = cases[i].code};

		CHECK_INT(fps_sig_sender_is_known(&info), cases[i].known);
	}
}

enum {
	NOBODY = -1,   /* no trustworthy siginfo */
	NO_SENDER = -2 /* one without a sender */
};
#define MS 1000000ULL

static const struct {
	const char *name;
	int signal, role;
	uint64_t quit_before_ns, elapsed_ns;
	enum fps_cause cause;
	enum fps_confidence confidence;
	const char *message, *evidence[FPS_MAX_EVIDENCE];
} verdicts[] = {
	{"deferred by the engine", SIGTERM, NOBODY, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_POSSIBLE, "terminated",
		{"the engine deferred the signal, its sender is not known", "", "", ""}},
	{"deferred by the engine, after QUIT", SIGTERM, NOBODY, 3 * MS, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_POSSIBLE,
		"terminated", {"the engine deferred the signal, its sender is not known", "", "", ""}},
	{"timeout", SIGTERM, FPS_ROLE_FPM_MASTER, 0, 3412 * MS, FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT, FPS_PROBABLE,
		"terminated by the FPM master",
		{"sender 42 is the FPM master", "no SIGQUIT came first", "the request had run for 3412 ms", ""}},
	{"the shortest timeout", SIGTERM, FPS_ROLE_FPM_MASTER, 0, 1000 * MS, FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT,
		FPS_PROBABLE, "terminated by the FPM master",
		{"sender 42 is the FPM master", "no SIGQUIT came first", "the request had run for 1000 ms", ""}},
	{"too young for a timeout", SIGTERM, FPS_ROLE_FPM_MASTER, 0, 500 * MS - 1, FPS_CAUSE_FPM_STOP, FPS_PROBABLE,
		"terminated by the FPM master",
		{"sender 42 is the FPM master", "no SIGQUIT came first",
			"the request is younger than the shortest request_terminate_timeout, 1 s", ""}},
	{"reload", SIGTERM, FPS_ROLE_FPM_MASTER, 3 * MS, 5000 * MS, FPS_CAUSE_FPM_RELOAD, FPS_PROBABLE,
		"terminated by the FPM master",
		{"sender 42 is the FPM master", "SIGQUIT came 3 ms before: a reload, or else a graceful stop", "", ""}},
	{"reload at once", SIGTERM, FPS_ROLE_FPM_MASTER, 200000, 10 * MS, FPS_CAUSE_FPM_RELOAD, FPS_PROBABLE,
		"terminated by the FPM master",
		{"sender 42 is the FPM master", "SIGQUIT came 0 ms before: a reload, or else a graceful stop", "", ""}},
	{"systemd", SIGTERM, FPS_ROLE_INIT, 0, 5000 * MS, FPS_CAUSE_FPM_STOP, FPS_PROBABLE, "terminated by init",
		{"sender is pid 1: systemd terminates every process of a service that it stops", "", "", ""}},
	{"opcache", SIGTERM, FPS_ROLE_SIBLING_WORKER, 0, 5000 * MS, FPS_CAUSE_OPCACHE_KILL, FPS_PROBABLE,
		"terminated by another worker, as an opcache restart does",
		{"sender 42 is a worker of the same master", "", "", ""}},
	{"an operator", SIGTERM, FPS_ROLE_OTHER, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is not the FPM master", "", "", ""}},
	{"an operator after QUIT", SIGTERM, FPS_ROLE_OTHER, 3 * MS, 10 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is not the FPM master", "", "", ""}},
	{"from outside", SIGTERM, FPS_ROLE_OUTSIDE, 0, 10 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is not the FPM master", "", "", ""}},
	{"itself", SIGTERM, FPS_ROLE_SELF, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN, "terminated by itself",
		{"the sender is this process", "", "", ""}},
	{"a timer", SIGTERM, NO_SENDER, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by a signal of the kernel", {"no process sent the signal: a timer, or a terminal", "", "", ""}},

	/* None of these is FPM's, systemd's or opcache's way to end a worker. */
	{"another signal, deferred", SIGINT, NOBODY, 3 * MS, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_POSSIBLE, "terminated",
		{"the engine deferred the signal, its sender is not known", "", "", ""}},
	{"another signal, alarm()", SIGALRM, NO_SENDER, 3 * MS, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by a signal of the kernel", {"no process sent the signal: a timer, or a terminal", "", "", ""}},
	{"another signal, the master", SIGUSR1, FPS_ROLE_FPM_MASTER, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is the FPM master", "", "", ""}},
	{"another signal, the master after QUIT", SIGUSR2, FPS_ROLE_FPM_MASTER, 3 * MS, 10 * MS, FPS_CAUSE_TERMINATED,
		FPS_CERTAIN, "terminated by another process", {"sender 42 is the FPM master", "", "", ""}},
	{"another signal, init", SIGHUP, FPS_ROLE_INIT, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is not the FPM master", "", "", ""}},
	{"another signal, a sibling", SIGUSR1, FPS_ROLE_SIBLING_WORKER, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is not the FPM master", "", "", ""}},
	{"another signal, an operator", SIGINT, FPS_ROLE_OTHER, 0, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by another process", {"sender 42 is not the FPM master", "", "", ""}},
	{"another signal, itself", SIGALRM, FPS_ROLE_SELF, 3 * MS, 5000 * MS, FPS_CAUSE_TERMINATED, FPS_CERTAIN,
		"terminated by itself", {"the sender is this process", "", "", ""}},
};

static void judge(void)
{
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		struct fps_slot *slot = slot_claimed();
		struct fps_draft *draft = &slot->draft;

		UNIT_CASE(verdicts[i].name);
		draft->died_ns = 1000000 * MS;
		slot->quit_ns = verdicts[i].quit_before_ns ? draft->died_ns - verdicts[i].quit_before_ns : 0;
		draft->signal = verdicts[i].signal;
		draft->has_code = verdicts[i].role != NOBODY;
		draft->has_sender = verdicts[i].role >= 0;
		draft->sender_role = (uint8_t) (draft->has_sender ? verdicts[i].role : FPS_ROLE_UNKNOWN);
		draft->sender_pid = 42;
		fps_sig_sender_judge(slot, draft, verdicts[i].elapsed_ns);
		CHECK_INT(draft->cause, verdicts[i].cause);
		CHECK_INT(draft->confidence, verdicts[i].confidence);
		CHECK_STR(draft->error_message, strlen(draft->error_message), verdicts[i].message);
		for (size_t n = 0; n < FPS_MAX_EVIDENCE; n++) {
			CHECK_STR(
				draft->evidence[n], strlen(draft->evidence[n]), verdicts[i].evidence[n] ? verdicts[i].evidence[n] : "");
		}
		free(slot);
	}
}

static void evidence(void)
{
	struct fps_slot *slot = slot_claimed();
	struct fps_draft *draft = &slot->draft;
	char long_text[200];

	fps_sig_sender_evidence(draft, "one", 0, NULL);
	fps_sig_sender_evidence(draft, "two ", INT64_MIN, " end");
	memset(long_text, 'x', sizeof long_text);
	long_text[95] = '\0';
	fps_sig_sender_evidence(draft, long_text, 0, NULL);
	for (int n = 4; n <= FPS_MAX_EVIDENCE + 1; n++) {
		fps_sig_sender_evidence(draft, "number ", n, "");
	}
	CHECK_STR(draft->evidence[0], strlen(draft->evidence[0]), "one");
	CHECK_STR(draft->evidence[1], strlen(draft->evidence[1]), "two -9223372036854775808 end");
	CHECK(memchr(draft->evidence[2], '\0', sizeof draft->evidence[2]) != NULL);
	CHECK(draft->evidence[2][0] == 'x');
	CHECK_STR(draft->evidence[3], strlen(draft->evidence[3]), "number 4");
	CHECK_STR(draft->evidence[FPS_MAX_EVIDENCE - 1], strlen(draft->evidence[FPS_MAX_EVIDENCE - 1]), "number 6");
	free(slot);
}

/* What is seen of a sender that FPM's workers have started. */
static const char *evidence_of(int32_t sender, int32_t worker_pid, int32_t master_pid)
{
	static struct fps_draft draft;
	struct fps_slot *slot = slot_claimed();

	slot->who.pid = worker_pid;
	slot->who.parent_pid = master_pid;
	slot->draft.signal = SIGTERM;
	slot->draft.has_code = slot->draft.has_sender = true;
	slot->draft.sender_role = FPS_ROLE_OTHER;
	slot->draft.sender_pid = sender;
	memcpy(slot->draft.sender_command, "a\nb", 4);
	fps_sig_sender_judge(slot, &slot->draft, 5000 * MS);
	draft = slot->draft;
	free(slot);
	return draft.evidence[0];
}

static void kin(void)
{
	/* 0: it began in another pid namespace */
	const int32_t self = getpid(), parent = getppid(), other = INT32_MAX, session = fps_sig_proc_session(self);
	char expected[96];
	const struct {
		int32_t sender, worker, master;
		const char *says;
	} cases[] = {
		{self, parent, other, " is a child of this worker"},
		{self, fps_sig_proc_parent(parent), other, " was started by a child of this worker"},
		{self, other, session, session ? " was started by a worker of this FPM" : " is not the FPM master"},
		{self, other, other, " is not the FPM master"},
		{other, parent, session, " is not the FPM master"},
		{other, parent, 0, " is not the FPM master"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *evidence = evidence_of(cases[i].sender, cases[i].worker, cases[i].master);

		snprintf(expected, sizeof expected, "sender %d (a?b)%s", cases[i].sender, cases[i].says);
		CHECK_STR(evidence, strlen(evidence), expected);
	}
}

/* As in a worker: this test is the master, its child asks who the others are. */
static pid_t master, sibling, stranger;

static int role_of(int32_t pid, char *command)
{
	struct fps_slot *slot = slot_claimed();
	siginfo_t info = {.si_code = SI_USER};
	int role;

	slot->who.pid = getpid();
	slot->who.parent_pid = master;
	info.si_pid = pid;
	info.si_uid = 33;
	fps_sig_sender_fill(slot, &slot->draft, &info);
	role = slot->draft.sender_role;
	CHECK(slot->draft.has_sender && slot->draft.sender_pid == pid && slot->draft.sender_uid == 33);
	memcpy(command, slot->draft.sender_command, sizeof slot->draft.sender_command);
	free(slot);
	return role;
}

static void worker(void)
{
	char command[16];

	CHECK_INT(role_of(getpid(), command), FPS_ROLE_SELF);
	CHECK_INT(role_of(0, command), FPS_ROLE_OUTSIDE);
	CHECK_INT(role_of(master, command), FPS_ROLE_FPM_MASTER);
	CHECK_INT(role_of(sibling, command), FPS_ROLE_SIBLING_WORKER);
	CHECK_STR(command, strlen(command), "");
	CHECK_INT(role_of(stranger, command), FPS_ROLE_OTHER);
	CHECK_STR(command, strlen(command), "stranger (1) x");
	if (master != 1) {
		CHECK_INT(role_of(1, command), getppid() == 1 ? FPS_ROLE_FPM_MASTER : FPS_ROLE_INIT);
	}
	CHECK_INT(role_of(INT32_MAX, command), FPS_ROLE_OTHER);
	CHECK_STR(command, strlen(command), "");
}

/* A worker that lost its master: the pid may be anybody's by now. */
static void orphan(void)
{
	char command[16];

	master = stranger;
	CHECK_INT(role_of(stranger, command), FPS_ROLE_OTHER);
}

/* A child that waits until it is killed; *waiting is its pid, or that of a child of its own. */
static pid_t sleeper(bool through_another, pid_t *waiting)
{
	int pipe_fd[2];

	if (!CHECK(pipe(pipe_fd) == 0)) {
		return -1;
	}
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!through_another || fork() == 0) {
			pid_t self = getpid();
			FILE *comm = fopen("/proc/self/comm", "w");

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			fputs("stranger (1) x", comm);
			fclose(comm);
			(void) !write(pipe_fd[1], &self, sizeof self);
		}
		for (;;) {
			pause();
		}
	}
	CHECK(read(pipe_fd[0], waiting, sizeof *waiting) == sizeof *waiting);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	return child;
}

static void roles(void)
{
	master = getpid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sleeper(false, &sibling);
	pid_t between = sleeper(true, &stranger);
	unit_in_child(worker);
	unit_in_child(orphan);
	kill(sibling, SIGKILL);
	kill(between, SIGKILL); /* and with it the stranger */
	while (wait(NULL) > 0) {
	}
}

UNIT_MAIN(TEST(who_is_known), TEST(judge), TEST(kin), TEST(evidence), TEST(roles))
