/* saferead.c: memory that is there, that is not, and that ends in the middle; both ways of reading it. */
#include "unit.h"

#include "sig/saferead.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define PAGE 4096u
#define PAGES 4

/* Pages full of a pattern; what follows them is not mapped. */
static unsigned char *pages;
static uintptr_t end;

static unsigned char pattern(size_t i)
{
	return (unsigned char) (i * 31 + i / PAGE);
}

static void map(void)
{
	pages = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(pages != MAP_FAILED)) {
		exit(1);
	}
	munmap(pages + PAGES * PAGE, PAGE);
	end = (uintptr_t) pages + PAGES * PAGE;
	for (size_t i = 0; i < PAGES * PAGE; i++) {
		pages[i] = pattern(i);
	}
}

static bool is_pattern(const unsigned char *bytes, size_t from, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != pattern(from + i)) {
			return false;
		}
	}
	return true;
}

static bool read_near(void *to, uintptr_t address, size_t len)
{
	struct fps_sig_window window = {0};

	return fps_sig_saferead_copy_near(&window, to, address, len);
}

/* Every case for both functions; `to` is as large as any len that is not refused at once. */
static void check_reads(void)
{
	const struct {
		const char *name;
		uintptr_t address;
		size_t len;
		bool good;
	} cases[] = {
		{"one byte", (uintptr_t) pages, 1, true},
		{"a page", (uintptr_t) pages, PAGE, true},
		{"across a page's edge", (uintptr_t) pages + PAGE - 3, 8, true},
		{"more than a page", (uintptr_t) pages + 5, PAGE + 1, true},
		{"all of it", (uintptr_t) pages, PAGES * PAGE, true},
		{"to the last byte", end - 8, 8, true},
		{"the last byte", end - 1, 1, true},
		{"one byte too many", end - 8, 9, false},
		{"torn", end - 1, 2, false},
		{"torn after pages", (uintptr_t) pages, PAGES * PAGE + 1, false},
		{"unmapped", end, 1, false},
		{"address 0", 0, 1, false},
		{"address 1", 1, 8, false},
		{"the first page", 4095, 2, false},
		{"not canonical", (uintptr_t) 0xdeadbeefdeadbeef, 8, false},
		{"the kernel's", (uintptr_t) 0xffff888000000000, 8, false},
		{"the last address", UINTPTR_MAX, 1, false},
		{"up to 2^64", UINTPTR_MAX - 7, 8, false},
		{"over 2^64", UINTPTR_MAX - 7, 16, false},
		{"a length that overflows", (uintptr_t) pages + 1, SIZE_MAX, false},
		{"a length that ends at 2^64", (uintptr_t) pages, -(size_t) pages, false},
		{"an address that overflows", UINTPTR_MAX, SIZE_MAX, false},
	};
	static unsigned char to[PAGES * PAGE + 1];

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].name);
		for (int near = 0; near < 2; near++) {
			memset(to, 0, sizeof to);
			bool good = near ? read_near(to, cases[i].address, cases[i].len)
							 : fps_sig_saferead_copy(to, cases[i].address, cases[i].len);

			CHECK_INT(good, cases[i].good);
			CHECK(!good || is_pattern(to, cases[i].address - (uintptr_t) pages, cases[i].len));
		}
	}
}

static void direct(void)
{
	fps_sig_saferead_init();
	check_reads();
}

static void unreadable_pages(void)
{
	unsigned char byte;

	mprotect(pages + PAGE, PAGE, PROT_NONE);
	CHECK(fps_sig_saferead_copy(&byte, (uintptr_t) pages + PAGE - 1, 1));
	CHECK(!fps_sig_saferead_copy(&byte, (uintptr_t) pages + PAGE, 1));
	CHECK(!read_near(&byte, (uintptr_t) pages + PAGE, 1));
	CHECK(fps_sig_saferead_copy(&byte, (uintptr_t) pages + 2 * PAGE, 1));
	mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE);
}

/* What lies in one piece is read once, and not looked at again while not too many others are. */
static void window_keeps_pieces(void)
{
	struct fps_sig_window window = {0};
	unsigned char bytes[8];

	CHECK(fps_sig_saferead_copy_near(&window, bytes, (uintptr_t) pages + 16, 8) && is_pattern(bytes, 16, 8));
	pages[32] ^= 0xff;
	for (unsigned i = 1; i < FPS_SIG_PIECES; i++) {
		CHECK(fps_sig_saferead_copy_near(&window, bytes, (uintptr_t) pages + i * FPS_SIG_PIECE, 8)
			&& is_pattern(bytes, i * FPS_SIG_PIECE, 8));
	}
	CHECK(fps_sig_saferead_copy_near(&window, bytes, (uintptr_t) pages + 32, 8) && is_pattern(bytes, 32, 8));
	CHECK(fps_sig_saferead_copy_near(&window, bytes, (uintptr_t) pages + PAGE, 8) && is_pattern(bytes, PAGE, 8));
	CHECK(fps_sig_saferead_copy_near(&window, bytes, (uintptr_t) pages + 32, 8) && !is_pattern(bytes, 32, 8));
	pages[32] ^= 0xff;
	CHECK(!fps_sig_saferead_copy_near(&window, bytes, end, 8));
	CHECK(fps_sig_saferead_copy_near(&window, bytes, end - 8, 8) && is_pattern(bytes, PAGES * PAGE - 8, 8));
	CHECK(!fps_sig_saferead_copy_near(&window, bytes, end - 4, 8));
	CHECK(fps_sig_saferead_copy_near(&window, bytes, (uintptr_t) pages, 8) && is_pattern(bytes, 0, 8));
}

/* Up to its end, to that of the memory, or to what there is room for. */
static void texts(void)
{
	static char text[2 * PAGE];
	char *last = (char *) end - 4;

	memset(pages, 'x', 2 * PAGE);
	pages[700] = '\0';
	CHECK_INT(fps_sig_saferead_copy_text(text, (uintptr_t) pages, sizeof text), 700);
	CHECK_INT(strlen(text), 700);
	CHECK_INT(fps_sig_saferead_copy_text(text, (uintptr_t) pages, 700), 699);
	CHECK_INT(fps_sig_saferead_copy_text(text, (uintptr_t) pages, 512), 511);
	CHECK_INT(strlen(text), 511);
	CHECK_INT(fps_sig_saferead_copy_text(text, (uintptr_t) pages + 700, sizeof text), 0);
	CHECK_INT(fps_sig_saferead_copy_text(text, (uintptr_t) pages, 1), 0);
	memcpy(last, "last", 4);
	CHECK_INT(fps_sig_saferead_copy_text(text, (uintptr_t) last, sizeof text), 4);
	CHECK_STR(text, strlen(text), "last");
	CHECK_INT(fps_sig_saferead_copy_text(text, end, sizeof text), 0);
	for (size_t i = 0; i < PAGES * PAGE; i++) {
		pages[i] = pattern(i);
	}
}

/* process_vm_readv() gives EPERM from here on, as under many container run-times. */
static bool forbid_process_vm_readv(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = COUNT(filter), .filter = filter};
	char byte;
	struct iovec iov = {&byte, 1};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
		&& process_vm_readv(getpid(), &iov, 1, &iov, 1, 0) == -1 && errno == EPERM;
}

/* Reads one byte again and again while another thread does so with another: true if it is always that one. */
static void *read_one(void *byte)
{
	unsigned char read;
	uintptr_t good = 1;

	for (int i = 0; i < 20000; i++) {
		good = good && fps_sig_saferead_copy(&read, (uintptr_t) byte, 1) && read == *(unsigned char *) byte;
	}
	return (void *) good;
}

static void two_threads(void)
{
	pthread_t thread;
	void *good = NULL;

	CHECK(pthread_create(&thread, NULL, read_one, pages + 1) == 0);
	CHECK(read_one(pages + 2) != NULL);
	CHECK(pthread_join(thread, &good) == 0 && good != NULL);
}

static void through_a_pipe_in_child(void)
{
	unsigned char byte;

	CHECK(forbid_process_vm_readv());
	check_reads();
	/* A read that failed has left nothing in the pipe for those that follow. */
	for (int i = 0; i < 100; i++) {
		CHECK(!fps_sig_saferead_copy(&byte, end, 1));
	}
	check_reads();
	unreadable_pages();
	window_keeps_pieces();
	texts();
	two_threads();
}

static void through_a_pipe(void)
{
	if (!unit_without("seccomp")) {
		unit_in_child(through_a_pipe_in_child);
	}
}

UNIT_MAIN(TEST(map), TEST(direct), TEST(unreadable_pages), TEST(window_keeps_pieces), TEST(texts), TEST(through_a_pipe))
