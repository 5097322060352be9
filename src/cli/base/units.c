/* Times and sizes. */
#include "base/units.h"

#include "base/span.h"

#include <stdio.h>

/* Beyond these a value means "no limit", and sums of them still fit. */
static const int64_t most = INT64_C(1) << 50;

struct unit {
	const char *name;
	int64_t factor;
};

/* A number and one of the units, which come in the order in which they are tried; "" is the last one. */
static bool take(struct fps_span *text, const struct unit *units, int64_t *value)
{
	int64_t number;

	if (!fps_span_number(text, &number)) {
		return false;
	}
	while (*units->name && !fps_span_skip(text, units->name)) {
		units++;
	}
	*value = number > most / units->factor ? most : number * units->factor;
	return true;
}

static bool whole(const char *text, const struct unit *units, int64_t *value)
{
	struct fps_span span = fps_span_of(text);
	bool negative = fps_span_skip(&span, "-");

	if (!take(&span, units, value) || span.len) {
		return false;
	}
	*value = negative ? -*value : *value;
	return true;
}

bool fps_units_nginx_time(const char *text, int64_t *milliseconds)
{
	static const int64_t day = INT64_C(86400) * 1000;
	static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", day},
		{"w", 7 * day}, {"M", 30 * day}, {"y", 365 * day}, {"", 1000}};
	struct fps_span span = fps_span_of(text);
	int64_t part;

	for (*milliseconds = 0; span.len; *milliseconds += part) {
		fps_span_skip(&span, " ");
		if (*milliseconds > most || !take(&span, units, &part)) {
			return false;
		}
	}
	return *text != '\0';
}

bool fps_units_size(const char *text, int64_t *bytes)
{
	static const struct unit units[] = {
		{"k", 1 << 10}, {"K", 1 << 10}, {"m", 1 << 20}, {"M", 1 << 20}, {"g", 1 << 30}, {"G", 1 << 30}, {"", 1}};

	return whole(text, units, bytes);
}

bool fps_units_seconds(const char *text, int64_t *seconds)
{
	static const struct unit units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"", 1}};

	return whole(text, units, seconds);
}

struct fps_units_text fps_units_bytes(int64_t bytes)
{
	static const char units[] = "KMGT";
	double value = (double) bytes / 1024;
	struct fps_units_text to;
	size_t unit = 0;

	while (value >= 1024 && unit + 2 < sizeof units) {
		value /= 1024;
		unit++;
	}
	snprintf(
		to.text, sizeof to.text, value < 10 && value != (double) (int) value ? "%.1f%c" : "%.0f%c", value, units[unit]);
	return to;
}
