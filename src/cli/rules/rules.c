/* The table of rules, and the settings that have no effect. */
#include "rules/rules.h"

#include "base/alloc.h"
#include "rules/plan.h"
#include "rules/whatif.h"

#include <stdlib.h>

/* Three rounds are enough for all known cases; a plan that never settles must not loop forever. */
enum { MAX_ROUNDS = 8 };

/* In the order of output, within a severity. */
static const struct fps_rule rules[] = {
	{"process-control-timeout", FPS_WARNING, FPS_SCOPE_FPM, fps_rule_process_control_timeout,
		"a reload of FPM kills the requests in flight",
		"A reload sends each worker SIGTERM at once: its request gets a 502 and a 104. That is "
		"process_control_timeout = 0, the default; with a value FPM waits that long for requests in flight. Until the "
		"last one is done no new worker starts, and new requests wait in the queue.",
		false},
	{"allowed-clients", FPS_ERROR, FPS_SCOPE_PASS, fps_rule_allowed_clients, "FPM turns nginx away",
		"The worker closes nginx's connection, as its address is not in listen.allowed_clients. nginx reports a 502 "
		"and a 104, or \"prematurely closed\". There is no record of it, and FPM's log shows it only with "
		"catch_workers_output = yes.",
		false},
	{"selinux", FPS_ERROR, FPS_SCOPE_PASS, fps_rule_selinux, "SELinux does not let nginx connect to FPM",
		"SELinux does not let nginx connect to a pool on TCP: each request gets a 502. It is enforcing, its boolean "
		"httpd_can_network_connect is off, and nginx has logged \"connect() failed (13: Permission denied)\" for this "
		"pool.",
		true},
	{"memory-observed", FPS_ERROR, FPS_SCOPE_SERVER, fps_rule_memory_observed,
		"the workers need more memory than there is",
		"pm.max_children workers as large as the records show do not fit into memory. When all are that large at once "
		"the OOM killer ends workers by SIGKILL, each a 104.",
		false},
	{"terminate-before-php", FPS_WARNING, FPS_SCOPE_USER, fps_rule_terminate_before_php,
		"request_terminate_timeout comes before PHP's own limit",
		"FPM kills a request that computes for too long, 502 and 104, before PHP ends it, 500. max_execution_time "
		"would give a message that names the line. It counts CPU time and request_terminate_timeout real time, so the "
		"second must be the larger one.",
		false},
	{"terminate-races-nginx", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_terminate_races_nginx,
		"FPM and nginx give up at the same time",
		"Whether a slow request gets nginx's 504 or FPM's 502 and 104 is chance. FPM checks request_terminate_timeout "
		"only every third of it, so a request is killed up to a third later than it says, and fastcgi_read_timeout "
		"ends in that time.",
		false},
	{"connect-timeout", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_connect_timeout,
		"nginx gives up connecting before the kernel has tried twice",
		"The kernel retries a connection that FPM's full queue dropped only after one second. A "
		"fastcgi_connect_timeout of a second or less fails the request before that.",
		false},
	{"systemd-stop-signal", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_systemd_stop_signal,
		"systemctl stop and restart kill the requests in flight",
		"systemd stops FPM by SIGTERM, which kills its workers whatever process_control_timeout is. SIGQUIT lets them "
		"finish, and with process_control_timeout it is bounded.",
		true},
	{"systemd-stop-timeout", FPS_WARNING, FPS_SCOPE_FPM, fps_rule_systemd_stop_timeout,
		"systemd does not wait as long as FPM does",
		"systemd sends SIGKILL before FPM's process_control_timeout has passed. Stopped by SIGQUIT, FPM waits that "
		"long for its workers; TimeoutStopSec ends before, and systemd kills them all.",
		false},
	{"container-stop-signal", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_container_stop_signal,
		"process 1 throws away the signal that stops this container",
		"Process 1 catches neither SIGTERM nor SIGQUIT, so FPM is never told to stop. In a container the kernel drops "
		"the signals that process 1 neither catches nor waits for. The runtime waits for its grace period, and kills "
		"all by SIGKILL, requests in flight included.",
		true},
	{"emergency-restart", FPS_WARNING, FPS_SCOPE_FPM, fps_rule_emergency_restart, "a few crashes reload all of FPM",
		"The reload kills the requests of healthy workers, too, as process_control_timeout is 0. FPM reloads after "
		"emergency_restart_threshold crashes within emergency_restart_interval.",
		false},
	{"memory-limit-sum", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_memory_sum,
		"memory_limit times pm.max_children is more than there is",
		"If all workers use their memory_limit, the OOM killer ends one by SIGKILL: a 104. Memory and swap are not "
		"enough for all of them, while memory_limit would have ended a single request with a 500.",
		false},
	{"memory-unlimited", FPS_WARNING, FPS_SCOPE_USER, fps_rule_memory_unlimited,
		"memory_limit = -1: a request can take all memory",
		"Nothing ends a request that takes too much memory with a 500 and a message. It goes on until the kernel "
		"refuses memory, when the worker exits, or the OOM killer ends one: a 502 and a 104.",
		false},
	{"systemd-oom-policy", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_oom_policy,
		"one worker killed for its memory stops all of FPM",
		"Once the OOM killer has ended one worker, systemd stops the whole service. That is OOMPolicy=stop, the "
		"default; OOMPolicy=kill kills it. Every request in flight dies with it.",
		true},
	{"oom-group", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_oom_group, "the OOM killer ends all of FPM at once",
		"The kernel kills every process of the cgroup when it kills one for its memory. That is memory.oom.group = 1; "
		"systemd-oomd always does so. All requests in flight die, and the coroner with them: fpmsentinel.blackbox is "
		"what shows them afterwards.",
		true},
	{"keepalive-recycling", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_keepalive_recycling,
		"kept connections and pm.max_requests lose POSTs",
		"A worker at pm.max_requests closes a connection on which nginx may just be sending. nginx repeats a GET; a "
		"POST gets a 502. An upstream's keepalive_requests equal to pm.max_requests prevents that only while there "
		"are no more clients than workers.",
		false},
	{"keepalive-terminate", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_keepalive_terminate,
		"FPM kills workers that wait on a kept connection",
		"FPM counts a kept connection as a running request, and ends its worker by SIGTERM. request_terminate_timeout "
		"runs as long as nginx keeps the connection. nginx keeps an idle one for keepalive_timeout; a request that it "
		"sends just then dies.",
		false},
	{"keepalive-reload", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_keepalive_reload,
		"a reload waits for idle kept connections",
		"After a reload no new worker starts while a kept connection holds an old one. New connections wait for "
		"keepalive_timeout, or process_control_timeout. When that is longer than nginx waits they get a 504.",
		false},
	{"keepalive-starves", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_keepalive_starves,
		"kept connections can take all workers",
		"Idle kept connections can hold every worker of the pool, and new ones wait. keepalive is for each of nginx's "
		"processes, and a kept connection holds its worker until keepalive_timeout, also while nothing is asked.",
		false},
	{"apache-timeout-races-fpm", FPS_WARNING, FPS_SCOPE_APACHE, fps_rule_terminate_races_nginx,
		"FPM and Apache give up at the same time",
		"Whether a slow request gets Apache's 504 or FPM's 503 and 104 is chance. FPM checks "
		"request_terminate_timeout only every third of it, so a request is killed up to a third later than it says, "
		"and ProxyTimeout ends in that time.",
		false},
	{"enablereuse-starves", FPS_WARNING, FPS_SCOPE_APACHE, fps_rule_enablereuse_starves,
		"connections that Apache keeps can take all workers",
		"Idle kept connections can hold every worker of the pool, and new ones get a 504. With enablereuse=on a kept "
		"connection holds its worker also while nothing is asked. A request for which Apache opens another connection "
		"waits for ProxyTimeout.",
		false},
	{"enablereuse-recycling", FPS_WARNING, FPS_SCOPE_APACHE, fps_rule_enablereuse_recycling,
		"kept connections and pm.max_requests lose POSTs",
		"A worker at pm.max_requests closes a connection on which Apache may just be sending. That request gets a "
		"503, and the log says \"End of file found\".",
		false},
	{"enablereuse-terminate", FPS_WARNING, FPS_SCOPE_APACHE, fps_rule_enablereuse_terminate,
		"FPM kills workers that wait on a kept connection",
		"FPM counts a kept connection as a running request, and ends its worker by SIGTERM. request_terminate_timeout "
		"runs as long as Apache keeps the connection. Apache keeps an idle one for as long as its process lives; a "
		"request that it sends just then dies.",
		false},
	{"next-upstream-repeats", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_next_upstream_repeats,
		"nginx sends requests again that may have done their work",
		"nginx repeats a failed POST on the next server: orders and mails can happen twice. That is non_idempotent in "
		"fastcgi_next_upstream. The first server may have done half of the work, or all of it.",
		false},
	{"backlog-short", FPS_WARNING, FPS_SCOPE_POOL, fps_rule_backlog_short, "FPM's queue is short",
		"When the queue is full, nginx gets a 502 at once from a unix socket, or a 504 on TCP. Connections wait in it "
		"while all workers are busy, or are being started.",
		false},
	{"max-children-reached", FPS_WARNING, FPS_SCOPE_FPM, fps_rule_max_children_reached, "FPM has run out of workers",
		"All workers of a pool were busy at once since FPM's last start. Requests then wait in the queue, and when "
		"that is full they get a 502.",
		true},
	{"header-too-big", FPS_WARNING, FPS_SCOPE_PASS, fps_rule_header_too_big, "nginx has rejected headers as too big",
		"Some response headers did not fit into fastcgi_buffer_size: nginx answered 502. That was since the "
		"configuration was changed last. fastcgi_buffers is for the body and does not help.",
		true},
	{"hard-timeout", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_hard_timeout, "C functions have run into hard_timeout",
		"Workers left with exit code 124, as one C function had used up its CPU time. The records show it: "
		"max_execution_time, and hard_timeout seconds more. The limits are not higher now than they were then.",
		true},
	{"recursion-unlimited", FPS_WARNING, FPS_SCOPE_USER, fps_rule_recursion_unlimited,
		"PHP's guard against endless recursion is off",
		"Endless recursion is a SIGSEGV, 502 and 104, in place of an Error and a 500. zend.max_allowed_stack_size = "
		"-1 switches off the check that would find it.",
		false},
	{"pcre-jit", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_pcre_jit, "workers have crashed in PCRE, with its JIT on",
		"Records show crashes whose innermost frame is PCRE's. Without its JIT a pattern that needs too much stack "
		"gives an error of preg_last_error() and no crash.",
		true},
	{"opcache-jit", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_opcache_jit,
		"workers have crashed in opcache, with its file cache or its JIT on",
		"Records show crashes whose innermost frame is opcache's. Whether its file cache, or else its JIT, is at fault "
		"is seen soonest by switching it off.",
		true},
	{"opcache-reports", FPS_WARNING, FPS_SCOPE_USER, fps_rule_opcache_reports,
		"others have reported crashes of this PHP version with this setting",
		"PHP's public issues report crashes of this version in the JIT or with opcache.file_cache. Whether they "
		"concern this code nobody can tell beforehand; a worker that crashes is a 502 and a 104.",
		true},
	{"log-not-writable", FPS_WARNING, FPS_SCOPE_POOL, fps_rule_log_not_writable,
		"a pool's user cannot write the pool's log",
		"A pool's own log is written as that pool's user, which may not do so here. Its records go to FPM's standard "
		"error, or in the background to /var/log/fpmsentinel.jsonl.",
		true},
	{"coroner-gone", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_coroner_gone, "FPM runs without its coroner",
		"Without the coroner nothing records SIGKILL and the OOM killer. The extension is loaded and FPM runs, but "
		"its coroner does not: somebody killed it, or FPM was started before the extension was loaded.",
		true},
	{"private-tmp", FPS_WARNING, FPS_SCOPE_POOL, fps_rule_private_tmp, "a socket in /tmp that nginx cannot see",
		"PrivateTmp=yes gives the service a /tmp of its own, where nobody else finds its socket. nginx gets \"No such "
		"file or directory\", 502.",
		true},
	{"process-control-short", FPS_HINT, FPS_SCOPE_POOL, fps_rule_process_control_short,
		"a reload waits for less than a request may take",
		"A request may run until request_terminate_timeout, but a reload kills it after process_control_timeout. A "
		"longer one makes reloads slower: until the last old worker is gone no new one starts.",
		false},
	{"process-control-long", FPS_WARNING, FPS_SCOPE_FPM, fps_rule_process_control_long,
		"a reload stops new requests for longer than nginx waits",
		"One slow request during a reload makes all pools wait, until nginx answers with 504. FPM starts no new "
		"worker until the last old one has ended, for up to process_control_timeout, and that is longer than "
		"fastcgi_read_timeout.",
		false},
	{"abandoned-requests", FPS_HINT, FPS_SCOPE_PASS, fps_rule_abandoned_requests,
		"PHP works on for nginx, which has given up",
		"After fastcgi_read_timeout the client gets a 504, and PHP does not notice until it writes: the worker stays "
		"busy. max_execution_time does not end it, since waiting is no CPU time; request_terminate_timeout does.",
		false},
	{"mixed-limits", FPS_HINT, FPS_SCOPE_POOL, fps_rule_mixed_limits,
		"one pool serves pages with very different limits",
		"request_terminate_timeout is one for all of a pool, so the long limit of one location is everybody's, and the "
		"long requests can take all workers. A reload waits for the long ones, or kills them.",
		false},
	{"mixed-pools", FPS_HINT, FPS_SCOPE_POOL, fps_rule_mixed_pools,
		"a reload waits for the long requests of some pools, or kills them",
		"All pools of an FPM are reloaded together: none gets a new worker until the last old request has ended, or "
		"process_control_timeout has killed it. What the long requests need would make everybody else wait.",
		false},
	{"read-timeout-before-php", FPS_HINT, FPS_SCOPE_PASS, fps_rule_read_timeout_before_php,
		"nginx gives up before PHP's own limit",
		"A page that computes gets nginx's 504 before max_execution_time could end it with a 500 and a message that "
		"names the line. max_execution_time counts CPU time, which is never more than real time.",
		false},
	{"front-gives-up", FPS_HINT, FPS_SCOPE_PASS, fps_rule_front_gives_up, "who stands before nginx gives up first",
		"The load balancer or the client has given up by then: nginx closes the connection to FPM, logs 499 in place "
		"of an error, and nothing in its error log says which page was too slow. PHP works on until it writes.",
		false},
	{"apache-timeout-before-php", FPS_HINT, FPS_SCOPE_APACHE, fps_rule_read_timeout_before_php,
		"Apache gives up before PHP's own limit",
		"A page that computes gets Apache's 504 before max_execution_time could end it with a 500 and a message that "
		"names the line. max_execution_time counts CPU time, which is never more than real time.",
		false},
	{"apache-abandoned-requests", FPS_HINT, FPS_SCOPE_APACHE, fps_rule_abandoned_requests,
		"PHP works on for Apache, which has given up",
		"After ProxyTimeout the client gets a 504, and PHP does not notice until it writes: the worker stays busy. "
		"max_execution_time does not end it, since waiting is no CPU time; request_terminate_timeout does.",
		false},
	{"enablereuse-ondemand", FPS_HINT, FPS_SCOPE_APACHE, fps_rule_enablereuse_ondemand,
		"pm = ondemand does not end workers on kept connections",
		"For FPM a worker whose connection Apache keeps is not idle, so pm.process_idle_timeout does not end it. "
		"enablereuse takes away what pm = ondemand is for.",
		false},
	{"socket-timeout", FPS_HINT, FPS_SCOPE_PASS, fps_rule_socket_timeout,
		"PHP waits for a silent peer as long as others wait for PHP",
		"PHP's streams wait default_socket_timeout for a peer that does not answer, and by then nginx or FPM has ended "
		"the request. With a shorter one the page gets an error that it can handle.",
		false},
	{"send-timeout", FPS_HINT, FPS_SCOPE_PASS, fps_rule_send_timeout,
		"nginx waits longer for a small request than for a large one",
		"A request body that does not fit into the socket waits under fastcgi_send_timeout until a worker takes it, a "
		"small one under fastcgi_read_timeout. While all workers are busy large POSTs get a 504 first.",
		false},
	{"container-stop-timeout", FPS_HINT, FPS_SCOPE_FPM, fps_rule_container_stop_timeout,
		"what stops this container has to wait for FPM",
		"FPM is process 1 and, stopped by SIGQUIT, waits up to process_control_timeout for its requests; SIGTERM kills "
		"them. Docker waits 10 s before SIGKILL unless told otherwise, Kubernetes 30 s; neither that nor the signal "
		"can "
		"be seen from within, so check both.",
		true},
	{"keepalive-ondemand", FPS_HINT, FPS_SCOPE_PASS, fps_rule_keepalive_ondemand,
		"pm = ondemand does not end workers on kept connections",
		"For FPM a worker whose connection nginx keeps is not idle, so pm.process_idle_timeout does not end it. "
		"keepalive takes away what pm = ondemand is for.",
		false},
	{"backlog-cut", FPS_HINT, FPS_SCOPE_POOL, fps_rule_backlog_cut, "the kernel cuts FPM's queue",
		"listen.backlog is more than net.core.somaxconn allows, and the kernel silently takes the smaller one. The "
		"queue is shorter than the configuration says.",
		false},
	{"request-buffering-off", FPS_HINT, FPS_SCOPE_PASS, fps_rule_request_buffering,
		"a death during an upload may leave no 104",
		"With fastcgi_request_buffering off a worker may have read all that nginx has sent so far, and then its death "
		"closes the connection in good order. nginx says \"prematurely closed\", or takes what it has for the whole "
		"answer: 200, and no line in its log.",
		false},
	{"post-max-size", FPS_HINT, FPS_SCOPE_PASS, fps_rule_post_max_size, "nginx lets uploads pass that PHP drops",
		"A POST over post_max_size gets to the page with an empty $_POST and $_FILES, and a 200. nginx's "
		"client_max_body_size would have answered 413.",
		false},
	{"slowlog-off", FPS_HINT, FPS_SCOPE_POOL, fps_rule_slowlog_off, "nothing shows what slow requests wait for",
		"request_slowlog_timeout is off, so that FPM's slow log does not say where a request was that took too long. "
		"fpmsentinel's samples show it for those that die, not for those that are just slow.",
		false},
	{"worker-output-lost", FPS_HINT, FPS_SCOPE_POOL, fps_rule_worker_output_lost,
		"what workers say when they die is thrown away",
		"With catch_workers_output = no a worker's standard error is /dev/null. \"zend_mm_heap corrupted\", glibc's "
		"\"double free\" and the hard timeout's message are written there and nowhere else.",
		false},
	{"log-level", FPS_HINT, FPS_SCOPE_FPM, fps_rule_log_level, "FPM's log leaves out the ends of workers",
		"\"child N exited on signal\" is a warning, exit code 0 and reloads are notices, and log_level leaves them "
		"out. Without them nothing in FPM's log tells a crash from a reload.",
		false},
	{"core-dump", FPS_HINT, FPS_SCOPE_POOL, fps_rule_core_dump, "core dumps are half switched on",
		"A worker dumps core only with both rlimit_core and process.dumpable = yes: without the second the kernel does "
		"not, as the worker has changed its user. One of them is set here, and the other is not.",
		false},
	{"parameters-missing", FPS_HINT, FPS_SCOPE_PASS, fps_rule_parameters_missing,
		"nginx does not tell PHP which request this is",
		"With these parameters a record names the line of nginx's error log for certain, without them by time and path "
		"only. One fastcgi_param in a location takes away all that stand in the blocks around it.",
		true},
	{"not-loaded", FPS_HINT, FPS_SCOPE_SERVER, fps_rule_not_loaded, "fpmsentinel is not loaded in FPM",
		"PHP-FPM runs without the extension, or with fpmsentinel.enable = 0. Nothing records a worker's death but "
		"nginx's 104 and, without the request, FPM's log.",
		true},
	{"log-not-rotated", FPS_HINT, FPS_SCOPE_USER, fps_rule_log_not_rotated, "nothing rotates fpmsentinel's log",
		"No file of logrotate's names this log, which only grows. Each record opens the log again, so rotating "
		"it needs no signal.",
		true},
	{"kernel-exit-info", FPS_HINT, FPS_SCOPE_SERVER, fps_rule_kernel_exit_info,
		"this kernel forgets how a worker ended",
		"From Linux 6.15 on the coroner can ask the kernel how a process ended also after FPM has reaped it. On this "
		"one it has to be faster than FPM; where it is not, it cannot tell _exit() from SIGKILL, and calls both "
		"killed, probable.",
		true},
	{"master-passed-over", FPS_HINT, FPS_SCOPE_SERVER, fps_rule_master_passed_over,
		"a process calls itself FPM's master, and does not count",
		"Any user can give a process that title, so doctor uses a master only if root or the caller runs it, from "
		"files that nobody else can change. The program and the configuration that this one names were not run or "
		"read.",
		true},
	/* last, since the others read files */
	{"not-trusted", FPS_WARNING, FPS_SCOPE_SERVER, fps_rule_not_trusted,
		"other users can change what root runs or reads",
		"Whoever can change this file decides what root's programs do with it. So does anybody who can put another "
		"one in its place. doctor does not use it itself; nginx and PHP-FPM may.",
		true},
};

/* Settings that guides on the web recommend changing. */
const struct fps_idle fps_rules_idle[] = {
	{"memory_limit", NULL,
		"ends the request with a 500 and a message; no 104. Only memory_hard_limit_percent, where PHP has that, kills "
		"the worker."},
	{"max_execution_time", NULL,
		"counts CPU time, not waiting (thread-safe PHP from 8.3 on: all time), and ends the request with a 500; no "
		"104. Only hard_timeout after it kills the worker."},
	{"default_socket_timeout", NULL, "ends PHP's waiting for a peer, not the worker."},
	{"output_buffering", NULL,
		"decides whether a death is a 502 or a cut 200, as it decides what has been sent by then; it prevents none."},
	{"fastcgi_read_timeout", "60s", "gives \"upstream timed out (110)\" and a 504, not a 104."},
	{"fastcgi_send_timeout", "60s", "gives \"upstream timed out (110)\" and a 504, not a 104."},
	{"fastcgi_connect_timeout", "60s", "is for TCP with a full queue; a unix socket answers at once."},
	{"fastcgi_buffers", "8 4k|8k",
		"is for the body of the answer; too large a header needs fastcgi_buffer_size, and is a 502 without a 104."},
	{"keepalive_timeout", "75s", "is for clients' connections, not for those to FPM."},
	{"client_max_body_size", "1m", "gives a 413."},
};

struct fps_effective fps_rules_nginx(const struct fps_doctor *doctor, const char *name, const char *otherwise)
{
	return fps_effective_nginx(doctor->at->pass, name, otherwise);
}

struct fps_effective fps_rules_pool(const struct fps_doctor *doctor, const char *name)
{
	return fps_effective_pool(doctor->server, doctor->at->pool, name);
}

struct fps_effective fps_rules_global(const struct fps_doctor *doctor, const char *name)
{
	return fps_effective_pool(doctor->server, doctor->server->fpm.sections, name);
}

struct fps_effective fps_rules_php(const struct fps_doctor *doctor, const char *name)
{
	return fps_effective_php(doctor->server, doctor->at, name);
}

const struct fps_directive *fps_rules_reuse(const struct fps_doctor *doctor)
{
	const struct fps_directive *at;
	struct fps_span value = fps_apachepass_parameter(doctor->at->pass, "enablereuse", &at);

	return at && fps_span_is_among(value, "on") ? at : NULL;
}

struct fps_place fps_rules_front(const struct fps_doctor *doctor)
{
	int64_t front = fps_plan_front(doctor->server);

	return fps_settingplace_file(
		front == doctor->server->front.client ? "--client-timeout" : "--balancer-timeout", "%llds", (long long) front);
}

static void look_at(struct fps_doctor *doctor, const struct fps_pair *at)
{
	doctor->at = at;
	doctor->findings.rule->look(doctor);
}

static void look(struct fps_doctor *doctor)
{
	const struct fps_server *server = doctor->server;
	enum fps_scope scope = doctor->findings.rule->scope;
	const struct fps_section *pools;
	size_t pool_count = fps_serverconfig_pools(server, &pools);

	if (scope == FPS_SCOPE_SERVER || (scope == FPS_SCOPE_FPM && server->fpm.count)) {
		look_at(doctor, NULL);
	}
	for (size_t i = 0; scope == FPS_SCOPE_POOL && i < pool_count; i++) {
		look_at(doctor, &(struct fps_pair) {.pool = &pools[i]});
	}
	for (size_t i = 0; (scope == FPS_SCOPE_PASS || scope == FPS_SCOPE_APACHE) && i < server->pair_count; i++) {
		if (server->pairs[i].pass->is_apache == (scope == FPS_SCOPE_APACHE)) {
			look_at(doctor, &server->pairs[i]);
		}
	}
	for (size_t i = 0; scope == FPS_SCOPE_USER && i < server->user_count; i++) {
		look_at(doctor, &server->pairs[i]);
	}
}

/* All rules; those about what has happened run only in the first round. */
static void look_once(struct fps_doctor *doctor, bool first)
{
	doctor->findings = (struct fps_findings) {.count = 0};
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		doctor->findings.rule = &rules[i];
		if (first || !rules[i].once) {
			look(doctor);
		}
	}
}

/* Applies all advice to the configuration. False: it was applied already. */
static bool apply(struct fps_server *server, const struct fps_findings *findings)
{
	bool changed = false;

	for (size_t i = 0; i < findings->count; i++) {
		changed = fps_whatif_finding(server, findings, i) || changed;
	}
	return changed;
}

/* What sets nothing is new if its rule found nothing before: it is the plan that brings it about. */
static bool is_new(const struct fps_findings *all, size_t before, const struct fps_finding *finding)
{
	if (finding->sets || finding->words) {
		return !fps_whatif_known(all, finding);
	}
	for (size_t i = 0; i < before; i++) {
		if (all->all[i].rule == finding->rule) {
			return false;
		}
	}
	return true;
}

/* What is new in a round: everything, in the first one. */
static void keep(struct fps_findings *all, struct fps_findings *round, bool first)
{
	size_t before = all->count;

	for (size_t i = 0; i < round->count; i++) {
		if (first || is_new(all, before, &round->all[i])) {
			fps_findings_add(all, &round->all[i]);
		} else {
			fps_findings_free_one(&round->all[i]);
		}
	}
	free(round->all);
}

const size_t fps_rules_idle_count = sizeof(fps_rules_idle) / sizeof(fps_rules_idle[0]);

/* The first place that sets it. */
static struct fps_place idle_place(const struct fps_server *server, const struct fps_idle *idle)
{
	const struct fps_pair *user = server->user_count ? &server->pairs[0] : NULL;

	if (idle->nginx && server->passes.count && !server->passes.all[0].is_apache) {
		return fps_settingplace_of(fps_effective_nginx(&server->passes.all[0], idle->name, idle->nginx));
	}
	if (!idle->nginx && server->ini.settings.count) {
		return fps_settingplace_of(fps_effective_php(server, user, idle->name));
	}
	return fps_settingplace_none();
}

void fps_rules_look(struct fps_doctor *doctor, struct fps_server *server)
{
	struct fps_findings all = {.count = 0};
	bool changed = true;

	doctor->server = server;
	server->records = doctor->records;
	doctor->idle = fps_alloc(fps_rules_idle_count, sizeof *doctor->idle);
	for (size_t i = 0; i < fps_rules_idle_count; i++) {
		doctor->idle[i] = idle_place(server, &fps_rules_idle[i]);
	}
	for (int round = 0; changed && round < MAX_ROUNDS; round++) {
		look_once(doctor, round == 0);
		changed = apply(server, &doctor->findings);
		keep(&all, &doctor->findings, round == 0);
	}
	for (size_t i = 0; i < all.count; i++) {
		fps_whatif_settle(server, &all.all[i]);
	}
	fps_patch_make(&doctor->patch, server, &all);
	fps_patch_place(&doctor->patch, server, &all);
	fps_findings_merge(&all);
	fps_findings_likewise(&all);
	fps_findings_sort(&all);
	doctor->findings = all;
}

static bool is_own(const struct fps_rule *rule)
{
	static fps_rule_look *const own[] = {fps_rule_not_loaded, fps_rule_coroner_gone, fps_rule_log_not_writable,
		fps_rule_parameters_missing, fps_rule_log_not_rotated};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (rule->look == own[i]) {
			return true;
		}
	}
	return false;
}

void fps_rules_look_at_own(struct fps_doctor *doctor, struct fps_server *server)
{
	doctor->server = server;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		doctor->findings.rule = &rules[i];
		if (is_own(&rules[i])) {
			look(doctor);
		}
	}
	fps_findings_merge(&doctor->findings);
	fps_findings_sort(&doctor->findings);
}

void fps_rules_free(struct fps_doctor *doctor)
{
	for (size_t i = 0; doctor->idle && i < fps_rules_idle_count; i++) {
		fps_settingplace_free(&doctor->idle[i]);
	}
	free(doctor->idle);
	fps_findings_free(&doctor->findings);
	fps_patch_free(&doctor->patch);
	fps_configtest_free(&doctor->tried);
}
