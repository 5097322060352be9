/*
 * What `fpmsentinel` without arguments shows: this machine in one screen.
 */
#ifndef FPS_OUTPUT_OVERVIEW_H
#define FPS_OUTPUT_OVERVIEW_H

#include "base/terminal.h"
#include "explain/defect.h"

enum { FPS_OVERVIEW_SPANS = 3, FPS_OVERVIEW_CELLS = 28, FPS_OVERVIEW_LOGS = 4 };

/* Incidents of the last hour, day or week: in all, and in each of its parts, the newest last. */
struct fps_overview_span {
	const char *name, *cell; /* "day", and what a part of it is: "hour" */
	int64_t seconds;
	size_t cells;
	size_t incidents, deaths, counts[FPS_OVERVIEW_CELLS];
};

struct fps_overview_logs {
	const char *name; /* "nginx's error log" */
	enum fps_entry_kind kind;
	size_t files;
	double begins; /* seconds since the epoch; 0: not known */
};

struct fps_overview_texts {
	char **all;
	size_t count;
};

struct fps_overview {
	double now, since; /* what is older than `since` does not count */
	struct fps_overview_logs logs[FPS_OVERVIEW_LOGS];
	size_t old_files; /* last written before that, which were not read */
	struct fps_overview_span spans[FPS_OVERVIEW_SPANS];
	struct fps_defects defects;                  /* of the week */
	bool knows_new;                              /* the logs reach back for more than a day */
	bool is_empty;                               /* neither a web server nor PHP-FPM nor a log is here */
	struct fps_overview_texts wrong;             /* with the set-up */
	struct fps_overview_texts unread, unchecked; /* what could not be read, with what helps; what was not checked */
	char *next, *next_why;                       /* the command to type */
};

/* Whether it was first seen within the last day, or no older version of its service has it. */
bool fps_overview_is_new(const struct fps_overview *overview, const struct fps_defect *defect);

/* At most some 24 lines of 80 columns. */
void fps_overview_text(FILE *out, const struct fps_style *style, const struct fps_overview *overview);
void fps_overview_json(FILE *out, const struct fps_overview *overview);

#endif
