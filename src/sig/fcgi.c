#include "sig/fcgi.h"

#include "sig/saferead.h"

#include "php.h"

#include "main/fastcgi.h"

/* Of one bucket: a request has some forty parameters, in 128 buckets. */
#define MAX_STEPS 64
#define MAX_NAME 32

static size_t offset;

void fps_sig_fcgi_init(size_t table_offset)
{
	offset = table_offset;
}

static bool is_name(const struct fps_param *param, const char *name, size_t len)
{
	char bytes[MAX_NAME];

	return param->name_len == len && len <= sizeof bytes && fps_sig_saferead_copy(bytes, (uintptr_t) param->name, len)
		&& memcmp(bytes, name, len) == 0;
}

size_t fps_sig_fcgi_read(uintptr_t fcgi_request, const char *name, char *to, size_t size)
{
	size_t len = strlen(name);
	unsigned int hash = FCGI_HASH_FUNC(name, (unsigned int) len);
	uintptr_t next = 0;
	struct fps_param param;

	if (offset == 0 || fcgi_request == 0
		|| !fps_sig_saferead_copy(
			&next, fcgi_request + offset + (hash & FCGI_HASH_TABLE_MASK) * sizeof next, sizeof next)) {
		return 0;
	}
	for (int step = 0; next && step < MAX_STEPS && fps_sig_saferead_copy(&param, next, sizeof param); step++) {
		if (param.hash == hash && is_name(&param, name, len)) {
			size = param.value_len < size ? param.value_len : size;
			return fps_sig_saferead_copy(to, (uintptr_t) param.value, size) ? size : 0;
		}
		next = (uintptr_t) param.next;
	}
	return 0;
}
