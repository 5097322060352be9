/*
 * The engine's own stack, torn up the way a memory error in some extension
 * would, for whoever walks it afterwards. All of it is done to private copies:
 * only EG(current_execute_data) is changed.
 */
#include "crashme.h"
#include "zend_execute.h"

#include <sys/mman.h>
#include <unistd.h>

#define WILD ((void *) (uintptr_t) 0x414141414140)

typedef struct {
	zend_execute_data frame;
	zend_op_array function;
} frame_copy;

/* Copies the frame of the innermost PHP code together with its function. */
static void copy_user_frame(frame_copy *copy)
{
	zend_execute_data *frame = EG(current_execute_data);

	while (frame && !(frame->func && ZEND_USER_CODE(frame->func->type))) {
		frame = frame->prev_execute_data;
	}
	if (!frame) {
		zend_error_noreturn(E_ERROR, "crashme: the vm-* deaths need PHP code that calls them");
	}
	copy->frame = *frame;
	copy->function = frame->func->op_array;
	copy->frame.func = (zend_function *) &copy->function;
}

static void die_in(zend_execute_data *frame)
{
	EG(current_execute_data) = frame;
	crashme_null_read(0, NULL);
}

static void die_in_function_named(zend_string *name)
{
	static frame_copy copy;

	copy_user_frame(&copy);
	copy.function.function_name = name;
	die_in(&copy.frame);
}

CRASHME_ENTRY(vm_wild)
{
	static frame_copy copy;
	zend_execute_data *current = &copy.frame;

	copy_user_frame(&copy);
	switch (arg) {
		case 0: current = WILD; break;
		case 1: copy.frame.prev_execute_data = WILD; break;
		case 2: copy.frame.func = WILD; break;
		case 3: copy.function.function_name = WILD; break;
		case 4: copy.frame.opline = WILD; break;
		case 5:
			copy.function.function_name = zend_string_init("wild", sizeof("wild") - 1, 0);
			ZSTR_LEN(copy.function.function_name) = SIZE_MAX / 2;
			break;
		case 6: /* text over text: its header is whole */
			copy.function.function_name = zend_string_init("overwritten", sizeof("overwritten") - 1, 0);
			zend_string_hash_val(copy.function.function_name);
			memset(ZSTR_VAL(copy.function.function_name), 'B', ZSTR_LEN(copy.function.function_name));
			break;
		case 7: /* text over all of a string */
			copy.function.filename = zend_string_init("overwritten", sizeof("overwritten") - 1, 0);
			memset(copy.function.filename, 'B', offsetof(zend_string, val) + ZSTR_LEN(copy.function.filename));
			break;
		case 8:
			memset(&copy.function.line_start, 'B', sizeof(copy.function.line_start));
			memset(&copy.function.line_end, 'B', sizeof(copy.function.line_end));
			break;
		case 9: copy.function.type = 'B'; break;
		default: zend_argument_value_error(2, "must be between 0 and 9"); return;
	}
	die_in(current);
}

CRASHME_ENTRY(vm_cyclic)
{
	static frame_copy caller, callee;

	copy_user_frame(&caller);
	copy_user_frame(&callee);
	callee.frame.prev_execute_data = &caller.frame;
	caller.frame.prev_execute_data = &callee.frame;
	die_in(&callee.frame);
}

/* The end of a page, behind which is one that cannot be read. */
static char *end_of_page(void)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) == -1) {
		zend_error_noreturn(E_ERROR, "crashme: mmap: %s", strerror(errno));
	}
	return pages + page;
}

CRASHME_ENTRY(vm_torn)
{
	frame_copy copy;
	zend_execute_data *torn = (zend_execute_data *) (end_of_page() - sizeof(*torn) / 2);

	copy_user_frame(&copy);
	memcpy(torn, &copy.frame, sizeof(*torn) / 2);
	die_in(torn);
}

static void fault_on_ast(zend_ast *ast)
{
	crashme_null_write(0, NULL);
}

static zend_result fault_on_open(zend_file_handle *file)
{
	crashme_null_write(0, NULL);
	return FAILURE;
}

CRASHME_ENTRY(fault_opening)
{
	zend_stream_open_function = fault_on_open;
}

CRASHME_ENTRY(fault_compiling)
{
	zend_ast_process = fault_on_ast;
}

CRASHME_ENTRY(wild_string)
{
	ZVAL_INTERNED_STR(return_value, WILD);
}

CRASHME_ENTRY(torn_string)
{
	zend_string *string = (zend_string *) (end_of_page() - offsetof(zend_string, val));

	GC_SET_REFCOUNT(string, 1);
	GC_TYPE_INFO(string) = GC_STRING | (IS_STR_INTERNED << GC_FLAGS_SHIFT);
	ZSTR_H(string) = 1; /* not to be computed */
	ZSTR_LEN(string) = (size_t) arg;
	ZVAL_INTERNED_STR(return_value, string);
}

CRASHME_ENTRY(vm_name_huge)
{
	zend_string *name = zend_string_alloc(64 * 1024, 0);

	memset(ZSTR_VAL(name), 'x', ZSTR_LEN(name));
	ZSTR_VAL(name)[ZSTR_LEN(name)] = '\0';
	die_in_function_named(name);
}

CRASHME_ENTRY(vm_name_bytes)
{
	/* Among the invalid: a stray continuation, an overlong '/', a surrogate, a lead byte with nothing after it. */
	static const char bytes[] = "\"quoted\" \\ line\nnext\r\t\x1b[31m nul\0 \x7f \x80 \xc0\xaf \xed\xa0\x80 \xff \xc3";

	die_in_function_named(zend_string_init(bytes, sizeof(bytes) - 1, 0));
}
