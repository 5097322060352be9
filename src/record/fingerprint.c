#include "record/fingerprint.h"

#include "record/message.h"

#include "platform.h"

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
static uint64_t mix_span(uint64_t hash, const struct fps_draft *draft, struct fps_arena_span span)
{
	static const char closure[] = "{closure:", evaluated[] = ") : ";
	size_t len;
	const char *bytes = fps_sig_message_span(draft, span, &len), *end;

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

/* A field that may be full to its end. */
static uint64_t mix_text(uint64_t hash, const char *text, size_t size)
{
	return mix(mix(hash, text, strnlen(text, size - 1)), "", 1);
}

static bool mix_php(uint64_t *hash, const struct fps_draft *draft)
{
	uint32_t frames = 0;

	for (uint32_t i = 0; i < draft->php_frames && frames < FRAMES; i++) {
		const struct fps_php_frame *frame = &draft->php_frame[i];

		if (frame->function.len > 0 || frame->file.len > 0) {
			*hash = mix_span(*hash, draft, frame->class_name);
			*hash = mix_span(*hash, draft, frame->function);
			*hash = mix_span(*hash, draft, frame->file);
			frames++;
		}
	}
	return frames > 0;
}

static bool mix_native(uint64_t *hash, const struct fps_draft *draft)
{
	uint32_t frames = 0;

	for (uint32_t i = 0; i < draft->native_frames && i < FRAMES; i++) {
		const struct fps_native_frame *frame = &draft->native_frame[i];

		if (frame->module >= 0) {
			const struct fps_module *module = &draft->module[frame->module];
			uint64_t offset = frame->ip - module->bias;

			*hash = mix(mix(*hash, module->build_id, module->build_id_len), &offset, sizeof offset);
			frames++;
		}
	}
	return frames > 0;
}

/* What ends a worker, or a master, wherever that is. */
static bool is_anywhere(uint8_t cause)
{
	switch (cause) {
		case FPS_CAUSE_FPM_RELOAD:
		case FPS_CAUSE_FPM_STOP:
		case FPS_CAUSE_OPCACHE_KILL:
		case FPS_CAUSE_TERMINATED:
		case FPS_CAUSE_OOM_KILL:
		case FPS_CAUSE_KILLED: return true;
		default: return cause > FPS_CAUSE_TIME_PRESSURE;
	}
}

/* A stack of some time before, or of another thread, would be another one each time. */
uint64_t fps_sig_fingerprint(const struct fps_slot *slot)
{
	const struct fps_draft *draft = &slot->draft;
	const char *cause = fps_sig_message_cause(draft);
	uint64_t hash = mix(0xcbf29ce484222325ULL, cause, strlen(cause));
	bool has_place = draft->thread != FPS_THREAD_OTHER && !fps_sig_message_is_sampled(draft);

	if (is_anywhere(draft->cause)) {
		return mix_text(hash, slot->who.pool, sizeof slot->who.pool);
	}
	if ((has_place && mix_php(&hash, draft)) || mix_native(&hash, draft) || draft->other_thread) {
		return hash;
	}
	return mix(mix_text(hash, slot->request.script, sizeof slot->request.script), &draft->phase, sizeof draft->phase);
}
