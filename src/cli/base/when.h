/*
 * Points in time: as people give them (--since, --until), and as nginx logs them.
 */
#ifndef FPS_WHEN_H
#define FPS_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "2026-11-25 06:55:57", "2026-11-25T06:55", "2026-11-25" and "06:55" (today) in this process's time zone, with a Z at
 * the end in UTC; "@1764053757"; "90s", "15m", "2h", "3d": so long before now.
 */
bool fps_when_parse(const char *text, int64_t now, int64_t *time);

/* nginx's $time_local, which `combined` has as well, or $time_iso8601; -1 if it is neither. */
int64_t fps_when_stamp(const char *stamp);

#endif
