/*
 * Splits nginx's configuration into words, like ngx_conf_read_token().
 */
#ifndef FPS_NGINXTOKEN_H
#define FPS_NGINXTOKEN_H

#include "base/span.h"

struct fps_nginxtoken {
	struct fps_span rest;
	unsigned line;
	const char *error; /* the error in that line */
};

enum fps_nginx_end { FPS_NGINX_BROKEN, FPS_NGINX_SEMICOLON, FPS_NGINX_OPEN, FPS_NGINX_CLOSE, FPS_NGINX_EOF };

struct fps_nginxwords {
	char **words; /* ends with NULL; the caller frees each */
	size_t count;
	unsigned line;  /* of the first word */
	const char *at; /* where the first word begins */
};

/* Reads words up to `;`, `{`, `}` or the end of the file. */
enum fps_nginx_end fps_nginxtoken_next(struct fps_nginxtoken *token, struct fps_nginxwords *words);

/* Skips a block of Lua from after its `{` up to its `}`, like OpenResty. False: it has no end. */
bool fps_nginxtoken_skip_lua(struct fps_nginxtoken *token);

void fps_nginxtoken_free(struct fps_nginxwords *words);

#endif
