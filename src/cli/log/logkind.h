/*
 * The kinds of logs, one row each: how an entry begins, and when it is complete.
 */
#ifndef FPS_LOGKIND_H
#define FPS_LOGKIND_H

#include "log/entry.h"

struct fps_logkind {
	const char *name;       /* in JSON */
	const char *one, *many; /* "entry of nginx's error log", "entries of nginx's error log" */
	/* Whether an entry of this kind begins here. `unit` is the program that syslog or the journal names, or "". */
	bool (*begins)(struct fps_span text, const char *unit);
	/* Whether an entry that begins like this can be of any use; NULL: always. */
	bool (*matters)(struct fps_span text);
	/* Whether nothing more is needed of it; NULL: an entry is one line. */
	bool (*is_whole)(struct fps_span text);
	/* Whether a line that begins no entry can belong to it; NULL: any line. */
	bool (*continues)(struct fps_span line);
};

const struct fps_logkind *fps_logkind(enum fps_entry_kind kind);

/* The kind of the entry that begins here; FPS_ENTRY_UNKNOWN if none does. */
enum fps_entry_kind fps_logkind_of(struct fps_span text, const char *unit);

/* The same after an unknown prefix: only kinds with an unambiguous beginning. */
enum fps_entry_kind fps_logkind_inside(struct fps_span text);

/* Whether a line is an access log line in the default format of both servers or of FPM; never true for another kind. */
bool fps_logkind_is_combined(struct fps_span line);
bool fps_logkind_is_fpm_access(struct fps_span line);

/* Whether a text without envelope is a line of an access log: in JSON, or in a format that was passed (accessformat.h).
 */
bool fps_logkind_is_access(struct fps_span text);

#endif
