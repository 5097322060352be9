/* fpmsentinel: what kills a PHP-FPM worker, on record. Glue between PHP and src/; see ARCHITECTURE.md. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "compat.h"

#include "php_fpmsentinel.h"

#include "coroner/boxfile.h"
#include "coroner/coroner.h"
#include "coroner/forks.h"
#include "coroner/logdestination.h"
#include "record/message.h"
#include "record/record.h"
#include "sig/doorbell.h"
#include "sig/engine.h"
#include "sig/logfile.h"
#include "sig/namelist.h"
#include "sig/trustedpath.h"
#include "sig/unwind.h"
#include "worker/configwarnings.h"
#include "worker/hooks.h"
#include "worker/service.h"
#include "worker/warnonce.h"
#include "worker/worker.h"

#include "SAPI.h"
#include "ext/standard/info.h"
#include "php_ini.h"
#include "php_syslog.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "fpmsentinel_arginfo.h"

static bool enabled = true;
static struct fps_config config = {.max_frames = 64,
	.handler_timeout = 2,
	.max_per_minute = 60,
	.sample_interval = 100,
	.memory_warning = 80,
	.time_warning = 80,
	.peer_closed = true,
	.last_words = true,
	.standard_error = true,
	.fatal_errors = true,
	.channel = {.fpm = -1, .peer = -1, .bell = -1}};
static char blackbox[sizeof config.log]; /* a directory, or "" */
static const char *state = "inactive";

/* While php.ini is read an entry has no value yet: the default, mh_arg3 of them all, is in force. */
static zend_result refuse(const zend_ini_entry *entry, const zend_string *value, const char *accepted)
{
	const char *pool = fps_worker_pool(), *used = entry->value ? ZSTR_VAL(entry->value) : (const char *) entry->mh_arg3;
	bool is_long = strlen(used) >= sizeof config.log; /* a list */

	fps_configwarnings_add("%s%s%s = \"%.640s\" is not valid: set %s; until then it is %s%.*s%s%s", pool ? pool : "",
		pool ? ": " : "", ZSTR_VAL(entry->name), value ? ZSTR_VAL(value) : "", accepted, used[0] ? "\"" : "",
		is_long ? 60 : (int) sizeof config.log, used[0] ? used : "not set", is_long ? "..." : "", used[0] ? "\"" : "");
	return FAILURE;
}

/* Stricter than the engine, to which every word is a boolean. mh_arg1: the bool. */
static ZEND_INI_MH(on_update_bool)
{
	static const char *const words[][2] = {{"0", "1"}, {"off", "on"}, {"no", "yes"}, {"false", "true"}, {"", "1"}};
	const char *word = new_value ? ZSTR_VAL(new_value) : "";

	(void) mh_arg2, (void) mh_arg3, (void) stage;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		for (int value = 0; value < 2; value++) {
			if (strcasecmp(word, words[i][value]) == 0) {
				*(bool *) mh_arg1 = value;
				return SUCCESS;
			}
		}
	}
	return refuse(entry, new_value, "on or off");
}

/* mh_arg1: the zend_long, mh_arg2: two longs, the least and the greatest value. */
static ZEND_INI_MH(on_update_long)
{
	const zend_long *range = mh_arg2;
	char accepted[64], *end = NULL;
	zend_long value;

	(void) mh_arg3, (void) stage;
	errno = 0;
	value = new_value ? ZEND_STRTOL(ZSTR_VAL(new_value), &end, 10) : 0;
	if (!end || !isdigit((unsigned char) ZSTR_VAL(new_value)[0]) || *end || errno || value < range[0]
		|| value > range[1]) {
		snprintf(
			accepted, sizeof accepted, "a whole number from " ZEND_LONG_FMT " to " ZEND_LONG_FMT, range[0], range[1]);
		return refuse(entry, new_value, accepted);
	}
	*(zend_long *) mh_arg1 = value;
	return SUCCESS;
}

/* The same, or 0 for off. */
static ZEND_INI_MH(on_update_interval)
{
	if (new_value && strcmp(ZSTR_VAL(new_value), "0") == 0) {
		*(zend_long *) mh_arg1 = 0;
		return SUCCESS;
	}
	return on_update_long(entry, new_value, mh_arg1, mh_arg2, mh_arg3, stage);
}

static ZEND_INI_MH(on_update_log)
{
	const char *log = new_value ? ZSTR_VAL(new_value) : "";

	(void) mh_arg1, (void) mh_arg2, (void) mh_arg3, (void) stage;
	if ((log[0] && log[0] != '/' && strcmp(log, "stderr") != 0) || strlen(log) >= sizeof config.log) {
		return refuse(entry, new_value, "an absolute path of at most 511 bytes, \"stderr\", or nothing");
	}
	memcpy(config.log, log, strlen(log) + 1);
	return SUCCESS;
}

static ZEND_INI_MH(on_update_blackbox)
{
	const char *directory = new_value ? ZSTR_VAL(new_value) : "";

	(void) mh_arg1, (void) mh_arg2, (void) mh_arg3, (void) stage;
	if ((directory[0] && directory[0] != '/') || strlen(directory) >= sizeof blackbox) {
		return refuse(entry, new_value, "an absolute path of at most 511 bytes, or nothing");
	}
	memcpy(blackbox, directory, strlen(directory) + 1);
	return SUCCESS;
}

/* mh_arg1: the field of config.service. */
static ZEND_INI_MH(on_update_service)
{
	const char *text = new_value ? ZSTR_VAL(new_value) : "";

	(void) mh_arg2, (void) mh_arg3, (void) stage;
	if (strlen(text) >= sizeof config.service.name) {
		return refuse(entry, new_value, "a text of at most 63 bytes");
	}
	memcpy(mh_arg1, text, strlen(text) + 1);
	return SUCCESS;
}

static ZEND_INI_MH(on_update_calls)
{
	(void) mh_arg1, (void) mh_arg2, (void) mh_arg3, (void) stage;
	return fps_sig_namelist_set_calls(new_value ? ZSTR_VAL(new_value) : "")
		? SUCCESS
		: refuse(
			entry, new_value, "names of functions or Class::method, separated by commas, at most 48 and 1,536 bytes");
}

static ZEND_INI_MH(on_update_parameters)
{
	(void) mh_arg1, (void) mh_arg2, (void) mh_arg3, (void) stage;
	return fps_sig_namelist_set_parameters(new_value ? ZSTR_VAL(new_value) : "")
		? SUCCESS
		: refuse(entry, new_value, "names of query parameters, separated by commas, at most 48 and 1,536 bytes");
}

/* What takes the name of a hook or an event first. Symfony's EventDispatcher takes it second. */
#define CALLS \
	"do_action, do_action_ref_array, do_action_deprecated, apply_filters, apply_filters_ref_array, " \
	"apply_filters_deprecated, module_invoke_all, drupal_alter, Drupal\\Core\\Extension\\ModuleHandler::invokeAll, " \
	"Drupal\\Core\\Extension\\ModuleHandler::alter, Illuminate\\Events\\Dispatcher::dispatch, Mage::dispatchEvent, " \
	"Magento\\Framework\\Event\\Manager::dispatch, Joomla\\Event\\Dispatcher::dispatch, HookCore::exec, " \
	"Enlight_Event_EventManager::notify, Enlight_Event_EventManager::filter, " \
	"Laminas\\EventManager\\EventManager::trigger, yii\\base\\Component::trigger, " \
	"Cake\\Event\\EventManager::dispatch, CodeIgniter\\Events\\Events::trigger, " \
	"Doctrine\\Common\\EventManager::dispatchEvent, MediaWiki\\HookContainer\\HookContainer::run, " \
	"phpbb\\event\\dispatcher::trigger_event"

static zend_long frames_range[] = {10, FPS_MAX_FRAMES};
static zend_long timeout_range[] = {1, 60}, per_minute_range[] = {0, 1000000};
static zend_long interval_range[] = {10, 10000}, percent_range[] = {0, 100};
static zend_long seconds_range[] = {0, 86400};

#define DIRECTIVE(name, value, on_update, arg1, arg2) \
	PHP_INI_ENTRY3(name, value, PHP_INI_SYSTEM, on_update, arg1, arg2, value)

PHP_INI_BEGIN()
	DIRECTIVE("fpmsentinel.enable", "1", on_update_bool, &enabled, NULL)
	DIRECTIVE("fpmsentinel.log", "", on_update_log, NULL, NULL)
	DIRECTIVE("fpmsentinel.blackbox", "", on_update_blackbox, NULL, NULL)
	DIRECTIVE("fpmsentinel.last_words", "1", on_update_bool, &config.last_words, NULL)
	DIRECTIVE("fpmsentinel.stderr", "1", on_update_bool, &config.standard_error, NULL)
	DIRECTIVE("fpmsentinel.max_frames", "64", on_update_long, &config.max_frames, frames_range)
	DIRECTIVE("fpmsentinel.handler_timeout", "2", on_update_long, &config.handler_timeout, timeout_range)
	DIRECTIVE("fpmsentinel.query_string", "0", on_update_bool, &config.query_string, NULL)
	DIRECTIVE("fpmsentinel.query_parameters", "", on_update_parameters, NULL, NULL)
	DIRECTIVE("fpmsentinel.calls", CALLS, on_update_calls, NULL, NULL)
	DIRECTIVE("fpmsentinel.client_ip", "1", on_update_bool, &config.client_ip, NULL)
	DIRECTIVE("fpmsentinel.service_name", "", on_update_service, config.service.name, NULL)
	DIRECTIVE("fpmsentinel.service_version", "", on_update_service, config.service.version, NULL)
	DIRECTIVE("fpmsentinel.environment", "", on_update_service, config.service.environment, NULL)
	DIRECTIVE("fpmsentinel.fatal_errors", "1", on_update_bool, &config.fatal_errors, NULL)
	DIRECTIVE("fpmsentinel.max_per_minute", "60", on_update_long, &config.max_per_minute, per_minute_range)
	DIRECTIVE("fpmsentinel.sample_interval", "100", on_update_interval, &config.sample_interval, interval_range)
	DIRECTIVE("fpmsentinel.memory_warning", "80", on_update_long, &config.memory_warning, percent_range)
	DIRECTIVE("fpmsentinel.time_warning", "80", on_update_long, &config.time_warning, percent_range)
	DIRECTIVE("fpmsentinel.request_timeout", "0", on_update_long, &config.request_timeout, seconds_range)
	DIRECTIVE("fpmsentinel.peer_closed", "1", on_update_bool, &config.peer_closed, NULL)
	DIRECTIVE("fpmsentinel.lifecycle", "0", on_update_bool, &config.lifecycle, NULL)
PHP_INI_END()

/* Warns at the start, also of `php-fpm -t`; opens the log as the coroner does for each record. */
static void check_log(void)
{
	static const char
		usable[] = "set a file, in a directory that exists, which the user who starts FPM can write",
		safe[] = "set a file in a directory where only root can rename entries, such as " FPS_DEFAULT_LOG
				 ", and create it as root (install -m 640 /dev/null FILE) if a group can write to that directory";
	char words[512];
	struct fps_sig_buf why;
	int fd, error;

	if (config.log[0] != '/') {
		return;
	}
	fps_sig_buf_init(&why, words, sizeof words);
	fd = fps_sig_trustedpath_open_log(config.log, &why);
	error = errno;
	if (fd >= 0) {
		close(fd);
		return;
	}
	fps_sig_buf_terminate(&why);
	fps_configwarnings_add(
		"fpmsentinel.log = \"%.400s\": %s; %s. Until then records go to FPM's standard error, or to " FPS_DEFAULT_LOG
		" once FPM is in the background",
		config.log, why.len ? words : fps_sig_names_error(error), error == FPS_SIG_TRUSTEDPATH_REFUSED ? safe : usable);
}

static void open_box(const char *host)
{
	const char *reason = "";
	struct fps_boxfile_header *header;

	if (!blackbox[0]) {
		return;
	}
	if (fps_boxfile_open(blackbox, &reason) == -1) {
		fps_configwarnings_add(
			"fpmsentinel.blackbox = \"%s\": %s; set a directory that belongs to the user who starts FPM and "
			"that nobody else can write to. Until then the black box is in anonymous memory: if master, "
			"workers and coroner die at once, there is no record",
			blackbox, reason);
		return;
	}
	header = fps_boxfile_header();
	snprintf(header->host, sizeof header->host, "%s", host);
	snprintf(header->php_version, sizeof header->php_version, "%s", PHP_VERSION);
	snprintf(header->extension_version, sizeof header->extension_version, "%s", PHP_FPMSENTINEL_VERSION);
}

static void start_fpm(const char *host)
{
	memcpy(config.php_ini_log, config.log, sizeof config.log);
	check_log();
	open_box(host);
	if (fps_warnonce_init() == -1 || fps_forks_init() == -1
		|| fps_coroner_start(config.php_ini_log, &config.channel) == -1 || fps_worker_prepare(&config) != 0) {
		fps_configwarnings_add(
			"fpmsentinel: cannot start the coroner (error %d): raise FPM's limits (ulimit -n and -u, "
			"systemd's TasksMax=) and restart it. "
			"Until then each worker records only its own death",
			errno);
		fps_boxfile_close();
	}
	fps_boxfile_close_header();
}

static void watch(void)
{
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	fps_sig_record_init(host, PHP_VERSION, PHP_FPMSENTINEL_VERSION);
	fps_service_read_environment();
	fps_sig_unwind_learn_program();
	config.is_fpm = strcmp(sapi_module.name, "fpm-fcgi") == 0;
	if (config.is_fpm && php_during_module_startup()) {
		start_fpm(host);
	}
	fps_hooks_install(&config);
	state = config.is_fpm ? "active" : "active, without nginx and pools: this is not php-fpm";
}

/* In a worker, or in a script's dl(): where it is too late for a black box and a coroner. */
static void start_late(void)
{
	if (strcmp(sapi_module.name, "fpm-fcgi") != 0 || SG(server_context)) {
		state = "inactive: loaded in a request";
		return;
	}
	php_log_err_with_severity("fpmsentinel: loaded by a pool's php_admin_value[extension]: its workers record what "
							  "they can themselves; for a coroner load it in php.ini",
		LOG_WARNING);
	watch();
}

static PHP_MINIT_FUNCTION(fpmsentinel)
{
	(void) type;
	REGISTER_INI_ENTRIES();
	if (!enabled) {
		state = "inactive: fpmsentinel.enable is off";
	} else if (!php_during_module_startup()) {
		start_late();
	} else {
		watch();
	}
	fps_configwarnings_started();
	return SUCCESS;
}

static PHP_MSHUTDOWN_FUNCTION(fpmsentinel)
{
	(void) type;
	fps_configwarnings_ending();
	fps_hooks_module_shutdown();
	UNREGISTER_INI_ENTRIES();
	return SUCCESS;
}

PHP_FUNCTION(fpmsentinel_annotate)
{
	zend_string *key, *text, *temporary = NULL;
	zval *value;

	ZEND_PARSE_PARAMETERS_START(2, 2)
		Z_PARAM_STR(key)
		Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();

	if (Z_TYPE_P(value) > IS_STRING) {
		zend_argument_type_error(2, "must be of type string|int|float|bool|null, %s given", zend_zval_type_name(value));
		RETURN_THROWS();
	}
	switch (Z_TYPE_P(value)) {
		case IS_NULL: RETURN_BOOL(fps_hooks_annotate(key, NULL));
		case IS_FALSE: RETURN_BOOL(fps_hooks_annotate(key, ZSTR_KNOWN(ZEND_STR_FALSE)));
		case IS_TRUE: RETURN_BOOL(fps_hooks_annotate(key, ZSTR_KNOWN(ZEND_STR_TRUE)));
		default:
			text = zval_get_tmp_string(value, &temporary);
			RETVAL_BOOL(fps_hooks_annotate(key, text));
			zend_tmp_string_release(temporary);
	}
}

/* Whether somebody else writes this process's records; in FPM's start, whether there will be somebody. */
static bool has_coroner(void)
{
	return config.channel.fpm >= 0 ? !fps_channel_is_cut(&config.channel, 0) : fps_sig_doorbell_answers();
}

PHP_FUNCTION(fpmsentinel_status)
{
	const struct fps_slot *slot = fps_hooks_slot();
	const char *library = fps_sig_unwind_library();
	char id[32];
	struct fps_sig_buf text;

	ZEND_PARSE_PARAMETERS_NONE();

	array_init(return_value);
	add_assoc_string(return_value, "state", state);
	add_assoc_bool(return_value, "watched", slot != NULL);
	add_assoc_bool(return_value, "several_threads", fps_sig_engine_is_shared());
	add_assoc_bool(return_value, "coroner", has_coroner());
	add_assoc_string(return_value, "log", config.log);
	add_assoc_bool(return_value, "last_words", config.last_words);
	add_assoc_string(return_value, "native_stack", library ? library : "");
	if (slot) {
		fps_sig_buf_init(&text, id, sizeof id);
		fps_sig_message_death_id(slot, &text);
		add_assoc_string(return_value, "pool", slot->who.pool);
		add_assoc_long(return_value, "requests_served", (zend_long) slot->requests_served);
		add_assoc_stringl(return_value, "event_id", id, text.len);
	}
}

static PHP_MINFO_FUNCTION(fpmsentinel)
{
	const char *library = fps_sig_unwind_library();

	php_info_print_table_start();
	php_info_print_table_row(2, "fpmsentinel", state);
	php_info_print_table_row(2, "Version", PHP_FPMSENTINEL_VERSION);
	php_info_print_table_row(2, "This process", fps_hooks_is_watched() ? "watched" : "not watched");
	if (fps_sig_engine_is_shared()) {
		php_info_print_table_row(
			2, "Threads", "several run PHP: requests are recorded for the first one, faults for the others");
	}
	php_info_print_table_row(2, "Coroner", has_coroner() ? "running" : "none: each process records only its own death");
	php_info_print_table_row(2, "Native stack", library ? library : "not available: built without libunwind");
	php_info_print_table_end();
	DISPLAY_INI_ENTRIES();
}

zend_module_entry fpmsentinel_module_entry = {STANDARD_MODULE_HEADER, "fpmsentinel", ext_functions,
	PHP_MINIT(fpmsentinel), PHP_MSHUTDOWN(fpmsentinel), fps_hooks_request_startup, NULL, PHP_MINFO(fpmsentinel),
	PHP_FPMSENTINEL_VERSION, STANDARD_MODULE_PROPERTIES};

#ifdef COMPILE_DL_FPMSENTINEL
ZEND_GET_MODULE(fpmsentinel)
#endif
