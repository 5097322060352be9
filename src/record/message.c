#include "record/message.h"

#include "record/names.h"

#include <string.h>

/* Longer paths and names are cut here; the record has them in their own fields. */
#define MAX_PATH_TEXT 160

/* The event.action of each class. */
static const char DEATH[] = "worker-death", KILLED[] = "request-killed", ABORTED[] = "request-aborted",
				  CHILD[] = "child-death", WARNING[] = "warning", EXIT[] = "worker-exit", MASTER[] = "master";

static const struct {
	const char *name, *action;
} causes[] = {
#define CAUSE(id, name, class, words) {name, class},
#include "causes.def"
};

static size_t cause_of(const struct fps_draft *draft)
{
	return draft->cause < sizeof causes / sizeof causes[0] ? draft->cause : FPS_CAUSE_UNKNOWN_DEATH;
}

const char *fps_sig_message_cause(const struct fps_draft *draft)
{
	return causes[cause_of(draft)].name;
}

const char *fps_sig_message_name(enum fps_cause cause)
{
	return causes[cause].name;
}

const char *fps_sig_message_action(const struct fps_draft *draft)
{
	return draft->child_pid ? CHILD : causes[cause_of(draft)].action;
}

bool fps_sig_message_is_death(const struct fps_draft *draft)
{
	return fps_sig_message_action(draft) == DEATH;
}

const char *fps_sig_message_level(const struct fps_draft *draft)
{
	const char *action = fps_sig_message_action(draft);

	if (action == ABORTED || action == WARNING) {
		return "warning";
	}
	return action == DEATH ? "critical" : action == KILLED || action == CHILD ? "error" : "info";
}

const char *fps_sig_message_phase(enum fps_phase phase)
{
	static const char *const names[] = {NULL, "startup", "compile", "execute", "shutdown", "idle", "exit"};

	return phase < sizeof names / sizeof names[0] ? names[phase] : NULL;
}

/*
 * The order of a version 7 UUID (RFC 9562): milliseconds of the request's start, then the count
 * of requests, and what is random in this worker, for each event of it another.
 */
static void put_id(const struct fps_slot *slot, uint64_t since_ns, uint32_t event, struct fps_sig_buf *to)
{
	fps_sig_buf_hex(to, (slot->who.epoch_ns + since_ns) / 1000000 & 0xffffffffffff, 12);
	fps_sig_buf_hex(to, slot->requests_served & 0xffff, 4);
	fps_sig_buf_hex(to, slot->who.seed + (slot->requests_served >> 16) + event * 0x9e3779b97f4a7c15ULL, 16);
}

static uint64_t since_ns(const struct fps_slot *slot)
{
	return slot->request.started_ns ? slot->request.started_ns : slot->draft.died_ns;
}

void fps_sig_message_id(const struct fps_slot *slot, struct fps_sig_buf *to)
{
	const struct fps_draft *draft = &slot->draft;

	put_id(slot, draft->other_thread ? draft->died_ns : since_ns(slot), draft->other_thread ? UINT32_MAX : draft->event,
		to);
}

void fps_sig_message_earlier_id(const struct fps_slot *slot, const struct fps_earlier *earlier, struct fps_sig_buf *to)
{
	put_id(slot, since_ns(slot), atomic_load(&earlier->event), to);
}

void fps_sig_message_death_id(const struct fps_slot *slot, struct fps_sig_buf *to)
{
	put_id(slot, since_ns(slot), 0, to);
}

const char *fps_sig_message_span(const struct fps_draft *draft, struct fps_arena_span span, size_t *len)
{
	bool inside = span.at <= sizeof draft->arena && span.len <= sizeof draft->arena - span.at;
	const char *bytes = draft->arena + (inside ? span.at : 0);
	const char *nul = memchr(bytes, '\0', inside ? span.len : 0);

	*len = nul && nul > bytes ? (size_t) (nul - bytes) : inside ? span.len : 0;
	return bytes;
}

static void cut(struct fps_sig_buf *to, const char *bytes, size_t len)
{
	fps_sig_buf_bytes(to, bytes, len < MAX_PATH_TEXT ? len : MAX_PATH_TEXT);
	if (len > MAX_PATH_TEXT) {
		fps_sig_buf_text(to, "...");
	}
}

static void put_span(const struct fps_draft *draft, struct fps_arena_span span, struct fps_sig_buf *to)
{
	size_t len;
	const char *bytes = fps_sig_message_span(draft, span, &len);

	cut(to, bytes, len);
}

bool fps_sig_message_is_sampled(const struct fps_draft *draft)
{
	return draft->sampled_ns && draft->sampled_ns < draft->died_ns;
}

uint64_t fps_sig_message_age_ms(const struct fps_draft *draft)
{
	uint64_t age_ms = fps_sig_message_is_sampled(draft) ? (draft->died_ns - draft->sampled_ns) / 1000000 : 0;

	return fps_sig_message_is_sampled(draft) && age_ms == 0 ? 1 : age_ms;
}

static bool has_php_stack(const struct fps_draft *draft)
{
	return atomic_load(&draft->stages_done) & 1u << FPS_STAGE_PHP_STACK;
}

/* Frames that are none come first in a fiber. */
static const struct fps_php_frame *innermost(const struct fps_draft *draft)
{
	for (uint32_t i = 0; i < draft->php_frames; i++) {
		if (draft->php_frame[i].function.len > 0 || draft->php_frame[i].file.len > 0) {
			return &draft->php_frame[i];
		}
	}
	return NULL;
}

static void put_function(const struct fps_draft *draft, const struct fps_php_frame *frame, struct fps_sig_buf *to)
{
	const char *name;
	size_t len;

	if (frame->function.len > 0) {
		fps_sig_buf_text(to, " in ");
	}
	if (frame->class_name.len > 0) {
		put_span(draft, frame->class_name, to);
		fps_sig_buf_text(to, frame->call == FPS_CALL_METHOD ? "->" : "::");
	}
	put_span(draft, frame->function, to);
	name = fps_sig_message_span(draft, frame->function, &len);
	if (len > 0 && (name[0] != '{' || frame->class_name.len > 0)) {
		fps_sig_buf_text(to, "()");
	}
}

/* The innermost function, and where user code called it or is in it: " in f() at /srv/a.php:3". */
static void put_frames(const struct fps_draft *draft, struct fps_sig_buf *to)
{
	const struct fps_php_frame *frame = innermost(draft), *end = draft->php_frame + draft->php_frames;
	const char *phase = fps_sig_message_phase((enum fps_phase) draft->phase);

	if (!frame) {
		fps_sig_buf_text(
			to, has_php_stack(draft) ? " outside of PHP code, in phase " : " with no PHP stack, in phase ");
		fps_sig_buf_text(to, phase ? phase : "unknown");
		return;
	}
	put_function(draft, frame, to);
	const char *relation = frame->file.len > 0 ? " at " : " called at ";

	while (frame < end && frame->file.len == 0) {
		frame++;
	}
	if (frame == end) {
		return;
	}
	fps_sig_buf_text(to, relation);
	put_span(draft, frame->file, to);
	if (frame->line) {
		fps_sig_buf_char(to, ':');
		fps_sig_buf_u64(to, frame->line);
	}
}

/* Where PHP was: when the worker died, some time before, or in another thread than the one that died. */
static void put_place(const struct fps_draft *draft, struct fps_sig_buf *to)
{
	bool known = innermost(draft) || has_php_stack(draft);

	if (draft->thread == FPS_THREAD_OTHER) {
		fps_sig_buf_text(to, known ? " while PHP was" : "");
	} else if (fps_sig_message_is_sampled(draft)) {
		fps_sig_buf_text(to, " last seen ");
		fps_sig_buf_u64(to, fps_sig_message_age_ms(draft));
		fps_sig_buf_text(to, " ms before");
	}
	if (draft->compiling.len > 0) {
		fps_sig_buf_text(to, draft->loading ? " loading " : " compiling ");
		put_span(draft, draft->compiling, to);
		fps_sig_buf_text(to, innermost(draft) ? "," : "");
	}
	if (draft->compiling.len == 0 || innermost(draft)) {
		put_frames(draft, to);
	}
}

/* The module of the innermost native frame that is not libc's, where abort() and raise() stand: "helper.so+0x1139". */
static void put_native_place(const struct fps_draft *draft, struct fps_sig_buf *to)
{
	for (uint32_t i = 0; i < draft->native_frames; i++) {
		const struct fps_native_frame *frame = &draft->native_frame[i];
		const struct fps_module *module = frame->module >= 0 ? &draft->module[frame->module] : NULL;

		if (module && module->path[0] && !fps_sig_names_is_libc(module->path)) {
			const char *slash = strrchr(module->path, '/');

			fps_sig_buf_text(to, ", at ");
			fps_sig_buf_text(to, slash ? slash + 1 : module->path);
			fps_sig_buf_text(to, "+0x");
			fps_sig_buf_hex(to, frame->ip - module->bias, 1);
			return;
		}
	}
}

static void put_thread(const struct fps_draft *draft, struct fps_sig_buf *to)
{
	if (draft->thread != FPS_THREAD_OTHER) {
		return;
	}
	fps_sig_buf_text(to, " in a thread that is not PHP's (");
	fps_sig_buf_i64(to, draft->thread_id);
	if (draft->thread_name[0]) {
		fps_sig_buf_char(to, ' ');
		fps_sig_buf_text(to, draft->thread_name);
	}
	put_native_place(draft, to);
	fps_sig_buf_char(to, ')');
}

const struct fps_earlier *fps_sig_message_earlier(const struct fps_slot *slot, uint32_t *next)
{
	const struct fps_request *request = &slot->request;
	const struct fps_draft *draft = &slot->draft;

	while (!draft->other_thread && *next < FPS_MAX_EARLIER && *next < atomic_load(&request->events)) {
		const struct fps_earlier *earlier = &request->earlier[(*next)++];
		uint32_t event = atomic_load(&earlier->event);

		if (event != 0 && event != draft->event && earlier->at_ns >= request->started_ns
			&& earlier->at_ns <= draft->died_ns && earlier->cause >= FPS_CAUSE_MEMORY_LIMIT
			&& earlier->cause <= FPS_CAUSE_TIME_PRESSURE) {
			return earlier;
		}
	}
	return NULL;
}

/* PHP had ended the request already. */
static void put_earlier(const struct fps_slot *slot, struct fps_sig_buf *to)
{
	const struct fps_earlier *earlier;
	uint32_t next = 0;

	while ((earlier = fps_sig_message_earlier(slot, &next))) {
		if (earlier->cause <= FPS_CAUSE_COMPILE_ERROR) {
			fps_sig_buf_text(to, ", after ");
			fps_sig_buf_text(to, causes[earlier->cause].name);
			fps_sig_buf_text(to, " (");
			fps_sig_buf_u64(to, (slot->draft.died_ns - earlier->at_ns) / 1000000);
			fps_sig_buf_text(to, " ms before)");
			return;
		}
	}
}

void fps_sig_message_text(const struct fps_slot *slot, struct fps_sig_buf *to)
{
	const struct fps_draft *draft = &slot->draft;

	fps_sig_buf_text(to, slot->who.pool[0] ? slot->who.pool : slot->who.sapi);
	fps_sig_buf_char(to, '[');
	fps_sig_buf_i64(to, slot->who.pid);
	fps_sig_buf_text(to, "] ");
	fps_sig_buf_text(to, fps_sig_message_cause(draft));
	if (draft->cause == FPS_CAUSE_TERMINATED && draft->error_type[0]
		&& !strstr(draft->error_message, draft->error_type)) {
		fps_sig_buf_text(to, " (");
		fps_sig_buf_text(to, draft->error_type);
		fps_sig_buf_char(to, ')');
	}
	if (draft->child_pid) {
		fps_sig_buf_text(to, " in forked child ");
		fps_sig_buf_i64(to, draft->child_pid);
	}
	fps_sig_buf_text(to, ": ");
	fps_sig_buf_text(to, draft->error_message);
	put_thread(draft, to);
	if (draft->other_thread) {
		fps_sig_buf_text(
			to, draft->thread == FPS_THREAD_OTHER ? ", beside several PHP threads" : ", in one of several PHP threads");
		if (draft->php_frames > 0) {
			put_place(draft, to);
		}
		return;
	}
	if (slot->request.started_ns == 0) {
		return;
	}
	fps_sig_buf_text(to, ", ");
	fps_sig_buf_thousandths(to, (draft->died_ns - slot->request.started_ns) / 1000000);
	fps_sig_buf_text(to, " s into ");
	if (slot->request.method[0]) {
		fps_sig_buf_text(to, slot->request.method);
		fps_sig_buf_char(to, ' ');
		cut(to, slot->request.path, strlen(slot->request.path));
	} else {
		cut(to, slot->request.script, strlen(slot->request.script));
	}
	put_earlier(slot, to);
	fps_sig_buf_char(to, ',');
	put_place(draft, to);
}

void fps_sig_message_last_words(const struct fps_slot *slot, int error, struct fps_sig_buf *to)
{
	fps_sig_buf_text(to, slot->draft.confidence == FPS_CERTAIN ? "fpmsentinel: " : "fpmsentinel: probably ");
	fps_sig_buf_text(to, fps_sig_message_cause(&slot->draft));
	put_thread(&slot->draft, to);
	put_place(&slot->draft, to);
	if (error > 0) {
		fps_sig_buf_text(to, " (not recorded: ");
		fps_sig_buf_text(to, fps_sig_names_error(error));
		fps_sig_buf_char(to, ')');
	} else if (error == 0) {
		fps_sig_buf_text(to, " (record ");
		fps_sig_message_id(slot, to);
		fps_sig_buf_char(to, ')');
	}
}
