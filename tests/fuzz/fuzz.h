/*
 * What the fuzzers share: inputs as files, since it is files that the tool reads.
 */
#ifndef FPS_FUZZ_H
#define FPS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FPS_FUZZ_FILES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The name of a file in memory with these bytes, until the next call with that number, which is below FPS_FUZZ_FILES.
 */
const char *fps_fuzz_file(int number, const uint8_t *data, size_t size);

/* The same of the input up to a line of "--", which is taken off the input. */
const char *fps_fuzz_part(int number, const uint8_t **data, size_t *size);

/* Where output goes: it has to be made, and nobody reads it. */
FILE *fps_fuzz_null(void);

#endif
