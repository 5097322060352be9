/* The folders of packages, frameworks and a site's own code. */
#include "log/frameworkpaths.h"

#include "base/alloc.h"

#include <string.h>

/* A process shows one site's stacks, or as many sites' as it has been told of. */
static const char **named;
static size_t named_count;

bool fps_frameworkpaths_add_own(void *unused, const char *folder)
{
	(void) unused;
	if (*folder == '\0') {
		return false;
	}
	FPS_ALLOC_APPEND(named, named_count) = folder;
	return true;
}

/* What a folder or file in a path says of the code below it; "core/lib" is two of them. */
static const struct {
	const char *name;
	enum { IN_PACKAGE, IN_CORE, IN_ADDITION } what;
} places[] = {
	{"vendor", IN_PACKAGE},
	{"node_modules", IN_PACKAGE},
	{"plugins", IN_ADDITION},
	{"mu-plugins", IN_ADDITION},
	{"themes", IN_ADDITION},
	{"modules/custom", IN_ADDITION},
	{"core/lib", IN_CORE},
	{"wp-includes", IN_CORE},
	{"wp-admin", IN_CORE},
	/* files in the site's folder, which load all else */
	{"wp-settings.php", IN_CORE},
	{"wp-blog-header.php", IN_CORE},
};

/* Which of these are in a path, a bit each. */
static unsigned places_in(struct fps_span file)
{
	const char *end = file.at + file.len, *at = memchr(file.at, '/', file.len);
	unsigned found = 0;

	for (; at != NULL; at = memchr(at, '/', (size_t) (end - at))) {
		at++;
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			const size_t len = strlen(places[i].name);

			if ((size_t) (end - at) >= len && *at == *places[i].name && memcmp(at, places[i].name, len) == 0
				&& (at + len == end || at[len] == '/' || at[len] == ':')) {
				found |= 1U << places[i].what;
			}
		}
	}
	return found;
}

static bool is_named(struct fps_span file)
{
	for (size_t i = 0; i < named_count; i++) {
		size_t len = strlen(named[i]);

		len -= named[i][len - 1] == '/';
		if (file.len > len && memcmp(file.at, named[i], len) == 0 && file.at[len] == '/') {
			return true;
		}
	}
	return false;
}

enum fps_frameworkpaths_owner fps_frameworkpaths_owner(struct fps_span file)
{
	unsigned found;

	if (file.len == 0) {
		return FPS_FRAMEWORKPATHS_NONE;
	}
	if (is_named(file)) {
		return FPS_FRAMEWORKPATHS_NAMED;
	}
	found = places_in(file);
	if (found & 1U << IN_PACKAGE) {
		return FPS_FRAMEWORKPATHS_NONE;
	}
	if (found & 1U << IN_ADDITION) {
		return FPS_FRAMEWORKPATHS_ADDED;
	}
	return found & 1U << IN_CORE ? FPS_FRAMEWORKPATHS_NONE : FPS_FRAMEWORKPATHS_SITE;
}
