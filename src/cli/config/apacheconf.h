/*
 * Apache's configuration in the same form as nginx's (nginxconf.h): a tree of its directives and sections. It is read
 * from the main file and its includes, without running httpd. <IfModule> and <IfDefine> have no node of their own:
 * their content is in the tree if the condition holds.
 */
#ifndef FPS_APACHECONF_H
#define FPS_APACHECONF_H

#include "config/nginxconf.h"

struct fps_apacheconf {
	struct fps_nginxconf tree;
	char **texts; /* of the tree's files */
	size_t text_count;
};

/*
 * Reads the file that the caller has named, which may belong to anybody, or with NULL those in the usual places. All
 * other files must belong to root, the caller or the main file's owner (trusted.h). False: `tree.error` says why, or is
 * NULL if no file exists in the usual places.
 */
bool fps_apacheconf_load(struct fps_apacheconf *conf, const char *file);
void fps_apacheconf_free(struct fps_apacheconf *conf);

#endif
