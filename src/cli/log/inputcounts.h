/*
 * What was read: how many entries of which kind, what was not used and why, and what nobody understood. Nothing is
 * dropped without being counted here.
 */
#ifndef FPS_INPUTCOUNTS_H
#define FPS_INPUTCOUNTS_H

#include "log/entry.h"

/* What became of an entry. */
enum fps_use {
	FPS_USE_TAKEN,
	FPS_USE_OTHER,   /* it is about something else */
	FPS_USE_FOREIGN, /* a failure of an upstream that is not FastCGI */
	FPS_USE_REFUSED, /* a client that nginx had no connection left for: no request */
	FPS_USE_TIME,    /* it is not of the time that was asked for */
	FPS_USE_BROKEN,  /* it is cut or changed */
	FPS_USE_PROGRAM, /* of another program, by syslog's or the journal's name for it */
	FPS_USES
};

struct fps_inputcounts_file {
	char *name;
	uint64_t entries[FPS_ENTRY_KINDS], lines, unknown;
	uint64_t example_line; /* of the first line that was not understood */
	char example[100];
	bool was_named; /* by the caller, and not found in a folder or the usual places */
};

struct fps_inputcounts {
	struct fps_inputcounts_file *files;
	size_t count, room;
	uint64_t entries[FPS_ENTRY_KINDS], uses[FPS_USES], unknown;
	size_t skipped;      /* what is in folders besides files: findlogs.h */
	const char *example; /* of these; borrowed */
};

/* From now on it is that file. */
struct fps_inputcounts_file *fps_inputcounts_begin(struct fps_inputcounts *tally, const char *name, bool was_named);

void fps_inputcounts_count(struct fps_inputcounts *tally, enum fps_entry_kind kind, uint64_t count);
void fps_inputcounts_use(struct fps_inputcounts *tally, enum fps_use use, uint64_t count);
void fps_inputcounts_unknown(struct fps_inputcounts *tally, uint64_t line, struct fps_span text);

/* What stands behind a count of those that were not used, "failures of upstreams that are not FastCGI"; and the use's
 * name in JSON. */
const char *fps_inputcounts_title(enum fps_use use, uint64_t count);
const char *fps_inputcounts_name(enum fps_use use);

void fps_inputcounts_free(struct fps_inputcounts *tally);

#endif
