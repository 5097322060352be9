/*
 * FastCGI parameters of the request, cheaply.
 *
 * The SAPI's getenv() takes some 90 instructions for each, more than all else that a request
 * costs. Its hash function is public (main/fastcgi.h), its table is not: so the table is looked
 * for once, in memory that is known to hold it, and believed only if it gives for every
 * parameter the very pointer that getenv() gives. Otherwise getenv() is asked each time.
 */
#ifndef FPS_PARAMS_H
#define FPS_PARAMS_H

#include "php.h"
#include "SAPI.h"
#include "main/fastcgi.h"

#include "sig/fcgi.h"

/* Where the table is in what SG(server_context) points to; 0: not found. */
extern size_t fps_params_table_offset;

/* Looks for the table. At a worker's first request. */
void fps_params_init(void);

const char *fps_params_ask_sapi(const char *name, size_t name_len, size_t *len);

/* The value, with its length in *len; NULL and 0 where there is none. It lives as long as the request, which is SG(server_context). */
static zend_always_inline const char *fps_params_get(const void *request, const char *name, size_t name_len, size_t *len)
{
	if (UNEXPECTED(fps_params_table_offset == 0)) {
		return fps_params_ask_sapi(name, name_len, len);
	}
	unsigned int hash = FCGI_HASH_FUNC(name, (unsigned int) name_len);
	const struct fps_param *const *table =
		(const struct fps_param *const *) ((const char *) request + fps_params_table_offset);

	for (const struct fps_param *param = table[hash & FCGI_HASH_TABLE_MASK]; param; param = param->next) {
		if (param->hash == hash && param->name_len == name_len && memcmp(param->name, name, name_len) == 0) {
			*len = param->value_len;
			return param->value;
		}
	}
	*len = 0;
	return NULL;
}

#define FPS_PARAM(request, name, len) fps_params_get(request, name, sizeof(name) - 1, len)

#endif
