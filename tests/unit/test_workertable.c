/* What the coroner believes of a hello, and what not. */
#include "unit.h"

#include "blackbox.c"
#include "coroner/channel.h"
#include "coroner/fdpass.h"
#include "coroner/master.h"
#include "coroner/process.h"
#include "coroner/workertable.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

static struct fps_channel channel;

static bool open_line(void)
{
	return channel.fpm > 0 || CHECK_INT(fps_channel_open(&channel), 0);
}

static bool hear(struct fps_channel_message *message)
{
	struct pollfd readable = {.fd = channel.coroner, .events = POLLIN};

	return poll(&readable, 1, 5000) == 1 && fps_channel_hear(&channel, message) == 1;
}

static struct fps_identity identity(int32_t pid, uint64_t seed)
{
	return (struct fps_identity) {.pid = pid, .parent_pid = getppid(), .seed = seed, .pool = "www"};
}

static void hello_says_who_speaks(void)
{
	struct fps_channel_message message;
	struct fps_identity who = identity(0, 5);
	pid_t child;

	open_line();
	child = fork();
	if (child == 0) {
		int memory;

		fps_blackbox_claim(-1, &memory);
		_exit(fps_channel_say_hello(&channel, &who, memory, -1, -1) ? 0 : 1);
	}
	waitpid(child, NULL, 0);
	for (int i = 0; i < 2; i++) { /* it stays until it is done with; though its sender has been and gone */
		CHECK(hear(&message));
		CHECK_INT(message.words.word, FPS_CHANNEL_HELLO);
		CHECK_INT(message.words.who.seed, 5);
		CHECK_INT(message.pid, child);
		CHECK_INT(message.uid, getuid());
		CHECK_INT(message.gid, getgid());
		CHECK(message.memory >= 0);
		fps_channel_discard(&message);
	}
	fps_channel_next(&channel, &message);
	CHECK_INT(fps_channel_hear(&channel, &message), 0);
}

static void garbage_has_no_word(void)
{
	static const char *const garbage[] = {"", "\1", "\1\0\0\0", "\1\0\0\0\0\0\0\0\0and more"};
	static const size_t lengths[] = {1, 1, 4, 17};
	struct fps_channel_message message;

	for (size_t i = 0; i < COUNT(garbage); i++) {
		CHECK_INT(send(channel.fpm, garbage[i], lengths[i], 0), (int64_t) lengths[i]);
		CHECK(hear(&message));
		CHECK_INT(message.words.word, 0);
		fps_process_close(&message.pidfd);
		fps_channel_next(&channel, &message);
	}
}

static void descriptors_are_bounded(void)
{
	struct fps_channel_message message;
	struct fps_channel_words words = {.word = FPS_CHANNEL_HELLO, .who = identity(getpid(), 1)};
	int before = dup(0), fds[FPS_FDPASS_MAX] = {0}, after;

	close(before);
	CHECK(fps_fdpass_send(channel.fpm, &words, sizeof words, fds, COUNT(fds)));
	CHECK(hear(&message));
	CHECK_INT(message.count, FPS_FDPASS_MAX);
	fps_channel_next(&channel, &message);
	fps_channel_discard(&message);
	after = dup(0);
	close(after);
	CHECK_INT(after, before);
}

static struct fps_channel_message hello_of(pid_t pid, uint64_t seed, int memory)
{
	return (struct fps_channel_message) {.words = {.word = FPS_CHANNEL_HELLO, .who = identity(pid, seed)},
		.pid = pid,
		.uid = getuid(),
		.gid = getgid(),
		.pidfd = -1,
		.memory = memory,
		.bell = -1,
		.root = -1,
		.lifeline = -1};
}

/* Files that are not what a worker sends: not sealed, sealed but too short. */
static void memory_is_not_trusted(void)
{
	static const unsigned seals[] = {0, F_SEAL_SHRINK | F_SEAL_GROW, SEALS};
	int fd;

	for (size_t i = 0; i < COUNT(seals); i++) {
		fd = (int) syscall(SYS_memfd_create, "x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		CHECK_INT(ftruncate(fd, (off_t) fps_blackbox_size() - (i == 2 ? 1 : 0)), 0);
		CHECK_INT(fcntl(fd, F_ADD_SEALS, seals[i]), 0);
		CHECK(fps_blackbox_map(fd) == NULL);
		close(fd);
	}
	UNIT_CASE("more behind its end than is quickly freed");
	fd = (int) syscall(SYS_memfd_create, "x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK_INT(ftruncate(fd, (off_t) fps_blackbox_size()), 0);
	CHECK_INT(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8 << 20), 0);
	CHECK_INT(fcntl(fd, F_ADD_SEALS, SEALS), 0);
	CHECK(fps_blackbox_map(fd) == NULL);
	close(fd);
	UNIT_CASE("no memory");
	fd = open("/dev/null", O_RDWR);
	CHECK(fps_blackbox_map(fd) == NULL);
	close(fd);
	CHECK(fps_blackbox_map(-1) == NULL);
}

static void a_worker_is_a_ward_once(void)
{
	struct fps_channel_message hello;
	struct fps_slot *slot;
	struct fps_ward *ward;
	int memory;

	CHECK_INT(fps_workertable_init(), 0);
	CHECK_INT(fps_master_init(), 0);
	CHECK_INT(fps_oomledger_init(""), 0);
	slot = fps_blackbox_claim(-1, &memory);
	if (!CHECK(slot && memory >= 0)) {
		return;
	}
	hello = hello_of(getpid(), 1, memory);
	ward = fps_workertable_add(&hello);
	if (!CHECK(ward != NULL)) {
		return;
	}
	CHECK_INT(hello.memory, -1);
	CHECK(ward->pidfd >= 0);
	CHECK_INT(ward->who.parent_pid, getppid());
	CHECK(ward->who.started_ticks > 0);
	CHECK(fps_workertable_slot(ward) && fps_workertable_slot(ward)->who.pid == getpid());
	fps_master_meet(ward->who.parent_pid);
	UNIT_CASE("the same hello, heard again");
	hello = hello_of(getpid(), 1, -1);
	CHECK(fps_workertable_add(&hello) == ward);
	UNIT_CASE("another hello of the same process");
	hello = hello_of(getpid(), 2, -1);
	CHECK(fps_workertable_add(&hello) == NULL);
	UNIT_CASE("a child of a worker");
	pid_t child = fork();
	if (child == 0) {
		pause();
	}
	hello = hello_of(child, 3, -1);
	CHECK(fps_workertable_add(&hello) == NULL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	UNIT_CASE("overwritten");
	memset(slot, 0xff, sizeof *slot);
	CHECK(fps_workertable_slot(ward) == NULL);
	CHECK(!fps_workertable_is_in_request(ward));
	UNIT_CASE("released");
	fps_workertable_release(ward);
	CHECK_INT(ward->stage, FPS_WARD_FREE);
	CHECK_INT(slot->magic, UINT64_MAX); /* the worker's own mapping is its own */
}

/* Memory that can be cut, as where there is no memfd_create(), by a worker that has kept it. */
static void a_cut_slot_is_empty(void)
{
	int memory = make_unnamed(), kept = dup(memory);
	struct fps_channel_message hello;
	struct fps_ward *ward;
	struct fps_slot *slot;
	int32_t last;

	slot = fps_blackbox_claim(memory, &memory);
	if (!CHECK(slot && memory >= 0)) {
		return;
	}
	fps_workertable_survive_cuts();
	hello = hello_of(getpid(), 4, memory);
	ward = fps_workertable_add(&hello);
	if (!CHECK(ward && fps_workertable_slot(ward))) {
		return;
	}
	CHECK_INT(ftruncate(kept, sysconf(_SC_PAGESIZE)), 0);
	CHECK(fps_workertable_slot(ward) != NULL); /* what is left of it */
	memcpy(&last, ward->slot->event.draft.arena, sizeof last);
	CHECK_INT(last, 0);
	ward->slot->event.requests_served = 5;
	CHECK_INT(ftruncate(kept, 0), 0);
	CHECK(fps_workertable_slot(ward) == NULL);
	fps_workertable_release(ward);
	close(kept);
}

static void only_fpms_user_speaks_for_the_master(void)
{
	struct fps_channel_message message = {.words = {.word = FPS_CHANNEL_STOP}, .pid = 42, .uid = getuid() + 1};

	CHECK_INT(fps_master_init(), 0);
	fps_master_hear(&message);
	CHECK_INT(fps_master_fate(), FPS_FATE_NONE);
	message.words.word = FPS_CHANNEL_MASTER;
	fps_master_hear(&message);
	CHECK(fps_master_is(43));
	message.uid = getuid();
	fps_master_hear(&message);
	CHECK(fps_master_is(42));
	CHECK(!fps_master_is(43));
	message.words.word = FPS_CHANNEL_STOP;
	fps_master_hear(&message);
	CHECK_INT(fps_master_fate(), FPS_FATE_STOP);
}

static void end_is_heard(void)
{
	struct fps_channel_message message;

	CHECK(!fps_channel_is_cut(&channel, 0));
	fps_process_close(&channel.fpm);
	CHECK_INT(fps_channel_hear(&channel, &message), -1);
	CHECK(!fps_channel_say(&channel, FPS_CHANNEL_STOP));
	CHECK(fps_channel_is_cut(&channel, 0));
}

UNIT_MAIN(TEST(hello_says_who_speaks), TEST(garbage_has_no_word), TEST(descriptors_are_bounded),
	TEST(memory_is_not_trusted), TEST(a_worker_is_a_ward_once), TEST(a_cut_slot_is_empty),
	TEST(only_fpms_user_speaks_for_the_master), TEST(end_is_heard))
