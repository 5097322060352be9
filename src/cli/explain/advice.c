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
	"The innermost native frames and the PHP stack name the extension or library at fault: update it, or do without " \
	"it to see whether the deaths stop. A core dump (rlimit_core in the pool's file) helps its authors."
#define NO_LIMIT \
	"memory_limit and max_execution_time have nothing to do with it: what they end gets a 500, and its worker lives " \
	"on."

#define RELOAD_MOST "120 s"
_Static_assert(FPS_ADVICELIMITS_RELOAD == 120, "RELOAD_MOST says it");
#define RELOAD_KILLS \
	"a process_control_timeout below that kills it. One above " RELOAD_MOST ", or above fastcgi_read_timeout, holds " \
	"others up for too long: then such requests need an FPM (a master) of their own."

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
		"nested data. Where so deep a nesting is meant, " LARGER_STACK,
		NO_MEMORY_LIMIT},
	{"bus_error", NULL,
		"Replace files with rename(), do not overwrite them in place. Free memory and space on the file systems of "
		"mapped files (df /dev/shm).",
		NO_LIMIT},
	{"illegal_instruction", NULL,
		"A library was built for another processor, or the code that was to be executed was overwritten; "
		"opcache.jit=off rules out the JIT.",
		NO_LIMIT},
	{"floating_point_error", NULL, CODE, NO_LIMIT},
	{"trap", NULL, CODE, NO_LIMIT},
	{"bad_syscall", NULL, "Allow it in the container's or the service's profile (SystemCallFilter=).", NO_LIMIT},
	{"abort", NULL, CODE, NO_LIMIT},
	{"cpu_limit", NULL,
		"Raise or remove it (ulimit -t, LimitCPU= in the service's unit): it counts a worker's whole life, so "
		"pm.max_requests in the pool's file helps as well.",
		NULL},
	{"file_size_limit", NULL, "Raise it (ulimit -f, LimitFSIZE= in the service's unit), or write less.", NULL},
	{"hard_timeout", NULL,
		"The function on top of the PHP stack takes too long for what it was given: give it less at once. Or set "
		"max_execution_time in the pool's file to what it needs; hard_timeout (php.ini) is the seconds after it.",
		"Raising request_terminate_timeout: it did not end this one."},
	{"request_terminate_timeout", NULL,
		"The PHP stack shows what it waited for: give that a timeout of its own. Or raise request_terminate_timeout in "
		"the pool's file, above max_execution_time and up to an hour, and nginx's fastcgi_read_timeout above both.",
		"Raising max_execution_time: it counts CPU time only, and did not end this one."},
	{"fpm_reload", NULL,
		"Set process_control_timeout in php-fpm.conf ([global]): its default, 0, kills what is being served. Make it "
		"as "
		"long as requests take, but shorter than nginx waits (fastcgi_read_timeout), and at most " RELOAD_MOST
		": until it has passed, new requests wait for a slow one.",
		NO_LIMIT},
	{"fpm_stop", NULL,
		"Reload in place of a restart, with process_control_timeout in php-fpm.conf ([global]) as long as requests "
		"take, at most " RELOAD_MOST
		". To stop without losses use SIGQUIT: systemd sends SIGTERM, unless KillSignal=SIGQUIT is in the "
		"service's unit.",
		"process_control_timeout alone: a stop by SIGTERM does not wait for requests."},
	{"queued_at_stop", NULL,
		"Reload in place of a restart: the queue is kept. Before a stop take the server out of nginx's upstream, and "
		"stop when no requests come any more.",
		"Looking for a defect in the page: it never ran."},
	{"opcache_kill", NULL,
		"Raise opcache.memory_consumption and opcache.max_accelerated_files (php.ini), so that the cache is not "
		"restarted, or opcache.force_restart_timeout.",
		NULL},
	{"terminated", NULL, "The record names the sender, where the kernel does: a script, a monitor, an administrator.",
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
		"A library calls exit() at an error: the native stack names it. Before PHP 8.6 PHP itself does where malloc() "
		"gets no memory: look in FPM's log for \"Out of memory\".",
		NULL},
	{"unknown_death", NULL,
		"Look at that time into the kernel's log (dmesg: \"oom-kill\", \"Killed process\"), into systemd's (journalctl "
		"-u) and into FPM's.",
		NULL},
	{"memory_limit", NULL,
		"The PHP stack shows where the last piece was asked for. Process the data in pieces, or raise memory_limit "
		"(php.ini, or php_admin_value in the pool's file).",
		"Looking for it behind \"104: Connection reset by peer\": memory_limit does not cause that."},
	{"max_execution_time", NULL,
		"Shorten the work that the PHP stack shows, or raise max_execution_time (php.ini, or php_admin_value in the "
		"pool's file). It counts CPU time only, in a thread-safe PHP from 8.3 on all time.",
		"Looking for it behind \"104: Connection reset by peer\": max_execution_time does not cause that."},
	{"uncaught_exception", NULL, "Fix the code that the stack shows.", NULL},
	{"fatal_error", NULL, "Fix the code that the stack shows.", NULL},
	{"compile_error", NULL, "Fix the file that the message names; php -l finds it beforehand.", NULL},
	{"pool_exhausted", NULL,
		"Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path), then raise pm.max_children in "
		"the pool's file as far as memory allows. "
		"A longer queue (listen.backlog, and net.core.somaxconn with it) helps short bursts only.",
		NULL},
	{"queued_at_reload", NULL,
		"Make the longest request shorter than nginx waits (fastcgi_read_timeout), or process_control_timeout in "
		"php-fpm.conf ([global]) shorter than that: until it has "
		"passed, a reload waits for running requests, and new ones wait for the reload.",
		"Looking for a defect in the page: it had not run yet."},
	{"fpm_killed", NULL,
		"Find out who ended the container or service: its events (docker events, kubectl describe pod), the kernel's "
		"log (\"Killed process\", \"oom-kill\") and systemd's "
		"(journalctl -u). To stop it without losses send SIGQUIT to the master, and wait.",
		NO_LIMIT},
	{"connect_forbidden", NULL,
		"With SELinux: setsebool -P httpd_can_network_connect 1 (ausearch -m avc shows the denial). Otherwise look for "
		"AppArmor, or a firewall rule for outgoing connections.",
		"Changing the pool's rights: they are a socket file's, and this is a TCP connection."},
	{"no_local_port", NULL,
		"Keep connections to FPM open (fastcgi_keep_conn on, and keepalive in nginx's upstream, for all of nginx's "
		"processes at most half of pm.max_children; not with pm = ondemand): most ports are in TIME_WAIT (ss -s). Or "
		"use a unix socket, or "
		"widen net.ipv4.ip_local_port_range.",
		"Restarting FPM: it is there, and was not asked."},
	{"connect_timeout", NULL,
		"Check that the address in nginx's upstream is FPM's host today (a container's address changes), that it is "
		"alive, and that no firewall or network policy "
		"drops the packets. If FPM's log says that pm.max_children was reached, its queue was full.",
		NULL},
	{"fpm_down", NULL,
		"Is FPM running? Is `listen` in the pool's file the address that fastcgi_pass has? Look into FPM's log for why "
		"it ended.",
		NULL},
	{"no_permission", NULL,
		"Set listen.owner, listen.group and listen.mode in the pool's file so that nginx's user can write to it; each "
		"directory above it needs the right to pass, too. "
		"With SELinux the socket's label may forbid it as well: ausearch -m avc shows the denial.",
		"Mode 0666: every user of the machine could have PHP run code as the pool's."},
	{"no_live_upstreams", NULL,
		"The failures just before this one show why: fix that. In nginx's upstream max_fails=0 keeps a server in use "
		"whatever became of a request: one page that kills its worker then fails alone.",
		NO_LIMIT},
	{"address_not_allowed", NULL,
		"Add the address that FPM's log names to listen.allowed_clients in the pool's file, and to "
		"FCGI_WEB_SERVER_ADDRS in FPM's environment if that is set.",
		NO_LIMIT},
	{"keepalive_race", NULL,
		"nginx repeats GET by itself, POST it does not. Leave out fastcgi_keep_conn, or set pm.max_requests = 0 in the "
		"pool's file; aligning keepalive_requests with pm.max_requests helps only while there are no more clients than "
		"kept connections.",
		NO_LIMIT},
	{"nginx_timeout", NULL,
		"The request is too slow, or fastcgi_read_timeout (nginx's location) is too short for it. PHP does not notice "
		"and works on: let request_terminate_timeout in the pool's file end what nginx no longer waits for.",
		"Raising max_execution_time: nginx does not know it."},
	{"apache_timeout", NULL,
		"The request is too slow, or ProxyTimeout (of a <Proxy> or ProxyPass: timeout=) is too short for it. PHP does "
		"not notice and works on: let request_terminate_timeout in the pool's file end what Apache no longer waits "
		"for.",
		"Raising max_execution_time: Apache does not know it."},
	{"client_abort", NULL,
		"Nothing to do if it is rare: people close pages. If not, the page is too slow, or a load balancer in front "
		"has a "
		"shorter timeout than nginx.",
		NULL},
	{"response_rejected", NULL,
		"If it is too big (cookies, Content-Security-Policy, debug headers): raise fastcgi_buffer_size in nginx's "
		"location, in pages of 4k, and fastcgi_busy_buffers_size "
		"with it; or send less. If it is invalid, the page sends a broken header line. If its FastCGI version is "
		"unsupported, what fastcgi_pass leads to is no FPM, "
		"but usually speaks HTTP: proxy_pass is for that.",
		NULL},
	{"memory_refused", NULL,
		"Raise the limit that the worker has: RLIMIT_AS (ulimit -v, LimitAS= in the service's unit) or RLIMIT_DATA "
		"(ulimit -d, LimitDATA=); or vm.overcommit_ratio, "
		"where vm.overcommit_memory is 2. Without such a limit the machine has too little memory and swap for what was "
		"asked for at once.",
		"Raising memory_limit: it did not refuse this. Raising MemoryMax= or a container's memory: what is above that "
		"is killed, not refused."},
	{"temp_file_failed", NULL,
		"With error 13, give nginx's user (`user` in nginx.conf) the directory that the message names, and the right "
		"to pass each one above it; packages and "
		"scripts that change `user` leave it behind. With error 28 or 122, free space on its file system or let "
		"fastcgi_temp_path lead to a larger one (df, df -i). "
		"With error 2 or 30, create the directory, or mount a writable volume or tmpfs there. "
		"fastcgi_max_temp_file_size 0 does without these files: the worker is "
		"then busy until a slow client has read its answer.",
		NO_LIMIT},
	{"cache_file_failed", NULL,
		"With error 13, give nginx's user the directories of fastcgi_cache_path; with error 28, free space there (df, "
		"df -i) or lower max_size=. With error 18, "
		"set use_temp_path=off in fastcgi_cache_path: a file can't be renamed into another file system.",
		NO_LIMIT},
	{"no_file_descriptors", NULL,
		"For nginx raise worker_rlimit_nofile above twice worker_connections (nginx.conf); for Apache LimitNOFILE= in "
		"the service's unit. Both need a restart. If the "
		"number of open files only grows, look for what holds them (ls -l /proc/PID/fd).",
		NO_LIMIT},
	{"no_connections", NULL,
		"Raise worker_connections in nginx.conf (events) and worker_rlimit_nofile with it, to twice that. If they were "
		"used up by slow pages, shorten those: each "
		"waiting request holds two.",
		NO_LIMIT},
	{"name_not_resolved", NULL,
		"Where fastcgi_pass has a variable, nginx looks the name up for each request: set `resolver` in nginx.conf to "
		"a name server that knows it (in Docker 127.0.0.11), "
		"and `valid=` if addresses change. Without a variable the name is looked up when nginx starts. If the name has "
		"gone, start the container or service that has it.",
		NO_LIMIT},
	{"harmless", NULL, "Nothing.", NULL},
	{"retried", NULL, "Nothing for this request: the client got its answer.", NULL},
};

/* Of what is known without a record, or of one kind of the cause. */
static const struct {
	const char *subcase;
	struct fps_advice advice;
} subcases[] = {
	{"killed/log",
		{"killed",
			"SIGKILL ended the worker. The OOM killer, a container that is stopped, a service's stop timeout and kill "
			"-9 all look like this in FPM's log.",
			"Look at that time into the kernel's log (dmesg or journalctl -k: \"Killed process\", \"oom-kill\") and "
			"into the container's or service's events. Out of memory: "
			"give the container or service more (MemoryMax=), or FPM fewer workers (pm.max_children). Otherwise look "
			"for who sends kill -9.",
			"Raising memory_limit: it lets each request use even more of the scarce memory."}},
	{"killed/timeout",
		{"killed",
			"request_terminate_timeout had passed, SIGTERM did not end the worker, and SIGKILL did later. FPM itself "
			"does not send SIGKILL for that.",
			"Find what the request waited for: a call that can't be interrupted (NFS, a hanging disk, a library that "
			"blocks signals). Give that a timeout of its own.",
			"Raising max_execution_time: it counts CPU time only, and did not end this one."}},
	{"terminated/log",
		{"terminated", "A signal ended the worker. FPM's log does not say who sent it.",
			"Look for what stops services or processes at that time: a deployment, a monitor, systemd (journalctl -u).",
			NO_LIMIT}},
	{"fpm_down/restart",
		{"fpm_down", "FPM was not running while it was restarted: nothing listened.",
			"Reload it in place of a restart: a reload keeps the socket, and requests wait in its queue. "
			"process_control_timeout in php-fpm.conf ([global]) lets running ones end.",
			NULL}},
	{"fpm_down/unreachable",
		{"fpm_down", "nginx can't reach FPM's host.",
			"Check that the address in nginx's upstream is FPM's host today: nginx keeps the address that a name had "
			"when it started, and a container's changes.",
			NULL}},
	{"nginx_timeout/send",
		{"nginx_timeout", "nginx could not send the request to FPM within fastcgi_send_timeout.",
			"All workers may be busy, so that nobody reads what nginx sends: look for \"reached pm.max_children\" in "
			"FPM's log. Or the page does not read a large upload: raise "
			"fastcgi_send_timeout (nginx's location), or have it read sooner.",
			"Raising fastcgi_read_timeout: nginx had not begun to wait for the answer."}},
	{"no_connections/apache",
		{"no_connections", "All connections that Apache may have to FPM were in use. PHP-FPM was not asked.",
			"Raise max= (of a <Proxy> or ProxyPass), up to pm.max_children for all of Apache's processes together, or "
			"acquire=, for how many milliseconds a request waits for one. If slow pages hold them, shorten those.",
			NO_LIMIT}},
	{"no_permission/apache",
		{"no_permission", "Apache may not use FPM's socket.",
			"Set listen.owner, listen.group and listen.mode in the pool's file so that Apache's user can write to it; "
			"each directory above it needs the right to pass, too. With SELinux the socket's label may forbid it as "
			"well: ausearch -m avc shows the denial.",
			"Mode 0666: every user of the machine could have PHP run code as the pool's."}},
	{"fpm_down/apache",
		{"fpm_down", "FPM did not listen where Apache looked for it.",
			"Is FPM running? Is `listen` in the pool's file the address that SetHandler or ProxyPass has? Look into "
			"FPM's log for why it ended.",
			NULL}},
	{"unexplained/apache",
		{"unexplained", "Nothing that was given explains it.",
			"Give the records (--records), FPM's log (--fpm-log) and the access log (--access) of that time. Is "
			"fpmsentinel loaded in every pool (phpinfo())? Where all of FPM was killed at once, as with its container "
			"or by systemd (journalctl -u), only a black box in a file can tell: fpmsentinel.blackbox.",
			NULL}},
	{"pool_exhausted/apache",
		{"pool_exhausted", "All workers were busy: the request waited in FPM's queue for longer than Apache waits.",
			"Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path), then raise "
			"pm.max_children in the pool's file as far as memory allows.",
			"Raising ProxyTimeout: it lets more requests wait in the queue."}},
	{"pool_exhausted/queue",
		{"pool_exhausted", NULL,
			"Find out what keeps the workers busy (request_slowlog_timeout, pm.status_path), then raise "
			"pm.max_children in the pool's file as far as memory allows.",
			"Raising fastcgi_read_timeout: it lets more requests wait in the queue."}},
};

static const struct fps_advice unexplained = {
	"unexplained",
	"Nothing that was given explains it.",
	"Give the records (--records), FPM's log (--fpm-log) and the access log (--access) of that time. Is fpmsentinel "
	"loaded in every pool (phpinfo())? Does nginx pass NGINX_PID and NGINX_CONNECTION (conf/fastcgi-fpmsentinel.conf)? "
	"Where all of FPM was killed at once, as with its container or by systemd (journalctl -u), only a black box in a "
	"file can tell: fpmsentinel.blackbox.",
	NULL,
};

/* A recursion of PHP functions, as their stack shows. */
static const struct fps_advice recursion = {
	"stack_overflow",
	"A recursion of PHP functions used up the C stack.",
	"End the recursion that the PHP stack shows. From PHP 8.3 on zend.max_allowed_stack_size turns most of these into "
	"an Error with a stack trace. Where a deep one is meant, " LARGER_STACK,
	NO_MEMORY_LIMIT,
};

/* The same in memory, since PHP's own calls use no C stack. */
static const struct fps_advice recursion_in_memory = {
	"memory_limit",
	"A recursion of PHP functions used up memory_limit; the worker lives on.",
	"End the recursion that the PHP stack shows: a function, or a hook, filter or event that runs itself again.",
	"Raising memory_limit: a recursion without an end uses up any limit.",
};

static const struct fps_advice large_frame = {
	"stack_overflow",
	"A C function wanted more of the stack for its own variables (an array on the stack, alloca()) than there was "
	"left.",
	"The native stack names the function: give it less data at once, or update its library. Otherwise " LARGER_STACK,
	NO_MEMORY_LIMIT,
};

/*
 * Recursions in C code, by the PHP function on top of the stack, or by the native functions that repeat; the last is
 * for all others.
 */
#define NATIVE "C code called itself until the C stack was full; it is no recursion of PHP functions. "
#define FREEING \
	" zend_objects_store_del zend_object_std_dtor zend_array_destroy zend_array_dup rc_dtor_func " \
	"zend_generator_close zend_hash_destroy zend_closure_free zend_objects_destroy_object zend_objects_free_object " \
	"spl_ "
static const struct native {
	const char *functions, *native; /* words, each with a blank before and after it; parts of native names */
	struct fps_advice advice;
} natives[] = {
	{" unserialize ", " php_var_unserialize ",
		{"stack_overflow", NATIVE "unserialize() was given data that are nested too deeply.",
			"Limit the depth: unserialize_max_depth in php.ini (4096 by default; 0 is no limit), or the option "
			"max_depth of unserialize()." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" json_encode ", " php_json_encode_zval ",
		{"stack_overflow", NATIVE "json_encode() was given data that are nested too deeply.",
			"Limit the depth: the third argument of json_encode() (512 by default). PHP 8.4 reports such a depth as an "
			"error, by zend.max_allowed_stack_size.",
			NO_MEMORY_LIMIT}},
	{" igbinary_serialize igbinary_unserialize ", " igbinary.so ",
		{"stack_overflow", NATIVE "igbinary was given data that are nested too deeply.",
			"Nothing in igbinary limits the depth: flatten the data, or check their depth before." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" yaml_parse yaml_parse_file yaml_emit yaml_emit_file ", " yaml.so libyaml ",
		{"stack_overflow", NATIVE "yaml was given data that are nested too deeply.",
			"Nothing in the extension limits the depth: flatten the data, or check their depth before." NO_STACK_LIMIT,
			NO_MEMORY_LIMIT}},
	{" ", " libxml2 ",
		{"stack_overflow", NATIVE "libxml2 walked a document whose elements are nested too deeply.",
			"Read documents of others without LIBXML_PARSEHUGE: libxml2 then refuses more than 256 levels. Or read "
			"them with XMLReader, which keeps none in memory." NO_STACK_LIMIT,
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
			"Limit the depth of the data that the function on top of the PHP stack is given, or walk them in a loop. "
			"In PHP 8.4 zend.max_allowed_stack_size makes an Error of this in serialize(), clone, "
			"array_walk_recursive(), count() and (from 8.4.28 on) var_export(), but not in print_r(), "
			"array_merge_recursive() or iterators of iterators. Where such a depth is meant, " LARGER_STACK,
			NO_MEMORY_LIMIT}},
};

#define JIT_LOOP \
	"If worker after worker dies of it, reload FPM: a reload starts with new memory for opcache; killing the workers " \
	"does not. "
static const struct fps_advice opcache_jit = {
	NULL,
	"Machine code that opcache's JIT made from PHP code faulted.",
	"Set opcache.jit = disable (php.ini) and reload FPM. If that ends it, update PHP, and report the function on top "
	"of the PHP stack. " JIT_LOOP,
	NO_LIMIT,
};

static const struct fps_advice pcre_jit = {
	NULL,
	"Machine code that the JIT of PCRE made from a regular expression faulted.",
	"Set pcre.jit = 0 (php.ini): regular expressions are then interpreted, more slowly. If that ends it, update PCRE "
	"(libpcre2), and report the expression.",
	NO_LIMIT,
};

/* What fps_sig_fault_fill() says of a mapping. */
static const char was_cut[] = "that was cut to ", no_room[] = "no room left on the file system";
static const struct fps_advice cut = {
	"bus_error",
	"A file became shorter while it was mapped into memory, and what is read there is no longer in it.",
	"Find who truncates or overwrites that file: a deployment, a copy over a database (SQLite) in use, logrotate with "
	"copytruncate. Write a new file and rename() it over the old one.",
	NO_LIMIT,
};
static const struct fps_advice full = {
	"bus_error",
	"The file system of a mapped file is full: the kernel had no page for what was written there.",
	"Look at it with df, then free space on it or enlarge it: --shm-size for a container's /dev/shm, size= for a "
	"tmpfs. For APCu lower apc.shm_size, or let apc.mmap_file_mask lead to a larger file system.",
	NO_LIMIT,
};
static const struct fps_advice huge_page = {
	"bus_error",
	"No huge page was left for memory that is mapped with huge pages.",
	"Reserve more (vm.nr_hugepages), or do without: opcache.huge_code_pages = 0, and no hugetlbfs for shared memory.",
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
	"The machine's memory is broken at this place: the kernel got a machine check.",
	"Look into the kernel's log (dmesg, journalctl -k) for the memory module, and have it replaced.",
	NO_LIMIT,
};

static const char file_cache_is[] = "opcache.file_cache is ";
static const struct fps_advice file_cache = {
	NULL,
	"PHP faulted while scripts came from opcache.file_cache, whose files it trusts.",
	"Delete the files in opcache.file_cache, of which evidence has the directory, and reload FPM. Keep "
	"opcache.file_cache_consistency_checks = 1, and give each PHP version and each server a directory of its own on a "
	"disk that does not run full.",
	NO_LIMIT,
};

static const struct fps_advice loop = {
	NULL,
	"Worker after worker dies of the same fault, soon after it began: what opcache keeps in the memory that all "
	"workers share may be damaged.",
	"Reload FPM: a reload starts with new memory for opcache; killing the workers does not. If it comes back, "
	"opcache.protect_memory = 1 (php.ini) makes whoever writes there fault at once, by name. If the reload changes "
	"nothing, it is the page itself: " CODE,
	NO_LIMIT,
};

/* https://github.com/php/php-src/issues/22521 */
static const struct fps_advice backtrace = {
	"segfault",
	"PHP (8.5 and later) crashed in the backtrace of a fatal error, usually that of memory_limit in a recursion.",
	"Set fatal_error_backtraces = Off (php.ini): that error then ends the request alone, by a 500 with its message. "
	"Then end the recursion that the PHP stack shows.",
	NULL,
};

/* A fault's signal that was no fault's. */
static const struct fps_advice sent = {
	NULL,
	"Somebody sent the worker the signal of a fault; no code of it had one.",
	"The error names the process that did: an administrator, a monitor, a test?",
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
	"A signal ended the worker, and the record could not name who sent it.",
	"Look for posix_kill(), pcntl_alarm() and libraries with timers in the page, then for scripts and monitors that "
	"signal PHP-FPM.",
	NO_LIMIT,
};

/* Signals that end a worker if nothing handles them, and that may come without a sender. */
static const struct {
	const char *name;
	struct fps_advice advice;
} unhandled_signals[] = {
	{"SIGPROF",
		{NULL, "The timer of max_execution_time, or a profiler's, ran out, and nothing handled its signal any more.",
			"A profiler (Excimer, XHProf, Tideways, an APM agent) or another library has taken PHP's handler of "
			"SIGPROF away: do without it, and see whether the deaths stop.",
			NULL}},
	{"SIGPIPE",
		{NULL,
			"C code wrote to a pipe or connection that the other side had closed. PHP-FPM ignores SIGPIPE: somebody "
			"had set it back.",
			"Look for the library that sets SIGPIPE to its default: update it. The PHP stack, where there is one, "
			"shows what wrote.",
			NO_LIMIT}},
	{"SIGALRM",
		{NULL, "A timer ran out, and nothing handled its signal.",
			"Look for pcntl_alarm() without a handler in the page, and for libraries that use alarm() or setitimer().",
			NO_LIMIT}},
	{"SIGVTALRM",
		{NULL, "A timer of CPU time ran out, and nothing handled its signal.",
			"Look for libraries that use setitimer(), as profilers do.", NO_LIMIT}},
};

/* There is neither a native stack nor, but for a sample, a PHP stack. */
static const char without_handler[] = ", and no handler ran";
static const struct fps_advice unhandled = {
	NULL,
	"A signal ended the worker, and no handler could run.",
	"A core dump (rlimit_core in the pool's file) shows the thread and the function. It is one of three things: a "
	"thread of a library overflowed its stack (such threads have no signal stack for a handler); code of the page "
	"removed the handler; or the worker had become another program, by pcntl_exec() or execve().",
	NO_LIMIT,
};

static const struct fps_advice other_thread = {
	NULL,
	"A thread that a library had started died, and took the worker with it. Where PHP was at that moment says nothing "
	"of the cause.",
	"The native stack names the library: update it, or configure it to work without threads. A core dump (rlimit_core "
	"in the pool's file) helps its authors.",
	NO_LIMIT,
};

static const struct fps_advice stack_of_thread = {
	NULL,
	"A thread that a library had started used up its own stack. Where PHP was at that moment says nothing of the "
	"cause.",
	"The native stack names the library: update it, give it less data at once, or configure it to work without "
	"threads. The library chooses the size of that stack; if it does not, ulimit -s does (LimitSTACK= in FPM's unit).",
	NO_MEMORY_LIMIT,
};

static const struct fps_advice compiler = {
	NULL,
	"PHP's compiler used up the C stack: it calls itself for each level of an expression.",
	"Split the long or deeply nested expression in the file that was being compiled into several statements; read "
	"large data from a JSON file in place of code. PHP 8.4 makes a fatal error of it, by zend.max_allowed_stack_size. "
	"Or raise the stack of FPM (ulimit -s, LimitSTACK= in the service's unit).",
	"Raising memory_limit: the C stack is not part of it.",
};

static const struct fps_advice loader = {
	NULL,
	"PHP used up the C stack while it loaded a file: opcache's optimizer calls itself for each branch of a function.",
	"Split the function of that file that has the most branches (if, ?:, switch, &&) into several; a table or a JSON "
	"file can take the place of generated code. opcache.optimization_level = 0 (php.ini) does without the optimizer. "
	"Or " LARGER_STACK,
	NO_MEMORY_LIMIT,
};

static const struct fps_advice cleaning_up = {
	NULL,
	"PHP used up the C stack outside of PHP code, as it does where it frees deeply nested data at the end of a "
	"request.",
	"Look in the page for long chains of objects, generators or nested arrays, each of which holds the next one: their "
	"destruction recurses. Break such a chain in a loop before its end is released, or keep it shorter. Or raise the "
	"stack of FPM (ulimit -s, LimitSTACK= in the service's unit).",
	"Raising memory_limit: the C stack is not part of it.",
};

static const struct fps_advice many_files = {
	NULL,
	"A library called select() for a descriptor above 1023, and libc ended the process before it wrote behind its set "
	"of descriptors.",
	"Update the library that the native stack names, or configure it to use poll(). See what keeps so many files and "
	"connections open (ls -l /proc/PID/fd of a worker); with rlimit_files = 1024 in the pool's file opening more of "
	"them fails instead.",
	NO_LIMIT,
};

/* Where it is noticed is not where it was done. */
static const struct fps_advice broken_heap = {
	NULL,
	"The heap was found broken: its memory had been overwritten, or a block was freed that was free already or never "
	"was of it.",
	"The native frames show where that was noticed: some C code did it before. Do without the extensions and FFI "
	"libraries that the page uses, one after the other, until the deaths stop, then update that one. USE_ZEND_ALLOC=0 "
	"in FPM's environment (Environment= in the service's unit) has libc check each block: it aborts nearer to the "
	"fault, but costs time.",
	NO_LIMIT,
};

static const char by_exec[] = "C code called exec()";
static const struct fps_advice became_another = {
	NULL,
	"The worker became another program, which ended: the request got no answer.",
	"Start programs by proc_open() or exec(), which make a process of their own; pcntl_exec() and libraries that call "
	"execve() replace the worker.",
	NULL,
};

static const struct fps_advice left_at_once = {
	NULL,
	"C code ended the process in the middle of the request.",
	"There is no stack of the call: no code of the worker runs after _exit(). Look for it in the extensions and FFI "
	"libraries that the page uses, and for the library's own message in FPM's log (catch_workers_output). Before PHP "
	"8.6 PHP itself does where malloc() gets no memory: look there for \"Out of memory\".",
	NULL,
};

/* errno of whoever gave up, or PHP's own error. */
static const char after_refusal[] = " after memory was refused ", out_of_memory[] = "Out of memory (allocated ";
static const struct fps_advice refused = {
	NULL,
	"The kernel refused memory, although memory_limit was not reached, and the code that asked for it gave up.",
	"Raise the limit that the worker has: RLIMIT_AS (ulimit -v, LimitAS= in the service's unit) or RLIMIT_DATA (ulimit "
	"-d, LimitDATA=), which the evidence of a death names; or vm.overcommit_ratio, where vm.overcommit_memory is 2. "
	"Without such a limit more was asked for at once than the machine has memory and swap: let the function on top of "
	"the PHP stack handle less at once, or add memory.",
	"Raising memory_limit: it did not refuse this. Raising MemoryMax= or a container's memory: what is above that is "
	"killed, not refused.",
};

static const char at_hard_limit[] = "at memory_hard_limit_percent";
static const struct fps_advice hard_limit = {
	NULL,
	"One C function took more than memory_limit and the hard limit above it allow: PHP left the process in place of an "
	"error.",
	"Have the function on top of the PHP stack put together less at once (serialize(), sprintf(), an output buffer). "
	"Or raise memory_limit (php.ini, or php_admin_value in the pool's file): the hard limit is "
	"memory_hard_limit_percent of it, usually twice as much.",
	"Looking for \"Allowed memory size\": PHP says \"Hard memory limit\", and only on standard error "
	"(catch_workers_output).",
};

/* PHP 8.3 and later: an Error, or a fatal error of the compiler. */
static const char at_stack_limit[] = "Maximum call stack size";
static const struct fps_advice stack_limit = {
	NULL,
	"PHP ended a recursion before it used up the C stack (zend.max_allowed_stack_size). The client got a 500; the "
	"worker lives on.",
	"End the recursion that the PHP stack shows. If it shows none, limit the depth of the nested data that the "
	"function on top of it walks. If a file "
	"was being compiled, split its long expression into several statements. Where so deep a nesting is "
	"meant, " LARGER_STACK,
	"Setting zend.max_allowed_stack_size to -1: the same recursion then ends in SIGSEGV and a 502. " NO_MEMORY_LIMIT,
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
enum { MANY_CALLS = 50, MANY_IN_MEMORY = 1000 };

/* PHP functions that call each other about as often as native ones, or native ones that run PHP. */
static bool is_recursion_of_php(const struct fps_record *record)
{
	if (record->cycle && (strstr(record->cycle, "execute_ex") || strstr(record->cycle, "zend_call_"))) {
		return true;
	}
	return record->php_cycles >= MANY_CALLS && record->php_cycles >= (uint64_t) record->cycles / 2;
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

static const struct fps_advice *of_unhandled_signal(const struct fps_record *record)
{
	for (size_t i = 0; record->type && i < sizeof(unhandled_signals) / sizeof(unhandled_signals[0]); i++) {
		if (strcmp(unhandled_signals[i].name, record->type) == 0) {
			return &unhandled_signals[i].advice;
		}
	}
	return &sent_by_nobody_known;
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
	if (strcmp(cause, "memory_limit") == 0 && record->php_cycles >= MANY_IN_MEMORY) {
		return &recursion_in_memory;
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

	for (size_t i = 0; subcase && i < sizeof(subcases) / sizeof(subcases[0]); i++) {
		if (strcmp(subcases[i].subcase, subcase) == 0) {
			return &subcases[i].advice;
		}
	}
	if (special) {
		return special;
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
		add(&out, "This one had run for %.1f s and was not finished: it takes longer than that.", record->elapsed);
	} else if (has(record->error, at_hard_limit) && record->memory_limit > 0) {
		add(&out, "memory_limit was %.0f MB here.", megabytes(record->memory_limit));
	} else if (strcmp(verdict->cause, "memory_limit") == 0 && record->php_cycles >= MANY_IN_MEMORY) {
		add(&out, "It had gone around %llu times.", (unsigned long long) record->php_cycles);
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
			"catch_workers_output = yes; else it is lost.");
	} else if (strcmp(verdict->cause, "oom_kill") == 0 && record->rss > 0) {
		add(&out, "This worker's RSS was %.0f MB when it was last looked at.", megabytes(record->rss));
	} else if (strcmp(verdict->cause, "fpm_stop") == 0 && has(record->evidence, "OOMPolicy=stop")) {
		add(&out,
			"This one was stopped because the OOM killer had ended another process of the service: OOMPolicy=continue "
			"in its unit.");
	} else if (strcmp(verdict->cause, "fpm_stop") == 0 && has(record->evidence, "SIGQUIT came ")) {
		add(&out,
			"This stop was a graceful one, and the request had run for %.1f s: " RELOAD_KILLS
			" systemd's TimeoutStopSec= has to be above it.",
			record->elapsed);
	} else if (record->action == FPS_ACTION_DEATH && record->earlier) {
		add(&out,
			"An earlier event of the same request came first: %s. What died is what PHP ran after it (shutdown "
			"functions, destructors, the "
			"clean-up of its data): begin with that event.",
			record->earlier);
	} else if (strcmp(verdict->cause, "fpm_reload") == 0 && record->elapsed > 0) {
		add(&out, "This one had run for %.1f s and was not finished: " RELOAD_KILLS, record->elapsed);
	}
}
