/* cgroupfs.c: where a process's OOM kills are counted, in a copied tree. */
#include "tree.h"

#include "coroner/cgroupfs.h"

static const struct {
	const char *name, *mounts, *cgroup;
	const char *file; /* that counts, and is there */
	const char *content;
	const char *called; /* NULL: it is not found */
} places[] = {
	{"v2", V2, "0::/a/b\n", "sys/fs/cgroup/a/b/memory.events", "oom_kill 3\n", "/a/b"},
	{"v2, the group alone", V2, "0::/a/b\n", "sys/fs/cgroup/a/b/memory.events.local", "oom_kill 3\n", "/a/b"},
	{"v2, the root of a container", V2, "0::/\n", "sys/fs/cgroup/memory.events", "oom_kill 3\n", "/"},
	{"v2, mounted from within", "1 1 0:26 /pod/c /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/pod/c\n",
		"sys/fs/cgroup/memory.events", "oom_kill 3\n", "/pod/c"},
	{"v2, below what is mounted", "1 1 0:26 /pod/c /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/pod/c/d\n",
		"sys/fs/cgroup/d/memory.events", "oom_kill 3\n", "/pod/c/d"},
	{"v2, beside what is mounted", "1 1 0:26 /pod/c /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/pod/cd\n",
		"sys/fs/cgroup/d/memory.events", "oom_kill 3\n", NULL},
	{"v2, outside of our namespace", V2, "0::/../x\n", "sys/fs/x/memory.events", "oom_kill 3\n", NULL},
	{"v2, deleted", V2, "0::/a (deleted)\n", "sys/fs/cgroup/a/memory.events", "oom_kill 3\n", NULL},
	{"v2, a place with blanks", "1 1 0:26 / /my\\040cg\\134x rw - cgroup2 cgroup2 rw\n", "0::/a\n",
		"my cg\\x/a/memory.events", "oom_kill 3\n", "/a"},
	{"v2, the second mount fits", "1 1 0:26 /x /other rw - cgroup2 cgroup2 rw\n" V2, "0::/a\n",
		"sys/fs/cgroup/a/memory.events", "oom_kill 3\n", "/a"},
	{"v1", V1, "9:pids:/x\n4:memory:/a/b\n0::/\n", "sys/fs/cgroup/memory/a/b/memory.oom_control",
		"oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "/a/b"},
	{"v1, with other controllers", "1 1 0:32 / /m rw - cgroup cgroup rw,cpuset,memory,pids\n",
		"4:cpuset,memory,pids:/a\n", "m/a/memory.oom_control", "oom_kill 3\n", "/a"},
	{"v1, the last controller", "1 1 0:32 / /m rw - cgroup none rw,cpuset,memory\n", "4:cpuset,memory:/a\n",
		"m/a/memory.oom_control", "oom_kill 3", "/a"},
	{"v1, a container without a namespace", "1 1 0:32 /docker/1f /m rw - cgroup cgroup rw,memory\n",
		"4:memory:/docker/1f\n", "m/memory.oom_control", "oom_kill 3\n", "/docker/1f"},
	{"v1, another controller", "1 1 0:32 / /m rw - cgroup cgroup rw,memory2,mem\n", "4:memory:/a\n",
		"m/a/memory.oom_control", "oom_kill 3\n", NULL},
	{"v1, in no group of it", V1, "4:memory2:/a\n", "sys/fs/cgroup/memory/a/memory.oom_control", "oom_kill 3\n", NULL},
	{"v1, before 4.13", V1, "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.oom_control", "under_oom 0\n", NULL},
	{"hybrid, memory on v1", V2 V1, "4:memory:/a\n0::/b\n", "sys/fs/cgroup/memory/a/memory.oom_control", "oom_kill 3\n",
		"/a"},
	{"hybrid, memory on v2", V1 V2, "4:memory:/a\n0::/b\n", "sys/fs/cgroup/b/memory.events", "oom_kill 3\n", "/b"},
	{"nothing mounted", "1 1 0:3 / / rw - ext4 /dev/vda rw\n", "0::/a\n", "sys/fs/cgroup/a/memory.events",
		"oom_kill 3\n", NULL},
	{"no process", V2, "", "sys/fs/cgroup/a/memory.events", "oom_kill 3\n", NULL},
	{"a mountinfo of garbage", " - \n - - \n1\n1 2 3 4 - cgroup2\n1 2 3 4 5 - cgroup2 x\n\n" V2, "0::/a\n",
		"sys/fs/cgroup/a/memory.events", "oom_kill 3\n", "/a"},
	{"a cgroup file of garbage", V2, ":\n::\n0::\n0::x\n0:\n\n4:memory:/a\n", "sys/fs/cgroup/memory.events",
		"oom_kill 3\n", NULL},
	{"an empty counter", V2, "0::/a\n", "sys/fs/cgroup/a/memory.events", "", NULL},
	{"a counter of garbage", V2, "0::/a\n", "sys/fs/cgroup/a/memory.events", "oom_kill\noom_kill \noom_kill 3x\n",
		NULL},
	{"a negative counter", V2, "0::/a\n", "sys/fs/cgroup/a/memory.events", "oom_kill -3\n", NULL},
	{"a counter that is no number", V2, "0::/a\n", "sys/fs/cgroup/a/memory.events", "oom_kill 99999999999999999999\n",
		NULL},
};

static void places_are_found(void)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		struct fps_cgroup group;
		uint64_t kills = 0;
		char name[96];

		UNIT_CASE(places[i].name);
		tree_make();
		tree_put("proc/self/mountinfo", "%s", places[i].mounts);
		tree_put("proc/7/cgroup", "%s", places[i].cgroup);
		tree_put(places[i].file, "%s", places[i].content);
		fps_cgroupfs_init(tree);
		CHECK_INT(fps_cgroupfs_find(7, &group, &kills), places[i].called != NULL);
		if (places[i].called && CHECK_INT(kills, 3)) {
			fps_cgroupfs_name(&group, name, sizeof name);
			CHECK_STR(name, strlen(name), places[i].called);
			CHECK(strstr(places[i].file, group.file) != NULL);
			fps_cgroupfs_name(&group, name, 5);
			CHECK(strlen(name) <= 4);
		}
		tree_remove("");
	}
}

static void long_files(void)
{
	struct fps_cgroup group;
	uint64_t kills;
	char *bytes = malloc(1 << 20);

	tree_make();
	tree_put("proc/self/mountinfo", V2);
	tree_put("proc/7/cgroup", "0::/fpm\n");
	fps_cgroupfs_init(tree);
	UNIT_CASE("a counter's file without end");
	memset(bytes, 'x', 1 << 20);
	tree_put_bytes("sys/fs/cgroup/fpm/memory.events", bytes, 1 << 20);
	CHECK(!fps_cgroupfs_find(7, &group, &kills));
	UNIT_CASE("the number cut");
	memset(bytes, '\n', 16384);
	memcpy(bytes + 16383 - 10, "oom_kill 123", 12);
	tree_put_bytes("sys/fs/cgroup/fpm/memory.events", bytes, 16386);
	CHECK(!fps_cgroupfs_find(7, &group, &kills));
	UNIT_CASE("lines too long for a mount");
	memset(bytes, 'x', 100000);
	strcpy(bytes + 100000, " - cgroup2 x x\n" V2);
	tree_put_bytes("proc/self/mountinfo", bytes, strlen(bytes));
	tree_put("sys/fs/cgroup/fpm/memory.events", "oom_kill 5\n");
	fps_cgroupfs_init(tree);
	CHECK(fps_cgroupfs_find(7, &group, &kills));
	UNIT_CASE("a path too long for a group");
	memset(bytes, 'x', 1000);
	strcpy(bytes + 1000, "\n");
	tree_put("proc/7/cgroup", "0::/%s", bytes);
	CHECK(!fps_cgroupfs_find(7, &group, &kills));
	UNIT_CASE("many mounts");
	for (size_t i = 0, len = strlen(V2); i < 100; i++) {
		strcpy(bytes + i * len, V2);
	}
	tree_put_bytes("proc/self/mountinfo", bytes, strlen(bytes));
	tree_put("proc/7/cgroup", "0::/fpm\n");
	fps_cgroupfs_init(tree);
	CHECK(fps_cgroupfs_find(7, &group, &kills));
	tree_remove("");
	free(bytes);
}

UNIT_MAIN(TEST(places_are_found), TEST(long_files))
