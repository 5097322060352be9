/* Parses times in envelopes. */
#include "log/timestamp.h"

#include <string.h>
#include <time.h>

enum { HALF_A_YEAR = 183 * 86400 };

/* Reads that many digits. */
static bool take_digits(struct fps_span *text, size_t places, int *number)
{
	*number = 0;
	if (text->len < places) {
		return false;
	}
	for (size_t i = 0; i < places; i++) {
		if (text->at[i] < '0' || text->at[i] > '9') {
			return false;
		}
		*number = *number * 10 + text->at[i] - '0';
	}
	text->at += places;
	text->len -= places;
	return true;
}

static bool take_clock(struct fps_span *text, struct tm *tm)
{
	return take_digits(text, 2, &tm->tm_hour) && fps_span_skip(text, ":") && take_digits(text, 2, &tm->tm_min)
		&& fps_span_skip(text, ":") && take_digits(text, 2, &tm->tm_sec) && tm->tm_hour < 24 && tm->tm_min < 60
		&& tm->tm_sec <= 60;
}

static double take_fraction(struct fps_span *text)
{
	double value = 0, place = 1;

	if (text->len < 2 || (*text->at != '.' && *text->at != ',') || text->at[1] < '0' || text->at[1] > '9') {
		return 0;
	}
	text->at++;
	text->len--;
	while (text->len && *text->at >= '0' && *text->at <= '9') {
		place /= 10;
		value += (*text->at - '0') * place;
		text->at++;
		text->len--;
	}
	return value;
}

/* mktime() checks the time zone each time; lines of one hour come together. */
static double local_time(const struct tm *tm)
{
	static struct tm hour = {.tm_hour = -1};
	static time_t start;

	if (tm->tm_hour != hour.tm_hour || tm->tm_mday != hour.tm_mday || tm->tm_mon != hour.tm_mon
		|| tm->tm_year != hour.tm_year) {
		struct tm at = {.tm_year = tm->tm_year,
			.tm_mon = tm->tm_mon,
			.tm_mday = tm->tm_mday,
			.tm_hour = tm->tm_hour,
			.tm_isdst = -1};

		hour =
			(struct tm) {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday, .tm_hour = tm->tm_hour};
		start = mktime(&at);
	}
	return (double) (start + tm->tm_min * 60L + tm->tm_sec);
}

/* Z, +02:00, +0200, +02, " UTC"; false: there is none. */
static bool take_zone(struct fps_span *text, double *east)
{
	struct fps_span rest = *text;
	int hours, minutes = 0;

	*east = 0;
	if (fps_span_skip(text, "Z") || fps_span_skip(text, " UTC")) {
		return true;
	}
	if (rest.len < 3 || (*rest.at != '+' && *rest.at != '-')) {
		return false;
	}
	bool west = *rest.at == '-';

	rest.at++;
	rest.len--;
	if (!take_digits(&rest, 2, &hours)) {
		return false;
	}
	*text = rest;
	fps_span_skip(&rest, ":");
	if (take_digits(&rest, 2, &minutes)) {
		*text = rest;
	}
	*east = (west ? -60.0 : 60.0) * (hours * 60 + minutes);
	return true;
}

bool fps_timestamp_take_iso(struct fps_span *text, double *when, bool *is_local)
{
	struct fps_span rest = *text;
	struct tm tm = {.tm_isdst = -1};
	double fraction, east;

	if (!take_digits(&rest, 4, &tm.tm_year) || !fps_span_skip(&rest, "-") || !take_digits(&rest, 2, &tm.tm_mon)
		|| !fps_span_skip(&rest, "-") || !take_digits(&rest, 2, &tm.tm_mday)
		|| !(fps_span_skip(&rest, "T") || fps_span_skip(&rest, " ")) || !take_clock(&rest, &tm) || tm.tm_mon < 1
		|| tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31) {
		return false;
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	fraction = take_fraction(&rest);
	*is_local = !take_zone(&rest, &east);
	*when = (*is_local ? local_time(&tm) : (double) timegm(&tm) - east) + fraction;
	*text = rest;
	return true;
}

bool fps_timestamp_take_syslog(struct fps_span *text, double latest, double *when)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct fps_span rest = *text;
	struct tm tm = {.tm_isdst = -1}, now;
	time_t near = latest > 0 ? (time_t) latest : time(NULL);
	const char *month;
	char name[4] = "";

	if (rest.len < 15 || rest.at[3] != ' ') {
		return false;
	}
	memcpy(name, rest.at, 3);
	month = strstr(months, name);
	rest.at += 4;
	rest.len -= 4;
	if (month == NULL || (month - months) % 3
		|| !(fps_span_skip(&rest, " ") ? take_digits(&rest, 1, &tm.tm_mday) : take_digits(&rest, 2, &tm.tm_mday))
		|| !fps_span_skip(&rest, " ") || !take_clock(&rest, &tm) || tm.tm_mday < 1 || tm.tm_mday > 31
		|| localtime_r(&near, &now) == NULL) {
		return false;
	}
	tm.tm_mon = (int) (month - months) / 3;
	tm.tm_year = now.tm_year;
	*when = local_time(&tm);
	/* now is not before it; the time from another log may be on either side */
	if (*when > (double) near + (latest > 0 ? HALF_A_YEAR : 86400)) {
		tm.tm_year--;
		*when = local_time(&tm);
	} else if (*when < (double) near - HALF_A_YEAR && latest > 0) {
		tm.tm_year++;
		*when = local_time(&tm);
	}
	*when += take_fraction(&rest);
	*text = rest;
	return true;
}

bool fps_timestamp_take_clock(struct fps_span *text)
{
	struct tm tm;

	return take_clock(text, &tm);
}

bool fps_timestamp_take_epoch(struct fps_span *text, double *when)
{
	struct fps_span rest = *text;
	int64_t seconds;

	if (!fps_span_number(&rest, &seconds) || seconds < 1000000000 || seconds > 9999999999
		|| !fps_span_begins(rest, ".")) {
		return false;
	}
	*when = (double) seconds + take_fraction(&rest);
	*text = rest;
	return true;
}

double fps_timestamp_read(struct fps_span text, bool *is_local)
{
	struct fps_span rest = text;
	double when;

	if (fps_timestamp_take_iso(&rest, &when, is_local)) {
		return when;
	}
	*is_local = false;
	for (when = 0; rest.len && *rest.at >= '0' && *rest.at <= '9'; rest.at++, rest.len--) {
		when = when * 10 + (*rest.at - '0');
	}
	when += take_fraction(&rest);
	while (when > 1e11) { /* the year 5138 in seconds */
		when /= 1000;
	}
	return when > 1e8 ? when : 0;
}
