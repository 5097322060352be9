#include "compat.h"

#include "worker/service.h"

#include "record/buf.h"

#include "ext/standard/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct fps_service environment;

/* What a key of OTEL_RESOURCE_ATTRIBUTES sets. Of two the later counts. */
static const struct {
	const char *key;
	char *field;
} attributes[] = {
	{"service.name", environment.name},
	{"service.version", environment.version},
	{"deployment.environment", environment.environment}, /* its name until 2024 */
	{"deployment.environment.name", environment.environment},
};

#define FIELD_SIZE sizeof(((struct fps_service *) NULL)->name)

static void set_field(char *field, const char *value)
{
	fps_sig_buf_copy(field, FIELD_SIZE, value);
	field[fps_sig_buf_cut(value, strlen(value), FIELD_SIZE - 1)] = '\0'; /* at no other place than between characters */
}

static char *trimmed(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	for (len = strlen(text); len > 0 && isblank((unsigned char) text[len - 1]); len--) {
	}
	text[len] = '\0';
	return text;
}

static void set_attribute(char *pair)
{
	char *value = strchr(pair, '=');

	if (!value) {
		return;
	}
	*value++ = '\0';
	pair = trimmed(pair);
	value = trimmed(value);
	php_raw_url_decode(value, strlen(value));
	for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
		if (strcmp(pair, attributes[i].key) == 0) {
			set_field(attributes[i].field, value);
		}
	}
}

/* key=value,key=value, with percent-encoded values. */
static void read_attributes(const char *list)
{
	char *copy = strdup(list), *rest = copy, *pair;

	while ((pair = strsep(&rest, ","))) {
		set_attribute(pair);
	}
	free(copy);
}

void fps_service_read_environment(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): FPM's master has no threads yet */
	const char *list = getenv("OTEL_RESOURCE_ATTRIBUTES"), *name = getenv("OTEL_SERVICE_NAME");

	if (list) {
		read_attributes(list);
	}
	if (name && name[0]) {
		set_field(environment.name, name);
	}
}

struct fps_service fps_service_of(const struct fps_service *directives)
{
	struct fps_service service = *directives;

	if (!service.name[0]) {
		memcpy(service.name, environment.name, FIELD_SIZE);
	}
	if (!service.version[0]) {
		memcpy(service.version, environment.version, FIELD_SIZE);
	}
	if (!service.environment[0]) {
		memcpy(service.environment, environment.environment, FIELD_SIZE);
	}
	return service;
}
