#include "sig/unwind.h"

#include "record/message.h"
#include "record/names.h"
#include "sig/fault.h"
#include "sig/maps.h"
#include "sig/saferead.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifdef HAVE_LIBUNWIND
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#endif

#define MAX_LOADED 256
#define MAX_SEGMENTS 32
#define MAX_NOTES 1024

/* Where the loader has put what; names and build ids are only read for the few that matter. */
static struct loaded {
	uint64_t start, end, bias;
	uintptr_t name, dynamic;
	uint64_t notes, notes_len;
} loaded[MAX_LOADED];
static uint32_t loaded_count;
static char program[sizeof((struct fps_module *) NULL)->path];
static uint64_t stack_pointer[FPS_MAX_NATIVE_FRAMES]; /* of the native frames, in a walk */

/* The value of a register, by its place in fps_sig_names_register(). */
#if defined(__x86_64__)
static const int registers[] = {
	REG_RIP,
	REG_RSP,
	REG_RBP,
	REG_RAX,
	REG_RBX,
	REG_RCX,
	REG_RDX,
	REG_RSI,
	REG_RDI,
	REG_R8,
	REG_R9,
	REG_R10,
	REG_R11,
	REG_R12,
	REG_R13,
	REG_R14,
	REG_R15,
	REG_EFL,
};
_Static_assert(sizeof registers / sizeof registers[0] == FPS_SIG_NAMES_REGISTERS, "each register has a name");
#define REGISTER(context, i) ((uint64_t) (context)->uc_mcontext.gregs[registers[i]])
#elif defined(__aarch64__)
#define REGISTER(context, i) \
	((i) < 31 ? (context)->uc_mcontext.regs[i] : (i) == 31 ? (context)->uc_mcontext.sp : (context)->uc_mcontext.pc)
#else
#define REGISTER(context, i) ((void) (context), (uint64_t) (i))
#endif

_Static_assert(FPS_SIG_NAMES_REGISTERS <= FPS_MAX_REGISTERS, "every register has a place in the draft");

void fps_sig_unwind_registers(struct fps_draft *draft, const ucontext_t *context)
{
	draft->registers = 0;
	while (fps_sig_names_register(draft->registers)) {
		draft->register_value[draft->registers] = REGISTER(context, draft->registers);
		draft->registers++;
	}
	draft->native_frame[0] = (struct fps_native_frame) {.ip = fps_sig_fault_program_counter(context), .module = -1};
	draft->native_frames = 1;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void) size;
	(void) unused;
	if (loaded_count == MAX_LOADED) {
		return 1;
	}
	struct loaded *module = &loaded[loaded_count];

	*module = (struct loaded) {
		.start = UINT64_MAX, .bias = info->dlpi_addr, .name = loaded_count ? (uintptr_t) info->dlpi_name : 0};
	for (size_t i = 0; i < info->dlpi_phnum && i < MAX_SEGMENTS; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;

		if (segment->p_type == PT_DYNAMIC) {
			module->dynamic = start;
		} else if (segment->p_type == PT_LOAD) {
			module->start = start < module->start ? start : module->start;
			module->end = end > module->end ? end : module->end;
		} else if (segment->p_type == PT_NOTE && (module->notes_len == 0 || segment->p_align <= 4)) {
			/* Notes aligned to 8 are another kind (properties) and never hold the build id. */
			module->notes = start;
			module->notes_len = segment->p_memsz;
		}
	}
	loaded_count++;
	return 0;
}

void fps_sig_unwind_modules(void)
{
	loaded_count = 0;
	dl_iterate_phdr(note_module, NULL);
}

/* Notes are {name size, content size, type}, the name and the content, each padded to four bytes. */
static void read_build_id(struct fps_module *module, const struct loaded *from)
{
	char notes[MAX_NOTES];
	size_t len = from->notes_len < sizeof notes ? from->notes_len : sizeof notes;
	ElfW(Nhdr) note;

	if (len == 0 || !fps_sig_saferead_copy(notes, from->notes, len)) {
		return;
	}
	for (size_t at = 0; at + sizeof note <= len;) {
		memcpy(&note, notes + at, sizeof note);
		size_t content = at + sizeof note + ((size_t) note.n_namesz + 3) / 4 * 4;
		size_t next = content + ((size_t) note.n_descsz + 3) / 4 * 4;

		if (next > len || next <= at) {
			return;
		}
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + at + sizeof note, "GNU", 4) == 0
			&& note.n_descsz <= sizeof module->build_id) {
			memcpy(module->build_id, notes + content, note.n_descsz);
			module->build_id_len = (uint8_t) note.n_descsz;
			return;
		}
		at = next;
	}
}

/* What a library's dynamic section points at; the loader of glibc has made addresses of them. */
struct tables {
	uintptr_t symbols, strings, hash;
};

#define MAX_DYNAMIC 64
#define MAX_CHAIN 1024

static struct tables read_tables(const struct loaded *module)
{
	struct tables tables = {0};
	ElfW(Dyn) entry;

	for (unsigned i = 0; i < MAX_DYNAMIC; i++) {
		if (!fps_sig_saferead_copy(&entry, module->dynamic + i * sizeof entry, sizeof entry)
			|| entry.d_tag == DT_NULL) {
			break;
		}
		uintptr_t *table = entry.d_tag == DT_SYMTAB ? &tables.symbols
			: entry.d_tag == DT_STRTAB              ? &tables.strings
			: entry.d_tag == DT_GNU_HASH            ? &tables.hash
													: NULL;

		if (table) {
			*table = entry.d_un.d_ptr < module->bias ? module->bias + entry.d_un.d_ptr : entry.d_un.d_ptr;
		}
	}
	return tables;
}

static bool is_text(uintptr_t at, const char *text)
{
	char bytes[64];
	size_t len = strlen(text) + 1;

	return len <= sizeof bytes && fps_sig_saferead_copy(bytes, at, len) && memcmp(bytes, text, len) == 0;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	while (*name) {
		hash = hash * 33 + (unsigned char) *name++;
	}
	return hash;
}

/*
 * By the hash table of a library: buckets of numbers of symbols, whose hashes follow, the last of a bucket with its
 * lowest bit set.
 */
static uintptr_t find_symbol(const struct loaded *module, const char *name)
{
	struct tables tables = read_tables(module);
	struct {
		uint32_t buckets, first, bloom_size, bloom_shift;
	} head;
	uint32_t wanted = hash_of(name), number, hash = 0;
	uintptr_t chain;
	ElfW(Sym) symbol;

	if (!fps_sig_saferead_copy(&head, tables.hash, sizeof head) || head.buckets == 0) {
		return 0;
	}
	uintptr_t buckets = tables.hash + sizeof head + head.bloom_size * sizeof(ElfW(Addr));

	if (!fps_sig_saferead_copy(&number, buckets + wanted % head.buckets * sizeof number, sizeof number)
		|| number < head.first) {
		return 0;
	}
	chain = buckets + (head.buckets + (uintptr_t) number - head.first) * sizeof hash;
	for (unsigned i = 0;
		 i < MAX_CHAIN && !(i > 0 && hash & 1) && fps_sig_saferead_copy(&hash, chain + i * sizeof hash, sizeof hash);
		 i++) {
		if ((hash | 1) == (wanted | 1)
			&& fps_sig_saferead_copy(&symbol, tables.symbols + (number + i) * sizeof symbol, sizeof symbol)
			&& symbol.st_shndx != SHN_UNDEF && is_text(tables.strings + symbol.st_name, name)) {
			return module->bias + symbol.st_value;
		}
	}
	return 0;
}

/* The loader's name of a module, cut to the room. */
static const char *copy_path(const struct loaded *module, char *path, size_t size)
{
	fps_sig_saferead_copy_text(path, module->name, size);
	return path;
}

uintptr_t fps_sig_unwind_find(const char *library, const char *symbol)
{
	char path[sizeof((struct fps_module *) NULL)->path];

	for (uint32_t i = 1; i < loaded_count; i++) {
		if (strstr(copy_path(&loaded[i], path, sizeof path), library)) {
			return find_symbol(&loaded[i], symbol);
		}
	}
	return 0;
}

void fps_sig_unwind_learn_program(void)
{
	(void) !readlink("/proc/self/exe", program, sizeof program - 1);
}

/*
 * The program comes first in the loader's list. Its name there is empty with glibc, and with musl its argv[0], which is
 * where FPM has written the title of its worker.
 */
static bool read_path(struct fps_module *module, uintptr_t name)
{
	if (fps_sig_saferead_copy_text(module->path, name, sizeof module->path) == 0) {
		memcpy(module->path, program, sizeof program);
	}
	return module->path[0];
}

static int16_t module_of(struct fps_draft *draft, uint64_t ip, bool *complete)
{
	for (uint32_t i = 0; i < draft->modules; i++) {
		if (ip >= draft->module[i].start && ip < draft->module[i].end) {
			return (int16_t) i;
		}
	}
	for (uint32_t i = 0; i < loaded_count; i++) {
		if (ip < loaded[i].start || ip >= loaded[i].end) {
			continue;
		}
		if (draft->modules == FPS_MAX_MODULES) {
			*complete = false;
			return -1;
		}
		struct fps_module *module = &draft->module[draft->modules];

		*module = (struct fps_module) {.start = loaded[i].start, .end = loaded[i].end, .bias = loaded[i].bias};
		*complete = read_path(module, loaded[i].name) && *complete;
		read_build_id(module, &loaded[i]);
		return (int16_t) draft->modules++;
	}
	return -1;
}

/* Code in memory that is no module's, or a file's. */
static bool is_made(uint64_t ip, struct fps_sig_mapping *mapping)
{
	return fps_sig_maps_find(ip, mapping) && mapping->executable;
}

/* A regular expression runs below a call of PCRE's, or of the engine's that contains it. */
static bool is_called_by_pcre(const struct fps_draft *draft, uint32_t index)
{
	static const char preg[] = "preg_";
	int caller = index + 1 < draft->native_frames ? draft->native_frame[index + 1].module : -1;
	size_t len;
	const char *function = fps_sig_message_span(draft, draft->php_frame[0].function, &len);

	return (caller >= 0 && memmem(draft->module[caller].path, sizeof draft->module[caller].path, "libpcre2", 8))
		|| (draft->php_frames > 0 && len > sizeof preg - 1 && memcmp(function, preg, sizeof preg - 1) == 0);
}

/*
 * Opcache has its code in the memory that all workers share: without a name, or with one of its own. PCRE's is private
 * to the process.
 */
static enum fps_jit jit_of(const struct fps_draft *draft, uint32_t index)
{
	struct fps_sig_mapping mapping;
	const char *file = mapping.file;

	if (!is_made(draft->native_frame[index].ip, &mapping)) {
		return FPS_JIT_NONE;
	}
	if (mapping.shared) {
		return !file[0] || strcmp(file, "/dev/zero") == 0 || strcmp(file, "/anon_hugepage") == 0
				|| memmem(file, strlen(file), "ZendAccelerator", 15)
			? FPS_JIT_OPCACHE
			: FPS_JIT_NONE;
	}
	return !file[0] && is_called_by_pcre(draft, index) ? FPS_JIT_PCRE : FPS_JIT_NONE;
}

bool fps_sig_unwind_resolve(struct fps_draft *draft)
{
	bool complete = true;

	for (uint32_t i = 0; i < draft->native_frames; i++) {
		draft->native_frame[i].module = module_of(draft, draft->native_frame[i].ip, &complete);
	}
	for (uint32_t i = 0; i < draft->native_frames; i++) {
		if (draft->native_frame[i].module < 0) {
			draft->native_frame[i].jit = (uint8_t) jit_of(draft, i);
		}
	}
	return complete;
}

void fps_sig_unwind_drop_own(struct fps_draft *draft)
{
	bool complete = true;
	int16_t own = module_of(draft, (uintptr_t) fps_sig_unwind_drop_own, &complete);
	uint32_t count = 0;

	while (count < draft->native_frames && own >= 0 && draft->native_frame[count].module == own) {
		count++;
	}
	draft->native_frames -= count;
	memmove(draft->native_frame, draft->native_frame + count, draft->native_frames * sizeof draft->native_frame[0]);
}

const uint64_t *fps_sig_unwind_stack_pointers(void)
{
	return stack_pointer;
}

#ifdef HAVE_LIBUNWIND

/* libunwind opens a pipe and builds its tables at the first call; its cache would take a lock. */
void fps_sig_unwind_init(void)
{
	unw_context_t here;
	unw_cursor_t cursor;

	unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
	if (unw_getcontext(&here) == 0 && unw_init_local(&cursor, &here) == 0) {
		unw_step(&cursor);
	}
}

void fps_sig_unwind_with_here(void (*run)(const ucontext_t *here, void *argument), void *argument)
{
	ucontext_t here = {0};

	run(unw_getcontext((unw_context_t *) &here) == 0 ? &here : NULL, argument);
}

/* How a walk has ended: at the stack's end, where nothing is known, without room, at code that is no module's. */
enum walk { WALK_WHOLE, WALK_LOST, WALK_FULL, WALK_UNKNOWN };

static bool is_loaded(uint64_t ip)
{
	for (uint32_t i = 0; i < loaded_count; i++) {
		if (ip >= loaded[i].start && ip < loaded[i].end) {
			return true;
		}
	}
	return false;
}

static bool is_in_libc(uint64_t ip)
{
	char path[sizeof((struct fps_module *) NULL)->path];

	for (uint32_t i = 0; i < loaded_count; i++) {
		if (ip >= loaded[i].start && ip < loaded[i].end) {
			return fps_sig_names_is_libc(copy_path(&loaded[i], path, sizeof path));
		}
	}
	return false;
}

/* The count grows with each frame, so that a fault in a step keeps those before it. */
static bool add_frame(struct fps_draft *draft, uint64_t ip, uint64_t at)
{
	if (draft->native_frames == FPS_MAX_NATIVE_FRAMES) {
		return false;
	}
	stack_pointer[draft->native_frames] = at;
	draft->native_frame[draft->native_frames] = (struct fps_native_frame) {.ip = ip, .module = -1};
	atomic_signal_fence(memory_order_release);
	draft->native_frames++;
	return true;
}

static enum walk walk(struct fps_draft *draft, unw_cursor_t *cursor)
{
	unw_word_t ip, at;
	int more;

	while ((more = unw_step(cursor)) > 0 && unw_get_reg(cursor, UNW_REG_IP, &ip) == 0 && ip != 0) {
		if (!add_frame(draft, ip, unw_get_reg(cursor, UNW_REG_SP, &at) == 0 ? at : 0)) {
			return WALK_FULL;
		}
		if (!is_loaded(ip)) {
			return WALK_UNKNOWN;
		}
	}
	return more < 0 ? WALK_LOST : WALK_WHOLE;
}

/* What is searched for the next return address, and how many are tried. */
#define SEARCHED_WORDS 2048
#define TRIED 24
#define MOST_ISLANDS 8
/* How many frames must follow an island. */
#define FOLLOWING 3

/* Whether a call precedes it. */
static bool is_return_address(uint64_t ip)
{
#if defined(__x86_64__)
	unsigned char code[7];

	if (!is_loaded(ip) || !fps_sig_saferead_copy(code, ip - sizeof code, sizeof code)) {
		return false;
	}
	for (size_t len = 2; len <= sizeof code; len++) { /* call r/m64 */
		const unsigned char *at = code + sizeof code - len;

		if (at[0] == 0xff && (at[1] & 0x38) == 0x10) {
			return true;
		}
	}
	return code[2] == 0xe8;
#elif defined(__aarch64__)
	uint32_t code;

	return is_loaded(ip) && ip % sizeof code == 0 && fps_sig_saferead_copy(&code, ip - sizeof code, sizeof code)
		&& ((code & 0xfc000000) == 0x94000000 || (code & 0xfffffc1f) == 0xd63f0000);
#else
	return is_loaded(ip);
#endif
}

static void set_place(ucontext_t *context, uint64_t ip, uint64_t at)
{
#if defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RIP] = (greg_t) ip;
	context->uc_mcontext.gregs[REG_RSP] = (greg_t) at;
#elif defined(__aarch64__)
	context->uc_mcontext.pc = ip;
	context->uc_mcontext.sp = at;
#else
	(void) context, (void) ip, (void) at;
#endif
}

/* What lies above the outermost frame of a stack, or of what has been called from there when its top was noted. */
#define NEAR_TOP 1024

/*
 * Whether the last frame is the outermost one: near the top of the stack, or where that is not known the one that libc
 * starts a thread with.
 */
static bool is_outermost(const struct fps_draft *draft, uint64_t top)
{
	uint32_t last = draft->native_frames - 1;

	return top ? stack_pointer[last] + NEAR_TOP >= top : is_in_libc(draft->native_frame[last].ip);
}

/* Continues from an address that the stack holds; leaves no trace if that is not one. */
static enum walk try_from(struct fps_draft *draft, const ucontext_t *context, uint64_t top, uint64_t ip, uint64_t at)
{
	static ucontext_t place;
	unw_cursor_t cursor;
	struct fps_sig_mapping mapping;
	uint32_t before = draft->native_frames;
	enum walk end = WALK_LOST;

	place = *context;
	set_place(&place, ip, at);
	if (unw_init_local2(&cursor, (unw_context_t *) &place, 0) != 0 || !add_frame(draft, ip, at)) {
		return WALK_LOST;
	}
	end = walk(draft, &cursor);
	if (end == WALK_UNKNOWN && !is_made(draft->native_frame[draft->native_frames - 1].ip, &mapping)) {
		end = WALK_LOST;
	}
	if (end == WALK_LOST || (end != WALK_FULL && draft->native_frames - before < FOLLOWING)
		|| (end == WALK_WHOLE && !is_outermost(draft, top))) {
		draft->native_frames = before;
		return WALK_LOST;
	}
	return end;
}

/* The last frame so far is code that a JIT has made. */
static enum walk walk_behind(struct fps_draft *draft, const ucontext_t *context, uint64_t top)
{
	uint64_t at = stack_pointer[draft->native_frames - 1], word;
	struct fps_sig_mapping mapping;
	unsigned tried = 0;

	if (!at || !is_made(draft->native_frame[draft->native_frames - 1].ip, &mapping)) {
		return WALK_LOST;
	}
	for (unsigned i = 0; i < SEARCHED_WORDS && tried < TRIED && fps_sig_saferead_copy(&word, at, sizeof word); i++) {
		at += sizeof word;
		if (is_return_address(word)) {
			enum walk end = try_from(draft, context, top, word, at);

			if (end != WALK_LOST) {
				return end;
			}
			tried++;
		}
	}
	return WALK_LOST;
}

bool fps_sig_unwind_fill(struct fps_draft *draft, const ucontext_t *context, uint64_t top)
{
	unw_cursor_t cursor;
	struct fps_sig_mapping mapping;
	enum walk end = WALK_UNKNOWN;

	memset(stack_pointer, 0, sizeof stack_pointer);
	stack_pointer[0] = fps_sig_fault_stack_pointer(context);
	draft->native_frames = 1;
	if (is_loaded(draft->native_frame[0].ip) || !is_made(draft->native_frame[0].ip, &mapping)) {
		if (unw_init_local2(&cursor, (unw_context_t *) context, UNW_INIT_SIGNAL_FRAME) != 0) {
			return false;
		}
		end = walk(draft, &cursor);
	}
	for (unsigned i = 0; end == WALK_UNKNOWN && i < MOST_ISLANDS; i++) {
		end = walk_behind(draft, context, top);
	}
	return end == WALK_WHOLE;
}

const char *fps_sig_unwind_library(void)
{
#define TEXT(x) #x
#define VERSION(major, minor, extra) "libunwind " TEXT(major) "." TEXT(minor) "." TEXT(extra)
	return VERSION(UNW_VERSION_MAJOR, UNW_VERSION_MINOR, UNW_VERSION_EXTRA);
}

#else

void fps_sig_unwind_init(void)
{
	memset(loaded, 0, sizeof loaded);
}

void fps_sig_unwind_with_here(void (*run)(const ucontext_t *here, void *argument), void *argument)
{
	run(NULL, argument);
}

bool fps_sig_unwind_fill(struct fps_draft *draft, const ucontext_t *context, uint64_t top)
{
	(void) draft;
	(void) context;
	(void) top;
	return false;
}

const char *fps_sig_unwind_library(void)
{
	return NULL;
}

#endif
