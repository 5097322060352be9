/* fcgi.c: a table as FPM has it, and what is broken in it. */
#include "unit.h"

#include "sig/fcgi.h"

#include "php.h"

#include "main/fastcgi.h"
#undef snprintf

#define OFFSET 64

/* Of its beginning nothing is known. */
static struct {
	char unknown[OFFSET];
	struct fps_param *bucket[FCGI_HASH_TABLE_SIZE];
} request;

static struct fps_param *put(struct fps_param *param, const char *name, const char *value)
{
	unsigned int len = (unsigned int) strlen(name), hash = FCGI_HASH_FUNC(name, len);
	struct fps_param **bucket = &request.bucket[hash & FCGI_HASH_TABLE_MASK];

	*param = (struct fps_param) {.hash = hash,
		.name_len = len,
		.name = name,
		.value_len = (unsigned int) strlen(value),
		.value = value,
		.next = *bucket};
	*bucket = param;
	return param;
}

static const char *ask(const char *name, size_t size)
{
	static char value[64];
	size_t len = fps_sig_fcgi_read((uintptr_t) &request, name, value, size);

	CHECK(len <= size);
	value[len] = '\0';
	return value;
}

#define CHECK_PARAM(name, size, expected) \
	do { \
		const char *is = ask(name, size); \
		CHECK_STR(is, strlen(is), (expected)); \
	} while (0)

static void values(void)
{
	static struct fps_param port, other;

	put(&port, "REMOTE_PORT", "34980");
	put(&other, "XXXOTE_XORT", "1");    /* in the same bucket or not */
	CHECK_PARAM("REMOTE_PORT", 60, ""); /* nobody knows where the table is */
	fps_sig_fcgi_init(OFFSET);
	CHECK_PARAM("REMOTE_PORT", 60, "34980");
	CHECK_PARAM("REMOTE_PORT", 3, "349");
	CHECK_PARAM("REMOTE_ADDR", 60, "");
	CHECK_INT(fps_sig_fcgi_read(0, "REMOTE_PORT", (char[8]) {0}, 8), 0);
	CHECK_INT(fps_sig_fcgi_read(1, "REMOTE_PORT", (char[8]) {0}, 8), 0);
}

static void broken(void)
{
	static struct fps_param param;
	char wrong[8] = "wrong";

	fps_sig_fcgi_init(OFFSET);
	memset(&request, 0, sizeof request);
	put(&param, "REMOTE_PORT", "34980")->value = (const char *) 8;
	CHECK_PARAM("REMOTE_PORT", 60, "");
	param.value = wrong;
	param.name = (const char *) 8;
	CHECK_PARAM("REMOTE_PORT", 60, "");
	param.name = "REMOTE_PERT";
	param.next = &param; /* a cycle */
	CHECK_PARAM("REMOTE_PORT", 60, "");
	memset(&request, 0xff, sizeof request);
	CHECK_PARAM("REMOTE_PORT", 60, "");
}

UNIT_MAIN(TEST(values), TEST(broken))
