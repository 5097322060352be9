#include "coroner/cgroupfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_MOUNTS 8
#define MAX_LEVELS 32
/* vmstat is the longest, 4 KiB. */
#define MAX_FILE 16384
/* v1 writes "no limit" as the largest number of pages that it can count, in bytes. */
#define UNLIMITED (1ULL << 62)

static struct mount {
	char root[FPS_CGROUP_PATH], point[FPS_CGROUP_PATH]; /* the part of the hierarchy that is mounted, and where */
	bool v2;
} mounts[MAX_MOUNTS];
static int mount_count;

static char tree[256];

/* The start of a file as a C string, cut to whole lines if it is longer; false if it can't be read. */
static bool slurp_fd(int fd, char *to, size_t size)
{
	size_t len = 0;
	ssize_t got = 0;

	while (len < size - 1 && (got = pread(fd, to + len, size - 1 - len, (off_t) len)) > 0) {
		len += (size_t) got;
	}
	to[len] = '\0';
	if (len == size - 1) {
		char *newline = strrchr(to, '\n');

		to[newline ? newline - to : 0] = '\0';
	}
	return got >= 0;
}

static int open_in(const char *dir, const char *file)
{
	char path[2 * FPS_CGROUP_PATH];
	int len = snprintf(path, sizeof path, "%s/%s", dir, file);

	return len < (int) sizeof path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
}

static bool slurp(const char *dir, const char *file, char *to, size_t size)
{
	int fd = open_in(dir, file);
	bool good = fd >= 0 && slurp_fd(fd, to, size);

	if (fd >= 0) {
		close(fd);
	}
	return good;
}

/* A whole number and nothing else, up to a newline; small enough for differences to be signed. */
static bool parse(const char *text, uint64_t *value)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 19 || (text[digits] != '\n' && text[digits] != '\0')) {
		return false;
	}
	*value = strtoull(text, NULL, 10);
	return *value <= INT64_MAX;
}

/* The number in the line "KEY N", the format of all files with counters. */
static bool parse_line(const char *text, const char *key, uint64_t *value)
{
	size_t len = strlen(key);

	while (text && (strncmp(text, key, len) != 0 || text[len] != ' ')) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return text && parse(text + len + 1, value);
}

static bool read_line(const char *dir, const char *file, const char *key, uint64_t *value)
{
	char text[MAX_FILE];

	return slurp(dir, file, text, sizeof text) && parse_line(text, key, value);
}

static bool read_kills(const char *dir, const char *file, uint64_t *value)
{
	return read_line(dir, file, "oom_kill", value);
}

static bool read_number(const char *dir, const char *file, uint64_t *value)
{
	char text[64];

	return slurp(dir, file, text, sizeof text) && parse(text, value);
}

/* Skips lines that are too long for any path that fits elsewhere. */
static void each_line(const char *file, void (*take)(char *line, void *data), void *data)
{
	char bytes[4096], *start, *end;
	int fd = open_in(tree, file);
	size_t len = 0;
	ssize_t got;
	bool skip = false;

	while (fd >= 0 && (got = read(fd, bytes + len, sizeof bytes - len)) > 0) {
		len += (size_t) got;
		for (start = bytes; (end = memchr(start, '\n', len - (size_t) (start - bytes))); start = end + 1) {
			*end = '\0';
			if (!skip) {
				take(start, data);
			}
			skip = false;
		}
		len -= (size_t) (start - bytes);
		memmove(bytes, start, len);
		if (len == sizeof bytes) {
			skip = true;
			len = 0;
		}
	}
	if (fd >= 0) {
		close(fd);
	}
}

static bool has_item(const char *list, size_t len, const char *item)
{
	size_t item_len = strlen(item);

	for (size_t at = 0; at + item_len <= len; at += strcspn(list + at, ",") + 1) {
		if (strncmp(list + at, item, item_len) == 0 && (at + item_len == len || list[at + item_len] == ',')) {
			return true;
		}
	}
	return false;
}

/* mountinfo writes blanks and similar characters as \040. */
static bool unescape(char *to, const char *from)
{
	size_t len = 0;

	for (; *from && len < FPS_CGROUP_PATH - 1; len++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			to[len] = (char) ((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			to[len] = *from++;
		}
	}
	to[len] = '\0';
	return *from == '\0';
}

/* "32 31 0:29 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory" */
static void note_mount(char *line, void *unused)
{
	char *rest = strstr(line, " - "), *field[5] = {NULL}, *type, *options;

	(void) unused;
	if (!rest || mount_count == MAX_MOUNTS) {
		return;
	}
	*rest = '\0';
	rest += 3;
	for (size_t i = 0; i < 5; i++) {
		field[i] = strsep(&line, " ");
	}
	type = strsep(&rest, " ");
	strsep(&rest, " ");
	options = rest;
	if (!field[4] || !options) {
		return;
	}
	struct mount *mount = &mounts[mount_count];

	mount->v2 = strcmp(type, "cgroup2") == 0;
	if ((mount->v2 || (strcmp(type, "cgroup") == 0 && has_item(options, strlen(options), "memory")))
		&& unescape(mount->root, field[3]) && unescape(mount->point, field[4])) {
		mount_count++;
	}
}

/* A process's group in the hierarchies with counters, "" if it is in none. */
struct paths {
	char v1[FPS_CGROUP_PATH], v2[FPS_CGROUP_PATH];
};

/* "4:memory:/system.slice/php-fpm.service", "0::/system.slice/php-fpm.service" */
static void note_path(char *line, void *data)
{
	struct paths *paths = data;
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path || path[1] != '/' || strlen(path + 1) >= FPS_CGROUP_PATH) {
		return;
	}
	if (strncmp(line, "0::", 3) == 0) {
		snprintf(paths->v2, sizeof paths->v2, "%s", path + 1);
	} else if (has_item(controllers + 1, (size_t) (path - controllers - 1), "memory")) {
		snprintf(paths->v1, sizeof paths->v1, "%s", path + 1);
	}
}

/*
 * Finds a group's directory. Both the path and the mount's root are relative to the root of our cgroup namespace; a
 * container's mount often has the container's own group as its root. A group outside of the mount cannot be found by
 * name.
 */
static bool locate(struct fps_cgroup *group, const char *path)
{
	const struct mount *mount = &mounts[group->mount];
	const char *point = strcmp(mount->point, "/") == 0 ? "" : mount->point;
	size_t root = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);

	if (*path != '/' || strncmp(path, mount->root, root) != 0 || (path[root] != '/' && path[root] != '\0')) {
		return false;
	}
	path += root;
	if (strncmp(path, "/..", 3) == 0 && (path[3] == '/' || path[3] == '\0')) {
		return false;
	}
	group->top = strlen(tree) + strlen(point);
	int len = snprintf(group->dir, sizeof group->dir, "%s%s%s", tree, point, strcmp(path, "/") == 0 ? "" : path);

	return len < (int) sizeof group->dir;
}

/* The file with the counter; on v2 the one for the group alone, if the kernel has it. */
static const char *counting_file(const struct fps_cgroup *group)
{
	uint64_t value;

	if (!mounts[group->mount].v2) {
		return "memory.oom_control";
	}
	return read_kills(group->dir, "memory.events.local", &value) ? "memory.events.local" : "memory.events";
}

bool fps_cgroupfs_find(int32_t pid, struct fps_cgroup *group, uint64_t *kills)
{
	struct paths paths = {"", ""};
	char file[32];

	snprintf(file, sizeof file, "proc/%d/cgroup", (int) pid);
	each_line(file, note_path, &paths);
	/* v2 without the memory controller has no file with the counter; v1 may have the controller then. */
	for (int v2 = 1; v2 >= 0; v2--) {
		for (group->mount = 0; group->mount < mount_count; group->mount++) {
			if (mounts[group->mount].v2 == v2 && locate(group, v2 ? paths.v2 : paths.v1)) {
				group->file = counting_file(group);
				if (read_kills(group->dir, group->file, kills)) {
					return true;
				}
			}
		}
	}
	return false;
}

void fps_cgroupfs_init(const char *root)
{
	mount_count = 0;
	snprintf(tree, sizeof tree, "%s", root);
	each_line("proc/self/mountinfo", note_mount, NULL);
}

bool fps_cgroupfs_kills(const struct fps_cgroup *group, int fd, uint64_t *kills)
{
	char text[MAX_FILE];

	if (fd >= 0) {
		return slurp_fd(fd, text, sizeof text) && parse_line(text, "oom_kill", kills);
	}
	return read_kills(group->dir, group->file, kills);
}

bool fps_cgroupfs_machine_kills(uint64_t *kills)
{
	return read_kills(tree, "proc/vmstat", kills);
}

int fps_cgroupfs_open(const struct fps_cgroup *group)
{
	return mounts[group->mount].v2 ? open_in(group->dir, group->file) : -1;
}

/* One level up the tree; false at the top. */
static bool ascend(struct fps_cgroup *group)
{
	char *slash = strrchr(group->dir + group->top, '/');

	if (slash) {
		*slash = '\0';
	}
	return slash != NULL;
}

/* The count that systemd-oomd has left in an attribute of the directory. */
static uint64_t read_oomd(const char *dir)
{
	char text[32];
	uint64_t value;
	ssize_t len = getxattr(dir, "user.oomd_ooms", text, sizeof text - 1);

	if (len < 0) {
		len = getxattr(dir, "user.oomd_kill", text, sizeof text - 1);
	}
	text[len > 0 ? len : 0] = '\0';
	return parse(text, &value) ? value : 0;
}

void fps_cgroupfs_above(const struct fps_cgroup *group, uint64_t *whole, uint64_t *oomd)
{
	struct fps_cgroup at = *group;
	uint64_t value;
	int levels = 0;

	*whole = *oomd = 0;
	while (mounts[group->mount].v2) {
		*whole += read_line(at.dir, at.file, "oom_group_kill", &value) ? value : 0;
		*oomd += read_oomd(at.dir);
		if (++levels == MAX_LEVELS || !ascend(&at)) {
			break;
		}
	}
}

bool fps_cgroupfs_limit(struct fps_cgroup *group, uint64_t *limit, uint64_t *usage)
{
	bool v2 = mounts[group->mount].v2;
	uint64_t hierarchical;

	for (int levels = 0; levels < MAX_LEVELS; levels++) {
		if (read_number(group->dir, v2 ? "memory.max" : "memory.limit_in_bytes", limit) && *limit < UNLIMITED) {
			return read_number(group->dir, v2 ? "memory.current" : "memory.usage_in_bytes", usage);
		}
		/* Up to 5.10 a v1 group's limit could be above its parent's. */
		if (!ascend(group)
			|| (!v2 && read_number(group->dir, "memory.use_hierarchy", &hierarchical) && hierarchical == 0)) {
			break;
		}
	}
	return false;
}

void fps_cgroupfs_name(const struct fps_cgroup *group, char *to, size_t size)
{
	const char *root = mounts[group->mount].root, *below = group->dir + group->top;
	char name[2 * FPS_CGROUP_PATH];
	int len = snprintf(name, sizeof name, "%s%s", strcmp(root, "/") == 0 && *below ? "" : root, below);
	size_t cut = (size_t) len < size ? 0 : (size_t) len - (size - 1) + strlen("...");

	snprintf(to, size, "%s%s", cut ? "..." : "", name + cut);
}
