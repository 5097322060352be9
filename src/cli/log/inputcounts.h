/*
 * What was read: how many entries of each kind, what was not used and why, and what was not understood. Everything that
 * is dropped is counted here.
 */
#ifndef FPS_INPUTCOUNTS_H
#define FPS_INPUTCOUNTS_H

#include "log/entry.h"

/* How an entry was used. */
enum fps_use {
	FPS_USE_TAKEN,
	FPS_USE_OTHER,   /* it is about something else */
	FPS_USE_FOREIGN, /* a failure of an upstream that is not FastCGI */
	FPS_USE_REFUSED, /* a client for which nginx had no connection left: no request */
	FPS_USE_TIME,    /* it is outside of the requested time */
	FPS_USE_BROKEN,  /* it is cut or modified */
	FPS_USE_PROGRAM, /* of another program, according to syslog or the journal */
	FPS_USES
};

struct fps_inputcounts_file {
	char *name;
	uint64_t entries[FPS_ENTRY_KINDS], lines, unknown;
	uint64_t example_line; /* the line number of the first line that was not understood */
	char example[100];
	bool was_named;   /* by the caller, and not found in a folder or the usual places */
	bool is_answered; /* its lines of access logs have been taken */
};

struct fps_inputcounts {
	struct fps_inputcounts_file *files;
	size_t count, room;
	uint64_t entries[FPS_ENTRY_KINDS], uses[FPS_USES], unknown;
	size_t skipped;      /* how many entries of folders were skipped: findlogs.h */
	const char *example; /* the first of these; borrowed */
};

/* Makes that the current file. */
struct fps_inputcounts_file *fps_inputcounts_begin(struct fps_inputcounts *tally, const char *name, bool was_named);

void fps_inputcounts_count(struct fps_inputcounts *tally, enum fps_entry_kind kind, uint64_t count);
void fps_inputcounts_use(struct fps_inputcounts *tally, enum fps_use use, uint64_t count);
void fps_inputcounts_unknown(struct fps_inputcounts *tally, uint64_t line, struct fps_span text);

/*
 * The text after a count of those that were not used, "failures of upstreams that are not FastCGI"; and the use's name
 * in JSON.
 */
const char *fps_inputcounts_title(enum fps_use use, uint64_t count);
const char *fps_inputcounts_name(enum fps_use use);

void fps_inputcounts_free(struct fps_inputcounts *tally);

#endif
