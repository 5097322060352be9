/* trustedpath.c: which logs are opened or created, by who can change what on the way. */
#include "tree.h"

#include "sig/trustedpath.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { STRANGER = 4242, ADM = 4 };

static char base[PATH_MAX]; /* of the tree, absolute and without links */

static const char *at(const char *name)
{
	static char path[2][PATH_MAX + 64];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", base, name);
	return path[turn];
}

static void make(void)
{
	umask(022);
	strcpy(tree, "/tmp/fps-tree.XXXXXX");
	CHECK(mkdtemp(tree) != NULL);
	CHECK(realpath(tree, base) != NULL);
	CHECK_INT(chmod(base, 0755), 0);
}

static void own(const char *name, mode_t mode, uid_t user, gid_t group)
{
	if (geteuid() == 0) {
		CHECK_INT(lchown(at(name), user, group), 0);
	}
	CHECK_INT(chmod(at(name), mode), 0);
}

/* `why`: NULL if it is opened; what the reason has in it, for a refusal; or an errno in words, as strerror() has it. */
static void opens(const char *name, const char *why)
{
	char words[1024];
	struct fps_sig_buf text;
	int fd, error;

	fps_sig_buf_init(&text, words, sizeof words);
	errno = 0;
	fd = fps_sig_trustedpath_open_log(at(name), &text);
	error = errno;
	fps_sig_buf_terminate(&text);
	if (why && error == FPS_SIG_TRUSTEDPATH_REFUSED) {
		CHECK(strstr(words, base) != NULL);
	}
	if (!CHECK((fd >= 0) == !why) || (why && !CHECK(strstr(text.len ? words : strerror(error), why)))) {
		printf("  %s: \"%s\", %s; expected %s\n", name, words, strerror(error), why ? why : "a descriptor");
	}
	CHECK(text.len == 0 || error == FPS_SIG_TRUSTEDPATH_REFUSED);
	if (fd >= 0) {
		CHECK(fcntl(fd, F_GETFL) & O_APPEND && fcntl(fd, F_GETFD) & FD_CLOEXEC);
		close(fd);
	}
}

static const struct {
	const char *name;
	mode_t mode; /* of the directory */
	bool theirs;
	gid_t group;
	const char *existing; /* whose file there is, NULL: none */
	const char *why;
} cases[] = {
	{"root's", 0755, false, 0, NULL, NULL},
	{"root's, with a log", 0755, false, 0, "root", NULL},
	{"root's, with a log of others", 0755, false, 0, "stranger", "/log belongs to uid 4242"},
	{"root's group", 0775, false, 0, NULL, NULL},
	{"a stranger's", 0755, true, 0, "root", "/folder belongs to uid 4242"},
	{"everybody's", 0777, false, 0, "root", "others can rename entries of "},
	{"another group's", 0775, false, STRANGER, "root", "others can rename entries of "},
	{"another group's, which may read only", 0755, false, STRANGER, NULL, NULL},
	{"sticky, with root's log", 01777, false, 0, "root", NULL},
	{"sticky, with a stranger's log", 01777, false, 0, "stranger", "/log belongs to uid 4242"},
	{"sticky, without a log", 01777, false, 0, NULL, "/log does not exist, and others could create it"},
	{"sticky, a stranger's", 01777, true, 0, "root", "/folder belongs to uid 4242"},
	{"adm's, with root's log", 0775, false, ADM, "root", NULL},
	{"adm's, with a stranger's log", 0775, false, ADM, "stranger", "/log belongs to uid 4242"},
	{"adm's, without a log", 0775, false, ADM, NULL, "/log does not exist, and others could create it"},
	{"adm's and everybody's", 0777, false, ADM, "root", "others can rename entries of "},
};

static void owners_and_modes(void)
{
	for (size_t i = 0; i < COUNT(cases) && geteuid() == 0; i++) {
		bool is_strangers = cases[i].existing && strcmp(cases[i].existing, "stranger") == 0;

		UNIT_CASE(cases[i].name);
		make();
		CHECK_INT(mkdir(at("folder"), 0755), 0);
		if (cases[i].existing) {
			tree_put("folder/log", "x");
			own("folder/log", 0640, is_strangers ? STRANGER : 0, 0);
		}
		own("folder", cases[i].mode, cases[i].theirs ? STRANGER : 0, cases[i].group);
		opens("folder/log", cases[i].why);
		if (cases[i].why && !cases[i].existing) {
			CHECK(access(at("folder/log"), F_OK) == -1);
		}
		tree_remove("");
	}
	UNIT_CASE("");
}

/* The same on the way: what is refused there is refused below, and nothing is created. */
static void directories_on_the_way(void)
{
	for (size_t i = 0; i < COUNT(cases) && geteuid() == 0; i++) {
		bool is_strangers = cases[i].existing && strcmp(cases[i].existing, "stranger") == 0;

		if (!cases[i].existing) {
			continue;
		}
		UNIT_CASE(cases[i].name);
		make();
		CHECK(mkdir(at("folder"), 0755) == 0 && mkdir(at("folder/log"), 0755) == 0);
		own("folder/log", 0755, is_strangers ? STRANGER : 0, 0);
		own("folder", cases[i].mode, cases[i].theirs ? STRANGER : 0, cases[i].group);
		opens("folder/log/new", cases[i].why);
		CHECK_INT(access(at("folder/log/new"), F_OK), cases[i].why ? -1 : 0);
		tree_remove("");
	}
	UNIT_CASE("");
	make();
	opens("missing/log", strerror(ENOENT));
	tree_put("file", "x");
	opens("file/log", strerror(ENOTDIR));
	tree_remove("");
}

/* An entry for user STRANGER, rwx: the bits of the group show it and everything else is root's. */
static void access_control_lists(void)
{
	static const uint8_t list[] = {2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, STRANGER & 255,
		STRANGER >> 8, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255,
		255, 255};

	if (geteuid() != 0) {
		return;
	}
	make();
	CHECK_INT(mkdir(at("folder"), 0755), 0);
	tree_put("folder/log", "x");
	if (setxattr(at("folder"), "system.posix_acl_access", list, sizeof list, 0) == 0) {
		opens("folder/log", "others can rename entries of ");
		own("folder", 0775, 0, ADM);
		opens("folder/log", "others can rename entries of ");
		own("folder", 0755, 0, 0); /* the mask takes it from the stranger again */
		opens("folder/log", NULL);
	} else {
		CHECK_INT(errno, EOPNOTSUPP);
	}
	tree_remove("");
}

static void put_link(const char *target, const char *name)
{
	CHECK_INT(symlink(target, at(name)), 0);
}

static void links(void)
{
	static const char *const folders[] = {"own", "target", "sticky", "adm", "open"};
	char absolute[PATH_MAX + 64];

	make();
	for (size_t i = 0; i < COUNT(folders); i++) {
		CHECK_INT(mkdir(at(folders[i]), 0755), 0);
	}
	put_link("../target", "own/relative");
	put_link("relative/../own/relative", "own/twice");
	snprintf(absolute, sizeof absolute, "%s//./target/", base);
	put_link(absolute, "own/absolute");
	put_link("self", "own/self");
	put_link("../target/log", "own/log");
	put_link("../open", "own/open");
	opens("own/relative/log", NULL);
	opens("own/twice/log", NULL);
	opens("own/absolute/log", NULL);
	opens("own/../own/./absolute//log", NULL);
	opens("own/self/log", strerror(ELOOP));
	opens("own/log", strerror(ELOOP)); /* the last component is not followed */
	opens("own/", "Is a directory");
	opens("own/..", "Is a directory");
	CHECK_INT(chmod(at("open"), 0777), 0);
	opens("own/open/log", "others can rename entries of ");
	CHECK(access(at("open/log"), F_OK) == -1);
	opens("open/../target/log", NULL); /* nothing of theirs was used */
	if (geteuid() == 0) {
		put_link("../target", "sticky/root's");
		put_link("../target", "sticky/stranger's");
		put_link("../target", "adm/root's");
		CHECK_INT(lchown(at("sticky/stranger's"), STRANGER, STRANGER), 0);
		own("sticky", 01777, 0, 0);
		own("adm", 0775, 0, ADM);
		opens("sticky/root's/log", NULL);
		opens("sticky/stranger's/log", "/sticky/stranger's belongs to uid 4242");
		opens("adm/root's/log", "/adm/root's is a symbolic link that others could have put there");
	}
	tree_remove("");
}

static void what_is_no_log(void)
{
	char events[256];

	make();
	tree_put("shadow", "secret\n");
	CHECK(link(at("shadow"), at("hard")) == 0 && mkfifo(at("fifo"), 0600) == 0 && mkdir(at("directory"), 0755) == 0);
	int reader = open(at("fifo"), O_RDONLY | O_NONBLOCK), opened = inotify_init1(IN_NONBLOCK);

	CHECK(inotify_add_watch(opened, base, IN_OPEN) >= 0);

	opens("hard", "/hard has another hard link");
	opens("fifo", "Invalid argument");
	opens("directory", "Is a directory");
	CHECK(fps_sig_trustedpath_open_log("/dev/null", NULL) == -1 && errno == EINVAL);
	CHECK(fps_sig_trustedpath_open_log("relative", NULL) == -1 && errno == EINVAL);
	CHECK(fps_sig_trustedpath_open_log("/", NULL) == -1 && errno == EISDIR);
	CHECK(read(opened, events, sizeof events) == -1); /* looked at only */
	close(opened);
	close(reader);
	tree_remove("");
}

static void long_paths(void)
{
	char path[3000];

	memset(path, 'x', sizeof path);
	path[0] = '/';
	path[300] = '\0';
	CHECK(fps_sig_trustedpath_open_log(path, NULL) == -1 && errno == ENAMETOOLONG);
	path[300] = 'x';
	path[sizeof path - 1] = '\0';
	CHECK(fps_sig_trustedpath_open_log(path, NULL) == -1 && errno == ENAMETOOLONG);
}

static void directories(void)
{
	struct stat status;
	int fd;

	make();
	fd = fps_sig_trustedpath_open_directory(at("new/"), NULL);
	CHECK(fd >= 0 && fps_sig_trustedpath_open_directory(at("missing/new"), NULL) == -1 && errno == ENOENT);
	close(fd);
	tree_put("file", "x");
	CHECK(fps_sig_trustedpath_open_directory(at("file"), NULL) == -1 && errno == ENOTDIR);
	put_link("new", "link");
	CHECK(fps_sig_trustedpath_open_directory(at("link/"), NULL) == -1 && errno == ELOOP);
	UNIT_CASE("a volume, which everybody can write to: the directory itself is checked by whoever opens it");
	CHECK_INT(chmod(at("new"), 0777), 0);
	fd = fps_sig_trustedpath_open_directory(at("new/box"), NULL);
	CHECK(fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & 07777) == 0700);
	close(fd);
	CHECK_INT(symlink("box", at("new/link")), 0);
	CHECK(fps_sig_trustedpath_open_directory(at("new/link"), NULL) == -1 && errno == ELOOP);
	CHECK(fps_sig_trustedpath_open_directory(at("new/box/box"), NULL) == -1 && errno == FPS_SIG_TRUSTEDPATH_REFUSED);
	CHECK(access(at("new/box/box"), F_OK) == -1);
	CHECK_INT(chown(at("new"), STRANGER, (gid_t) -1), 0);
	CHECK(fps_sig_trustedpath_open_directory(at("new/box"), NULL) == -1 && errno == FPS_SIG_TRUSTEDPATH_REFUSED);
	tree_remove("");
}

/* As the stranger: what is between root's directory and the log is now a directory, now a link to one of root's. */
static void swap(const char *one, const char *other)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setgid(STRANGER) == 0 && setuid(STRANGER) == 0) {
		for (;;) {
			syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */);
		}
	}
	_exit(1);
}

static void changes_meanwhile(void)
{
	char one[PATH_MAX + 64], other[PATH_MAX + 64];

	if (geteuid() != 0) {
		return;
	}
	for (int sticky = 0; sticky < 2; sticky++) {
		UNIT_CASE(sticky ? "sticky" : "theirs");
		make();
		CHECK(mkdir(at("theirs"), 0755) == 0 && mkdir(at("theirs/a"), 0777) == 0 && mkdir(at("target"), 0755) == 0);
		put_link("../target", "theirs/b");
		CHECK(lchown(at("theirs/a"), STRANGER, STRANGER) == 0 && lchown(at("theirs/b"), STRANGER, STRANGER) == 0);
		own("theirs", sticky ? 01777 : 0755, sticky ? 0 : STRANGER, 0);
		snprintf(one, sizeof one, "%s", at("theirs/a"));
		snprintf(other, sizeof other, "%s", at("theirs/b"));
		pid_t swapper = fork();

		if (swapper == 0) {
			swap(one, other);
		}
		for (int i = 0; i < 3000; i++) {
			CHECK(fps_sig_trustedpath_open_log(at("theirs/a/log"), NULL) == -1 && errno == FPS_SIG_TRUSTEDPATH_REFUSED);
		}
		CHECK(access(at("target/log"), F_OK) == -1);
		CHECK_INT(kill(swapper, SIGKILL), 0);
		waitpid(swapper, NULL, 0);
		tree_remove("");
	}
	UNIT_CASE("");
}

static void rotated(void)
{
	pid_t rotator;

	make();
	rotator = fork();
	if (rotator == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			rename(at("log"), at("log.1"));
			unlink(at("log.1"));
		}
	}
	for (int i = 0; i < 3000; i++) {
		int fd = fps_sig_trustedpath_open_log(at("log"), NULL);

		CHECK(fd >= 0 || errno == ENOENT || errno == EEXIST); /* it was removed and made each time it was looked at */
		close(fd);
	}
	CHECK_INT(kill(rotator, SIGKILL), 0);
	waitpid(rotator, NULL, 0);
	tree_remove("");
}

/* A master without rights: its own files count as root's do. */
static void without_rights_in_child(void)
{
	CHECK(setgid(STRANGER) == 0 && setuid(STRANGER) == 0);
	opens("own/log", NULL);
	opens("own/log", NULL);
	opens("root's/log", NULL);
	opens("other's/log", "/other's belongs to uid 4243");
}

static void without_rights(void)
{
	if (geteuid() != 0) {
		return;
	}
	make();
	CHECK(mkdir(at("own"), 0775) == 0 && mkdir(at("root's"), 0755) == 0 && mkdir(at("other's"), 0777) == 0);
	own("own", 0775, STRANGER, STRANGER);
	tree_put("root's/log", "x");
	own("root's/log", 0666, 0, 0);
	own("other's", 0777, STRANGER + 1, STRANGER + 1);
	unit_in_child(without_rights_in_child);
	tree_remove("");
}

UNIT_MAIN(TEST(owners_and_modes), TEST(directories_on_the_way), TEST(access_control_lists), TEST(links),
	TEST(what_is_no_log), TEST(long_paths), TEST(directories), TEST(changes_meanwhile), TEST(rotated),
	TEST(without_rights))
