/*
 * All that `fpmsentinel trace` does with any bytes at all: the input up to a line of "--" is nginx's log, up to the next
 * one records, up to the next one FPM's log, and the rest the access log.
 */
#include "fuzz.h"

#include "log/accesslog.h"
#include "explain/join.h"
#include "output/incident_text.h"
#include "explain/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fps_style style = {.width = 80};
	struct fps_incidents incidents = {0};
	struct fps_records records = {0};
	struct fps_fpm_log fpm = {0};

	fps_incidents_read(&incidents, fps_fuzz_part(0, &data, &size), false);
	fps_records_read(&records, fps_fuzz_part(1, &data, &size), false);
	fps_fpmlog_read(&fpm, fps_fuzz_part(2, &data, &size));
	fps_incidents_sort(&incidents);
	fps_records_sort(&records);
	fps_fpmlog_sort(&fpm);
	fps_accesslog_read(&incidents, fps_fuzz_part(3, &data, &size));
	const struct fps_evidence evidence = {&records, &fpm, fps_join_shift(&incidents, &records)};

	fps_join_all(&incidents, &records, evidence.shift);
	fps_verdict_prepare(&fpm, &records, evidence.shift);
	for (size_t i = 0; i < incidents.count; i++) {
		fps_verdict_reach(&incidents.all[i], &evidence);
		fps_report_text(fps_fuzz_null(), &style, &incidents.all[i]);
		fps_tojson_write(fps_fuzz_null(), &incidents.all[i]);
	}
	fps_incidents_free(&incidents);
	fps_records_free(&records);
	fps_fpmlog_free(&fpm);
	return 0;
}
