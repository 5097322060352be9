/*
 * crashme: kills its own process on purpose, so that tests have something to
 * record. Never installed.
 *
 * This file is the glue to PHP and the "other extension" that takes SIGSEGV and
 * the alternate stack for itself; the deaths are in the other files.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "crashme.h"
#include "crashme_arginfo.h"
#include "php_ini.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
	const char *name;
	void (*run)(zend_long arg, zval *return_value);
	const char *help;
} crashme_entry;

#define CRASHME_ROW(name, function, help) {name, crashme_##function, help},
static const crashme_entry entries[] = {CRASHME_ENTRIES(CRASHME_ROW)};

#define FOREACH_ENTRY(e) for (const crashme_entry *e = entries; e < entries + sizeof(entries) / sizeof(*entries); e++)

static bool armed;

PHP_INI_BEGIN()
	PHP_INI_ENTRY("crashme.at", "", PHP_INI_SYSTEM, NULL)
	PHP_INI_ENTRY("crashme.minit_forbid", "0", PHP_INI_SYSTEM, NULL)
	PHP_INI_ENTRY("crashme.minit_handler", "0", PHP_INI_SYSTEM, NULL)
	PHP_INI_ENTRY("crashme.minit_recover", "0", PHP_INI_SYSTEM, NULL)
	PHP_INI_ENTRY("crashme.output", "", PHP_INI_ALL, NULL)
	PHP_INI_ENTRY("crashme.script", "", PHP_INI_ALL, NULL)
PHP_INI_END()

PHP_FUNCTION(crashme)
{
	zend_string *what;
	zend_long arg = 0;

	ZEND_PARSE_PARAMETERS_START(1, 2)
		Z_PARAM_STR(what)
		Z_PARAM_OPTIONAL
		Z_PARAM_LONG(arg)
	ZEND_PARSE_PARAMETERS_END();

	FOREACH_ENTRY(entry)
	{
		if (zend_string_equals_cstr(what, entry->name, strlen(entry->name))) {
			entry->run(arg, return_value);
			return;
		}
	}
	zend_argument_value_error(1, "must be a key of crashme_list()");
}

PHP_FUNCTION(crashme_list)
{
	ZEND_PARSE_PARAMETERS_NONE();

	array_init(return_value);
	FOREACH_ENTRY(entry)
	{
		add_assoc_string(return_value, entry->name, entry->help);
	}
}

PHP_FUNCTION(crashme_arm)
{
	ZEND_PARSE_PARAMETERS_NONE();

	armed = true;
}

static void fault_if_at(const char *place)
{
	if (armed && strcmp(zend_ini_string(ZEND_STRL("crashme.at"), 0), place) == 0) {
		crashme_null_write(0, NULL);
	}
}

/* The other extension */

static struct sigaction earlier;
static bool chain;
static int output = -1;

static void on_segv(int signo, siginfo_t *info, void *context)
{
	char line[96];
	/* With integers and a pointer snprintf() neither allocates nor locks, whatever POSIX leaves open. */
	int length = snprintf(
		line, sizeof(line), "crashme: earlier handler signo=%d code=%d addr=%p\n", signo, info->si_code, info->si_addr);
	ssize_t written = write(output, line, (size_t) length);
	(void) written;

	if (!chain) {
		signal(signo, SIG_DFL);
	} else if (earlier.sa_flags & SA_SIGINFO) {
		earlier.sa_sigaction(signo, info, context);
	} else if (earlier.sa_handler == SIG_DFL || earlier.sa_handler == SIG_IGN) {
		sigaction(signo, &earlier, NULL);
	} else {
		earlier.sa_handler(signo);
	}
}

/* Now: the handler should have nothing to do but write. */
static void open_output(void)
{
	const char *path = zend_ini_string(ZEND_STRL("crashme.output"), 0);

	if (output < 0) {
		output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	}
	if (output < 0) {
		php_error_docref(NULL, E_WARNING, "cannot open crashme.output \"%s\": %s", path, strerror(errno));
	}
}

CRASHME_ENTRY(install_handler)
{
	struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	open_output();
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, &earlier);
	chain = arg == 1;
}

static void on_handled(int signo, siginfo_t *info, void *context)
{
	char line[32];
	int length = snprintf(line, sizeof(line), "crashme: handled %d\n", signo);
	ssize_t written = write(output, line, (size_t) length);
	(void) written;
}

CRASHME_ENTRY(handle)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
	int signo = (int) (arg >> 8 ? arg >> 8 : arg);

	open_output();
	sigemptyset(&action.sa_mask);
	if (arg >> 8) {
		action.sa_flags = 0;
		action.sa_handler = SIG_DFL;
	} else {
		action.sa_sigaction = on_handled;
	}
	zend_sigaction(signo, &action, NULL);
}

/* One that survives the signal crashme.minit_recover */
static void on_harmless(int signo)
{
}

CRASHME_ENTRY(errno_after)
{
	errno = EXDEV;
	raise((int) arg);
	RETVAL_LONG(errno);
}

CRASHME_ENTRY(small_altstack)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	size_t length = ((size_t) arg + page - 1) / page * page;
	char *guard = mmap(NULL, page + length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* A handler that needs more than it has runs into the guard rather than into someone's memory. */
	if (guard == MAP_FAILED || mprotect(guard, page, PROT_NONE) != 0) {
		RETURN_FALSE;
	}
	stack_t stack = {.ss_sp = guard + page, .ss_size = (size_t) arg};
	RETVAL_BOOL(sigaltstack(&stack, NULL) == 0);
}

/* Memory that the dead leave behind: the file crashme.output, at that address or, for NULL, at any. */
static void *map_output(void *address, size_t size)
{
	int fd = open(zend_ini_string(ZEND_STRL("crashme.output"), 0), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || ftruncate(fd, (off_t) size) != 0) {
		return MAP_FAILED;
	}
	return mmap(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | (address ? MAP_FIXED : 0), fd, 0);
}

CRASHME_ENTRY(watch_altstack)
{
	stack_t stack;

	if (sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE)
		|| map_output(stack.ss_sp, stack.ss_size) == MAP_FAILED) {
		RETURN_FALSE;
	}
	memset(stack.ss_sp, 0xA5, stack.ss_size);
	RETVAL_TRUE;
}

CRASHME_ENTRY(count_malloc)
{
	uint64_t **counter = dlsym(RTLD_DEFAULT, "malloc_counter");
	uint64_t *count = map_output(NULL, sizeof(*count));

	if (!counter || count == MAP_FAILED) {
		RETURN_FALSE;
	}
	*counter = count;
	void *volatile block = malloc(1);
	free(block);
	RETVAL_TRUE;
}

static PHP_MINIT_FUNCTION(crashme)
{
	REGISTER_INI_ENTRIES();
	if (zend_ini_long(ZEND_STRL("crashme.minit_forbid"), 0)) {
		crashme_forbid_peeking(0, NULL);
	}
	if (zend_ini_long(ZEND_STRL("crashme.minit_handler"), 0)) {
		crashme_install_handler(0, NULL);
	}
	if (zend_ini_long(ZEND_STRL("crashme.minit_recover"), 0)) {
		signal((int) zend_ini_long(ZEND_STRL("crashme.minit_recover"), 0), on_harmless);
	}
	return SUCCESS;
}

static PHP_RSHUTDOWN_FUNCTION(crashme)
{
	fault_if_at("rshutdown");
	return SUCCESS;
}

static ZEND_MODULE_POST_ZEND_DEACTIVATE_D(crashme)
{
	fault_if_at("post_deactivate");
	return SUCCESS;
}

static PHP_MSHUTDOWN_FUNCTION(crashme)
{
	fault_if_at("mshutdown");
	UNREGISTER_INI_ENTRIES();
	return SUCCESS;
}

zend_module_entry crashme_module_entry = {STANDARD_MODULE_HEADER, "crashme", ext_functions, PHP_MINIT(crashme),
	PHP_MSHUTDOWN(crashme), NULL, PHP_RSHUTDOWN(crashme), NULL, "0", NO_MODULE_GLOBALS,
	ZEND_MODULE_POST_ZEND_DEACTIVATE_N(crashme), STANDARD_MODULE_PROPERTIES_EX};

#ifdef COMPILE_DL_CRASHME
ZEND_GET_MODULE(crashme)
#endif
