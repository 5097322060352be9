/* The command `setup`. */
#include "base/alloc.h"
#include "base/run.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "command/setupfile.h"
#include "rules/settingplace.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

enum { MAX_FILES = 4 };

struct options {
	const char *php, *fpm, *etc;
	bool write, undo;
};

static const struct fps_option rows[] = {
	{'w', "write", NULL, NULL,
		"install the files and keep backups (NAME~); undone if php-fpm -t or nginx -t then fails", fps_options_flag,
		offsetof(struct options, write)},
	{'u', "undo", NULL, NULL, "remove them, and restore the backups", fps_options_flag, offsetof(struct options, undo)},
	{'b', "php", "BINARY", NULL, "php-fpm; else that of the running FPM, or the newest one in /usr/sbin",
		fps_options_text, offsetof(struct options, php)},
	{'c', "fpm-conf", "FILE", NULL, "php-fpm.conf", fps_options_text, offsetof(struct options, fpm)},
	{'e', "etc", "FOLDER", NULL, "where logrotate.d and tmpfiles.d are (/etc)", fps_options_text,
		offsetof(struct options, etc)},
	FPS_OPTIONS_END,
};

struct setup {
	struct fps_setupfile files[MAX_FILES];
	size_t count;
	struct fps_setupfile *nginx; /* one of them; NULL: no nginx here */
	bool extension, loaded;      /* where PHP looks for it; loaded already, by another ini file */
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

static void add(struct setup *setup, char *path, char comment, const char *content, bool named)
{
	setup->files[setup->count++] = fps_setupfile_make(path, comment, content, named);
}

/* Where /etc, or the folder that is given in its place, has such a folder. Frees the content. */
static void add_to_etc(struct setup *setup, const char *given, const char *name, char *content)
{
	char *path = fps_alloc_format("%s/%s", given ? given : "/etc", name);
	char *folder = fps_alloc_format("%.*s", (int) (strrchr(path, '/') - path), path);

	if (access(folder, F_OK) == 0) {
		add(setup, path, '#', content, given != NULL);
	} else {
		free(path);
	}
	free(folder);
	free(content);
}

/* False: the one file that there must be has no place. */
static bool collect(struct setup *setup, const struct fps_server *server, const char *etc)
{
	const char *scanned = fps_phpinfo_value(&server->ini, "Scan this dir for additional .ini files");
	char *module = fps_alloc_format("%s/fpmsentinel.so", fps_phpinfo_value(&server->ini, "extension_dir"));
	char *ini = fps_alloc_format("%.*s/50-fpmsentinel.ini", (int) strcspn(scanned, ":"), scanned);

	setup->loaded = *fps_phpinfo_value(&server->ini, "fpmsentinel.enable") && access(ini, F_OK) != 0;
	setup->extension = setup->loaded || access(module, R_OK) == 0;
	free(module);
	if (*scanned == '/' && !setup->loaded) {
		add(setup, ini, ';', fps_asset_ini, false);
	} else {
		free(ini);
	}
	if (server->nginx.file_count) {
		const char *conf = server->nginx.files[0].name, *slash = strrchr(conf, '/');

		setup->nginx = &setup->files[setup->count];
		add(setup, fps_alloc_format("%.*s" PARAMETERS, slash ? (int) (slash - conf) : 1, slash ? conf : "."), '#',
			fps_asset_fastcgi, false);
	}
	add_to_etc(setup, etc, "logrotate.d/fpmsentinel", logrotate_for(server));
	add_to_etc(setup, etc, "tmpfiles.d/fpmsentinel.conf", tmpfiles_for(server));
	return *scanned == '/' || setup->loaded
		|| fps_warn("this PHP reads no folder of .ini files: put conf/fpmsentinel.ini into its php.ini");
}

static const char *state_name(enum fps_setup_state state)
{
	static const char *const names[] = {"to be written", "in place", "in place, of an earlier version",
		"changed by somebody: left alone", "cannot be read"};

	return names[state];
}

static const char already[] =
	"PHP-FPM loads the extension already, by an ini file that is somebody's: that is left as it is.";

static int print(const struct setup *setup)
{
	if (setup->loaded) {
		puts(already);
	}
	for (size_t i = 0; i < setup->count; i++) {
		fps_terminal_say("==> %s (%s)", setup->files[i].path, state_name(fps_setupfile_state(&setup->files[i])));
		fps_terminal_print_lines(stdout, setup->files[i].content);
		putchar('\n');
	}
	if (!setup->extension) {
		puts("The extension is not where this PHP looks for it yet: make install puts it there.");
	}
	puts("'fpmsentinel setup --write' puts these in place.");
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
		good = (!setup->files[i].written || fps_setupfile_remove(&setup->files[i])) && good;
	}
	fps_warn("The files %s restored", good ? "were" : "could not be");
	return FPS_EXIT_TROUBLE;
}

static void next_steps(const struct setup *setup, const struct fps_server *server)
{
	const char *unit = server->machine.unit;

	puts("\nThe configuration is valid. Next:");
	for (size_t i = 0; setup->nginx && i < server->pair_count; i++) {
		if (!fps_nginxpass_gets(server->pairs[i].pass, "NGINX_CONNECTION")) {
			char *where = fps_settingplace_beside(server->pairs[i].pass);

			fps_terminal_say("  %s:  include fastcgi-fpmsentinel.conf;", where);
			free(where);
		}
	}
	if (server->machine.unit) {
		puts("  systemd-tmpfiles --create");
		fps_terminal_say("  systemctl reload %s%s", unit, setup->nginx ? " nginx" : "");
	} else {
		fps_terminal_say(
			"  a reload of PHP-FPM (SIGUSR2 to its master)%s", setup->nginx ? " and of nginx (nginx -s reload)" : "");
	}
	puts("  fpmsentinel doctor");
}

static int write_file(struct fps_setupfile *file)
{
	enum fps_setup_state state = fps_setupfile_state(file);
	bool wanted = state == FPS_SETUP_MISSING || state == FPS_SETUP_OLDER;

	if (state == FPS_SETUP_UNREADABLE || (wanted && !fps_setupfile_write(file))) {
		return fail(file);
	}
	fps_terminal_say("%s: %s", file->path, wanted || file->written ? "written" : state_name(state));
	return state == FPS_SETUP_CHANGED ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

static int write_files(struct setup *setup, struct fps_server *server)
{
	int status = FPS_EXIT_EXPLAINED;

	if (!setup->extension) {
		fps_warn("the extension is not where this PHP looks for it: run make install. Nothing was written");
		return FPS_EXIT_TROUBLE;
	}
	if (setup->loaded) {
		puts(already);
	}
	for (size_t i = 0; i < setup->count && status != FPS_EXIT_TROUBLE; i++) {
		status = worse(status, write_file(&setup->files[i]));
	}
	if (status == FPS_EXIT_TROUBLE || !php_is_valid(server) || (setup->nginx && !nginx_is_valid())) {
		return take_back(setup);
	}
	fps_serverconfig_pair(server);
	next_steps(setup, server);
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
		file = fps_setupfile_make(
			fps_alloc_format("%.*s" PARAMETERS, (int) (end - path), path), '#', fps_asset_fastcgi, false);
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
	struct fps_setupfile *file = &setup->awaited;

	if (file->written && setup->nginx && strcmp(setup->nginx->path, file->path) == 0) {
		setup->nginx->written = true;
		setup->nginx->replaced = file->replaced;
	} else if (file->written) {
		fps_setupfile_remove(file);
	}
	fps_setupfile_free(file);
	*file = (struct fps_setupfile) {.path = NULL};
}

/* nginx would not start any more without it. */
static int put_back(struct fps_setupfile *file)
{
	bool back = fps_setupfile_write(file);

	fps_terminal_say("%s: %s", file->path,
		back ? "put back, as nginx includes it: take that include away first" : "removed, but nginx includes it");
	return back ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_TROUBLE;
}

static int undo_file(struct fps_setupfile *file, bool is_nginx)
{
	enum fps_setup_state state = fps_setupfile_state(file);

	if (state == FPS_SETUP_MISSING) {
		return FPS_EXIT_EXPLAINED;
	}
	if (state == FPS_SETUP_CHANGED) {
		fps_terminal_say("%s: %s", file->path, state_name(state));
		return FPS_EXIT_UNEXPLAINED;
	}
	if (state == FPS_SETUP_UNREADABLE || !fps_setupfile_remove(file)) {
		return fail(file);
	}
	if (is_nginx && !nginx_is_valid()) {
		return put_back(file);
	}
	fps_terminal_say("%s: removed", file->path);
	return FPS_EXIT_EXPLAINED;
}

static int undo(struct setup *setup)
{
	int status = FPS_EXIT_EXPLAINED;

	for (size_t i = 0; i < setup->count; i++) {
		status = worse(status, undo_file(&setup->files[i], &setup->files[i] == setup->nginx));
	}
	return status;
}

static void release(struct setup *setup)
{
	adopt_awaited(setup);
	for (size_t i = 0; i < setup->count; i++) {
		fps_setupfile_free(&setup->files[i]);
	}
}

static int run(void *parsed)
{
	const struct options *options = parsed;
	struct fps_server server = {.pair_count = 0};
	struct setup setup = {.count = 0};
	int status = FPS_EXIT_TROUBLE;
	bool whole;

	if (options->write && options->undo) {
		return fps_command_misuse(&fps_command_setup, "--write and --undo exclude each other");
	}
	if (!options->undo) {
		put_awaited(&setup, options->write);
	}
	whole = fps_serverconfig_read_nginx(&server, NULL);
	whole = fps_serverconfig_read_fpm(&server, options->fpm, options->php) && whole;
	if (server.ini.settings.count == 0) {
		fps_warn("no PHP-FPM found: use --php");
	} else if ((whole || options->undo) && collect(&setup, &server, options->etc)) {
		adopt_awaited(&setup);
		status = options->undo ? undo(&setup) : options->write ? write_files(&setup, &server) : print(&setup);
	}
	release(&setup);
	fps_serverconfig_free(&server);
	return whole && fflush(stdout) == 0 ? status : FPS_EXIT_TROUBLE;
}

const struct fps_command fps_command_setup = {
	.name = "setup",
	.summary = "install the configuration files that fpmsentinel needs",
	.usage = "[OPTION]...",
	.about = "Prints the files that fpmsentinel needs besides its extension, and their places: an ini file for PHP, "
			 "FastCGI parameters for nginx, and files for logrotate and tmpfiles.d. A file that has been changed is "
			 "never overwritten, and nothing is restarted or reloaded.",
	.options = rows,
	.notes = {"Exit status: 0 success, 1 a changed file was left alone, 2 something could not be done."},
	.size = sizeof(struct options),
	.run = run,
};
