/*
 * Native code that runs in a worker before PHP serves its first request, as FPM loads it for a request's or a pool's
 * `extension=`: a constructor, which does what the name of its file says, once, and appends what it has found to
 * early.out beside that.
 */
#define _GNU_SOURCE
#include "coroner/channel.h"
#include "hold.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOT_SEALED 1u /* MFD_CLOEXEC */
#define SEALABLE 3u   /* and MFD_ALLOW_SEALING */
#define ADD_SEALS 1033
#define MANY 253    /* SCM_MAX_FD */
#define ALL_SEALS 7 /* F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW */

static FILE *out;
static int line = -1;

/* The line to the coroner, and the pages that the master has in common with its children. */
static void find(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char text[512];
	int type, shared = 0;

	for (int fd = 3; fd < 64; fd++) {
		socklen_t len = sizeof type;

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET) {
			line = fd;
		}
	}
	while (maps && fgets(text, sizeof text, maps)) {
		shared += strstr(text, " rw-s ") && strstr(text, "/dev/zero");
	}
	if (maps) {
		fclose(maps);
	}
	fprintf(out, "line: %s, shared: %d\n", line >= 0 ? "yes" : "no", shared);
}

static size_t size_of_slot(void)
{
	return (sizeof(struct fps_slot) + 4095) / 4096 * 4096;
}

static void fill(int memory, uint64_t now_ns)
{
	struct fps_slot *slot;

	slot = ftruncate(memory, (off_t) size_of_slot()) == -1
		? MAP_FAILED
		: mmap(NULL, size_of_slot(), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (slot == MAP_FAILED) {
		return;
	}
	slot->magic = FPS_SLOT_MAGIC;
	slot->version = FPS_SLOT_VERSION;
	slot->size = sizeof *slot;
	slot->phase = FPS_PHASE_EXECUTE;
	slot->request.started_ns = now_ns;
	strcpy(slot->request.path, "/shop/checkout.php");
}

/* Not a word of it is true. Its first descriptor is what it claims to have for memory. */
static void say_hello(const int *fds, size_t count)
{
	struct fps_channel_words words = {.word = FPS_CHANNEL_HELLO,
		.who = {.seed = (uint64_t) getpid(), .pool = "shop", .sapi = "fpm-fcgi", .max_per_minute = 1000000}};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MANY * sizeof(int))];
	} control = {
		.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))}};
	struct iovec part = {.iov_base = &words, .iov_len = sizeof words};
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	words.who.claimed_ns = (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
	memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	fprintf(out, "hello: %s\n", sendmsg(line, &header, MSG_DONTWAIT) > 0 ? "yes" : "no");
}

static void say_hello_with(int memory)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	fill(memory, (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec);
	say_hello(&memory, 1);
}

/* Once the coroner has it. */
static void cut(int memory)
{
	say_hello_with(memory);
	usleep(200000);
	fprintf(out, "cut: %s\n", ftruncate(memory, 0) == 0 ? "yes" : "no");
	(void) !send(line, "", 1, 0); /* so that the coroner looks */
	usleep(100000);
	fflush(out);
	raise(SIGKILL);
}

static void be_shop(void)
{
	int memory = (int) syscall(SYS_memfd_create, "early", SEALABLE);

	say_hello_with(memory);
	raise(SIGKILL);
}

static void cut_memory(void)
{
	cut((int) syscall(SYS_memfd_create, "early", NOT_SEALED));
}

static void cut_shm(void)
{
	cut(open("/dev/shm", O_TMPFILE | O_RDWR, 0600));
}

static void cut_file(void)
{
	cut(open("/tmp", O_TMPFILE | O_RDWR, 0600));
}

static void say(enum fps_channel_word word)
{
	uint32_t words = word;

	fprintf(out, "word %u: %s\n", words, send(line, &words, sizeof words, MSG_DONTWAIT) > 0 ? "yes" : "no");
}

/* That it is the master, and ends. */
static void be_master(void)
{
	say(FPS_CHANNEL_MASTER);
	say(FPS_CHANNEL_RELOAD);
	say(FPS_CHANNEL_STOP);
}

/* A connection with more in it than its other end takes, whose close() waits for ten minutes; that end is in a child
 * that sleeps. */
static int make_lingering(void)
{
	static char bytes[65536];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct linger linger = {1, 600};
	socklen_t len = sizeof address;
	int listening = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	bind(listening, (struct sockaddr *) &address, sizeof address);
	listen(listening, 1);
	getsockname(listening, (struct sockaddr *) &address, &len);
	connect(fd, (struct sockaddr *) &address, sizeof address);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
	}
	if (hold_fork() == 0) {
		hold_only(listening);
		sleep(60);
		_exit(0);
	}
	close(listening);
	return fd;
}

/* As many as can come with a message, which is said often: in a hello, and in what is none. */
static void send_lingering(void)
{
	int fds[MANY];

	for (size_t i = 0; i < MANY; i++) {
		fds[i] = i % 16 ? dup(fds[i - 1]) : make_lingering();
	}
	for (int i = 0; i < 8; i++) {
		say_hello(fds, MANY);
	}
	fflush(out);
	raise(SIGKILL);
}

/* A bell whose close() waits, and cannot be ended by a signal. */
static void send_held(void)
{
	int fds[] = {(int) syscall(SYS_memfd_create, "early", SEALABLE), eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC),
		eventfd(0, EFD_CLOEXEC)};

	ftruncate(fds[0], (off_t) size_of_slot());
	fcntl(fds[0], ADD_SEALS, ALL_SEALS);
	for (int i = 1; i < 4; i++) {
		hold_eventfd(fds[i]);
	}
	say_hello(fds, 4);
	fflush(out);
	raise(SIGKILL);
}

static const struct {
	const char *name;
	void (*run)(void);
} deeds[] = {{"look.so", NULL}, {"shop.so", be_shop}, {"memory.so", cut_memory}, {"shm.so", cut_shm},
	{"file.so", cut_file}, {"master.so", be_master}, {"linger.so", send_lingering}, {"held.so", send_held}};

__attribute__((constructor)) static void begin(void)
{
	char path[512], beside[512];
	Dl_info info;

	if (!dladdr((void *) begin, &info)) {
		return;
	}
	snprintf(path, sizeof path, "%s", info.dli_fname);
	snprintf(beside, sizeof beside, "%s", info.dli_fname);
	strcat(dirname(beside), "/early.out");
	out = fopen(beside, "a");
	for (size_t i = 0; out && i < sizeof deeds / sizeof deeds[0]; i++) {
		if (strcmp(basename(path), deeds[i].name) == 0) {
			unlink(path); /* once is enough */
			fprintf(out, "%s: ", deeds[i].name);
			find();
			fflush(out);
			if (deeds[i].run) {
				deeds[i].run();
			}
		}
	}
	if (out) {
		fclose(out);
	}
}
