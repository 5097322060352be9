/* nginx's logs of any bytes at all: the input up to a line of "--" is its error log, the rest its access log. */
#include "fuzz.h"

#include "explain/explain.h"
#include "log/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_known known = {.incidents = {0}};
	struct fps_reader reader = {.take = fps_explain_take, .to = &known};
	struct fps_files files = {0};

	fps_files_add(&files, fps_fuzz_part(0, &data, &size), FPS_ENTRY_NGINX);
	fps_files_add(&files, fps_fuzz_part(1, &data, &size), FPS_ENTRY_ACCESS);
	for (size_t i = 0; i < files.count; i++) {
		fps_reader_read(&reader, &files.all[i]);
	}
	fps_explain_sort(&known);
	fps_explain_expect(&known);
	fps_reader_read_access(&reader, &files);
	fps_explain_free(&known);
	fps_reader_free(&reader);
	fps_files_free(&files);
	return 0;
}
