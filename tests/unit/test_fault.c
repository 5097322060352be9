/* What a fault was, in words: from contexts as the kernel makes them, of the processor this was compiled for. */
#include "unit.h"

#include "sig/fault.h"
#include "sig/saferead.h"

#include <signal.h>
#include <sys/mman.h>

static struct fps_draft draft;
static ucontext_t context;
static unsigned char code[] = {0x90, 0xf4};

static void tell(int signal_code, uintptr_t address)
{
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = signal_code};

	info.si_addr = (void *) address;
	memset(&draft, 0, sizeof draft);
	fps_sig_fault_fill(&draft, &info, &context, &(struct fps_sig_stack) {0});
}

#define TELLS(words) CHECK_STR(draft.error_message, strlen(draft.error_message), (words))

static void set_program_counter(const void *at)
{
	memset(&context, 0, sizeof context);
#if defined(__x86_64__)
	context.uc_mcontext.gregs[REG_RIP] = (greg_t) at;
#elif defined(__aarch64__)
	context.uc_mcontext.pc = (uintptr_t) at;
#endif
}

/* A page fault, of a data access or of the fetch of an instruction. */
static void set_fault(bool write, bool fetch)
{
	set_program_counter(code);
#if defined(__x86_64__)
	context.uc_mcontext.gregs[REG_TRAPNO] = 14;
	context.uc_mcontext.gregs[REG_ERR] = 4 | (write ? 2 : 0) | (fetch ? 16 : 0);
#elif defined(__aarch64__)
	/* behind another one, as the kernel lays them out; the third ends the list */
	struct {
		struct _aarch64_ctx other;
		uint64_t others;
		struct esr_context syndrome;
		struct _aarch64_ctx end;
	} records = {
		.other = {.magic = 0x46508001, .size = 16},
		.syndrome = {{.magic = ESR_MAGIC, .size = sizeof records.syndrome},
			(fetch ? UINT64_C(0x20) : UINT64_C(0x24)) << 26 | 7 | (write ? 1 << 6 : 0)},
	};

	memcpy(context.uc_mcontext.__reserved, &records, sizeof records);
#endif
}

static void access_kinds(void)
{
	set_fault(false, false);
	tell(SEGV_MAPERR, 0);
	TELLS("null pointer read at 0x0");
	tell(SEGV_MAPERR, 0x414141414040);
	TELLS("read at wild address 0x414141414040, where nothing is mapped");
	set_fault(true, false);
	tell(SEGV_MAPERR, 8);
	TELLS("null pointer write at 0x8");
	tell(SEGV_ACCERR, (uintptr_t) &draft);
	CHECK(strstr(draft.error_message, "write at wild address 0x")
		&& strstr(draft.error_message, ", which is mapped but does not permit it"));
	set_fault(false, true);
	tell(SEGV_MAPERR, 0x414141414040);
	TELLS("jump at wild address 0x414141414040, where nothing is mapped");
	set_program_counter(NULL);
	tell(SEGV_MAPERR, 0);
	TELLS("null pointer jump at 0x0");
}

/* A kernel that says no more than the address: what the records of the context hold is not believed blindly. */
static void nothing_known(void)
{
	set_program_counter(code);
	tell(SEGV_MAPERR, 0);
	TELLS("null pointer access at 0x0");
#ifdef __aarch64__
	memset(context.uc_mcontext.__reserved, 0xff, sizeof context.uc_mcontext.__reserved);
	tell(SEGV_MAPERR, 0);
	TELLS("null pointer access at 0x0");
	for (size_t at = 0; at < sizeof context.uc_mcontext.__reserved; at += 8) {
		memcpy(context.uc_mcontext.__reserved + at, &(struct _aarch64_ctx) {.magic = 1, .size = 8}, 8);
	}
	tell(SEGV_MAPERR, 0);
	TELLS("null pointer access at 0x0");
#endif
}

#ifdef __x86_64__
static void general_protection(void)
{
	static const char words[] = "general protection fault: non-canonical address, or misaligned vector access";

	set_program_counter(code);
	tell(SI_KERNEL, 0);
	TELLS(words);
	CHECK(!draft.has_address);
	set_program_counter(code + 1);
	tell(SI_KERNEL, 0);
	TELLS("hlt instruction, by which musl ends a process whose heap or stack it finds corrupt");
	CHECK(!draft.has_address);
	set_program_counter((void *) 0x4141414141414141);
	tell(SI_KERNEL, 0);
	TELLS(words);
}

static void stack_segment(void)
{
	siginfo_t info = {.si_signo = SIGBUS, .si_code = SI_KERNEL};

	memset(&draft, 0, sizeof draft);
	fps_sig_fault_fill(&draft, &info, &context, &(struct fps_sig_stack) {0});
	TELLS("stack-segment fault: non-canonical address, counted from the frame or stack pointer");
	CHECK(!draft.has_address);
	info.si_code = BUS_ADRALN;
	info.si_addr = (void *) 0x4141;
	fps_sig_fault_fill(&draft, &info, &context, &(struct fps_sig_stack) {0});
	TELLS("misaligned access");
	CHECK(draft.has_address && draft.address == 0x4141);
}
#else
static void general_protection(void)
{
}

static void stack_segment(void)
{
}
#endif

static void set_stack_pointer(uintptr_t at)
{
#if defined(__x86_64__)
	context.uc_mcontext.gregs[REG_RSP] = (greg_t) at;
#elif defined(__aarch64__)
	context.uc_mcontext.sp = at;
#endif
}

/* A frame that begins on a stack of this test's and ends far below, in a hole. */
static void large_frames(void)
{
	size_t hole = 16 << 20, page = 4096;
	char *below = mmap(NULL, hole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t end = (uintptr_t) below + page, begin = (uintptr_t) below + hole + 64;
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = SEGV_MAPERR};
	struct fps_sig_stack stack = {.end = (uintptr_t) below + hole, .top = (uintptr_t) below + hole + page};

	mprotect(below, hole, PROT_NONE);
	set_fault(true, false);
	set_stack_pointer(end);
	info.si_addr = (void *) (end + 16);
	munmap(below, hole); /* what is mapped next above is the stack */
	memset(&draft, 0, sizeof draft);
	fps_sig_fault_fill(&draft, &info, &context, &stack);
	CHECK_INT(draft.cause, FPS_CAUSE_STACK_OVERFLOW);
	TELLS("the stack is full");

	draft.cause = FPS_CAUSE_SEGFAULT;
	fps_sig_fault_reconsider(&draft, &context, begin);
	CHECK_INT(draft.cause, FPS_CAUSE_STACK_OVERFLOW);
	TELLS("the stack is full: the innermost frame takes 16380 KiB of it");

	/* one that does not begin where memory is, one that is not known, one with the fault elsewhere */
	draft.cause = FPS_CAUSE_SEGFAULT;
	fps_sig_fault_reconsider(&draft, &context, begin - hole / 2);
	fps_sig_fault_reconsider(&draft, &context, 0);
	draft.address = 0x1000;
	fps_sig_fault_reconsider(&draft, &context, begin);
	CHECK_INT(draft.cause, FPS_CAUSE_SEGFAULT);
	munmap(below + hole, page);
}

UNIT_MAIN(TEST(large_frames), TEST(access_kinds), TEST(nothing_known), TEST(general_protection), TEST(stack_segment))
