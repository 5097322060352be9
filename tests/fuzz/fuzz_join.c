/*
 * All that `fpmsentinel trace` does with any bytes at all: the input up to a line of "--" is nginx's log, up to the
 * next one records, up to the next one FPM's log, and the rest the access log.
 */
#include "fuzz.h"

#include "explain/explain.h"
#include "explain/outcome.h"
#include "output/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fps_style style = {.width = 80};
	struct fps_known known = {.incidents = {0}};

	fps_incidents_read(&known.incidents, fps_fuzz_part(0, &data, &size), false);
	fps_records_read(&known.records, fps_fuzz_part(1, &data, &size), false);
	fps_fpmlog_read(&known.fpm_log, fps_fuzz_part(2, &data, &size));
	fps_explain_sort(&known);
	fps_outcome_read(&known.incidents, fps_fuzz_part(3, &data, &size));
	const struct fps_evidence evidence = fps_explain_join(&known);

	for (size_t i = 0; i < known.incidents.count; i++) {
		fps_verdict_reach(&known.incidents.all[i], &evidence);
		fps_incident_text(fps_fuzz_null(), &style, &known.incidents.all[i]);
		fps_incident_json(fps_fuzz_null(), &known.incidents.all[i]);
	}
	fps_explain_free(&known);
	return 0;
}
