/* Whom a path can be trusted to. */
#include "base/trusted.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/warn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

static struct fps_refusal *refusals;
static size_t refusal_count;

struct walk {
	enum fps_trust trust;
	uid_t also;
	int root;
	int at;             /* O_PATH */
	struct stat status; /* of `at` */
	char *path;         /* of `at`, "" for the root directory */
	char *rest;         /* what is still to be walked */
	char *why;
	unsigned links;
	bool theirs; /* others can change names here; a log may still be read */
};

static bool is_trusted_user(uid_t uid, uid_t also)
{
	return uid == 0 || uid == geteuid() || uid == also;
}

static char *user_name(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid); /* NOLINT(concurrency-mt-unsafe): no threads */

	return entry ? fps_alloc_format("%s", entry->pw_name) : fps_alloc_format("uid %u", (unsigned) uid);
}

/* The bits of the group are then the most that the ACL grants, to whomever. What can't be asked has one. */
static bool has_acl(int fd)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd); /* fgetxattr() takes no O_PATH */
	return getxattr(link, "system.posix_acl_access", NULL, 0) >= 0 || (errno != ENODATA && errno != EOPNOTSUPP);
}

/* A group with the number of its owner is root's, or a user's private one. */
static bool mode_lets_others_write(const struct stat *status)
{
	return (status->st_mode & S_IWOTH) || ((status->st_mode & S_IWGRP) && status->st_gid != status->st_uid);
}

/* Of `at`. */
static bool others_write(const struct walk *walk)
{
	return mode_lets_others_write(&walk->status) || ((walk->status.st_mode & S_IWGRP) && has_acl(walk->at));
}

static char *who_writes(const struct walk *walk)
{
	const struct stat *status = &walk->status;
	const struct group *group = getgrgid(status->st_gid); /* NOLINT(concurrency-mt-unsafe): no threads */
	const char *shown = *walk->path ? walk->path : "/";

	if (status->st_gid == status->st_uid && !(status->st_mode & S_IWOTH)) {
		return fps_alloc_format("an ACL lets others write to %s", shown);
	}
	return status->st_mode & S_IWOTH
		? fps_alloc_format("everybody may write to %s", shown)
		: fps_alloc_format("the group %s may write to %s", group ? group->gr_name : "of another", shown);
}

static char *whose(const char *path, uid_t uid)
{
	char *name = user_name(uid), *text = fps_alloc_format("%s belongs to %s", *path ? path : "/", name);

	free(name);
	return text;
}

/* The user who could replace an entry of the directory; NULL: nobody. Without a status: an entry that does not exist.
 */
static char *others_change(const struct walk *walk, const char *name, const struct stat *entry)
{
	if (!is_trusted_user(walk->status.st_uid, walk->also)) {
		return whose(walk->path, walk->status.st_uid);
	}
	if (!others_write(walk)) {
		return NULL;
	}
	if (entry == NULL || !(walk->status.st_mode & S_ISVTX)) {
		return who_writes(walk);
	}
	if (is_trusted_user(entry->st_uid, walk->also)) {
		return NULL;
	}
	char *path = fps_alloc_format("%s/%s", walk->path, name), *why = whose(path, entry->st_uid);

	free(path);
	return why;
}

bool fps_trusted_keeps(const struct stat *directory, const struct stat *entry)
{
	return is_trusted_user(directory->st_uid, 0)
		&& (!mode_lets_others_write(directory)
			|| ((directory->st_mode & S_ISVTX) && is_trusted_user(entry->st_uid, 0)));
}

/* False: refused. */
static bool may_pass(struct walk *walk, const char *name, const struct stat *entry)
{
	char *why = walk->trust == FPS_TRUST_ANYBODY ? NULL : others_change(walk, name, entry);

	if (why && walk->trust == FPS_TRUST_ROOT) {
		walk->why = why;
		return false;
	}
	walk->theirs = walk->theirs || why;
	free(why);
	if (walk->theirs && entry && S_ISLNK(entry->st_mode)) {
		walk->why = fps_alloc_format("%s/%s is a link where others can put one", walk->path, name);
		return false;
	}
	return true;
}

/* Takes over the descriptor and the path. */
static bool go_to(struct walk *walk, int fd, char *path)
{
	if (walk->at >= 0) {
		close(walk->at);
	}
	free(walk->path);
	walk->at = fd;
	walk->path = path;
	return fd >= 0 && fstat(fd, &walk->status) == 0;
}

static bool go_to_root(struct walk *walk)
{
	int fd = walk->root >= 0 ? openat(walk->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)
							 : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return go_to(walk, fd, fps_alloc_copy(FPS_SPAN(""), 0));
}

/* Nobody else has moved the directory: that is asked for on the way down. */
static bool go_up(struct walk *walk)
{
	const char *slash = strrchr(walk->path, '/');

	if (walk->theirs) {
		walk->why = fps_alloc_format("%s/.. leads where others can move it to", walk->path);
		return false;
	}
	return slash == NULL
		|| go_to(walk, openat(walk->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC),
			fps_alloc_copy((struct fps_span) {walk->path, (size_t) (slash - walk->path)}, 0));
}

static bool follow(struct walk *walk, int link)
{
	char target[PATH_MAX], *rest;
	ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);

	if (len < 0 || ++walk->links > MAX_LINKS) {
		errno = len < 0 ? errno : ELOOP;
		return false;
	}
	target[len] = '\0';
	rest = fps_alloc_format("%s/%s", target, walk->rest);
	free(walk->rest);
	walk->rest = rest;
	return *target != '/' || go_to_root(walk);
}

static bool step(struct walk *walk, const char *name)
{
	struct stat entry;
	int fd, error;

	if (strcmp(name, "..") == 0) {
		return go_up(walk);
	}
	fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &entry) != 0) {
		error = errno;
		if (fd >= 0) {
			close(fd);
		} else if (error == ENOENT) {
			may_pass(walk, name, NULL);
		}
		errno = error;
		return false;
	}
	bool good = may_pass(walk, name, &entry);

	if (good && !S_ISLNK(entry.st_mode)) {
		return go_to(walk, fd, fps_alloc_format("%s/%s", walk->path, name));
	}
	good = good && follow(walk, fd);
	error = errno;
	close(fd);
	errno = error;
	return good;
}

/* The next name of the rest, which is then shorter; NULL: none is left. To be freed. */
static char *next_name(struct walk *walk)
{
	char *from = walk->rest + strspn(walk->rest, "/"), *name, *rest;
	size_t len = strcspn(from, "/");

	name = fps_alloc_copy((struct fps_span) {from, len}, 0);
	rest = fps_alloc_copy((struct fps_span) {from + len, strlen(from + len)}, 0);
	free(walk->rest);
	walk->rest = rest;
	if (len == 0) {
		free(name);
		return NULL;
	}
	return name;
}

/* What the walk has led to, itself. */
static bool is_good(struct walk *walk)
{
	bool is_file = S_ISREG(walk->status.st_mode)
		|| S_ISDIR(walk->status.st_mode); /* nothing else is used, no matter who may write to it */

	if (walk->trust == FPS_TRUST_LOG && walk->theirs && !S_ISREG(walk->status.st_mode)) {
		walk->why = fps_alloc_format("%s is not a regular file", walk->path);
	} else if (walk->trust == FPS_TRUST_LOG && walk->theirs && walk->status.st_nlink > 1) {
		walk->why = fps_alloc_format("%s has another name, and others can give it one", walk->path);
	} else if (walk->trust == FPS_TRUST_ROOT && is_file && !is_trusted_user(walk->status.st_uid, walk->also)) {
		walk->why = whose(walk->path, walk->status.st_uid);
	} else if (walk->trust == FPS_TRUST_ROOT && is_file && others_write(walk)) {
		walk->why = who_writes(walk);
	}
	return walk->why == NULL;
}

struct fps_trusted fps_trusted_find(int root, const char *path, enum fps_trust trust, uid_t also)
{
	struct walk walk = {.trust = trust, .also = also, .root = root, .at = -1, .rest = fps_alloc_format("%s", path)};
	struct fps_trusted found = {.fd = -1};
	bool good = *path == '/' && go_to_root(&walk);
	int error = *path == '/' ? errno : EINVAL;
	char *name;

	while (good && (name = next_name(&walk)) != NULL) {
		good = strcmp(name, ".") == 0 || step(&walk, name);
		error = errno;
		free(name);
	}
	if (good && is_good(&walk)) {
		found = (struct fps_trusted) {walk.at, walk.path, NULL, walk.status};
	} else {
		found.why = walk.why;
		free(walk.path);
		if (walk.at >= 0) {
			close(walk.at);
		}
	}
	free(walk.rest);
	errno = error;
	return found;
}

void fps_trusted_free(struct fps_trusted *found)
{
	int error = errno;

	if (found->fd >= 0) {
		close(found->fd);
	}
	free(found->path);
	free(found->why);
	*found = (struct fps_trusted) {.fd = -1};
	errno = error;
}

bool fps_trusted_same(const struct fps_trusted *one, const struct fps_trusted *other)
{
	return one->fd >= 0 && other->fd >= 0 && one->status.st_dev == other->status.st_dev
		&& one->status.st_ino == other->status.st_ino;
}

/* What was found; if it was refused that is noted, and errno is EPERM. */
static struct fps_trusted find_noting(const char *path, enum fps_trust trust, uid_t also)
{
	struct fps_trusted found = fps_trusted_find(-1, path, trust, also);

	if (found.why) {
		fps_trusted_note(path, found.why);
		found.why = NULL;
		errno = EPERM;
	}
	return found;
}

int fps_trusted_open(const char *path, enum fps_trust trust, uid_t also)
{
	struct fps_trusted found = find_noting(path, trust, also);
	int fd = -1;
	char link[32];

	if (found.fd >= 0 && S_ISREG(found.status.st_mode)) {
		/* that very file; a name could be another's by now where others write logs */
		snprintf(link, sizeof link, "/proc/self/fd/%d", found.fd);
		fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} else if (found.fd >= 0) {
		errno = S_ISDIR(found.status.st_mode) ? EISDIR : EINVAL;
	}
	fps_trusted_free(&found);
	return fd;
}

char *fps_trusted_read(const char *path, uid_t also, size_t *len)
{
	int fd = fps_trusted_open(path, FPS_TRUST_ROOT, also);

	return fd >= 0 ? fps_readfile_open(fd, len) : NULL;
}

enum { MAX_END = 8 << 20 };

char *fps_trusted_read_end(const char *path, size_t *len)
{
	struct fps_readfile_stream stream = {.fd = fps_trusted_open(path, FPS_TRUST_LOG, 0)};
	struct stat stat;
	struct fps_span text, first;

	if (stream.fd < 0) {
		return NULL;
	}
	if (fstat(stream.fd, &stat) == -1) {
		stat.st_size = 0;
	}
	bool cut = stat.st_size > MAX_END && lseek(stream.fd, -(off_t) MAX_END, SEEK_END) > 0;

	while (stream.fd >= 0 && fps_readfile_piece(&stream)) {
	}
	if (stream.fd >= 0) {
		close(stream.fd);
	}
	text = (struct fps_span) {stream.text, stream.len};
	if (cut && fps_span_take(&text, "\n", &first)) { /* the rest of a line */
		memmove(stream.text, text.at, text.len);
		stream.text[text.len] = '\0';
		stream.len = text.len;
	}
	*len = stream.len;
	return stream.text;
}

char *fps_trusted_path(const char *path)
{
	struct fps_trusted found = find_noting(path, FPS_TRUST_ROOT, 0);
	char *real = NULL;

	if (found.fd >= 0 && S_ISREG(found.status.st_mode)) {
		real = found.path;
		found.path = NULL;
	} else if (found.fd >= 0) {
		errno = EINVAL;
	}
	fps_trusted_free(&found);
	return real;
}

int fps_trusted_folder(const char *path)
{
	struct fps_trusted found = find_noting(path, FPS_TRUST_ROOT, 0);
	int fd = -1;

	if (found.fd >= 0 && S_ISDIR(found.status.st_mode)) {
		fd = found.fd;
		found.fd = -1;
	} else if (found.fd >= 0) {
		errno = ENOTDIR;
	}
	fps_trusted_free(&found);
	return fd;
}

bool fps_trusted_refuses(const char *path, uid_t also, const char *name)
{
	struct fps_trusted found = fps_trusted_find(-1, path, FPS_TRUST_ROOT, also);
	bool refused = found.why != NULL;

	if (refused) {
		fps_trusted_note(name, found.why);
		found.why = NULL;
	}
	fps_trusted_free(&found);
	return refused;
}

void fps_trusted_note(const char *path, char *why)
{
	for (size_t i = 0; i < refusal_count; i++) {
		if (strcmp(refusals[i].path, path) == 0) {
			free(why);
			return;
		}
	}
	FPS_ALLOC_APPEND(refusals, refusal_count) = (struct fps_refusal) {fps_alloc_format("%s", path), why};
}

const struct fps_refusal *fps_trusted_refusals(size_t *count)
{
	*count = refusal_count;
	return refusals;
}

void fps_trusted_complain(void)
{
	for (size_t i = 0; i < refusal_count; i++) {
		fps_warn("%s is not trusted: %s", refusals[i].path, refusals[i].why);
	}
}
