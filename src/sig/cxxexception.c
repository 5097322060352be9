/*
 * What an exception is, read out of memory: its type's name, and the text of a std::logic_error or std::runtime_error.
 */
#include "sig/cxxexception.h"

#include "record/buf.h"
#include "sig/saferead.h"
#include "sig/unwind.h"

#include <string.h>

#define LIBRARY "libstdc++.so"
#define MAX_NAME 120
#define MAX_WHAT 400
#define MAX_BASES 8

/* "GNUCC++\0", and \1 at its end for one that was thrown again. */
#define IS_GNU_CXX(class) (((class) & ~UINT64_C(1)) == UINT64_C(0x474e5543432b2b00))

/* Of the C++ ABI (itanium-cxx-abi, libsupc++/unwind-cxx.h) where pointers have 64 bits; the object follows. */
struct header {
	uintptr_t type, destructor, unexpected, terminate, next;
	int32_t handler_count, handler_switch;
	uintptr_t action, data, catch_temp, adjusted;
	uint64_t exception_class;
	uintptr_t unwind[3];
};

struct type {
	uintptr_t vtable, name, base; /* the base only where there is exactly one */
};

/* "St12out_of_range", "N4grpc5ErrorE": what is not just names in names stays mangled. */
static void put_name(struct fps_sig_buf *text, const char *name)
{
	const char *at = name[0] == 'N' ? name + 1 : name, *mark = at;
	size_t from = text->len;
	bool is_standard = strnlen(at, 2) == 2 && at[0] == 'S' && at[1] == 't';

	fps_sig_buf_text(text, is_standard ? "std" : "");
	for (at += is_standard ? 2 : 0; *at >= '1' && *at <= '9';) {
		size_t len = 0;

		while (*at >= '0' && *at <= '9' && len < MAX_NAME) {
			len = len * 10 + (size_t) (*at++ - '0');
		}
		if (strnlen(at, len) < len) {
			break;
		}
		fps_sig_buf_text(text, text->len > from ? "::" : "");
		fps_sig_buf_bytes(text, at, len);
		mark = at += len;
	}
	if ((*mark && strcmp(mark, "E") != 0) || mark != at || text->len == from) {
		text->len = from;
		fps_sig_buf_text(text, name);
	}
}

/* Both keep a pointer to their text behind their vtable, and so does what has one of them as its only base. */
static bool has_text(struct type type)
{
	char name[MAX_NAME];

	for (unsigned i = 0; i < MAX_BASES; i++) {
		fps_sig_saferead_copy_text(name, type.name, sizeof name);
		if (strcmp(name, "St11logic_error") == 0 || strcmp(name, "St13runtime_error") == 0) {
			return true;
		}
		if (strcmp(name, "St9exception") == 0 || !fps_sig_saferead_copy(&type, type.base, sizeof type)) {
			break;
		}
	}
	return false;
}

/* What is thrown without a class, of the builtin types. */
static const char *plain_name(const char *name)
{
	static const char *const types[][2] = {{"i", "int"}, {"j", "unsigned int"}, {"l", "long"}, {"m", "unsigned long"},
		{"b", "bool"}, {"c", "char"}, {"d", "double"}, {"Pc", "char *"}, {"PKc", "char const *"}};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(name, types[i][0]) == 0) {
			return types[i][1];
		}
	}
	return name;
}

static bool find(uintptr_t *at, struct header *header, struct type *type)
{
	uintptr_t *(*globals)(void) = NULL, function = fps_sig_unwind_find(LIBRARY, "__cxa_get_globals_fast"), *caught;

	if (sizeof(void *) != 8 || !function) {
		return false;
	}
	memcpy((void *) &globals, &function, sizeof globals); /* ISO C has no cast from object to function */
	caught = globals();
	*at = caught ? *caught : 0;
	return fps_sig_saferead_copy(header, *at, sizeof *header) && IS_GNU_CXX(header->exception_class)
		&& (header->exception_class & 1) == 0 && fps_sig_saferead_copy(type, header->type, sizeof *type);
}

/*
 * Whether libstdc++ has called abort(), as it does in std::terminate(); that a handler of exceptions did would mean
 * nothing of one.
 */
static bool is_terminating(const struct fps_draft *draft)
{
	for (uint32_t i = 1; i < draft->native_frames && i < 6; i++) {
		int16_t module = draft->native_frame[i].module;

		if (module >= 0
			&& memmem(draft->module[module].path, sizeof draft->module[module].path, LIBRARY, sizeof LIBRARY - 1)) {
			return true;
		}
	}
	return false;
}

void fps_sig_cxxexception_fill(struct fps_draft *draft)
{
	uintptr_t at, what;
	struct header header;
	struct type type;
	struct fps_sig_buf text;
	char name[MAX_NAME], words[MAX_WHAT];

	if (draft->stderr_text[0] || !is_terminating(draft) || !find(&at, &header, &type)
		|| fps_sig_saferead_copy_text(name, type.name, sizeof name) == 0) {
		return;
	}
	fps_sig_buf_init(&text, draft->stderr_text, sizeof draft->stderr_text);
	fps_sig_buf_text(&text, "terminate called after throwing an instance of '");
	put_name(&text, plain_name(name + (name[0] == '*')));
	fps_sig_buf_char(&text, '\'');
	if (has_text(type) && fps_sig_saferead_copy(&what, at + sizeof header + sizeof type.vtable, sizeof what)
		&& fps_sig_saferead_copy_text(words, what, sizeof words) > 0) {
		fps_sig_buf_text(&text, "\n  what():  ");
		fps_sig_buf_text(&text, words);
	}
	fps_sig_buf_terminate(&text);
}
