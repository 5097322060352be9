#include "compat.h"

#include "worker/fatal.h"
#include "worker/phpexception.h"
#include "worker/phpthread.h"

#include "record/buf.h"

#include "zend_exceptions.h"

#define FATAL (E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR)
#define MAX_TEXT 400

static bool starts_with(const zend_string *message, const char *words)
{
	size_t len = strlen(words);

	return ZSTR_LEN(message) >= len && memcmp(ZSTR_VAL(message), words, len) == 0;
}

static enum fps_cause cause_of(int type, const zend_string *message)
{
	if (type & (E_PARSE | E_COMPILE_ERROR)) {
		return FPS_CAUSE_COMPILE_ERROR;
	}
	if (type == E_ERROR && starts_with(message, "Allowed memory size of ")) {
		return FPS_CAUSE_MEMORY_LIMIT;
	}
	if (type == E_ERROR && starts_with(message, "Maximum execution time of ")) {
		return FPS_CAUSE_MAX_EXECUTION_TIME;
	}
	return type == E_ERROR && starts_with(message, "Uncaught ") ? FPS_CAUSE_UNCAUGHT_EXCEPTION : FPS_CAUSE_FATAL_ERROR;
}

static const char *type_name(int type)
{
	switch (type) {
		case E_PARSE: return "E_PARSE";
		case E_CORE_ERROR: return "E_CORE_ERROR";
		case E_COMPILE_ERROR: return "E_COMPILE_ERROR";
		case E_USER_ERROR: return "E_USER_ERROR";
		case E_RECOVERABLE_ERROR: return "E_RECOVERABLE_ERROR";
		default: return "E_ERROR";
	}
}

static struct fps_arena_span put(struct fps_draft *draft, const char *bytes, size_t len)
{
	size_t room = MIN(sizeof draft->arena - draft->arena_len, MAX_TEXT);
	struct fps_arena_span span = {.at = (uint16_t) draft->arena_len, .len = (uint16_t) MIN(len, room)};

	memcpy(draft->arena + span.at, bytes, span.len);
	draft->arena_len += span.len;
	return span;
}

static struct fps_arena_span put_value(struct fps_draft *draft, const zval *value)
{
	bool is_text = value && Z_TYPE_P(value) == IS_STRING;

	return put(draft, is_text ? Z_STRVAL_P(value) : "", is_text ? Z_STRLEN_P(value) : 0);
}

/* A property as it is declared: reading it in the engine's way might call __get(). */
static const zval *property(zend_object *exception, zend_known_string_id name)
{
	zend_class_entry *base = instanceof_function(exception->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error;
	const zend_property_info *info = zend_hash_find_ptr(&base->properties_info, ZSTR_KNOWN(name));

	return info ? OBJ_PROP(exception, info->offset) : NULL;
}

static bool is_thrown_at(zend_object *object, const zend_string *file, uint32_t line)
{
	if (!instanceof_function(object->ce, zend_ce_throwable)) {
		return false;
	}
	const zval *its_file = property(object, ZEND_STR_FILE), *its_line = property(object, ZEND_STR_LINE);

	return its_file && Z_TYPE_P(its_file) == IS_STRING && zend_string_equals(Z_STR_P(its_file), file) && its_line
		&& Z_TYPE_P(its_line) == IS_LONG && Z_LVAL_P(its_line) == line;
}

/*
 * The object that is uncaught: the last one thrown, if it is still alive and was thrown there. An
 * extension that takes the throw hook without passing it on, as xdebug does, leaves us the only one that was thrown
 * there.
 */
static zend_object *uncaught(const zend_string *file, uint32_t line)
{
	const zend_objects_store *store = &EG(objects_store);
	zend_object *only = NULL;
	uint32_t count = 0;

	for (uint32_t handle = 1; file && handle < store->top; handle++) {
		zend_object *object = store->object_buckets[handle];

		if (IS_OBJ_VALID(object) && is_thrown_at(object, file, line)) {
			if (object == fps_phpexception_last()) {
				return object;
			}
			only = object;
			count++;
		}
	}
	return count == 1 ? only : NULL;
}

/*
 * The first line: PHP's message of an uncaught exception goes on with the trace, and arguments,
 * and begins with the exception that led to it.
 */
static void set_error(struct fps_draft *draft, int type, const zend_string *message, zend_object *exception)
{
	const zval *its_message = exception ? property(exception, ZEND_STR_MESSAGE) : NULL;
	struct fps_sig_buf text;

	if (its_message && Z_TYPE_P(its_message) == IS_STRING) {
		message = Z_STR_P(its_message);
	}
	fps_sig_buf_init(&text, draft->error_type, sizeof draft->error_type);
	fps_sig_buf_text(&text, exception ? ZSTR_VAL(exception->ce->name) : type_name(type));
	fps_sig_buf_terminate(&text);
	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message);
	if (exception) {
		fps_sig_buf_text(&text, draft->error_type);
		fps_sig_buf_text(&text, ": ");
	}
	fps_sig_buf_bytes(&text, ZSTR_VAL(message), MIN(strcspn(ZSTR_VAL(message), "\n"), text.size - 1 - text.len));
	fps_sig_buf_terminate(&text);
}

/*
 * A frame of a trace is a function and the place that called it; one of ours a function and the
 * place where it is, which is what the frame further in, or the exception itself, has.
 */
static void add_frame(struct fps_draft *draft, const HashTable *function, const zval *file, const zval *line)
{
	struct fps_php_frame *frame = &draft->php_frame[draft->php_frames++];

	*frame = (struct fps_php_frame) {0};
	frame->file = put_value(draft, file);
	frame->line = line && Z_TYPE_P(line) == IS_LONG ? (uint32_t) Z_LVAL_P(line) : 0;
	if (!function) {
		frame->function = put(draft, ZEND_STRL("{main}"));
		return;
	}
	const zval *type = zend_hash_find_known_hash(function, ZSTR_KNOWN(ZEND_STR_TYPE));

	frame->function = put_value(draft, zend_hash_find_known_hash(function, ZSTR_KNOWN(ZEND_STR_FUNCTION)));
	frame->class_name = put_value(draft, zend_hash_find_known_hash(function, ZSTR_KNOWN(ZEND_STR_CLASS)));
	frame->call = type && Z_TYPE_P(type) == IS_STRING && Z_STRVAL_P(type)[0] == ':' ? FPS_CALL_STATIC : FPS_CALL_METHOD;
}

static const zend_string *string_in(const zval *item, zend_known_string_id name)
{
	const zval *value =
		item && Z_TYPE_P(item) == IS_ARRAY ? zend_hash_find_known_hash(Z_ARR_P(item), ZSTR_KNOWN(name)) : NULL;

	return value && Z_TYPE_P(value) == IS_STRING ? Z_STR_P(value) : NULL;
}

/* Of an item of a trace. */
static bool is_listed(const zval *item)
{
	const zend_string *function = string_in(item, ZEND_STR_FUNCTION);

	return function && fps_phpexception_is_listed(string_in(item, ZEND_STR_CLASS), function);
}

static uint32_t count_listed(HashTable *trace)
{
	uint32_t count = 0;
	zval *item;

	ZEND_HASH_FOREACH_VAL(trace, item)
	{
		count += is_listed(item);
	}
	ZEND_HASH_FOREACH_END();
	return count;
}

static void add_argument(struct fps_draft *draft, const zval *item, uint32_t listed, uint32_t index)
{
	struct fps_php_frame *frame = &draft->php_frame[draft->php_frames - 1];
	const char *argument;
	bool is_changed = false;
	size_t len;

	frame->is_listed = true;
	argument = fps_phpexception_argument(listed, index, string_in(item, ZEND_STR_FUNCTION), &len, &is_changed);
	frame->is_changed = is_changed;
	if (argument) {
		frame->argument = put(draft, argument, len);
	}
}

static bool set_throw_stack(struct fps_draft *draft, zend_object *exception, uint32_t max_frames)
{
	const zval *trace = property(exception, ZEND_STR_TRACE), *item;
	const zval *file = property(exception, ZEND_STR_FILE), *line = property(exception, ZEND_STR_LINE);
	uint32_t count, index = 0, tail = max_frames / 2, listed, listed_index = 0;

	if (!trace || Z_TYPE_P(trace) != IS_ARRAY) {
		return false;
	}
	count = zend_hash_num_elements(Z_ARR_P(trace)) + 1;
	listed = exception == fps_phpexception_last() ? count_listed(Z_ARR_P(trace)) : 0;
	for (; index < count; index++) {
		bool shown = count <= max_frames || index < max_frames - tail || index >= count - tail;

		item = index < count - 1 ? zend_hash_index_find(Z_ARR_P(trace), index) : NULL;
		if (item && Z_TYPE_P(item) != IS_ARRAY) {
			return false;
		}
		if (shown) {
			add_frame(draft, item ? Z_ARR_P(item) : NULL, file, line);
		}
		if (listed > 0 && is_listed(item)) {
			if (shown) {
				add_argument(draft, item, listed, listed_index);
			}
			listed_index++;
		}
		file = item ? zend_hash_find_known_hash(Z_ARR_P(item), ZSTR_KNOWN(ZEND_STR_FILE)) : NULL;
		line = item ? zend_hash_find_known_hash(Z_ARR_P(item), ZSTR_KNOWN(ZEND_STR_LINE)) : NULL;
	}
	draft->php_frames_omitted = count - draft->php_frames;
	return true;
}

/* The place of the error itself, where no function is running there: a parse error. */
static void set_compile_place(struct fps_draft *draft, const zend_string *file, uint32_t line)
{
	struct fps_php_frame *frame = draft->php_frame;

	if (!file || draft->php_frames == FPS_MAX_FRAMES) {
		return;
	}
	memmove(frame + 1, frame, draft->php_frames * sizeof *frame);
	*frame = (struct fps_php_frame) {.line = line};
	frame->file = put(draft, ZSTR_VAL(file), ZSTR_LEN(file));
	draft->php_frames++;
}

static bool set_stack(struct fps_draft *draft, const struct fps_sig_vm *vm, zend_object *exception,
	const zend_string *file, uint32_t line)
{
	bool complete;

	if (exception) {
		return set_throw_stack(draft, exception, vm->max_frames);
	}
	complete = fps_sig_phpstack_fill(draft, vm, &fps_sig_phpstack_walks[FPS_SIG_WALKER_FATAL]);
	if (draft->cause == FPS_CAUSE_COMPILE_ERROR) {
		set_compile_place(draft, file, line);
	}
	return complete && draft->cause != FPS_CAUSE_UNCAUGHT_EXCEPTION;
}

bool fps_fatal_is(int type)
{
	/* A handler of the user's may yet make good these two. */
	bool handled = (type & (E_USER_ERROR | E_RECOVERABLE_ERROR)) && Z_TYPE(EG(user_error_handler)) != IS_UNDEF;

	return (type & FATAL) && !handled;
}

bool fps_fatal_fill(struct fps_draft *draft, const struct fps_sig_vm *vm, int type, const zend_string *file,
	uint32_t line, const zend_string *message)
{
	zend_object *exception;

	type &= E_ALL; /* flags for the engine's own use stand above it */
	draft->cause = (uint8_t) cause_of(type, message);
	draft->confidence = FPS_CERTAIN;
	exception = draft->cause == FPS_CAUSE_UNCAUGHT_EXCEPTION ? uncaught(file, line) : NULL;
	set_error(draft, type, message, exception);
	return set_stack(draft, vm, exception, file, line);
}
