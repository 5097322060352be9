/* kernellog.c: lines of the kernel's log as of several kernels, architectures and programs that print it. */
#include "unit.h"

#include "log/kernellog.h"

#include <signal.h>

#define SEGV \
	"php-fpm8.2[4711]: segfault at 0 ip 000055d0c1a2b3c4 sp 00007ffd01020304 error 4 in " \
	"php-fpm8.2[55d0c1800000+2e5000] likely on CPU 3 (core 3, socket 0)"

static bool parse(const char *line, struct fps_kern_event *event)
{
	return fps_kernellog_parse((struct fps_span) {line, strlen(line)}, event);
}

static void faults(void)
{
	static const struct {
		const char *line;
		int signal;
		const char *process, *module;
	} lines[] = {
		{SEGV, SIGSEGV, "php-fpm8.2", "php-fpm8.2"},
		{"php-fpm[4711]: segfault at 7ffc5d1cffc8 ip 00007f0e sp 00007ffc error 6 in libc.so.6[7f0e5a228000+195000]",
			SIGSEGV, "php-fpm", "libc.so.6"},
		{"php-fpm: pool w[4711]: segfault at 18 ip 0 sp 0 error 4 in opcache.so[7f0e5a228000+195000]", SIGSEGV,
			"php-fpm: pool w", "opcache.so"},
		{"php-fpm8.2[4711]: segfault at 41414141 ip 0000000041414141 sp 00007ffd error 14", SIGSEGV, "php-fpm8.2", ""},
		{"php-fpm8.2[4711]: segfault at 0 rip 0 rsp 0 error 14 in zero (deleted)[7f00+1000]", SIGSEGV, "php-fpm8.2",
			""},
		{"traps: php-fpm8.2[4711] general protection fault ip:7f12 sp:7ffd error:0 in libxml2.so.2.9.14[7f12+100000]",
			SIGSEGV, "php-fpm8.2", "libxml2.so.2.9.14"},
		{"traps: php-fpm8.2[4711] general protection ip:7f12 sp:7ffd error:0 in libc-2.31.so[7f12+100000]", SIGSEGV,
			"php-fpm8.2", "libc-2.31.so"},
		{"traps: php-fpm8.2[4711] trap invalid opcode ip:7f12 sp:7ffd error:0 in gd.so[7f12+100000]", SIGILL,
			"php-fpm8.2", "gd.so"},
		{"traps: php-fpm8.2[4711] trap int3 ip:7f12 sp:7ffd error:0", SIGTRAP, "php-fpm8.2", ""},
		{"traps: php-fpm8.2[4711] trap divide error ip:7f12 sp:7ffd error:0 in a.so[7f12+100000]", SIGFPE, "php-fpm8.2",
			"a.so"},
		{"php-fpm8.2[4711]: unhandled level 2 translation fault (11) at 0x00000008, esr 0x92000006, in "
		 "libc-2.28.so[ffff9+13d000]",
			SIGSEGV, "php-fpm8.2", "libc-2.28.so"},
		{"php-fpm8.2[4711]: unhandled exception: DABT (lower EL), ESR 0x0000000092000006, level 2 translation fault in "
		 "php-fpm8.2[aaaa+5000]",
			SIGSEGV, "php-fpm8.2", "php-fpm8.2"},
		{"php-fpm8.2[4711]: unhandled signal 11 code 0x1 at 0x0000000000000008 in libc.so.6[3f+13000]", SIGSEGV,
			"php-fpm8.2", "libc.so.6"},
		{"php-fpm8.2/4711: potentially unexpected fatal signal 7.", SIGBUS, "php-fpm8.2", ""},
		{"audit: type=1326 audit(1795330557.123:45): auid=4294967295 uid=33 gid=33 ses=1 pid=4711 comm=\"php-fpm8.2\" "
		 "exe=\"/usr/sbin/php-fpm8.2\" sig=31 arch=c000003e syscall=41",
			SIGSYS, "php-fpm8.2", ""},
		{"type=ANOM_ABEND msg=audit(1795330557.123:45): auid=4294967295 uid=33 gid=33 ses=1 pid=4711 "
		 "comm=\"php-fpm8.2\" exe=\"/usr/sbin/php-fpm8.2\" sig=11 res=1",
			SIGSEGV, "php-fpm8.2", ""},
	};
	struct fps_kern_event event;

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i].line);
		CHECK(fps_kernellog_begins(lines[i].line, strlen(lines[i].line)));
		if (!CHECK(parse(lines[i].line, &event))) {
			continue;
		}
		CHECK_INT(event.kind, FPS_KERN_FAULT);
		CHECK_INT(event.signal, lines[i].signal);
		CHECK_INT(event.pid, 4711);
		CHECK_INT(event.time, strstr(lines[i].line, "audit(") ? 1795330557 : -1);
		CHECK_STR(event.process.at, event.process.len, lines[i].process);
		CHECK_STR(event.module.at ? event.module.at : "", event.module.len, lines[i].module);
	}
	UNIT_CASE("");
}

static void oom(void)
{
	static const struct {
		const char *line;
		enum fps_kern_kind kind;
		int64_t pid, uid, rss;
		bool is_memcg;
		const char *process, *cgroup;
	} lines[] = {
		{"Out of memory: Killed process 4711 (php-fpm8.2) total-vm:2101240kB, anon-rss:1800000kB, file-rss:1000kB, "
		 "shmem-rss:24kB, UID:33 pgtables:3700kB oom_score_adj:0",
			FPS_KERN_OOM_KILLED, 4711, 33, 1801024, false, "php-fpm8.2", ""},
		{"Memory cgroup out of memory: Killed process 4711 (php-fpm8.2) total-vm:2101240kB, anon-rss:100kB, "
		 "file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1kB",
			FPS_KERN_OOM_KILLED, 4711, 33, 100, true, "php-fpm8.2", ""},
		{"Memory cgroup out of memory: Kill process 4711 (php-fpm) score 1001 or sacrifice child", FPS_KERN_OOM_KILLED,
			4711, -1, -1, true, "php-fpm", ""},
		{"Killed process 4711 (php-fpm) total-vm:100kB, anon-rss:10kB, file-rss:1kB", FPS_KERN_OOM_KILLED, 4711, -1, 11,
			false, "php-fpm", ""},
		{"Killed process 4711, UID 48, (php-fpm) total-vm:100kB, anon-rss:10kB, file-rss:1kB", FPS_KERN_OOM_KILLED,
			4711, 48, 11, false, "php-fpm", ""},
		{"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=a,mems_allowed=0,oom_memcg=/docker/"
		 "ab,task_memcg=/docker/ab/cd,task=php-fpm8.2,pid=4711,uid=33",
			FPS_KERN_OOM_CHOSEN, 4711, 33, -1, true, "php-fpm8.2", "/docker/ab/cd"},
		{"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/"
		 "system.slice/php8.2-fpm.service,task=php-fpm8.2,pid=4711,uid=33",
			FPS_KERN_OOM_CHOSEN, 4711, 33, -1, false, "php-fpm8.2", "/system.slice/php8.2-fpm.service"},
		{"oom_reaper: reaped process 4711 (php-fpm8.2), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
			FPS_KERN_OOM_REAPED, 4711, -1, -1, false, "php-fpm8.2", ""},
		{"php-fpm8.2 invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0",
			FPS_KERN_OOM_INVOKED, 0, -1, -1, false, "php-fpm8.2", ""},
		{"Tasks in /kubepods/pod1 are going to be killed due to memory.oom.group set", FPS_KERN_OOM_GROUP, 0, -1, -1,
			true, "", "/kubepods/pod1"},
	};
	struct fps_kern_event event;

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i].line);
		CHECK(fps_kernellog_begins(lines[i].line, strlen(lines[i].line)));
		if (!CHECK(parse(lines[i].line, &event))) {
			continue;
		}
		CHECK_INT(event.kind, lines[i].kind);
		CHECK_INT(event.pid, lines[i].pid);
		CHECK_INT(event.uid, lines[i].uid);
		CHECK_INT(event.rss_kb, lines[i].rss);
		CHECK_INT(event.is_memcg, lines[i].is_memcg);
		CHECK_STR(event.process.at ? event.process.at : "", event.process.len, lines[i].process);
		CHECK_STR(event.cgroup.at ? event.cgroup.at : "", event.cgroup.len, lines[i].cgroup);
	}
	UNIT_CASE("");
}

static void prefixes(void)
{
	static const struct {
		const char *prefix;
		int64_t time;
		double uptime;
	} prefixes[] = {
		{"[12345.678901] ", -1, 12345.678901},
		{"[   12.000001] ", -1, 12.000001},
		{"<6>[12345.5] ", -1, 12345.5},
		{"[Sun Nov 22 06:55:57 2026] ", 1795330557, -1},
		{"2026-11-22T07:55:57,123456+01:00 ", 1795330557, -1},
		{"kern  :info  : [12345.5] ", -1, 12345.5},
		{"kern  :info  : [Sun Nov 22 06:55:57 2026] ", 1795330557, -1},
		{"Nov 22 06:55:57 web1 kernel: ", -1, -1},
		{"Nov 22 06:55:57 web1 kernel: [12345.5] ", -1, 12345.5},
		{"kernel: ", -1, -1},
		{"", -1, -1},
	};
	struct fps_kern_event event;
	char line[512];

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		snprintf(line, sizeof(line), "%s%s", prefixes[i].prefix, SEGV);
		UNIT_CASE(line);
		if (!CHECK(parse(line, &event))) {
			continue;
		}
		CHECK_INT(event.pid, 4711);
		CHECK_INT(event.time, prefixes[i].time);
		CHECK(event.uptime > prefixes[i].uptime - 1e-6 && event.uptime < prefixes[i].uptime + 1e-6);
		CHECK_STR(event.text.at, event.text.len, SEGV);
	}
	UNIT_CASE("");
}

static void others(void)
{
	static const char *const lines[] = {
		"",
		"[12345.678901] eth0: link up",
		"2026/11/22 06:55:57 [error] 1#1: *2 FastCGI sent in stderr: \"PHP message: segfault at 0\" while reading "
		"upstream",
		"php-fpm8.2[4711]: segfault",
		"[22-Nov-2026 06:55:57] WARNING: [pool www] child 4711 said into stderr: \"Killed process 1 (a)\"",
		"{\"message\":\"Out of memory: Killed process 1 (a)\"}",
		"a page says: Killed process 4711 (php-fpm) total-vm:1kB",
		"Out of memory: Killed process x (a)",
		"oom-kill:constraint=CONSTRAINT_MEMCG,pid=x",
		"the user invoked oom-killer: a",
	};
	struct fps_kern_event event;

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i]);
		if (i != 3) {
			CHECK(!parse(lines[i], &event));
		}
	}
	UNIT_CASE("");
}

static void garbage_is_harmless(void)
{
	static const char *const lines[] = {SEGV,
		"[Sun Nov 22 06:55:57 2026] traps: php-fpm8.2[4711] trap int3 ip:7f12 sp:7ffd error:0 in a[1]",
		"[1.2] Memory cgroup out of memory: Killed process 4711 (php-fpm8.2) total-vm:2101240kB, anon-rss:100kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:33",
		"2026-11-22T07:55:57,123456+01:00 "
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/a,task_memcg=/b,task=c,pid=4711,uid=33",
		"audit: type=1326 audit(1795330557.123:45): uid=33 pid=4711 comm=\"php-fpm8.2\" sig=31"};
	struct fps_kern_event event;
	char line[512];

	for (size_t round = 0; round < 20000; round++) {
		size_t len = (size_t) snprintf(line, sizeof(line), "%s", lines[round % COUNT(lines)]);

		for (size_t changes = unit_random() % 6; changes > 0; changes--) {
			line[unit_random() % len] = "\"',*:()\n \\x0/[]#"[unit_random() % 16];
		}
		len = unit_random() % 3 ? len : unit_random() % len;
		char *copy = malloc(len ? len : 1);

		memcpy(copy, line, len);
		fps_kernellog_begins(copy, len);
		fps_kernellog_parse((struct fps_span) {copy, len}, &event);
		free(copy);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		TEST(faults), TEST(oom), TEST(prefixes), TEST(others), TEST(garbage_is_harmless)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
