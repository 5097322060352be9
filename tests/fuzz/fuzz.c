/* Inputs as files. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void must(int good)
{
	if (!good) {
		abort();
	}
}

const char *fps_fuzz_file(int number, const uint8_t *data, size_t size)
{
	static int files[FPS_FUZZ_FILES];
	static char names[FPS_FUZZ_FILES][32];

	if (files[number] == 0) {
		files[number] = memfd_create("fuzz", MFD_CLOEXEC);
		must(files[number] > 0);
		snprintf(names[number], sizeof(names[number]), "/proc/self/fd/%d", files[number]);
	}
	must(ftruncate(files[number], 0) == 0 && pwrite(files[number], data, size, 0) == (ssize_t) size);
	return names[number];
}

const char *fps_fuzz_part(int number, const uint8_t **data, size_t *size)
{
	const uint8_t *end = memmem(*data, *size, "\n--\n", 4);
	size_t taken = end ? (size_t) (end - *data) + 1 : *size;
	const char *name = fps_fuzz_file(number, *data, taken);

	taken += end ? 3 : 0;
	*data += taken;
	*size -= taken;
	return name;
}

FILE *fps_fuzz_null(void)
{
	static FILE *null;

	if (null == NULL) {
		null = fopen("/dev/null", "w");
		must(null != NULL);
	}
	return null;
}
