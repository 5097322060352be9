/* What a line of a log can mean if nothing else is known. */
#include "explain/candidates.h"

#include <signal.h>
#include <stddef.h>

#define CAUSES(...) ((const char *const[]) {__VA_ARGS__, NULL})

#define ENDED_BY_PHP \
	"memory_limit, max_execution_time and exceptions: PHP ends such a request itself, with a 500, and its connection " \
	"in order."
#define A_RECORD "A record of the request (fpmsentinel loaded in the pool) names the cause and the place."

/* Deaths, the likeliest first; `unknown_death` is what is left when even the kernel can't tell. */
#define DEATHS \
	"segfault", "stack_overflow", "request_terminate_timeout", "oom_kill", "killed", "fpm_reload", "fpm_stop", \
		"abort", "exit_in_request", "hard_timeout", "terminated", "bus_error", "opcache_kill", "illegal_instruction", \
		"floating_point_error", "trap", "bad_syscall", "cpu_limit", "file_size_limit", "unknown_death"

/* --- a web server's line ------------------------------------------------------------------------------------------ */

static const struct fps_candidates reset_before = {
	"PHP-FPM's side closed the connection while something in it was unread, before the header of the answer: the "
	"worker died, or FPM ended. How it died can't be seen from the web server.",
	CAUSES(DEATHS, "queued_at_stop", "fpm_killed", "address_not_allowed", "retried"),
	ENDED_BY_PHP,
	A_RECORD " Without one, FPM's log of that second has the worker's signal or exit code, but not its request.",
};

static const struct fps_candidates reset_within = {
	"PHP-FPM's side closed the connection while something in it was unread, after a part of the answer: the client got "
	"its status and a part of the body. How the worker died can't be seen from the web server.",
	CAUSES(DEATHS, "fpm_killed", "harmless"),
	ENDED_BY_PHP,
	A_RECORD " The access log shows whether the answer was complete. FPM's log of that second has the worker's signal "
			 "or exit code.",
};

static const struct fps_candidates reset_kept = {
	"nginx wanted to use a connection to PHP-FPM that it had kept (keepalive), and found it closed. nginx repeats a "
	"GET by itself.",
	CAUSES("keepalive_race", "fpm_reload", "fpm_stop", "retried"),
	NULL,
	"FPM's log of that second says whether it was reloaded, stopped, or a worker ended; the access log, what the "
	"client got.",
};

static const struct fps_candidates end_before = {
	"PHP-FPM's side closed the connection in order, without a header: with keepalive usually a worker at "
	"pm.max_requests, else a worker that died when it had read all that nginx had sent.",
	CAUSES("keepalive_race", DEATHS),
	NULL,
	A_RECORD " FPM's log of that second says whether a worker exited with code 0 or died.",
};

static const struct fps_candidates end_within = {
	"PHP-FPM's side closed the connection in order, in the middle of the answer: the worker died when it had read all "
	"that nginx had sent.",
	CAUSES(DEATHS),
	NULL,
	A_RECORD " FPM's log of that second has the worker's signal or exit code.",
};

static const struct fps_candidates apache_closed = {
	"PHP-FPM's side closed the connection: the worker died, or FPM ended. Apache writes the same before and after the "
	"header of the answer, and whatever the worker died of.",
	CAUSES(DEATHS, "queued_at_stop", "fpm_killed", "address_not_allowed"),
	ENDED_BY_PHP,
	A_RECORD " Without one, FPM's log of that second has the worker's signal or exit code, but not its request.",
};

#define SLOW_OR_QUEUED \
	CAUSES("pool_exhausted", "queued_at_reload"), NULL, \
		"A request that waits in FPM's queue looks the same as a slow page. FPM's log (\"reached pm.max_children\", " \
		"\"Reloading in progress\") or a record of the request (peer_closed) tells them apart."

static const struct fps_candidates waited = {"The web server stopped waiting for the answer.", SLOW_OR_QUEUED};

static const struct fps_candidates not_sent = {
	"The web server could not send the whole request in time.",
	CAUSES("pool_exhausted"),
	NULL,
	"FPM's log: \"reached pm.max_children\".",
};

static const struct fps_candidates not_accepted = {
	"Nothing accepted the connection in time.",
	CAUSES("pool_exhausted"),
	NULL,
	"FPM's log (\"reached pm.max_children\"), and a connection by hand from the web server's host (nc -vz).",
};

static const struct fps_candidates *of_reset(const struct fps_incident *incident)
{
	if (incident->web == FPS_WEB_APACHE) {
		return &apache_closed;
	}
	return incident->phase == FPS_UPSTREAM_CONNECT ? &reset_kept
		: incident->phase == FPS_UPSTREAM_BODY     ? &reset_within
												   : &reset_before;
}

const struct fps_candidates *fps_candidates_of_incident(const struct fps_incident *incident)
{
	switch (incident->kind) {
		case FPS_KIND_RESET: return of_reset(incident);
		case FPS_KIND_EOF: return incident->phase == FPS_UPSTREAM_BODY ? &end_within : &end_before;
		case FPS_KIND_TIMEOUT:
			return incident->phase == FPS_UPSTREAM_CONNECT ? &not_accepted
				: incident->phase == FPS_UPSTREAM_SEND     ? &not_sent
				: incident->phase == FPS_UPSTREAM_HEADER   ? &waited
				: incident->web == FPS_WEB_APACHE          ? &waited
														   : NULL;
		default: return NULL;
	}
}

/* --- PHP-FPM's, the kernel's -------------------------------------------------------------------------------------- */

#define ALONE "A record of the request says which, and where. FPM's log does not name the request."

static const struct {
	int signal;
	struct fps_candidates candidates;
} by_signal[] = {
	{SIGSEGV,
		{"The worker died of SIGSEGV.", CAUSES("segfault", "stack_overflow"), NULL,
			ALONE " A core dump (rlimit_core in the pool's file) shows it, too."}},
	{SIGABRT,
		{"C code of the worker called abort().", CAUSES("abort"), NULL,
			"With catch_workers_output = yes a line just before it has the reason; a record has it, and the stack."}},
	{SIGBUS, {"The worker died of SIGBUS.", CAUSES("bus_error"), NULL, ALONE}},
	{SIGILL, {"The worker died of SIGILL.", CAUSES("illegal_instruction"), NULL, ALONE}},
	{SIGFPE, {"The worker died of SIGFPE.", CAUSES("floating_point_error"), NULL, ALONE}},
	{SIGTRAP, {"The worker died of SIGTRAP.", CAUSES("trap"), NULL, ALONE}},
	{SIGSYS, {"A seccomp filter ended the worker.", CAUSES("bad_syscall"), NULL, ALONE}},
	{SIGXCPU, {"The worker had used up RLIMIT_CPU.", CAUSES("cpu_limit"), NULL, ALONE}},
	{SIGXFSZ, {"A file of the worker's grew to RLIMIT_FSIZE.", CAUSES("file_size_limit"), NULL, ALONE}},
	{SIGKILL,
		{"The worker was killed by SIGKILL. Who sent it is not in this line.",
			CAUSES("oom_kill", "killed", "cpu_limit", "opcache_kill"),
			"memory_limit: PHP ends such a request itself, and the worker lives on.",
			"The kernel's log of that second (dmesg, journalctl -k: \"Killed process\", \"oom-kill\") shows an OOM "
			"kill; otherwise somebody sent it. A record names the request and, where the kernel counts OOM kills, the "
			"cause."}},
	{SIGTERM,
		{"The worker was ended by SIGTERM. Who sent it is not in this line.",
			CAUSES("request_terminate_timeout", "terminated", "opcache_kill", "fpm_stop"), NULL,
			"\"execution timed out\" of the same child just before it: request_terminate_timeout. A record names the "
			"sender."}},
	{0, {"A signal ended the worker. Who sent it is not in this line.", CAUSES("terminated"), NULL, ALONE}},
};

static const struct fps_candidates in_order = {
	"A worker exited with code 0: nearly always in good order, at pm.max_requests or because it was idle.",
	CAUSES("recycled", "retired", "exit_in_request"),
	NULL,
	"Only if a request failed in that second: C code that calls exit(0) looks the same. A record says which.",
};

static const struct fps_candidates hard_timeout = {
	"A worker exited with code 124, as the engine does at its hard timeout.",
	CAUSES("hard_timeout", "exit_in_request"),
	NULL,
	"With catch_workers_output = yes the line before it says \"Maximum execution time of N+M seconds exceeded "
	"(terminated)\". A record has the PHP stack.",
};

static const struct fps_candidates exited = {
	"Code of the worker ended the process: not a signal, but exit() or _exit().",
	CAUSES("exit_in_request"),
	"exit() in PHP: that ends the script, not the worker.",
	"A record has the stack of exit(). With catch_workers_output = yes the lines before it may say why (\"Out of "
	"memory\").",
};

static const struct fps_candidates by_kind[] = {
	[FPS_FPM_TIMEOUT] = {"The request ran for longer than request_terminate_timeout, and FPM sent its worker SIGTERM.",
		CAUSES("request_terminate_timeout"), NULL, "A record has the PHP stack: what the request waited for."},
	[FPS_FPM_RELOAD] = {"FPM was reloaded.", CAUSES("master_reload", "fpm_reload", "queued_at_reload"), NULL,
		"Requests of that second in the web server's error log: those that ran are fpm_reload, those that waited for "
		"too long queued_at_reload."},
	[FPS_FPM_EXEC] = {"FPM runs itself again, at the end of a reload.",
		CAUSES("master_reload", "fpm_reload", "queued_at_reload"), NULL,
		"Requests of that second in the web server's error log."},
	[FPS_FPM_STOP] = {"FPM was stopped.", CAUSES("master_stop", "fpm_stop", "queued_at_stop", "fpm_down"), NULL,
		"Requests of that second in the web server's error log: those that ran are fpm_stop, those in the queue "
		"queued_at_stop, those that came later fpm_down."},
	[FPS_FPM_BYE] = {"FPM's master exits.", CAUSES("master_stop", "fpm_stop", "queued_at_stop", "fpm_down"), NULL,
		"The line before it: \"Terminating ...\" is SIGTERM, \"Finishing ...\" SIGQUIT."},
	[FPS_FPM_RUNNING] = {"FPM starts.", CAUSES("master_reload", "master_stop", "fpm_killed"), NULL,
		"What stands before it: a reload, a stop, or, if neither does, FPM was killed."},
	[FPS_FPM_START] = {"FPM is ready.", CAUSES("master_reload", "master_stop", "fpm_killed"), NULL,
		"What stands before it: a reload, a stop, or, if neither does, FPM was killed."},
	[FPS_FPM_FULL] = {"All workers of the pool are busy; further requests wait in the queue.",
		CAUSES("pool_exhausted", "nginx_timeout", "apache_timeout", "connect_timeout"), NULL,
		"Requests of the next seconds in the web server's error log. FPM writes this once, until a worker is idle "
		"again."},
	[FPS_FPM_SAID] = {"A worker wrote this to its standard error: often the last thing before it died.",
		CAUSES("abort", "exit_in_request", "hard_timeout", "segfault"), NULL,
		"FPM's next line of that child: its signal or exit code."},
	[FPS_FPM_DISALLOWED] = {"FPM accepted a connection and closed it: its address is not in listen.allowed_clients.",
		CAUSES("address_not_allowed"), NULL, NULL},
	[FPS_FPM_OTHER] = {"PHP-FPM says something that ends no request.", CAUSES("unexplained"), NULL, NULL},
};

static const struct fps_candidates *of_signal(int signal)
{
	size_t i = 0;

	while (by_signal[i].signal && by_signal[i].signal != signal) {
		i++;
	}
	return &by_signal[i].candidates;
}

const struct fps_candidates *fps_candidates_of_fpm(const struct fps_fpm_line *line)
{
	if (line->kind != FPS_FPM_EXIT) {
		return &by_kind[line->kind];
	}
	return line->code < 0   ? of_signal(line->signal)
		: line->code == 0   ? &in_order
		: line->code == 124 ? &hard_timeout
							: &exited;
}

static const struct fps_candidates oom = {
	"The kernel's OOM killer ended a process, because a cgroup or the machine had no memory left.",
	CAUSES("oom_kill"),
	"memory_limit: PHP's own limit has nothing to do with the kernel's.",
	"The pid of the line is the host's: FPM's log and the record of that second name the worker.",
};

static const struct fps_candidates oom_group = {
	"The kernel's OOM killer ended all processes of a cgroup, because memory.oom.group is set there.",
	CAUSES("oom_kill", "fpm_killed", "unknown_death"),
	NULL,
	"Only a black box in a file (fpmsentinel.blackbox) has what was being served: the coroner died, too.",
};

const struct fps_candidates *fps_candidates_of_kernel(const struct fps_kern_event *event)
{
	return event->kind == FPS_KERN_FAULT    ? of_signal(event->signal)
		: event->kind == FPS_KERN_OOM_GROUP ? &oom_group
											: &oom;
}

static const struct fps_candidates unit_lost_memory = {
	"A process of FPM's service was killed by the OOM killer; systemd then stops the whole service, unless its unit "
	"has "
	"OOMPolicy=continue.",
	CAUSES("oom_kill", "fpm_stop", "queued_at_stop", "fpm_killed"),
	NULL,
	"The kernel's log of that second names the process; FPM's log says whether FPM was stopped.",
};

static const struct fps_candidates unit_ended = {
	"systemd has started, stopped or lost FPM's service.",
	CAUSES("master_stop", "fpm_stop", "queued_at_stop", "fpm_down", "fpm_killed"),
	NULL,
	"Requests of that second in the web server's error log, with FPM's log.",
};

const struct fps_candidates *fps_candidates_of_unit(const struct fps_unit_event *event)
{
	switch (event->kind) {
		case FPS_UNIT_OOM_KILL:
		case FPS_UNIT_OOMD_KILL: return &unit_lost_memory;
		case FPS_UNIT_RELOADING:
		case FPS_UNIT_RELOADED: return &by_kind[FPS_FPM_RELOAD];
		default: return fps_span_is(event->result, "oom-kill") ? &unit_lost_memory : &unit_ended;
	}
}

const char *fps_candidates_php(enum fps_php_kind kind)
{
	static const char *const causes[] = {
		[FPS_PHP_NONE] = "unexplained",
		[FPS_PHP_FATAL] = "fatal_error",
		[FPS_PHP_PARSE] = "compile_error",
		[FPS_PHP_EXCEPTION] = "uncaught_exception",
		[FPS_PHP_MEMORY_LIMIT] = "memory_limit",
		[FPS_PHP_OUT_OF_MEMORY] = "memory_refused",
		[FPS_PHP_MAX_EXECUTION_TIME] = "max_execution_time",
	};

	return causes[kind];
}
