/* nginx's logs of any bytes at all: the input up to a line of "--" is its error log, the rest its access log. */
#include "fuzz.h"

#include "explain/outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_incidents incidents = {0};

	fps_incidents_read(&incidents, fps_fuzz_part(0, &data, &size), false);
	fps_incidents_sort(&incidents);
	fps_outcome_read(&incidents, fps_fuzz_part(1, &data, &size));
	fps_incidents_free(&incidents);
	return 0;
}
