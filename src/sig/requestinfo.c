#include "sig/requestinfo.h"

#include "record/buf.h"
#include "sig/engine.h"
#include "sig/fcgi.h"
#include "sig/namelist.h"

#include <string.h>

#define MAX_URI 8192
#define MAX_VALUE 64

/* "name=value", if it is listed. */
static void keep(struct fps_sig_buf *query, const char *pair, size_t len)
{
	const char *equals = memchr(pair, '=', len);
	size_t name = equals ? (size_t) (equals - pair) : len;

	if (!fps_sig_namelist_has_parameter(pair, name)) {
		return;
	}
	if (query->len > 0) {
		fps_sig_buf_char(query, '&');
	}
	len = len - name > MAX_VALUE + 1 ? name + MAX_VALUE + 1 : len;
	/* a full field was cut */
	fps_sig_buf_bytes(query, pair, len < query->size - query->len ? len : query->size - query->len);
}

static void keep_listed(struct fps_draft *draft, const char *query, size_t len)
{
	struct fps_sig_buf kept;

	fps_sig_buf_init(&kept, draft->query, sizeof draft->query);
	while (len > 0) {
		const char *end = memchr(query, '&', len);
		size_t pair = end ? (size_t) (end - query) : len;

		keep(&kept, query, pair);
		pair += end != NULL;
		query += pair;
		len -= pair;
	}
	fps_sig_buf_terminate(&kept);
}

void fps_sig_requestinfo_fill(struct fps_draft *draft)
{
	char *scratch = draft->arena + draft->arena_len;
	size_t room = sizeof draft->arena - draft->arena_len, len;
	uintptr_t request = fps_sig_engine_request();
	const char *mark;

	draft->client_port[fps_sig_fcgi_read(request, "REMOTE_PORT", draft->client_port, sizeof draft->client_port - 1)] =
		'\0';
	draft->query[0] = '\0';
	if (fps_sig_namelist_parameters.count == 0) {
		return;
	}
	len = fps_sig_fcgi_read(request, "REQUEST_URI", scratch, room < MAX_URI ? room : MAX_URI);
	mark = memchr(scratch, '?', len);
	if (mark) {
		keep_listed(draft, mark + 1, len - (size_t) (mark + 1 - scratch));
	}
	memset(scratch, 0, len);
}
