/*
 * The values that a text with nginx's variables can have, as far as the configuration shows: by `set`, `map`, `geo` and
 * `split_clients`.
 */
#ifndef FPS_NGINXVARIABLES_H
#define FPS_NGINXVARIABLES_H

#include "config/nginxconf.h"

/* Each one once. */
struct fps_nginxtexts {
	char **all;
	size_t count;
};

struct fps_nginxvariables {
	struct fps_nginxtexts known;   /* all that the text may become */
	struct fps_nginxtexts unknown; /* "$name", of those in it that have other values, or none that stands anywhere */
};

struct fps_nginxvariables fps_nginxvariables_of(
	const struct fps_directive *http, const struct fps_directive *directive, const char *text);
void fps_nginxvariables_free(struct fps_nginxvariables *values);

#endif
