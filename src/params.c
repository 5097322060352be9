#include "compat.h"

#include "params.h"

#include "sig/mem.h"

/* fcgi_request is shorter, with all that it has come to hold. */
#define SEARCHED 16384
/* fcgi_read_request() sets this one itself, for every request. */
#define ALWAYS_THERE "FCGI_ROLE"

size_t fps_params_table_offset;

const char *fps_params_ask_sapi(const char *name, size_t name_len, size_t *len)
{
	const char *value = sapi_module.getenv ? sapi_module.getenv(name, name_len) : NULL;

	*len = value ? strlen(value) : 0;
	return value;
}

/* Whether a table at that offset has the value that the SAPI has, at the same address. */
static bool has_value(size_t offset, const char *name, size_t name_len, const char *value)
{
	unsigned int hash = FCGI_HASH_FUNC(name, (unsigned int) name_len);
	uintptr_t place = (uintptr_t) SG(server_context) + offset + (hash & FCGI_HASH_TABLE_MASK) * sizeof(void *);
	struct fps_param param;
	uintptr_t next;

	if (!fps_sig_mem_read(&next, place, sizeof next)) {
		return false;
	}
	while (next && fps_sig_mem_read(&param, next, sizeof param)) {
		if (param.value == value && param.hash == hash && param.name_len == name_len) {
			return param.value_len == strlen(value);
		}
		next = (uintptr_t) param.next;
	}
	return value == NULL && next == 0;
}

static bool is_table(size_t offset)
{
	static const char *const names[] = {ALWAYS_THERE, "REQUEST_URI", "HTTP_HOST", "REMOTE_ADDR", "REQUEST_ID", "NGINX_PID",
		"NGINX_CONNECTION", "NGINX_CONN_REQUESTS", "HTTP_TRACEPARENT", "REQUEST_METHOD", "SERVER_PROTOCOL"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t len = strlen(names[i]);

		if (!has_value(offset, names[i], len, sapi_module.getenv(names[i], len))) {
			return false;
		}
	}
	return true;
}

void fps_params_init(void)
{
	if (!sapi_module.getenv || !sapi_module.getenv(ALWAYS_THERE, sizeof ALWAYS_THERE - 1)) {
		return;
	}
	for (size_t offset = sizeof(void *); offset < SEARCHED; offset += sizeof(void *)) {
		if (is_table(offset)) {
			fps_params_table_offset = offset;
			fps_sig_fcgi_init(offset);
			return;
		}
	}
}
