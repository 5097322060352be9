/*
 * Words of nginx's grammar, as ngx_conf_read_token() takes them.
 */
#ifndef FPS_NGINXTOKEN_H
#define FPS_NGINXTOKEN_H

#include "base/span.h"

struct fps_nginxtoken {
	struct fps_span rest;
	unsigned line;
	const char *error; /* what is wrong in that line */
};

enum fps_nginx_end { FPS_NGINX_BROKEN, FPS_NGINX_SEMICOLON, FPS_NGINX_OPEN, FPS_NGINX_CLOSE, FPS_NGINX_EOF };

struct fps_nginxwords {
	char **words; /* ends with NULL, to be freed each */
	size_t count;
	unsigned line;  /* of the first one */
	const char *at; /* where that begins */
};

/* Reads words up to `;`, `{`, `}` or the end of the file. */
enum fps_nginx_end fps_nginxtoken_next(struct fps_nginxtoken *token, struct fps_nginxwords *words);

/* Behind the `{` of a block of Lua: skips all up to its `}`, as OpenResty does. False: it has no end. */
bool fps_nginxtoken_skip_lua(struct fps_nginxtoken *token);

void fps_nginxtoken_free(struct fps_nginxwords *words);

#endif
