/* phpstack.c on virtual machines that are broken: no walk faults, loops for ever or leaves its bounds. */
#include "vm.h"

#include <time.h>

static const uintptr_t wild[] = {1, 8, 4095, 0xdeadbeefdeadbeef, 0x4141414141414141, 0x0000800000000000,
	0xffff888000000000, UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX - 23, UINTPTR_MAX - 4095};

/* Frames of which the outermost is called by the one at that place, counted from the innermost. */
static zend_execute_data *cycle(uint32_t length, uint32_t back_to)
{
	zend_execute_data *first = NULL, *last = NULL;
	zend_function *function;

	vm_begin(length * 96 + VM_PAGE);
	function = vm_internal(NULL, "f");
	for (uint32_t i = 0; i < length; i++) {
		zend_execute_data *ex = vm_call(function, 0, NULL);

		if (last) {
			last->prev_execute_data = ex;
		} else {
			first = ex;
		}
		last = ex;
	}
	_Static_assert(sizeof *first % 16 == 0, "frames lie side by side");
	last->prev_execute_data = first + back_to;
	return first;
}

static void cycles(void)
{
	static const struct {
		uint32_t length, back_to;
	} cases[] = {{1, 0}, {2, 0}, {2, 1}, {3, 0}, {3, 1}, {1000, 0}, {1000, 1}, {1000, 500}, {1000, 999}, {100000, 0},
		{100000, 99999}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		zend_execute_data *first = cycle(cases[i].length, cases[i].back_to);
		char label[64];

		snprintf(label, sizeof label, "%u frames, back to %u", cases[i].length, cases[i].back_to);
		UNIT_CASE(label);
		for (uint32_t limit = 2; limit <= FPS_MAX_FRAMES; limit += 63) {
			CHECK(!vm_walk(first, NULL, limit));
			CHECK(vm_is_bounded(limit));
			/* Not more than Brent's algorithm needs */
			CHECK(vm_draft->php_frames + vm_draft->php_frames_omitted <= 3 * cases[i].length + 1);
		}
		UNIT_CASE("");
	}
}

static void torn_frame(void)
{
	zend_execute_data *ex, *torn;

	vm_begin(65536);
	ex = vm_call(vm_user(NULL, "f", "/srv/a.php", 1), 4, NULL);
	for (size_t missing = 1; missing <= sizeof *ex; missing++) {
		torn = (zend_execute_data *) (vm_memory + vm_size - sizeof *ex + missing);
		ex->prev_execute_data = torn;
		CHECK(!vm_walk(ex, NULL, 64));
		VM_CHECK_STACK("f /srv/a.php:5|");
		CHECK(!vm_walk(torn, NULL, 64));
		VM_CHECK_STACK("");
	}
}

static void torn_string(void)
{
	zend_execute_data *ex;

	vm_begin(65536);
	ex = vm_call(vm_user(NULL, "f", "/srv/a.php", 1), 4, NULL);
	for (size_t there = 1; there <= offsetof(zend_string, val) + 10; there++) {
		char *string = vm_memory + vm_size - there;
		size_t len = 11;

		if (there >= offsetof(zend_string, val)) {
			memcpy(string + offsetof(zend_string, len), &len, sizeof len);
		}
		ex->func->op_array.function_name = (zend_string *) string;
		CHECK(!vm_walk(ex, NULL, 64));
		VM_CHECK_STACK("- /srv/a.php:5|");
	}
}

/* One pointer of the frame in the middle is wild; what does not depend on it stands. */
static void wild_pointers(void)
{
	static const struct {
		const char *name;
		enum { FRAME, FUNCTION } of;
		size_t offset;
		bool complete;
		const char *expected;
	} cases[] = {
		{"prev_execute_data", FRAME, offsetof(zend_execute_data, prev_execute_data), false,
			"sleep|C::m /srv/c.php:11|"},
		{"func", FRAME, offsetof(zend_execute_data, func), false, "sleep|-|{main} /srv/a.php:5|"},
		{"opline", FRAME, offsetof(zend_execute_data, opline), true, "sleep|C::m /srv/c.php:~10|{main} /srv/a.php:5|"},
		{"function_name", FUNCTION, offsetof(zend_op_array, function_name), false, NULL},
		{"scope", FUNCTION, offsetof(zend_op_array, scope), false, "sleep|m /srv/c.php:11|{main} /srv/a.php:5|"},
		{"filename", FUNCTION, offsetof(zend_op_array, filename), false, NULL},
		{"opcodes", FUNCTION, offsetof(zend_op_array, opcodes), true, "sleep|C::m /srv/c.php:~10|{main} /srv/a.php:5|"},
	};

	for (size_t i = 0; i < COUNT(cases) * COUNT(wild); i++) {
		size_t row = i / COUNT(wild);
		zend_execute_data *main, *method, *top;

		UNIT_CASE(cases[row].name);
		vm_begin(65536);
		main = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
		method = vm_call(vm_user(vm_class("C"), "m", "/srv/c.php", 10), 1, main);
		top = vm_call(vm_internal(NULL, "sleep"), 0, method);
		memcpy((cases[row].of == FRAME ? (char *) method : (char *) method->func) + cases[row].offset,
			&wild[i % COUNT(wild)], sizeof wild[0]);
		CHECK_INT(vm_walk(top, NULL, 64), cases[row].complete);
		CHECK(vm_is_bounded(64));
		if (cases[row].expected) {
			VM_CHECK_STACK(cases[row].expected);
		} else {
			CHECK(strstr(vm_text(), "|{main} /srv/a.php:5|"));
		}
	}
}

/* Opcodes where nothing is, and an opline that fits them. */
static void wild_opcodes_and_opline(void)
{
	zend_execute_data *ex;

	vm_begin(65536);
	ex = vm_call(vm_user(NULL, "f", "/srv/a.php", 10), 0, NULL);
	for (size_t i = 0; i < COUNT(wild); i++) {
		ex->func->op_array.opcodes = (zend_op *) wild[i];
		ex->opline = (zend_op *) wild[i];
		CHECK(vm_walk(ex, (void *) wild[i], 64));
		VM_CHECK_STACK("f /srv/a.php:~10|");
	}
}

static void wild_start(void)
{
	for (size_t i = 0; i < COUNT(wild); i++) {
		CHECK(!vm_walk((void *) wild[i], (void *) wild[i], 64));
		VM_CHECK_STACK("");
	}
}

/* What can't be read of a chain of generators is said to be missing. */
/* Text over what is read: it is mapped, and looks like names and lines. Nothing of it is told, the rest stands. */
static void overwritten_by_text(void)
{
	for (int what = 0; what < 6; what++) {
		vm_begin(65536);
		zend_execute_data *main = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
		zend_execute_data *ex = vm_call(vm_user(NULL, "overwritten", "/srv/b.php", 10), 3, main);
		zend_op_array *function = &ex->func->op_array;
		zend_string *name = function->function_name;

		UNIT_CASE(((const char *[]) {"bytes", "header", "end", "lines", "kind", "line"})[what]);
		switch (what) {
			case 0:
				name->h = zend_inline_hash_func(name->val, name->len);
				memset(name->val, 'B', name->len);
				break;
			case 1:
				memset(name, 'F', offsetof(zend_string, val) + name->len); /* 0x46: its low digit is that of a string */
				break;
			case 2: name->val[name->len] = 'B'; break;
			case 3:
				memset(&function->line_start, 'B', sizeof function->line_start);
				memset(&function->line_end, 'B', sizeof function->line_end);
				break;
			case 4: function->type = 'B'; break;
			default: function->opcodes[3].lineno = 9; break;
		}
		CHECK(!vm_walk(ex, NULL, 64));
		VM_CHECK_STACK(what < 3 ? "- /srv/b.php:13|{main} /srv/a.php:5|"
				: what == 4     ? "-|{main} /srv/a.php:5|"
								: "overwritten /srv/b.php:0|{main} /srv/a.php:5|");
	}
}

static void wild_generators(void)
{
	zend_execute_data *main, *placeholder;
	zend_generator *waiting, *running;

	vm_begin(65536);
	main = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	waiting = vm_new(sizeof *waiting);
	running = vm_new(sizeof *running);
	waiting->std.ce = running->std.ce = (zend_class_entry *) vm_generator_class;
	waiting->execute_data = vm_call(vm_user(NULL, "waits", "/srv/g.php", 10), 0, NULL);
	placeholder = vm_call(NULL, 0, main);
	for (size_t i = 0; i < COUNT(wild); i++) {
		UNIT_CASE("object");
		vm_set_object(placeholder, (void *) wild[i]);
		CHECK(!vm_walk(placeholder, NULL, 64));
		VM_CHECK_STACK("{main} /srv/a.php:5|");

		UNIT_CASE("parent");
		vm_set_object(placeholder, waiting);
		waiting->node.parent = (zend_generator *) wild[i];
		CHECK(!vm_walk(placeholder, NULL, 64));
		VM_CHECK_STACK("waits /srv/g.php:10|{main} /srv/a.php:5|");
	}
	UNIT_CASE("cycle");
	waiting->node.parent = waiting;
	CHECK(!vm_walk(placeholder, NULL, 64));
	CHECK(vm_is_bounded(64));
}

/* All that a stack can have, for the fuzzing. */
static zend_execute_data *rich_stack(void)
{
	zend_class_entry *cart;
	zend_generator *outer, *inner;
	zend_execute_data *ex;

	vm_begin(4 * VM_PAGE);
	cart = vm_class("Shop\\Cart");
	ex = vm_call(vm_user(NULL, NULL, "/srv/a.php", 1), 4, NULL);
	vm_set_include(ex, ZEND_REQUIRE);
	ex = vm_call(vm_user(NULL, NULL, "/srv/b.php", 10), 0, ex);
	ex = vm_call(vm_internal(vm_class("Fiber"), "start"), 0, ex);
	vm_set_object(ex, cart);
	ex = vm_call(vm_internal(NULL, NULL), 0, ex);
	ex = vm_call(NULL, 0, ex);
	inner = vm_new(sizeof *inner);
	outer = vm_new(sizeof *outer);
	outer->std.ce = inner->std.ce = (zend_class_entry *) vm_generator_class;
	outer->node.parent = inner;
	outer->execute_data = vm_call(vm_user(NULL, "outer", "/srv/g.php", 20), 1, NULL);
	vm_set_object(ex, outer);
	ex = vm_call(vm_user(NULL, "inner", "/srv/g.php", 40), 1, ex);
	for (int i = 0; i < 8; i++) {
		ex = vm_call(vm_user(cart, i % 2 ? "total" : "{closure}", "/srv/Cart.php", 60), 3, ex);
		vm_set_object(ex, cart);
	}
	return vm_call(vm_internal(NULL, "sleep"), 0, ex);
}

/* A value to overwrite with: now a wild pointer, now one that leads somewhere, now anything. */
static uint64_t nasty(void)
{
	switch (unit_random() % 4) {
		case 0: return wild[unit_random() % COUNT(wild)];
		case 1: return (uintptr_t) vm_memory + unit_random() % vm_size;
		case 2: return (uintptr_t) vm_memory + vm_size - unit_random() % 128;
		default: return unit_random();
	}
}

static void overwrite(void)
{
	for (uint64_t n = unit_random() % 8; n > 0; n--) {
		uint64_t value = nasty();
		size_t len = unit_random() % 2 ? 1 : sizeof value;
		size_t at = unit_random() % (vm_used - sizeof value);

		memcpy(vm_memory + (len == 1 ? at : at / 8 * 8), &value, len);
	}
}

static void fuzz(void)
{
	zend_execute_data *top = rich_stack();
	char *good = malloc(vm_size);
	uint32_t whole = 0;

	memcpy(good, vm_memory, vm_size);
	CHECK(vm_walk(top, NULL, 64));
	VM_CHECK_STACK("sleep|Shop\\Cart->total /srv/Cart.php:63|Shop\\Cart->{closure} /srv/Cart.php:63|Shop\\Cart->total "
				   "/srv/Cart.php:63|Shop\\Cart->{closure} /srv/Cart.php:63|Shop\\Cart->total "
				   "/srv/Cart.php:63|Shop\\Cart->{closure} /srv/Cart.php:63|Shop\\Cart->total "
				   "/srv/Cart.php:63|Shop\\Cart->{closure} /srv/Cart.php:63|inner /srv/g.php:41|outer "
				   "/srv/g.php:21|-|Fiber->start|require /srv/b.php:10|{main} /srv/a.php:5|");
	for (int round = 0; round < 30000; round++) {
		uint32_t limit = 2 + (uint32_t) (unit_random() % (FPS_MAX_FRAMES - 1));

		memcpy(vm_memory, good, vm_used);
		overwrite();
		whole += vm_walk(top, (void *) nasty(), limit);
		if (!CHECK(vm_is_bounded(limit))) {
			printf("  in round %d\n", round);
			break;
		}
	}
	/* The damage was neither always harmless nor always deadly. */
	CHECK(whole > 1000 && whole < 29000);
	free(good);
}

static void it_takes_little_time(void)
{
	struct timespec before, after;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	vm_walk(cycle(500000, 0), NULL, 64);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	CHECK(after.tv_sec - before.tv_sec < 2);
}

UNIT_MAIN(TEST(cycles), TEST(torn_frame), TEST(torn_string), TEST(wild_pointers), TEST(wild_opcodes_and_opline),
	TEST(wild_start), TEST(overwritten_by_text), TEST(wild_generators), TEST(fuzz), TEST(it_takes_little_time))
