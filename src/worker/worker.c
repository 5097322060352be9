/* What happens once in a worker's life. */
#include "compat.h"

#include "coroner/boxfile.h"
#include "coroner/forks.h"
#include "coroner/process.h"
#include "record/names.h"
#include "worker/altstack.h"
#include "worker/configwarnings.h"
#include "worker/fcgiparams.h"
#include "worker/service.h"
#include "worker/warnonce.h"
#include "worker/watcher.h"
#include "worker/worker.h"

#include "sig/doorbell.h"
#include "sig/engine.h"
#include "sig/fault.h"
#include "sig/handler.h"
#include "sig/logfile.h"
#include "sig/proc.h"
#include "sig/saferead.h"
#include "sig/unwind.h"

#include "SAPI.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How long the master waits for the coroner to finish; that has nothing to wait for by then. */
#define GOODBYE_MS 3000

static struct fps_slot **to_forget;
static bool tried; /* to claim a slot, in this process or in a parent of it */
static const struct fps_channel *channel;
static int lifeline = -1; /* what ends with this process, where the kernel gives no pidfds */
static int box_file = -1; /* for the slot, if the black box is in files: made by the master before the fork */

/*
 * A worker's child is not a worker: it must not write into the slot, nor to the connection. It records a fault of its
 * own. A child of such a child has nothing left to forget.
 */
static void on_fork_child(void)
{
	if (*to_forget && !fps_blackbox_part(*to_forget)) {
		fps_sig_handler_forget();
	}
	*to_forget = NULL;
	fps_sig_handler_be_child();
	fps_watcher_forget();
	fps_process_close(&lifeline);
	fps_sig_saferead_begin();
}

static void before_fork_of_child(void)
{
	if (*to_forget) {
		fps_blackbox_keep(*to_forget);
	}
}

/* The launcher says it too, as it goes to the background: the master comes after it. */
static void introduce_master(void)
{
	static pid_t introduced;
	pid_t pid = getpid();

	if (introduced != pid && fps_channel_say(channel, FPS_CHANNEL_MASTER)) {
		introduced = pid;
	}
}

static void before_fork(void)
{
	if (!tried) {
		introduce_master();
		box_file = fps_boxfile_slot();
		fps_forks_note();
	}
}

static void after_fork_in_parent(void)
{
	fps_process_close(&box_file);
}

int fps_worker_prepare(const struct fps_config *config)
{
	channel = &config->channel;
	if (fps_process_is_under_valgrind()) {
		fps_watcher_stay();
	}
	return pthread_atfork(before_fork, after_fork_in_parent, NULL);
}

/* FPM titles its workers "php-fpm: pool NAME"; the title needs no /proc, which a chroot may lack. */
const char *fps_worker_pool(void)
{
	const char *word = strstr(program_invocation_name, ": pool ");

	return word ? word + 2 : NULL;
}

static void set_pool(struct fps_identity *who)
{
	const char *pool = fps_worker_pool();

	if (pool) {
		snprintf(who->pool, sizeof who->pool, "%s", pool + strlen("pool "));
	}
	snprintf(who->sapi, sizeof who->sapi, "%s", sapi_module.name);
}

/* A pool's values are refused in each of its workers: the first to serve a request logs it. */
static void drop_repeated(const struct fps_identity *who)
{
	zend_ulong hash = zend_inline_hash_func(who->pool, strlen(who->pool));

	if (fps_warnonce_is_shared()
		&& !fps_warnonce((enum fps_warnonce)(FPS_WARNONCE_REFUSED + hash % FPS_WARNONCE_POOLS))) {
		fps_configwarnings_drop();
	}
}

static void set_inet_address(struct fps_identity *who, int family, const void *address, in_port_t port)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (inet_ntop(family, address, text, sizeof text)) {
		snprintf(
			who->listen, sizeof who->listen, family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, (unsigned) ntohs(port));
	}
}

/*
 * False if the socket has no name: a worker that is asked to end puts another one in the place of the listening socket.
 */
static bool set_listen_of(struct fps_identity *who, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_un path;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof address;

	if (getsockname(fd, &address.any, &len) == -1) {
		return false;
	}
	switch (address.any.sa_family) {
		case AF_UNIX:
			snprintf(
				who->listen, sizeof who->listen, "%.*s", (int) sizeof address.path.sun_path, address.path.sun_path);
			break;
		case AF_INET: set_inet_address(who, AF_INET, &address.v4.sin_addr, address.v4.sin_port); break;
		case AF_INET6: set_inet_address(who, AF_INET6, &address.v6.sin6_addr, address.v6.sin6_port); break;
		default: break;
	}
	return who->listen[0] != '\0';
}

/* Of the listening socket, or else of the connection that it has accepted. */
static void set_listen(struct fps_identity *who)
{
	int listening, connection, request_id;

	if (fps_sig_engine_listener(&listening) && !set_listen_of(who, listening)
		&& fps_sig_engine_connection(&connection, &request_id)) {
		set_listen_of(who, connection);
	}
}

/* Scripts that opcache reads from files may be broken there: evidence, should a fault come of it. */
static void set_file_cache(struct fps_slot *slot)
{
	static const char name[] = "opcache.file_cache";
	const char *directory = zend_ini_string_ex((char *) name, sizeof name - 1, 0, NULL);

	snprintf(slot->file_cache, sizeof slot->file_cache, "%s", directory ? directory : "");
}

static void set_seed(struct fps_identity *who)
{
	if (getrandom(&who->seed, sizeof who->seed, GRND_NONBLOCK) != (ssize_t) sizeof who->seed) {
		who->seed = fps_sig_clock_now_ns(CLOCK_REALTIME) * 0x9e3779b97f4a7c15ULL ^ (uint64_t) who->pid << 32;
	}
}

/* All that the coroner takes this worker's word for, since no code of its pool has run yet. */
static void identify(struct fps_identity *who, const struct fps_config *config)
{
	set_pool(who);
	set_seed(who);
	/* One reading of a clock per request is enough: with this it gives the time of day as well. */
	who->epoch_ns = fps_sig_clock_epoch_ns();
	who->claimed_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	who->lifecycle = config->lifecycle;
	who->max_per_minute = (uint32_t) config->max_per_minute;
	snprintf(who->log, sizeof who->log, "%s", config->log);
	who->service = fps_service_of(&config->service);
}

/* php.ini's log is the coroner's to write, where there is one. */
static bool is_coroners(const struct fps_slot *slot, const struct fps_config *config)
{
	return config->channel.peer >= 0 && strcmp(slot->who.log, config->php_ini_log) == 0;
}

/* Warns now, once for all workers, and not when a worker dies. */
static void check_log(const struct fps_slot *slot, const struct fps_config *config)
{
	if (slot->who.log[0] != '/' || is_coroners(slot, config)) {
		return;
	}
	int fd = fps_sig_logfile_open(slot->who.log);

	if (fd >= 0) {
		close(fd);
	} else {
		const char *reason = fps_sig_names_error(errno);

		if (fps_warnonce(FPS_WARNONCE_LOG)) {
			fps_configwarnings_add(
				"pool %s (uid %d): fpmsentinel.log = \"%s\": %s; set a file, in a directory that exists, "
				"which this user can write. Until then "
				"records go to FPM's standard error",
				slot->who.pool, (int) geteuid(), slot->who.log, reason);
		}
	}
}

static void on_quick_exit(void)
{
	fps_sig_handler_on_exit(0, FPS_EXIT_CALL_QUICK_EXIT);
}

#ifdef __GLIBC__
static void on_exit_status(int status, void *unused)
{
	(void) unused;
	fps_sig_handler_on_exit(status, FPS_EXIT_CALL_NONE);
}

static int watch_exit(void)
{
	return on_exit(on_exit_status, NULL);
}
#else
/* musl does not pass the status to an exit handler. */
static void on_exit_alone(void)
{
	fps_sig_handler_on_exit(0, FPS_EXIT_CALL_EXIT);
}

static int watch_exit(void)
{
	return atexit(on_exit_alone);
}
#endif

/*
 * From here on the coroner knows this worker, which speaks to it only through its doorbell and holds nothing that root
 * has opened and that it could write to. A stopped coroner, which hears nobody, does not delay a request.
 */
static void say_hello(struct fps_config *config, const struct fps_identity *who, int *memory)
{
	struct fps_channel *to = &config->channel;
	/* a pool's own log lies in its chroot */
	int root = to->fpm >= 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int pipe[2] = {-1, -1};
	bool heard;

	if (config->channel.needs_lifelines && pipe2(pipe, O_CLOEXEC) == 0) {
		lifeline = pipe[1];
	}
	if (*memory >= 0 && to->fpm >= 0) {
		to->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	heard = to->bell >= 0 && fps_channel_say_hello(to, who, *memory, root, pipe[0]);
	fps_process_close(&pipe[0]);
	fps_process_close(&root);
	if (!heard) {
		fps_process_close(&to->bell);
		fps_process_close(&to->peer);
	}
	fps_process_close(memory);
	fps_process_close(&to->fpm);
	fps_boxfile_close();
	fps_sig_doorbell_init(to->bell, to->peer);
}

void fps_worker_say_goodbye(const struct fps_config *config)
{
	struct sigaction act;
	sigset_t blocked;

	/* Only the master has a handler for its children; it blocks them before it re-executes itself. */
	if (sigaction(SIGCHLD, NULL, &act) == -1
		|| (!(act.sa_flags & SA_SIGINFO) && (act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN))
		|| pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0) {
		return;
	}
	if (fps_channel_say(&config->channel, sigismember(&blocked, SIGCHLD) ? FPS_CHANNEL_RELOAD : FPS_CHANNEL_STOP)) {
		fps_channel_is_cut(&config->channel, GOODBYE_MS);
	}
}

struct fps_slot *fps_worker_claim(struct fps_config *config)
{
	struct fps_slot *slot;
	int memory, error;

	if (tried) {
		return NULL;
	}
	tried = true;
	slot = fps_blackbox_claim(box_file, &memory);
	error = errno;
	box_file = -1;
	if (!slot) {
		fps_configwarnings_add("fpmsentinel: no memory for a slot; this worker is not watched");
		return NULL;
	}
	identify(&slot->who, config);
	fps_forks_list(&slot->who);
	fps_forks_leave();
	drop_repeated(&slot->who);
	if (config->channel.fpm >= 0 && fps_channel_is_cut(&config->channel, 0) && fps_warnonce(FPS_WARNONCE_CORONER)) {
		fps_configwarnings_add(
			"fpmsentinel: the coroner and its supervisor are gone; reload FPM to start them again. Until then "
			"each worker records only its own death");
	}
	if (memory == -1 && config->channel.fpm >= 0 && fps_warnonce(FPS_WARNONCE_MEMORY)) {
		fps_configwarnings_add("pool %s: fpmsentinel: no memory that a worker and the coroner can share: %s. "
							   "Until then such workers record only the deaths that they can record themselves",
			slot->who.pool, fps_sig_names_error(error));
	}
	set_file_cache(slot);
	fps_sig_death_init();
	if (config->is_fpm) {
		set_listen(&slot->who);
	}
	say_hello(config, &slot->who, &memory);
	return slot;
}

/*
 * At each request the engine rewrites its table of handlers from what the kernel had when the engine started. It takes
 * that again, with ours in it, and so each request finds them in the table. Nothing else of its state changes, which is
 * that of a process that has not had a request yet; had it, the kernel would have the engine's own handlers.
 */
static void let_engine_learn(void)
{
#if defined(ZEND_SIGNALS) && !defined(ZTS)
	zend_signal_globals_t before = zend_signal_globals;
	struct sigaction act;

	if (sigaction(SIGTERM, NULL, &act) == 0 && act.sa_sigaction == fps_sig_handler_on_termination) {
		zend_signal_startup();
		zend_signal_globals = before;
	}
#endif
}

static void start_watcher(struct fps_slot *slot, const struct fps_config *config)
{
	int error = config->is_fpm && config->sample_interval > 0 ? fps_watcher_start(slot, config) : 0;

	if (error && fps_warnonce(FPS_WARNONCE_WATCHER)) {
		fps_configwarnings_add(
			"pool %s: fpmsentinel: cannot start the watcher thread (error %d): raise the limits of processes "
			"and memory. "
			"Until then nothing is sampled",
			slot->who.pool, error);
	}
}

/* musl has no dladdr1(). */
static void find_execution(void)
{
#ifdef __GLIBC__
	void *symbol = NULL;
	Dl_info info;

	if (dladdr1((const void *) execute_ex, &info, &symbol, RTLD_DL_SYMENT) && symbol
		&& info.dli_saddr == (void *) execute_ex) {
		fps_sig_engine_set_execution((uintptr_t) execute_ex, ((const ElfW(Sym) *) symbol)->st_size);
	}
#endif
}

bool fps_worker_watch(const struct fps_config *config, struct fps_slot **slot)
{
	struct fps_sig_settings settings = {.max_frames = (uint32_t) config->max_frames,
		.handler_timeout = (uint32_t) config->handler_timeout,
		.last_words = config->last_words && config->is_fpm,
		.standard_error = config->standard_error,
		.terminations = config->is_fpm};

	to_forget = slot;
	if (fps_altstack_install() == -1 || pthread_atfork(before_fork_of_child, NULL, on_fork_child) != 0
		|| watch_exit() != 0 || at_quick_exit(on_quick_exit) != 0) {
		fps_configwarnings_add("fpmsentinel: no memory for the signal handlers; this worker is not watched");
		return false;
	}
	fps_sig_handler_install(*slot, &settings);
	if (config->is_fpm) {
		let_engine_learn();
	}
	/* What follows takes its time, and a death meanwhile can already be recorded. */
	/* glibc's, for debuggers; it has no header */
	fps_sig_fault_init(dlsym(RTLD_DEFAULT, "__abort_msg"), program_invocation_short_name);
	find_execution();
	fps_sig_proc_set_start(&(*slot)->who);
	start_watcher(*slot, config);
	check_log(*slot, config);
	fps_warnonce_seal();
	fps_sig_unwind_init();
	fps_fcgiparams_init();
	return true;
}
