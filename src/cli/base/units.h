/*
 * Times and sizes as nginx, PHP and FPM write them. False if the text is not one.
 */
#ifndef FPS_UNITS_H
#define FPS_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* nginx: "60s", "1m30s", "500ms", "60"; in milliseconds. */
bool fps_units_nginx_time(const char *text, int64_t *milliseconds);

/* nginx and PHP: "8k", "128M", "4096", "-1"; in bytes. */
bool fps_units_size(const char *text, int64_t *bytes);

/* FPM and PHP: "30", "30s", "2m", "1h", "1d"; in seconds. */
bool fps_units_seconds(const char *text, int64_t *seconds);

/* Bytes for people: "128M", "1.5G". */
struct fps_units_text {
	char text[24];
};

struct fps_units_text fps_units_bytes(int64_t bytes);

#endif
