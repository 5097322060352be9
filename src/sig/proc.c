#include "sig/proc.h"

#include "blackbox.h"
#include "record/buf.h"
#include "record/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The start of /proc/WHO/FILE as a C string, "" if there is none; who: a pid, or one of these. */
enum { THIS_PROCESS = 0, THIS_THREAD = -1 };

static void slurp(int32_t who, const char *file, char *to, size_t size)
{
	char path[64];
	struct fps_sig_buf buf;

	fps_sig_buf_init(&buf, path, sizeof path);
	fps_sig_buf_text(&buf, "/proc/");
	if (who > 0) {
		fps_sig_buf_i64(&buf, who);
	} else {
		fps_sig_buf_text(&buf, who == THIS_THREAD ? "thread-self" : "self");
	}
	fps_sig_buf_char(&buf, '/');
	fps_sig_buf_text(&buf, file);
	fps_sig_buf_terminate(&buf);

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, to, size - 1) : -1;

	if (fd >= 0) {
		close(fd);
	}
	to[len > 0 ? len : 0] = '\0';
}

static uint64_t parse(const char *digits)
{
	uint64_t value = 0;

	while (*digits >= '0' && *digits <= '9') {
		value = value * 10 + (uint64_t) (*digits++ - '0');
	}
	return value;
}

#define STAT_SIZE 1024
/* Shells that call shells are not deeper. */
#define MOST_ANCESTORS 16

/* Field n, counted from 1, of /proc/PID/stat; the command before may hold spaces and brackets. */
static const char *field_of(const char *stat, int n)
{
	const char *at = strrchr(stat, ')');

	for (int field = 2; at && field < n; field++) {
		at = strchr(at + 1, ' ');
	}
	return at ? at + 1 : NULL;
}

static const char *find_stat_field(int32_t pid, int n, char stat[STAT_SIZE])
{
	slurp(pid, "stat", stat, STAT_SIZE);
	return field_of(stat, n);
}

static uint64_t stat_field(int32_t pid, int n)
{
	char stat[STAT_SIZE];
	const char *field = find_stat_field(pid, n, stat);

	return field ? parse(field) : 0;
}

int fps_sig_proc_state(int32_t pid)
{
	char stat[STAT_SIZE];
	const char *state = find_stat_field(pid, 3, stat);

	return state ? state[0] : 0;
}

bool fps_sig_proc_is_dying(int32_t pid)
{
	const uint64_t exiting = 0x4, sigkill = 1 << (9 - 1); /* PF_EXITING; the mask of pending signals */

	return (stat_field(pid, 9) & exiting) || (stat_field(pid, 31) & sigkill);
}

/* A set of signals in /proc/PID/status, by the label of its line. */
static bool find_set(const char *status, const char *label, uint64_t *set)
{
	const char *at = memmem(status, strlen(status), label, strlen(label));

	if (!at) {
		return false;
	}
	*set = 0;
	for (at += strlen(label); *at && strchr("0123456789abcdef", *at); at++) {
		*set = *set << 4 | (uint64_t) (*at <= '9' ? *at - '0' : *at - 'a' + 10);
	}
	return true;
}

bool fps_sig_proc_signals(int32_t pid, struct fps_sig_proc_signals *signals)
{
	char status[2048];
	uint64_t of_process;

	slurp(pid, "status", status, sizeof status);
	if (!find_set(status, "\nSigPnd:\t", &signals->pending) || !find_set(status, "\nShdPnd:\t", &of_process)
		|| !find_set(status, "\nSigBlk:\t", &signals->blocked) || !find_set(status, "\nSigIgn:\t", &signals->ignored)) {
		return false;
	}
	signals->pending |= of_process;
	return true;
}

/* All of it from one text: the next one may be of another process with that pid. */
bool fps_sig_proc_has_executed(int32_t pid, uint64_t start_ticks, bool *executed, char command[16])
{
	const uint64_t fork_no_exec = 0x40; /* PF_FORKNOEXEC */
	char stat[STAT_SIZE];
	const char *state = find_stat_field(pid, 3, stat), *flags = field_of(stat, 9), *start = field_of(stat, 22);
	const char *name = strchr(stat, '('), *end = strrchr(stat, ')');

	if (!state || !flags || !start || !name || (*state != 'Z' && *state != 'X')
		|| (start_ticks && parse(start) != start_ticks)) {
		return false;
	}
	*executed = !(parse(flags) & fork_no_exec);
	name++;
	memset(command, 0, 16);
	memcpy(command, name, (size_t) (end - name) < 15 ? (size_t) (end - name) : 15);
	return true;
}

int fps_sig_proc_exit_status(int32_t pid)
{
	return (int) stat_field(pid, 52);
}

void fps_sig_proc_command(int32_t pid, char command[16])
{
	slurp(pid, "comm", command, 16);
	char *newline = strchr(command, '\n');

	if (newline) {
		*newline = '\0';
	}
}

int32_t fps_sig_proc_parent(int32_t pid)
{
	return (int32_t) stat_field(pid, 4);
}

int32_t fps_sig_proc_session(int32_t pid)
{
	return (int32_t) stat_field(pid, 6);
}

bool fps_sig_proc_descends(int32_t pid, int32_t ancestor)
{
	for (int step = 0; step < MOST_ANCESTORS && pid > 1; step++) {
		pid = fps_sig_proc_parent(pid);
		if (pid == ancestor) {
			return true;
		}
	}
	return false;
}

uint64_t fps_sig_proc_start_ticks(int32_t pid)
{
	return stat_field(pid, 22);
}

void fps_sig_proc_set_start(struct fps_identity *who)
{
	uint64_t ticks = fps_sig_proc_start_ticks(who->pid), started_us = ticks * 1000000 / (uint64_t) sysconf(_SC_CLK_TCK);
	uint64_t boot_us = fps_sig_clock_now_ns(CLOCK_BOOTTIME) / 1000;

	if (ticks > 0 && started_us <= boot_us) {
		who->started_ticks = ticks;
		who->started_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000 - (boot_us - started_us);
	}
}

uint64_t fps_sig_proc_self_heap(void)
{
	return stat_field(THIS_PROCESS, 47);
}

static uint32_t status_line(const char *status, const char *name)
{
	size_t len = strlen(name);
	const char *line = status;

	while (line && memcmp(line, name, len) != 0) { /* behind the text is room for any name */
		line = strchr(line + 1, '\n');
	}
	return line ? (uint32_t) parse(line + len) : 0;
}

uint32_t fps_sig_proc_self_filters(void)
{
	char status[4096 + 32] = "";

	slurp(THIS_PROCESS, "status", status, 4096);
	return status_line(status, "\nSeccomp:\t") << 16 | status_line(status, "\nSeccomp_filters:\t");
}

void fps_sig_proc_self_arguments(uint64_t *start, uint64_t *end, uint64_t *environment_end)
{
	*start = stat_field(THIS_PROCESS, 48);
	*end = stat_field(THIS_PROCESS, 49);
	*environment_end = stat_field(THIS_PROCESS, 51);
}

/* Field n of /proc/self/statm, counted from 1, in bytes; 0 if not known. */
static uint64_t statm_field(int n)
{
	char statm[128];
	const char *at = statm;

	slurp(THIS_PROCESS, "statm", statm, sizeof statm);
	for (int field = 1; at && field < n; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? parse(at) * (uint64_t) sysconf(_SC_PAGESIZE) : 0;
}

uint64_t fps_sig_proc_self_rss(void)
{
	return statm_field(2);
}

void fps_sig_proc_self_mapped(uint64_t *address_space, uint64_t *data)
{
	*address_space = statm_field(1);
	*data = statm_field(6);
}

int fps_sig_proc_overcommit(void)
{
	char value[8];

	slurp(THIS_PROCESS, "../sys/vm/overcommit_memory", value, sizeof value); /* of /proc, where self stands */
	return (int) parse(value);
}

uint64_t fps_sig_proc_waited_ns(void)
{
	char schedstat[128];

	slurp(THIS_THREAD, "schedstat", schedstat, sizeof schedstat);
	const char *delay = strchr(schedstat, ' ');

	return delay ? parse(delay + 1) : 0;
}
