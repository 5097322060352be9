/* What the environment names. */
#include "base/environment.h"

#include "base/alloc.h"
#include "base/trusted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * PHP loads the extensions that its ini files name, OpenSSL the engines, iconv() the modules of GCONV_PATH, and the
 * programs that are run here inherit all of them. Not the variables that start this program otherwise (LD_PRELOAD):
 * whoever sets those runs already.
 */
static const char *const variables[] = {"PHPRC", "PHP_INI_SCAN_DIR", "OPENSSL_CONF", "OPENSSL_ENGINES",
	"OPENSSL_MODULES", "SSL_CERT_FILE", "SSL_CERT_DIR", "GCONV_PATH", "LOCPATH", "NLSPATH", "TZ", "TZDIR"};

/* An absolute path in a list of them, which may not be there. */
static bool is_safe(const char *variable, struct fps_span path)
{
	char *copy = fps_alloc_copy(path, 0), *name = fps_alloc_format("%s=%s", variable, copy);
	bool safe = *copy == '/' && !fps_trusted_refuses(copy, 0, name);

	if (*copy != '/') {
		fps_trusted_note(name, fps_alloc_format("that is relative to the current directory"));
	}
	free(name);
	free(copy);
	return safe;
}

/* A time zone is a name below TZDIR, if it is no path. An empty entry of a list is what is built in. */
static bool names_path(const char *variable, struct fps_span entry)
{
	if (strcmp(variable, "TZ") == 0) {
		return fps_span_begins(entry, "/") || fps_span_find(entry, "..") != NULL;
	}
	return entry.len > 0;
}

static bool all_safe(const char *variable, const char *value)
{
	struct fps_span rest = fps_span_of(value), entry;
	bool safe = true;

	while (safe && fps_span_next(&rest, ":", &entry)) {
		safe = !names_path(variable, entry) || is_safe(variable, entry);
	}
	return safe;
}

void fps_environment_clean(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): no threads */

		if (value && !all_safe(variables[i], value)) {
			unsetenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): no threads */
		}
	}
}

void fps_environment_reduce(void)
{
	static const char *const kept[] = {"TERM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LESS"};
	char *values[sizeof(kept) / sizeof(kept[0])] = {NULL};

	if (geteuid() != 0) {
		return;
	}
	/* NOLINTBEGIN(concurrency-mt-unsafe): no threads */
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = getenv(kept[i]);

		values[i] = value ? fps_alloc_copy(fps_span_of(value), 0) : NULL;
	}
	clearenv();
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (values[i]) {
			setenv(kept[i], values[i], 1);
		}
		free(values[i]);
	}
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("LESSSECURE", "1", 1);
	/* NOLINTEND(concurrency-mt-unsafe) */
}

char *fps_environment_program(const char *name)
{
	const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): no threads */
	char *all = fps_alloc_format("%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin"), *found = NULL;
	struct fps_span rest = fps_span_of(all), folder;

	while (found == NULL && fps_span_next(&rest, ":", &folder)) {
		char *candidate = fps_alloc_format("%.*s/%s", FPS_SPAN_ARGS(folder), name);
		struct fps_trusted file = fps_trusted_find(-1, candidate, FPS_TRUST_ANYBODY, 0);

		/* not for relative entries: anybody may own the current directory */
		if (file.fd >= 0 && S_ISREG(file.status.st_mode) && (file.status.st_mode & 0111)) {
			found = fps_trusted_path(candidate);
		}
		fps_trusted_free(&file);
		free(candidate);
	}
	free(all);
	return found;
}

/* Where libdebuginfod keeps what it was sent, by its own order of variables. */
bool fps_environment_has_cache(void)
{
	static const struct {
		const char *variable, *below;
	} places[] = {
		{"DEBUGINFOD_CACHE_PATH", ""}, {"XDG_CACHE_HOME", "/debuginfod_client"}, {"HOME", "/.cache/debuginfod_client"}};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *value = getenv(places[i].variable); /* NOLINT(concurrency-mt-unsafe): no threads */

		if (value && *value) {
			char *path = fps_alloc_format("%s%s", value, places[i].below);
			bool safe = is_safe(places[i].variable, fps_span_of(path));

			free(path);
			return safe;
		}
	}
	return true;
}
