/* deathcause.c: what the coroner adds to a death that the worker has noted itself. */
#include "slots.h"
#include "tree.h"

#include "coroner/deathcause.h"

#include <signal.h>
#include <time.h>

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t) time.tv_sec * SECOND_NS + (uint64_t) time.tv_nsec;
}

/* A worker, pid 7, of whose cgroup the OOM killer has just taken another one. */
static struct fps_ward ward_after_oom(void)
{
	tree_make();
	tree_put("proc/self/mountinfo", V2);
	tree_put("proc/7/cgroup", "0::/fpm\n");
	tree_put("sys/fs/cgroup/fpm/memory.events", "oom_kill 0\n");
	fps_oomledger_init(tree);

	struct fps_ward ward = {.who = {.pid = 7}, .cgroup = fps_oomledger_join(7)};

	tree_put("sys/fs/cgroup/fpm/memory.events", "oom_kill 1\n");
	fps_oomledger_sync();
	return ward;
}

/* What is said of a worker that systemd has terminated, so many seconds after the OOM kill was seen, or after now. */
static char *evidence_of_stop(const struct fps_ward *ward, enum fps_cause cause, double seconds)
{
	static char evidence[sizeof(((struct fps_draft *) NULL)->evidence[0])];
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_draft *draft = &slot->draft;
	struct fps_ward ended = *ward;
	uint64_t oom_ns = fps_oomledger_last_ns(ward->cgroup);

	draft->died_ns = (oom_ns ? oom_ns : now()) + (uint64_t) (int64_t) (seconds * 1e9);
	slot->request.started_ns = draft->died_ns - SECOND_NS;
	draft->cause = (uint8_t) cause;
	draft->sender_role = FPS_ROLE_INIT;
	memset(draft->evidence, 0, sizeof draft->evidence);
	memcpy(copy, slot, sizeof *copy);
	ended.ended_ns = draft->died_ns;
	fps_deathcause_fill(&ended, slot, copy);
	memcpy(evidence, copy->draft.evidence[0], sizeof evidence);
	free(slot);
	free(copy);
	return evidence;
}

#define CHECK_STOP(cause, seconds, expected) \
	do { \
		char *evidence = evidence_of_stop(&ward, (cause), (seconds)); \
		CHECK_STR(evidence, strlen(evidence), (expected)); \
	} while (0)

static void stop_after_an_oom_kill(void)
{
	struct fps_ward ward = ward_after_oom();

	CHECK(fps_oomledger_last_ns(ward.cgroup) > 0 && fps_oomledger_last_ns(ward.cgroup) <= now());
	CHECK_STOP(FPS_CAUSE_FPM_STOP, 0.2, "an OOM kill in its cgroup 200 ms before, as for OOMPolicy=stop");
	CHECK_STOP(FPS_CAUSE_FPM_STOP, -0.3, "an OOM kill in its cgroup, seen 300 ms later, as for OOMPolicy=stop");
	UNIT_CASE("too long ago");
	CHECK_STOP(FPS_CAUSE_FPM_STOP, 30, "");
	UNIT_CASE("only afterwards");
	CHECK_STOP(FPS_CAUSE_FPM_STOP, -2, "");
	UNIT_CASE("no stop");
	CHECK_STOP(FPS_CAUSE_TERMINATED, 0.2, "");
	UNIT_CASE("no OOM kill");
	fps_oomledger_init(tree);
	ward.cgroup = fps_oomledger_join(7);
	CHECK_STOP(FPS_CAUSE_FPM_STOP, 0.2, "");
	tree_remove("");
}

/*
 * Workers that say of their deaths what can't be: the coroner knows the claim from the hello, and has a clock of its
 * own.
 */
static void times_are_bounded(void)
{
	const uint64_t now_ns = now(), claimed_ns = now_ns - 60 * (uint64_t) SECOND_NS,
				   sealed_ns = now_ns - 2 * (uint64_t) SECOND_NS, ended_ns = now_ns - SECOND_NS;
	const struct {
		const char *name;
		uint64_t died_ns, started_ns, quit_ns, sampled_ns;
		uint64_t died, started, quit, sampled; /* as they are to be */
	} cases[] = {
		{"honest", sealed_ns - 5, claimed_ns, claimed_ns + 7, sealed_ns - 9, sealed_ns - 5, claimed_ns, claimed_ns + 7,
			sealed_ns - 9},
		{"before the claim", claimed_ns - 1, claimed_ns - 1, 0, 0, sealed_ns, sealed_ns, 0, 0},
		{"at no time", 0, 0, 0, 0, sealed_ns, 0, 0, 0},
		{"after the end", ended_ns + 1, claimed_ns, 0, 0, sealed_ns, claimed_ns, 0, 0},
		{"in a far future", UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, sealed_ns, sealed_ns, 0, UINT64_MAX},
		{"a request before the claim", ended_ns, 1, 1, 1, ended_ns, ended_ns, 0, claimed_ns},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_ward ward = {
			.who = {.pid = 7, .claimed_ns = claimed_ns}, .cgroup = -1, .sealed_ns = sealed_ns, .ended_ns = ended_ns};
		struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
		uint64_t us;

		UNIT_CASE(cases[i].name);
		slot->draft.cause = FPS_CAUSE_SEGFAULT;
		slot->draft.sender_role = FPS_ROLE_INIT;
		slot->draft.died_us = 1;
		slot->draft.died_ns = cases[i].died_ns;
		slot->draft.sampled_ns = cases[i].sampled_ns;
		slot->request.started_ns = cases[i].started_ns;
		slot->quit_ns = cases[i].quit_ns;
		memcpy(copy, slot, sizeof *copy);
		copy->who = ward.who;
		fps_deathcause_fill(&ward, slot, copy);
		CHECK_INT(copy->draft.died_ns, cases[i].died);
		CHECK_INT(copy->request.started_ns, cases[i].started);
		CHECK_INT(copy->quit_ns, cases[i].quit);
		CHECK_INT(copy->draft.sampled_ns, cases[i].sampled);
		us = (uint64_t) time(NULL) * SECOND_US - (now_ns - cases[i].died) / 1000;
		CHECK(copy->draft.died_us + 5 * SECOND_US > us && copy->draft.died_us < us + 5 * SECOND_US);
		free(slot);
		free(copy);
	}
}

/* One that still lives has no end yet: what it says is no later than now. */
static void a_living_worker_dies_no_later_than_now(void)
{
	struct fps_ward ward = {.who = {.pid = 7}, .cgroup = -1, .sealed_ns = now()};
	struct fps_slot *slot = slot_example();

	slot->draft.sender_role = FPS_ROLE_INIT;
	slot->draft.cause = FPS_CAUSE_MASTER_STOP; /* which no worker can tell of */
	slot->draft.died_ns = now() + 3600 * (uint64_t) SECOND_NS;
	fps_deathcause_fill(&ward, slot, slot);
	CHECK_INT(slot->draft.died_ns, ward.sealed_ns);
	CHECK_INT(slot->draft.cause, FPS_CAUSE_UNKNOWN_DEATH);
	free(slot);
}

/*
 * Whether a death of that wait status, of which the worker has said nothing, is told with the slot's request and
 * sample.
 */
static bool is_of_request(uint32_t several_threads, bool known, int status)
{
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_ward ward = {
		.who = {.pid = 7}, .cgroup = -1, .status_known = known, .status = status, .ended_ns = now()};
	bool is;

	slot->several_threads = several_threads;
	slot->draft.stages_done = 0;
	slot->samples = 1;
	slot->sample[1].requests_served = slot->requests_served;
	slot->sample[1].draft.php_frames = 1;
	memcpy(copy, slot, sizeof *copy);
	fps_deathcause_fill(&ward, slot, copy);
	is = !copy->draft.other_thread;
	CHECK_INT(copy->draft.php_frames, is);
	free(slot);
	free(copy);
	return is;
}

/* With several threads of PHP's a fault, or _exit(), may be that of any of them; SIGKILL is that of all. */
static void one_of_several_threads(void)
{
	CHECK(is_of_request(0, true, SIGSEGV));
	CHECK(is_of_request(0, false, 0));
	CHECK(!is_of_request(1, true, SIGSEGV));
	CHECK(!is_of_request(1, true, 3 << 8));
	CHECK(!is_of_request(1, false, 0));
	CHECK(is_of_request(1, true, SIGKILL));
	CHECK(is_of_request(1, true, SIGTERM));
}

/* A worker whose cgroup nobody can see, killed by SIGKILL: what is said of it. */
static void sigkill(enum fps_oom_verdict oom, enum fps_cause cause, enum fps_confidence confidence, const char *message)
{
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_ward ward = {.who = {.pid = 7},
		.cgroup = -1,
		.ended_ns = now(),
		.status_known = true,
		.status = SIGKILL,
		.image_known = true,
		.oom_asked = true,
		.oom = oom,
		.aftermath = {.kind = FPS_AFTERMATH_SIBLING}};

	slot->draft.stages_done = 0;
	memcpy(copy, slot, sizeof *copy);
	fps_deathcause_fill(&ward, slot, copy);
	CHECK_INT(copy->draft.cause, cause);
	CHECK_INT(copy->draft.confidence, confidence);
	CHECK_STR(copy->draft.error_message, strlen(copy->draft.error_message), message);
	CHECK(copy->draft.evidence[FPS_MAX_EVIDENCE - 1][0] == '\0'); /* there is room for all of it */
	free(slot);
	free(copy);
}

static void an_oom_kill_elsewhere_is_not_its_own(void)
{
	sigkill(FPS_OOM_MAYBE, FPS_CAUSE_OOM_KILL, FPS_POSSIBLE, "killed by SIGKILL");
	sigkill(FPS_OOM_YES, FPS_CAUSE_OOM_KILL, FPS_CERTAIN, "killed by the OOM killer");
}

/* The master's fate, which is none. */
static void start(void)
{
	CHECK_INT(fps_master_init(), 0);
}

/* What a SIGTERM of the master's meant, after SIGQUIT so long before (0: none), to a request of that age. */
static void master_term(enum fps_aftermath_kind aftermath, enum fps_fate fate, double quit_s, double age_s,
	enum fps_cause cause, enum fps_confidence confidence)
{
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_ward ward = {
		.who = {.pid = 7}, .cgroup = -1, .sealed_ns = now(), .aftermath = {.kind = aftermath, .sibling = 8}};
	struct fps_channel_message goodbye = {
		.words = {.word = fate == FPS_FATE_STOP ? FPS_CHANNEL_STOP : FPS_CHANNEL_RELOAD}, .pid = 5};

	CHECK_INT(fps_master_init(), 0);
	if (fate == FPS_FATE_STOP || fate == FPS_FATE_RELOAD) {
		fps_master_hear(&goodbye);
	}
	slot->draft.died_ns = now();
	slot->request.started_ns = slot->draft.died_ns - (uint64_t) (age_s * 1e9);
	slot->quit_ns = quit_s > 0 ? slot->draft.died_ns - (uint64_t) (quit_s * 1e9) : 0;
	memcpy(copy, slot, sizeof *copy);
	fps_deathcause_fill(&ward, slot, copy);
	CHECK_INT(copy->draft.cause, cause);
	CHECK_INT(copy->draft.confidence, confidence);
	CHECK(copy->draft.evidence[FPS_MAX_EVIDENCE - 1][0] == '\0'); /* there is room for all of it */
	free(slot);
	free(copy);
}

static void what_the_master_did_next(void)
{
	const enum fps_cause timeout = FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT, reload = FPS_CAUSE_FPM_RELOAD,
						 stop = FPS_CAUSE_FPM_STOP;

	UNIT_CASE("an aftermath");
	master_term(FPS_AFTERMATH_FORK, FPS_FATE_NONE, 0, 1.2, timeout, FPS_CERTAIN);
	master_term(FPS_AFTERMATH_FORK, FPS_FATE_RELOAD, 0, 1.2, timeout, FPS_CERTAIN);
	master_term(FPS_AFTERMATH_SIBLING, FPS_FATE_STOP, 0, 1.2, timeout, FPS_CERTAIN);
	UNIT_CASE("an aftermath, and something against it");
	master_term(FPS_AFTERMATH_SIBLING, FPS_FATE_NONE, 5, 9, timeout, FPS_PROBABLE);
	master_term(FPS_AFTERMATH_FORK, FPS_FATE_NONE, 0, 0.4, timeout, FPS_PROBABLE);
	UNIT_CASE("its end, and no request_terminate_timeout is so short");
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_STOP, 0, 0.4, stop, FPS_CERTAIN);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_STOP, 0, 0.9, stop, FPS_PROBABLE);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_RELOAD, 0.001, 0.4, reload, FPS_CERTAIN);
	UNIT_CASE("its end, by SIGQUIT and SIGTERM at once");
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_RELOAD, 0.001, 9, reload, FPS_CERTAIN);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_STOP, 0.001, 9, stop, FPS_CERTAIN);
	UNIT_CASE("its end, and two explanations");
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_RELOAD, 5, 9, reload, FPS_PROBABLE);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_STOP, 0, 1.2, stop, FPS_PROBABLE);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_RELOAD, 0, 1.2, timeout, FPS_PROBABLE);
	UNIT_CASE("nothing yet");
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_NONE, 0, 1.2, timeout, FPS_PROBABLE);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_NONE, 2, 9, reload, FPS_PROBABLE);
	master_term(FPS_AFTERMATH_NONE, FPS_FATE_NONE, 0, 0.4, stop, FPS_PROBABLE);
	CHECK_INT(fps_master_init(), 0);
}

/* What SIGKILL meant as the master re-executed itself, after SIGQUIT or without one. */
static void kill_at_reload(bool quit, enum fps_cause cause)
{
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_ward ward = {
		.who = {.pid = 7}, .cgroup = -1, .status_known = true, .status = SIGKILL, .ended_ns = now()};
	struct fps_channel_message goodbye = {.words = {.word = FPS_CHANNEL_RELOAD}, .pid = 5};

	CHECK_INT(fps_master_init(), 0);
	fps_master_hear(&goodbye);
	slot->draft.stages_done = 0;
	slot->request.started_ns = ward.ended_ns - 2 * (uint64_t) SECOND_NS;
	slot->quit_ns = quit ? ward.ended_ns - (uint64_t) SECOND_NS : 0;
	memcpy(copy, slot, sizeof *copy);
	fps_deathcause_fill(&ward, slot, copy);
	CHECK_INT(copy->draft.cause, cause);
	CHECK_INT(copy->draft.confidence, FPS_PROBABLE);
	free(slot);
	free(copy);
	CHECK_INT(fps_master_init(), 0);
}

static void a_reload_sends_sigquit_first(void)
{
	kill_at_reload(true, FPS_CAUSE_FPM_RELOAD);
	kill_at_reload(false, FPS_CAUSE_KILLED);
}

/* A worker whose PHP stack could not be read, and a sample of before it had any. */
static void an_empty_sample_completes_nothing(void)
{
	for (uint32_t frames = 0; frames < 2; frames++) {
		struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
		struct fps_ward ward = {.who = {.pid = 7}, .cgroup = -1, .sealed_ns = now()};

		slot->draft.died_ns = now();
		slot->draft.cause = FPS_CAUSE_SEGFAULT;
		slot->draft.php_frames = slot->draft.arena_len = 0;
		slot->draft.stages_done = FPS_DRAFT_IDENTIFIED | 1u << FPS_STAGE_DEATH;
		slot->samples = 1;
		slot->sample[1].requests_served = slot->requests_served;
		slot->sample[1].draft.php_frames = frames;
		slot->sample[1].draft.stages_done = 1u << FPS_STAGE_PHP_STACK;
		memcpy(copy, slot, sizeof *copy);
		fps_deathcause_fill(&ward, slot, copy);
		CHECK_INT((copy->draft.stages_done & 1u << FPS_STAGE_PHP_STACK) != 0, (int64_t) (frames == 1));
		free(slot);
		free(copy);
	}
}

UNIT_MAIN(TEST(start), TEST(stop_after_an_oom_kill), TEST(times_are_bounded),
	TEST(a_living_worker_dies_no_later_than_now), TEST(one_of_several_threads),
	TEST(an_oom_kill_elsewhere_is_not_its_own), TEST(what_the_master_did_next), TEST(a_reload_sends_sigquit_first),
	TEST(an_empty_sample_completes_nothing))
