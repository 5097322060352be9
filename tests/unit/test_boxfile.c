/* The files of black boxes: their names, and which of those in the directory are whose. */
#define RECORDS "build/boxfile.jsonl"
#include "boxes.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

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

/*
 * No header of any version, or a slot without one, under a name of ours: removed. Under another name: nobody's to
 * remove.
 */
static void names_of_ours_and_of_others(void)
{
	static const char *const ours[] = {"blackbox-" DEAD, "slot-" DEAD "-0", "slot-" DEAD "-4294967295",
		"slot-" DEAD "-7", "slot-ffffffffffffffff-1-65536",
		"slot-"
		"0000000000000000-0-0"};
	static const char *const others[] = {"blackbox-", "slot-", "blackbox-x", "blackbox-0123456789abcdef",
		"blackbox-0123456789abcdef-", "blackbox-0123456789abcdef-12-", "blackbox--12", "blackbox-0123456789abcdef-12-3",
		"blackbox-0123456789ABCDEF-12", "blackbox-0123456789abcde-12", "blackbox-0123456789abcdef0-12",
		"blackbox-0123456789abcdef-012", "blackbox-0123456789abcdef--12", "blackbox-0123456789abcdef-99999999999",
		"slot-" DEAD, "slot-" DEAD "-", "slot-" DEAD "-x", "slot-" DEAD "-00", "slot-" DEAD "--1", "slot-" DEAD "-1-2",
		"slot-" DEAD "-4294967296", "slot-" DEAD "-18446744073709551616", "slot-" DEAD "-1 ", "slot--1", "slot---",
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
	snprintf(command, sizeof command,
		"cd '%s' && cp -p blackbox-* h && mv blackbox-* blackbox-" DEAD " && mv h blackbox-" LONGER
		" && for i in 0 1; do cp -p slot-*-$i s && mv slot-*-$i slot-" DEAD "-$i && mv s slot-" LONGER "-$i; done",
		tree_path("boxes"));
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

UNIT_MAIN(TEST(names_of_ours_and_of_others), TEST(a_name_that_begins_like_another), TEST(without_descriptors),
	TEST(file_names))
