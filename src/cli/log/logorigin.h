/*
 * Where log lines come from: their writers, according to their envelopes. Each writer is one stream of lines.
 */
#ifndef FPS_LOGORIGIN_H
#define FPS_LOGORIGIN_H

#include "base/span.h"

/*
 * The writer of a line, according to its envelopes; unknown members are NULL or 0. Interned: two lines have the same
 * pointer exactly if all of this is the same. Lines without any envelope share a stream in which nothing is known.
 */
struct fps_logorigin {
	const char *host;      /* from syslog, the journal, a shipper */
	const char *container; /* compose's service, the container's name or id, foreman's process */
	const char *pod;       /* in Kubernetes, without its namespace */
	/* systemd's unit, or the program that syslog names: "php8.2-fpm.service", "nginx", "kernel" */
	const char *unit;
	const char *output; /* "stdout", "stderr" */
	int64_t pid;        /* of the writer, according to syslog or the journal */
	size_t number;      /* from 0 on, in the order of their appearance: in stream 0 nothing is known */
};

/* All streams. Zeros to begin with. */
struct fps_logorigins {
	struct fps_logorigin **all; /* by number */
	size_t count, room;
	size_t *table, slots; /* the hash table: numbers + 1, 0 if empty */
	double latest;        /* the latest time with a year that was seen: syslog's has none */
};

/* Returns the stream that equals this one; copies texts. Valid until fps_logorigin_free(). */
const struct fps_logorigin *fps_logorigin_intern(struct fps_logorigins *streams, const struct fps_logorigin *like);
void fps_logorigin_free(struct fps_logorigins *streams);

#endif
