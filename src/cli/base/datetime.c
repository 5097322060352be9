/* Points in time. */
#include "base/datetime.h"

#include "base/span.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool parse_span(struct fps_span text, int64_t now, int64_t *time)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", INT64_C(7) * 86400}};
	int64_t number;

	if (fps_span_skip(&text, "@")) {
		return fps_span_number(&text, time) && text.len == 0;
	}
	fps_span_skip(&text, "-");
	if (!fps_span_number(&text, &number) || number > 1000000) {
		return false;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (fps_span_is(text, units[i].unit)) {
			*time = now - number * units[i].seconds;
			return true;
		}
	}
	return false;
}

/* When a day began: this one, or so many before. */
static bool parse_day(const char *text, int64_t now, struct tm *tm)
{
	static const char *const days[] = {"today", "yesterday"};
	time_t today = (time_t) now;

	for (int ago = 0; ago < (int) (sizeof(days) / sizeof(days[0])); ago++) {
		if (strcmp(text, days[ago]) == 0 && localtime_r(&today, tm)) {
			tm->tm_mday -= ago;
			tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
			tm->tm_isdst = -1;
			return true;
		}
	}
	return false;
}

/* False: that day is not in the calendar, such as 31 November. */
static bool resolve(struct tm tm, bool is_utc, int64_t *time)
{
	int day = tm.tm_mday;

	*time = (int64_t) (is_utc ? timegm(&tm) : mktime(&tm));
	return tm.tm_mday == day;
}

/* A point in time by its form; `tm` has today's date. False: it has not that form. */
static bool parse_form(const char *text, const char *form, struct tm *tm, bool *is_utc)
{
	struct tm today = *tm;

	*tm = (struct tm) {.tm_isdst = -1};
	if (form[1] == 'H') {
		*tm = today;
		tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
		tm->tm_isdst = -1;
	}
	const char *end = strptime(text, form, tm);

	*is_utc = end != NULL && strcmp(end, "Z") == 0;
	return end != NULL && (*end == '\0' || *is_utc);
}

static bool parse(const char *text, int64_t now, int64_t *time, bool at_end)
{
	static const char day[] = "%Y-%m-%d";
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M", day, "%H:%M:%S", "%H:%M"};
	time_t today = (time_t) now;
	struct tm tm;
	bool is_utc = false, is_day = parse_day(text, now, &tm);

	if (parse_span(fps_span_of(text), now, time)) {
		return true;
	}
	if (is_day && !at_end) {
		*time = (int64_t) mktime(&tm);
		return true;
	}
	for (size_t i = 0; !is_day && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (localtime_r(&today, &tm) && parse_form(text, forms[i], &tm, &is_utc)) {
			if (forms[i] != day || !at_end) {
				return resolve(tm, is_utc, time);
			}
			is_day = resolve(tm, is_utc, time);
			break;
		}
	}
	if (is_day) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		*time = (int64_t) (is_utc ? timegm(&tm) : mktime(&tm)) - 1;
	}
	return is_day;
}

bool fps_datetime_parse(const char *text, int64_t now, int64_t *time)
{
	return parse(text, now, time, false);
}

bool fps_datetime_parse_end(const char *text, int64_t now, int64_t *time)
{
	return parse(text, now, time, true);
}

/* musl's strptime() has no %z before 1.2.5. */
bool fps_datetime_zone(const char *zone, int64_t *east)
{
	static const char digits[] = "0123456789";
	int minutes;

	if (strcmp(zone, "Z") == 0) {
		*east = 0;
		return true;
	}
	if ((zone[0] != '+' && zone[0] != '-') || strspn(zone + 1, digits) < 2) {
		return false;
	}
	minutes = ((zone[1] - '0') * 10 + zone[2] - '0') * 60;
	*east = zone[0] == '-' ? -60 : 60;
	zone += zone[3] == ':' ? 4 : 3;
	if (strspn(zone, digits) != 2 || zone[2] != '\0') {
		return false;
	}
	minutes += (zone[0] - '0') * 10 + zone[1] - '0';
	*east *= minutes;
	return true;
}

int64_t fps_datetime_stamp(const char *stamp)
{
	static const char *const forms[] = {"%d/%b/%Y:%H:%M:%S ", "%Y-%m-%dT%H:%M:%S"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *zone = strptime(stamp, forms[i], &tm);
		int64_t east;

		if (zone != NULL && fps_datetime_zone(zone, &east)) {
			return (int64_t) timegm(&tm) - east;
		}
	}
	return -1;
}

bool fps_datetime_is_near(int64_t local, double envelope)
{
	return envelope > 0 && fabs((double) local - envelope) <= 14 * 3600 + 5;
}

double fps_datetime_as_utc(double local)
{
	time_t time = (time_t) local;
	struct tm tm;

	return localtime_r(&time, &tm) ? local + (double) tm.tm_gmtoff : local;
}

int64_t fps_datetime_of_entry(int64_t local, double envelope)
{
	double quarters = round(((double) local - envelope) / 900);

	if (local < 0 || envelope <= 0) {
		return local < 0 && envelope > 0 ? (int64_t) envelope : local;
	}
	if (quarters == 0 || fabs(quarters) > 14 * 4 || fabs((double) local - envelope - quarters * 900) > 5) {
		return local;
	}
	return local - (int64_t) quarters * 900;
}

static bool shows_the_same(int64_t time, int64_t other)
{
	time_t times[] = {(time_t) time, (time_t) other};
	struct tm tm[2];

	return localtime_r(&times[0], &tm[0]) && localtime_r(&times[1], &tm[1]) && tm[0].tm_hour == tm[1].tm_hour
		&& tm[0].tm_min == tm[1].tm_min;
}

int64_t fps_datetime_again(int64_t time)
{
	/* all of an hour have the same answer, and most zones are whole hours off */
	static int64_t quarter = -1, difference;

	if (time / 900 != quarter) {
		quarter = time / 900;
		difference = shows_the_same(time, time + 3600) ? 3600 : shows_the_same(time, time - 3600) ? -3600 : 0;
	}
	return difference ? time + difference : 0;
}

int64_t fps_datetime_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
