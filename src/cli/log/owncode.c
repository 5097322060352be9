/* The folders of packages, frameworks and a site's own code. */
#include "log/owncode.h"

#include "base/alloc.h"

#include <string.h>

/* A process shows one site's stacks, or as many sites' as it has been told of. */
static const char **named;
static size_t named_count;

bool fps_owncode_add(void *unused, const char *folder)
{
	(void) unused;
	if (*folder == '\0') {
		return false;
	}
	FPS_ALLOC_APPEND(named, named_count) = folder;
	return true;
}

static bool is_below(struct fps_span file, const char *const *folders)
{
	for (; *folders; folders++) {
		if (fps_span_find(file, *folders)) {
			return true;
		}
	}
	return false;
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

enum fps_owncode fps_owncode_of(struct fps_span file)
{
	static const char *const packages[] = {"/vendor/", "/node_modules/", NULL};
	/* the last two: files of WordPress's own in the site's folder, which load all else */
	static const char *const cores[] = {
		"/wp-includes/", "/wp-admin/", "/core/lib/", "/wp-settings.php", "/wp-blog-header.php", NULL};
	static const char *const additions[] = {"/plugins/", "/mu-plugins/", "/themes/", "/modules/custom/", NULL};

	if (file.len && is_named(file)) {
		return FPS_OWNCODE_NAMED;
	}
	if (file.len == 0 || is_below(file, packages)) {
		return FPS_OWNCODE_NONE;
	}
	if (is_below(file, additions)) {
		return FPS_OWNCODE_ADDED;
	}
	return is_below(file, cores) ? FPS_OWNCODE_NONE : FPS_OWNCODE_SITE;
}
