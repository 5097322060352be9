/* Which incidents are told of, and how. */
#include "command/trace.h"

#include "explain/join.h"

#include <string.h>

static bool is_wanted(const struct fps_trace *trace, const struct fps_incident *incident)
{
	if (trace->unexplained) {
		return !fps_verdict_is_explained(incident);
	}
	for (size_t i = 0; i < trace->only_count; i++) {
		if (strcmp(trace->only[i], incident->cause) == 0) {
			return true;
		}
	}
	return trace->only_count == 0;
}

struct fps_evidence fps_trace_join(struct fps_trace *trace)
{
	const struct fps_evidence evidence = {&trace->told, &trace->fpm_log, fps_join_shift(&trace->incidents, &trace->told)};

	fps_join_all(&trace->incidents, &trace->told, evidence.shift);
	fps_verdict_prepare(&trace->fpm_log, &trace->told, evidence.shift);
	return evidence;
}

void fps_trace_tell(struct fps_trace *trace, struct fps_incident *incident, const struct fps_evidence *evidence)
{
	fps_verdict_reach(incident, evidence);
	trace->some_unexplained = trace->some_unexplained || !fps_verdict_is_explained(incident);
	if (!is_wanted(trace, incident)) {
		return;
	}
	if (trace->format == FPS_FORMAT_TEXT) {
		fps_report_text(stdout, &trace->style, incident);
	} else {
		if (trace->format == FPS_FORMAT_JSON) {
			fputs(trace->counts.incidents ? ",\n" : "[\n", stdout);
		}
		fps_tojson_write(stdout, incident);
		fputs(trace->format == FPS_FORMAT_NDJSON ? "\n" : "", stdout);
	}
	fps_report_add(&trace->counts, incident);
}
