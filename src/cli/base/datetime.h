/*
 * Points in time: as people give them (--since, --until), and as nginx logs them.
 */
#ifndef FPS_DATETIME_H
#define FPS_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "2026-11-25 06:55:57", "2026-11-25T06:55", "2026-11-25" and "06:55" (today) in this process's time zone, with a Z at
 * the end in UTC; "@1764053757"; "90s", "15m", "2h", "3d", "1w", also with a '-' before them: that long before now;
 * "today" and "yesterday": when that day began here.
 */
bool fps_datetime_parse(const char *text, int64_t now, int64_t *time);

/* The same, as the end of a period: a day without a time means its last second. */
bool fps_datetime_parse_end(const char *text, int64_t now, int64_t *time);

/* nginx's $time_local, which `combined` has as well, or $time_iso8601; -1 if it is neither. */
int64_t fps_datetime_stamp(const char *stamp);

/* "+0200", "+02:00" or "Z", as seconds east of UTC; false for anything else. */
bool fps_datetime_zone(const char *zone, int64_t *east);

/*
 * The time of an entry that gives local time, by this process's zone, and whose envelope may give the true time (0: it
 * does not): where they differ by what time zones differ by, the envelope is right. -1 if neither gives one.
 */
int64_t fps_datetime_of_entry(int64_t local, double envelope);

/* Whether that envelope can be from when the entry was written, and not from when somebody copied the log. */
bool fps_datetime_is_near(int64_t local, double envelope);

/* A time that has been read as this process's local time, read as UTC instead. */
double fps_datetime_as_utc(double local);

/* The other time at which the clock showed the same, in the hour that the end of summer time repeats; 0 if there is
 * none. */
int64_t fps_datetime_again(int64_t time);

/* Milliseconds of a clock that nobody sets. */
int64_t fps_datetime_monotonic_ms(void);

#endif
