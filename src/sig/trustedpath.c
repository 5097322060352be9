/* Whether other users could replace what a path leads to. */
#include "sig/trustedpath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { MAX_LINKS = 40, TRIES = 3, LONGEST_NAME = 256, LONGEST_PATH = 1024 };

struct walk {
	int at;                  /* O_PATH */
	struct stat status;      /* of `at` */
	struct fps_sig_buf path; /* of `at`, without links; empty for the root directory */
	struct fps_sig_buf *why;
	unsigned links;
	char rest[LONGEST_PATH]; /* still to be walked */
	char path_bytes[LONGEST_PATH];
};

/* Who else can rename the entries of a directory. */
enum others { NOBODY, STICKY, LOG_GROUP, OTHERS };

static bool fail(int error)
{
	errno = error;
	return false;
}

/* --- refusals ----------------------------------------------------------------------------------- */

static void say_path(const struct walk *walk, const char *name)
{
	fps_sig_buf_plain(walk->why, walk->path.bytes, walk->path.len);
	if (name || walk->path.len == 0) {
		fps_sig_buf_char(walk->why, '/');
	}
	if (name) {
		fps_sig_buf_plain(walk->why, name, strlen(name));
	}
}

/* `name`: an entry of the directory, NULL for itself. Always false. */
static bool refuse(const struct walk *walk, const char *before, const char *name, const char *after)
{
	if (walk->why) {
		fps_sig_buf_text(walk->why, before);
		say_path(walk, name);
		fps_sig_buf_text(walk->why, after);
	}
	return fail(FPS_SIG_TRUSTEDPATH_REFUSED);
}

static bool refuse_owner(const struct walk *walk, const char *name, uid_t uid)
{
	refuse(walk, "", name, " belongs to uid ");
	if (walk->why) {
		fps_sig_buf_u64(walk->why, uid);
	}
	return false;
}

/* --- directories that others can write to ------------------------------------------------------- */

static bool is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* A line of /etc/group as far as it was read. */
struct group {
	unsigned field;
	size_t len;
	char name[8];
	uint64_t gid;
};

static bool is_named(const struct group *group, const char *name)
{
	return group->len == strlen(name) && memcmp(group->name, name, group->len) == 0;
}

/* True at the end of the line of adm or syslog with that number. */
static bool take(struct group *group, char c, gid_t gid)
{
	bool found = false;

	if (c == '\n') {
		found = group->field >= 2 && group->gid == gid && (is_named(group, "adm") || is_named(group, "syslog"));
		*group = (struct group) {.field = 0};
	} else if (c == ':') {
		group->field++;
	} else if (group->field == 0) {
		if (group->len < sizeof group->name) {
			group->name[group->len] = c;
		}
		group->len++;
	} else if (group->field == 2 && c >= '0' && c <= '9' && group->gid <= UINT32_MAX) {
		group->gid = group->gid * 10 + (uint64_t) (c - '0');
	}
	return found;
}

/* By /etc/group itself: libc's functions for it may allocate, and may ask a server. */
static bool is_log_group(gid_t gid)
{
	struct group group = {.field = 0};
	char bytes[512];
	bool found = false;
	ssize_t len = 0;
	int fd = open("/etc/group", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	while (fd >= 0 && !found && (len = read(fd, bytes, sizeof bytes)) > 0) {
		for (ssize_t i = 0; i < len && !found; i++) {
			found = take(&group, bytes[i], gid);
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	return found;
}

/* The bits of the group are then the most that an ACL grants, to whomever. What can't be asked has one. */
static bool has_acl(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool none =
		fd >= 0 && fgetxattr(fd, "system.posix_acl_access", NULL, 0) == -1 && (errno == ENODATA || errno == EOPNOTSUPP);

	if (fd >= 0) {
		close(fd);
	}
	return !none;
}

static enum others find_others(const struct walk *walk)
{
	const struct stat *status = &walk->status;

	if (!(status->st_mode & (S_IWGRP | S_IWOTH))) {
		return NOBODY;
	}
	if (status->st_mode & S_ISVTX) {
		return STICKY;
	}
	if ((status->st_mode & S_IWOTH) || has_acl(walk->at)) {
		return OTHERS;
	}
	if (status->st_gid == status->st_uid) { /* root's group, or a user's private one */
		return NOBODY;
	}
	return is_log_group(status->st_gid) ? LOG_GROUP : OTHERS;
}

/* `entry`: NULL for one that does not exist. */
static bool may_pass(const struct walk *walk, const char *name, const struct stat *entry)
{
	enum others others = find_others(walk);

	if (!is_trusted(walk->status.st_uid)) {
		return refuse_owner(walk, NULL, walk->status.st_uid);
	}
	if (others == OTHERS) {
		return refuse(walk, "others can rename entries of ", NULL, "");
	}
	if (others == NOBODY) {
		return true;
	}
	if (!entry) {
		return refuse(walk, "", name, " does not exist, and others could create it");
	}
	if (others == LOG_GROUP && S_ISLNK(entry->st_mode)) {
		return refuse(walk, "", name, " is a symbolic link that others could have put there");
	}
	return is_trusted(entry->st_uid) || refuse_owner(walk, name, entry->st_uid);
}

/* --- the walk ----------------------------------------------------------------------------------- */

static void close_keeping_errno(int fd)
{
	int error = errno;

	if (fd >= 0) {
		close(fd);
	}
	errno = error;
}

/* Takes over the descriptor. */
static bool go_to(struct walk *walk, int fd)
{
	close_keeping_errno(walk->at);
	walk->at = fd;
	return fd >= 0 && fstat(fd, &walk->status) == 0;
}

static bool go_to_root(struct walk *walk)
{
	walk->path.len = 0;
	return go_to(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Nobody else can have moved the directory: that was checked on the way down. */
static bool go_up(struct walk *walk)
{
	while (walk->path.len > 0 && walk->path.bytes[--walk->path.len] != '/') {
	}
	return go_to(walk, openat(walk->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Without following or opening it: a device could do something. */
static int look(const struct walk *walk, const char *name, struct stat *entry)
{
	int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, entry) == -1) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

/* What is left of the path, from here on. */
static bool set_rest(struct walk *walk, const char *first, size_t len, const char *then)
{
	size_t then_len = strlen(then);

	if (len + 1 + then_len >= sizeof walk->rest) {
		return fail(ENAMETOOLONG);
	}
	memmove(walk->rest + len + 1, then, then_len + 1); /* which may be in there */
	memcpy(walk->rest, first, len);
	walk->rest[len] = '/';
	return true;
}

static bool follow(struct walk *walk, int link)
{
	char target[LONGEST_PATH];
	ssize_t len = readlinkat(link, "", target, sizeof target);

	if (len <= 0 || ++walk->links > MAX_LINKS) {
		return fail(len < 0 ? errno : ELOOP);
	}
	return set_rest(walk, target, (size_t) len, walk->rest) && (target[0] != '/' || go_to_root(walk));
}

static bool enter(struct walk *walk, int fd, const char *name)
{
	fps_sig_buf_char(&walk->path, '/');
	fps_sig_buf_text(&walk->path, name);
	return go_to(walk, fd);
}

static bool step(struct walk *walk, const char *name)
{
	struct stat entry;
	bool good;
	int fd;

	if (strcmp(name, "..") == 0) {
		return go_up(walk);
	}
	fd = look(walk, name, &entry);
	if (fd < 0) {
		return false;
	}
	good = may_pass(walk, name, &entry);
	if (good && !S_ISLNK(entry.st_mode)) {
		return enter(walk, fd, name);
	}
	good = good && follow(walk, fd);
	close_keeping_errno(fd);
	return good;
}

/* Takes the next name from the rest: "" for none. False: it is too long. */
static bool take_name(struct walk *walk, char name[LONGEST_NAME])
{
	const char *from = walk->rest + strspn(walk->rest, "/"), *end = strchr(from, '/');
	size_t len = end ? (size_t) (end - from) : strlen(from);

	if (len >= LONGEST_NAME) {
		return fail(ENAMETOOLONG);
	}
	memcpy(name, from, len);
	name[len] = '\0';
	from += len + strspn(from + len, "/");
	memmove(walk->rest, from, strlen(from) + 1);
	return true;
}

/* To the directory of the last component, and that one's name. The caller closes `at`. */
static bool walk_to_last(struct walk *walk, const char *path, char name[LONGEST_NAME])
{
	bool good = path[0] == '/' || fail(EINVAL);

	walk->links = 0;
	fps_sig_buf_init(&walk->path, walk->path_bytes, sizeof walk->path_bytes);
	good = good && go_to_root(walk) && set_rest(walk, "", 0, path);
	while ((good = good && take_name(walk, name)) && walk->rest[0]) {
		good = strcmp(name, ".") == 0 || step(walk, name);
	}
	return good;
}

static bool walk_to(struct walk *walk, const char *path, char name[LONGEST_NAME])
{
	return walk_to_last(walk, path, name)
		&& ((name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) || fail(EISDIR));
}

/* --- what it leads to --------------------------------------------------------------------------- */

static bool is_log(const struct walk *walk, const char *name, const struct stat *entry)
{
	if (S_ISLNK(entry->st_mode)) {
		return fail(ELOOP);
	}
	if (!S_ISREG(entry->st_mode)) {
		return fail(S_ISDIR(entry->st_mode) ? EISDIR : EINVAL);
	}
	if (entry->st_nlink == 0) { /* it was removed just now */
		return fail(ENOENT);
	}
	if (!is_trusted(entry->st_uid)) {
		return refuse_owner(walk, name, entry->st_uid);
	}
	return entry->st_nlink == 1 || refuse(walk, "", name, " has another hard link");
}

#define LOG_FLAGS (O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

/* Looked at twice, since in the directory of a log group it may have been replaced. */
static int open_log(const struct walk *walk, const char *name)
{
	struct stat entry;
	int fd = look(walk, name, &entry);

	if (fd < 0) {
		return -1;
	}
	close(fd);
	if (!may_pass(walk, name, &entry) || !is_log(walk, name, &entry)) {
		return -1;
	}
	fd = openat(walk->at, name, LOG_FLAGS);
	if (fd >= 0 && (fstat(fd, &entry) == -1 || !is_log(walk, name, &entry))) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

static int create_log(const struct walk *walk, const char *name)
{
	return may_pass(walk, name, NULL) ? openat(walk->at, name, LOG_FLAGS | O_CREAT | O_EXCL, 0640) : -1;
}

int fps_sig_trustedpath_open_log(const char *path, struct fps_sig_buf *why)
{
	struct walk walk = {.at = -1, .why = why};
	char name[LONGEST_NAME];
	int fd = -1;

	/* it may be rotated meanwhile, or created by another process */
	for (int i = 0; i < TRIES && walk_to(&walk, path, name); i++) {
		fd = open_log(&walk, name);
		fd = fd == -1 && errno == ENOENT ? create_log(&walk, name) : fd;
		if (fd >= 0 || (errno != ENOENT && errno != EEXIST)) {
			break;
		}
	}
	close_keeping_errno(walk.at);
	return fd;
}

/*
 * Others may be able to rename the directory, as in a container's volume, which is root's and which everybody can write
 * to. That makes it disappear, no more: the caller checks the owner and the mode of what has been opened.
 */
int fps_sig_trustedpath_open_directory(const char *path, struct fps_sig_buf *why)
{
	struct walk walk = {.at = -1, .why = why};
	char name[LONGEST_NAME];
	struct stat entry;
	bool good =
		walk_to(&walk, path, name) && (is_trusted(walk.status.st_uid) || refuse_owner(&walk, NULL, walk.status.st_uid));
	int fd = good ? look(&walk, name, &entry) : -1;

	if (good && fd == -1 && errno == ENOENT && mkdirat(walk.at, name, 0700) == 0) {
		fd = look(&walk, name, &entry);
	}
	good = fd >= 0 && (!S_ISLNK(entry.st_mode) || fail(ELOOP));
	close_keeping_errno(fd);
	fd = good ? openat(walk.at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	close_keeping_errno(walk.at);
	return fd;
}

bool fps_sig_trustedpath_look(const char *path, struct stat *status)
{
	struct walk walk = {.at = -1};
	char name[LONGEST_NAME];
	bool good = walk_to_last(&walk, path, name);

	while (good && name[0] != '\0') { /* a link leaves more to be walked */
		good = (strcmp(name, ".") == 0 || step(&walk, name)) && take_name(&walk, name);
	}
	*status = walk.status;
	close_keeping_errno(walk.at);
	return good && is_trusted(status->st_uid) && !(status->st_mode & (S_IWGRP | S_IWOTH));
}
