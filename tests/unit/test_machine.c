/* machine.c, phpinfo.c and fpmconf.c on what other machines say; and the rules that no server here can break. */
#include "tree.h"

#include "config/serverconfig.h"
#include "config/systemdunit.h"
#include "rules/rules.h"

static const struct {
	const char *name, *cgroup, *file, *content;
	int64_t limit; /* bytes */
} groups[] = {
	{"v2", "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max", "104857600\n", 104857600},
	{"v2, of its parent", "0::/a/b\n", "sys/fs/cgroup/a/memory.max", "104857600\n", 104857600},
	{"v2, of a container", "0::/\n", "sys/fs/cgroup/memory.max", "104857600\n", 104857600},
	{"v2, none", "0::/a\n", "sys/fs/cgroup/a/memory.max", "max\n", 0},
	{"v1", "4:memory:/a\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "104857600\n", 104857600},
	{"v1, with others", "4:cpu,memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "104857600\n", 104857600},
	{"v1, none", "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n", 0},
	{"garbage", ":\n::\n\n0:\n0::\nx:memory\n", "sys/fs/cgroup/a/memory.max", "1", 0},
};

/* A process, with the user in all its four ids but the last one. */
static void put_process(int pid, unsigned user, unsigned last, const char *title)
{
	char name[64];

	snprintf(name, sizeof name, "proc/%d/status", pid);
	tree_put(name, "Name:\tphp-fpm\nUmask:\t0022\nUid:\t%u\t%u\t%u\t%u\nGid:\t0\t0\t0\t0\n", user, user, user, last);
	snprintf(name, sizeof name, "proc/%d/cmdline", pid);
	tree_put(name, "%s", title);
}

/* The path of a configuration that is there, and a title with it. */
static const char *put_master(int pid, unsigned user, unsigned last)
{
	static char conf[PATH_MAX];
	char title[PATH_MAX + 64];

	tree_put("etc/fpm.conf", "[global]\n");
	CHECK(realpath(tree_path("etc/fpm.conf"), conf) != NULL);
	snprintf(title, sizeof title, "php-fpm: master process (%s)", conf);
	put_process(pid, user, last, title);
	return conf;
}

enum { STRANGER = 4242 };

static void masters_of_strangers(void)
{
	struct fps_machine machine = {.memory = 0};
	const char *conf;

	tree_make();
	put_master(5, STRANGER, STRANGER);
	put_master(6, STRANGER, 0); /* it runs a program with the set-uid bit */
	put_master(8, geteuid(), STRANGER);
	put_process(9, STRANGER, STRANGER, "php-fpm: pool www");
	put_process(10, STRANGER, STRANGER, "php-fpm: master process (/else/where.conf)");
	conf = put_master(11, geteuid(), geteuid());
	fps_machine_read(&machine, tree, conf);
	CHECK_INT(machine.running.pid, 11);
	CHECK_INT(machine.running.passed_count, 3);
	for (size_t i = 0; i < machine.running.passed_count; i++) {
		CHECK(machine.running.passed[i].pid >= 5 && machine.running.passed[i].pid <= 8);
		CHECK_STR(machine.running.passed[i].why, strlen(machine.running.passed[i].why), "it belongs to uid 4242");
	}
	fps_machine_free(&machine);
	tree_remove("");
}

/*
 * Until it sets its own title a worker has its master's, be it already its pool's user's; its pid may be the lower one.
 */
static void workers_of_one_master(void)
{
	struct fps_machine machine = {.memory = 0};

	tree_make();
	for (unsigned pid = 7; pid <= 8; pid++) {
		char name[64];
		unsigned user = pid == 7 ? STRANGER : geteuid();

		put_master((int) pid, user, user);
		snprintf(name, sizeof name, "proc/%u/status", pid);
		tree_put(name, "Name:\tphp-fpm\nPPid:\t11\nUid:\t%u\t%u\t%u\t%u\n", user, user, user, user);
	}
	put_master(12, STRANGER, STRANGER);
	const char *conf = put_master(11, geteuid(), geteuid());

	fps_machine_read(&machine, tree, conf);
	CHECK_INT(machine.running.pid, 11);
	CHECK_INT(machine.running.passed_count, 1);
	CHECK_INT(machine.running.passed_count ? machine.running.passed[0].pid : 0, 12);
	fps_machine_free(&machine);
	tree_remove("");
}

/* A worker has the memory, and may have the title. */
static void coroners_of_strangers(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct fps_machine machine = {.memory = 0};

		tree_make();
		const char *conf = put_master(7, geteuid(), geteuid());

		put_process(8, i ? geteuid() : STRANGER, i ? geteuid() : STRANGER, "php-fpm: sentinel");
		tree_put("proc/7/maps", "7f00-7f01 rw-s 00000000 00:01 77    /dev/zero (deleted)\n");
		tree_put("proc/8/maps", "7f00-7f01 rw-s 00000000 00:01 77    /dev/zero (deleted)\n");
		fps_machine_read(&machine, tree, conf);
		CHECK_INT(machine.running.pid, 7);
		CHECK_INT(machine.coroner, i);
		fps_machine_free(&machine);
		tree_remove("");
	}
}

static void groups_are_found(void)
{
	for (size_t i = 0; i < COUNT(groups); i++) {
		struct fps_machine machine = {.memory = 0};

		UNIT_CASE(groups[i].name);
		tree_make();
		tree_put("proc/meminfo", "MemTotal:        2000 kB\nMemFree: 1 kB\nSwapTotal:       1000 kB\n");
		tree_put("proc/sys/kernel/osrelease", "6.12.9-amd64\n");
		tree_put("proc/sys/net/core/somaxconn", "128\n");
		const char *conf = put_master(7, 0, 0);

		tree_put("proc/7/maps", "7f00-7f01 rw-s 00000000 00:01 77    /dev/zero (deleted)\n");
		put_process(8, 0, 0, "php-fpm: sentinel");
		tree_put("proc/8/maps", "7f00-7f01 rw-s 00000000 00:01 %d    /dev/zero (deleted)\n", i % 2 ? 77 : 78);
		tree_put("proc/7/cgroup", "%s", groups[i].cgroup);
		tree_put(groups[i].file, "%s", groups[i].content);
		fps_machine_read(&machine, tree, conf);
		CHECK_INT(machine.memory, 2000 * 1024);
		CHECK_INT(machine.swap, 1000 * 1024);
		CHECK_INT(machine.kernel, 612);
		CHECK_INT(machine.somaxconn, 128);
		CHECK_INT(machine.running.pid, 7);
		CHECK_INT(machine.coroner, i % 2);
		CHECK_INT(machine.group_limit, groups[i].limit);
		CHECK(machine.oom_group_file == NULL);
		fps_machine_free(&machine);
		tree_remove("");
	}
	UNIT_CASE("");
}

static void spans_of_systemd(void)
{
	CHECK_INT(fps_machine_span("1min 30s"), 90);
	CHECK_INT(fps_machine_span("90s"), 90);
	CHECK_INT(fps_machine_span("1h 500ms"), 3600);
	CHECK_INT(fps_machine_span("2minutes 5 sec"), 125);
	CHECK_INT(fps_machine_span("infinity"), -1);
	CHECK_INT(fps_machine_span(""), -1);
	CHECK_INT(fps_machine_span("12"), -1);
}

static void check_property(const struct fps_machine *machine, const char *name, const char *value)
{
	const char *is = fps_machine_property(machine, name);

	CHECK_STR(is, strlen(is), value);
}

/* Absolute, as a path that is walked from the root directory on. */
static const char *root(void)
{
	static char path[PATH_MAX];

	CHECK(realpath(tree, path) != NULL);
	return path;
}

/* Of a machine that systemd runs, and whose systemctl is not asked. */
static void units_from_files(void)
{
	struct fps_machine machine = {.memory = 0};

	tree_make();
	tree_put("lib/systemd/system/php8.2-fpm.service", "[Service]\nType=notify\nTimeoutSec=20\n");
	fps_systemdunit_find(&machine, root(), "/usr/sbin/php-fpm8.2");
	CHECK(machine.unit == NULL); /* systemd does not run it: it is a container's file */
	tree_put("run/systemd/system/x", "\n");
	tree_put("etc/systemd/system.conf", "[Manager]\n#DefaultTimeoutStopSec=1s\nDefaultTimeoutStopSec=45\n");
	fps_systemdunit_find(&machine, root(), "/usr/sbin/php-fpm8.2");
	CHECK_STR(machine.unit, strlen(machine.unit), "php8.2-fpm.service");
	check_property(&machine, "TimeoutStopUSec", "20s");
	check_property(&machine, "KillSignal", "15");
	check_property(&machine, "OOMPolicy", "stop");
	fps_machine_free(&machine);

	/* a masked drop-in, one over another, the order of their names, and a unit over another */
	machine = (struct fps_machine) {.memory = 0};
	tree_put("etc/systemd/system/php8.2-fpm.service", "[Service]\nMemoryMax=1G\n");
	tree_put("etc/systemd/system/php8.2-fpm.service.d/10-a.conf", "[Service]\nKillSignal=SIGQUIT\nTimeoutStopSec=5\n");
	tree_put("lib/systemd/system/php8.2-fpm.service.d/10-a.conf", "[Service]\nKillSignal=SIGINT\nPrivateTmp=yes\n");
	tree_put("run/systemd/system/service.d/20-b.conf", "[Service]\nTimeoutStopSec=2min 5s\nPrivateTmp=false\n");
	fps_systemdunit_find(&machine, root(), "php-fpm8.2");
	check_property(&machine, "TimeoutStopUSec", "2min 5s");
	check_property(&machine, "KillSignal", "3");
	check_property(&machine, "MemoryMax", "1G");
	check_property(&machine, "PrivateTmp", "no");
	fps_machine_free(&machine);

	/* the unit that the master runs in, by its own name; one that is masked */
	machine = (struct fps_machine) {.running = {.pid = 7}};
	tree_put("proc/7/cgroup", "0::/system.slice/shop-fpm.service\n");
	tree_remove("run/systemd/system/service.d");
	tree_put("etc/systemd/system/shop-fpm.service", "[Service]\nTimeoutStopSec=0\n");
	fps_systemdunit_find(&machine, root(), "php-fpm8.2");
	CHECK_STR(machine.unit, strlen(machine.unit), "shop-fpm.service");
	CHECK_INT(fps_machine_span(fps_machine_property(&machine, "TimeoutStopUSec")), -1);
	fps_machine_free(&machine);
	machine = (struct fps_machine) {.memory = 0};
	tree_put("etc/systemd/system/php8.2-fpm.service", "%s", "");
	fps_systemdunit_find(&machine, root(), "php-fpm8.2");
	CHECK(machine.unit == NULL);
	fps_machine_free(&machine);
	tree_remove("");
}

static void units_that_are_given(void)
{
	static const char *const texts[] = {
		"# /lib/systemd/system/a-fpm.service\n[Unit]\n\n[Service]\nKillSignal=QUIT\n\n# "
		"/etc/systemd/system/a-fpm.service.d/override.conf\n[Service]\nTimeoutStopSec=7\n",
		"Id=a-fpm.service\nKillSignal=3\nTimeoutStopUSec=7s\n",
	};

	tree_make();
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct fps_machine machine = {.memory = 0};

		tree_put("given", "%s", texts[i]);
		CHECK(fps_systemdunit_load(&machine, tree_path("given")));
		CHECK_STR(machine.unit, strlen(machine.unit), "a-fpm.service");
		check_property(&machine, "TimeoutStopUSec", "7s");
		check_property(&machine, "KillSignal", "3");
		fps_machine_free(&machine);
	}
	struct fps_machine machine = {.memory = 0};

	tree_put("b-fpm.service", "[Service]\nTimeoutStopSec=7\n");
	tree_put("b-fpm.service.d/x.conf", "[Service]\nTimeoutStopSec=1m\n");
	CHECK(fps_systemdunit_load(&machine, tree_path("b-fpm.service")));
	CHECK_STR(machine.unit, strlen(machine.unit), "b-fpm.service");
	CHECK_INT(fps_machine_span(fps_machine_property(&machine, "TimeoutStopUSec")), 60);
	fps_machine_free(&machine);
	tree_put("given", "\001\377[]=\n=\n[Service");
	CHECK(!fps_systemdunit_load(&machine, tree_path("given")));
	CHECK(!fps_systemdunit_load(&machine, tree_path("missing")));
	tree_remove("");
}

static bool finds(const struct fps_server *server, fps_rule_look *look)
{
	static const struct fps_rule rule = {.id = "x", .title = "x", .why = "x"};
	static const struct fps_recordindex records;
	struct fps_doctor doctor = {.server = server, .records = &records, .findings.rule = &rule, .at = server->pairs};

	look(&doctor);
	bool found = doctor.findings.count > 0;

	fps_findings_free(&doctor.findings);
	return found;
}

#define INFO \
	"PHP Version => %s\n\nfpmsentinel.enable => 1 => 1\nfpmsentinel.blackbox => %s => no " \
	"value\nzend.max_allowed_stack_size => %s => 0\n" \
	"Loaded Configuration File => /nowhere/php.ini\nAdditional .ini files parsed => " \
	"/nowhere/a.ini,\n/nowhere/b.ini\n\n"
#define POOLS \
	"[x] NOTICE: [global]\n[x] NOTICE: \tpid = undefined\n[x] NOTICE:  \n[x] NOTICE: [www]\n[x] NOTICE: " \
	"\tpm.max_children = 5\n"

static void load(struct fps_server *server, const char *version, const char *blackbox, const char *stack)
{
	char text[1024];

	snprintf(text, sizeof text, INFO, version, blackbox, stack);
	*server = (struct fps_server) {.pair_count = 0};
	fps_phpinfo_parse(&server->ini, (struct fps_span) {text, strlen(text)});
	CHECK(fps_fpmconf_parse(&server->fpm, FPS_SPAN(POOLS)));
	CHECK_INT(server->ini.file_count, 3);
	fps_serverconfig_pair(server);
	CHECK_INT(server->user_count, 1);
}

static void unload(struct fps_server *server)
{
	fps_phpinfo_free(&server->ini);
	fps_fpmconf_free(&server->fpm);
	fps_machine_free(&server->machine);
	free(server->pairs);
}

static void rules_of_other_machines(void)
{
	struct fps_server server;

	load(&server, "8.2.36", "no value", "-1");
	CHECK(!finds(&server, fps_rule_recursion_unlimited)); /* there is no such setting */
	CHECK(!finds(&server, fps_rule_kernel_exit_info));
	server.machine.kernel = 614;
	CHECK(finds(&server, fps_rule_kernel_exit_info));
	server.machine.kernel = 615;
	CHECK(!finds(&server, fps_rule_kernel_exit_info));
	CHECK(!finds(&server, fps_rule_oom_group));
	unload(&server);

	tree_make();
	tree_put("proc/1/cgroup", "0::/a\n");
	tree_put("sys/fs/cgroup/a/memory.oom.group", "1\n");
	load(&server, "8.3.1", "no value", "-1");
	fps_machine_read(&server.machine, tree, "");
	CHECK(finds(&server, fps_rule_oom_group));
	CHECK(finds(&server, fps_rule_recursion_unlimited));
	unload(&server);
	load(&server, "8.3.1", "/var/lib/fpmsentinel", "0");
	fps_machine_read(&server.machine, tree, "");
	CHECK(!finds(&server, fps_rule_oom_group));
	CHECK(!finds(&server, fps_rule_recursion_unlimited));
	unload(&server);
	tree_remove("");
}

/* Whether a finding is told of that PHP with these settings; NULL: none is to be. */
static void check_report(
	const char *version, const char *jit, const char *size, const char *file_cache, const char *told)
{
	static const struct fps_rule rule = {.id = "x", .title = "x", .why = "x"};
	static const struct fps_recordindex records;
	struct fps_server server = {.pair_count = 0};
	struct fps_doctor doctor = {.server = &server, .records = &records, .findings.rule = &rule};
	char text[1024];

	snprintf(text, sizeof text,
		"PHP Version => %s\n\nopcache.enable => %s => On\nopcache.jit => %s => x\nopcache.jit_buffer_size => %s => 0\n"
		"opcache.file_cache => %s => no value\n",
		version, told && *told == '-' ? "Off" : "On", jit, size, file_cache);
	fps_phpinfo_parse(&server.ini, (struct fps_span) {text, strlen(text)});
	fps_rule_opcache_reports(&doctor);
	if (told == NULL || *told == '-') {
		CHECK_INT(doctor.findings.count, 0);
	} else if (CHECK(doctor.findings.count == 1)) {
		const struct fps_finding *found = &doctor.findings.all[0];

		snprintf(text, sizeof text, "%s %s / %s", strrchr(found->places[1].file, '/') + 1,
			strchr(found->places[1].text, ';') ? strchr(found->places[1].text, ';') : "", found->fix);
		CHECK_STR(text, strlen(text), told);
	}
	fps_findings_free(&doctor.findings);
	fps_phpinfo_free(&server.ini);
}

/* Each row of opcachereports.def is told, alone or by the number of the others, and neither before nor after its
 * versions. */
static void reports_of_opcache(void)
{
#define OFF "opcache.jit = disable"
	check_report("8.0.30", "tracing", "64M", "no value", NULL);
	check_report("8.1.0", "tracing", "64M", "no value", "7817  / PHP after 8.2.12, or " OFF);
	check_report("8.2.12", "1255", "64M", "no value", "7817  / PHP after 8.2.12, or " OFF);
	check_report("8.2.12", "1205", "64M", "no value", NULL);
	check_report("8.2.12", "disable", "64M", "no value", NULL);
	check_report("8.2.12", "tracing", "0", "no value", NULL);
	check_report("8.2.12", "tracing", "64M", "/tmp/cache", "-");
	check_report("8.2.13", "tracing", "64M", "no value", NULL);
	check_report("8.4.14", "function", "64M", "no value", "19875  / PHP from 8.4.15, or " OFF);
	check_report("8.4.15", "function", "64M", "no value", NULL);
	check_report("8.4.14", "on", "64M", "no value", "21710 ; 3 more / PHP from 8.4.26, or " OFF);
	check_report("8.4.17", "tracing", "64M", "no value", "21710 ; 2 more / PHP from 8.4.26, or " OFF);
	check_report("8.4.18", "tracing", "64M", "no value", "21710 ; 1 more / PHP from 8.4.26, or " OFF);
	check_report("8.4.25", "1254", "64M", "no value", "21710  / PHP from 8.4.26, or " OFF);
	check_report("8.4.26", "tracing", "64M", "no value", NULL);
	check_report("8.5.4", "tracing", "64M", "no value", NULL);
	check_report("8.5.5", "1205", "64M", "no value", "22084  / PHP after 8.5.6, or " OFF);
	check_report("8.5.7", "tracing", "64M", "no value", "22558 ; 1 more / PHP after 8.5.8, or " OFF);
	check_report("8.5.8", "1235", "64M", "no value", "22558  / PHP after 8.5.8, or " OFF);
	check_report("8.5.9", "tracing", "64M", "no value", NULL);
	check_report("8.2.12", "disable", "0", "/tmp/cache", "8143  / PHP from 8.2.13, or opcache.file_cache =");
	check_report("8.2.13", "disable", "0", "/tmp/cache", NULL);
	check_report("8.4.15", "disable", "0", "/tmp/cache", "20329  / PHP from 8.4.16, or opcache.file_cache =");
	check_report("8.4.16", "disable", "0", "/tmp/cache", NULL);
#undef OFF
}

static void put_init(const char *blocked, const char *caught)
{
	tree_put(
		"proc/1/status", "Name:\tsh\nPPid:\t0\nSigBlk:\t%s\nSigIgn:\t0000000000001000\nSigCgt:\t%s\n", blocked, caught);
}

/* Process 1 and the signals that stop a container; SELinux's files. */
static void containers(void)
{
	static const struct {
		const char *blocked, *caught;
		bool found;
	} inits[] = {{"0000000000000000", "00000000000004e8", true}, {"0000000000000000", "0000000000010002", true},
		{"0000000000000000", "0000000000004000", false}, {"0000000000000004", "0000000000000000", false}};
	struct fps_server server;

	for (size_t i = 0; i < sizeof inits / sizeof inits[0]; i++) {
		for (int parent = 1; parent <= 2; parent++) {
			tree_make();
			load(&server, "8.3.1", "no value", "0");
			const char *conf = put_master(7, geteuid(), geteuid());

			tree_put("proc/7/status", "Name:\tphp-fpm\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\n", parent, geteuid(), geteuid(),
				geteuid(), geteuid());
			put_init(inits[i].blocked, inits[i].caught);
			fps_machine_read(&server.machine, tree, conf);
			CHECK_INT(finds(&server, fps_rule_container_stop_signal), inits[i].found && parent == 1);
			CHECK(!finds(&server, fps_rule_container_stop_timeout));
			unload(&server);
			tree_remove("");
		}
	}
}

UNIT_MAIN(TEST(reports_of_opcache), TEST(containers), TEST(masters_of_strangers), TEST(workers_of_one_master),
	TEST(coroners_of_strangers), TEST(groups_are_found), TEST(spans_of_systemd), TEST(units_from_files),
	TEST(units_that_are_given), TEST(rules_of_other_machines))
