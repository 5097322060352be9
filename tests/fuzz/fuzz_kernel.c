/* The kernel's and systemd's logs of any bytes at all: each line of the input is one. What is found must lie within it.
 */
#include "fuzz.h"

#include "log/kernellog.h"
#include "log/systemdlog.h"

#include <stdlib.h>

static void check(struct fps_span found, struct fps_span whole)
{
	if (found.at != NULL
		&& (found.at < whole.at || found.len > whole.len || found.at + found.len > whole.at + whole.len)) {
		abort();
	}
}

static void one(struct fps_span line)
{
	struct fps_kern_event kernel;
	struct fps_unit_event unit;

	if (fps_kernellog_parse(line, &kernel)) {
		const struct fps_span spans[] = {kernel.process, kernel.cgroup, kernel.limit, kernel.module, kernel.text};

		for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
			check(spans[i], line);
		}
	}
	if (fps_systemdlog_parse(line, &unit)) {
		const struct fps_span spans[] = {unit.unit, unit.description, unit.process, unit.result, unit.text};

		for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
			check(spans[i], line);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_span rest = {(const char *) data, size}, line;

	while (fps_span_take(&rest, "\n", &line)) {
		one(line);
	}
	one(rest);
	return 0;
}
