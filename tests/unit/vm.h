/*
 * A virtual machine that never ran: frames, functions and strings in the engine's types, all in one
 * piece of memory that ends at an unmapped page, for tests of the walk over the PHP stack.
 */
#ifndef FPS_UNIT_VM_H
#define FPS_UNIT_VM_H

#include "unit.h"

#include "sig/namelist.h"
#include "sig/phpstack.h"

#include "php.h"
#include "zend_generators.h"
#undef snprintf /* php.h has one of its own, which is in PHP */

#include <sys/mman.h>

#define VM_PAGE 4096u
#define VM_OPCODES 8

static char *vm_memory;
static size_t vm_size, vm_used;

static inline void vm_begin(size_t size)
{
	if (vm_memory) {
		munmap(vm_memory, vm_size);
	}
	vm_size = (size + VM_PAGE - 1) / VM_PAGE * VM_PAGE;
	vm_used = 0;
	vm_memory = mmap(NULL, vm_size + VM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm_memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	munmap(vm_memory + vm_size, VM_PAGE);
}

static inline void *vm_new(size_t size)
{
	void *at = vm_memory + vm_used;

	vm_used += (size + 15) / 16 * 16;
	if (vm_used > vm_size) {
		fprintf(stderr, "vm_begin() was given too little\n");
		exit(1);
	}
	return at;
}

static inline zend_string *vm_bytes(const char *bytes, size_t len)
{
	zend_string *string = vm_new(offsetof(zend_string, val) + len + 1);

	GC_SET_REFCOUNT(string, 1);
	GC_TYPE_INFO(string) = GC_STRING;
	string->len = len;
	memcpy(string->val, bytes, len);
	return string;
}

static inline zend_string *vm_string(const char *text)
{
	return text ? vm_bytes(text, strlen(text)) : NULL;
}

static inline zend_class_entry *vm_class(const char *name)
{
	zend_class_entry *ce = vm_new(sizeof *ce);

	ce->name = vm_string(name);
	return ce;
}

/* A user function whose opcodes stand on the lines from line_start on. */
static inline zend_function *vm_user(zend_class_entry *scope, const char *name, const char *file, uint32_t line_start)
{
	zend_op_array *function = vm_new(sizeof *function);

	function->type = ZEND_USER_FUNCTION;
	function->function_name = vm_string(name);
	function->scope = scope;
	function->filename = vm_string(file);
	function->line_start = line_start;
	function->line_end = line_start + VM_OPCODES;
	function->last = VM_OPCODES;
	function->opcodes = vm_new(VM_OPCODES * sizeof *function->opcodes);
	for (uint32_t i = 0; i < VM_OPCODES; i++) {
		function->opcodes[i].lineno = line_start + i;
	}
	return (zend_function *) function;
}

/* It has no more memory than the engine gives it, which is less than zend_function has. */
static inline zend_function *vm_internal(zend_class_entry *scope, const char *name)
{
	zend_internal_function *function = vm_new(sizeof *function);

	function->type = ZEND_INTERNAL_FUNCTION;
	function->function_name = vm_string(name);
	function->scope = scope;
	return (zend_function *) function;
}

/* A call of the function by prev, which has come to its opcode at that place. */
static inline zend_execute_data *vm_call(zend_function *function, uint32_t opcode, zend_execute_data *prev)
{
	zend_execute_data *ex = vm_new(sizeof *ex);

	ex->func = function;
	ex->prev_execute_data = prev;
	if (function && function->type != ZEND_INTERNAL_FUNCTION) {
		ex->opline = function->op_array.opcodes + opcode;
	}
	return ex;
}

static inline void vm_set_object(zend_execute_data *ex, void *object)
{
	Z_TYPE_INFO(ex->This) = IS_OBJECT;
	Z_PTR(ex->This) = object;
}

/* A call with one argument, NULL: undefined. */
static inline zend_execute_data *vm_call_with(zend_function *function, zend_string *argument, zend_execute_data *prev)
{
	zend_execute_data *ex = vm_call(function, 1, prev);

	vm_new(sizeof(zval)); /* comes right behind it */
	function->common.num_args = 1;
	ZEND_CALL_NUM_ARGS(ex) = 1;
	if (argument) {
		Z_TYPE_INFO_P(ZEND_CALL_ARG(ex, 1)) = IS_STRING_EX;
		Z_STR_P(ZEND_CALL_ARG(ex, 1)) = argument;
	}
	return ex;
}

/* Turns the frame's opcode into an include, require or eval. */
static inline void vm_set_include(zend_execute_data *ex, uint32_t kind)
{
	zend_op *op = ex->func->op_array.opcodes + (ex->opline - ex->func->op_array.opcodes);

	op->opcode = ZEND_INCLUDE_OR_EVAL;
	op->extended_value = kind;
}

/* --- the walk ------------------------------------------------------------------------------- */

static struct fps_draft *vm_draft; /* memory of its own: the arena's end is guarded */
static char vm_generator_class[1];
static struct fps_sig_walk vm_walk_state;

static inline bool vm_walk(const void *current, const void *before_exception, uint32_t max_frames)
{
	const struct fps_sig_vm vm = {.current_execute_data = (uintptr_t) current,
		.opline_before_exception = (uintptr_t) before_exception,
		.generator_class = (uintptr_t) vm_generator_class,
		.max_frames = max_frames};

	if (!vm_draft) {
		vm_draft = malloc(sizeof *vm_draft);
	}
	memset(vm_draft, 0, sizeof *vm_draft);
	return fps_sig_phpstack_fill(vm_draft, &vm, &vm_walk_state);
}

static inline void vm_print_span(FILE *to, struct fps_arena_span span)
{
	if ((size_t) span.at + span.len > sizeof vm_draft->arena) {
		fprintf(to, "(span out of the arena)");
		return;
	}
	fwrite(vm_draft->arena + span.at, 1, span.len, to);
}

/* The draft's stack as text: "sleep|Cart->total /srv/Cart.php:88|- |{main} /srv/a.php:~1|", "-" for an empty frame. */
static inline const char *vm_text(void)
{
	static char *text;
	size_t len;
	FILE *to;

	free(text);
	to = open_memstream(&text, &len);
	for (uint32_t i = 0; i < vm_draft->php_frames && i < FPS_MAX_FRAMES; i++) {
		const struct fps_php_frame *frame = &vm_draft->php_frame[i];

		vm_print_span(to, frame->class_name);
		if (frame->class_name.len > 0) {
			fprintf(to, frame->call == FPS_CALL_METHOD ? "->" : "::");
		}
		vm_print_span(to, frame->function);
		if (frame->argument.len > 0) {
			fprintf(to, "('");
			vm_print_span(to, frame->argument);
			fprintf(to, "')");
		}
		if (frame->function.len == 0) {
			fprintf(to, "-");
		}
		if (frame->file.len > 0) {
			fprintf(to, " ");
			vm_print_span(to, frame->file);
		}
		if (frame->file.len > 0 || frame->line > 0) {
			fprintf(to, ":%s%u", frame->line_approximate ? "~" : "", frame->line);
		}
		fprintf(to, "|");
	}
	fclose(to);
	return text;
}

#define VM_CHECK_STACK(expected) \
	do { \
		const char *is = vm_text(); \
		CHECK_STR(is, strlen(is), (expected)); \
	} while (0)

/* What must hold whatever the memory looks like. */
static inline bool vm_is_bounded(uint32_t max_frames)
{
	bool good = vm_draft->php_frames <= max_frames && vm_draft->arena_len <= sizeof vm_draft->arena;

	for (uint32_t i = 0; good && i < vm_draft->php_frames; i++) {
		const struct fps_php_frame *frame = &vm_draft->php_frame[i];

		good = (size_t) frame->function.at + frame->function.len <= vm_draft->arena_len
			&& (size_t) frame->class_name.at + frame->class_name.len <= vm_draft->arena_len
			&& (size_t) frame->file.at + frame->file.len <= vm_draft->arena_len
			&& (size_t) frame->argument.at + frame->argument.len <= vm_draft->arena_len
			&& frame->argument.len <= FPS_MAX_ARGUMENT;
	}
	return good;
}

#endif
