/*
 * The kinds of logs, one row each: how an entry of it begins, and when it is whole.
 */
#ifndef FPS_LOGKIND_H
#define FPS_LOGKIND_H

#include "log/entry.h"

struct fps_logkind {
	const char *name;       /* in JSON */
	const char *one, *many; /* "entry of nginx's error log", "entries of nginx's error log" */
	/* Whether an entry of this kind begins here. `unit` is the program that syslog or the journal names, or "". */
	bool (*begins)(struct fps_span text, const char *unit);
	/* Whether anything in an entry that begins so can be of use; NULL: always. */
	bool (*matters)(struct fps_span text);
	/* Whether nothing more can belong to it; NULL: an entry is a line. */
	bool (*is_whole)(struct fps_span text);
	/* Whether a line that begins nothing can belong to it; NULL: any. */
	bool (*continues)(struct fps_span line);
};

const struct fps_logkind *fps_logkind(enum fps_entry_kind kind);

/* The kind of what begins here; FPS_ENTRY_UNKNOWN if nothing known does. */
enum fps_entry_kind fps_logkind_of(struct fps_span text, const char *unit);

/* The same for what may stand behind an unknown prefix: kinds whose beginning leaves no doubt. */
enum fps_entry_kind fps_logkind_inside(struct fps_span text);

/* Whether a line is one of an access log in the format that both servers come with, or FPM; never of another kind. */
bool fps_logkind_is_combined(struct fps_span line);
bool fps_logkind_is_fpm_access(struct fps_span line);

/* Whether a text that is no envelope is a line of an access log: as JSON, or in a format that was given
 * (accessformat.h). */
bool fps_logkind_is_access(struct fps_span text);

#endif
