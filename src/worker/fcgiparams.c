#include "compat.h"

#include "worker/fcgiparams.h"

#include "sig/saferead.h"

/* fcgi_request is shorter, with all that it has come to hold. */
#define SEARCHED 16384
/* fcgi_read_request() sets this one itself, for every request. */
#define ALWAYS_THERE "FCGI_ROLE"
/* Of a request, as far as the list is followed. */
#define MOST_PARAMS 100000

size_t fps_fcgiparams_table_offset;

/* All that the hooks want, and more: a table that has these has them all. */
static const char *const names[] = {ALWAYS_THERE, "REQUEST_URI", "HTTP_HOST", "REMOTE_ADDR", "REQUEST_ID", "NGINX_PID",
	"NGINX_CONNECTION", "NGINX_CONN_REQUESTS", "HTTP_TRACEPARENT", "REQUEST_METHOD", "SERVER_PROTOCOL", "UNIQUE_ID"};
#define NAMES (sizeof names / sizeof names[0])

const struct fps_param *const *fps_fcgiparams_ask_sapi(void)
{
	static struct fps_param params[NAMES];
	static const struct fps_param *table[FCGI_HASH_TABLE_SIZE];

	memset(table, 0, sizeof table);
	for (size_t i = 0; sapi_module.getenv && i < NAMES; i++) {
		unsigned int len = (unsigned int) strlen(names[i]),
					 place = FCGI_HASH_FUNC(names[i], len) & FCGI_HASH_TABLE_MASK;
		const char *value = sapi_module.getenv(names[i], len);

		if (value) {
			params[i] = (struct fps_param) {.name_len = len,
				.name = names[i],
				.value_len = (unsigned int) strlen(value),
				.value = value,
				.next = table[place],
				.next_in_list = &params[i]};
			table[place] = &params[i];
		}
	}
	return table;
}

/* Whether a table at that offset has the value that the SAPI has, at the same address. */
static bool has_value(size_t offset, const char *name, size_t name_len, const char *value)
{
	unsigned int hash = FCGI_HASH_FUNC(name, (unsigned int) name_len);
	uintptr_t place = (uintptr_t) SG(server_context) + offset + (hash & FCGI_HASH_TABLE_MASK) * sizeof(void *);
	struct fps_param param;
	uintptr_t next;

	if (!fps_sig_saferead_copy(&next, place, sizeof next)) {
		return false;
	}
	while (next && fps_sig_saferead_copy(&param, next, sizeof param)) {
		if (param.value == value && param.hash == hash && param.name_len == name_len) {
			return param.value_len == strlen(value);
		}
		next = (uintptr_t) param.next;
	}
	return value == NULL && next == 0;
}

/*
 * Behind the table stands the list of the same parameters, the latest first: a walk along it ends with the one that is
 * always there.
 */
static bool has_list(size_t offset)
{
	uintptr_t place = (uintptr_t) SG(server_context) + offset + FCGI_HASH_TABLE_SIZE * sizeof(void *);
	struct fps_param param = {.name = NULL};
	uintptr_t next;

	if (!fps_sig_saferead_copy(&next, place, sizeof next)) {
		return false;
	}
	for (int i = 0; next && i < MOST_PARAMS; i++) {
		if (!fps_sig_saferead_copy(&param, next, sizeof param)) {
			return false;
		}
		next = (uintptr_t) param.next_in_list;
	}
	return !next && param.name_len == sizeof ALWAYS_THERE - 1
		&& memcmp(param.name, ALWAYS_THERE, sizeof ALWAYS_THERE - 1) == 0;
}

static bool is_table(size_t offset)
{
	for (size_t i = 0; i < NAMES; i++) {
		size_t len = strlen(names[i]);

		if (!has_value(offset, names[i], len, sapi_module.getenv(names[i], len))) {
			return false;
		}
	}
	return has_list(offset);
}

void fps_fcgiparams_init(void)
{
	if (!sapi_module.getenv || !sapi_module.getenv(ALWAYS_THERE, sizeof ALWAYS_THERE - 1)) {
		return;
	}
	for (size_t offset = sizeof(void *); offset < SEARCHED; offset += sizeof(void *)) {
		if (is_table(offset)) {
			fps_fcgiparams_table_offset = offset;
			fps_sig_fcgi_init(offset);
			return;
		}
	}
}
