#include "sig/fault.h"

#include "record/buf.h"
#include "record/signals.h"
#include "sig/maps.h"
#include "sig/saferead.h"

#include <limits.h>
#include <string.h>

/* How far from the stack pointer a function with a large frame may fault. */
#define STACK_REACH (1u << 20)
/* How exactly the end of a stack is known: arguments and environment may take up to that much. */
#define END_TOLERANCE (2u << 20)
/* The widest guard that is looked across: the memory behind it must be stack. */
#define GUARD_PAGES 16
#define PAGE 4096u

/* A page fault, as the x86 kernel passes it on in the context. */
#define TRAP_PAGE_FAULT 14
#define PAGE_FAULT_WRITE 2
#define PAGE_FAULT_FETCH 16
/* The same in Arm's syndrome register: the exception's class, and the kind of a data abort. */
#define SYNDROME_CLASS(syndrome) ((syndrome) >> 26 & 0x3f)
#define CLASS_FETCH 0x20
#define CLASS_DATA 0x24
#define DATA_WRITE (1u << 6)

static const uintptr_t *abort_message;
static const char *program;

uintptr_t fps_sig_fault_stack_pointer(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t) context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	return context->uc_mcontext.sp;
#else
	return 0;
#endif
}

uintptr_t fps_sig_fault_program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t) context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return context->uc_mcontext.pc;
#else
	return 0;
#endif
}

#ifdef __aarch64__
/*
 * The kernel's records behind the registers, of which one holds the syndrome; 0 if there is none, as under qemu-user.
 */
static uint64_t fault_syndrome(const ucontext_t *context)
{
	const char *records = (const char *) context->uc_mcontext.__reserved;
	struct esr_context record;

	for (size_t at = 0; at + sizeof record <= sizeof context->uc_mcontext.__reserved; at += record.head.size) {
		memcpy(&record, records + at, sizeof record);
		if (record.head.magic == ESR_MAGIC) {
			return record.esr;
		}
		if (record.head.magic == 0 || record.head.size < sizeof record.head) {
			break;
		}
	}
	return 0;
}
#endif

static const char *access_kind(const ucontext_t *context, uintptr_t address)
{
	if (fps_sig_fault_program_counter(context) == address) {
		return "jump";
	}
#if defined(__x86_64__)
	if (context->uc_mcontext.gregs[REG_TRAPNO] == TRAP_PAGE_FAULT) {
		if (context->uc_mcontext.gregs[REG_ERR] & PAGE_FAULT_FETCH) {
			return "jump";
		}
		return context->uc_mcontext.gregs[REG_ERR] & PAGE_FAULT_WRITE ? "write" : "read";
	}
#elif defined(__aarch64__)
	uint64_t syndrome = fault_syndrome(context);

	switch (SYNDROME_CLASS(syndrome)) {
		case CLASS_FETCH: return "jump";
		case CLASS_DATA: return syndrome & DATA_WRITE ? "write" : "read";
	}
#endif
	return "access";
}

static bool is_readable(uintptr_t address)
{
	char byte;

	return fps_sig_saferead_copy(&byte, address, 1);
}

static bool is_near(uintptr_t address, uintptr_t to, uintptr_t reach)
{
	return address > to ? address - to <= reach : to - address <= reach;
}

/*
 * Near the stack pointer everything is mapped unless the stack is at its end. A pointer that was merely overwritten
 * is recognised by where the end should be or, where that is not known, by the stack just behind the guard.
 */
static bool is_at_guard(uintptr_t address, uintptr_t stack_pointer, uintptr_t stack_end)
{
	uintptr_t page = address & ~(uintptr_t) (PAGE - 1);

	if (!is_near(address, stack_pointer, STACK_REACH)
		|| (stack_end != 0 && !is_near(address, stack_end, END_TOLERANCE))) {
		return false;
	}
	for (unsigned i = 1; i <= GUARD_PAGES; i++) {
		if (is_readable(page + (uintptr_t) i * PAGE)) {
			return true;
		}
	}
	return false;
}

/* A large frame reaches over the guard, however far: what is mapped next above it is the stack. */
static bool is_below_stack(uintptr_t address, const struct fps_sig_stack *stack)
{
	struct fps_sig_mapping mapping;

	return address < stack->top && fps_sig_maps_above(address, &mapping) && mapping.start > address
		&& mapping.start <= stack->top && mapping.end >= (stack->end ? stack->end : stack->top);
}

static bool is_stack_overflow(uintptr_t address, uintptr_t stack_pointer, const struct fps_sig_stack *stack)
{
	if (stack_pointer == 0 || is_readable(address)) {
		return false;
	}
	return is_at_guard(address, stack_pointer, stack->end)
		|| (address + STACK_REACH >= stack_pointer && !is_readable(stack_pointer) && is_below_stack(address, stack));
}

static void say_overflow(struct fps_draft *draft, struct fps_sig_buf *text)
{
	draft->cause = FPS_CAUSE_STACK_OVERFLOW;
	fps_sig_buf_text(text, "the stack is full");
}

/* Behind the red zone, which a function may use below the stack pointer, and a call or push below it. */
#define RED_ZONE 256

/* A frame of that size is why the stack was full, whatever else is on it. */
#define LARGE_FRAME (256u << 10)

static bool is_large_frame(const struct fps_draft *draft, uintptr_t end, uintptr_t begin)
{
	uintptr_t address = (uintptr_t) draft->address;

	return draft->has_address && end != 0 && begin > end && begin - end >= LARGE_FRAME && address + RED_ZONE >= end
		&& address < begin && !is_readable(address) && !is_readable(end) && is_readable(begin);
}

void fps_sig_fault_reconsider(struct fps_draft *draft, const ucontext_t *context, uintptr_t frame_begin)
{
	uintptr_t end = fps_sig_fault_stack_pointer(context);
	struct fps_sig_buf text;

	if ((draft->cause != FPS_CAUSE_SEGFAULT && draft->cause != FPS_CAUSE_STACK_OVERFLOW)
		|| !is_large_frame(draft, end, frame_begin)) {
		return;
	}
	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message);
	say_overflow(draft, &text);
	fps_sig_buf_text(&text, ": the innermost frame takes "); /* src/cli/explain/advice.c looks for these words */
	fps_sig_buf_u64(&text, (frame_begin - end) >> 10);
	fps_sig_buf_text(&text, " KiB of it");
	fps_sig_buf_terminate(&text);
}

/* How musl stops a process whose heap or stack it finds corrupt: by an instruction that only the kernel may use. */
static bool is_halt(const ucontext_t *context)
{
#if defined(__x86_64__)
	unsigned char instruction;

	return fps_sig_saferead_copy(&instruction, fps_sig_fault_program_counter(context), 1) && instruction == 0xf4;
#else
	(void) context;
	return false;
#endif
}

static void describe_segfault(struct fps_draft *draft, const siginfo_t *info, const ucontext_t *context,
	const struct fps_sig_stack *stack, struct fps_sig_buf *text)
{
	uintptr_t address = (uintptr_t) info->si_addr;
	struct fps_sig_mapping mapping;
	uint64_t size;

	if (info->si_code == SI_KERNEL) {
		fps_sig_buf_text(text,
			is_halt(context) ? "hlt instruction, by which musl ends a process whose heap or stack it finds corrupt"
							 : "general protection fault: non-canonical address, or misaligned vector access");
		return;
	}
	draft->has_address = true;
	draft->address = address;
	if (is_stack_overflow(address, fps_sig_fault_stack_pointer(context), stack)) {
		say_overflow(draft, text);
		return;
	}
	fps_sig_buf_text(text, address < PAGE ? "null pointer " : "");
	fps_sig_buf_text(text, access_kind(context, address));
	fps_sig_buf_text(text, address < PAGE ? " at 0x" : " at wild address 0x");
	fps_sig_buf_hex(text, address, 1);
	if (address >= PAGE) {
		fps_sig_buf_text(text,
			info->si_code == SEGV_ACCERR ? ", which is mapped but does not permit it" : ", where nothing is mapped");
	}
	if (info->si_code == SEGV_ACCERR) {
		fps_sig_maps_fill(draft, address, false, &mapping, &size);
	}
}

static const char *bus_error(int code)
{
	switch (code) {
		case BUS_ADRALN: return "misaligned access";
		case BUS_ADRERR: return "access behind the end of a mapped file, or no page left";
		case BUS_MCEERR_AR:
		case BUS_MCEERR_AO: return "the memory itself is broken (machine check)";
		default: return "bus error";
	}
}

/* What a path ends with says most. */
#define MAX_PATH_TEXT 100

static void put_path(const char *path, struct fps_sig_buf *text)
{
	size_t len = strlen(path);

	fps_sig_buf_text(text, len > MAX_PATH_TEXT ? ": ..." : ": ");
	fps_sig_buf_text(text, path + (len > MAX_PATH_TEXT ? len - MAX_PATH_TEXT : 0));
}

/* Free space that statfs() may still show for a file system without room for another page. */
#define HARDLY_ANY (64u << 10)

/*
 * x86 has a fault of its own for an impossible address in what is counted from the frame or stack pointer: SIGBUS,
 * without the address.
 */
#ifdef __x86_64__
#define BUS_OF_STACK_SEGMENT SI_KERNEL
#else
#define BUS_OF_STACK_SEGMENT INT_MIN
#endif

/* src/cli/explain/advice.c looks for "that was cut", "no room", "non-canonical", "misaligned" and "machine check". */
static void describe_bus_error(struct fps_draft *draft, const siginfo_t *info, struct fps_sig_buf *text)
{
	uintptr_t address = (uintptr_t) info->si_addr;
	struct fps_sig_mapping mapping;
	uint64_t size, at;

	if (info->si_code == BUS_OF_STACK_SEGMENT) {
		fps_sig_buf_text(text, "stack-segment fault: non-canonical address, counted from the frame or stack pointer");
		return;
	}
	draft->has_address = true;
	draft->address = address;
	if (info->si_code != BUS_ADRERR || !fps_sig_maps_fill(draft, address, true, &mapping, &size)) {
		fps_sig_buf_text(text, bus_error(info->si_code));
		return;
	}
	at = (address & ~(uintptr_t) (PAGE - 1)) - mapping.start + mapping.offset;
	if (size != UINT64_MAX && at >= size) {
		fps_sig_buf_text(text, "access behind the end of a mapped file that was cut to ");
		fps_sig_buf_u64(text, size);
		fps_sig_buf_text(text, " bytes");
	} else if (draft->has_mapping_free && draft->mapping_free < HARDLY_ANY) {
		fps_sig_buf_text(text, "no room left on the file system of a mapped file");
	} else {
		fps_sig_buf_text(text, bus_error(info->si_code));
	}
	put_path(draft->mapping_file, text);
}

static void describe_kernel_fault(struct fps_draft *draft, const siginfo_t *info, const ucontext_t *context,
	const struct fps_sig_stack *stack, struct fps_sig_buf *text)
{
	switch (info->si_signo) {
		case SIGSEGV: describe_segfault(draft, info, context, stack, text); return;
		case SIGBUS: describe_bus_error(draft, info, text); return;
		case SIGFPE:
			fps_sig_buf_text(
				text, info->si_code == FPE_INTDIV ? "integer division by zero or overflow" : "floating point error");
			break;
		case SIGILL: fps_sig_buf_text(text, "illegal instruction"); break;
		case SIGTRAP: fps_sig_buf_text(text, "breakpoint or trace trap"); return;
		case SIGXCPU: fps_sig_buf_text(text, "RLIMIT_CPU is used up"); return;
		case SIGXFSZ: fps_sig_buf_text(text, "a file would grow over RLIMIT_FSIZE"); return;
		case SIGSYS:
			fps_sig_buf_text(text, "a seccomp filter refused system call ");
			fps_sig_buf_i64(text, info->si_syscall);
			return;
		default: fps_sig_buf_text(text, "raised by the kernel"); return;
	}
	draft->has_address = true;
	draft->address = (uintptr_t) info->si_addr;
}

void fps_sig_fault_fill(
	struct fps_draft *draft, const siginfo_t *info, const ucontext_t *context, const struct fps_sig_stack *stack)
{
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message);
	if (!draft->has_sender) {
		describe_kernel_fault(draft, info, context, stack, &text);
	} else if (info->si_signo == SIGABRT && info->si_code == SI_TKILL) {
		fps_sig_buf_text(&text, "abort() was called");
	} else {
		const struct fps_sig_signal *signal = fps_sig_signals_find(info->si_signo);

		if (draft->sender_role == FPS_ROLE_SELF) {
			fps_sig_buf_text(&text, draft->child_pid ? "the child sent itself " : "the worker sent itself ");
			fps_sig_buf_text(&text, signal ? signal->name : "a signal");
		} else {
			fps_sig_buf_text(&text, signal ? signal->name : "a signal");
			fps_sig_buf_text(&text, " was sent by process ");
			fps_sig_buf_i64(&text, info->si_pid);
		}
	}
	fps_sig_buf_terminate(&text);
}

/*
 * What assert() begins its words with, `NAME: `: in FPM the end of a title that has been written over the name, as in
 * "ool www".
 */
static size_t program_prefix(const char *text, size_t len)
{
	char name[64];
	size_t size = fps_sig_saferead_copy_text(name, (uintptr_t) program, sizeof name);

	if (size == 0 || size + 2 >= len || memcmp(text, name, size) != 0 || memcmp(text + size, ": ", 2) != 0) {
		return 0;
	}
	return size + 2;
}

/* glibc keeps {unsigned size; char text[];} there, for core dumps (assert/assert.c, libc_fatal.c). */
bool fps_sig_fault_abort_message(struct fps_draft *draft)
{
	const char *text = draft->stderr_text;
	uintptr_t message = 0;
	size_t len, line;

	if (!abort_message || !fps_sig_saferead_copy(&message, (uintptr_t) abort_message, sizeof message) || message == 0) {
		return true;
	}
	len = fps_sig_saferead_copy_text(draft->stderr_text, message + sizeof(unsigned), sizeof draft->stderr_text);
	while (len > 0 && draft->stderr_text[len - 1] == '\n') {
		len--;
	}
	draft->stderr_text[len] = '\0';
	text += program_prefix(text, len);
	for (line = 0; line < sizeof draft->error_message - 1 && text[line] != '\0' && text[line] != '\n'; line++) {
		draft->error_message[line] = text[line];
	}
	draft->error_message[line] = '\0';
	return len > 0;
}

void fps_sig_fault_init(const void *address, const char *program_name)
{
	abort_message = address;
	program = program_name;
}
