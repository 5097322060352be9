/* Counts of what was read. */
#include "log/inputcounts.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *one, *many;
} uses[FPS_USES] = {
	[FPS_USE_TAKEN] = {"used", "used", "used"},
	[FPS_USE_OTHER] = {"other", "about something else", "about something else"},
	[FPS_USE_FOREIGN] = {"not_fastcgi", "failure of an upstream that is not FastCGI",
		"failures of upstreams that are not FastCGI"},
	[FPS_USE_REFUSED] = {"worker_connections",
		"client that nginx closed: its worker_connections were used up (raise them)",
		"clients that nginx closed: its worker_connections were used up (raise them)"},
	[FPS_USE_TIME] = {"other_time", "outside of --since and --until", "outside of --since and --until"},
	[FPS_USE_BROKEN] = {"broken", "cut or changed", "cut or changed"},
	[FPS_USE_PROGRAM] = {"other_program", "of another program", "of other programs"},
};

const char *fps_inputcounts_title(enum fps_use use, uint64_t count)
{
	return count == 1 ? uses[use].one : uses[use].many;
}

const char *fps_inputcounts_name(enum fps_use use)
{
	return uses[use].name;
}

struct fps_inputcounts_file *fps_inputcounts_begin(struct fps_inputcounts *tally, const char *name, bool was_named)
{
	struct fps_inputcounts_file *file;

	if (tally->count == tally->room) {
		tally->room = tally->room ? tally->room * 2 : 8;
		tally->files = fps_alloc_resize(tally->files, tally->room, sizeof(*tally->files));
	}
	file = &tally->files[tally->count++];
	*file = (struct fps_inputcounts_file) {
		.name = fps_alloc_copy((struct fps_span) {name, strlen(name)}, 0), .was_named = was_named};
	return file;
}

static struct fps_inputcounts_file *current(struct fps_inputcounts *tally)
{
	return &tally->files[tally->count - 1];
}

void fps_inputcounts_count(struct fps_inputcounts *tally, enum fps_entry_kind kind, uint64_t count)
{
	tally->entries[kind] += count;
	current(tally)->entries[kind] += count;
}

void fps_inputcounts_use(struct fps_inputcounts *tally, enum fps_use use, uint64_t count)
{
	tally->uses[use] += count;
}

void fps_inputcounts_unknown(struct fps_inputcounts *tally, uint64_t line, struct fps_span text)
{
	struct fps_inputcounts_file *file = current(tally);
	size_t len = text.len < sizeof(file->example) ? text.len : sizeof(file->example) - 1;

	if (file->unknown++ == 0) {
		file->example_line = line;
		memcpy(file->example, text.at, len);
		file->example[len] = '\0';
	}
	tally->unknown++;
}

void fps_inputcounts_free(struct fps_inputcounts *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		free(tally->files[i].name);
	}
	free(tally->files);
	*tally = (struct fps_inputcounts) {0};
}
