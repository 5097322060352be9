/*
 * One entry of NGINX Plus's error log in JSON (`error_log FILE error json`, R37 and later):
 * {"level":"error","timestamp":"2026-05-13T10:30:15.042+00:00","pid":1,"tid":1,"cnum":3,"msg":"connect() failed",
 * "client":…,"server":…,"request":…,"upstream":…,"host":…,"errno":111,"errtext":"Connection refused"}
 */
#ifndef FPS_NGINXJSON_H
#define FPS_NGINXJSON_H

#include "log/errorlog.h"

/* nginx cuts an entry at 2,048 bytes, and JSON is never shorter than the text that it encodes. */
enum { FPS_NGINXJSON_ROOM = 4096 };

/* Whether an entry begins here. */
bool fps_nginxjson_begins(const char *line, size_t len);

/* The spans point into `room`. */
enum fps_errorlog_kind fps_nginxjson_parse(
	struct fps_span entry, char room[FPS_NGINXJSON_ROOM], struct fps_errorlog_entry *line);

#endif
