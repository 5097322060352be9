/* certificate.c: what the coroner adds to a death that the worker has noted itself. */
#include "slots.h"
#include "tree.h"

#include "certificate.h"

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
	fps_oom_init(tree);

	struct fps_ward ward = {.pid = 7, .cgroup = fps_oom_join(7)};

	tree_put("sys/fs/cgroup/fpm/memory.events", "oom_kill 1\n");
	fps_oom_sync();
	return ward;
}

/* What is said of a worker that systemd has terminated, so many seconds after the OOM kill was seen, or after now. */
static char *evidence_of_stop(const struct fps_ward *ward, enum fps_cause cause, double seconds)
{
	static char evidence[sizeof(((struct fps_draft *) NULL)->evidence[0])];
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_draft *draft = &slot->draft;

	uint64_t oom_ns = fps_oom_last_ns(ward->cgroup);

	draft->died_ns = (oom_ns ? oom_ns : now()) + (uint64_t) (int64_t) (seconds * 1e9);
	slot->request.started_ns = draft->died_ns - SECOND_NS;
	draft->cause = (uint8_t) cause;
	draft->sender_role = FPS_ROLE_INIT;
	memset(draft->evidence, 0, sizeof draft->evidence);
	memcpy(copy, slot, sizeof *copy);
	fps_certificate_fill(ward, slot, copy);
	memcpy(evidence, copy->draft.evidence[0], sizeof evidence);
	free(slot);
	free(copy);
	return evidence;
}

#define CHECK_STOP(cause, seconds, expected) do { \
	char *evidence = evidence_of_stop(&ward, (cause), (seconds)); \
	CHECK_STR(evidence, strlen(evidence), (expected)); \
} while (0)

static void stop_after_an_oom_kill(void)
{
	struct fps_ward ward = ward_after_oom();

	CHECK(fps_oom_last_ns(ward.cgroup) > 0 && fps_oom_last_ns(ward.cgroup) <= now());
	CHECK_STOP(FPS_CAUSE_FPM_STOP, 0.2, "an OOM kill in its cgroup 200 ms before, as for OOMPolicy=stop");
	CHECK_STOP(FPS_CAUSE_FPM_STOP, -0.3, "an OOM kill in its cgroup, seen 300 ms later, as for OOMPolicy=stop");
	UNIT_CASE("too long ago");
	CHECK_STOP(FPS_CAUSE_FPM_STOP, 30, "");
	UNIT_CASE("only afterwards");
	CHECK_STOP(FPS_CAUSE_FPM_STOP, -2, "");
	UNIT_CASE("no stop");
	CHECK_STOP(FPS_CAUSE_TERMINATED, 0.2, "");
	UNIT_CASE("no OOM kill");
	fps_oom_init(tree);
	ward.cgroup = fps_oom_join(7);
	CHECK_STOP(FPS_CAUSE_FPM_STOP, 0.2, "");
	tree_remove("");
}

/* Whether a death of that wait status, of which the worker has said nothing, is told with the slot's request and sample. */
static bool is_of_request(uint32_t several_threads, bool known, int status)
{
	struct fps_slot *slot = slot_example(), *copy = calloc(1, sizeof *copy);
	struct fps_ward ward = {.pid = 7, .cgroup = -1, .status_known = known, .status = status, .ended_ns = now()};
	bool is;

	slot->several_threads = several_threads;
	slot->draft.stages_done = 0;
	slot->samples = 1;
	slot->sample[1].requests_served = slot->requests_served;
	slot->sample[1].draft.php_frames = 1;
	memcpy(copy, slot, sizeof *copy);
	fps_certificate_fill(&ward, slot, copy);
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

UNIT_MAIN(TEST(stop_after_an_oom_kill), TEST(one_of_several_threads))
