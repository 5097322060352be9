/*
 * `fpmsentinel trace`: each failure in nginx's error log with its cause.
 */
#ifndef FPS_TRACE_H
#define FPS_TRACE_H

#include "log/files.h"
#include "output/incident_text.h"
#include "explain/verdict.h"

/* Exit statuses of the tool. */
enum { FPS_EXIT_EXPLAINED, FPS_EXIT_UNEXPLAINED, FPS_EXIT_TROUBLE };

enum fps_format { FPS_FORMAT_TEXT, FPS_FORMAT_JSON, FPS_FORMAT_NDJSON };

struct fps_trace {
	/* what is wished */
	struct fps_files nginx, access, records, fpm;
	const char *only[16];
	size_t only_count;
	bool unexplained, follow;
	enum fps_format format;
	/* what is known */
	struct fps_incidents incidents;
	struct fps_records told;
	struct fps_fpm_log fpm_log;
	/* what was told */
	struct fps_style style;
	struct fps_counts counts;
	bool some_unexplained;
};

/* The arguments begin with "trace". */
int fps_trace_main(int argc, char **argv);

/* Which record is of which incident; what verdicts can be reached from then. */
struct fps_evidence fps_trace_join(struct fps_trace *trace);

/* Says what the incident, which has been joined, was; on standard output if it is one of those that are wished. */
void fps_trace_tell(struct fps_trace *trace, struct fps_incident *incident, const struct fps_evidence *evidence);

#endif
