/*
 * What is told of black boxes that a dead generation has left: which slots, once each however often the
 * scavenger is killed, and with nothing of a slot trusted. And the files themselves.
 */
#include "../../src/blackbox.c"
#include "slots.h"
#include "tree.h"

#include "boxfile.h"
#include "output.h"
#include "scavenge.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define SLOTS 8
#define NOISE 128 /* slots at once */

/* In place of output.c's: the records go to a file, and the process dies after `lives` of them. */
static unsigned lives;
static bool dies_before_marking;

int fps_output_write(const struct fps_output_record *record)
{
	const char *const logs[] = {tree_path("records.jsonl"), "build/scavenged.jsonl"}; /* make checks that they keep the schema */

	CHECK(record->log == NULL && record->user == NULL && record->improve == NULL && record->token == UINT32_MAX);
	for (size_t i = 0; i < COUNT(logs); i++) {
		FILE *out = fopen(logs[i], "ab");

		CHECK(out && fwrite(record->line, 1, record->len, out) == record->len && fclose(out) == 0);
	}
	if (lives > 0 && --lives == 0 && dies_before_marking) {
		_exit(0);
	}
	return 0;
}

static char records[8 << 20];

static unsigned count_of(const char *text)
{
	unsigned count = 0;

	for (const char *at = records; (at = strstr(at, text)); at++) {
		count++;
	}
	return count;
}

/* Reads what has been told so far; how many records that is. */
static unsigned told(void)
{
	FILE *in = fopen(tree_path("records.jsonl"), "rb");

	records[in ? fread(records, 1, sizeof records - 1, in) : 0] = '\0';
	if (in) {
		fclose(in);
	}
	return count_of("\n");
}

static unsigned files(const char *prefix)
{
	char command[PATH_MAX + 64];
	int count = 0;

	snprintf(command, sizeof command, "find '%s' -name '%s*' | wc -l", tree_path("boxes"), prefix);
	FILE *found = popen(command, "r");

	CHECK(found && fscanf(found, "%d", &count) == 1);
	pclose(found);
	return (unsigned) count;
}

static void make_tree(void)
{
	strcpy(tree, "/tmp/fps-scavenge-XXXXXX");
	CHECK(mkdtemp(tree) != NULL);
}

static struct fps_slot *slots[NOISE];
static struct fps_identity owners[NOISE];

static void map_box(void)
{
	const char *reason = "";
	struct fps_boxfile_header *header;

	CHECK_INT(fps_boxfile_open(tree_path("boxes"), &reason), 0);
	CHECK_STR(reason, strlen(reason), "");
	header = fps_boxfile_header();
	strcpy(header->host, "dead.example");
	strcpy(header->php_version, "8.2.0");
	strcpy(header->extension_version, "0.0.1");
	fps_boxfile_lock();
}

static uint64_t realtime_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint64_t) time.tv_sec * SECOND_NS + (uint64_t) time.tv_nsec;
}

/* A slot whose owner is dead: a request in flight that nobody has said anything of. */
static struct fps_slot *put_slot(uint32_t index)
{
	struct fps_slot *example = slot_example(), *slot;
	int fd = fps_boxfile_slot(), shared;

	slot = slots[index] = fps_blackbox_claim(fd, &shared);
	if (!CHECK(slot && shared == fd)) {
		exit(1);
	}
	*slot = *example;
	free(example);
	memset(&slot->draft, 0, sizeof slot->draft);
	snprintf(slot->request.path, sizeof slot->request.path, "/slot/%u", index);
	slot->phase = FPS_PHASE_EXECUTE;
	owners[index] = slot->who;
	owners[index].pid = 0x3fffff00 + (int32_t) index; /* above every pid there can be */
	owners[index].claimed_ns = 50 * (uint64_t) SECOND_NS;
	owners[index].epoch_ns = realtime_ns() - 1000 * (uint64_t) SECOND_NS; /* so that nothing of before second 1000 is of the future */
	slot->who.pid = 4711; /* not to be believed */
	fps_boxfile_name_slot(fd, index, &owners[index]);
	close(fd);
	return slot;
}

static void (*filling)(void);

/* Everybody is killed: the file stays, and nobody holds its lock. */
static void generation(void)
{
	map_box();
	filling();
	CHECK(fps_boxfile_name());
}

/* The next start, which may be killed as well: then its own file stays, too. */
static void next_generation(void)
{
	static char line[FPS_SIG_RECORD_MAX];
	static struct fps_slot slot;

	map_box();
	strcpy(fps_boxfile_header()->host, "next.example");
	fps_scavenge(&slot, line);
	fps_boxfile_end();
}

static void tell_all_of(void (*fill)(void))
{
	make_tree();
	filling = fill;
	unit_in_child(generation);
	CHECK_INT(files("blackbox-"), 1);
	unit_in_child(next_generation);
	CHECK_INT(files("blackbox-"), 0);
}

/* --- which ------------------------------------------------------------------------------------ */

static void fill_one_of_each(void)
{
	struct fps_slot *slot;

	put_slot(0);
	put_slot(1)->phase = FPS_PHASE_IDLE;
	put_slot(2)->handoff = FPS_HANDOFF_WRITTEN;
	put_slot(3)->handoff = FPS_HANDOFF_OWN;
	slot = put_slot(4); /* the end of its answer was being sent as the coroner looked last */
	slot->phase = FPS_PHASE_SHUTDOWN;
	slot->finishing = 1;
	slot->finishing_ns = slot->request.started_ns + SECOND_NS;
	put_slot(5)->magic = 0;
	put_slot(6);
	fps_boxfile_remove_slot(6); /* told, and given back */
	put_slot(7);
}

static void which_slots_are_told(void)
{
	tell_all_of(fill_one_of_each);
	CHECK_INT(told(), 2);
	CHECK_INT(count_of("\"path\":\"/slot/0\""), 1);
	CHECK_INT(count_of("\"path\":\"/slot/7\""), 1);
	CHECK_INT(count_of("\"written_by\":\"scavenger\""), 2);
	CHECK_INT(count_of("\"code\":\"unknown_death\""), 2);
	CHECK_INT(count_of("\"confidence\":\"possible\""), 2);
	CHECK_INT(count_of("\"host\":{\"name\":\"dead.example\"}"), 2);
	CHECK_INT(count_of("\"php\":{\"version\":\"8.2.0\""), 2);
	CHECK_INT(count_of("\"version\":\"0.0.1\""), 2);
	CHECK_INT(count_of("\"process\":{\"pid\":1073741568,"), 1); /* the hello's, not what the slot says */
	CHECK_INT(count_of("that was the request's start"), 2);
	CHECK_INT(count_of("\"elapsed_ms\":0"), 2);
	tree_remove("");
}

static void fill_drafts(void)
{
	struct fps_slot *example = slot_example(), *slot;

	for (uint32_t i = 0; i < 5; i++) {
		slot = put_slot(i);
		slot->draft = example->draft;
		slot->draft.cause = FPS_CAUSE_SEGFAULT;
		slot->draft.signal = SIGSEGV;
	}
	slots[0]->handoff = FPS_HANDOFF_SEALED;
	slots[1]->handoff = FPS_HANDOFF_TAKEN;
	slots[2]->draft.stages_done = FPS_DRAFT_IDENTIFIED; /* killed in its handler */
	slots[3]->draft.stages_done = 0; /* at the very start of that */
	slots[4]->request.started_ns = slots[4]->draft.died_ns + SECOND_NS; /* of an earlier request, which went on */
	slot = put_slot(5); /* an error of PHP's, then the same as all */
	slot->event.handoff = FPS_HANDOFF_SEALED;
	slot->event.request = slot->request;
	strcpy(slot->event.request.path, "/event");
	slot->event.draft = example->draft;
	slot->event.draft.cause = FPS_CAUSE_MEMORY_LIMIT;
	slot->event.draft.event = 1;
	fps_boxfile_header()->seen_ns = 200 * (uint64_t) SECOND_NS;
	free(example);
}

static void what_is_told_of_drafts(void)
{
	tell_all_of(fill_drafts);
	CHECK_INT(told(), 7);
	CHECK_INT(count_of("\"code\":\"segfault\""), 3);
	CHECK_INT(count_of("\"code\":\"unknown_death\""), 3);
	CHECK_INT(count_of("\"code\":\"memory_limit\""), 1);
	CHECK_INT(count_of("\"path\":\"/event\""), 1);
	CHECK_INT(count_of("\"path\":\"/slot/5\""), 1);
	CHECK_INT(count_of("\"elapsed_ms\":100000"), 2); /* the coroner looked last at 200 s; the requests started at 100 s */
	CHECK_INT(count_of("found in their black box"), 3);
	tree_remove("");
}

/* --- once ------------------------------------------------------------------------------------- */

/* An event first, then a death in each slot. */
static void fill_all(void)
{
	struct fps_slot *slot;

	for (uint32_t i = 0; i < SLOTS; i++) {
		slot = put_slot(i);
	}
	slot = slots[0];
	slot->event.handoff = FPS_HANDOFF_SEALED;
	slot->event.request = slot->request;
	strcpy(slot->event.request.path, "/event");
	slot->event.draft.cause = FPS_CAUSE_MEMORY_LIMIT;
	slot->event.draft.event = 1;
	slot->event.draft.died_ns = slot->request.started_ns;
	slot->event.draft.died_us = 1795330253711456;
	slot->event.draft.stages_done = (1u << FPS_STAGES) - 1;
}

/* Killed after its record number `lives`, before it could mark the slot: that one record comes twice. */
static void killed_scavenger(void)
{
	dies_before_marking = true;
	next_generation();
}

static void a_scavenger_that_is_killed(void)
{
	for (unsigned first = 1; first <= SLOTS + 1; first++) {
		make_tree();
		filling = fill_all;
		unit_in_child(generation);
		lives = first;
		unit_in_child(killed_scavenger);
		lives = 0;
		CHECK_INT(told(), first);
		CHECK_INT(files("blackbox-"), 2);
		unit_in_child(next_generation);
		CHECK_INT(told(), SLOTS + 2);
		unsigned twice = count_of("\"path\":\"/event\"") - 1;

		for (uint32_t i = 0; i < SLOTS; i++) {
			char path[32];

			snprintf(path, sizeof path, "\"path\":\"/slot/%u\"", i);
			CHECK(count_of(path) >= 1);
			twice += count_of(path) - 1;
		}
		CHECK_INT(twice, 1);
		CHECK_INT(files("blackbox-"), 0);
		tree_remove("");
	}
}

/* --- nothing trusted -------------------------------------------------------------------------- */

static void put_noise(void *to, size_t size)
{
	for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
		uint64_t value = unit_random();

		memcpy((char *) to + at, &value, sizeof value);
	}
}

/* A whole slot of noise, or one in which a few words are: that gets further. */
static void spoil(struct fps_slot *slot, bool whole)
{
	size_t start = offsetof(struct fps_slot, who);

	if (whole) {
		put_noise((char *) slot + start, sizeof *slot - start);
		return;
	}
	for (int i = 0; i < 16; i++) {
		size_t from = i % 2 ? offsetof(struct fps_slot, draft) : offsetof(struct fps_slot, event.draft);

		put_noise((char *) slot + from + unit_random() % (offsetof(struct fps_draft, arena) / 8) * 8, 8);
	}
}

static void fill_garbage(void)
{
	struct fps_slot *example = slot_example();

	for (uint32_t i = 0; i < NOISE; i++) {
		struct fps_slot *slot = put_slot(i);

		slot->draft = slot->event.draft = example->draft;
		spoil(slot, i % 2);
		atomic_store(&slot->handoff, i % 4 < 2 ? FPS_HANDOFF_SEALED : FPS_HANDOFF_NONE);
		atomic_store(&slot->event.handoff, FPS_HANDOFF_SEALED);
		atomic_store(&slot->phase, FPS_PHASE_EXECUTE);
		atomic_store(&slot->finishing, 0);
		slot->event.draft.cause = FPS_CAUSE_MEMORY_LIMIT;
		strcpy(slot->who.log, "/etc/passwd"); /* which fps_output_write() is not told of */
		if (i == 0) {
			slot->event.draft.cause = FPS_CAUSE_MASTER_STOP; /* which is no worker's to tell */
		}
	}
	free(example);
}

static void garbage(void)
{
	for (int i = 0; i < 8; i++) {
		make_tree();
		for (int draws = 0; draws < 1000 * i; draws++) {
			unit_random();
		}
		filling = fill_garbage;
		unit_in_child(generation);
		unit_in_child(next_generation);
		CHECK_INT(told(), 2 * NOISE - 1);
		CHECK_INT(count_of("\"worker_died\":true"), NOISE);
		CHECK_INT(count_of("\"action\":\"master\""), 0);
		CHECK_INT(count_of("\"pool\":\"www\""), 2 * NOISE - 1);
		tree_remove("");
	}
}

/* A worker that gives itself out for one of another pool, and its death for one of another time. */
static void fill_forged(void)
{
	struct fps_slot *example = slot_example(), *slot;

	for (uint32_t i = 0; i < 3; i++) {
		slot = put_slot(i);
		slot->handoff = FPS_HANDOFF_SEALED;
		slot->draft = example->draft;
		slot->draft.cause = FPS_CAUSE_SEGFAULT;
		slot->draft.died_us = 1;
		slot->who.pid = getpid();
		slot->who.parent_pid = 1;
		slot->who.epoch_ns = 0;
		slot->who.started_us = 1;
		slot->who.started_ticks = 1;
		SET(slot->who.pool, "evil");
		SET(slot->who.listen, "/run/evil.sock");
		SET(slot->who.sapi, "cli");
	}
	slots[0]->draft.died_ns = 1; /* before it said hello */
	slots[1]->draft.died_ns = 1000000 * (uint64_t) SECOND_NS; /* yet to come */
	slots[2]->draft.cause = FPS_CAUSE_MASTER_DEATH;
	for (uint32_t i = 0; i < 2; i++) {
		slots[i]->request.started_ns = slots[i]->draft.died_ns;
	}
	fps_boxfile_header()->seen_ns = 200 * (uint64_t) SECOND_NS;
	free(example);
}

static void who_and_when_are_not_the_slots(void)
{
	tell_all_of(fill_forged);
	CHECK_INT(told(), 3);
	CHECK_INT(count_of("evil"), 0);
	CHECK_INT(count_of("\"pool\":\"www\""), 3);
	CHECK_INT(count_of("\"process\":{\"pid\":10737415"), 3);
	CHECK_INT(count_of("\"parent\":{\"pid\":8783}"), 3);
	CHECK_INT(count_of("\"@timestamp\":\"1970"), 0);
	CHECK_INT(count_of("found in their black box 800"), 2); /* 800 s and some ms: it was seen at 200 s, and this is second 1000 */
	CHECK_INT(count_of("\"code\":\"segfault\""), 2);
	CHECK_INT(count_of("\"code\":\"unknown_death\""), 1);
	tree_remove("");
}

/* --- names ------------------------------------------------------------------------------------ */

#define DEAD "0123456789abcdef-12"
#define LONGER "0123456789abcdef-123"

static void put_file(const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "boxes/%s", name);
	tree_put(path, "text\n");
	CHECK_INT(chmod(tree_path(path), 0600), 0);
}

static bool exists(const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "boxes/%s", name);
	return access(tree_path(path), F_OK) == 0;
}

/* No header of any version, or a slot without one, under a name of ours: removed. Under another name: nobody's to remove. */
static void names_of_ours_and_of_others(void)
{
	static const char *const ours[] = {"blackbox-" DEAD, "slot-" DEAD "-0", "slot-" DEAD "-4294967295", "slot-" DEAD "-7",
		"slot-ffffffffffffffff-1-65536", "slot-" "0000000000000000-0-0"};
	static const char *const others[] = {"blackbox-", "slot-", "blackbox-x", "blackbox-0123456789abcdef", "blackbox-0123456789abcdef-",
		"blackbox-0123456789abcdef-12-", "blackbox--12", "blackbox-0123456789abcdef-12-3", "blackbox-0123456789ABCDEF-12",
		"blackbox-0123456789abcde-12", "blackbox-0123456789abcdef0-12", "blackbox-0123456789abcdef-012", "blackbox-0123456789abcdef--12",
		"blackbox-0123456789abcdef-99999999999", "slot-" DEAD, "slot-" DEAD "-", "slot-" DEAD "-x", "slot-" DEAD "-00", "slot-" DEAD "--1",
		"slot-" DEAD "-1-2", "slot-" DEAD "-4294967296", "slot-" DEAD "-18446744073709551616", "slot-" DEAD "-1 ", "slot--1", "slot---",
		"xslot-" DEAD "-1", "Blackbox-" DEAD, "slot"};
	char longest[256];

	make_tree();
	for (size_t i = 0; i < COUNT(ours); i++) {
		put_file(ours[i]);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		put_file(others[i]);
	}
	memset(longest, 'a', sizeof longest - 1);
	memcpy(longest, "blackbox-", 9);
	longest[sizeof longest - 1] = '\0';
	put_file(longest);
	CHECK_INT(chmod(tree_path("boxes"), 0700), 0);
	unit_in_child(next_generation);
	for (size_t i = 0; i < COUNT(ours); i++) {
		UNIT_CASE(ours[i]);
		CHECK(!exists(ours[i]));
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		UNIT_CASE(others[i]);
		CHECK(exists(others[i]));
	}
	UNIT_CASE("the longest");
	CHECK(exists(longest));
	CHECK_INT(told(), 0);
	tree_remove("");
}

static void fill_two(void)
{
	put_slot(0);
	put_slot(1);
}

/* Nobody holds the lock of one whose name is the beginning of the other's, which is alive: its slots stay. */
static void a_name_that_begins_like_another(void)
{
	char header[PATH_MAX], command[3 * PATH_MAX];
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	int fd;

	make_tree();
	filling = fill_two;
	unit_in_child(generation);
	snprintf(command, sizeof command, "cd '%s' && cp -p blackbox-* h && mv blackbox-* blackbox-" DEAD " && mv h blackbox-" LONGER
		" && for i in 0 1; do cp -p slot-*-$i s && mv slot-*-$i slot-" DEAD "-$i && mv s slot-" LONGER "-$i; done", tree_path("boxes"));
	CHECK_INT(system(command), 0);
	strcpy(header, tree_path("boxes/blackbox-" LONGER));
	fd = open(header, O_RDWR);
	CHECK_INT(fcntl(fd, F_SETLK, &lock), 0);
	unit_in_child(next_generation);
	CHECK_INT(told(), 2);
	CHECK(!exists("blackbox-" DEAD) && !exists("slot-" DEAD "-0") && !exists("slot-" DEAD "-1"));
	CHECK(exists("blackbox-" LONGER) && exists("slot-" LONGER "-0") && exists("slot-" LONGER "-1"));
	close(fd);
	unit_in_child(next_generation);
	CHECK_INT(told(), 4);
	CHECK_INT(files("slot-"), 0);
	CHECK_INT(files("blackbox-"), 0);
	tree_remove("");
}

/* What can't be looked at now is looked at by the next start: the header stays, too. */
static void next_generation_without_descriptors(void)
{
	static char line[FPS_SIG_RECORD_MAX];
	static struct fps_slot slot;
	struct rlimit limit = {64, 64};

	map_box();
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (dup(0) >= 0) {
	}
	close(63);
	close(62); /* for the directory, and the header: none is left for a list of slots */
	fps_scavenge(&slot, line);
}

static void without_descriptors(void)
{
	make_tree();
	filling = fill_two;
	unit_in_child(generation);
	unit_in_child(next_generation_without_descriptors);
	CHECK_INT(told(), 0);
	CHECK_INT(files("slot-"), 2);
	unit_in_child(next_generation);
	CHECK_INT(told(), 2);
	CHECK_INT(files("slot-"), 0);
	CHECK_INT(files("blackbox-"), 0);
	tree_remove("");
}

/* --- the file --------------------------------------------------------------------------------- */

/* A kernel, or a file system, that knows no O_TMPFILE: openat() with that bit fails. */
static void forbid_unnamed_files(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = COUNT(code), .filter = code};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void refused_without_unnamed_files(void)
{
	const char *reason = "";

	forbid_unnamed_files();
	CHECK_INT(fps_boxfile_open(tree_path("boxes"), &reason), -1);
	CHECK(strstr(reason, "O_TMPFILE") != NULL);
	CHECK_INT(fps_boxfile_slot(), -1);
	CHECK_INT(files(""), 1); /* the directory */
}

static void unnamed_at_first(void)
{
	struct stat status;
	int fd;

	map_box();
	fd = fps_boxfile_slot();
	CHECK_INT(files(""), 1);
	CHECK(fps_boxfile_name());
	CHECK_INT(files("blackbox-"), 1);
	UNIT_CASE("a slot has its place on the disk from the start");
	CHECK_INT(fstat(fd, &status), 0);
	CHECK(status.st_size == (off_t) fps_blackbox_size() && status.st_blocks * 512 >= status.st_size);
	put_slot(3);
	CHECK_INT(files("slot-"), 1);
	fps_boxfile_remove_slot(3);
	CHECK_INT(files("slot-"), 0);
	put_slot(2);
	fps_boxfile_end();
	CHECK_INT(files(""), 1);
}

static void file_names(void)
{
	make_tree();
	if (!unit_without("seccomp")) {
		unit_in_child(refused_without_unnamed_files);
	}
	unit_in_child(unnamed_at_first);
	tree_remove("");
}

static void start(void)
{
	remove("build/scavenged.jsonl");
}

UNIT_MAIN(TEST(start), TEST(which_slots_are_told), TEST(what_is_told_of_drafts), TEST(a_scavenger_that_is_killed), TEST(garbage),
	TEST(who_and_when_are_not_the_slots), TEST(names_of_ours_and_of_others), TEST(a_name_that_begins_like_another),
	TEST(without_descriptors),
	TEST(file_names))
