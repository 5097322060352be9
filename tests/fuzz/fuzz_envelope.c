/*
 * Logs of any kind and in any envelope, of any bytes at all: everything is read as `trace FILE` reads it, twice, the
 * second time for access logs. The first byte chooses whether the file is said to be of a kind.
 */
#include "fuzz.h"

#include "explain/explain.h"
#include "log/reader.h"
#include "output/inputsummary.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_known known = {.incidents = {0}};
	struct fps_reader reader = {.take = fps_explain_take, .to = &known};
	struct fps_files files = {0};
	enum fps_entry_kind kind = size ? data[0] % (FPS_ENTRY_KINDS + 1) : FPS_ENTRY_KINDS;

	fps_files_add(&files, fps_fuzz_file(0, data + (size > 0), size - (size > 0)), kind);
	fps_reader_kind_of(&files.all[0]);
	fps_reader_read(&reader, &files.all[0]);
	fps_explain_sort(&known);
	fps_explain_expect(&known);
	fps_reader_read_access(&reader, &files);
	fps_inputsummary_json(fps_fuzz_null(), &reader.tally);

	/* what was counted is what was given out, and what was passed over */
	uint64_t entries = 0, uses = 0;

	for (int i = 0; i < FPS_ENTRY_KINDS; i++) {
		entries += reader.tally.entries[i];
	}
	for (int i = 0; i < FPS_USES; i++) {
		uses += i == FPS_USE_PROGRAM ? 0 : reader.tally.uses[i];
	}
	if (uses > entries) {
		abort();
	}
	fps_explain_free(&known);
	fps_reader_free(&reader);
	fps_files_free(&files);
	return 0;
}
