/* What the coroner believes of a hello, and what not. */
#include "unit.h"

#include "../../src/blackbox.c"
#include "../../src/coroner/line.h"
#include "../../src/coroner/ward.h"

#include <poll.h>
#include <sys/socket.h>

#define SLOTS 4

static struct fps_line line;

static bool open_line(void)
{
	return line.fpm > 0 || CHECK_INT(fps_line_open(&line), 0);
}

static bool hear(struct fps_line_message *message)
{
	struct pollfd readable = {.fd = line.coroner, .events = POLLIN};

	return poll(&readable, 1, 5000) == 1 && fps_line_hear(&line, message) == 1;
}

static void hello_says_who_speaks(void)
{
	struct fps_line_message message;
	pid_t child;

	open_line();
	child = fork();
	if (child == 0) {
		_exit(fps_line_say(&line, FPS_LINE_HELLO, 3) ? 0 : 1);
	}
	waitpid(child, NULL, 0);
	CHECK(hear(&message)); /* though it has been and gone */
	CHECK_INT(message.word, FPS_LINE_HELLO);
	CHECK_INT(message.slot, 3);
	CHECK_INT(message.pid, child);
	CHECK_INT(message.uid, getuid());
	CHECK_INT(message.gid, getgid());
	fps_line_close(&message.pidfd);
	CHECK_INT(fps_line_hear(&line, &message), 0);
}

static void garbage_has_no_word(void)
{
	static const char *const garbage[] = {"", "\1", "\1\0\0\0\0\0\0", "\1\0\0\0\0\0\0\0\0and more"};
	static const size_t lengths[] = {1, 1, 7, 17};
	struct fps_line_message message;

	for (size_t i = 0; i < COUNT(garbage); i++) {
		CHECK_INT(send(line.fpm, garbage[i], lengths[i], 0), (int64_t) lengths[i]);
		CHECK(hear(&message));
		CHECK_INT(message.word, 0);
		fps_line_close(&message.pidfd);
	}
}

static void only_the_owner_of_a_slot_is_a_ward(void)
{
	struct fps_line_message hello = {.word = FPS_LINE_HELLO, .pid = getpid(), .uid = getuid(), .gid = getgid(), .pidfd = -1};
	struct fps_slot *slot;
	struct fps_ward *ward;
	bool shared;

	CHECK_INT(fps_blackbox_map(SLOTS, -1), 0);
	CHECK_INT(fps_ward_init(SLOTS), 0);
	slot = fps_blackbox_claim(true, &shared);
	if (!CHECK(slot && shared)) {
		return;
	}
	UNIT_CASE("no such slot");
	hello.slot = SLOTS;
	CHECK(fps_ward_add(&hello) == NULL);
	hello.slot = UINT32_MAX;
	CHECK(fps_ward_add(&hello) == NULL);
	UNIT_CASE("a free slot");
	hello.slot = fps_blackbox_index() + 1;
	CHECK(fps_ward_add(&hello) == NULL);
	UNIT_CASE("another's slot");
	hello.slot = fps_blackbox_index();
	hello.pid = getppid();
	CHECK(fps_ward_add(&hello) == NULL);
	UNIT_CASE("its own");
	hello.pid = getpid();
	ward = fps_ward_add(&hello);
	if (!CHECK(ward != NULL)) {
		return;
	}
	CHECK(ward->pidfd >= 0);
	CHECK_INT(ward->parent_pid, getppid());
	CHECK(fps_ward_slot(ward) == slot);
	UNIT_CASE("twice");
	CHECK(fps_ward_add(&hello) == NULL);
	UNIT_CASE("overwritten");
	memset(slot, 0xff, sizeof *slot);
	CHECK(fps_ward_slot(ward) == NULL);
	CHECK(!fps_ward_is_in_request(ward));
	UNIT_CASE("released");
	fps_ward_release(ward);
	CHECK_INT(slot->magic, 0);
	CHECK_INT(slot->handoff, FPS_HANDOFF_NONE);
	CHECK(fps_blackbox_slot_of(hello.slot, hello.pid) == NULL);
}

static void end_is_heard(void)
{
	struct fps_line_message message;

	CHECK(!fps_line_is_cut(&line, 0));
	fps_line_close(&line.fpm);
	CHECK_INT(fps_line_hear(&line, &message), -1);
	CHECK(!fps_line_say(&line, FPS_LINE_HELLO, 0));
	CHECK(fps_line_is_cut(&line, 0));
}

UNIT_MAIN(TEST(hello_says_who_speaks), TEST(garbage_has_no_word), TEST(only_the_owner_of_a_slot_is_a_ward), TEST(end_is_heard))
