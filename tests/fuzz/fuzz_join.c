/*
 * All that `fpmsentinel trace` does with any bytes at all: the input up to a line of "--" is nginx's log, up to the next
 * one records, up to the next one FPM's log, and the rest the access log.
 */
#include "fuzz.h"

#include "explain/explain.h"
#include "log/reader.h"
#include "output/incident.h"

static void print(const struct fps_known *known, const struct fps_joined *joined, size_t number)
{
	const struct fps_style style = {.width = 80};
	const struct fps_incident *incident = &known->incidents.all[number];
	struct fps_verdict verdict = fps_verdict_reach(incident, &joined->matches[number], &joined->evidence);
	const struct fps_explained explained = {incident, &joined->matches[number], &verdict};

	fps_incident_text(fps_fuzz_null(), &style, &explained);
	fps_incident_json(fps_fuzz_null(), &explained);
	fps_verdict_free(&verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum fps_entry_kind kinds[] = {FPS_ENTRY_NGINX, FPS_ENTRY_RECORD, FPS_ENTRY_FPM, FPS_ENTRY_ACCESS};
	struct fps_known known = {.incidents = {0}};
	struct fps_reader reader = {.take = fps_explain_take, .to = &known};
	struct fps_files files = {0};

	for (int i = 0; i < 4; i++) {
		fps_files_add(&files, fps_fuzz_part(i, &data, &size), kinds[i]);
		fps_reader_read(&reader, &files.all[i]);
	}
	fps_explain_sort(&known);
	fps_explain_expect(&known);
	fps_reader_read_access(&reader, &files);
	struct fps_joined joined = fps_explain_join(&known);

	for (size_t i = 0; i < known.incidents.count; i++) {
		print(&known, &joined, i);
	}
	fps_explain_release(&joined);
	fps_explain_free(&known);
	fps_reader_free(&reader);
	fps_files_free(&files);
	return 0;
}
