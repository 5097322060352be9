/*
 * Who wrote the lines of logs, as their envelopes say.
 */
#ifndef FPS_STREAMS_H
#define FPS_STREAMS_H

#include "base/span.h"

/*
 * Who wrote a line, as its envelopes say: what is not known is NULL, or 0. Interned: two lines have the same pointer
 * exactly if all of this is the same. Lines without any envelope have one too, in which nothing is known.
 */
struct fps_stream {
	const char *host;      /* of syslog, the journal, a shipper */
	const char *container; /* the service of compose, the container's name or id, the process of foreman */
	const char *pod;       /* of Kubernetes, without its namespace */
	const char *unit;      /* of systemd, or the program that syslog names: "php8.2-fpm.service", "nginx", "kernel" */
	const char *output;    /* "stdout", "stderr" */
	int64_t pid;           /* of who wrote, by syslog or the journal */
	size_t number;         /* from 0 on, in the order of their appearance: 0 is the stream of which nothing is known */
};

/* All streams. Zeros to begin with. */
struct fps_streams {
	struct fps_stream **all; /* by number */
	size_t count, room;
	size_t *table, slots; /* of a hash table: numbers + 1, 0 where there is none */
	double latest;        /* the latest time with a year that was seen: syslog's has none */
};

/* The one that is the same as this; texts are copied. Good until fps_streams_free(). */
const struct fps_stream *fps_streams_intern(struct fps_streams *streams, const struct fps_stream *like);
void fps_streams_free(struct fps_streams *streams);

#endif
