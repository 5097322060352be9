#include "sig/phpstack.h"

#include "record/buf.h"
#include "sig/namelist.h"
#include "sig/saferead.h"

#include "platform.h"

#include "php.h"
#include "zend_generators.h"

struct fps_sig_walk fps_sig_phpstack_walks[FPS_SIG_WALKERS];

/* A stack of 8 MiB holds fewer frames than this even where a frame costs it only ten bytes. */
#define MAX_STEPS (1u << 20)
#define MAX_NAME 200
#define MAX_FILE 400
/* What no name or file has, and an overwritten length or number easily. */
#define MAX_LENGTH (1u << 20)
#define MAX_LINE (1u << 24)

/* What is read of a function before it is known which kind it is. */
_Static_assert(offsetof(zend_function, type) == 0 && sizeof(((zend_function *) NULL)->type) == sizeof(zend_uchar),
	"one byte first, in PHP 8.6 an enum");
_Static_assert(offsetof(zend_internal_function, function_name) == offsetof(zend_op_array, function_name)
		&& offsetof(zend_internal_function, scope) == offsetof(zend_op_array, scope)
		&& sizeof((zend_function *) NULL)->common <= sizeof(zend_internal_function),
	"common to both kinds");

static bool read_frame(struct fps_sig_walk *walk, uintptr_t at, zend_execute_data *ex)
{
	if (!fps_sig_saferead_copy_near(&walk->window, ex, at, sizeof *ex)) {
		walk->complete = false;
		return false;
	}
	return true;
}

/* The tail is a ring: in the end it holds the outermost frames. */
static void visit(struct fps_sig_walk *walk, uintptr_t at)
{
	if (walk->visited < walk->head_size) {
		walk->head[walk->visited] = at;
	} else {
		walk->tail[(walk->visited - walk->head_size) % walk->tail_size] = at;
	}
	walk->visited++;
}

/* Of more generators that wait only the two ends are kept, as a walk keeps those of a stack. */
#define CHAIN_ENDS (FPS_MAX_FRAMES / 2)
struct chain {
	uint32_t count;
	uintptr_t outer[CHAIN_ENDS], inner[CHAIN_ENDS]; /* the inner ones in a ring; addresses of zend_execute_data */
};

/* From the outermost generator to the one before the running one. */
static void read_chain(struct fps_sig_walk *walk, uintptr_t at, struct chain *chain)
{
	uintptr_t tortoise = 0;
	zend_generator generator;
	uint32_t count = 0;

	for (;; count++) {
		if (at == tortoise || count == MAX_STEPS || !fps_sig_saferead_copy(&generator, at, sizeof generator)) {
			walk->complete = false;
			break;
		}
		/* The last is the running one, which has been visited. */
		if ((uintptr_t) generator.std.ce != walk->vm->generator_class || !generator.node.parent) {
			break;
		}
		if ((count & (count - 1)) == 0) {
			tortoise = at;
		}
		chain->inner[count % CHAIN_ENDS] = (uintptr_t) generator.execute_data;
		if (count < CHAIN_ENDS) {
			chain->outer[count] = (uintptr_t) generator.execute_data;
		}
		at = (uintptr_t) generator.node.parent;
	}
	chain->count = count;
}

/*
 * While a generator runs another through `yield from`, a frame without function stands for the
 * generators that wait, from the outermost (the frame's object) to the one before the running
 * one (see zend_generator_check_placeholder_frame()).
 */
static void visit_waiting_generators(struct fps_sig_walk *walk, const zend_execute_data *placeholder)
{
	struct chain chain;

	read_chain(walk, (uintptr_t) Z_PTR(placeholder->This), &chain);
	for (uint32_t i = chain.count; i-- > 0;) {
		if (i < CHAIN_ENDS) {
			visit(walk, chain.outer[i]);
		} else if (chain.count - i <= CHAIN_ENDS) {
			visit(walk, chain.inner[i % CHAIN_ENDS]);
		} else {
			walk->visited++; /* those that follow take its place */
		}
	}
}

/* As in a chain, cycles are found by Brent's way: the tortoise rests at steps that are powers of two. */
static void visit_all(struct fps_sig_walk *walk, uintptr_t at)
{
	uintptr_t tortoise = 0;
	zend_execute_data ex;

	for (uint32_t step = 1; at && read_frame(walk, at, &ex); step++) {
		if (at == tortoise || step > MAX_STEPS) {
			walk->complete = false;
			return;
		}
		if ((step & (step - 1)) == 0) {
			tortoise = at;
		}
		if (ex.func) {
			visit(walk, at);
		} else if (Z_TYPE(ex.This) == IS_OBJECT) {
			visit_waiting_generators(walk, &ex);
		}
		at = (uintptr_t) ex.prev_execute_data;
	}
}

static struct fps_arena_span remember(struct fps_sig_walk *walk, uintptr_t string, struct fps_arena_span span)
{
	walk->known[walk->known_at++ % FPS_SIG_WALK_TEXTS] = (struct fps_sig_known_text) {string, span};
	return span;
}

/* What precedes the bytes of a zend_string. */
struct header {
	zend_refcounted_h gc;
	zend_ulong h;
	size_t len;
};
_Static_assert(sizeof(struct header) == offsetof(zend_string, val), "a zend_string's header");

/* Overwritten memory has other bits, or an invalid length; text has both. */
static bool is_header(const struct header *header)
{
	return (header->gc.u.type_info & GC_TYPE_MASK) == IS_STRING && header->gc.u.type_info >> GC_INFO_SHIFT == 0
		&& header->len <= MAX_LENGTH;
}

/* Whether these are all its bytes, and still the ones that it was made of. */
static bool is_intact(const struct header *header, const char *bytes)
{
	return bytes[header->len] == '\0' && (header->h == 0 || header->h == zend_inline_hash_func(bytes, header->len));
}

/* A zend_string into the arena, cut to max bytes; nothing of one that was overwritten. */
static struct fps_arena_span text(struct fps_sig_walk *walk, uintptr_t string, size_t max)
{
	struct fps_draft *draft = walk->draft;
	struct fps_arena_span span = {0};
	struct header header;
	char *bytes = draft->arena + draft->arena_len;
	static const char anonymous[] = "@anonymous"; /* and a NUL: what follows is never shown */
	bool whole;

	for (size_t i = 0; i < FPS_SIG_WALK_TEXTS; i++) {
		if (walk->known[i].string == string && string) {
			return walk->known[i].span;
		}
	}
	if (!fps_sig_saferead_copy_near(&walk->window, &header, string, sizeof header) || !is_header(&header)) {
		walk->complete = false;
		return span;
	}
	whole = header.len <= max;
	span.len = (uint16_t) (whole ? header.len : max);
	if (span.len + 1u > sizeof draft->arena - draft->arena_len
		|| !fps_sig_saferead_copy_near(&walk->window, bytes, string + sizeof header, span.len + 1u)
		|| (whole && !is_intact(&header, bytes))) {
		walk->complete = false;
		return (struct fps_arena_span) {0};
	}
	if (!whole && !memmem(bytes, span.len, anonymous, sizeof anonymous)) {
		walk->complete = false;
	}
	span.at = (uint16_t) draft->arena_len;
	draft->arena_len += span.len;
	return remember(walk, string, span);
}

static struct fps_arena_span literal(struct fps_sig_walk *walk, const char *name)
{
	struct fps_draft *draft = walk->draft;
	size_t len = strlen(name);
	struct fps_arena_span span = {(uint16_t) draft->arena_len, (uint16_t) len};

	if (len > sizeof draft->arena - draft->arena_len) {
		walk->complete = false;
		return (struct fps_arena_span) {0};
	}
	memcpy(draft->arena + draft->arena_len, name, len);
	draft->arena_len += (uint32_t) len;
	return span;
}

static bool in_op_array(const zend_op_array *op_array, uintptr_t opline)
{
	uintptr_t start = (uintptr_t) op_array->opcodes;

	return opline >= start && (opline - start) / sizeof(zend_op) < op_array->last
		&& (opline - start) % sizeof(zend_op) == 0;
}

/* From 8.4 on some internal functions are called by an opcode of their own, without a frame. */
static struct fps_arena_span frameless_call(struct fps_sig_walk *walk, const zend_op *op)
{
	struct fps_arena_span none = {0};
#ifdef ZEND_OP_IS_FRAMELESS_ICALL
	uintptr_t function, name;

	if (ZEND_OP_IS_FRAMELESS_ICALL(op->opcode)) {
		if (fps_sig_saferead_copy(
				&function, walk->vm->frameless_functions + op->extended_value * sizeof function, sizeof function)
			&& fps_sig_saferead_copy(&name, function + offsetof(zend_function, common.function_name), sizeof name)) {
			return text(walk, name, MAX_NAME);
		}
		walk->complete = false;
	}
#else
	(void) walk, (void) op;
#endif
	return none;
}

/*
 * While an attribute is instantiated a frame stands for the place where it is written: a function that has no name and
 * no code, and an opcode of its own (zend_get_attribute_object()). debug_backtrace() shows the place alone.
 */
static bool is_place_of_attribute(const zend_function *function)
{
	return function->common.function_name == NULL && (function->common.fn_flags & ZEND_ACC_CALL_VIA_TRAMPOLINE);
}

/* Ignores a line that lies outside the function. */
static void put_line(
	struct fps_sig_walk *walk, struct fps_php_frame *frame, const zend_op_array *op_array, uint32_t line)
{
	bool is_own = is_place_of_attribute((const zend_function *) op_array);

	if (line <= MAX_LINE && (is_own || (line >= op_array->line_start && line <= op_array->line_end))) {
		frame->line = line;
	} else {
		walk->complete = false;
	}
}

/* While an exception is handled the frame points at a pseudo-opcode and the true one is put by. */
static void set_line(struct fps_sig_walk *walk, struct fps_php_frame *frame, struct fps_arena_span *frameless,
	const zend_op_array *op_array, uintptr_t opline)
{
	bool is_own = is_place_of_attribute((const zend_function *) op_array);
	zend_op op;

	if (!is_own && !in_op_array(op_array, opline)) {
		opline = walk->vm->opline_before_exception;
	}
	if ((is_own || in_op_array(op_array, opline))
		&& fps_sig_saferead_copy_near(&walk->window, &op, opline, sizeof op)) {
		put_line(walk, frame, op_array, op.lineno);
		*frameless = frameless_call(walk, &op);
	} else {
		put_line(walk, frame, op_array, op_array->line_start);
		frame->line_approximate = true;
	}
}

static const char script_name[] = "{main}";

/* Code outside a function is named as debug_backtrace() names it, by the opcode that runs it. */
static const char *pseudo_name(struct fps_sig_walk *walk, const zend_execute_data *ex)
{
	zend_execute_data caller;
	zend_uchar caller_type;
	zend_op op;

	if (ex->prev_execute_data && read_frame(walk, (uintptr_t) ex->prev_execute_data, &caller) && caller.func
		&& fps_sig_saferead_copy_near(&walk->window, &caller_type, (uintptr_t) caller.func, sizeof caller_type)
		&& ZEND_USER_CODE(caller_type)
		&& fps_sig_saferead_copy_near(&walk->window, &op, (uintptr_t) caller.opline, sizeof op)
		&& op.opcode == ZEND_INCLUDE_OR_EVAL) {
		switch (op.extended_value) {
			case ZEND_EVAL: return "eval";
			case ZEND_INCLUDE: return "include";
			case ZEND_INCLUDE_ONCE: return "include_once";
			case ZEND_REQUIRE: return "require";
			case ZEND_REQUIRE_ONCE: return "require_once";
			default: break;
		}
	}
	return script_name;
}

static void set_class(struct fps_sig_walk *walk, struct fps_php_frame *frame, uintptr_t scope, bool has_object)
{
	uintptr_t name;

	if (scope == 0) {
		return;
	}
	if (!fps_sig_saferead_copy_near(&walk->window, &name, scope + offsetof(zend_class_entry, name), sizeof name)) {
		walk->complete = false;
		return;
	}
	frame->class_name = text(walk, name, MAX_NAME);
	frame->call = has_object ? FPS_CALL_METHOD : FPS_CALL_STATIC;
}

static uintptr_t visited_frame(const struct fps_sig_walk *walk, uint32_t index)
{
	if (index < walk->head_size) {
		return walk->head[index];
	}
	uint32_t in_tail = walk->visited - walk->head_size;
	uint32_t oldest = in_tail > walk->tail_size ? in_tail % walk->tail_size : 0;

	return walk->tail[(oldest + index - walk->head_size) % walk->tail_size];
}

/* A frame, and behind it its first argument. */
struct call {
	zend_execute_data ex;
	zval argument;
};
_Static_assert(offsetof(struct call, argument) == ZEND_CALL_FRAME_SLOT * sizeof(zval), "ZEND_CALL_ARG(ex, 1)");

/* The first variable of a function, which is its first parameter. */
#define FIRST_VARIABLE (ZEND_CALL_FRAME_SLOT * sizeof(zval))
/* Of a longer function it is not known what it assigns to. */
#define MAX_OPCODES 4096
#define OPCODES_AT_ONCE 32

/* By these, their first operand. What may get another value as it is passed on becomes a reference. */
static bool is_assignment(zend_uchar opcode)
{
	switch (opcode) {
		case ZEND_ASSIGN:
		case ZEND_ASSIGN_OP:
		case ZEND_ASSIGN_DIM:
		case ZEND_ASSIGN_REF:
		case ZEND_BIND_GLOBAL:
		case ZEND_BIND_STATIC:
		case ZEND_PRE_INC:
		case ZEND_PRE_DEC:
		case ZEND_POST_INC:
		case ZEND_POST_DEC:
		case ZEND_UNSET_CV: return true;
		default: return false;
	}
}

static bool is_reception(zend_uchar opcode)
{
	return opcode == ZEND_RECV || opcode == ZEND_RECV_INIT || opcode == ZEND_RECV_VARIADIC;
}

static bool assigns_to_first(const zend_op *op)
{
	if (op->op1_type == IS_CV && op->op1.var == FIRST_VARIABLE && is_assignment(op->opcode)) {
		return true;
	}
	if (op->op2_type == IS_CV && op->op2.var == FIRST_VARIABLE
		&& (op->opcode == ZEND_FE_FETCH_R || op->opcode == ZEND_FE_FETCH_RW)) {
		return true;
	}
	return op->result_type == IS_CV && op->result.var == FIRST_VARIABLE && !is_reception(op->opcode);
}

bool fps_sig_phpstack_changes_argument(const zend_op *ops, uint32_t count)
{
	if (count > MAX_OPCODES) {
		return true;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (assigns_to_first(&ops[i])) {
			return true;
		}
	}
	return false;
}

/* The same of a function whose opcodes may not be there. */
static bool may_change_argument(const zend_op_array *op_array)
{
	zend_op ops[OPCODES_AT_ONCE];

	if (op_array->last > MAX_OPCODES) {
		return true;
	}
	for (uint32_t i = 0; i < op_array->last; i += OPCODES_AT_ONCE) {
		uint32_t left = op_array->last - i, count = left < OPCODES_AT_ONCE ? left : OPCODES_AT_ONCE;

		if (!fps_sig_saferead_copy(ops, (uintptr_t) (op_array->opcodes + i), count * sizeof *ops)
			|| fps_sig_phpstack_changes_argument(ops, count)) {
			return true;
		}
	}
	return false;
}

/* A parameter that is no reference, and has become one, may have got another value through that. */
static bool is_by_value(uintptr_t function)
{
	zend_function header;
	zend_arg_info first;

	return fps_sig_saferead_copy(&header, function, sizeof header.common) && ZEND_USER_CODE(header.type)
		&& fps_sig_saferead_copy(&first, (uintptr_t) header.common.arg_info, sizeof first)
		&& !ZEND_ARG_SEND_MODE(&first);
}

/*
 * The first argument, as the parameter has it now; NULL for one that is not a string, and if the frame has become
 * another one's meanwhile.
 */
static zend_string *argument_of(uintptr_t at, uintptr_t function, bool *is_reference)
{
	struct call call;
	zval *value = &call.argument;

	if (!fps_sig_saferead_copy(&call, at, sizeof call) || (uintptr_t) call.ex.func != function
		|| ZEND_CALL_NUM_ARGS(&call.ex) == 0) {
		return NULL;
	}
	*is_reference = Z_TYPE_P(value) == IS_REFERENCE;
	if (*is_reference
		&& !fps_sig_saferead_copy(value, (uintptr_t) Z_REF_P(value) + offsetof(zend_reference, val), sizeof *value)) {
		return NULL;
	}
	return Z_TYPE_P(value) == IS_STRING ? Z_STR_P(value) : NULL;
}

/*
 * Nothing of another string: while the watcher reads, PHP may return from the function and use its memory for something
 * else.
 */
static void set_argument(struct fps_sig_walk *walk, uint32_t index)
{
	struct fps_draft *draft = walk->draft;
	uintptr_t at = visited_frame(walk, index), function = walk->listed[index];
	bool is_reference = false;
	zend_string *string = argument_of(at, function, &is_reference);
	char *bytes = draft->arena + draft->arena_len;
	struct header header;
	size_t len;

	if (string && is_reference && is_by_value(function)) {
		draft->php_frame[index].is_changed = true;
		return;
	}
	if (!string || !fps_sig_saferead_copy(&header, (uintptr_t) string, sizeof header) || !is_header(&header)) {
		return;
	}
	len = header.len < FPS_MAX_ARGUMENT ? header.len : FPS_MAX_ARGUMENT;
	if (len + 1 > sizeof draft->arena - draft->arena_len
		|| !fps_sig_saferead_copy(bytes, (uintptr_t) string + sizeof header, len + 1)
		|| (len == header.len && !is_intact(&header, bytes)) || argument_of(at, function, &is_reference) != string) {
		return;
	}
	len = fps_sig_buf_cut(bytes, header.len, FPS_MAX_ARGUMENT);
	draft->php_frame[index].argument = (struct fps_arena_span) {(uint16_t) draft->arena_len, (uint16_t) len};
	draft->arena_len += (uint32_t) len;
}

/* Whether the first argument is kept. A user function without parameters has a variable of its own in that place. */
static bool is_listed(const struct fps_draft *draft, const struct fps_php_frame *frame, const zend_function *function)
{
	return (!ZEND_USER_CODE(function->type) || function->common.num_args > 0)
		&& fps_sig_namelist_has_call(draft->arena + frame->class_name.at, frame->class_name.len,
			draft->arena + frame->function.at, frame->function.len);
}

static bool is_function(zend_uchar type)
{
	return type == ZEND_INTERNAL_FUNCTION || type == ZEND_USER_FUNCTION || type == ZEND_EVAL_CODE;
}

static void describe(struct fps_sig_walk *walk, uintptr_t at, uint32_t index)
{
	struct fps_php_frame *frame = &walk->draft->php_frame[index];
	zend_execute_data ex;
	zend_function function;

	*frame = (struct fps_php_frame) {0};
	if (!read_frame(walk, at, &ex)) {
		return;
	}
	/* An internal function is shorter than the union: read no more than what both have. */
	if (!fps_sig_saferead_copy_near(&walk->window, &function, (uintptr_t) ex.func, sizeof function.common)
		|| !is_function(function.type)) {
		walk->complete = false;
		return;
	}
	bool user = ZEND_USER_CODE(function.type);

	if (function.common.function_name) {
		frame->function = text(walk, (uintptr_t) function.common.function_name, MAX_NAME);
		set_class(walk, frame, (uintptr_t) function.common.scope, Z_TYPE(ex.This) == IS_OBJECT);
		frame->is_listed = is_listed(walk->draft, frame, &function);
		walk->listed[index] = (uintptr_t) ex.func;
	} else if (user && !is_place_of_attribute(&function)) {
		frame->function = literal(walk, pseudo_name(walk, &ex));
	}
	if (user) {
		if (!fps_sig_saferead_copy_near(&walk->window, &function, (uintptr_t) ex.func, sizeof function.op_array)) {
			walk->complete = false;
			return;
		}
		frame->file = text(walk, (uintptr_t) function.op_array.filename, MAX_FILE);
		frame->is_changed = frame->is_listed && may_change_argument(&function.op_array);
		set_line(walk, frame, &walk->frameless[index], &function.op_array, (uintptr_t) ex.opline);
		if (walk->vm->interrupted && at == walk->vm->current_execute_data) {
			frame->line_approximate = true;
		}
	}
}

/* When all names are there: should the arena run out, it is arguments that are missing. */
static void add_arguments(struct fps_sig_walk *walk, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (walk->draft->php_frame[i].is_listed && !walk->draft->php_frame[i].is_changed) {
			set_argument(walk, i);
		}
	}
}

/* Each before the frame that calls it, as debug_backtrace() has it. */
static void add_frameless(struct fps_sig_walk *walk, uint32_t count)
{
	struct fps_php_frame *frame = walk->draft->php_frame;

	for (uint32_t i = count; i-- > 0;) {
		if (walk->frameless[i].len == 0) {
			continue;
		}
		if (walk->draft->php_frames == FPS_MAX_FRAMES) {
			walk->complete = false;
			return;
		}
		memmove(&frame[i + 1], &frame[i], (walk->draft->php_frames - i) * sizeof *frame);
		frame[i] = (struct fps_php_frame) {.function = walk->frameless[i]};
		frame[i].is_listed =
			fps_sig_namelist_has_call("", 0, walk->draft->arena + frame[i].function.at, frame[i].function.len);
		walk->draft->php_frames++;
	}
}

/* The operand of an include, require or their like: a literal behind the opcodes, or a variable in the frame. */
static uintptr_t operand_at(uintptr_t frame, uintptr_t opline, const zend_op *op)
{
	if (op->op1_type != IS_CONST) {
		return frame + op->op1.var;
	}
#if ZEND_USE_ABS_CONST_ADDR
	(void) opline;
	return (uintptr_t) op->op1.zv;
#else
	return opline + (uintptr_t) (intptr_t) (int32_t) op->op1.constant;
#endif
}

/* None of what holds the code itself. */
static struct fps_arena_span name_of_file(struct fps_sig_walk *walk, uintptr_t string)
{
	static const char data[] = "data:";
	struct fps_arena_span span = text(walk, string, MAX_FILE);

	if (span.len >= sizeof data - 1 && memcmp(walk->draft->arena + span.at, data, sizeof data - 1) == 0) {
		span.len = 0;
	}
	return span;
}

/* The file that the innermost frame's include has asked for, as it is written there; no code of eval(). */
static struct fps_arena_span asked_for(struct fps_sig_walk *walk)
{
	uintptr_t at = walk->vm->current_execute_data;
	struct fps_arena_span none = {0};
	zend_execute_data ex;
	zend_uchar type;
	zend_op op;
	zval name;

	if (!at || !fps_sig_saferead_copy(&ex, at, sizeof ex)
		|| !fps_sig_saferead_copy(&type, (uintptr_t) ex.func, sizeof type) || !ZEND_USER_CODE(type)
		|| !fps_sig_saferead_copy(&op, (uintptr_t) ex.opline, sizeof op) || op.opcode != ZEND_INCLUDE_OR_EVAL
		|| op.extended_value == ZEND_EVAL
		|| !fps_sig_saferead_copy(&name, operand_at(at, (uintptr_t) ex.opline, &op), sizeof name)) {
		return none;
	}
	if (Z_TYPE(name) == IS_REFERENCE
		&& !fps_sig_saferead_copy(&name, (uintptr_t) Z_REF(name) + offsetof(zend_reference, val), sizeof name)) {
		return none;
	}
	return Z_TYPE(name) == IS_STRING ? name_of_file(walk, (uintptr_t) Z_STR(name)) : none;
}

bool fps_sig_phpstack_fill(struct fps_draft *draft, const struct fps_sig_vm *vm, struct fps_sig_walk *walk)
{
	memset(walk, 0, sizeof *walk);
	walk->draft = draft;
	walk->vm = vm;
	walk->complete = true;
	walk->tail_size = vm->max_frames / 2;
	walk->head_size = vm->max_frames - walk->tail_size;

	draft->compiling = vm->compiling ? text(walk, vm->compiling, MAX_FILE) : (struct fps_arena_span) {0};
	draft->loading = 0;
	if (vm->at_death && !vm->compiling) {
		draft->compiling = asked_for(walk);
		draft->loading = draft->compiling.len > 0;
	}
	visit_all(walk, vm->current_execute_data);

	uint32_t count = walk->visited < vm->max_frames ? walk->visited : vm->max_frames;

	draft->php_frames = count;
	draft->php_frames_omitted = walk->visited - count;
	/* From both ends inwards: should the arena run out, it is the middle that has no names. */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = i % 2 == 0 ? i / 2 : count - 1 - i / 2;

		describe(walk, visited_frame(walk, index), index);
	}
	add_arguments(walk, count);
	add_frameless(walk, count);
	return walk->complete;
}

bool fps_sig_phpstack_reaches_script(const struct fps_draft *draft)
{
	struct fps_arena_span outermost =
		draft->php_frames > 0 ? draft->php_frame[draft->php_frames - 1].function : (struct fps_arena_span) {0};

	return outermost.len == sizeof script_name - 1
		&& memcmp(draft->arena + outermost.at, script_name, outermost.len) == 0;
}
