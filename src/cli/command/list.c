/* The command: failed requests and records, a line each. */
#include "base/pager.h"
#include "base/warn.h"
#include "command.h"
#include "command/joinedlogs.h"
#include "command/selection.h"
#include "command/suggestions.h"
#include "output/incident_printer.h"
#include "output/listing.h"

#include <stdio.h>

struct options {
	struct fps_joinedlogs logs;
	struct fps_selection selection;
	enum fps_format format;
};

static const char *const formats[] = {"text", "json", "ndjson", NULL};

static const struct fps_option rows[] = {
	FPS_SELECTION_ROWS(offsetof(struct options, selection), "only the newest N", "newest first"),
	FPS_SELECTION_STATUS_ROW(offsetof(struct options, selection)),
	{.help = "Output:"},
	{'f', "format", NULL, formats, "ndjson has one object per line", NULL, offsetof(struct options, format)},
	FPS_PAGER_ROW,
	{.argument = "FILE", .set = fps_findlogs_set, .offset = offsetof(struct options, logs.files)},
	FPS_OPTIONS_END,
};

static void print(const struct options *options, size_t count)
{
	const struct fps_joinedlogs *logs = &options->logs;

	if (options->format == FPS_FORMAT_TEXT && count > 0) {
		fps_listing_text(stdout, logs->all, count, &logs->known.records);
	} else if (options->format != FPS_FORMAT_TEXT) {
		fps_listing_json(stdout, logs->all, count, options->format == FPS_FORMAT_NDJSON);
	}
}

static int run(void *parsed)
{
	struct options *options = parsed;
	struct fps_joinedlogs *logs = &options->logs;
	bool good = fps_joinedlogs_read(logs);
	size_t count = fps_selection_choose(&options->selection, logs->all, logs->count);

	if (count == 0 && logs->reader.tally.count > 0) {
		fps_warn("nothing matches, of %zu incidents and records that were read", logs->count);
	}
	fps_pager_begin();
	print(options, count);
	fps_joinedlogs_free(logs);
	fps_selection_free(&options->selection);
	return fflush(stdout) != 0 || !good ? FPS_EXIT_TROUBLE : count ? FPS_EXIT_EXPLAINED : FPS_EXIT_UNEXPLAINED;
}

const struct fps_command fps_command_list = {
	.name = "list",
	.summary = "list failed requests and records, a line each",
	.usage = "[OPTION]... [FILE]...",
	.about =
		"Lists failed requests and worker deaths, a line each, the newest last: what `fpmsentinel info` takes "
		"(the ids and the names of defects), pool, process, request and place. Without a FILE it reads the logs in "
		"their usual places, like `fpmsentinel trace`.",
	.options = rows,
	.notes = {"Exit status: 0 something is listed, 1 nothing matches, 2 usage error or unreadable input."},
	.suggest = fps_suggestions_offer,
	.size = sizeof(struct options),
	.run = run,
};
