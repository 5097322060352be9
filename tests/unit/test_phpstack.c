/* phpstack.c on virtual machines that are well: names, files, lines, and which frames are kept. */
#include "vm.h"

static void functions_and_methods(void)
{
	zend_class_entry *cart;
	zend_execute_data *ex;

	vm_begin(65536);
	cart = vm_class("Shop\\Cart");
	ex = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	ex = vm_call(vm_user(NULL, "run", "/srv/lib.php", 10), 0, ex);
	ex = vm_call(vm_user(cart, "make", "/srv/Cart.php", 20), 7, ex);
	ex = vm_call(vm_user(cart, "total", "/srv/Cart.php", 30), 3, ex);
	vm_set_object(ex, ex);
	ex = vm_call(vm_user(NULL, "{closure}", "/srv/Cart.php", 40), 1, ex);
	ex = vm_call(vm_user(cart, "{closure}", "/srv/Cart.php", 50), 1, ex);
	vm_set_object(ex, ex);
	ex = vm_call(vm_internal(vm_class("PDO"), "query"), 0, ex);
	vm_set_object(ex, ex);
	ex = vm_call(vm_internal(vm_class("DateTime"), "createFromFormat"), 0, ex);
	ex = vm_call(vm_internal(NULL, "sleep"), 0, ex);
	CHECK(vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("sleep|DateTime::createFromFormat|PDO->query|Shop\\Cart->{closure} /srv/Cart.php:51|{closure} "
				   "/srv/Cart.php:41|Shop\\Cart->total /srv/Cart.php:33|Shop\\Cart::make /srv/Cart.php:27|run "
				   "/srv/lib.php:10|{main} /srv/a.php:5|");
	CHECK_INT(vm_draft->php_frames_omitted, 0);
}

/* Whoever has called something is where it says; who was interrupted need not be. */
static void interrupted(void)
{
	struct fps_sig_vm vm = {.max_frames = 64, .interrupted = true};
	zend_execute_data *ex;

	vm_begin(65536);
	ex = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	ex = vm_call(vm_user(NULL, "f", "/srv/b.php", 10), 6, ex);
	vm.current_execute_data = (uintptr_t) ex;
	CHECK(vm_walk(ex, NULL, 64));
	memset(vm_draft, 0, sizeof *vm_draft);
	CHECK(fps_sig_phpstack_fill(vm_draft, &vm, &vm_walk_state));
	VM_CHECK_STACK("f /srv/b.php:~16|{main} /srv/a.php:5|");

	vm.current_execute_data = (uintptr_t) vm_call(vm_internal(NULL, "sleep"), 0, ex);
	memset(vm_draft, 0, sizeof *vm_draft);
	CHECK(fps_sig_phpstack_fill(vm_draft, &vm, &vm_walk_state));
	VM_CHECK_STACK("sleep|f /srv/b.php:16|{main} /srv/a.php:5|");
}

static void no_stack(void)
{
	CHECK(vm_walk(NULL, NULL, 64));
	VM_CHECK_STACK("");
}

/* An internal function at the very end of what is mapped: it is shorter than zend_function. */
static void internal_function_at_a_page_edge(void)
{
	zend_execute_data *ex;
	zend_function *function;

	vm_begin(VM_PAGE);
	ex = vm_call(NULL, 0, NULL);
	ex->func = vm_internal(NULL, "sleep");
	function = (zend_function *) (vm_memory + vm_size - sizeof(zend_internal_function));
	memcpy(function, ex->func, sizeof(zend_internal_function));
	ex->func = function;
	CHECK(vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("sleep|");
}

static void included_files(void)
{
	static const struct {
		uint32_t kind;
		const char *name;
	} cases[] = {
		{ZEND_EVAL, "eval"},
		{ZEND_INCLUDE, "include"},
		{ZEND_INCLUDE_ONCE, "include_once"},
		{ZEND_REQUIRE, "require"},
		{ZEND_REQUIRE_ONCE, "require_once"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char expected[100];
		zend_execute_data *ex;

		UNIT_CASE(cases[i].name);
		vm_begin(65536);
		ex = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
		vm_set_include(ex, cases[i].kind);
		ex = vm_call(vm_user(NULL, NULL, "/srv/b.php", 1), 2, ex);
		CHECK(vm_walk(ex, NULL, 64));
		snprintf(expected, sizeof expected, "%s /srv/b.php:3|{main} /srv/a.php:5|", cases[i].name);
		VM_CHECK_STACK(expected);
	}
}

static const char *loaded(zend_execute_data *ex, bool at_death)
{
	struct fps_sig_vm vm = {.current_execute_data = (uintptr_t) ex, .max_frames = 64, .at_death = at_death};
	static char name[100];

	CHECK(vm_walk(ex, NULL, 64));
	CHECK_INT(vm_draft->loading, 0);
	memset(vm_draft, 0, sizeof *vm_draft);
	CHECK(fps_sig_phpstack_fill(vm_draft, &vm, &vm_walk_state));
	CHECK_INT(vm_draft->loading, vm_draft->compiling.len > 0);
	snprintf(name, sizeof name, "%.*s", vm_draft->compiling.len, vm_draft->arena + vm_draft->compiling.at);
	return name;
}

#define CHECK_LOADED(expected) CHECK(strcmp(loaded(ex, true), (expected)) == 0)

/* What an include has asked for, before there is a frame for it: a literal, a variable, a reference. */
static void loading(void)
{
	zend_execute_data *ex;
	zend_reference *reference;
	zval *operand;
	zend_op *op;

	vm_begin(65536);
	ex = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	operand = vm_new(sizeof *operand); /* behind the frame, as variables are */
	op = ex->func->op_array.opcodes + 4;
	vm_set_include(ex, ZEND_REQUIRE_ONCE);
	ZVAL_STR(operand, vm_string("lib/rules.php"));
	op->op1_type = IS_CV;
	op->op1.var = (uint32_t) ((char *) operand - (char *) ex);
	CHECK_LOADED("lib/rules.php");
	VM_CHECK_STACK("{main} /srv/a.php:5|");
	CHECK(strcmp(loaded(ex, false), "") == 0);

	UNIT_CASE("reference");
	reference = vm_new(sizeof *reference);
	ZVAL_STR(&reference->val, vm_string("of a reference.php"));
	ZVAL_REF(operand, reference);
	CHECK_LOADED("of a reference.php");

	UNIT_CASE("code");
	ZVAL_STR(operand, vm_string("data:text/plain,<?php pay();"));
	CHECK_LOADED("");

	UNIT_CASE("no string");
	ZVAL_LONG(operand, 7);
	CHECK_LOADED("");

	UNIT_CASE("literal");
	ZVAL_STR(operand, vm_string("view.php"));
	op->op1_type = IS_CONST;
#if ZEND_USE_ABS_CONST_ADDR
	op->op1.zv = operand;
#else
	op->op1.constant = (uint32_t) ((char *) operand - (char *) op);
#endif
	CHECK_LOADED("view.php");

	UNIT_CASE("eval");
	op->extended_value = ZEND_EVAL;
	CHECK_LOADED("");

	UNIT_CASE("its code runs");
	op->extended_value = ZEND_INCLUDE;
	ex = vm_call(vm_user(NULL, NULL, "/srv/b.php", 1), 2, ex);
	CHECK_LOADED("");
}

/* While an exception is handled the frame's opline is EG(exception_op), outside of its function. */
static void exception_opline(void)
{
	zend_execute_data *main, *thrower;
	zend_op *exception_op;

	vm_begin(65536);
	exception_op = vm_new(3 * sizeof *exception_op);
	exception_op->lineno = 999;
	main = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	thrower = vm_call(vm_user(NULL, "f", "/srv/b.php", 10), 0, main);
	thrower->opline = exception_op;
	CHECK(vm_walk(thrower, thrower->func->op_array.opcodes + 6, 64));
	VM_CHECK_STACK("f /srv/b.php:16|{main} /srv/a.php:5|");

	UNIT_CASE("of another function");
	CHECK(vm_walk(thrower, main->func->op_array.opcodes + 6, 64));
	VM_CHECK_STACK("f /srv/b.php:~10|{main} /srv/a.php:5|");

	UNIT_CASE("not begun");
	thrower->opline = NULL;
	CHECK(vm_walk(thrower, NULL, 64));
	VM_CHECK_STACK("f /srv/b.php:~10|{main} /srv/a.php:5|");

	UNIT_CASE("just behind the last opcode");
	thrower->opline = thrower->func->op_array.opcodes + VM_OPCODES;
	CHECK(vm_walk(thrower, NULL, 64));
	VM_CHECK_STACK("f /srv/b.php:~10|{main} /srv/a.php:5|");

	UNIT_CASE("between two opcodes");
	thrower->opline = (const zend_op *) ((const char *) thrower->func->op_array.opcodes + 8);
	CHECK(vm_walk(thrower, NULL, 64));
	VM_CHECK_STACK("f /srv/b.php:~10|{main} /srv/a.php:5|");
}

static zend_generator *generator(zend_function *function, zend_generator *parent)
{
	zend_generator *made = vm_new(sizeof *made);

	made->std.ce = (zend_class_entry *) vm_generator_class;
	made->execute_data = vm_call(function, 1, NULL);
	made->node.parent = parent;
	return made;
}

/*
 * outer() yields from middle(), that from inner(), which runs. The frame of inner() is called by
 * a placeholder, which stands for the two that wait.
 */
static void generators(void)
{
	zend_generator *outer, *middle, *inner;
	zend_execute_data *main, *placeholder;

	vm_begin(65536);
	main = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	inner = generator(vm_user(NULL, "inner", "/srv/g.php", 30), NULL);
	middle = generator(vm_user(NULL, "middle", "/srv/g.php", 20), inner);
	outer = generator(vm_user(NULL, "outer", "/srv/g.php", 10), middle);
	placeholder = vm_call(NULL, 0, main);
	vm_set_object(placeholder, outer);
	inner->execute_data->prev_execute_data = placeholder;
	CHECK(vm_walk(vm_call(vm_internal(NULL, "sleep"), 0, inner->execute_data), NULL, 64));
	VM_CHECK_STACK("sleep|inner /srv/g.php:31|middle /srv/g.php:21|outer /srv/g.php:11|{main} /srv/a.php:5|");

	UNIT_CASE("without delegation");
	inner->execute_data->prev_execute_data = main;
	CHECK(vm_walk(inner->execute_data, NULL, 64));
	VM_CHECK_STACK("inner /srv/g.php:31|{main} /srv/a.php:5|");

	UNIT_CASE("an object that is no generator");
	outer->std.ce = NULL;
	inner->execute_data->prev_execute_data = placeholder;
	CHECK(vm_walk(inner->execute_data, NULL, 64));
	VM_CHECK_STACK("inner /srv/g.php:31|{main} /srv/a.php:5|");
}

/* A chain longer than there is room for is not whole, and says so. */
static void many_generators(void)
{
	enum { WAITING = FPS_MAX_FRAMES + 50 };
	zend_execute_data *main, *placeholder;
	zend_generator *running, *at;
	zend_function *function;

	vm_begin(65536 + WAITING * 1024);
	main = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	function = vm_user(NULL, "waits", "/srv/g.php", 10);
	running = at = generator(vm_user(NULL, "runs", "/srv/g.php", 20), NULL);
	for (int i = 0; i < WAITING; i++) {
		at = generator(function, at);
	}
	placeholder = vm_call(NULL, 0, main);
	vm_set_object(placeholder, at);
	running->execute_data->prev_execute_data = placeholder;
	bool complete = vm_walk(running->execute_data, NULL, FPS_MAX_FRAMES);

	CHECK(vm_is_bounded(FPS_MAX_FRAMES));
	CHECK(!complete || vm_draft->php_frames + vm_draft->php_frames_omitted == WAITING + 2);
}

/* A fiber begins with an internal function that has no name; the walk goes on in its starter. */
static void fiber(void)
{
	zend_execute_data *ex;

	vm_begin(65536);
	ex = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	ex = vm_call(vm_internal(vm_class("Fiber"), "start"), 0, ex);
	vm_set_object(ex, ex);
	ex = vm_call(vm_internal(NULL, NULL), 0, ex);
	ex = vm_call(vm_user(NULL, "{closure}", "/srv/a.php", 10), 2, ex);
	CHECK(vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("{closure} /srv/a.php:12|-|Fiber->start|{main} /srv/a.php:5|");
}

/* Names are cut; what is longer than any is none. */
static void long_names(void)
{
	static char name[65536];
	char expected[1000];
	zend_execute_data *ex;

	memset(name, 'n', sizeof name);
	vm_begin(sizeof name * 3);
	ex = vm_call(vm_user(NULL, "", "", 7), 0, NULL);
	ex->func->op_array.function_name = vm_bytes(name, sizeof name);
	ex->func->op_array.filename = vm_bytes(name, sizeof name);
	CHECK(!vm_walk(ex, NULL, 64));
	snprintf(expected, sizeof expected, "%.200s %.400s:7|", name, name);
	VM_CHECK_STACK(expected);

	UNIT_CASE("SIZE_MAX");
	ex->func->op_array.function_name->len = SIZE_MAX;
	ex->func->op_array.filename->len = SIZE_MAX;
	CHECK(!vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("-:7|");

	UNIT_CASE("a NUL within");
	ex->func->op_array.function_name = vm_bytes("class@anonymous\0/srv/a.php:3$0", 30);
	ex->func->op_array.filename = vm_string("/srv/a.php");
	CHECK(vm_walk(ex, NULL, 64));
	CHECK_INT(vm_draft->php_frame[0].function.len, 30);
}

static zend_execute_data *chain(uint32_t frames)
{
	zend_execute_data *ex = NULL;

	vm_begin((size_t) frames * (sizeof(zend_execute_data) + sizeof(zend_internal_function) + 64) + VM_PAGE);
	for (uint32_t i = 0; i < frames; i++) {
		char name[16];

		snprintf(name, sizeof name, "f%u", frames - 1 - i);
		ex = vm_call(vm_internal(NULL, name), 0, ex);
	}
	return ex; /* of f0 */
}

/* Both ends are kept, the rest is counted. */
static void max_frames(void)
{
	static const uint32_t limits[] = {2, 3, 64, 127, 128},
						  lengths[] = {1, 2, 3, 4, 63, 64, 65, 127, 128, 129, 130, 191, 1000};

	for (size_t i = 0; i < COUNT(limits) * COUNT(lengths); i++) {
		uint32_t limit = limits[i % COUNT(limits)], len = lengths[i / COUNT(limits)];
		uint32_t kept = len < limit ? len : limit, head = len < limit ? len : (limit + 1) / 2;
		char expected[FPS_MAX_FRAMES * 16] = "", label[64];

		snprintf(label, sizeof label, "%u of %u", limit, len);
		UNIT_CASE(label);
		CHECK(vm_walk(chain(len), NULL, limit));
		CHECK_INT(vm_draft->php_frames, kept);
		CHECK_INT(vm_draft->php_frames_omitted, len - kept);
		for (uint32_t at = 0; at < kept; at++) {
			sprintf(expected + strlen(expected), "f%u|", at < head ? at : len - kept + at);
		}
		VM_CHECK_STACK(expected);
		UNIT_CASE("");
	}
}

static void deep_recursion(void)
{
	CHECK(vm_walk(chain(200000), NULL, 4));
	VM_CHECK_STACK("f0|f1|f199998|f199999|");
	CHECK_INT(vm_draft->php_frames_omitted, 199996);
}

/* 128 names of 200 bytes don't fit: both ends have theirs, those of the middle are missing. */
static void arena_exhaustion(void)
{
	zend_execute_data *ex = NULL;
	uint32_t named = 0;

	vm_begin(FPS_MAX_FRAMES * 1024);
	for (int i = 0; i < FPS_MAX_FRAMES; i++) {
		char name[201];

		snprintf(name, sizeof name, "%0200d", FPS_MAX_FRAMES - 1 - i);
		ex = vm_call(vm_internal(NULL, name), 0, ex);
	}
	CHECK(!vm_walk(ex, NULL, FPS_MAX_FRAMES));
	CHECK(vm_is_bounded(FPS_MAX_FRAMES));
	CHECK_INT(vm_draft->php_frames, FPS_MAX_FRAMES);
	for (int i = 0; i < FPS_MAX_FRAMES; i++) {
		named += vm_draft->php_frame[i].function.len == 200;
	}
	CHECK_INT(named, FPS_ARENA_SIZE / 200);
	CHECK_INT(vm_draft->php_frame[0].function.len, 200);
	CHECK_INT(vm_draft->php_frame[FPS_MAX_FRAMES - 1].function.len, 200);
	CHECK_INT(vm_draft->php_frame[FPS_MAX_FRAMES / 2].function.len, 0);
}

static void arguments(void)
{
	char name[300], expected[100];
	zend_execute_data *ex;
	zend_function *hook;
	zend_reference *reference;

	CHECK(fps_sig_namelist_set_calls("hook, Bus::fire, sleep"));
	vm_begin(65536);
	hook = vm_user(NULL, "hook", "/srv/a.php", 10);
	ex = vm_call_with(vm_user(vm_class("Bus"), "fire", "/srv/b.php", 20), vm_string("sold"), NULL);
	ex = vm_call_with(hook, vm_string("init"), ex);
	ex = vm_call_with(vm_user(NULL, "other", "/srv/c.php", 30), vm_string("secret"), ex);
	ex = vm_call_with(vm_internal(NULL, "sleep"), vm_string("long"), ex);
	CHECK(vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("sleep('long')|other /srv/c.php:31|hook('init') /srv/a.php:11|Bus::fire('sold') /srv/b.php:21|");
	CHECK(vm_draft->php_frame[2].is_listed && !vm_draft->php_frame[1].is_listed);

	UNIT_CASE("cut");
	memset(name, 'n', sizeof name);
	memcpy(name + 62, "\xe2\x82\xac", 3);
	snprintf(expected, sizeof expected, "hook('%.62s') /srv/a.php:11|", name);
	CHECK(vm_walk(vm_call_with(hook, vm_bytes(name, sizeof name), NULL), NULL, 64));
	VM_CHECK_STACK(expected);

	UNIT_CASE("a reference");
	ex = vm_call_with(hook, NULL, NULL);
	reference = vm_new(sizeof *reference);
	Z_TYPE_INFO(reference->val) = IS_STRING_EX;
	Z_STR(reference->val) = vm_string("by reference");
	Z_TYPE_INFO_P(ZEND_CALL_ARG(ex, 1)) = IS_REFERENCE_EX;
	Z_REF_P(ZEND_CALL_ARG(ex, 1)) = reference;
	CHECK(vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("hook('by reference') /srv/a.php:11|");
	Z_REF_P(ZEND_CALL_ARG(ex, 1)) = (zend_reference *) 8;
	CHECK(vm_walk(ex, NULL, 64));
	VM_CHECK_STACK("hook /srv/a.php:11|");
	fps_sig_namelist_set_calls("");
}

/* None of these makes the stack incomplete: it is the argument alone that is not known. */
static void no_arguments(void)
{
	zend_execute_data *ex;
	zend_string *string;
	zend_function *hook;

	CHECK(fps_sig_namelist_set_calls("hook"));
	vm_begin(65536);
	hook = vm_user(NULL, "hook", "/srv/a.php", 10);
	string = vm_string("secret");
	ex = vm_call_with(hook, string, NULL);
#define CHECK_NONE(name) \
	do { \
		UNIT_CASE(name); \
		CHECK(vm_walk(ex, NULL, 64)); \
		VM_CHECK_STACK("hook /srv/a.php:11|"); \
	} while (0)

	ZEND_CALL_NUM_ARGS(ex) = 0;
	CHECK_NONE("called without");
	ZEND_CALL_NUM_ARGS(ex) = 1;
	hook->common.num_args = 0;
	CHECK_NONE("a variable of its own");
	hook->common.num_args = 1;
	Z_TYPE_INFO_P(ZEND_CALL_ARG(ex, 1)) = IS_UNDEF;
	CHECK_NONE("gone");
	Z_TYPE_INFO_P(ZEND_CALL_ARG(ex, 1)) = IS_LONG;
	CHECK_NONE("a number");
	Z_TYPE_INFO_P(ZEND_CALL_ARG(ex, 1)) = IS_STRING_EX;
	string->len = 5;
	CHECK_NONE("another length");
	string->len = SIZE_MAX;
	CHECK_NONE("no length");
	string->len = 6;
	string->h = 1;
	CHECK_NONE("overwritten");
	string->h = 0;
	GC_TYPE_INFO(string) = 0x7f12;
	CHECK_NONE("freed");
	Z_STR_P(ZEND_CALL_ARG(ex, 1)) = (zend_string *) 8;
	CHECK_NONE("no string there");
	fps_sig_namelist_set_calls("");
	UNIT_CASE("not listed");
	CHECK(vm_walk(ex, NULL, 64));
	CHECK(!vm_draft->php_frame[0].is_listed);
}

/* Names of functions come first. */
static void arguments_in_a_full_arena(void)
{
	zend_execute_data *ex = NULL;
	zend_function *hook;
	uint32_t named = 0, known = 0;

	CHECK(fps_sig_namelist_set_calls("hook"));
	vm_begin(FPS_MAX_FRAMES * 1024);
	for (int i = 0; i < FPS_MAX_FRAMES; i++) {
		char name[401], argument[65];

		snprintf(name, sizeof name, "%0400d", i);
		snprintf(argument, sizeof argument, "%064d", i);
		hook = vm_user(NULL, "hook", i % 4 ? "/srv/a.php" : name, 1);
		ex = vm_call_with(hook, vm_string(argument), ex);
	}
	CHECK(!vm_walk(ex, NULL, FPS_MAX_FRAMES) || vm_draft->arena_len <= FPS_ARENA_SIZE);
	CHECK(vm_is_bounded(FPS_MAX_FRAMES));
	for (int i = 0; i < FPS_MAX_FRAMES; i++) {
		named += vm_draft->php_frame[i].function.len > 0;
		known += vm_draft->php_frame[i].argument.len > 0;
	}
	CHECK(named > 0 && known < FPS_MAX_FRAMES);
	fps_sig_namelist_set_calls("");
}

UNIT_MAIN(TEST(arguments), TEST(no_arguments), TEST(arguments_in_a_full_arena), TEST(functions_and_methods),
	TEST(interrupted), TEST(no_stack), TEST(internal_function_at_a_page_edge), TEST(included_files), TEST(loading),
	TEST(exception_opline), TEST(generators), TEST(many_generators), TEST(fiber), TEST(long_names), TEST(max_frames),
	TEST(deep_recursion), TEST(arena_exhaustion))
