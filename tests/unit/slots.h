/* Slots to format: as a worker would have filled them. */
#ifndef FPS_UNIT_SLOTS_H
#define FPS_UNIT_SLOTS_H

#include "unit.h"

#include "blackbox.h"
#include "record/record.h"

#include <signal.h>

#define SECOND_US 1000000u
#define SECOND_NS 1000000000u
#define SET(field, text) slot_set((field), sizeof(field), (text))

static inline void slot_set(char *field, size_t size, const char *text)
{
	memset(field, 0, size);
	memcpy(field, text, strlen(text) < size ? strlen(text) : size - 1);
}

static inline struct fps_arena_span slot_span(struct fps_slot *slot, const char *bytes, size_t len)
{
	struct fps_draft *draft = &slot->draft;
	struct fps_arena_span span = {(uint16_t) draft->arena_len, (uint16_t) len};

	if (len > sizeof draft->arena - draft->arena_len) {
		return (struct fps_arena_span) {0, 0};
	}
	memcpy(draft->arena + draft->arena_len, bytes, len);
	draft->arena_len += (uint32_t) len;
	return span;
}

static inline struct fps_php_frame *slot_php(
	struct fps_slot *slot, const char *class_name, const char *function, const char *file, uint32_t line)
{
	struct fps_php_frame *frame = &slot->draft.php_frame[slot->draft.php_frames++];

	frame->class_name = slot_span(slot, class_name, strlen(class_name));
	frame->function = slot_span(slot, function, strlen(function));
	frame->file = slot_span(slot, file, strlen(file));
	frame->line = line;
	frame->call = class_name[0] ? FPS_CALL_METHOD : FPS_CALL_FUNCTION;
	return frame;
}

static inline void slot_native(struct fps_slot *slot, uint64_t ip, int16_t module)
{
	slot->draft.native_frame[slot->draft.native_frames++] = (struct fps_native_frame) {.ip = ip, .module = module};
}

static inline void slot_module(struct fps_slot *slot, const char *path, uint64_t bias, uint8_t build_id)
{
	struct fps_module *module = &slot->draft.module[slot->draft.modules++];

	SET(module->path, path);
	module->start = module->bias = bias;
	module->end = bias + 0x1000000;
	memset(module->build_id, build_id, sizeof module->build_id);
	module->build_id_len = build_id ? sizeof module->build_id : 0;
}

/* Memory of its own, with what fps_blackbox_claim() puts there. */
static inline struct fps_slot *slot_claimed(void)
{
	struct fps_slot *slot = calloc(1, sizeof *slot);

	slot->magic = FPS_SLOT_MAGIC;
	slot->version = FPS_SLOT_VERSION;
	slot->size = sizeof *slot;
	slot->who.pid = 8785;
	slot->who.parent_pid = 8783;
	return slot;
}

/* The death of RECORD.md's example. */
static inline struct fps_slot *slot_example(void)
{
	struct fps_slot *slot = slot_claimed();
	struct fps_request *request = &slot->request;
	struct fps_draft *draft = &slot->draft;

	slot->who.started_us = 1795330253000000;
	slot->who.seed = 0xd4e5f708192a3b4c;
	slot->requests_served = 12;
	SET(slot->who.pool, "www");
	SET(slot->draft.error_type, "SIGTERM");
	request->started_ns = 100 * (uint64_t) SECOND_NS;
	slot->who.epoch_ns = 1795330253711456000 - request->started_ns;
	SET(request->method, "GET");
	SET(request->domain, "shop.example");
	SET(request->path, "/sleep.php");
	SET(request->script, "/srv/www/sleep.php");
	SET(request->client_ip, "203.0.113.7");
	SET(request->id, "43619ec4256eb547400aa42c5d08f746");
	SET(request->nginx_pid, "8796");
	SET(request->nginx_connection, "3");
	SET(request->nginx_connection_requests, "1");
	SET(request->traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
	request->memory_limit = 134217728;
	request->max_execution_time = 30;
	request->hard_timeout = 2;
	draft->stages_done = ((1u << FPS_STAGES) - 1) | FPS_DRAFT_IDENTIFIED;
	draft->died_ns = request->started_ns + 3412100000;
	draft->died_us = 1795330253711456 + 3412100;
	draft->cause = FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT;
	draft->confidence = FPS_PROBABLE;
	draft->phase = FPS_PHASE_EXECUTE;
	draft->signal = SIGTERM;
	draft->has_code = draft->has_sender = true;
	draft->signal_code = SI_USER;
	draft->sender_pid = 8783;
	draft->sender_role = FPS_ROLE_FPM_MASTER;
	SET(draft->error_message, "terminated by the FPM master");
	SET(draft->evidence[0], "sender 8783 is the FPM master");
	SET(draft->evidence[1], "no SIGQUIT came first");
	draft->memory_used = draft->memory_peak = 2097152;
	draft->memory_rss = 19398656;
	slot_php(slot, "", "sleep", "", 0);
	slot_php(slot, "", "slow", "/srv/www/sleep.php", 3);
	slot_php(slot, "", "{main}", "/srv/www/sleep.php", 5);
	slot_module(slot, "/usr/lib/x86_64-linux-gnu/libc.so.6", 0x7f10a2a00000, 0x9b);
	slot_native(slot, 0x7f10a2ad3f80, 0);
	slot_native(slot, 0x1234, -1);
	draft->registers = 1;
	draft->register_value[0] = 0x7f10a2ad3f80;
	return slot;
}

/* The same pattern in every text: what is as long as it can be, and all that is expensive to escape. */
static inline void slot_fill_texts(struct fps_slot *slot, const char *pattern, size_t pattern_len)
{
	struct fps_request *request = &slot->request;
	struct fps_draft *draft = &slot->draft;
	const struct {
		char *field;
		size_t size;
	} fields[] = {
#define FIELD(field) {field, sizeof(field)}
		FIELD(slot->who.pool),
		FIELD(slot->who.log),
		FIELD(request->method),
		FIELD(request->domain),
		FIELD(request->path),
		FIELD(request->script),
		FIELD(request->client_ip),
		FIELD(request->id),
		FIELD(request->nginx_pid),
		FIELD(request->nginx_connection),
		FIELD(request->nginx_connection_requests),
		FIELD(request->traceparent),
		FIELD(draft->client_port),
		FIELD(draft->query),
		FIELD(draft->sender_command),
		FIELD(draft->error_message),
		FIELD(draft->evidence[0]),
		FIELD(draft->evidence[1]),
		FIELD(draft->evidence[2]),
		FIELD(draft->evidence[3]),
#undef FIELD
	};

	for (size_t i = 0; i < COUNT(fields); i++) {
		for (size_t at = 0; at + 1 < fields[i].size; at++) {
			fields[i].field[at] = pattern[at % pattern_len];
		}
		fields[i].field[fields[i].size - 1] = '\0';
	}
	draft->sender_role = FPS_ROLE_OTHER; /* of which alone the command is known */
}

/* Every frame and every module taken, the arena full of the pattern. */
static inline void slot_fill_stacks(struct fps_slot *slot, const char *pattern, size_t pattern_len)
{
	struct fps_draft *draft = &slot->draft;
	uint16_t part = FPS_ARENA_SIZE / (3 * FPS_MAX_FRAMES);

	for (size_t i = 0; i < sizeof draft->arena; i++) {
		draft->arena[i] = pattern[i % pattern_len];
	}
	draft->arena_len = sizeof draft->arena;
	draft->php_frames = FPS_MAX_FRAMES;
	draft->php_frames_omitted = 1000;
	for (uint16_t i = 0; i < FPS_MAX_FRAMES; i++) {
		draft->php_frame[i] = (struct fps_php_frame) {.function = {(uint16_t) (3 * i * part), part},
			.class_name = {(uint16_t) ((3 * i + 1) * part), part},
			.file = {(uint16_t) ((3 * i + 2) * part), part},
			.line = UINT32_MAX,
			.call = FPS_CALL_METHOD,
			.line_approximate = true,
			.is_listed = true,
			.argument = {0, FPS_MAX_ARGUMENT}};
	}
	draft->modules = 0;
	for (uint32_t i = 0; i < FPS_MAX_MODULES; i++) {
		slot_module(slot, "", (uint64_t) i << 40, 0xff);
		for (size_t at = 0; at + 1 < sizeof draft->module[i].path; at++) {
			draft->module[i].path[at] = pattern[at % pattern_len];
		}
	}
	draft->native_frames = 0;
	for (uint32_t i = 0; i < FPS_MAX_NATIVE_FRAMES; i++) {
		slot_native(slot, UINT64_MAX - i, (int16_t) (i % FPS_MAX_MODULES));
	}
	draft->registers = FPS_MAX_REGISTERS;
	memset(draft->register_value, 0xff, sizeof draft->register_value);
}

#endif
