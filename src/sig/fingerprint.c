#include "fingerprint.h"

#include "summary.h"

#include "../platform.h"

#include <string.h>

#define FRAMES 5

/* FNV-1a, 64 bits. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	while (len-- > 0) {
		hash = (hash ^ *at++) * 0x100000001b3ULL;
	}
	return hash;
}

/*
 * A name without what the engine adds of lines: "{closure:/srv/a.php:3}" (from 8.4 on),
 * "/srv/a.php(3) : eval()'d code".
 */
static uint64_t mix_span(uint64_t hash, const struct fps_draft *draft, struct fps_span span)
{
	static const char closure[] = "{closure:", evaluated[] = ") : ";
	size_t len;
	const char *bytes = fps_sig_summary_span(draft, span, &len), *end;

	if (len >= sizeof closure - 1 && memcmp(bytes, closure, sizeof closure - 1) == 0) {
		len = sizeof closure - 2;
	}
	end = memmem(bytes, len, evaluated, sizeof evaluated - 1);
	while (end && end > bytes && end[-1] >= '0' && end[-1] <= '9') {
		end--;
		len = (size_t) (end - bytes);
	}
	return mix(mix(hash, bytes, len), "", 1);
}

static uint64_t mix_native(uint64_t hash, const struct fps_draft *draft)
{
	for (uint32_t i = 0; i < draft->native_frames && i < FRAMES; i++) {
		const struct fps_native_frame *frame = &draft->native_frame[i];

		if (frame->module >= 0) {
			const struct fps_module *module = &draft->module[frame->module];
			uint64_t offset = frame->ip - module->bias;

			hash = mix(mix(hash, module->build_id, module->build_id_len), &offset, sizeof offset);
		}
	}
	return hash;
}

uint64_t fps_sig_fingerprint(const struct fps_draft *draft)
{
	const char *cause = fps_sig_summary_cause(draft);
	uint64_t hash = mix(0xcbf29ce484222325ULL, cause, strlen(cause));
	uint32_t frames = 0;

	for (uint32_t i = 0; i < draft->php_frames && frames < FRAMES; i++) {
		const struct fps_php_frame *frame = &draft->php_frame[i];

		if (frame->function.len > 0 || frame->file.len > 0) {
			hash = mix_span(hash, draft, frame->class_name);
			hash = mix_span(hash, draft, frame->function);
			hash = mix_span(hash, draft, frame->file);
			frames++;
		}
	}
	return frames > 0 ? hash : mix_native(hash, draft);
}
