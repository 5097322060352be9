#include "compat.h"

#include "blackbox.h"
#include "worker/phpexception.h"
#include "worker/phpthread.h"

#include "record/buf.h"
#include "sig/namelist.h"
#include "sig/phpstack.h"

#include "zend_exceptions.h"

#define MAX_CALLS 16

static zend_object *last;
static void (*original_hook)(zend_object *);

/* Frames of listed functions at that throw; `call` has the innermost ones, the innermost first. */
static uint32_t count;
static struct {
	const zend_string *function; /* only to compare: it may be gone */
	size_t len;                  /* 0: not a string */
	bool is_changed;
	char argument[FPS_MAX_ARGUMENT];
} call[MAX_CALLS];

bool fps_phpexception_is_listed(const zend_string *class_name, const zend_string *function)
{
	return fps_sig_namelist_has_call(class_name ? ZSTR_VAL(class_name) : "", class_name ? ZSTR_LEN(class_name) : 0,
		ZSTR_VAL(function), ZSTR_LEN(function));
}

/* As in sig/phpstack.c: a user function without parameters has a variable of its own in that place. */
static const zval *first_argument(zend_execute_data *frame)
{
	const zval *value;

	if (ZEND_CALL_NUM_ARGS(frame) == 0 || (ZEND_USER_CODE(frame->func->type) && frame->func->common.num_args == 0)) {
		return NULL;
	}
	value = ZEND_CALL_ARG(frame, 1);
	ZVAL_DEREF(value);
	return value;
}

/* As in sig/phpstack.c. */
static bool may_be_changed(zend_execute_data *frame)
{
	const zend_function *function = frame->func;

	return ZEND_USER_CODE(function->type) && function->common.num_args > 0 && ZEND_CALL_NUM_ARGS(frame) > 0
		&& (fps_sig_phpstack_changes_argument(function->op_array.opcodes, function->op_array.last)
			|| (Z_ISREF_P(ZEND_CALL_ARG(frame, 1)) && !ZEND_ARG_SEND_MODE(&function->common.arg_info[0])));
}

static void note(zend_execute_data *frame)
{
	if (count < MAX_CALLS) {
		bool has_changed = may_be_changed(frame);
		const zval *value = has_changed ? NULL : first_argument(frame);

		call[count].is_changed = has_changed;
		call[count].function = frame->func->common.function_name;
		call[count].len = value && Z_TYPE_P(value) == IS_STRING
			? fps_sig_buf_cut(Z_STRVAL_P(value), Z_STRLEN_P(value), FPS_MAX_ARGUMENT)
			: 0;
		if (call[count].len > 0) {
			memcpy(call[count].argument, Z_STRVAL_P(value), call[count].len);
		}
	}
	count++;
}

static void note_all(void)
{
	count = 0;
	if (fps_sig_namelist_calls.count == 0) {
		return;
	}
	for (zend_execute_data *frame = EG(current_execute_data); frame; frame = frame->prev_execute_data) {
		const zend_function *function = frame->func;

		if (function && function->common.function_name
			&& fps_phpexception_is_listed(
				function->common.scope ? function->common.scope->name : NULL, function->common.function_name)) {
			note(frame);
		}
	}
}

static void on_throw(zend_object *exception)
{
	if (fps_phpthread_is_it()) {
		last = exception;
		note_all();
	}
	if (original_hook) {
		original_hook(exception);
	}
}

void fps_phpexception_watch(void)
{
	original_hook = zend_throw_exception_hook;
	zend_throw_exception_hook = on_throw;
}

const zend_object *fps_phpexception_last(void)
{
	return last;
}

/*
 * Counted from the outermost, both have the same frames: it is further in that the trace has more, if the exception was
 * thrown again later, or by the caller of who made it. One that has fewer was made elsewhere.
 */
const char *fps_phpexception_argument(
	uint32_t listed, uint32_t index, const zend_string *function, size_t *len, bool *is_changed)
{
	uint32_t more = listed - count;

	if (listed < count || index < more || index - more >= MAX_CALLS || call[index - more].function != function) {
		return NULL;
	}
	*len = call[index - more].len;
	*is_changed = call[index - more].is_changed;
	return call[index - more].argument;
}
