#include "record/frames.h"

#include "record/message.h"
#include "record/names.h"

#include <string.h>

static void span(struct fps_sig_json *json, const char *name, const struct fps_draft *draft, struct fps_arena_span span)
{
	size_t len;
	const char *bytes = fps_sig_message_span(draft, span, &len);

	fps_sig_json_bytes(json, name, bytes, len);
}

/* A class says nothing without the function, nor does a line without its file. */
static void php_frame(struct fps_sig_json *json, const struct fps_draft *draft, const struct fps_php_frame *frame)
{
	size_t mark = fps_sig_json_begin(json, NULL);

	if (frame->function.len > 0 && frame->class_name.len > 0) {
		span(json, "class", draft, frame->class_name);
		fps_sig_json_text(json, "type", frame->call == FPS_CALL_METHOD ? "->" : "::");
	}
	span(json, "function", draft, frame->function);
	if (frame->file.len > 0) {
		span(json, "file", draft, frame->file);
		fps_sig_json_size(json, "line", frame->line);
		if (frame->line && frame->line_approximate) {
			fps_sig_json_bool(json, "line_approximate", true);
		}
	}
	fps_sig_json_end(json, mark);
}

/* Both ends of a stack of `count` of which `show` are shown. */
static bool is_shown(uint32_t index, uint32_t count, uint32_t show)
{
	return index < (show + 1) / 2 || index >= count - show / 2;
}

void fps_sig_frames_php(struct fps_sig_json *json, const struct fps_draft *draft, const char *version, uint32_t show)
{
	uint32_t count = draft->php_frames;
	size_t mark = fps_sig_json_begin(json, "php");

	fps_sig_json_text(json, "version", version);
	if (count > 0 || fps_sig_message_is_sampled(draft)) {
		fps_sig_json_i64(json, "stack_age_ms", (int64_t) fps_sig_message_age_ms(draft));
	}
	if (count > 0) {
		if (draft->php_frames_omitted > 0 || show < count) {
			fps_sig_json_i64(
				json, "frames_omitted", (int64_t) draft->php_frames_omitted + (show < count ? count - show : 0));
		}
		fps_sig_json_begin_array(json, "stack");
		for (uint32_t i = 0; i < count; i++) {
			if (is_shown(i, count, show)) {
				php_frame(json, draft, &draft->php_frame[i]);
			}
		}
		fps_sig_json_end_array(json);
	}
	fps_sig_json_end(json, mark);
}

static bool is_same_text(const struct fps_draft *draft, struct fps_arena_span one, struct fps_arena_span other)
{
	size_t len, other_len;
	const char *bytes = fps_sig_message_span(draft, one, &len),
			   *other_bytes = fps_sig_message_span(draft, other, &other_len);

	return len == other_len && memcmp(bytes, other_bytes, len) == 0;
}

/* Whether it is one of those, or one of the same function further out. */
static bool is_named(const struct fps_draft *draft, uint32_t index, uint32_t show)
{
	const struct fps_php_frame *frame = &draft->php_frame[index];

	for (uint32_t i = index; i < draft->php_frames; i++) {
		const struct fps_php_frame *other = &draft->php_frame[i];

		if (other->is_listed && other->argument.len > 0 && is_shown(i, draft->php_frames, show)
			&& is_same_text(draft, frame->function, other->function)
			&& is_same_text(draft, frame->class_name, other->class_name)) {
			return true;
		}
	}
	return false;
}

static void put(struct fps_sig_json *json, const struct fps_draft *draft, struct fps_arena_span span)
{
	size_t len;
	const char *bytes = fps_sig_message_span(draft, span, &len);

	fps_sig_buf_json(&json->out, bytes, len < json->max_text ? len : json->max_text);
}

/* As the directive has it: "Class::method". */
static void call(struct fps_sig_json *json, const struct fps_draft *draft, const struct fps_php_frame *frame)
{
	size_t mark = fps_sig_json_begin(json, NULL);

	fps_sig_json_key(json, "function");
	fps_sig_buf_char(&json->out, '"');
	put(json, draft, frame->class_name);
	fps_sig_buf_text(&json->out, frame->class_name.len > 0 ? "::" : "");
	put(json, draft, frame->function);
	fps_sig_buf_char(&json->out, '"');
	span(json, "name", draft, frame->argument);
	fps_sig_json_end(json, mark);
}

void fps_sig_frames_calls(struct fps_sig_json *json, const struct fps_draft *draft, uint32_t show)
{
	uint32_t count = draft->php_frames;
	bool is_any = false;

	for (uint32_t i = 0; i < count; i++) {
		const struct fps_php_frame *frame = &draft->php_frame[i];

		if (!frame->is_listed || frame->function.len == 0 || !is_shown(i, count, show) || !is_named(draft, i, show)) {
			continue;
		}
		if (!is_any) {
			fps_sig_json_begin_array(json, "calls");
			is_any = true;
		}
		call(json, draft, frame);
	}
	if (is_any) {
		fps_sig_json_end_array(json);
	}
}

static const char (*frame_names)[FPS_SIG_FRAME_NAME];

void fps_sig_frames_name(const char (*names)[FPS_SIG_FRAME_NAME])
{
	frame_names = names;
}

static void native_frame(struct fps_sig_json *json, const struct fps_draft *draft, uint32_t index)
{
	const struct fps_native_frame *frame = &draft->native_frame[index];
	size_t mark = fps_sig_json_begin(json, NULL);

	fps_sig_json_address(json, "ip", frame->ip);
	if (frame->module >= 0) {
		const struct fps_module *module = &draft->module[frame->module];

		fps_sig_json_text(json, "module", module->path);
		fps_sig_json_hex(json, "build_id", module->build_id, module->build_id_len);
		fps_sig_json_address(json, "offset", frame->ip - module->bias);
		fps_sig_json_text(json, "symbol", frame_names ? frame_names[index] : NULL);
	}
	fps_sig_json_text(json, "jit",
		frame->jit == FPS_JIT_OPCACHE    ? "opcache"
			: frame->jit == FPS_JIT_PCRE ? "pcre"
										 : NULL);
	fps_sig_json_end(json, mark);
}

static void recursion(struct fps_sig_json *json, const struct fps_draft *draft)
{
	size_t mark = fps_sig_json_begin(json, "recursion");

	if (draft->recursion_period > 0) {
		fps_sig_json_i64(json, "from", draft->recursion_from);
		fps_sig_json_i64(json, "period", draft->recursion_period);
		fps_sig_json_size(json, "count", draft->recursion_count);
	}
	fps_sig_json_end(json, mark);
}

void fps_sig_frames_native(struct fps_sig_json *json, const struct fps_draft *draft, uint32_t show)
{
	uint32_t count = draft->native_frames;
	size_t mark, registers;

	if (count == 0) {
		return;
	}
	mark = fps_sig_json_begin(json, "native");
	fps_sig_json_text(json, "arch", fps_sig_names_arch());
	if (show < count) {
		fps_sig_json_i64(json, "frames_omitted", count - show);
	}
	fps_sig_json_begin_array(json, "stack");
	for (uint32_t i = 0; i < count; i++) {
		if (is_shown(i, count, show)) {
			native_frame(json, draft, i);
		}
	}
	fps_sig_json_end_array(json);
	recursion(json, draft);
	registers = fps_sig_json_begin(json, "registers");
	for (uint32_t i = 0; i < draft->registers && fps_sig_names_register(i); i++) {
		fps_sig_json_address(json, fps_sig_names_register(i), draft->register_value[i]);
	}
	fps_sig_json_end(json, registers);
	fps_sig_json_end(json, mark);
}
