/* The command `setup`. */
#include "base/alloc.h"
#include "base/run.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "command/setupfile.h"
#include "command/setupsteps.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of conf/, as they are; the folders that build this are all two below the top. */
#define ASSET(name, file) \
	extern const char name[]; /* NOLINT(bugprone-macro-parentheses): a name */ \
	__asm__(".section .rodata\n" #name ":\n.incbin \"../../conf/" file "\"\n.byte 0\n.previous\n")

ASSET(fps_asset_ini, "fpmsentinel.ini");
ASSET(fps_asset_fastcgi, "fastcgi-fpmsentinel.conf");
ASSET(fps_asset_logrotate, "fpmsentinel.logrotate");
ASSET(fps_asset_tmpfiles, "fpmsentinel.tmpfiles");

#define PARAMETERS "/fastcgi-fpmsentinel.conf"

#define PACKAGED_PARAMETERS "/usr/share/fpmsentinel" PARAMETERS

struct options {
	const char *php, *fpm, *etc;
	bool write, undo, force;
};

static const struct fps_option rows[] = {
	{'w', "write", NULL, NULL,
		"install the files and keep backups (NAME~); undone if php-fpm -t or nginx -t then fails", fps_options_flag,
		offsetof(struct options, write)},
	{'u', "undo", NULL, NULL, "remove them, and the backups", fps_options_flag, offsetof(struct options, undo)},
	{'f', "force", NULL, NULL, "with --undo: remove them even if they were edited", fps_options_flag,
		offsetof(struct options, force)},
	{'b', "php", "BINARY", NULL, "php-fpm; else that of every running FPM, or the newest one in /usr/sbin",
		fps_options_text, offsetof(struct options, php)},
	{'c', "fpm-conf", "FILE", NULL, "php-fpm.conf", fps_options_text, offsetof(struct options, fpm)},
	{'e', "etc", "FOLDER", NULL, "where logrotate.d and tmpfiles.d are (/etc)", fps_options_text,
		offsetof(struct options, etc)},
	FPS_OPTIONS_END,
};

struct setup {
	struct fps_server **servers; /* one for each FPM; the first one's user is the one of the log's files */
	size_t server_count;
	struct fps_setupfile *files;
	size_t count;
	size_t nginx;    /* the index of nginx's file; `count` or more: no nginx here */
	const char *etc; /* given; NULL: /etc */
	char *root;      /* in which /etc is, without a slash at the end */
	bool container;
	struct fps_setupfile
		awaited; /* what nginx includes and does not find, until it is one of the files; without a path: nothing */
};

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	return at ? fps_alloc_format("%.*s%s%s", (int) (at - text), text, to, at + strlen(from))
			  : fps_alloc_format("%s", text);
}

/* Of the first pool, "" if it is not known. */
static const char *pool_value(const struct fps_server *server, const char *name)
{
	const struct fps_section *pools;

	return fps_serverconfig_pools(server, &pools) ? fps_fpmconf_value(&pools[0], name) : "";
}

/* The folder as the user of the first pool writes to it. */
static char *tmpfiles_for(const struct fps_server *server)
{
	const char *user = pool_value(server, "user");

	return replaced(fps_asset_tmpfiles, "www-data", *user ? user : "www-data");
}

/* Pools' logs are rotated as that user. One that does not exist would have logrotate skip the whole file. */
static char *logrotate_for(const struct fps_server *server)
{
	const char *user = pool_value(server, "user"), *group = pool_value(server, "group"),
			   *pools = strstr(fps_asset_logrotate, "\n# Pools' logs");
	const struct passwd *entry = getpwnam(*user ? user : "www-data"); /* NOLINT(concurrency-mt-unsafe): no threads */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	const struct group *primary = entry ? getgrgid(entry->pw_gid) : NULL;
	char *su, *text;

	if (primary == NULL || pools == NULL) {
		return fps_alloc_format("%.*s", pools ? (int) (pools - fps_asset_logrotate) : 0, fps_asset_logrotate);
	}
	su = fps_alloc_format("su %s %s", entry->pw_name, *group ? group : primary->gr_name);
	text = replaced(fps_asset_logrotate, "su www-data www-data", su);
	free(su);
	return text;
}

/* Takes ownership of the path. Two FPMs may read the same folder. */
static void add(struct setup *setup, struct fps_setupfile file)
{
	for (size_t i = 0; i < setup->count; i++) {
		if (strcmp(setup->files[i].path, file.path) == 0) {
			fps_setupfile_free(&file);
			return;
		}
	}
	FPS_ALLOC_APPEND(setup->files, setup->count) = file;
}

/*
 * Adds a file that a package may have installed elsewhere, `packaged` below the root, or NULL: that one serves as long
 * as there is no file at the path. Takes ownership of the path.
 */
static void add_unless_packaged(
	struct setup *setup, const char *packaged, char *path, const char *asset, const char *content, bool named)
{
	char *installed = fps_alloc_format("%s%s", setup->root, packaged ? packaged : "");
	struct stat status;
	bool serves = packaged && access(installed, R_OK) == 0 && lstat(path, &status) != 0 && errno == ENOENT;
	struct fps_setupfile file = fps_setupfile_make(serves ? installed : path, '#', asset, content, named);

	file.packaged = serves;
	free(serves ? path : installed);
	add(setup, file);
}

/* Where /etc has such a folder. Frees the content. */
static void add_to_etc(struct setup *setup, const char *packaged, const char *name, const char *asset, char *content)
{
	char *path = fps_alloc_format("%s/%s", setup->etc ? setup->etc : "/etc", name);
	char *folder = fps_alloc_folder(path);

	if (access(folder, F_OK) == 0) {
		add_unless_packaged(setup, packaged, path, asset, content, setup->etc != NULL);
	} else {
		free(path);
	}
	free(folder);
	free(content);
}

/* The file that loads the extension, in the first folder that this PHP scans. NULL: it scans none. */
static char *ini_of(const struct fps_server *server)
{
	const char *scanned = fps_phpinfo_value(&server->ini, "Scan this dir for additional .ini files");

	return *scanned == '/' ? fps_alloc_format("%.*s/50-fpmsentinel.ini", (int) strcspn(scanned, ":"), scanned) : NULL;
}

/* Whether another ini file loads it already. */
static bool is_loaded(const struct fps_server *server)
{
	char *ini = ini_of(server);
	bool loaded = *fps_phpinfo_value(&server->ini, "fpmsentinel.enable") && (ini == NULL || access(ini, F_OK) != 0);

	free(ini);
	return loaded;
}

/* Whether the extension is where this PHP looks for it. */
static bool is_installed(const struct fps_server *server)
{
	char *module = fps_alloc_format("%s/fpmsentinel.so", fps_phpinfo_value(&server->ini, "extension_dir"));
	bool installed = is_loaded(server) || access(module, R_OK) == 0;

	free(module);
	return installed;
}

/* Standard error is what a container's log is made of; a file is lost with it. */
static char *ini_for(const struct setup *setup)
{
	return replaced(fps_asset_ini, "\nfpmsentinel.log = /var/log/fpmsentinel.jsonl",
		setup->container ? "\nfpmsentinel.log = stderr" : "\nfpmsentinel.log = /var/log/fpmsentinel.jsonl");
}

/* False: the one file that there must be has no place. */
static bool add_ini(struct setup *setup, const struct fps_server *server)
{
	char *path = ini_of(server), *content;

	if (is_loaded(server) || path == NULL) {
		free(path);
		return is_loaded(server)
			|| fps_warn("%s reads no folder of .ini files: put conf/fpmsentinel.ini into its php.ini", server->php);
	}
	content = ini_for(setup);
	add(setup, fps_setupfile_make(path, ';', fps_asset_ini, content, false));
	free(content);
	return true;
}

static void add_for_nginx(struct setup *setup)
{
	const char *conf = setup->servers[0]->nginx.files[0].name, *slash = strrchr(conf, '/');

	setup->nginx = setup->count;
	add_unless_packaged(setup, PACKAGED_PARAMETERS,
		fps_alloc_format("%.*s" PARAMETERS, slash ? (int) (slash - conf) : 1, slash ? conf : "."), fps_asset_fastcgi,
		fps_asset_fastcgi, false);
}

static bool collect(struct setup *setup, bool undo)
{
	const struct fps_server *first = setup->servers[0];
	bool good = true;

	setup->container = fps_machine_is_container(&first->machine, setup->root);
	for (size_t i = 0; i < setup->server_count; i++) {
		good = add_ini(setup, setup->servers[i]) && good;
	}
	setup->nginx = SIZE_MAX;
	if (first->nginx.file_count) {
		add_for_nginx(setup);
	}
	if (!setup->container || undo) {
		add_to_etc(setup, NULL, "logrotate.d/fpmsentinel", fps_asset_logrotate, logrotate_for(first));
		add_to_etc(setup, "/usr/lib/tmpfiles.d/fpmsentinel.conf", "tmpfiles.d/fpmsentinel.conf", fps_asset_tmpfiles,
			tmpfiles_for(first));
	}
	return good;
}

static const char *state_name(enum fps_setup_state state)
{
	static const char *const names[] = {"to be written", "in place", "in place, of an earlier version",
		"in place, from a package", "edited since setup wrote it: left alone", "not written by setup: left alone",
		"cannot be read"};

	return names[state];
}

static bool is_wanted(enum fps_setup_state state)
{
	return state == FPS_SETUP_MISSING || state == FPS_SETUP_OLDER;
}

static void describe_server(const struct fps_server *server)
{
	pid_t pid = server->machine.running.pid;
	char *runs = pid ? fps_alloc_format("pid %d", (int) pid) : fps_alloc_format("not running");

	fps_terminal_say("PHP-FPM %s: %s, %s, %s", fps_phpinfo_value(&server->ini, "PHP Version"), server->php,
		fps_serverconfig_main(server), runs);
	if (is_loaded(server)) {
		puts("  It loads the extension already, by an ini file that setup has not written: left alone.");
	}
	if (!is_installed(server)) {
		fps_terminal_say("  The extension is not where this PHP looks for it, %s: build it for this PHP, then run make "
						 "install.",
			fps_phpinfo_value(&server->ini, "extension_dir"));
	}
	free(runs);
}

static void describe_servers(const struct setup *setup)
{
	const struct fps_fpmmasters *running = &setup->servers[0]->machine.running;

	for (size_t i = 0; i < setup->server_count; i++) {
		describe_server(setup->servers[i]);
	}
	for (size_t i = 0; i < running->passed_count; i++) {
		fps_terminal_say(
			"Left out: pid %d, %s: %s", (int) running->passed[i].pid, running->passed[i].title, running->passed[i].why);
	}
}

static void describe(const struct setup *setup)
{
	describe_servers(setup);
	if (setup->container) {
		puts("In a container records go to standard error (fpmsentinel.log = stderr); there is no log to rotate.");
	}
}

static int print(const struct setup *setup)
{
	bool wanted = false;

	describe(setup);
	for (size_t i = 0; i < setup->count; i++) {
		char *diff = fps_setupfile_diff(&setup->files[i]);

		fps_terminal_say("==> %s (%s)", setup->files[i].path, state_name(fps_setupfile_state(&setup->files[i])));
		if (*diff) {
			fps_terminal_print_lines(stdout, diff);
		}
		wanted = wanted || *diff;
		free(diff);
	}
	puts(wanted ? "'fpmsentinel setup --write' puts these in place." : "Nothing is missing.");
	return FPS_EXIT_EXPLAINED;
}

/* Whether a program is content with its configuration, and the extension is loaded; what the program says otherwise. */
static bool is_valid(const char *const arguments[], bool loaded)
{
	struct fps_output output = fps_run(arguments);
	bool good = output.status == 0 && loaded;

	if (!good) {
		fps_serverconfig_cite(*output.errors ? output.errors : output.out);
	}
	fps_run_free(&output);
	return good;
}

static bool nginx_is_valid(void)
{
	static const char *const arguments[] = {"nginx", "-t", NULL};

	return is_valid(arguments, true);
}

/*
 * PHP does not fail if it cannot load an extension. Without a php.ini it reports that in a page, which php-fpm does not
 * have here.
 */
static bool php_is_valid(const struct fps_server *server)
{
	const char *const arguments[] = {server->php, "-d", "display_errors=0", "-t", "-y", server->fpm.files[0], NULL};
	struct fps_phpinfo ini = {.error = NULL};
	bool loaded =
		fps_phpinfo_load(&ini, server->php, server->ini.also) && *fps_phpinfo_value(&ini, "fpmsentinel.enable");

	fps_phpinfo_free(&ini);
	return is_valid(arguments, loaded);
}

static int worse(int one, int other)
{
	return one > other ? one : other;
}

static int fail(const struct fps_setupfile *file)
{
	fps_warn("%s: %m", file->path);
	return FPS_EXIT_TROUBLE;
}

static int take_back(struct setup *setup)
{
	bool good = true;

	for (size_t i = 0; i < setup->count; i++) {
		good = (!setup->files[i].written || fps_setupfile_take_back(&setup->files[i])) && good;
	}
	fps_warn("The files %s restored", good ? "were" : "could not be");
	return FPS_EXIT_TROUBLE;
}

static void print_steps(struct setup *setup)
{
	struct fps_setupsteps done = {.include = NULL};

	for (size_t i = 0; i < setup->count; i++) {
		const struct fps_setupfile *file = &setup->files[i];

		done.written = done.written || file->written;
		done.tmpfiles = done.tmpfiles || (file->written && file->asset == fps_asset_tmpfiles);
	}
	if (setup->nginx < setup->count) {
		done.include = setup->files[setup->nginx].packaged ? setup->files[setup->nginx].path : &PARAMETERS[1];
	}
	for (size_t i = 0; i < setup->server_count; i++) {
		fps_serverconfig_pair(setup->servers[i]);
	}
	fps_setupsteps_print(setup->servers, setup->server_count, &done);
}

static int write_file(struct fps_setupfile *file)
{
	enum fps_setup_state state = fps_setupfile_state(file);
	bool wanted = is_wanted(state);

	if (state == FPS_SETUP_UNREADABLE || (wanted && !fps_setupfile_write(file))) {
		return fail(file);
	}
	fps_terminal_say("%s: %s", file->path, wanted || file->written ? "written" : state_name(state));
	return state == FPS_SETUP_EDITED || state == FPS_SETUP_FOREIGN ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

/* False: a configuration is refused now, or does not load the extension. */
static bool is_all_valid(const struct setup *setup)
{
	for (size_t i = 0; i < setup->server_count; i++) {
		if (!php_is_valid(setup->servers[i])) {
			return false;
		}
	}
	return setup->nginx >= setup->count || nginx_is_valid();
}

static int write_files(struct setup *setup)
{
	int status = FPS_EXIT_EXPLAINED;

	describe(setup);
	for (size_t i = 0; i < setup->server_count; i++) {
		if (!is_installed(setup->servers[i])) {
			fps_warn(
				"%s has no extension to load: run make install, or name another FPM with --php. Nothing was written",
				setup->servers[i]->php);
			return FPS_EXIT_TROUBLE;
		}
	}
	for (size_t i = 0; i < setup->count && status != FPS_EXIT_TROUBLE; i++) {
		status = worse(status, write_file(&setup->files[i]));
	}
	if (status == FPS_EXIT_TROUBLE || !is_all_valid(setup)) {
		return take_back(setup);
	}
	print_steps(setup);
	return status;
}

/*
 * Where nginx includes its parameters already, and refuses its configuration for want of them: that file, so that
 * --write can put it there before all else. Without a path if that is not so.
 */
static struct fps_setupfile awaited_parameters(void)
{
	const char *arguments[] = {"nginx", "-t", NULL};
	struct fps_output output = fps_run(arguments);
	const char *end = output.status ? strstr(output.errors, PARAMETERS "\" failed (2: ") : NULL, *path = end;
	struct fps_setupfile file = {.path = NULL};

	while (path && path > output.errors && path[-1] != '"') {
		path--;
	}
	if (path) {
		file = fps_setupfile_make(fps_alloc_format("%.*s" PARAMETERS, (int) (end - path), path), '#', fps_asset_fastcgi,
			fps_asset_fastcgi, false);
	}
	fps_run_free(&output);
	return file;
}

static void put_awaited(struct setup *setup, bool write)
{
	setup->awaited = awaited_parameters();
	if (setup->awaited.path && !write) {
		fps_warn("nginx includes %s, which does not exist: --write installs it", setup->awaited.path);
	} else if (setup->awaited.path && !fps_setupfile_write(&setup->awaited)) {
		fail(&setup->awaited);
	}
}

/* From then on it is one of the other files, or it is removed. Afterwards there is no awaited one. */
static void adopt_awaited(struct setup *setup)
{
	struct fps_setupfile *file = &setup->awaited,
						 *nginx = setup->nginx < setup->count ? &setup->files[setup->nginx] : NULL;

	if (file->written && nginx && strcmp(nginx->path, file->path) == 0) {
		nginx->written = true;
		nginx->replaced = file->replaced;
	} else if (file->written) {
		fps_setupfile_take_back(file);
	}
	fps_setupfile_free(file);
	*file = (struct fps_setupfile) {.path = NULL};
}

/* Whether nginx would not start without it. The file is there again afterwards. */
static bool is_included(const struct fps_setupfile *file)
{
	bool included = fps_setupfile_set_aside(file, false) && !nginx_is_valid();

	fps_setupfile_set_aside(file, true);
	return included;
}

static int undo_file(const struct fps_setupfile *file, bool is_nginx, bool force)
{
	enum fps_setup_state state = fps_setupfile_state(file);
	bool edited = state == FPS_SETUP_EDITED;

	if (state == FPS_SETUP_MISSING) {
		return FPS_EXIT_EXPLAINED;
	}
	if (state == FPS_SETUP_FOREIGN || state == FPS_SETUP_PACKAGED || (edited && !force)) {
		fps_terminal_say("%s: %s%s", file->path, state_name(state), edited ? "; --force removes it" : "");
		return state == FPS_SETUP_PACKAGED ? FPS_EXIT_EXPLAINED : FPS_EXIT_UNEXPLAINED;
	}
	if (state != FPS_SETUP_UNREADABLE && is_nginx && is_included(file)) {
		fps_terminal_say("%s: left in place, as nginx includes it: remove that include first", file->path);
		return FPS_EXIT_UNEXPLAINED;
	}
	if (state == FPS_SETUP_UNREADABLE || !fps_setupfile_remove(file)) {
		return fail(file);
	}
	fps_terminal_say("%s: removed%s", file->path, edited ? ", although it was edited" : "");
	return FPS_EXIT_EXPLAINED;
}

static int undo(const struct setup *setup, bool force)
{
	int status = FPS_EXIT_EXPLAINED;

	describe_servers(setup);
	for (size_t i = 0; i < setup->count; i++) {
		status = worse(status, undo_file(&setup->files[i], i == setup->nginx, force));
	}
	return status;
}

/* An FPM more, with nginx's configuration: what is there of it. False: it has said why not. */
static bool read_server(struct setup *setup, const char *fpm_conf, const char *php)
{
	struct fps_server *server = fps_alloc(1, sizeof(*server));
	bool whole = fps_serverconfig_read_nginx(server, NULL);

	FPS_ALLOC_APPEND(setup->servers, setup->server_count) = server;
	return fps_serverconfig_read_fpm(server, fpm_conf, php) && whole;
}

/* The FPM that the options name, or every one that runs. */
static bool read_servers(struct setup *setup, const struct options *options)
{
	bool whole = read_server(setup, options->fpm, options->php);
	const struct fps_fpmmasters *running = &setup->servers[0]->machine.running;

	for (size_t i = 0; i < running->other_count && (whole || options->undo); i++) {
		whole = read_server(setup, running->others[i].conf, running->others[i].php) && whole;
	}
	return whole;
}

static void release(struct setup *setup)
{
	adopt_awaited(setup);
	for (size_t i = 0; i < setup->count; i++) {
		fps_setupfile_free(&setup->files[i]);
	}
	for (size_t i = 0; i < setup->server_count; i++) {
		fps_serverconfig_free(setup->servers[i]);
		free(setup->servers[i]);
	}
	free(setup->files);
	free(setup->servers);
	free(setup->root);
}

/* The folder that --etc names, and what it is in. */
static bool find_etc(struct setup *setup, const char *given)
{
	char *real = given ? realpath(given, NULL) : fps_alloc_format("/etc");
	struct stat status;
	bool good = real && stat(real, &status) == 0 && (S_ISDIR(status.st_mode) || (errno = ENOTDIR) == 0);

	if (!good && given) {
		fps_warn("--etc %s: %m", given);
	}
	setup->etc = given;
	setup->root = real ? fps_alloc_folder(real) : NULL;
	if (setup->root && strcmp(setup->root, "/") == 0) {
		*setup->root = '\0';
	}
	free(real);
	return good || given == NULL;
}

static int act(struct setup *setup, const struct options *options)
{
	bool whole = read_servers(setup, options);
	int status = FPS_EXIT_TROUBLE;

	if (setup->servers[0]->ini.settings.count == 0) {
		fps_warn("no PHP-FPM found: use --php");
	} else if ((whole || options->undo) && collect(setup, options->undo)) {
		adopt_awaited(setup);
		status = options->undo ? undo(setup, options->force) : options->write ? write_files(setup) : print(setup);
	}
	return whole ? status : FPS_EXIT_TROUBLE;
}

static int run(void *parsed)
{
	const struct options *options = parsed;
	struct setup setup = {.nginx = SIZE_MAX};
	int status = FPS_EXIT_TROUBLE;

	if (options->write && options->undo) {
		return fps_command_misuse(&fps_command_setup, "--write and --undo exclude each other");
	}
	if (options->force && !options->undo) {
		return fps_command_misuse(&fps_command_setup, "--force is for --undo only");
	}
	if (find_etc(&setup, options->etc)) {
		if (!options->undo) {
			put_awaited(&setup, options->write);
		}
		status = act(&setup, options);
	}
	release(&setup);
	return fflush(stdout) == 0 ? status : FPS_EXIT_TROUBLE;
}

const struct fps_command fps_command_setup = {
	.name = "setup",
	.summary = "install the configuration files that fpmsentinel needs",
	.usage = "[OPTION]...",
	.about = "Shows, as a diff, the files that fpmsentinel needs besides its extension: an ini file for each PHP-FPM, "
			 "FastCGI parameters for nginx, and files for logrotate and tmpfiles.d. What a package has installed is "
			 "not installed again. A file that has been edited is never overwritten, and nothing is restarted or "
			 "reloaded.",
	.options = rows,
	.notes = {"Exit status: 0 success, 1 an edited file was left alone, 2 something could not be done."},
	.size = sizeof(struct options),
	.run = run,
};
