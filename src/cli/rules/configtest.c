/* Tests the plan with nginx -t and php-fpm -t. */
#include "rules/configtest.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "config/inifile.h"

#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DEPTH = 20 };

/* The file as the plan changes it, or as it is if `patch` is NULL or leaves it alone. NULL: it can't be read. */
static char *text_of(const struct fps_server *server, const struct fps_patch *patch, const char *name)
{
	char *real = realpath(name, NULL);
	const char *is = real ? real : name;
	size_t len;

	for (size_t i = 0; patch && i < patch->count; i++) {
		if (strcmp(patch->files[i].name, is) == 0) {
			free(real);
			return fps_patch_after(&patch->files[i]);
		}
	}
	free(real);
	for (size_t i = 0; i < server->nginx.file_count; i++) {
		if (strcmp(server->nginx.files[i].name, name) == 0) {
			return fps_alloc_copy(server->nginx.files[i].text, 0);
		}
	}
	return fps_readfile(name, &len);
}

/* Makes a name absolute; like nginx, takes relative ones as relative to the main file's folder. */
static char *absolute(const char *main_file, struct fps_span name)
{
	char *folder = fps_alloc_folder(main_file);
	char *path =
		fps_span_begins(name, "/") ? fps_alloc_copy(name, 0) : fps_alloc_format("%s/%.*s", folder, FPS_SPAN_ARGS(name));

	free(folder);
	return path;
}

/* An "include = NAME" of FPM, alone on its line: takes NAME. */
static bool is_fpm_include(struct fps_span line, struct fps_span *name)
{
	fps_span_skip_all(&line, " \t");
	if (!fps_span_skip(&line, "include")) {
		return false;
	}
	size_t before = line.len;

	fps_span_skip_all(&line, " \t=");
	*name = line;
	name->len = 0;
	while (name->len < line.len && !strchr(" \t\r;", line.at[name->len])) {
		name->len++;
	}
	return line.len < before && name->len && *name->at != '"' && *name->at != '\'';
}

/* If the text begins with nginx's "include NAME;", takes it off and returns the name without quotes. */
static bool take_include(struct fps_span *text, struct fps_span *name)
{
	struct fps_span rest = *text;

	if (!fps_span_skip(&rest, "include") || rest.len == 0 || !strchr(" \t", *rest.at)) {
		return false;
	}
	fps_span_skip_all(&rest, " \t");
	char quote = '\0';

	if (rest.len && strchr("\"'", *rest.at)) {
		quote = *rest.at;
	}
	const char *ends = quote ? (char[]) {quote, '\0'} : " \t\r;";

	fps_span_skip(&rest, (char[]) {quote, '\0'});
	*name = (struct fps_span) {rest.at, 0};
	while (name->len < rest.len && !strchr(ends, rest.at[name->len])) {
		name->len++;
	}
	rest = (struct fps_span) {rest.at + name->len, rest.len - name->len};
	fps_span_skip(&rest, (char[]) {quote, '\0'});
	fps_span_skip_all(&rest, " \t");
	if (name->len == 0 || !fps_span_skip(&rest, ";")) {
		return false;
	}
	*text = rest;
	return true;
}

/* The text up to nginx's next include, or all of it. False: nothing is left. */
static bool next_include(struct fps_span *text, struct fps_span *before, struct fps_span *name)
{
	int quote = '\0', last = ';';

	*before = (struct fps_span) {text->at, 0};
	while (text->len) {
		int c = (unsigned char) *text->at;

		if (!quote && strchr(";{}", last) && take_include(text, name)) {
			return true;
		}
		if (!quote && c == '#' && strchr(";{} \t", last)) {
			before->len += text->len;
			text->len = 0;
			return false;
		}
		if (c == '\\' && text->len > 1) {
			*text = (struct fps_span) {text->at + 1, text->len - 1};
			before->len++;
		}
		quote = c == quote ? '\0' : !quote && (c == '"' || c == '\'') ? c : quote;
		last = strchr(" \t", c) ? last : c;
		*text = (struct fps_span) {text->at + 1, text->len - 1};
		before->len++;
	}
	return false;
}

static void inline_file(
	FILE *out, const struct fps_server *server, const struct fps_patch *patch, const char *name, bool nginx, int depth);

/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH */
static void inline_nginx(
	FILE *out, const struct fps_server *server, const struct fps_patch *patch, struct fps_span include, int depth)
{
	char *pattern = absolute(server->nginx.files[0].name, include);

	for (size_t i = 0; i < server->nginx.file_count; i++) {
		if (fnmatch(pattern, server->nginx.files[i].name, FNM_PATHNAME | FNM_PERIOD) == 0) {
			inline_file(out, server, patch, server->nginx.files[i].name, true, depth + 1);
		}
	}
	free(pattern);
}

/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH */
static void inline_fpm(
	FILE *out, const struct fps_server *server, const struct fps_patch *patch, struct fps_span include, int depth)
{
	char *pattern = absolute(fps_serverconfig_main(server), include);
	glob_t names;

	if (glob(pattern, 0, NULL, &names) == 0) { /* NOLINT(concurrency-mt-unsafe): no threads */
		for (size_t i = 0; i < names.gl_pathc; i++) {
			inline_file(out, server, patch, names.gl_pathv[i], false, depth + 1);
		}
		globfree(&names);
	}
	free(pattern);
}

/* A file with its included files inserted in place. */
/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH */
static void inline_file(
	FILE *out, const struct fps_server *server, const struct fps_patch *patch, const char *name, bool nginx, int depth)
{
	char *text = depth < MAX_DEPTH ? text_of(server, patch, name) : NULL;
	struct fps_span rest = fps_span_of(text), line, before, include;

	while (text && fps_span_next(&rest, "\n", &line)) {
		while (nginx && next_include(&line, &before, &include)) {
			fprintf(out, "%.*s\n", FPS_SPAN_ARGS(before));
			inline_nginx(out, server, patch, include, depth);
		}
		if (!nginx && is_fpm_include(line, &include)) {
			inline_fpm(out, server, patch, include, depth);
		} else {
			fprintf(out, "%.*s\n", FPS_SPAN_ARGS(nginx ? before : line));
		}
	}
	free(text);
}

/* Links everything beside nginx.conf into the copy, since the configuration may name it by a relative path. */
static void link_folder(const char *folder, const char *from)
{
	DIR *entries = opendir(from);

	for (const struct dirent *entry;
		 entries && (entry = readdir(entries)) != NULL;) { /* NOLINT(concurrency-mt-unsafe) */
		char *target = fps_alloc_format("%s/%s", from, entry->d_name);
		char *link = fps_alloc_format("%s/%s", folder, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			(void) !symlink(target, link);
		}
		free(target);
		free(link);
	}
	if (entries) {
		closedir(entries);
	}
}

static void remove_folder(const char *folder)
{
	DIR *entries = opendir(folder);

	for (const struct dirent *entry;
		 entries && (entry = readdir(entries)) != NULL;) { /* NOLINT(concurrency-mt-unsafe) */
		unlinkat(dirfd(entries), entry->d_name, 0);
	}
	if (entries) {
		closedir(entries);
	}
	rmdir(folder);
}

/* NULL: the program accepts it. Otherwise the program's message, which the caller frees. */
static char *refusal_of(const char *const *arguments)
{
	struct fps_output output = fps_run(arguments);
	char *error = output.status == 0 ? NULL : fps_alloc_format("%s", output.errors);

	fps_run_free(&output);
	return error;
}

static char *run_nginx(const struct fps_server *server, const struct fps_patch *patch, const char *folder)
{
	char *path = fps_alloc_format("%s/plan.conf", folder), *error;
	const char *const arguments[] = {"nginx", "-t", "-c", path, NULL};
	FILE *file = fopen(path, "we");

	if (file) {
		inline_file(file, server, patch, server->nginx.files[0].name, true, 0);
		fclose(file);
	}
	error = refusal_of(arguments); /* also if a file could not be written */
	free(path);
	return error;
}

/* Clears the pools' log settings: as root, php-fpm -t would create these files. */
static char *run_fpm(const struct fps_server *server, const struct fps_patch *patch, const char *folder)
{
	char *path = fps_alloc_format("%s/plan-fpm.conf", folder), *error;
	const char *const arguments[] = {server->php, "-d", "fpmsentinel.enable=0", "-t", "-y", path, NULL};
	FILE *file = fopen(path, "we");
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);

	if (file) {
		inline_file(file, server, patch, fps_serverconfig_main(server), false, 0);
		for (size_t i = 0; i < count; i++) {
			fprintf(file, "[%s]\nslowlog = /dev/null\naccess.log = /dev/null\n", pools[i].name);
		}
		fputs("[global]\nerror_log = /dev/null\nlog_level = notice\n", file);
		fclose(file);
	}
	error = refusal_of(arguments); /* also if a file could not be written */
	free(path);
	return error;
}

typedef char *run_program(const struct fps_server *server, const struct fps_patch *patch, const char *folder);

/* A program that refuses the configuration as it is says nothing about the plan. */
static enum fps_tried try_with(
	run_program *run, const struct fps_server *server, const struct fps_patch *patch, const char *folder, char **error)
{
	char *before = run(server, NULL, folder), *after = before ? NULL : run(server, patch, folder);
	enum fps_tried tried = before ? FPS_CONFIGTEST_NOT : after ? FPS_CONFIGTEST_REFUSED : FPS_CONFIGTEST_TAKEN;

	free(before);
	if (after) {
		fps_alloc_append(error, "%s", after);
		free(after);
	}
	return tried;
}

struct fps_configtest fps_configtest_plan(const struct fps_server *server, const struct fps_patch *patch)
{
	char folder[] = "/tmp/fpmsentinel-XXXXXX";
	struct fps_configtest tried = {FPS_CONFIGTEST_NOT, FPS_CONFIGTEST_NOT, NULL};

	if (patch->count == 0 || mkdtemp(folder) == NULL) {
		return tried;
	}
	if (server->nginx_here && server->nginx.file_count) {
		char *beside = fps_alloc_folder(server->nginx.files[0].name);

		link_folder(folder, beside);
		free(beside);
		tried.nginx = try_with(run_nginx, server, patch, folder, &tried.error);
	}
	if (server->fpm.count && server->php) {
		tried.fpm = try_with(run_fpm, server, patch, folder, &tried.error);
	}
	remove_folder(folder);
	return tried;
}

void fps_configtest_free(struct fps_configtest *tried)
{
	free(tried->error);
}
