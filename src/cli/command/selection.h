/*
 * Which occurrences a command is about: the filters that `list`, `info`, `trace` and `report` share, their options, and
 * whether an occurrence passes them.
 */
#ifndef FPS_SELECTION_H
#define FPS_SELECTION_H

#include "base/options.h"
#include "explain/advice.h"
#include "explain/grouping.h"

struct fps_selection {
	int64_t since, until; /* seconds since the epoch; 0: no limit */
	int64_t limit;        /* so many of the newest; 0: all */
	struct fps_options_list pools, hosts, urls, scripts, statuses, causes, defects;
	bool deaths, reverse;
};

/* Accept "502" and "5xx". */
fps_options_setter fps_selection_set_status;

/*
 * Their rows; `of` is where they are in the struct of a command's options, the others say what --limit and --reverse
 * do there.
 */
#define FPS_SELECTION_ROWS(of, limit_help, reverse_help) \
	{.help = "Selection; what is not a time or a number may be repeated, and matches if one of its values does:"}, \
		{'s', "since", "TIME", NULL, FPS_OPTIONS_TIMES, fps_options_time, \
			(of) + offsetof(struct fps_selection, since)}, \
		{'u', "until", "TIME", NULL, "the end of that time, in the same formats; a day counts to its end", \
			fps_options_end, (of) + offsetof(struct fps_selection, until)}, \
		{0, "pool", "POOL", NULL, "of this pool of PHP-FPM", fps_options_list, \
			(of) + offsetof(struct fps_selection, pools)}, \
		{0, "host", "HOST", NULL, "of this machine, or of this site, as requests name it", fps_options_list, \
			(of) + offsetof(struct fps_selection, hosts)}, \
		{0, "url", "GLOB", NULL, "the URL's path, as in '/cart/*'", fps_options_list, \
			(of) + offsetof(struct fps_selection, urls)}, \
		{0, "script", "GLOB", NULL, "the PHP script, as in '/srv/shop/*'; without a slash the file's name alone", \
			fps_options_list, (of) + offsetof(struct fps_selection, scripts)}, \
		{'o', "cause", "CAUSE", fps_advice_causes, "of this cause", fps_options_list, \
			(of) + offsetof(struct fps_selection, causes)}, \
		{0, "only", "CAUSE", fps_advice_causes, NULL, fps_options_list, \
			(of) + offsetof(struct fps_selection, causes)}, \
		{0, "defect", "DEFECT", NULL, "of this defect, or of all whose names or fingerprints begin so", \
			fps_options_list, (of) + offsetof(struct fps_selection, defects)}, \
		{0, "deaths", NULL, NULL, "only those in which a worker died", fps_options_flag, \
			(of) + offsetof(struct fps_selection, deaths)}, \
		{0, "limit", "N", NULL, limit_help, fps_options_number, (of) + offsetof(struct fps_selection, limit)}, \
	{ \
		0, "reverse", NULL, NULL, reverse_help, fps_options_flag, (of) + offsetof(struct fps_selection, reverse) \
	}

/* Where access logs are read, too: records do not say what the client got. */
#define FPS_SELECTION_STATUS_ROW(of) \
	{ \
		0, "status", "N", NULL, "what the client got, by an access log: 502, or 5xx", fps_selection_set_status, \
			(of) + offsetof(struct fps_selection, statuses) \
	}

/* Whether an occurrence passes all filters but `limit`. */
bool fps_selection_matches(const struct fps_selection *selection, const struct fps_occurrence *occurrence);

/*
 * Of occurrences in the order of time, puts those that pass all filters at the beginning, in the order that is asked
 * for, and returns how many these are. A pool, host or defect that none of them is of is reported on standard error,
 * with those that there are.
 */
size_t fps_selection_choose(const struct fps_selection *selection, struct fps_occurrence *all, size_t count);

void fps_selection_free(struct fps_selection *selection);

#endif
