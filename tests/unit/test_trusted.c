/* trusted.c: which paths count, by who can change what on the way; and environment.c, which asks it. */
#include "tree.h"

#include "base/environment.h"
#include "base/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { STRANGER = 4242 };

static char base[PATH_MAX]; /* of the tree, absolute and without links */

static const char *at(const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", base, name);
	return path;
}

static void make(void)
{
	strcpy(tree, "/tmp/fps-tree.XXXXXX");
	CHECK(mkdtemp(tree) != NULL);
	CHECK(realpath(tree, base) != NULL);
	CHECK_INT(chmod(base, 0755), 0);
}

static void own(const char *name, mode_t mode, uid_t user, gid_t group)
{
	if (geteuid() == 0) {
		CHECK_INT(chown(at(name), user, group), 0);
	}
	CHECK_INT(chmod(at(name), mode), 0);
}

static void put_link(const char *target, const char *name)
{
	char *copy = strdup(at(name));

	CHECK_INT(symlink(target, copy), 0);
	free(copy);
}

/* Whether it counts; the reason has to have that text in it where it does not. */
static bool counts(const char *name, enum fps_trust trust, const char *why)
{
	struct fps_trusted found = fps_trusted_find(-1, at(name), trust, 0);
	bool good = found.fd >= 0;

	CHECK(good == (why == NULL));
	if (why && !CHECK(found.why && strstr(found.why, why))) {
		fprintf(stderr, "%s: %s, not %s\n", name, found.why ? found.why : strerror(errno), why);
	}
	fps_trusted_free(&found);
	return good;
}

static const struct {
	const char *folder;
	mode_t folder_mode;
	bool folder_theirs;
	mode_t mode;
	bool theirs;
	const char *why; /* NULL: counts */
} cases[] = {
	{"own", 0755, false, 0644, false, NULL},
	{"private", 0700, false, 0600, false, NULL},
	{"group-of-owner", 0775, false, 0664, false, NULL},
	{"open", 0777, false, 0644, false, "everybody may write to"},
	{"sticky", 01777, false, 0644, false, NULL},
	{"file-open", 0755, false, 0646, false, "everybody may write to"},
	{"theirs", 0755, true, 0644, false, "/theirs belongs to uid 4242"},
	{"their-file", 0755, false, 0644, true, "/file belongs to uid 4242"},
	{"their-file-in-sticky", 01777, false, 0644, true, "/file belongs to uid 4242"},
};

static void owners_and_modes(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[64];
		bool theirs = cases[i].folder_theirs || cases[i].theirs;

		if (theirs && geteuid() != 0) {
			continue;
		}
		UNIT_CASE(cases[i].folder);
		make();
		snprintf(name, sizeof name, "%s/file", cases[i].folder);
		tree_put(name, "x");
		own(name, cases[i].mode, cases[i].theirs ? STRANGER : geteuid(), cases[i].theirs ? STRANGER : getegid());
		own(cases[i].folder, cases[i].folder_mode, cases[i].folder_theirs ? STRANGER : geteuid(),
			cases[i].folder_theirs ? STRANGER : getegid());
		counts(name, FPS_TRUST_ROOT, cases[i].why);
		counts(name, FPS_TRUST_LOG, NULL);
		counts(name, FPS_TRUST_ANYBODY, NULL);
		if (theirs) { /* the caller has named a file of that user's */
			struct fps_trusted found = fps_trusted_find(-1, at(name), FPS_TRUST_ROOT, STRANGER);

			CHECK(found.fd >= 0);
			fps_trusted_free(&found);
		}
		tree_remove("");
	}
	UNIT_CASE("");
}

static void groups_of_others(void)
{
	if (geteuid() != 0) {
		return;
	}
	make();
	tree_put("log/file", "x");
	own("log", 0775, 0, 4);
	counts("log/file", FPS_TRUST_ROOT, "may write to");
	counts("log/file", FPS_TRUST_LOG, NULL);
	own("log", 0755, 0, 4);
	own("log/file", 0664, 0, 4);
	counts("log/file", FPS_TRUST_ROOT, "may write to");
	tree_remove("");
}

/* An entry for the stranger, rwx: all else says that it is root's alone. */
static void access_control_lists(void)
{
	static const uint8_t list[] = {2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, STRANGER & 255,
		STRANGER >> 8, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255,
		255, 255};
	static const char *const names[] = {"folder", "folder/file"};

	for (size_t i = 0; i < COUNT(names) && geteuid() == 0; i++) {
		make();
		tree_put("folder/file", "x");
		if (setxattr(at(names[i]), "system.posix_acl_access", list, sizeof list, 0) == 0) {
			counts("folder/file", FPS_TRUST_ROOT, "an ACL lets others write to");
		} else {
			CHECK_INT(errno, EOPNOTSUPP);
		}
		tree_remove("");
	}
}

static void links(void)
{
	char target[PATH_MAX + 64];

	make();
	tree_put("own/file", "x");
	tree_put("open/file", "x");
	CHECK_INT(chmod(at("open"), 0777), 0);
	put_link("own/file", "relative");
	put_link("../own/file", "own/up");
	put_link("../../../../../../../../../../etc/passwd", "above");
	put_link("../own/file", "open/out");
	put_link("open/out", "into");
	put_link("self", "self");
	put_link("/etc/../etc/passwd", "absolute");
	counts("relative", FPS_TRUST_ROOT, NULL);
	counts("own/up", FPS_TRUST_ROOT, NULL);
	counts("above", FPS_TRUST_ROOT, NULL);
	counts("absolute", FPS_TRUST_ROOT, NULL);
	counts("absolute", FPS_TRUST_LOG, NULL);
	counts("open/out", FPS_TRUST_ROOT, "everybody may write to");
	counts("open/out", FPS_TRUST_LOG, "is a link where others can put one");
	counts("into", FPS_TRUST_LOG, "is a link where others can put one");
	counts("open/out", FPS_TRUST_ANYBODY, NULL);
	counts("open/../own/file", FPS_TRUST_LOG, NULL); /* down and up again, nothing of theirs was used */
	struct fps_trusted found = fps_trusted_find(-1, at("self"), FPS_TRUST_ROOT, 0);

	CHECK(found.fd < 0 && found.why == NULL && errno == ELOOP);
	fps_trusted_free(&found);

	/* what is found has the path without links, and a link of root's own is followed below another root */
	found = fps_trusted_find(-1, at("relative"), FPS_TRUST_ROOT, 0);
	snprintf(target, sizeof target, "%s", at("own/file"));
	CHECK(found.path && strcmp(found.path, target) == 0);
	struct fps_trusted folder = fps_trusted_find(-1, base, FPS_TRUST_ROOT, 0), same;

	put_link("/own/file", "own/rooted");
	same = fps_trusted_find(folder.fd, "/own/../../own/rooted", FPS_TRUST_ROOT, 0);
	CHECK(fps_trusted_same(&found, &same));
	fps_trusted_free(&same);
	fps_trusted_free(&folder);
	fps_trusted_free(&found);
	tree_remove("");
}

/* What would hang, or show what only root may read. */
static void what_is_no_log(void)
{
	make();
	tree_put("open/file", "x");
	CHECK_INT(chmod(at("open"), 0777), 0);
	CHECK_INT(mkfifo(at("open/fifo"), 0666), 0);
	CHECK_INT(mkfifo(at("fifo"), 0666), 0);
	char *file = strdup(at("open/file"));

	CHECK_INT(link(file, at("open/second")), 0);
	free(file);
	counts("open/fifo", FPS_TRUST_LOG, "is not a regular file");
	counts("open/second", FPS_TRUST_LOG, "has another name");
	CHECK(fps_trusted_open(at("fifo"), FPS_TRUST_LOG, 0) < 0
		&& errno == EINVAL); /* root's own is no attack, and no log */
	CHECK(fps_trusted_open(at("open"), FPS_TRUST_LOG, 0) < 0 && errno == EISDIR);
	CHECK(fps_trusted_open(at("none"), FPS_TRUST_LOG, 0) < 0 && errno == ENOENT);
	CHECK(fps_trusted_open("relative", FPS_TRUST_LOG, 0) < 0 && errno == EINVAL);
	tree_remove("");
}

/* Somebody puts a link, a FIFO and a file in turn where a log is looked for: what is opened is the file, and never
 * waited for. */
static void swapped_meanwhile(void)
{
	char secret[PATH_MAX + 64], name[PATH_MAX + 64], next[PATH_MAX + 64];
	struct stat kept, status;
	pid_t child;

	make();
	tree_put("open/log", "x");
	tree_put("secret", "secret");
	CHECK_INT(chmod(at("open"), 0777), 0);
	snprintf(secret, sizeof secret, "%s", at("secret"));
	snprintf(name, sizeof name, "%s", at("open/log"));
	snprintf(next, sizeof next, "%s", at("open/next"));
	CHECK_INT(stat(secret, &kept), 0);
	child = fork();
	for (unsigned i = 0; child == 0; i++) {
		if (i % 3 == 0) {
			(void) !symlink(secret, next);
		} else if (i % 3 == 1) {
			mkfifo(next, 0666);
		} else {
			close(open(next, O_WRONLY | O_CREAT, 0644));
		}
		rename(next, name);
	}
	for (unsigned opened = 0, i = 0; opened < 200 && i < 200000; i++) {
		int fd = fps_trusted_open(name, FPS_TRUST_LOG, 0);

		if (fd >= 0) {
			opened++;
			CHECK(fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_ino != kept.st_ino);
			close(fd);
		}
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	tree_remove("");
}

/* Where others can put a file there is none to be relied on. */
static void what_is_not_there(void)
{
	make();
	tree_put("own/file", "x");
	tree_put("sticky/file", "x");
	CHECK_INT(chmod(at("sticky"), 01777), 0);
	counts("sticky/none", FPS_TRUST_ROOT, "everybody may write to");
	struct fps_trusted found = fps_trusted_find(-1, at("own/none"), FPS_TRUST_ROOT, 0);

	CHECK(found.fd < 0 && found.why == NULL && errno == ENOENT);
	fps_trusted_free(&found);
	CHECK(fps_trusted_folder(at("sticky")) < 0 && errno == EPERM);
	CHECK(fps_trusted_folder(at("own/file")) < 0 && errno == ENOTDIR);
	int fd = fps_trusted_folder(at("own"));

	CHECK(fd >= 0);
	close(fd);
	tree_remove("");
}

static void programs_of_path(void)
{
	char path[PATH_MAX * 4], own_program[PATH_MAX + 64];
	char *found;

	make();
	tree_put("open/fps-program", "#!/bin/sh\n");
	tree_put("own/fps-program", "#!/bin/sh\n");
	tree_put("text/fps-program", "no program");
	CHECK_INT(chmod(at("open/fps-program"), 0755), 0);
	CHECK_INT(chmod(at("own/fps-program"), 0755), 0);
	CHECK_INT(chmod(at("open"), 0777), 0);
	snprintf(own_program, sizeof own_program, "%s", at("own/fps-program"));
	snprintf(path, sizeof path, ".::%s/open:%s/text:%s/own", base, base, base);
	char *before = strdup(getenv("PATH"));

	setenv("PATH", path, 1);
	found = fps_environment_program("fps-program");
	CHECK(found && strcmp(found, own_program) == 0);
	free(found);
	CHECK(fps_environment_program("fps-none") == NULL);

	/* refused ones are noted, once */
	size_t count, noted = 0;
	const struct fps_refusal *refusals;

	free(fps_environment_program("fps-program"));
	refusals = fps_trusted_refusals(&count);
	for (size_t i = 0; i < count; i++) {
		noted += strcmp(refusals[i].path, at("open/fps-program")) == 0;
	}
	CHECK_INT(noted, 1);
	setenv("PATH", before, 1);
	free(before);
	tree_remove("");
}

static void environment(void)
{
	char open[PATH_MAX + 64], own_folder[PATH_MAX + 64], list[PATH_MAX * 4];

	make();
	tree_put("open/x.ini", "x");
	tree_put("own/x.ini", "x");
	CHECK_INT(chmod(at("open"), 0777), 0);
	snprintf(open, sizeof open, "%s", at("open"));
	snprintf(own_folder, sizeof own_folder, "%s", at("own"));
	snprintf(list, sizeof list, ":%s:%s", own_folder, open);
	setenv("PHPRC", open, 1);
	setenv("PHP_INI_SCAN_DIR", list, 1);
	setenv("OPENSSL_CONF", "relative.cnf", 1);
	setenv("TZ", "Europe/Berlin", 1);
	fps_environment_clean();
	CHECK(getenv("PHPRC") == NULL);
	CHECK(getenv("PHP_INI_SCAN_DIR") == NULL);
	CHECK(getenv("OPENSSL_CONF") == NULL);
	CHECK(getenv("TZ") != NULL);
	snprintf(list, sizeof list, ":%s", own_folder);
	setenv("PHP_INI_SCAN_DIR", list, 1);
	setenv("PHPRC", at("own/none"), 1);
	setenv("TZ", ":../../../tmp/zone", 1);
	fps_environment_clean();
	CHECK(getenv("PHP_INI_SCAN_DIR") != NULL);
	CHECK(getenv("PHPRC") != NULL);
	CHECK(getenv("TZ") == NULL);
	setenv("DEBUGINFOD_CACHE_PATH", at("open/cache"), 1);
	CHECK(!fps_environment_has_cache());
	setenv("DEBUGINFOD_CACHE_PATH", at("own/cache"), 1);
	CHECK(fps_environment_has_cache());
	tree_remove("");
}

UNIT_MAIN(TEST(owners_and_modes), TEST(groups_of_others), TEST(access_control_lists), TEST(links), TEST(what_is_no_log),
	TEST(swapped_meanwhile), TEST(what_is_not_there), TEST(programs_of_path), TEST(environment))
