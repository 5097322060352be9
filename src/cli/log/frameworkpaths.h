/*
 * Which frames of a PHP stack are the site's own code, and which are a framework's or a library's.
 */
#ifndef FPS_FRAMEWORKPATHS_H
#define FPS_FRAMEWORKPATHS_H

#include "base/span.h"

enum fps_frameworkpaths_owner {
	FPS_FRAMEWORKPATHS_NONE,  /* a package, a framework's core, or no file at all */
	FPS_FRAMEWORKPATHS_SITE,  /* a file that is neither */
	FPS_FRAMEWORKPATHS_ADDED, /* a plugin, theme or module */
	FPS_FRAMEWORKPATHS_NAMED  /* below a folder that was named */
};

/* Below that folder is code of the site's own. The text must stay. */
bool fps_frameworkpaths_add_own(void *unused, const char *folder);

/* Whose the code in a file is. */
enum fps_frameworkpaths_owner fps_frameworkpaths_owner(struct fps_span file);

#endif
