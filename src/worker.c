#include "compat.h"

#include "altstack.h"
#include "complain.h"
#include "params.h"
#include "watcher.h"
#include "worker.h"

#include "sig/doorbell.h"
#include "sig/fault.h"
#include "sig/handler.h"
#include "sig/io.h"
#include "sig/proc.h"
#include "sig/standby.h"
#include "sig/unwind.h"

#include "SAPI.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* How long the master waits for the coroner to finish; that has nothing to wait for by then. */
#define GOODBYE_MS 3000

static struct fps_slot **to_forget;

/* A child of a worker is no worker: it must not write for its parent, nor on its connection. */
static void on_fork_child(void)
{
	*to_forget = NULL;
	fps_sig_handler_forget();
	fps_watcher_forget();
}

/* FPM titles its workers "php-fpm: pool NAME"; the title needs no /proc, which a chroot may lack. */
const char *fps_worker_pool(void)
{
	const char *word = strstr(program_invocation_name, ": pool ");

	return word ? word + 2 : NULL;
}

static void set_pool(struct fps_slot *slot)
{
	const char *pool = fps_worker_pool();

	if (pool) {
		snprintf(slot->pool, sizeof slot->pool, "%s", pool + strlen("pool "));
	}
	snprintf(slot->sapi, sizeof slot->sapi, "%s", sapi_module.name);
}

/* A pool's values are refused in each of its workers: the first to serve a request logs it. */
static void drop_repeated(const struct fps_slot *slot)
{
	zend_ulong hash = zend_inline_hash_func(slot->pool, strlen(slot->pool));

	if (fps_blackbox_header() && !fps_blackbox_once((enum fps_once) (FPS_ONCE_REFUSED + hash % FPS_ONCE_POOLS))) {
		fps_complain_drop();
	}
}

static void set_process_start(struct fps_slot *slot)
{
	uint64_t ticks = fps_sig_proc_start_ticks(0), started_us = ticks * 1000000 / (uint64_t) sysconf(_SC_CLK_TCK);
	uint64_t boot_us = fps_sig_clock_now_ns(CLOCK_BOOTTIME) / 1000;

	slot->process_started_ticks = ticks;
	if (started_us > 0 && started_us <= boot_us) {
		slot->process_started_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000 - (boot_us - started_us);
	}
}

static void set_cpu_limit(struct fps_slot *slot)
{
	struct rlimit limit;

	slot->cpu_limit_s = getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max != RLIM_INFINITY ? (uint64_t) limit.rlim_max : 0;
}

/* One reading of a clock per request is enough: with this it gives the time of day as well. */
static void set_epoch(struct fps_slot *slot)
{
	slot->epoch_ns = fps_sig_clock_epoch_ns();
}

static void set_seed(struct fps_slot *slot)
{
	if (getrandom(&slot->seed, sizeof slot->seed, GRND_NONBLOCK) != (ssize_t) sizeof slot->seed) {
		slot->seed = fps_sig_clock_now_ns(CLOCK_REALTIME) * 0x9e3779b97f4a7c15ULL ^ (uint64_t) slot->pid << 32;
	}
}

/* php.ini's log is not for us to write where there is a coroner, or was one. */
static bool is_open_for_us(const struct fps_slot *slot, const struct fps_config *config)
{
	int standby = config->line.standby >= 0 ? fps_sig_standby_receive(config->line.standby, true) : -1;
	bool open = config->line.bell >= 0 || standby >= 0;

	fps_line_close(&standby);
	return open && strcmp(slot->log, config->php_ini_log) == 0;
}

/* Told now, once for all workers, and not when a worker dies. */
static void check_log(const struct fps_slot *slot, const struct fps_config *config)
{
	if (slot->log[0] != '/' || is_open_for_us(slot, config)) {
		return;
	}
	int fd = fps_sig_io_open(slot->log);

	if (fd >= 0) {
		close(fd);
	} else {
		const char *reason = fps_sig_io_error(errno);

		if (fps_blackbox_once(FPS_ONCE_LOG)) {
			fps_complain("pool %s (uid %d): fpmsentinel.log = \"%s\": %s; set a file, in a directory that exists, which this user can write. Until then "
				"records go to FPM's standard error", slot->pool, (int) geteuid(), slot->log, reason);
		}
	}
}

#ifdef __GLIBC__
static void on_exit_status(int status, void *unused)
{
	(void) unused;
	fps_sig_handler_on_exit(status);
}

static int watch_exit(void)
{
	return on_exit(on_exit_status, NULL);
}
#else
/* musl does not tell the status to an exit handler. */
static void on_exit_alone(void)
{
	fps_sig_handler_on_exit(FPS_SIG_DEATH_STATUS_UNKNOWN);
}

static int watch_exit(void)
{
	return atexit(on_exit_alone);
}
#endif

/*
 * From here on the coroner knows of this worker, and the worker has nothing more to say to it but by
 * its doorbell. One that is stopped, and hears nobody, does not hold up a request.
 */
static void say_hello(struct fps_config *config, bool shared)
{
	bool heard = shared && fps_line_say(&config->line, FPS_LINE_HELLO, fps_blackbox_index());

	if (shared && !heard) {
		fps_blackbox_disown();
	}
	fps_line_close(&config->line.fpm);
	if (!heard) {
		fps_line_close(&config->line.bell);
	}
	fps_sig_doorbell_init(config->line.bell);
	fps_sig_standby_init(config->line.standby);
}

void fps_worker_say_goodbye(const struct fps_config *config)
{
	struct sigaction act;
	sigset_t blocked;

	/* Only the master has a handler for its children; it blocks them as it goes to execute itself anew. */
	if (sigaction(SIGCHLD, NULL, &act) == -1 || (!(act.sa_flags & SA_SIGINFO) && (act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN))
		|| pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0) {
		return;
	}
	if (fps_line_say(&config->line, sigismember(&blocked, SIGCHLD) ? FPS_LINE_RELOAD : FPS_LINE_STOP, 0)) {
		fps_line_is_cut(&config->line, GOODBYE_MS);
	}
}

struct fps_slot *fps_worker_claim(struct fps_config *config)
{
	static bool tried;
	bool shared, coroner = config->line.fpm >= 0 && !fps_line_is_cut(&config->line, 0);
	struct fps_slot *slot;

	if (tried) {
		return NULL;
	}
	tried = true;
	slot = fps_blackbox_claim(coroner, &shared);
	if (!slot) {
		fps_complain("fpmsentinel: no memory for a slot; this worker is not watched");
		return NULL;
	}
	set_pool(slot);
	drop_repeated(slot);
	if (config->line.fpm >= 0 && !coroner && fps_blackbox_once(FPS_ONCE_CORONER)) {
		fps_complain("fpmsentinel: the coroner is gone; reload FPM for a new one. Until then each worker records only its own death");
	}
	if (!shared && fps_blackbox_once(FPS_ONCE_FULL)) {
		fps_complain("fpmsentinel: more workers than fpmsentinel.max_workers (" ZEND_LONG_FMT "); raise it and restart FPM. "
			"Until then the workers above it record only their own deaths", config->max_workers);
	}
	set_epoch(slot);
	set_seed(slot);
	set_cpu_limit(slot);
	slot->lifecycle = config->lifecycle;
	snprintf(slot->log, sizeof slot->log, "%s", config->log);
	fps_sig_death_init();
	say_hello(config, shared && coroner);
	return slot;
}

static void start_watcher(struct fps_slot *slot, const struct fps_config *config)
{
	int error = config->is_fpm && config->sample_interval > 0 ? fps_watcher_start(slot, config) : 0;

	if (error && fps_blackbox_once(FPS_ONCE_WATCHER)) {
		fps_complain("pool %s: fpmsentinel: cannot start the watcher thread (%s): raise the limits of processes and memory. "
			"Until then nothing is sampled", slot->pool, strerror(error));
	}
}

bool fps_worker_watch(const struct fps_config *config, struct fps_slot **slot)
{
	struct fps_sig_settings settings = {.max_frames = (uint32_t) config->max_frames,
		.handler_timeout = (uint32_t) config->handler_timeout, .last_words = config->last_words && config->is_fpm,
		.terminations = config->is_fpm};

	to_forget = slot;
	if (fps_altstack_install() == -1 || pthread_atfork(NULL, NULL, on_fork_child) != 0 || watch_exit() != 0) {
		fps_complain("fpmsentinel: no memory for the signal handlers; this worker is not watched");
		return false;
	}
	fps_sig_handler_install(*slot, &settings);
	/* What follows takes its time, and a death in it can be told already. */
	fps_sig_fault_init(dlsym(RTLD_DEFAULT, "__abort_msg")); /* glibc's, for debuggers; it has no header */
	set_process_start(*slot);
	start_watcher(*slot, config);
	check_log(*slot, config);
	fps_blackbox_seal();
	fps_sig_unwind_init();
	fps_params_init();
	return true;
}
