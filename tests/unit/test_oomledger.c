/* oomledger.c: whose OOM kill it was, from counters in a copied tree. */
#include "slots.h"
#include "tree.h"

#include "coroner/oomledger.h"

#include <sys/xattr.h>
#include <time.h>

#define SECOND 1000000000ULL

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t) time.tv_sec * SECOND + (uint64_t) time.tv_nsec;
}

static void put_kills(const char *group, int kills)
{
	char file[256];

	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.events", group);
	tree_put(file, "low 0\nhigh 0\nmax 9\noom 8\noom_kill %d\noom_group_kill 0\n", kills);
}

static void put_machine(int kills)
{
	tree_put("proc/vmstat", "nr_free_pages 1\noom_kill %d\noom_kill_other 77\n", kills);
}

/* A worker, pid 7, in /fpm of v2; the machine has counted a kill before. */
static int worker(void)
{
	tree_make();
	tree_put("proc/self/mountinfo", V2);
	tree_put("proc/7/cgroup", "0::/fpm\n");
	put_kills("fpm", 0);
	put_machine(1);
	fps_oomledger_init(tree);
	return fps_oomledger_join(7);
}

static void one_step_one_death(void)
{
	int group = worker();

	CHECK_INT(group, 0);
	CHECK_INT(fps_oomledger_join(7), group);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_NO);
	put_machine(2);
	put_kills("fpm", 1);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_NO);
	UNIT_CASE("two deaths, two steps");
	put_machine(4);
	put_kills("fpm", 3);
	CHECK_INT(fps_oomledger_consume(group, 2, now()), FPS_OOM_YES);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_NO);
	UNIT_CASE("the group alone was read first");
	put_kills("fpm", 4);
	fps_oomledger_sync();
	put_machine(5);
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_NO);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	UNIT_CASE("a new group under the old name");
	put_kills("fpm", 0);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_NO);
	put_kills("fpm", 1);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	tree_remove("");
}

static void more_deaths_than_steps(void)
{
	int group = worker();
	uint64_t died = now();

	put_kills("fpm", 1);
	CHECK_INT(fps_oomledger_consume(group, 3, died), FPS_OOM_SHARED);
	UNIT_CASE("another, with a step of its own");
	put_kills("fpm", 2);
	CHECK_INT(fps_oomledger_consume(group, 3, now()), FPS_OOM_YES);
	UNIT_CASE("the others");
	CHECK_INT(fps_oomledger_consume(group, 2, died), FPS_OOM_SHARED);
	CHECK_INT(fps_oomledger_consume(group, 1, died), FPS_OOM_SHARED);
	CHECK_INT(fps_oomledger_consume(group, 1, died), FPS_OOM_NO);
	tree_remove("");
}

static void stale_steps(void)
{
	int group = worker();

	UNIT_CASE("of a group");
	put_machine(2);
	put_kills("fpm", 1);
	fps_oomledger_sync();
	CHECK_INT(fps_oomledger_consume(group, 1, now() + 3 * SECOND), FPS_OOM_NO);
	UNIT_CASE("held for long, but died at once");
	CHECK_INT(fps_oomledger_consume(group, 1, now() + SECOND), FPS_OOM_YES);
	UNIT_CASE("of the machine");
	put_machine(3);
	fps_oomledger_sync();
	CHECK_INT(fps_oomledger_consume(-1, 1, now() + 3 * SECOND), FPS_OOM_NO);
	UNIT_CASE("many of them");
	for (int i = 2; i < 40; i++) {
		put_kills("fpm", i);
		fps_oomledger_sync();
	}
	CHECK_INT(fps_oomledger_consume(group, 1, now() + 3 * SECOND), FPS_OOM_NO);
	CHECK_INT(fps_oomledger_consume(group, 8, now()), FPS_OOM_YES);
	CHECK_INT(fps_oomledger_consume(group, 8, now()), FPS_OOM_SHARED);
	tree_remove("");
}

static void the_machine_alone(void)
{
	int group = worker();

	put_machine(2);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_ELSEWHERE);
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_MAYBE);
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_NO);
	UNIT_CASE("a step of a known group");
	put_machine(3);
	put_kills("fpm", 1);
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_NO);
	CHECK_INT(fps_oomledger_consume(7, 1, now()), FPS_OOM_NO);
	UNIT_CASE("a group that is gone");
	tree_remove("sys/fs/cgroup/fpm");
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES); /* its step was seen before */
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_NO);
	put_machine(4);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_MAYBE);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_NO);
	UNIT_CASE("no counter at all");
	tree_remove("proc/vmstat");
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_NO);
	tree_remove("");
}

static void the_last_step_is_remembered(void)
{
	int group = worker();
	uint64_t before = now();

	CHECK_INT(fps_oomledger_last_ns(group), 0);
	CHECK_INT(fps_oomledger_last_ns(-1), 0);
	put_kills("fpm", 1);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	CHECK(fps_oomledger_last_ns(group) >= before && fps_oomledger_last_ns(group) <= now());
	tree_remove("");
}

static void too_many_groups(void)
{
	char file[64];

	worker();
	for (int i = 1; i < 70; i++) {
		snprintf(file, sizeof file, "g%d", i);
		put_kills(file, i);
		tree_put("proc/8/cgroup", "0::/g%d\n", i);
		CHECK_INT(fps_oomledger_join(8), i < 64 ? i : -1);
	}
	put_kills("g63", 64);
	CHECK_INT(fps_oomledger_consume(62, 1, now()), FPS_OOM_NO);
	CHECK_INT(fps_oomledger_consume(63, 1, now()), FPS_OOM_YES);
	put_machine(2);
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_NO); /* that was the one of g63 */
	put_machine(3);
	CHECK_INT(fps_oomledger_consume(-1, 1, now()), FPS_OOM_MAYBE);
	tree_remove("");
}

static void systemd_oomd(void)
{
	int group = worker();

	UNIT_CASE("needs user attributes in the build directory");
	if (CHECK(setxattr(tree_path("sys/fs/cgroup"), "user.oomd_ooms", "1", 1, 0) == 0)) {
		CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_DAEMON);
		CHECK_INT(fps_oomledger_consume(group, 2, now()), FPS_OOM_DAEMON);
		CHECK_INT(fps_oomledger_consume(group, 1, now() + 3 * SECOND), FPS_OOM_NO);
		put_kills("fpm", 1);
		CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	}
	UNIT_CASE("an older version");
	CHECK(setxattr(tree_path("sys/fs/cgroup/fpm"), "user.oomd_kill", "17", 2, 0) == 0);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_DAEMON);
	tree_remove("");
}

static void event_descriptor(void)
{
	int group = worker(), fd = fps_oomledger_event_fd(group);

	CHECK(fd >= 0);
	CHECK_INT(fps_oomledger_event_fd(group), fd);
	CHECK_INT(fps_oomledger_event_fd(-1), -1);
	CHECK_INT(fps_oomledger_event_fd(1), -1);
	put_kills("fpm", 1);
	CHECK_INT(fps_oomledger_consume(group, 1, now()), FPS_OOM_YES);
	UNIT_CASE("the group is gone");
	tree_put("sys/fs/cgroup/fpm/memory.events", "%s", "");
	fps_oomledger_sync();
	CHECK_INT(fps_oomledger_event_fd(group), -1);
	CHECK_INT(close(fd), -1);
	tree_remove("");
}

#define LONG "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podc0ffee.slice/cri-containerd-1234.scope"

/* Files of a group, and what they make of a verdict. Those of v1 below memory/, mounted at the same time. */
static const struct {
	const char *name, *cgroup, *file[4], *content[4];
	enum fps_oom_verdict verdict;
	uint64_t rss;
	const char *evidence[FPS_MAX_EVIDENCE];
} evidences[] = {
	{"a limit of its own", "0::/fpm\n", {"fpm/memory.events", "fpm/memory.max", "fpm/memory.current"},
		{"oom_kill 0\n", "268435456\n", "12345678\n"}, FPS_OOM_YES, 250000000,
		{"an OOM kill was counted in cgroup /fpm", "limit 268435456, usage now 12345678 in /fpm",
			"RSS at the last sample: 250000000 bytes", ""}},
	{"a limit above", "0::/a/fpm\n", {"a/fpm/memory.events", "a/fpm/memory.max", "a/memory.max", "a/memory.current"},
		{"oom_kill 0\n", "max\n", "1000\n", "999\n"}, FPS_OOM_SHARED, 0,
		{"fewer OOM kills than deaths were counted in cgroup /a/fpm", "limit 1000, usage now 999 in /a", "", ""}},
	{"a limit that is garbage", "0::/a/fpm\n", {"a/fpm/memory.events", "a/fpm/memory.max", "a/memory.max"},
		{"oom_kill 0\n", "-5\n", ""}, FPS_OOM_DAEMON, 0,
		{"systemd-oomd has killed this or one above it: cgroup /a/fpm",
			"no memory limit is seen from that cgroup upwards", "", ""}},
	{"v1, a limit above", "4:memory:/a/fpm\n",
		{"memory/a/fpm/memory.oom_control", "memory/a/fpm/memory.limit_in_bytes", "memory/a/memory.limit_in_bytes",
			"memory/a/memory.usage_in_bytes"},
		{"oom_kill 0\n", "9223372036854771712\n", "1000\n", "999\n"}, FPS_OOM_YES, 0,
		{"an OOM kill was counted in cgroup /a/fpm", "limit 1000, usage now 999 in /a", "", ""}},
	{"v1, a limit that is not inherited", "4:memory:/a/fpm\n",
		{"memory/a/fpm/memory.oom_control", "memory/a/memory.use_hierarchy", "memory/a/memory.limit_in_bytes",
			"memory/a/memory.usage_in_bytes"},
		{"oom_kill 0\n", "0\n", "1000\n", "999\n"}, FPS_OOM_YES, 0,
		{"an OOM kill was counted in cgroup /a/fpm", "no memory limit is seen from that cgroup upwards", "", ""}},
	{"long names", "0::" LONG "\n", {&LONG "/memory.events"[1], &LONG "/memory.max"[1], &LONG "/memory.current"[1]},
		{"oom_kill 0\n", "4611686018427387903\n", "9223372036854775807\n"}, FPS_OOM_YES, UINT64_MAX / 2,
		{"an OOM kill was counted in cgroup ...epods-burstable-podc0ffee.slice/cri-containerd-1234.scope",
			"limit 4611686018427387903, usage now 9223372036854775807 in ...slice/cri-containerd-1234.scope",
			"RSS at the last sample: 9223372036854775807 bytes", ""}},
	{"elsewhere", "0::/fpm\n", {"fpm/memory.events"}, {"oom_kill 0\n"}, FPS_OOM_ELSEWHERE, 1,
		{"an OOM kill was counted on this machine, but not in cgroup /fpm", "", "", ""}},
	{"none", "0::/fpm\n", {"fpm/memory.events"}, {"oom_kill 0\n"}, FPS_OOM_NO, 1,
		{"no OOM kill was counted in cgroup /fpm", "", "", ""}},
	{"no group", "", {"fpm/memory.events"}, {""}, FPS_OOM_MAYBE, 17,
		{"an OOM kill was counted on this machine; the worker's cgroup is not known",
			"RSS at the last sample: 17 bytes", "", ""}},
	{"no group, no kill", "", {"fpm/memory.events"}, {""}, FPS_OOM_NO, 17,
		{"no OOM kill was counted on this machine", "", "", ""}},
};

static void check_evidence(const struct fps_draft *draft, const char *const expected[FPS_MAX_EVIDENCE])
{
	for (size_t n = 0; n < FPS_MAX_EVIDENCE; n++) {
		CHECK_STR(
			draft->evidence[n], strnlen(draft->evidence[n], sizeof draft->evidence[n]), expected[n] ? expected[n] : "");
	}
}

static void evidence(void)
{
	static struct fps_draft draft;

	for (size_t i = 0; i < COUNT(evidences); i++) {
		UNIT_CASE(evidences[i].name);
		tree_make();
		tree_put("proc/self/mountinfo", V2 V1);
		tree_put("proc/7/cgroup", "%s", evidences[i].cgroup);
		put_machine(1);
		for (size_t n = 0; n < 4 && evidences[i].file[n]; n++) {
			char file[512];

			snprintf(file, sizeof file, "sys/fs/cgroup/%s", evidences[i].file[n]);
			tree_put(file, "%s", evidences[i].content[n]);
		}
		fps_oomledger_init(tree);
		memset(&draft, 0, sizeof draft);
		fps_oomledger_describe(fps_oomledger_join(7), evidences[i].verdict, evidences[i].rss, &draft);
		check_evidence(&draft, evidences[i].evidence);
		tree_remove("");
	}
}

static void evidence_of_changes(void)
{
	static struct fps_draft draft;
	int group = worker();

	UNIT_CASE("the whole group");
	tree_put("sys/fs/cgroup/fpm/memory.events", "oom_kill 3\noom_group_kill 1\n");
	fps_oomledger_describe(group, fps_oomledger_consume(group, 3, now()), 0, &draft);
	check_evidence(&draft,
		(const char *const[FPS_MAX_EVIDENCE]) {"an OOM kill of a whole group was counted in cgroup /fpm",
			"no memory limit is seen from that cgroup upwards", "", ""});
	UNIT_CASE("gone");
	memset(&draft, 0, sizeof draft);
	tree_remove("sys/fs/cgroup/fpm");
	fps_oomledger_sync();
	fps_oomledger_describe(group, FPS_OOM_MAYBE, 0, &draft);
	fps_oomledger_describe(group, FPS_OOM_NO, 0, &draft);
	tree_remove("proc/vmstat");
	fps_oomledger_init(tree);
	fps_oomledger_describe(group, FPS_OOM_NO, 0, &draft);
	check_evidence(&draft,
		(const char *const[FPS_MAX_EVIDENCE]) {"an OOM kill was counted on this machine; gone is cgroup /fpm",
			"no OOM kill was counted on this machine", "whether the OOM killer was at work could not be read", ""});
	tree_remove("");
}

UNIT_MAIN(TEST(one_step_one_death), TEST(more_deaths_than_steps), TEST(stale_steps), TEST(the_machine_alone),
	TEST(the_last_step_is_remembered), TEST(too_many_groups), TEST(systemd_oomd), TEST(event_descriptor),
	TEST(evidence), TEST(evidence_of_changes))
