/* Logs by name. */
#include "log/files.h"

#include "base/alloc.h"
#include "base/span.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { HEAD = 1024 };

struct file {
	const char *name;
	struct stat status;
	size_t place; /* among those that were named */
	bool is_there, left_out;
};

void fps_files_add(struct fps_files *files, const char *name)
{
	FPS_ALLOC_APPEND(files->names, files->count) = name;
}

bool fps_files_set(void *field, const char *value)
{
	fps_files_add(field, value);
	return true;
}

void fps_files_add_usual(struct fps_files *files, const char *name)
{
	fps_files_add(files, name);
	files->usual = true;
}

static size_t head_of(const char *name, char *head)
{
	gzFile file = gzopen(name, "rb");
	int n = file ? gzread(file, head, HEAD) : 0;

	if (file) {
		gzclose(file);
	}
	return n > 0 ? (size_t) n : 0;
}

/* error.log.1.gz may be that of before error.log.1, or be just being made of it: then it begins like it. */
static bool is_packed(const struct file *packed, const struct file *plain)
{
	size_t len = strlen(packed->name), packed_len, plain_len;
	char *name, one[HEAD], other[HEAD];
	struct stat status;
	bool same;

	if (len < 4 || strcmp(packed->name + len - 3, ".gz") != 0) {
		return false;
	}
	name = fps_alloc_copy((struct fps_span) {packed->name, len - 3}, 0);
	same = stat(name, &status) == 0 && status.st_dev == plain->status.st_dev && status.st_ino == plain->status.st_ino;
	free(name);
	if (!same) {
		return false;
	}
	packed_len = head_of(packed->name, one);
	plain_len = head_of(plain->name, other);
	return packed_len <= plain_len && memcmp(one, other, packed_len) == 0;
}

static bool is_same(const struct file *one, const struct file *other)
{
	if (strcmp(one->name, other->name) == 0) {
		return true;
	}
	return one->is_there && other->is_there && S_ISREG(one->status.st_mode)
		&& one->status.st_dev == other->status.st_dev && one->status.st_ino == other->status.st_ino;
}

static bool is_double(const struct file *all, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++) {
		if (i < at && is_same(&all[i], &all[at])) {
			return true;
		}
		if (i != at && all[i].is_there && all[at].is_there && is_packed(&all[at], &all[i])) {
			return true;
		}
	}
	return false;
}

/* A pipe is younger than all files. */
static int by_age(const void *a, const void *b)
{
	const struct file *one = a, *other = b;
	bool first = one->is_there && S_ISREG(one->status.st_mode),
		 second = other->is_there && S_ISREG(other->status.st_mode);

	if (first != second) {
		return first ? -1 : 1;
	}
	if (first && one->status.st_mtime != other->status.st_mtime) {
		return one->status.st_mtime < other->status.st_mtime ? -1 : 1;
	}
	return one->place < other->place ? -1 : 1;
}

void fps_files_settle(struct fps_files *files)
{
	struct file *all = fps_alloc(files->count, sizeof(*all));
	size_t kept = 0;

	for (size_t i = 0; i < files->count; i++) {
		all[i] = (struct file) {.name = files->names[i], .place = i};
		all[i].is_there = stat(all[i].name, &all[i].status) == 0;
	}
	for (size_t i = 0; i < files->count; i++) {
		all[i].left_out = is_double(all, files->count, i);
	}
	qsort(all, files->count, sizeof(*all), by_age);
	for (size_t i = 0; i < files->count; i++) {
		if (!all[i].left_out) {
			files->names[kept++] = all[i].name;
		}
	}
	files->count = kept;
	free(all);
}

bool fps_files_is_rotated(const struct fps_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		size_t len = strlen(files->names[i]);

		if (strncmp(name, files->names[i], len) == 0 && (name[len] == '.' || name[len] == '-')) {
			return true;
		}
	}
	return false;
}

void fps_files_free(struct fps_files *files)
{
	free(files->names);
	*files = (struct fps_files) {0};
}
