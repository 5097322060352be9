/* The command `setup`. */
#include "base/alloc.h"
#include "base/page.h"
#include "base/run.h"
#include "base/warn.h"
#include "command.h"
#include "command/setupfile.h"
#include "rules/place.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: fpmsentinel setup [OPTION]...\n"
	"\n"
	"Prints what fpmsentinel needs beside its extension, and where: a file for php.ini's folder, FastCGI parameters "
	"for nginx, logrotate's\n"
	"and tmpfiles.d's. A file that has been changed is never overwritten, and nothing is restarted or reloaded.\n"
	"\n"
	"  -w, --write           put the files in place, a backup (NAME~) beside; taken back if php-fpm -t or nginx -t "
	"then fails\n"
	"  -u, --undo            remove them again, and put the backups back\n"
	"  -b, --php BINARY      php-fpm; else that of the running FPM, or the newest one in /usr/sbin\n"
	"  -c, --fpm-conf FILE   php-fpm.conf\n"
	"  -e, --etc FOLDER      where logrotate.d and tmpfiles.d are (/etc)\n"
	"  -h, --help\n"
	"\n"
	"The exit status is 0 if all is as it should be, 1 if a changed file was left alone, 2 if something could not be "
	"done.\n";

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
	bool write, undo, help;
};

struct setup {
	struct fps_setupfile files[MAX_FILES];
	size_t count;
	struct fps_setupfile *nginx; /* one of them; NULL: no nginx here */
	bool extension, loaded;      /* where PHP looks for it; already, by an ini file of somebody else's */
};

static bool parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"write", no_argument, NULL, 'w'},
		{"undo", no_argument, NULL, 'u'},
		{"php", required_argument, NULL, 'b'},
		{"fpm-conf", required_argument, NULL, 'c'},
		{"etc", required_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel setup";
	int option;

	argv[0] = name;
	while ((option = getopt_long(argc, argv, "wub:c:e:h", known, NULL)) != -1) {
		switch (option) {
			case 'w': options->write = true; break;
			case 'u': options->undo = true; break;
			case 'b': options->php = optarg; break;
			case 'c': options->fpm = optarg; break;
			case 'e': options->etc = optarg; break;
			case 'h': options->help = true; break;
			default: return false;
		}
	}
	if (optind < argc || (options->write && options->undo)) {
		fps_warn("fpmsentinel setup: %s", optind < argc ? "it takes no files" : "--write, or --undo?");
		return false;
	}
	return true;
}

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

	return fps_server_pools(server, &pools) ? fps_fpmconf_value(&pools[0], name) : "";
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

/* False: the one file that there must be has no place. */
static bool collect(struct setup *setup, const struct fps_server *server, const char *given)
{
	const char *etc = given ? given : "/etc";
	bool named = given != NULL;
	const char *scanned = fps_phpini_value(&server->ini, "Scan this dir for additional .ini files");
	char *module = fps_alloc_format("%s/fpmsentinel.so", fps_phpini_value(&server->ini, "extension_dir"));
	char *tmpfiles = tmpfiles_for(server), *logrotate = logrotate_for(server),
		 *rotated = fps_alloc_format("%s/logrotate.d", etc), *made = fps_alloc_format("%s/tmpfiles.d", etc);

	char *ini = fps_alloc_format("%.*s/50-fpmsentinel.ini", (int) strcspn(scanned, ":"), scanned);

	setup->loaded = *fps_phpini_value(&server->ini, "fpmsentinel.enable") && access(ini, F_OK) != 0;
	setup->extension = setup->loaded || access(module, R_OK) == 0;
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
	if (access(rotated, F_OK) == 0) {
		add(setup, fps_alloc_format("%s/fpmsentinel", rotated), '#', logrotate, named);
	}
	if (access(made, F_OK) == 0) {
		add(setup, fps_alloc_format("%s/fpmsentinel.conf", made), '#', tmpfiles, named);
	}
	free(module);
	free(tmpfiles);
	free(logrotate);
	free(rotated);
	free(made);
	return *scanned == '/' || setup->loaded
		|| fps_server_complain("this PHP reads no folder of .ini files: put conf/fpmsentinel.ini into its php.ini");
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
		fps_page_say("==> %s (%s)", setup->files[i].path, state_name(fps_setupfile_state(&setup->files[i])));
		fps_page_print_lines(stdout, setup->files[i].content);
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
		fps_server_cite(*output.errors ? output.errors : output.out);
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
 * What PHP cannot load is no error for it. Without a php.ini it would say so in a page, which php-fpm has none of here.
 */
static bool php_is_valid(const struct fps_server *server)
{
	const char *const arguments[] = {server->php, "-d", "display_errors=0", "-t", "-y", server->fpm.files[0], NULL};
	struct fps_phpini ini = {.error = NULL};
	bool loaded = fps_phpini_load(&ini, server->php, server->ini.also) && *fps_phpini_value(&ini, "fpmsentinel.enable");

	fps_phpini_free(&ini);
	return is_valid(arguments, loaded);
}

static bool take_back(struct setup *setup)
{
	bool good = true;

	for (size_t i = 0; i < setup->count; i++) {
		good = (!setup->files[i].written || fps_setupfile_remove(&setup->files[i])) && good;
	}
	return good;
}

static void next_steps(const struct setup *setup, const struct fps_server *server)
{
	const char *unit = server->machine.unit;

	puts("\nThe configuration is valid. Next:");
	for (size_t i = 0; setup->nginx && i < server->pair_count; i++) {
		if (!fps_nginxpass_gets(server->pairs[i].pass, "NGINX_CONNECTION")) {
			char *where = fps_place_beside(server->pairs[i].pass);

			fps_page_say("  %s:  include fastcgi-fpmsentinel.conf;", where);
			free(where);
		}
	}
	if (server->machine.unit) {
		puts("  systemd-tmpfiles --create");
		fps_page_say("  systemctl reload %s%s", unit, setup->nginx ? " nginx" : "");
	} else {
		fps_page_say(
			"  a reload of PHP-FPM (SIGUSR2 to its master)%s", setup->nginx ? " and of nginx (nginx -s reload)" : "");
	}
	puts("  fpmsentinel doctor");
}

static int write_files(struct setup *setup, const struct fps_server *server)
{
	int status = FPS_EXIT_EXPLAINED;

	if (!setup->extension) {
		fps_server_complain(
			"the extension is not where this PHP looks for it: make install puts it there. Nothing was written");
		return FPS_EXIT_TROUBLE;
	}
	if (setup->loaded) {
		puts(already);
	}
	for (size_t i = 0; i < setup->count; i++) {
		struct fps_setupfile *file = &setup->files[i];
		enum fps_setup_state state = fps_setupfile_state(file);
		bool wanted = state == FPS_SETUP_MISSING || state == FPS_SETUP_OLDER;

		if (state == FPS_SETUP_UNREADABLE || (wanted && !fps_setupfile_write(file))) {
			/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
			fps_warn("fpmsentinel: %s: %s", file->path, strerror(errno));
			fps_server_complain(take_back(setup) ? "what was written before was taken back"
												 : "what was written before could not be taken back");
			return FPS_EXIT_TROUBLE;
		}
		fps_page_say("%s: %s", file->path, wanted || file->written ? "written" : state_name(state));
		status = state == FPS_SETUP_CHANGED ? 1 : status;
	}
	if (!php_is_valid(server) || (setup->nginx && !nginx_is_valid())) {
		bool back = take_back(setup);

		fps_server_complain(back ? "The files were taken back" : "The files could not be taken back");
		return FPS_EXIT_TROUBLE;
	}
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

static void put_awaited(struct fps_setupfile *file, bool write)
{
	if (file->path && !write) {
		fps_warn("fpmsentinel: nginx includes %s, which is not there: --write puts it in place", file->path);
	} else if (file->path && !fps_setupfile_write(file)) {
		fps_warn("fpmsentinel: %s: %s", file->path, strerror(errno)); /* NOLINT(concurrency-mt-unsafe): no threads */
	}
}

/* It is one of the others from then on, or goes again. There is none afterwards. */
static void adopt_awaited(struct setup *setup, struct fps_setupfile *file)
{
	if (file->written && setup->nginx && strcmp(setup->nginx->path, file->path) == 0) {
		setup->nginx->written = true;
		setup->nginx->replaced = file->replaced;
	} else if (file->written) {
		fps_setupfile_remove(file);
	}
	fps_setupfile_free(file);
	*file = (struct fps_setupfile) {.path = NULL};
}

static int worse(int one, int other)
{
	return one > other ? one : other;
}

static int undo(struct setup *setup)
{
	int status = FPS_EXIT_EXPLAINED;

	for (size_t i = 0; i < setup->count; i++) {
		struct fps_setupfile *file = &setup->files[i];
		enum fps_setup_state state = fps_setupfile_state(file);

		if (state == FPS_SETUP_MISSING) {
			continue;
		}
		if (state == FPS_SETUP_CHANGED) {
			fps_page_say("%s: %s", file->path, state_name(state));
			status = worse(status, 1);
		} else if (state == FPS_SETUP_UNREADABLE || !fps_setupfile_remove(file)) {
			/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
			fps_warn("fpmsentinel: %s: %s", file->path, strerror(errno));
			status = FPS_EXIT_TROUBLE;
		} else if (file == setup->nginx && !nginx_is_valid()) { /* which would not start any more */
			bool back = fps_setupfile_write(file);

			fps_page_say("%s: %s", file->path,
				back ? "put back, as nginx includes it: take that include away first"
					 : "removed, but nginx includes it");
			status = back ? worse(status, 1) : FPS_EXIT_TROUBLE;
		} else {
			fps_page_say("%s: removed", file->path);
		}
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct options options = {.etc = NULL};
	struct fps_server server = {.pair_count = 0};
	struct setup setup = {.count = 0};
	struct fps_setupfile awaited = {.path = NULL};
	int status = FPS_EXIT_TROUBLE;

	if (!parse_options(&options, argc, argv)) {
		fputs("Try 'fpmsentinel setup --help'.\n", stderr);
		return FPS_EXIT_TROUBLE;
	}
	if (options.help) {
		fputs(usage, stdout);
		return FPS_EXIT_EXPLAINED;
	}
	if (!options.undo) {
		awaited = awaited_parameters();
		put_awaited(&awaited, options.write);
	}
	bool nginx = fps_server_read_nginx(&server, NULL), fpm = fps_server_read_fpm(&server, options.fpm, options.php);

	if (server.ini.settings.count == 0) {
		fps_server_complain("no PHP-FPM is here: give --php");
	} else if (options.undo && collect(&setup, &server, options.etc)) {
		/* also what a configuration that is broken has no more of */
		status = undo(&setup);
		status = nginx && fpm ? status : FPS_EXIT_TROUBLE;
	} else if (!options.undo && nginx && fpm && collect(&setup, &server, options.etc)) {
		adopt_awaited(&setup, &awaited);
		fps_server_pair(&server);
		status = options.write ? write_files(&setup, &server) : print(&setup);
	}
	adopt_awaited(&setup, &awaited);
	for (size_t i = 0; i < setup.count; i++) {
		fps_setupfile_free(&setup.files[i]);
	}
	fps_server_free(&server);
	return fflush(stdout) == 0 ? status : FPS_EXIT_TROUBLE;
}

const struct fps_command fps_command_setup = {"setup", "install the configuration files that fpmsentinel needs", run};
