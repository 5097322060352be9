/*
 * The extension where there is no PHP-FPM: on Windows, in php-cgi and on the command line. PHP's own fatal
 * errors are recorded, as everywhere; a death cannot be recorded: no signals, no black box,
 * no coroner. It is built by config.w32, instead of fpmsentinel.c; dev/check builds it here as well.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "compat.h"

#include "../php_fpmsentinel.h"
#include "platform.h"
#include "record/names.h"
#include "worker/fatal.h"
#include "worker/phpexception.h"

#include "record/record.h"
#include "record/signals.h"
#include "sig/saferead.h"

#include "SAPI.h"
#include "ext/standard/info.h"
#include "php_ini.h"
#include "zend_generators.h"
#include "zend_observer.h"

#include <stdio.h>
#include <time.h>

#define MAX_FRAMES 64

static bool enabled, fatal_errors;
static struct fps_slot slot = {.magic = FPS_SLOT_MAGIC, .version = FPS_SLOT_VERSION, .size = sizeof(struct fps_slot)};
static bool recorded; /* the first error of a request */

/* --- what src/sig asks of a system that has signals --- */

/* On PHP's thread, in a process that goes on living: what the engine points at is there. */
bool fps_sig_saferead_copy(void *to, uintptr_t address, size_t len)
{
	if (address == 0) {
		return false;
	}
	memcpy(to, (const void *) address, len);
	return true;
}

bool fps_sig_saferead_copy_near(struct fps_sig_window *window, void *to, uintptr_t address, size_t len)
{
	(void) window;
	return fps_sig_saferead_copy(to, address, len);
}

bool fps_sig_signals_name(int number, char name[FPS_SIG_SIGNAL_NAME])
{
	(void) number, (void) name;
	return false;
}

const char *fps_sig_signals_code(int number, int code)
{
	(void) number, (void) code;
	return NULL;
}

const char *fps_sig_names_arch(void)
{
	return NULL;
}

const char *fps_sig_names_register(uint32_t index)
{
	(void) index;
	return NULL;
}

bool fps_sig_names_is_libc(const char *path)
{
	(void) path;
	return false;
}

const char *fps_sig_names_error(int error)
{
	(void) error;
	return "it can't be written";
}

/* --- a record --- */

/* There is no need of a clock that never jumps: a request's beginning and end are all that is timed. */
static uint64_t now_ns(void)
{
	struct timespec now;

	timespec_get(&now, TIME_UTC);
	return (uint64_t) now.tv_sec * 1000000000U + (uint64_t) now.tv_nsec;
}

static void copy(char *to, size_t size, const char *from, size_t len)
{
	len = len < size ? len : size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

#define COPY_TEXT(field, from, len) \
	do { \
		const char *from_ = (from); \
		copy(field, sizeof(field), from_ ? from_ : "", from_ ? (len) : 0); \
	} while (0)

static void fill(struct fps_draft *draft)
{
	memset(draft, 0, sizeof *draft);
	draft->died_ns = now_ns();
	draft->died_us = draft->died_ns / 1000;
	draft->event = ++slot.events;
	draft->phase = FPS_PHASE_EXECUTE;
	draft->headers_sent = SG(headers_sent) != 0;
	draft->memory_used = zend_memory_usage(false);
	draft->memory_peak = zend_memory_peak_usage(false);
	slot.request.memory_limit = PG(memory_limit);
	slot.request.max_execution_time = EG(timeout_seconds);
	slot.request.hard_timeout = EG(hard_timeout);
	snprintf(draft->evidence[0], sizeof draft->evidence[0], "PHP reported the error and ended the request");
}

/* As one write: the buffer holds the whole line. */
static void append(const char *line, size_t len)
{
	static char buffer[FPS_SIG_RECORD_MAX];
	bool is_stderr = strcmp(slot.who.log, "stderr") == 0;
	FILE *file = is_stderr ? stderr : VCWD_FOPEN(slot.who.log, "ab");

	if (!file) {
		return;
	}
	if (!is_stderr) {
		setvbuf(file, buffer, _IOFBF, sizeof buffer);
	}
	fwrite(line, 1, len, file);
	if (!is_stderr) {
		fclose(file);
	}
}

static void on_error(int type, zend_string *file, uint32_t line, zend_string *message)
{
	static char text[FPS_SIG_RECORD_MAX];
	struct fps_sig_vm vm = {.max_frames = MAX_FRAMES};
	uint32_t stages = (1U << FPS_STAGES) - 1;

	if (!fatal_errors || !slot.who.log[0] || recorded || slot.request.started_ns == 0 || !fps_fatal_is(type)) {
		return;
	}
	recorded = true;
	vm.current_execute_data = (uintptr_t) EG(current_execute_data);
	vm.opline_before_exception = (uintptr_t) EG(opline_before_exception);
	vm.generator_class = (uintptr_t) zend_ce_generator;
#ifdef ZEND_OP_IS_FRAMELESS_ICALL
	vm.frameless_functions = (uintptr_t) zend_flf_functions;
#endif
	fill(&slot.draft);
	if (!fps_fatal_fill(&slot.draft, &vm, type, file, line, message)) {
		stages &= ~(1U << FPS_STAGE_PHP_STACK);
	}
	atomic_store(&slot.draft.stages_done, stages);
	append(text, fps_sig_record_format(&slot, text));
}

/* --- the extension --- */

/* Fewer than fpmsentinel.c has: the others are about workers. */
static ZEND_INI_MH(on_update_bool)
{
	(void) entry, (void) mh_arg2, (void) mh_arg3, (void) stage;
	*(bool *) mh_arg1 = zend_ini_parse_bool(new_value);
	return SUCCESS;
}

static ZEND_INI_MH(on_update_log)
{
	(void) entry, (void) mh_arg1, (void) mh_arg2, (void) mh_arg3, (void) stage;
	COPY_TEXT(slot.who.log, new_value ? ZSTR_VAL(new_value) : NULL, strlen(from_));
	return SUCCESS;
}

PHP_INI_BEGIN()
	PHP_INI_ENTRY1("fpmsentinel.enable", "1", PHP_INI_SYSTEM, on_update_bool, &enabled)
	PHP_INI_ENTRY1("fpmsentinel.fatal_errors", "1", PHP_INI_SYSTEM, on_update_bool, &fatal_errors)
	PHP_INI_ENTRY("fpmsentinel.log", "", PHP_INI_SYSTEM, on_update_log)
PHP_INI_END()

static PHP_MINIT_FUNCTION(fpmsentinel)
{
	(void) type;
	REGISTER_INI_ENTRIES();
	if (enabled) {
		zend_string *host = php_get_uname('n');

		fps_sig_record_init(ZSTR_VAL(host), PHP_VERSION, PHP_FPMSENTINEL_VERSION);
		zend_string_release(host);
		snprintf(slot.who.sapi, sizeof slot.who.sapi, "%s", sapi_module.name);
		fps_phpexception_watch();
		zend_observer_error_register(on_error);
	}
	return SUCCESS;
}

static PHP_MSHUTDOWN_FUNCTION(fpmsentinel)
{
	(void) type;
	UNREGISTER_INI_ENTRIES();
	return SUCCESS;
}

static PHP_RINIT_FUNCTION(fpmsentinel)
{
	struct fps_request *request = &slot.request;
	const char *uri = SG(request_info).request_uri;

	(void) type, (void) module_number;
	if (!enabled) {
		return SUCCESS;
	}
	recorded = false;
	request->started_ns = now_ns();
	slot.who.pid = (int32_t) getpid();
	slot.who.seed = request->started_ns * 0x9e3779b97f4a7c15ULL ^ (uint64_t) slot.who.pid << 32;
	slot.requests_served++;
	COPY_TEXT(request->method, SG(request_info).request_method, strlen(from_));
	COPY_TEXT(request->path, uri, strcspn(from_, "?"));
	COPY_TEXT(request->script, SG(request_info).path_translated, strlen(from_));
	return SUCCESS;
}

static PHP_MINFO_FUNCTION(fpmsentinel)
{
	php_info_print_table_start();
	php_info_print_table_row(2, "fpmsentinel", enabled ? "active, for PHP's own fatal errors only" : "inactive");
	php_info_print_table_row(2, "Version", PHP_FPMSENTINEL_VERSION);
	php_info_print_table_end();
	DISPLAY_INI_ENTRIES();
}

zend_module_entry fpmsentinel_module_entry = {STANDARD_MODULE_HEADER, "fpmsentinel", NULL, PHP_MINIT(fpmsentinel),
	PHP_MSHUTDOWN(fpmsentinel), PHP_RINIT(fpmsentinel), NULL, PHP_MINFO(fpmsentinel), PHP_FPMSENTINEL_VERSION,
	STANDARD_MODULE_PROPERTIES};

#ifdef COMPILE_DL_FPMSENTINEL
ZEND_GET_MODULE(fpmsentinel)
#endif
