/*
 * FastCGI parameters of the request, cheaply.
 *
 * The SAPI's getenv() takes some 90 instructions for each, more than all else that a request
 * costs. Its hash function is public (main/fastcgi.h), its table is not: so the table is looked
 * for once, in memory that is known to hold it, and believed only if it gives for every
 * parameter the very pointer that getenv() gives. Otherwise getenv() is asked each time.
 */
#ifndef FPS_FCGIPARAMS_H
#define FPS_FCGIPARAMS_H

#include "SAPI.h"
#include "blackbox.h"
#include "main/fastcgi.h"
#include "php.h"

#include "sig/fcgi.h"

/* Where the table is in what SG(server_context) points to; 0: not found. */
extern size_t fps_fcgiparams_table_offset FPS_HIDDEN;

/* Looks for the table. At a worker's first request. */
void fps_fcgiparams_init(void);

/* A table of what getenv() says of the parameters that the hooks want, until the next call. */
const struct fps_param *const *fps_fcgiparams_ask_sapi(void);

/* The parameters of the request, which is SG(server_context): by their hash, as long as it lasts. */
static zend_always_inline const struct fps_param *const *fps_fcgiparams_table(const void *request)
{
	return EXPECTED(fps_fcgiparams_table_offset)
		? (const struct fps_param *const *) ((const char *) request + fps_fcgiparams_table_offset)
		: fps_fcgiparams_ask_sapi();
}

/* NULL if no parameter has that name. The length of a constant name and its hash are constants as well. */
static zend_always_inline const struct fps_param *fps_fcgiparams_find(
	const struct fps_param *const *table, const char *name, size_t name_len)
{
	const struct fps_param *param = table[FCGI_HASH_FUNC(name, (unsigned int) name_len) & FCGI_HASH_TABLE_MASK];

	while (param && (param->name_len != name_len || memcmp(param->name, name, name_len) != 0)) {
		param = param->next;
	}
	return param;
}

#define FPS_PARAM_PLACE(name) (FCGI_HASH_FUNC(name, (unsigned int) (sizeof(name) - 1)) & FCGI_HASH_TABLE_MASK)
#define FPS_PARAM(table, name) fps_fcgiparams_find(table, name, sizeof(name) - 1)

#endif
