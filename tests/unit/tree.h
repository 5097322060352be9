/* A copy of the files below / that a test needs, in a directory of its own. */
#ifndef FPS_TREE_H
#define FPS_TREE_H

#include "unit.h"

#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>

/* Lines of /proc/self/mountinfo, as systemd mounts the two. */
#define V2 "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1 "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"

static char tree[64];

static inline const char *tree_path(const char *file)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", tree, file);
	return path;
}

/* Writes a file, and makes the directories that it needs. */
static inline void tree_put_bytes(const char *file, const char *bytes, size_t len)
{
	char path[PATH_MAX];

	strcpy(path, tree_path(file));
	for (char *slash = strchr(path + strlen(tree) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	FILE *out = fopen(path, "wb");

	if (CHECK(out != NULL)) {
		CHECK(fwrite(bytes, 1, len, out) == len);
		CHECK(fclose(out) == 0);
	}
}

__attribute__((format(printf, 2, 3))) static inline void tree_put(const char *file, const char *format, ...)
{
	char text[8192];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	tree_put_bytes(file, text, strlen(text));
}

static inline void tree_remove(const char *file)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof command, "rm -rf '%s'", tree_path(file));
	CHECK_INT(system(command), 0);
}

static inline void tree_make(void)
{
	strcpy(tree, "build/tree.XXXXXX");
	if (!CHECK(mkdtemp(tree) != NULL)) {
		exit(1);
	}
}

#endif
