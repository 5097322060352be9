/*
 * All that a command reads: the logs that it was given, or those in the usual places, joined to occurrences, which are
 * failed requests and the records that no web server's log has an entry for.
 */
#ifndef FPS_JOINEDLOGS_H
#define FPS_JOINEDLOGS_H

#include "base/json.h"
#include "explain/explain.h"
#include "explain/grouping.h"
#include "log/logreader.h"

/* Zeros to begin with, but for the files, which options may have named. */
struct fps_joinedlogs {
	struct fps_files files;
	struct fps_logreader reader;
	struct fps_known known;
	struct fps_joined joined;
	struct fps_verdict *verdicts; /* of known.incidents */
	struct fps_occurrence *all;   /* in the order of time; they borrow from all of the above */
	size_t count;
	char **piped; /* records of what cannot be read twice */
	size_t piped_count;
	bool is_pipe; /* what is being read */
};

/* False: something could not be read, which has been reported. What could be read is there. */
bool fps_joinedlogs_read(struct fps_joinedlogs *logs);

/* A record as it was written, for which its file is read again; NULL: it has gone meanwhile. The caller releases it. */
struct json_object *fps_joinedlogs_json(const struct fps_joinedlogs *logs, const struct fps_record *record);

void fps_joinedlogs_free(struct fps_joinedlogs *logs);

#endif
