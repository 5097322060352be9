/*
 * Apache's configuration in the form that nginx's has (nginxconf.h): a tree of its directives and sections, read from
 * the main file and what that includes, without running httpd. <IfModule> and <IfDefine> have no section in the tree:
 * what is in them is there, or is not.
 */
#ifndef FPS_APACHECONF_H
#define FPS_APACHECONF_H

#include "config/nginxconf.h"

struct fps_apacheconf {
	struct fps_nginxconf tree;
	char **texts; /* of its files */
	size_t text_count;
};

/*
 * NULL and the usual places, or a file that the caller has named, which may be anybody's. All others have to be root's,
 * the caller's or its owner's (trusted.h). False: `tree.error` says why, or is NULL where there is no file in the usual
 * places.
 */
bool fps_apacheconf_load(struct fps_apacheconf *conf, const char *file);
void fps_apacheconf_free(struct fps_apacheconf *conf);

#endif
