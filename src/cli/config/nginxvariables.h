/*
 * The values that a text with nginx's variables can have, by the `set`, `map`, `geo` and `split_clients` in the
 * configuration.
 */
#ifndef FPS_NGINXVARIABLES_H
#define FPS_NGINXVARIABLES_H

#include "config/nginxconf.h"

/* Each value once. */
struct fps_nginxtexts {
	char **all;
	size_t count;
};

struct fps_nginxvariables {
	struct fps_nginxtexts known; /* everything that the text may become */
	/* variables ("$name") in it that may have further values, or none in the configuration */
	struct fps_nginxtexts unknown;
};

struct fps_nginxvariables fps_nginxvariables_of(
	const struct fps_directive *http, const struct fps_directive *directive, const char *text);
void fps_nginxvariables_free(struct fps_nginxvariables *values);

#endif
