/* What to do about each cause. */
#include "explain/advice.h"

#include "base/advicelimits.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE \
	"The innermost native frames and the PHP stack name the extension or library at fault: update it, or run without " \
	"it to see whether the deaths stop. A core dump (rlimit_core in the pool's file) helps its authors."
#define CODE_UNNAMED \
	"Nothing in the input names the code at fault: the fpmsentinel record of the death does (--records), or a core " \
	"dump (rlimit_core in the pool's file)."
#define CODE_IN_KERNEL \
	"The kernel's line names the file whose code faulted. If that is an extension or a library, update it, or run " \
	"without it to see whether the deaths stop. If it is libc or PHP itself, an fpmsentinel record or a core dump " \
	"(rlimit_core in the pool's file) shows what called it."
#define NO_LIMIT \
	"Raising memory_limit or max_execution_time: at these limits PHP ends the request with an error, and the worker " \
	"lives on."

#define RELOAD_MOST "120 s"
_Static_assert(FPS_ADVICELIMITS_RELOAD == 120, "RELOAD_MOST says it");
#define WEB_TIMEOUT "the web server's timeout (fastcgi_read_timeout in nginx, ProxyTimeout in Apache)"
#define RELOAD_KILLS \
	"a process_control_timeout below that kills it. One above " RELOAD_MOST ", or above " WEB_TIMEOUT ", holds up " \
	"other requests for too long: such requests need an FPM (a master) of their own."

#define LARGER_STACK "raise the stack of FPM (ulimit -s, LimitSTACK= in the service's unit)."
#define NO_MEMORY_LIMIT "Raising memory_limit: the C stack is not part of it."
/* What it does not end: docs/rules/recursion-unlimited.md. */
#define NO_STACK_LIMIT " zend.max_allowed_stack_size (PHP 8.3 and later) does not end it."

/* What happened, by the cause alone. */
static const struct {
	const char *cause, *words;
} meanings[] = {
#define CAUSE(id, name, class, words) {name, words},
#define VERDICT(name, words) {name, words},
#include "causes.def"
};

/* Without a meaning of its own it is that of the cause. */
static const struct fps_advice advice[] = {
	{"segfault", NULL, CODE, NO_LIMIT},
	{"stack_overflow", NULL,
		"Find what calls itself: a PHP function, if its stack shows a recursion, or else C code that walks deeply "
		"nested data. If such deep nesting is intended, " LARGER_STACK,
		NO_MEMORY_LIMIT},
	{"bus_error", NULL,
		"Replace files with rename(), do not overwrite them in place. Free memory and space on the file systems of "
		"mapped files (df /dev/shm).",
		NO_LIMIT},
	{"illegal_instruction", NULL,
		"Either a library was built for another processor, or the code to be executed was overwritten; "
		"opcache.jit=off rules out the JIT.",
		NO_LIMIT},
	{"floating_point_error", NULL, CODE, NO_LIMIT},
	{"trap", NULL, CODE, NO_LIMIT},
	{"bad_syscall", NULL, "Allow it in the container's or the service's profile (SystemCallFilter=).", NO_LIMIT},
	{"abort", NULL, CODE, NO_LIMIT},
	{"cpu_limit", NULL,
		"Raise or remove it (ulimit -t, LimitCPU= in the service's unit): it counts a worker's whole life, so "
		"pm.max_requests in the pool's file helps as well.",
		"Raising max_execution_time: PHP counts each request, the kernel the whole process."},
	{"file_size_limit", NULL, "Raise it (ulimit -f, LimitFSIZE= in the service's unit), or write less.", NO_LIMIT},
	{"hard_timeout", NULL,
		"The function on top of the PHP stack takes too long for its input: give it less at once. Or set "
		"max_execution_time in the pool's file to what it needs; hard_timeout (php.ini) is the number of seconds after "
		"that.",
		"Raising request_terminate_timeout: it did not end this request."},
	{"request_terminate_timeout", NULL,
		"The PHP stack shows what the request waited for: give that a timeout of its own. Or raise "
		"request_terminate_timeout in the pool's file, above max_execution_time and to at most an hour, "
		"and " WEB_TIMEOUT " above both.",
		"Raising max_execution_time: it counts CPU time only, and did not end this request."},
	{"fpm_reload", NULL,
		"Set process_control_timeout in php-fpm.conf ([global]): its default, 0, kills running requests. Make it as "
		"long as requests take, but shorter than " WEB_TIMEOUT ", and at most " RELOAD_MOST
		": until it has passed, new requests wait for a slow one.",
		NO_LIMIT},
	{"fpm_stop", NULL,
		"Reload instead of restarting, with process_control_timeout in php-fpm.conf ([global]) as long as requests "
		"take, at most " RELOAD_MOST
		". To stop without losses use SIGQUIT: systemd sends SIGTERM, unless KillSignal=SIGQUIT is in the "
		"service's unit.",
		"process_control_timeout alone: a stop by SIGTERM does not wait for requests."},
	{"queued_at_stop", NULL,
		"Reload instead of restarting: a reload keeps the queue. Before a stop take this server out of the web "
		"server's upstreams, and stop it when no more requests come.",
		"Looking for a defect in the page: it never ran."},
	{"opcache_kill", NULL,
		"Raise opcache.memory_consumption and opcache.max_accelerated_files (php.ini), so that opcache need not "
		"restart, or opcache.force_restart_timeout.",
		NO_LIMIT},
	{"terminated", NULL,
		"Look for what sent it: a script, a monitor, an administrator. The record names the sender, where the kernel "
		"does.",
		NO_LIMIT},
	{"oom_kill", NULL,
		"Give the container or service more memory (MemoryMax=), or FPM fewer workers: pm.max_children in the pool's "
		"file times the RSS of a worker must fit.",
		"Raising memory_limit: it lets each request use even more of the scarce memory."},
	{"killed", NULL,
		"The kernel does not say who sent it. Look for an administrator, a monitor, a container runtime's own limits, "
		"or posix_kill() in the page itself.",
		NO_LIMIT},
	{"exit_in_request", NULL,
		"A library calls exit() on an error: the native stack names it. Before PHP 8.6 PHP itself does so when "
		"malloc() gets no memory: look in FPM's log for \"Out of memory\".",
		NO_LIMIT},
	{"unknown_death", NULL,
		"Look at that time into the kernel's log (dmesg: \"oom-kill\", \"Killed process\"), into systemd's (journalctl "
		"-u) and into FPM's.",
		NO_LIMIT},
	{"memory_limit", NULL,
		"The PHP stack shows which code asked for the memory that was too much. Process the data in pieces, or raise "
		"memory_limit (php.ini, or php_admin_value in the pool's file).",
		"Looking for it behind \"104: Connection reset by peer\": memory_limit does not cause that."},
	{"max_execution_time", NULL,
		"Shorten the work that the PHP stack shows, or raise max_execution_time (php.ini, or php_admin_value in the "
		"pool's file). It counts CPU time only; a thread-safe PHP counts all time from 8.3 on.",
		"Looking for it behind \"104: Connection reset by peer\": max_execution_time does not cause that."},
	{"uncaught_exception", NULL, "Fix the code that the message and the stack name.", NULL},
	{"fatal_error", NULL, "Fix the code that the message and the stack name.", NULL},
	{"compile_error", NULL, "Fix the file that the message names; php -l finds such errors beforehand.", NULL},
	{"pool_exhausted", NULL,
		"Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path), then raise pm.max_children in "
		"the pool's file as far as memory allows. "
		"A longer queue (listen.backlog, and net.core.somaxconn with it) helps only with short bursts.",
		"Raising timeouts: more requests then wait for the same workers."},
	{"queued_at_reload", NULL,
		"Make the longest request shorter than " WEB_TIMEOUT ", or process_control_timeout in php-fpm.conf ([global]) "
		"shorter than that: until it has passed, a reload waits for running requests, and new ones wait for the "
		"reload.",
		"Looking for a defect in the page: it had not run yet."},
	{"fpm_killed", NULL,
		"Find out who ended the container or service: its events (docker events, kubectl describe pod), the kernel's "
		"log (\"Killed process\", \"oom-kill\") and systemd's (journalctl -u). To stop it without losses send SIGQUIT "
		"to the master, and wait.",
		NO_LIMIT},
	{"connect_forbidden", NULL,
		"With SELinux: setsebool -P httpd_can_network_connect 1 (ausearch -m avc shows the denial). Otherwise look for "
		"an AppArmor profile, or a firewall rule for outgoing connections.",
		"Changing the rights of a socket file in the pool: this is a TCP connection."},
	{"no_local_port", NULL,
		"Keep connections to FPM open (fastcgi_keep_conn on, and keepalive in nginx's upstream, for all of nginx's "
		"processes together at most half of pm.max_children; not with pm = ondemand): most ports are in TIME_WAIT "
		"(ss -s). Or use a unix socket, or widen net.ipv4.ip_local_port_range.",
		"Restarting FPM: the connection attempt never left the web server's host."},
	{"bind_address", NULL,
		"Correct fastcgi_bind (nginx's http, server or location) to an address of that host, add the address to the "
		"host, or remove the directive.",
		"Restarting FPM: the connection attempt never left the web server's host."},
	{"no_kernel_memory", NULL,
		"Look at the memory of the web server's host and of its container (free, dmesg, MemoryMax=), and at the "
		"kernel's memory for sockets (net.ipv4.tcp_mem, ss -m).",
		"Restarting FPM: the connection attempt never left the web server's host."},
	{"connect_timeout", NULL,
		"Check that the address in the web server's configuration is still FPM's host (a container's address changes), "
		"that the host is up, and that no firewall or network policy drops the packets. If FPM's log says that "
		"pm.max_children was reached, its queue was full.",
		"Raising max_execution_time or fastcgi_read_timeout: no connection existed yet."},
	{"connection_lost", NULL,
		"Look for what cuts connections between the two hosts: a host that went down or was moved, a firewall or NAT "
		"that drops long or idle connections (conntrack), packet loss.",
		"Raising " WEB_TIMEOUT ": it had not passed."},
	{"fpm_down", NULL,
		"Check that FPM is running, and that `listen` in the pool's file is the address that fastcgi_pass has. FPM's "
		"log shows why it ended.",
		"Raising timeouts: nothing was there to wait for."},
	{"no_permission", NULL,
		"Set listen.owner, listen.group and listen.mode in the pool's file so that nginx's user can write to it; that "
		"user also needs search permission (x) on each directory above it. With SELinux the socket's label may forbid "
		"it as well: ausearch -m avc shows the denial.",
		"Mode 0666: every user of the machine could have PHP run code as the pool's user."},
	{"no_live_upstreams", NULL,
		"The failures just before this one show why: fix those. max_fails=0 in nginx's upstream keeps a server in use "
		"whatever became of a request, so one page that kills its worker fails alone. If the servers have max_conns=, "
		"it may have been reached: raise it.",
		NO_LIMIT},
	{"address_not_allowed", NULL,
		"Add the address that FPM's log names to listen.allowed_clients in the pool's file, and to "
		"FCGI_WEB_SERVER_ADDRS in FPM's environment if that is set.",
		NO_LIMIT},
	{"keepalive_race", NULL,
		"nginx repeats a GET by itself, but not a POST. Remove fastcgi_keep_conn, or set pm.max_requests = 0 in the "
		"pool's file; aligning keepalive_requests with pm.max_requests helps only while there are no more clients than "
		"kept connections.",
		NO_LIMIT},
	{"nginx_timeout", NULL,
		"If the page is slow, make it faster; or fastcgi_read_timeout (nginx's location) is too short for it. If it "
		"waited for a worker, find out what keeps the workers busy (request_slowlog_timeout, pm.status_path). PHP does "
		"not notice that nginx has gone and works on: let request_terminate_timeout in the pool's file end what nginx "
		"no longer waits for.",
		"Raising max_execution_time: nginx does not know it."},
	{"apache_timeout", NULL,
		"If the page is slow, make it faster; or ProxyTimeout (timeout= of a <Proxy> or ProxyPass) is too short for "
		"it. If it waited for a worker, find out what keeps the workers busy (request_slowlog_timeout, "
		"pm.status_path). PHP does not notice that Apache has gone and works on: let request_terminate_timeout in the "
		"pool's file end what Apache no longer waits for.",
		"Raising max_execution_time: Apache does not know it."},
	{"client_abort", NULL,
		"If it is rare, do nothing: people close pages. If not, either the page is too slow, or a load balancer in "
		"front has a shorter timeout than nginx.",
		"fastcgi_ignore_client_abort: it hides the entry, and the page stays as slow."},
	{"response_rejected", NULL,
		"If the header is too big (cookies, Content-Security-Policy, debug headers), raise fastcgi_buffer_size in "
		"nginx's location, in pages of 4k, and fastcgi_busy_buffers_size with it; or send less. If it is invalid, the "
		"page sends a broken header line.",
		"Raising the number of fastcgi_buffers: the header has to fit into the first one."},
	{"memory_refused", NULL,
		"Raise the limit of the worker: RLIMIT_AS (ulimit -v, LimitAS= in the service's unit) or RLIMIT_DATA "
		"(ulimit -d, LimitDATA=); or vm.overcommit_ratio, where vm.overcommit_memory is 2. Without such a limit the "
		"machine had too little memory and swap for what was asked for at once.",
		"Raising memory_limit: it did not refuse this. Raising MemoryMax= or a container's memory: at that limit the "
		"kernel kills, it does not refuse."},
	{"temp_file_failed", NULL,
		"Error 13: give nginx's user (`user` in nginx.conf) the directory that the message names, and search "
		"permission on each one above it; packages and scripts that change `user` forget it. Error 28 or 122: free "
		"space on its file system, or let fastcgi_temp_path lead to a larger one (df, df -i). Error 2 or 30: create "
		"the directory, or mount a writable volume or tmpfs there. fastcgi_max_temp_file_size 0 avoids these files: "
		"the worker is then busy until a slow client has read its answer.",
		NO_LIMIT},
	{"cache_file_failed", NULL,
		"Error 13: give nginx's user the directories of fastcgi_cache_path. Error 28: free space there (df, df -i), or "
		"lower max_size=. Error 18: set use_temp_path=off in fastcgi_cache_path, as a file can't be renamed into "
		"another file system.",
		NO_LIMIT},
	{"no_file_descriptors", NULL,
		"For nginx raise worker_rlimit_nofile above twice worker_connections (nginx.conf); for Apache LimitNOFILE= in "
		"the service's unit. Both need a restart. If the number of open files only ever grows, look for what holds "
		"them (ls -l /proc/PID/fd).",
		NO_LIMIT},
	{"no_connections", NULL,
		"Raise worker_connections in nginx.conf (events), and worker_rlimit_nofile to twice that. If slow pages use "
		"them up, make those faster: each waiting request holds two.",
		NO_LIMIT},
	{"name_not_resolved", NULL,
		"Where fastcgi_pass has a variable, nginx looks the name up for each request: set `resolver` in nginx.conf to "
		"a name server that knows it (in Docker 127.0.0.11), and `valid=` if addresses change. Without a variable the "
		"name is looked up when nginx starts. If the name is gone, start the container or service that has it.",
		NO_LIMIT},
	{"harmless", NULL, "Nothing.", NULL},
	{"retried", NULL, "Nothing for this request: the client got its answer.", NULL},
};

/*
 * What is known without a record, of one kind of the cause, or for Apache: "cause/kind", or "cause/kind/apache". Only
 * a record has stacks.
 */
static const struct {
	const char *subcase;
	struct fps_advice advice;
} subcases[] = {
	{"segfault/log", {"segfault", NULL, CODE_UNNAMED, NO_LIMIT}},
	{"segfault/kernel", {"segfault", NULL, CODE_IN_KERNEL, NO_LIMIT}},
	{"floating_point_error/log", {"floating_point_error", NULL, CODE_UNNAMED, NO_LIMIT}},
	{"floating_point_error/kernel", {"floating_point_error", NULL, CODE_IN_KERNEL, NO_LIMIT}},
	{"trap/log", {"trap", NULL, CODE_UNNAMED, NO_LIMIT}},
	{"trap/kernel", {"trap", NULL, CODE_IN_KERNEL, NO_LIMIT}},
	{"illegal_instruction/kernel", {"illegal_instruction", NULL, CODE_IN_KERNEL, NO_LIMIT}},
	{"abort/log", {"abort", NULL, CODE_UNNAMED, NO_LIMIT}},
	{"stack_overflow/log",
		{"stack_overflow", NULL,
			"Nothing in the input shows what calls itself: the fpmsentinel record of the death does (--records). If "
			"such deep nesting is intended, " LARGER_STACK,
			NO_MEMORY_LIMIT}},
	{"hard_timeout/log",
		{"hard_timeout", NULL,
			"The fpmsentinel record of the death names the C function that took too long (--records); FPM's log names "
			"the script, with catch_workers_output = yes in the pool's file. Give the function less at once, or set "
			"max_execution_time to what it needs.",
			"Raising request_terminate_timeout: it did not end this request."}},
	{"request_terminate_timeout/log",
		{"request_terminate_timeout", NULL,
			"Find what the request waited for: the fpmsentinel record of the death shows it (--records), or FPM's slow "
			"log (request_slowlog_timeout in the pool's file). Give that a timeout of its own. Or raise "
			"request_terminate_timeout in the pool's file, above max_execution_time and to at most an hour, "
			"and " WEB_TIMEOUT " above both.",
			"Raising max_execution_time: it counts CPU time only, and did not end this request."}},
	{"exit_in_request/log",
		{"exit_in_request", "The worker exited with that code. A page's own exit() ends a request, not the worker.",
			"Look in FPM's log for what the worker said before (catch_workers_output = yes in the pool's file), as "
			"\"Out of memory\": before PHP 8.6 PHP exits when malloc() gets no memory. Otherwise it was a library: "
			"the fpmsentinel record of the death names it (--records).",
			NO_LIMIT}},
	{"memory_limit/log",
		{"memory_limit", NULL,
			"The message names the line that asked for the memory that was too much; an fpmsentinel record has the "
			"whole stack (--records). Process the data in pieces, or raise memory_limit (php.ini, or php_admin_value "
			"in the pool's file). If the line is part of a recursion, end that instead.",
			"Looking for it behind \"104: Connection reset by peer\": memory_limit does not cause that."}},
	{"max_execution_time/log",
		{"max_execution_time", NULL,
			"Shorten the work around the line that the message names, or raise max_execution_time (php.ini, or "
			"php_admin_value in the pool's file). It counts CPU time only; a thread-safe PHP counts all time from 8.3 "
			"on.",
			"Looking for it behind \"104: Connection reset by peer\": max_execution_time does not cause that."}},
	{"killed/log",
		{"killed",
			"SIGKILL ended the worker. The OOM killer, a stopped container, a service's stop timeout and kill -9 all "
			"look like this in FPM's log.",
			"Look at that time into the kernel's log (dmesg or journalctl -k: \"Killed process\", \"oom-kill\") and "
			"into the container's or service's events. If memory ran out, give the container or service more "
			"(MemoryMax=), or FPM fewer workers (pm.max_children). Otherwise look for who sends kill -9.",
			"Raising memory_limit: it lets each request use even more of the scarce memory."}},
	{"killed/timeout",
		{"killed",
			"request_terminate_timeout had passed, SIGTERM did not end the worker, and SIGKILL did later. FPM itself "
			"does not send SIGKILL for that.",
			"Find what the request waited for: a call that can't be interrupted (NFS, a hanging disk, a library that "
			"blocks signals). Give that a timeout of its own.",
			"Raising max_execution_time: it counts CPU time only, and did not end this request."}},
	{"oom_kill/all",
		{"oom_kill", "The kernel's OOM killer ended all of FPM, its master and its workers.",
			"Give the container or service more memory (MemoryMax=), or FPM fewer workers (pm.max_children). With "
			"memory.oom.group=0, or OOMPolicy=continue in the service's unit, one worker dies instead of all.",
			"Raising memory_limit: it lets each request use even more of the scarce memory."}},
	{"oom_kill/unit",
		{"oom_kill",
			"The kernel's OOM killer ended a process of FPM's service; with OOMPolicy=stop, the default, systemd then "
			"stops the rest of it.",
			"Give the service more memory (MemoryMax=), or FPM fewer workers (pm.max_children). OOMPolicy=continue in "
			"the service's unit keeps the other workers.",
			"Raising memory_limit: it lets each request use even more of the scarce memory."}},
	{"oom_kill/oomd",
		{"oom_kill", "systemd-oomd ended all of FPM, its master and its workers, before memory had run out.",
			"Give the service more memory, or FPM fewer workers (pm.max_children). oomctl shows what oomd watches; "
			"ManagedOOMMemoryPressure=auto or ManagedOOMPreference=avoid in the service's unit spares FPM.",
			"Raising memory_limit: it lets each request use even more of the scarce memory."}},
	{"terminated/log",
		{"terminated", "A signal ended the worker. FPM's log does not say who sent it.",
			"Look for what stops services or processes at that time: a deployment, a monitor, systemd (journalctl -u).",
			NO_LIMIT}},
	{"terminated/SIGPROF",
		{"terminated",
			"The timer of max_execution_time, or a profiler's, ran out, and nothing handled its signal any more.",
			"A profiler (Excimer, XHProf, Tideways, an APM agent) or another library has replaced PHP's handler of "
			"SIGPROF: run without it to see whether the deaths stop.",
			NULL}},
	{"terminated/SIGPIPE",
		{"terminated",
			"C code wrote to a pipe or connection that the other side had closed. PHP-FPM ignores SIGPIPE: something "
			"had reset it.",
			"Look for the library that sets SIGPIPE to its default, and update it. The PHP stack, where a record has "
			"one, shows what wrote.",
			NO_LIMIT}},
	{"terminated/SIGALRM",
		{"terminated", "A timer ran out, and nothing handled its signal.",
			"Look for pcntl_alarm() without a handler in the page, and for libraries that use alarm() or setitimer().",
			NO_LIMIT}},
	{"terminated/SIGVTALRM",
		{"terminated", "A CPU timer ran out, and nothing handled its signal.",
			"Look for libraries that use setitimer(), as profilers do.", NO_LIMIT}},
	{"fpm_stop/log",
		{"fpm_stop", "FPM was stopped or restarted while the request ran, or waited in its queue.",
			"Reload instead of restarting, with process_control_timeout in php-fpm.conf ([global]) as long as requests "
			"take, at most " RELOAD_MOST
			". To stop without losses use SIGQUIT: systemd sends SIGTERM, unless KillSignal=SIGQUIT is in the "
			"service's unit.",
			"process_control_timeout alone: a stop by SIGTERM does not wait for requests."}},
	{"fpm_reload/log",
		{"fpm_reload", "FPM was reloaded while the request ran, or just as a worker took it.",
			"Set process_control_timeout in php-fpm.conf ([global]): its default, 0, kills running requests. Make it "
			"as long as requests take, but shorter than " WEB_TIMEOUT ", and at most " RELOAD_MOST
			": until it has passed, new requests wait for a slow one.",
			NO_LIMIT}},
	{"fpm_reload/emergency",
		{"fpm_reload",
			"FPM reloaded itself, as emergency_restart_threshold asks for after that many crashes: the reload killed "
			"this request.",
			"Find the crashes: records, or lines of FPM's log with SIGSEGV or SIGBUS just before, name them. "
			"process_control_timeout in php-fpm.conf ([global]) lets running requests finish at such a reload; "
			"emergency_restart_threshold = 0 turns it off.",
			NO_LIMIT}},
	{"fpm_down/restart",
		{"fpm_down", "FPM was being restarted: nothing listened meanwhile.",
			"Reload instead of restarting: a reload keeps the socket, and requests wait in its queue. "
			"process_control_timeout in php-fpm.conf ([global]) lets running ones finish.",
			"Raising timeouts: nothing was there to wait for."}},
	{"fpm_down/stopped",
		{"fpm_down", "FPM had been stopped: nothing listened.",
			"Start it, and take this server out of the web server's upstreams before the next stop.",
			"Raising timeouts: nothing was there to wait for."}},
	{"fpm_down/unreachable",
		{"fpm_down", "The web server can't reach FPM's host.",
			"Check that the address in the web server's configuration is still FPM's host: nginx keeps the address "
			"that a name had when it started, and a container's changes. Then check the route to it (ip route get).",
			"Raising timeouts: no connection existed."}},
	{"nginx_timeout/slow",
		{"nginx_timeout", "nginx stopped waiting, and the page was still running.",
			"Make the page faster; or fastcgi_read_timeout (nginx's location) is too short for it. PHP does not notice "
			"that nginx has gone and works on: let request_terminate_timeout in the pool's file end what nginx no "
			"longer waits for.",
			"Raising max_execution_time: nginx does not know it."}},
	{"apache_timeout/slow",
		{"apache_timeout", "Apache stopped waiting, and the page was still running.",
			"Make the page faster; or ProxyTimeout (timeout= of a <Proxy> or ProxyPass) is too short for it. PHP does "
			"not notice that Apache has gone and works on: let request_terminate_timeout in the pool's file end what "
			"Apache no longer waits for.",
			"Raising max_execution_time: Apache does not know it."}},
	{"nginx_timeout/body",
		{"nginx_timeout", "The page began its answer, and then sent nothing for as long as nginx waits.",
			"Let the page send something more often, or make it faster; or fastcgi_read_timeout (nginx's location), "
			"which counts from one read to the next, is too short for it. PHP does not notice that nginx has gone "
			"until it sends more: let request_terminate_timeout in the pool's file end what nginx no longer waits for.",
			"Raising pm.max_children: the page had a worker."}},
	{"nginx_timeout/send",
		{"nginx_timeout", "nginx could not send the request to FPM within fastcgi_send_timeout.",
			"All workers may be busy, so that nobody reads what nginx sends: look for \"reached pm.max_children\" in "
			"FPM's log. Or the page does not read a large upload: raise fastcgi_send_timeout (nginx's location), or "
			"have it read sooner.",
			"Raising fastcgi_read_timeout: nginx had not begun to wait for the answer."}},
	{"no_file_descriptors/system",
		{"no_file_descriptors", "The web server's whole host had no file descriptor left.",
			"Raise fs.file-max (sysctl), and look for the process that holds so many (lsof -n, /proc/sys/fs/file-nr).",
			"Raising worker_rlimit_nofile or LimitNOFILE=: the limit was the system's."}},
	{"no_connections/apache",
		{"no_connections", "All connections that Apache may have to FPM were in use.",
			"Raise max= (of a <Proxy> or ProxyPass), up to pm.max_children for all of Apache's processes together, or "
			"acquire=, the milliseconds that a request waits for one. If slow pages hold them, make those faster.",
			NO_LIMIT}},
	{"no_permission/apache",
		{"no_permission", NULL,
			"Set listen.owner, listen.group and listen.mode in the pool's file so that Apache's user can write to it; "
			"that user also needs search permission (x) on each directory above it. With SELinux the socket's label "
			"may forbid it as well: ausearch -m avc shows the denial.",
			"Mode 0666: every user of the machine could have PHP run code as the pool's user."}},
	{"no_local_port/apache",
		{"no_local_port", NULL,
			"Keep connections to FPM open (enablereuse=on, with max= at most half of pm.max_children for all of "
			"Apache's processes together; not with pm = ondemand): most ports are in TIME_WAIT (ss -s). Or use a unix "
			"socket, or widen net.ipv4.ip_local_port_range.",
			"Restarting FPM: the connection attempt never left the web server's host."}},
	{"connect_timeout/apache",
		{"connect_timeout", NULL,
			"Check that the address in SetHandler or ProxyPass is still FPM's host (a container's address changes), "
			"that the host is up, and that no firewall or network policy drops the packets. If FPM's log says that "
			"pm.max_children was reached, its queue was full.",
			"Raising max_execution_time or ProxyTimeout: no connection existed yet."}},
	{"fpm_down/apache",
		{"fpm_down", NULL,
			"Check that FPM is running, and that `listen` in the pool's file is the address that SetHandler or "
			"ProxyPass has. FPM's log shows why it ended.",
			"Raising timeouts: nothing was there to wait for."}},
	{"response_rejected/big",
		{"response_rejected", "The header of the answer did not fit into nginx's buffer.",
			"Send less (cookies, Content-Security-Policy, debug headers), or raise fastcgi_buffer_size in nginx's "
			"location, in pages of 4k, and fastcgi_busy_buffers_size with it.",
			"Raising the number of fastcgi_buffers: the header has to fit into the first one."}},
	{"response_rejected/invalid",
		{"response_rejected", NULL,
			"The page sends a header line that HTTP does not allow, or sends one twice; nginx's message names it. Look "
			"for header() calls with such a line, and for output of C code in front of the header.",
			"Raising fastcgi_buffer_size: the header was not too big."}},
	{"response_rejected/protocol",
		{"response_rejected", "What answered does not speak FastCGI.",
			"fastcgi_pass does not lead to PHP-FPM but usually to an HTTP server: use proxy_pass for that, or correct "
			"the address.",
			NO_LIMIT}},
	{"response_rejected/protocol/apache",
		{"response_rejected", "What answered does not speak FastCGI.",
			"The address in SetHandler or ProxyPass does not lead to PHP-FPM but usually to an HTTP server: use "
			"http:// for that, or correct the address.",
			NO_LIMIT}},
	{"response_rejected/invalid/apache",
		{"response_rejected", NULL,
			"If the header is invalid, the page sends a broken header line, or its output begins before the header. If "
			"it is too big (8,190 bytes a line), send less: fewer or shorter cookies and debug headers.",
			NO_LIMIT}},
	{"unexplained/apache",
		{"unexplained", "Nothing in the input explains it.",
			"Add the records (--records), FPM's log (--fpm-log) and the access log (--access) of that time. Check that "
			"fpmsentinel is loaded in every pool (phpinfo()). Where all of FPM was killed at once, as with its "
			"container or by systemd (journalctl -u), only a black box in a file has records: fpmsentinel.blackbox.",
			NULL}},
	{"pool_exhausted/queue",
		{"pool_exhausted", NULL,
			"Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path), then raise "
			"pm.max_children in the pool's file as far as memory allows.",
			"Raising fastcgi_read_timeout: it lets more requests wait in the queue."}},
	{"pool_exhausted/queue/apache",
		{"pool_exhausted", NULL,
			"Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path), then raise "
			"pm.max_children in the pool's file as far as memory allows.",
			"Raising ProxyTimeout: it lets more requests wait in the queue."}},
	{"pool_exhausted/process.max",
		{"pool_exhausted", "All workers were busy, and process.max allowed FPM no other one.",
			"Raise process.max in php-fpm.conf ([global]) above the pm.max_children of all pools together, as far as "
			"memory allows. Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path).",
			"Raising pm.max_children: process.max limits all pools together."}},
	{"pool_exhausted/fork",
		{"pool_exhausted", "All workers were busy, and FPM could not start another one: fork() failed.",
			"The error that FPM's log names decides. 12: give the machine or container more memory. 11: raise the "
			"number of processes (TasksMax= in the service's unit, ulimit -u, --pids-limit of a container).",
			"Raising pm.max_children: FPM cannot even start what it allows."}},
	{"pool_exhausted/reload",
		{"pool_exhausted",
			"FPM's queue was full: FPM was being reloaded, and took no new request until the running ones had ended.",
			"Make process_control_timeout in php-fpm.conf ([global]) shorter, or the longest request. A longer queue "
			"(listen.backlog, and net.core.somaxconn with it) holds more requests during a reload.",
			"Raising pm.max_children: no worker takes a new request while a reload waits."}},
};

const char *fps_advice_subcase(const char *cause, const char *kind)
{
	size_t len = strlen(cause);

	for (size_t i = 0; i < sizeof(subcases) / sizeof(subcases[0]); i++) {
		const char *subcase = subcases[i].subcase;

		if (strncmp(subcase, cause, len) == 0 && subcase[len] == '/' && strcmp(subcase + len + 1, kind) == 0) {
			return subcase;
		}
	}
	return NULL;
}

static const struct fps_advice unexplained = {
	"unexplained",
	"Nothing in the input explains it.",
	"Add the records (--records), FPM's log (--fpm-log) and the access log (--access) of that time. Check that "
	"fpmsentinel is loaded in every pool (phpinfo()), and that nginx passes NGINX_PID and NGINX_CONNECTION "
	"(conf/fastcgi-fpmsentinel.conf). Where all of FPM was killed at once, as with its container or by systemd "
	"(journalctl -u), only a black box in a file has records: fpmsentinel.blackbox.",
	NULL,
};

/* A recursion of PHP functions, as their stack shows. */
static const struct fps_advice recursion = {
	"stack_overflow",
	"A recursion of PHP functions used up the C stack.",
	"End the recursion that the PHP stack shows. From PHP 8.3 on zend.max_allowed_stack_size turns most of these into "
	"an Error with a stack trace. If such depth is intended, " LARGER_STACK,
	NO_MEMORY_LIMIT,
};

/* The same in memory, since PHP's own calls use no C stack. */
static const struct fps_advice recursion_in_memory = {
	"memory_limit",
	"A recursion of PHP functions used up memory_limit; a worker survives that.",
	"End the recursion that the PHP stack shows: a function, or a hook, filter or event that runs itself again.",
	"Raising memory_limit: an endless recursion uses up any limit.",
};

/* So deep that it may be one without an end, but as deep as nested data can be. */
static const struct fps_advice deep_in_memory = {
	"memory_limit",
	"PHP ended the request at memory_limit, deep in a recursion of PHP functions; a worker survives that.",
	"If the recursion that the PHP stack shows has no end (a function, hook, filter or event that runs itself again), "
	"end it. If it follows nested data, process them in pieces, or raise memory_limit (php.ini, or php_admin_value in "
	"the pool's file): how deep those data are decides.",
	"Looking for it behind \"104: Connection reset by peer\": memory_limit does not cause that.",
};

static const struct fps_advice large_frame = {
	"stack_overflow",
	"A C function needed more stack for its own variables (an array on the stack, alloca()) than was left.",
	"The native stack names the function: give it less data at once, or update its library. Otherwise " LARGER_STACK,
	NO_MEMORY_LIMIT,
};

/*
 * Recursions in C code, by the PHP function on top of the stack, or by the native functions that repeat; the last is
 * for all others.
 */
#define NATIVE "C code called itself until the C stack was full; PHP functions did not. "
#define FREEING \
	" zend_objects_store_del zend_object_std_dtor zend_array_destroy zend_array_dup rc_dtor_func " \
	"zend_generator_close zend_hash_destroy zend_closure_free zend_objects_destroy_object zend_objects_free_object " \
	"spl_ "
static const struct native {
	const char *functions, *native; /* words, each with a blank before and after it; parts of native names */
	struct fps_advice advice;
} natives[] = {
	{" unserialize ", " php_var_unserialize ",
		{"stack_overflow", NATIVE "unserialize() got data that are nested too deeply.",
			"Limit the depth: unserialize_max_depth in php.ini (4096 by default; 0 is no limit), or the option "
			"max_depth of unserialize()." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" json_encode ", " php_json_encode_zval ",
		{"stack_overflow", NATIVE "json_encode() got data that are nested too deeply.",
			"Limit the depth: the third argument of json_encode() (512 by default). PHP 8.4 reports such a depth as an "
			"error, by zend.max_allowed_stack_size.",
			NO_MEMORY_LIMIT}},
	{" igbinary_serialize igbinary_unserialize ", " igbinary.so ",
		{"stack_overflow", NATIVE "igbinary got data that are nested too deeply.",
			"Nothing in igbinary limits the depth: flatten the data, or check their depth first." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" yaml_parse yaml_parse_file yaml_emit yaml_emit_file ", " yaml.so libyaml ",
		{"stack_overflow", NATIVE "yaml got data that are nested too deeply.",
			"Nothing in the extension limits the depth: flatten the data, or check their depth first." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" ", " libxml2 ",
		{"stack_overflow", NATIVE "libxml2 walked a document whose elements are nested too deeply.",
			"Read untrusted documents without LIBXML_PARSEHUGE: libxml2 then refuses more than 256 levels. Or read "
			"them with XMLReader, which keeps no document in memory." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" ", " zend_compare zend_hash_compare zend_std_compare zend_is_identical compare_function ",
		{"stack_overflow", NATIVE "Two values that are nested too deeply were compared.",
			"Compare deeply nested arrays or objects level by level, or by an identifier. PHP 8.4 makes an Error of "
			"this for objects, 8.4.28 also for arrays, by zend.max_allowed_stack_size.",
			NO_MEMORY_LIMIT}},
	{" ", FREEING,
		{"stack_overflow",
			NATIVE
			"A long chain of objects or nested arrays was freed: each link frees the next one inside its own release.",
			"Take the chain apart before it goes out of scope, in a loop: while ($node) { $next = $node->next; "
			"$node->next = null; $node = $next; }. Or keep the links in an array, or in "
			"SplDoublyLinkedList." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{NULL, NULL,
		{"stack_overflow", NATIVE "Usually that is data nested too deeply for a function that walks them.",
			"Limit the depth of the data that the function on top of the PHP stack gets, or walk them in a loop. "
			"In PHP 8.4 zend.max_allowed_stack_size makes an Error of this in serialize(), clone, "
			"array_walk_recursive(), count() and (from 8.4.28 on) var_export(), but not in print_r(), "
			"array_merge_recursive() or iterators of iterators. If such depth is intended, " LARGER_STACK,
			NO_MEMORY_LIMIT}},
};

#define JIT_LOOP \
	"If worker after worker dies of it, reload FPM: a reload gives opcache new memory; killing workers does not. "
static const struct fps_advice opcache_jit = {
	NULL,
	"Machine code that opcache's JIT made from PHP code faulted.",
	"Set opcache.jit = disable (php.ini) and reload FPM. If that helps, update PHP, and report the function on top "
	"of the PHP stack. " JIT_LOOP,
	NO_LIMIT,
};

static const struct fps_advice pcre_jit = {
	NULL,
	"Machine code that the JIT of PCRE made from a regular expression faulted.",
	"Set pcre.jit = 0 (php.ini): regular expressions are then interpreted, more slowly. If that helps, update PCRE "
	"(libpcre2), and report the expression.",
	NO_LIMIT,
};

/* What fps_sig_fault_fill() says of a mapping. */
static const char was_cut[] = "that was cut to ", no_room[] = "no room left on the file system";
static const struct fps_advice cut = {
	"bus_error",
	"A file was truncated while it was mapped into memory, and PHP read behind its new end.",
	"Find what truncates or overwrites that file: a deployment, a copy over a database (SQLite) in use, logrotate with "
	"copytruncate. Write a new file and rename() it over the old one.",
	NO_LIMIT,
};
static const struct fps_advice full = {
	"bus_error",
	"The file system of a mapped file is full: the kernel had no page for a write to it.",
	"Check it with df, then free space on it or enlarge it: --shm-size for a container's /dev/shm, size= for a "
	"tmpfs. For APCu lower apc.shm_size, or let apc.mmap_file_mask lead to a larger file system.",
	NO_LIMIT,
};
static const struct fps_advice huge_page = {
	"bus_error",
	"No huge page was left for memory that is mapped with huge pages.",
	"Reserve more (vm.nr_hugepages), or use none: opcache.huge_code_pages = 0, and no hugetlbfs for shared memory.",
	NO_LIMIT,
};

static const struct fps_advice no_such_address = {
	"bus_error",
	"C code used an address that cannot be right: a pointer was overwritten, or taken from memory that had been freed.",
	CODE,
	NO_LIMIT,
};
static const struct fps_advice broken_memory = {
	"bus_error",
	"The machine's memory is defective at this address: the kernel got a machine check.",
	"Look into the kernel's log (dmesg, journalctl -k) for the memory module, and have it replaced.",
	NO_LIMIT,
};

static const char file_cache_is[] = "opcache.file_cache is ";
static const struct fps_advice file_cache = {
	NULL,
	"PHP faulted while it took scripts from opcache.file_cache, whose files it trusts.",
	"Delete the files in opcache.file_cache (the evidence names the directory), and reload FPM. Keep "
	"opcache.file_cache_consistency_checks = 1, and give each PHP version and each server a directory of its own on a "
	"disk that does not run full.",
	NO_LIMIT,
};

static const struct fps_advice loop = {
	NULL,
	"Worker after worker dies of the same fault soon after it starts: opcache's memory, which all workers share, may "
	"be damaged.",
	"Reload FPM: a reload gives opcache new memory; killing workers does not. If it comes back, "
	"opcache.protect_memory = 1 (php.ini) makes the code that writes there fault at once, so that its own record "
	"names it. If the reload changes nothing, it is the page itself: " CODE,
	NO_LIMIT,
};

/* https://github.com/php/php-src/issues/22521 */
static const struct fps_advice backtrace = {
	"segfault",
	"PHP (8.5 and later) crashed in the backtrace of a fatal error, usually that of memory_limit in a recursion.",
	"Set fatal_error_backtraces = Off (php.ini): that error then ends only the request, with its message. "
	"Then end the recursion that the PHP stack shows.",
	NULL,
};

/* A fault's signal that was no fault's. */
static const struct fps_advice sent = {
	NULL,
	"Another process sent the worker the signal of a fault; none of its code faulted.",
	"The error names the process that sent it: check whether that is an administrator's, a monitor's or a test's.",
	NO_LIMIT,
};

static const struct fps_advice sent_by_itself = {
	NULL,
	"The process sent itself the signal, by posix_kill(), raise() or the like.",
	"Remove the call, or handle the signal: the PHP stack shows the function that sent it.",
	NO_LIMIT,
};

static const struct fps_advice sent_by_nobody_known = {
	NULL,
	"A signal ended the worker, and the kernel did not say who sent it.",
	"Look for posix_kill(), pcntl_alarm() and libraries with timers in the page, then for scripts and monitors that "
	"signal PHP-FPM.",
	NO_LIMIT,
};

/* There is neither a native stack nor, but for a sample, a PHP stack. */
static const char without_handler[] = ", and no handler ran";
static const struct fps_advice unhandled = {
	NULL,
	"A signal ended the worker, and no handler could run.",
	"A core dump (rlimit_core in the pool's file) shows the thread and the function. One of three things happened: a "
	"library's thread overflowed its stack (such threads have no signal stack for a handler); code of the page "
	"removed the handler; or the worker had become another program, by pcntl_exec() or execve().",
	NO_LIMIT,
};

static const struct fps_advice other_thread = {
	NULL,
	"A thread that a library had started died, and the worker with it. Where PHP was at that moment says nothing "
	"about the cause.",
	"The native stack names the library: update it, or configure it to work without threads. A core dump (rlimit_core "
	"in the pool's file) helps its authors.",
	NO_LIMIT,
};

static const struct fps_advice stack_of_thread = {
	NULL,
	"A thread that a library had started used up its own stack. Where PHP was at that moment says nothing about the "
	"cause.",
	"The native stack names the library: update it, give it less data at once, or configure it to work without "
	"threads. The library chooses the size of that stack; if it does not, ulimit -s does (LimitSTACK= in FPM's unit).",
	NO_MEMORY_LIMIT,
};

static const struct fps_advice compiler = {
	NULL,
	"PHP's compiler used up the C stack: it calls itself for each level of an expression.",
	"Split the long or deeply nested expression in the file that was being compiled into several statements; read "
	"large data from a JSON file instead of from code. PHP 8.4 makes a fatal error of it, by "
	"zend.max_allowed_stack_size. "
	"Or raise the stack of FPM (ulimit -s, LimitSTACK= in the service's unit).",
	"Raising memory_limit: the C stack is not part of it.",
};

static const struct fps_advice loader = {
	NULL,
	"PHP used up the C stack while it loaded a file: opcache's optimizer calls itself for each branch of a function.",
	"Split the function of that file that has the most branches (if, ?:, switch, &&) into several; a table or a JSON "
	"file can replace generated code. opcache.optimization_level = 0 (php.ini) turns the optimizer off. "
	"Or " LARGER_STACK,
	NO_MEMORY_LIMIT,
};

static const struct fps_advice cleaning_up = {
	NULL,
	"PHP used up the C stack outside of PHP code, as when it frees deeply nested data at the end of a request.",
	"Look in the page for long chains of objects, generators or nested arrays, each of which holds the next one: their "
	"destruction recurses. Break such a chain in a loop before its end is released, or keep it shorter. Or raise the "
	"stack of FPM (ulimit -s, LimitSTACK= in the service's unit).",
	"Raising memory_limit: the C stack is not part of it.",
};

static const struct fps_advice many_files = {
	NULL,
	"A library called select() with a descriptor above 1023, and libc ended the process before that overwrote "
	"memory.",
	"Update the library that the native stack names, or configure it to use poll(). See what keeps so many files and "
	"connections open (ls -l /proc/PID/fd of a worker); with rlimit_files = 1024 in the pool's file opening more of "
	"them fails instead.",
	NO_LIMIT,
};

/* Where it is noticed is not where it was done. */
static const struct fps_advice broken_heap = {
	NULL,
	"The heap was found corrupted: its memory had been overwritten, or a block was freed that was free already or "
	"never part of it.",
	"The native frames show where that was noticed: some C code did it before. Run without the extensions and FFI "
	"libraries that the page uses, one after the other, until the deaths stop, then update that one. USE_ZEND_ALLOC=0 "
	"in FPM's environment (Environment= in the service's unit) makes libc check each block: it aborts closer to the "
	"fault, but costs time.",
	NO_LIMIT,
};

static const char by_exec[] = "C code called exec()";
static const struct fps_advice became_another = {
	NULL,
	"The worker became another program, which ended: the request got no answer.",
	"Start programs with proc_open() or exec(), which create a process for them; pcntl_exec() and libraries that call "
	"execve() replace the worker.",
	NO_LIMIT,
};

static const struct fps_advice left_at_once = {
	NULL,
	"C code ended the process in the middle of the request.",
	"No record can have a stack of that call: no code of the worker runs after _exit(). Look for it in the extensions "
	"and FFI libraries that the page uses, and for the library's own message in FPM's log (catch_workers_output). "
	"Before PHP 8.6 PHP itself exits when malloc() gets no memory: look there for \"Out of memory\".",
	NO_LIMIT,
};

/* errno of whoever gave up, or PHP's own error. */
static const char after_refusal[] = " after memory was refused ", out_of_memory[] = "Out of memory (allocated ";
static const struct fps_advice refused = {
	NULL,
	"The kernel refused memory, although memory_limit was not reached, and the code that asked for it gave up.",
	"Raise the limit of the worker: RLIMIT_AS (ulimit -v, LimitAS= in the service's unit) or RLIMIT_DATA (ulimit -d, "
	"LimitDATA=), which the evidence of a death names; or vm.overcommit_ratio, where vm.overcommit_memory is 2. "
	"Without such a limit, more was asked for at once than the machine has memory and swap: let the function on top of "
	"the PHP stack handle less at once, or add memory.",
	"Raising memory_limit: it did not refuse this. Raising MemoryMax= or a container's memory: at that limit the "
	"kernel kills, it does not refuse.",
};

static const char at_hard_limit[] = "at memory_hard_limit_percent";
static const struct fps_advice hard_limit = {
	NULL,
	"One C function took more memory than memory_limit and the hard limit above it allow: PHP ended the process "
	"instead of reporting an error.",
	"Let the function on top of the PHP stack build less at once (serialize(), sprintf(), an output buffer). "
	"Or raise memory_limit (php.ini, or php_admin_value in the pool's file): the hard limit is "
	"memory_hard_limit_percent of it, usually twice as much.",
	"Looking for \"Allowed memory size\": PHP says \"Hard memory limit\", and only on standard error "
	"(catch_workers_output).",
};

/* PHP 8.3 and later: an Error, or a fatal error of the compiler. */
static const char at_stack_limit[] = "Maximum call stack size";
static const struct fps_advice stack_limit = {
	NULL,
	"PHP ended a recursion before it used up the C stack (zend.max_allowed_stack_size); a worker survives that.",
	"End the recursion that the PHP stack shows. If it shows none, limit the depth of the nested data that the "
	"function on top of it walks. If a file "
	"was being compiled, split its long expression into several statements. If such deep nesting is "
	"intended, " LARGER_STACK,
	"Setting zend.max_allowed_stack_size to -1: the same recursion then ends in SIGSEGV. " NO_MEMORY_LIMIT,
};

static bool has(const char *text, const char *what)
{
	return text && strstr(text, what);
}

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

/* Whether one of the words in the list, with blanks around each, is the text's first len bytes. */
static bool is_listed(const char *list, const char *text, size_t len)
{
	for (const char *word = list + 1; *word; word += strcspn(word, " ") + 1) {
		if (strcspn(word, " ") == len && strncmp(word, text, len) == 0) {
			return true;
		}
	}
	return false;
}

static bool has_one_of(const char *list, const char *text)
{
	for (const char *word = list + 1; *word; word += strcspn(word, " ") + 1) {
		if (memmem(text, strlen(text), word, strcspn(word, " ")) != NULL) {
			return true;
		}
	}
	return false;
}

/* Fewer calls do not fill a stack. */
enum { MANY_CALLS = 50, DEEP_IN_MEMORY = 100, MANY_IN_MEMORY = 1000, DEEPEST = 5000 };

/* PHP functions that call each other about as often as native ones, or native ones that run PHP. */
static bool is_recursion_of_php(const struct fps_record *record)
{
	if (record->cycle && (strstr(record->cycle, "execute_ex") || strstr(record->cycle, "zend_call_"))) {
		return true;
	}
	return record->php_cycles >= MANY_CALLS && record->php_cycles >= (uint64_t) record->cycles / 2;
}

/* A cycle of many rounds, or a stack that is deeper than any page needs, even if its rounds are not alike. */
static bool is_deep(const struct fps_record *record)
{
	return record->php_cycles >= DEEP_IN_MEMORY || record->depth >= DEEPEST;
}

/* Before a page's own code runs there is no frame of PHP's. */
static bool is_page_loaded(const struct fps_record *record)
{
	return record->stack == NULL && record->phase && strcmp(record->phase, "execute") == 0
		&& !has_one_of(FREEING, record->cycle);
}

static const struct fps_advice *of_overflow(const struct fps_record *record)
{
	const char *function = record->stack ? record->stack : "";
	const struct native *native = natives;

	if (has(record->error, ": the innermost frame takes ")) {
		return &large_frame;
	}
	if (is_recursion_of_php(record)) {
		return &recursion;
	}
	if (record->compiling || (record->phase && strcmp(record->phase, "compile") == 0)) {
		return &compiler;
	}
	if (record->cycle == NULL) {
		return NULL;
	}
	if (record->loading || is_page_loaded(record)) {
		return &loader;
	}
	while (native->functions && !is_listed(native->functions, function, strcspn(function, "\t\n"))
		&& !has_one_of(native->native, record->cycle)) {
		native++;
	}
	return &native->advice;
}

/* Whether it is code of PHP's own, and not an extension's or a library's, by the name of its file. */
static bool is_in_php(const struct fps_record *record)
{
	const char *slash = record->native ? memrchr(record->native, '/', strcspn(record->native, " ")) : NULL;

	return begins(record->native, FPS_NATIVE_OPCACHE_JIT)
		|| (slash && (begins(slash, "/php") || begins(slash, "/libphp") || begins(slash, "/opcache.so ")));
}

static const struct fps_advice *of_bus_error(const struct fps_record *record)
{
	const struct {
		const char *text, *what;
		const struct fps_advice *advice;
	} cases[] = {
		{record->error, was_cut, &cut},
		{record->mapped, "huge", &huge_page},
		{record->error, no_room, &full},
		{record->error, "non-canonical", &no_such_address},
		{record->error, "misaligned", &no_such_address},
		{record->error, "machine check", &broken_memory},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (has(cases[i].text, cases[i].what)) {
			return cases[i].advice;
		}
	}
	return NULL;
}

/* A fault of memory, by where it was. */
static const struct fps_advice *of_fault(const char *cause, const struct fps_record *record)
{
	if (strcmp(cause, "segfault") != 0 && strcmp(cause, "bus_error") != 0
		&& strcmp(cause, "illegal_instruction") != 0) {
		return NULL;
	}
	if (begins(record->native, FPS_NATIVE_PCRE_JIT)) {
		return &pcre_jit;
	}
	if (has(record->evidence, file_cache_is) && (record->native == NULL || is_in_php(record))) {
		return &file_cache;
	}
	if (begins(record->native, FPS_NATIVE_OPCACHE_JIT)) {
		return &opcache_jit;
	}
	return record->is_loop && is_in_php(record) ? &loop : NULL;
}

static const struct fps_advice *of_subcase(const char *subcase)
{
	for (size_t i = 0; subcase && i < sizeof(subcases) / sizeof(subcases[0]); i++) {
		if (strcmp(subcases[i].subcase, subcase) == 0) {
			return &subcases[i].advice;
		}
	}
	return NULL;
}

/* A signal that ends a worker if nothing handles it, and that may come without a sender. */
static const struct fps_advice *of_unhandled_signal(const struct fps_record *record)
{
	const struct fps_advice *own = record->type ? of_subcase(fps_advice_subcase("terminated", record->type)) : NULL;

	return own ? own : &sent_by_nobody_known;
}

/* By the words of libc or PHP, or as one of PHP's allocator's functions faulted. */
static bool is_heap_broken(const char *cause, const struct fps_record *record, const char *written)
{
	static const char *const words[] = {"free(): ", "malloc(): ", "malloc_consolidate(): ", "realloc(): ",
		"munmap_chunk(): ", "double free or ", "corrupted "};
	const char *function = record->native ? strchr(record->native, ' ') : NULL;

	if (strcmp(cause, "segfault") == 0 || strcmp(cause, "bus_error") == 0) {
		return begins(function, " _emalloc") || begins(function, " _efree") || begins(function, " _erealloc")
			|| begins(function, " zend_mm_");
	}
	if (strcmp(cause, "abort") != 0 && strcmp(cause, "exit_in_request") != 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (begins(record->error, words[i])) {
			return true;
		}
	}
	return has(written, "zend_mm_heap corrupted");
}

/* What a death's own record, or FPM's log, says that its cause does not; NULL if nothing. */
static const struct fps_advice *advice_of_death(const char *cause, const struct fps_record *record, const char *written)
{
	const struct {
		bool is_so;
		const struct fps_advice *advice;
	} cases[] = {
		{has(record->error, " sent itself ") || has(record->error, "terminated by itself"), &sent_by_itself},
		{has(record->error, " was sent by process "), &sent},
		{strcmp(cause, "terminated") == 0 && !has(record->error, " by another process"), of_unhandled_signal(record)},
		{record->thread != NULL && strcmp(cause, "stack_overflow") == 0, &stack_of_thread},
		{record->thread != NULL && strcmp(cause, "exit_in_request") != 0, &other_thread},
		{has(record->error, without_handler) && strcmp(cause, "bad_syscall") != 0, &unhandled},
		{has(record->error, at_hard_limit), &hard_limit},
		{has(record->error, "FD_SETSIZE"), &many_files},
		{is_heap_broken(cause, record, written), &broken_heap},
		{has(record->error, by_exec), &became_another},
		{strcmp(cause, "exit_in_request") == 0 && record->native == NULL, &left_at_once},
	};

	const struct fps_advice *found;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].is_so) {
			return cases[i].advice;
		}
	}
	found = strcmp(cause, "stack_overflow") == 0 ? of_overflow(record)
		: strcmp(cause, "bus_error") == 0        ? of_bus_error(record)
												 : NULL;
	if (found) {
		return found;
	}
	return strcmp(cause, "stack_overflow") == 0 && record->stack == NULL ? &cleaning_up : of_fault(cause, record);
}

/* What a record says that its cause does not; NULL if nothing. */
static const struct fps_advice *advice_of_record(
	const char *cause, const struct fps_record *record, const char *written)
{
	bool died = record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_CHILD;
	const struct fps_advice *special;

	if (strcmp(cause, backtrace.cause) == 0 && has(record->native, " zend_fetch_debug_backtrace+")) {
		return &backtrace;
	}
	if (strcmp(cause, "memory_limit") == 0 && is_deep(record)) {
		return record->php_cycles >= MANY_IN_MEMORY || record->depth >= DEEPEST ? &recursion_in_memory
																				: &deep_in_memory;
	}
	special = died ? advice_of_death(cause, record, written) : NULL;
	if (special) {
		return special;
	}
	if (has(record->error, after_refusal) || (strcmp(cause, "fatal_error") == 0 && has(record->error, out_of_memory))) {
		return &refused;
	}
	return record->action == FPS_ACTION_KILLED && has(record->error, at_stack_limit) ? &stack_limit : NULL;
}

const struct fps_advice *fps_advice_of(
	const char *cause, const char *subcase, const struct fps_record *record, const char *written)
{
	const struct fps_advice *special = record ? advice_of_record(cause, record, written) : NULL;

	const struct fps_advice *kind = of_subcase(subcase);

	if (kind || special) {
		return kind ? kind : special;
	}
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		if (strcmp(advice[i].cause, cause) == 0) {
			return &advice[i];
		}
	}
	return &unexplained;
}

const char *fps_advice_avoid(const struct fps_advice *of, const struct fps_record *record)
{
	bool had_limit = record && (has(record->earlier, "memory_limit, ") || has(record->earlier, "max_execution_time, "));

	return had_limit ? NULL : of->avoid;
}

const char *fps_advice_meaning(const struct fps_advice *of)
{
	for (size_t i = 0; of->meaning == NULL && i < sizeof meanings / sizeof meanings[0]; i++) {
		if (strcmp(meanings[i].cause, of->cause) == 0) {
			return meanings[i].words;
		}
	}
	return of->meaning;
}

/* Without the events that fail no request. */
#define CAUSE_DEATH(name) name,
#define CAUSE_KILLED(name) name,
#define CAUSE_ABORTED(name)
#define CAUSE_WARNING(name)
#define CAUSE_EXIT(name)
#define CAUSE_MASTER(name)
#define CAUSE(id, name, class, words) CAUSE_##class(name)
#define VERDICT(name, words) name,
const char *const fps_advice_causes[] = {
#include "causes.def"
	"unexplained",
	NULL,
};

bool fps_advice_knows(const char *cause)
{
	return fps_advice_of(cause, NULL, NULL, NULL) != &unexplained || strcmp(cause, unexplained.cause) == 0;
}

struct text {
	char *at;
	size_t len, size;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text->at + text->len, text->size - text->len, format, arguments);

	va_end(arguments);
	if (len > 0) {
		text->len = text->len + (size_t) len < text->size ? text->len + (size_t) len : text->size - 1;
	}
}

static bool is_ended_by_php(const char *cause)
{
	static const char *const causes[] = {
		"memory_limit", "max_execution_time", "uncaught_exception", "fatal_error", "compile_error", "memory_refused"};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (strcmp(causes[i], cause) == 0) {
			return true;
		}
	}
	return false;
}

/* nginx logs what PHP said in the order in which FPM sent it: before the header, or behind it. */
static enum fps_headers headers_of(const struct fps_record *record, const struct fps_explained *explained)
{
	enum fps_upstream_phase phase = explained ? explained->incident->phase : FPS_UPSTREAM_UNKNOWN;

	if (record && record->headers != FPS_HEADERS_UNKNOWN) {
		return record->headers;
	}
	return phase == FPS_UPSTREAM_BODY  ? FPS_HEADERS_SENT
		: phase == FPS_UPSTREAM_HEADER ? FPS_HEADERS_NOT_SENT
									   : FPS_HEADERS_UNKNOWN;
}

void fps_advice_answer(
	const char *cause, const struct fps_record *record, const struct fps_explained *explained, char *text, size_t size)
{
	static const char *const answers[] = {
		[FPS_HEADERS_UNKNOWN] = "The client gets a 500 where nothing had been sent yet and display_errors is off.",
		[FPS_HEADERS_NOT_SENT] = "Nothing had been sent: the client got a 500, or with display_errors on a 200 with "
								 "PHP's message.",
		[FPS_HEADERS_SENT] = "A part of the answer had been sent: the client got that part, with the status sent "
							 "before.",
	};
	struct text out = {text, 0, size};

	text[0] = '\0';
	if (!is_ended_by_php(cause)) {
		return;
	}
	if (record && record->finished) {
		add(&out, "The answer had been sent: the client got all of it.");
	} else if (explained && explained->match->outcome.status) {
		add(&out, "The client got status %d, as the access log says.", explained->match->outcome.status);
	} else {
		add(&out, "%s", answers[headers_of(record, explained)]);
	}
}

static double megabytes(int64_t bytes)
{
	return (double) bytes / (1 << 20);
}

void fps_advice_measure(const struct fps_record *record, char *text, size_t size)
{
	struct text out = {text, 0, size};

	text[0] = '\0';
	if (record->elapsed > 0) {
		add(&out, "%.3f s into the request", record->elapsed);
	}
	if (record->max_execution_time > 0) {
		add(&out, "%smax_execution_time %lld s of CPU", out.len ? ", " : "", (long long) record->max_execution_time);
	}
	if (record->peak > 0) {
		add(&out, "%smemory peak %.1f MB", out.len ? "; " : "", megabytes(record->peak));
		if (record->memory_limit > 0) {
			add(&out, " of memory_limit %.0f MB", megabytes(record->memory_limit));
		}
	}
	if (record->rss > 0) {
		add(&out, "%sRSS %.1f MB", out.len ? ", " : "", megabytes(record->rss));
	}
}

void fps_advice_value(const struct fps_verdict *verdict, const struct fps_record *record, char *text, size_t size)
{
	struct text out = {text, 0, size};

	text[0] = '\0';
	if (record == NULL) {
		return;
	}
	if (strcmp(verdict->cause, "request_terminate_timeout") == 0 && record->elapsed > 0) {
		add(&out, "This request had run for %.1f s and was not finished: it takes longer than that.", record->elapsed);
	} else if (has(record->error, at_hard_limit) && record->memory_limit > 0) {
		add(&out, "memory_limit was %.0f MB here.", megabytes(record->memory_limit));
	} else if (strcmp(verdict->cause, "memory_limit") == 0 && is_deep(record)) {
		bool cycle = record->php_cycles >= DEEP_IN_MEMORY;

		add(&out, cycle ? "The recursion was %llu levels deep." : "The stack was %llu calls deep.",
			(unsigned long long) (cycle ? record->php_cycles : record->depth));
	} else if (strcmp(verdict->cause, "memory_limit") == 0 && record->memory_limit > 0) {
		add(&out, "It was %.0f MB here, and the request needed more than that.", megabytes(record->memory_limit));
	} else if (strcmp(verdict->cause, "max_execution_time") == 0 && record->max_execution_time > 0) {
		add(&out, "It was %lld s here.", (long long) record->max_execution_time);
	} else if (strcmp(verdict->cause, "hard_timeout") == 0 && record->max_execution_time > 0) {
		add(&out, "They were %lld and %lld s here.", (long long) record->max_execution_time,
			(long long) record->hard_timeout);
	} else if (strcmp(verdict->cause, "stack_overflow") == 0 && record->cycle && !is_recursion_of_php(record)) {
		size_t len = record->stack && !record->thread ? strcspn(record->stack, "\t\n") : 0;

		add(&out, "What repeats%s%.*s%s is %s", len ? ", within " : "", (int) len, len ? record->stack : "",
			len ? "()," : "", record->cycle);
		add(&out, record->cycles > 0 ? ": about %lld levels deep." : ".", (long long) record->cycles);
	} else if ((has(record->error, "abort() was called") || strcmp(verdict->cause, "exit_in_request") == 0)
		&& !record->written && !verdict->written) {
		add(&out,
			"What the process wrote to standard error is in FPM's log (--fpm-log) if the pool's file has "
			"catch_workers_output = yes; otherwise it is lost.");
	} else if (strcmp(verdict->cause, "oom_kill") == 0 && record->rss > 0) {
		add(&out, "This worker's RSS was %.0f MB when it was last measured.", megabytes(record->rss));
	} else if (strcmp(verdict->cause, "fpm_stop") == 0 && has(record->evidence, "OOMPolicy=stop")) {
		add(&out,
			"It was stopped because the OOM killer had ended another process of the service: OOMPolicy=continue in its "
			"unit prevents that.");
	} else if (strcmp(verdict->cause, "fpm_stop") == 0 && has(record->evidence, "SIGQUIT came ")) {
		add(&out,
			"This stop was a graceful one, and the request had run for %.1f s: " RELOAD_KILLS
			" systemd's TimeoutStopSec= has to be longer.",
			record->elapsed);
	} else if (record->action == FPS_ACTION_DEATH && record->earlier) {
		add(&out,
			"An earlier event of the same request came first: %s. The worker died in what PHP ran after it (shutdown "
			"functions, destructors, the clean-up of its data): start with that event.",
			record->earlier);
	} else if (strcmp(verdict->cause, "fpm_reload") == 0 && record->elapsed > 0) {
		add(&out, "This request had run for %.1f s and was not finished: " RELOAD_KILLS, record->elapsed);
	}
}
