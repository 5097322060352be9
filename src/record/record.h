/*
 * A slot as one line of JSON, by the contract of conf/fpmsentinel.schema.json. Allocates nothing,
 * trusts nothing in the slot but its type. May be called from a signal handler.
 */
#ifndef FPS_SIG_RECORD_H
#define FPS_SIG_RECORD_H

#include "blackbox.h"

#define FPS_SIG_RECORD_MAX 16000 /* with its newline; Docker splits lines at 16 KiB */

/* What every record contains. Copied; before any fork. */
void fps_sig_record_init(const char *host, const char *php_version, const char *version);

/* Who writes: "worker", unless said otherwise. Not copied. */
void fps_sig_record_written_by(const char *writer);

/*
 * Writes the slot's draft as a line, with its newline, into `line` of FPS_SIG_RECORD_MAX bytes
 * and returns its length. Too long a record loses the middle of its native and PHP stacks first,
 * then the ends of its texts. Texts in the slot that have no end get one.
 */
size_t fps_sig_record_format(struct fps_slot *slot, char *line);

#define FPS_SIG_RECORD_SHORT 699 /* with its newline */

/* What a record of a storm says instead of its stacks. */
struct fps_sig_storm {
	uint64_t count; /* records of this fingerprint within the last minute, this one included */
	char first[33]; /* event.id of the full one */
};

/* The same of at most FPS_SIG_RECORD_SHORT bytes: what finds the request, and the record that has the rest. */
size_t fps_sig_record_format_short(struct fps_slot *slot, const struct fps_sig_storm *storm, char *line);

#endif
