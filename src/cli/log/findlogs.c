/* Finds logs by name. */
#include "log/findlogs.h"

#include "base/alloc.h"
#include "base/search.h"
#include "log/linereader.h"
#include "log/recordindex.h"

#include <dirent.h>
#include <glob.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { HEAD = 1024, MAX_DEPTH = 8 };

/* Where pools have records of their own. */
#define POOLS_RECORDS "/var/log/fpmsentinel/*.jsonl"

/* The paths of distributions: Debian, Red Hat, SUSE and Alpine. Names with a star are expanded like the shell does. */
static const struct {
	const char *name;
	enum fps_entry_kind kind;
} usual[] = {
	{"/var/log/nginx/error.log", FPS_ENTRY_NGINX},
	{"/var/log/nginx/*error.log", FPS_ENTRY_NGINX},
	{"/var/log/nginx/error_log", FPS_ENTRY_NGINX},
	{"/var/log/nginx/access.log", FPS_ENTRY_ACCESS},
	{"/var/log/nginx/*access.log", FPS_ENTRY_ACCESS},
	{"/var/log/apache2/error.log", FPS_ENTRY_APACHE},
	{"/var/log/apache2/*error.log", FPS_ENTRY_APACHE},
	{"/var/log/apache2/error_log", FPS_ENTRY_APACHE},
	{"/var/log/httpd/*error_log", FPS_ENTRY_APACHE},
	{"/var/log/apache2/*access.log", FPS_ENTRY_ACCESS},
	{"/var/log/httpd/*access_log", FPS_ENTRY_ACCESS},
	{"/var/log/php*-fpm.log", FPS_ENTRY_FPM},
	{"/var/log/php-fpm.log", FPS_ENTRY_FPM},
	{"/var/log/php-fpm/error.log", FPS_ENTRY_FPM},
	{"/var/log/php*/error.log", FPS_ENTRY_FPM},
	{FPS_RECORDINDEX_LOG, FPS_ENTRY_RECORD},
	{POOLS_RECORDS, FPS_ENTRY_RECORD},
};

static const char *const endings[] = {".gz", ".zst", ".xz", ".bz2", ".lz4"};

struct file {
	struct fps_file file;
	struct stat status;
	size_t place; /* among those that were named */
	bool is_there, left_out;
};

static void add(struct fps_files *files, const char *name, enum fps_entry_kind kind, bool is_usual)
{
	FPS_ALLOC_APPEND(files->all, files->count) =
		(struct fps_file) {fps_alloc_copy((struct fps_span) {name, strlen(name)}, 0), is_usual, kind};
}

static void skip(struct fps_files *files, const char *name)
{
	if (files->skipped++ == 0) {
		files->example = fps_alloc_copy((struct fps_span) {name, strlen(name)}, 0);
	}
}

/* File systems that the kernel generates: they contain no logs, and their files may be endless or block. */
static bool is_kernels(const char *folder)
{
	static const unsigned long made_up[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC, DEVPTS_SUPER_MAGIC, PSTOREFS_MAGIC,
		EFIVARFS_MAGIC, SELINUX_MAGIC, BINFMTFS_MAGIC, NSFS_MAGIC};
	struct statfs status;

	for (size_t i = 0; statfs(folder, &status) == 0 && i < sizeof(made_up) / sizeof(made_up[0]); i++) {
		if ((unsigned long) status.f_type == made_up[i]) {
			return true;
		}
	}
	return false;
}

static void add_folder(struct fps_files *files, const char *name, enum fps_entry_kind kind, int depth);

/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH */
static void add_below(struct fps_files *files, const char *path, enum fps_entry_kind kind, int depth)
{
	struct stat status, target;

	if (lstat(path, &status) != 0) {
		return; /* it has disappeared since */
	}
	bool is_link = S_ISLNK(status.st_mode) && stat(path, &target) == 0 && S_ISREG(target.st_mode) && !is_kernels(path);

	if (S_ISREG(status.st_mode) || is_link) {
		add(files, path, kind, true);
	} else if (S_ISDIR(status.st_mode) && depth < MAX_DEPTH && !is_kernels(path)) {
		add_folder(files, path, kind, depth + 1);
	} else {
		skip(files, path);
	}
}

/* Anybody may have created what is found in a folder. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void add_folder(struct fps_files *files, const char *name, enum fps_entry_kind kind, int depth)
{
	struct dirent **found;
	int count = scandir(name, &found, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (found[i]->d_name[0] != '.') {
			char *path = fps_alloc_format("%s%s%s", name, name[strlen(name) - 1] == '/' ? "" : "/", found[i]->d_name);

			add_below(files, path, kind, depth);
			free(path);
		}
		free(found[i]);
	}
	if (count >= 0) {
		free(found);
	} else {
		add(files, name, kind, false); /* reading it reports why */
	}
}

void fps_findlogs_add(struct fps_files *files, const char *name, enum fps_entry_kind kind)
{
	struct stat status;

	if (stat(name, &status) == 0 && S_ISDIR(status.st_mode)) {
		char *path = realpath(name, NULL); /* trusted.h walks from the root directory */

		files->folder = name;
		if (is_kernels(name)) {
			skip(files, name);
		} else {
			add_folder(files, path ? path : name, kind, 0);
		}
		free(path);
	} else {
		add(files, name, kind, false);
	}
}

static bool set(void *files, const char *name, enum fps_entry_kind kind)
{
	fps_findlogs_add(files, name, kind);
	return true;
}

bool fps_findlogs_set(void *files, const char *name)
{
	return set(files, name, FPS_ENTRY_KINDS);
}

bool fps_findlogs_set_nginx(void *files, const char *name)
{
	return set(files, name, FPS_ENTRY_NGINX);
}

bool fps_findlogs_set_records(void *files, const char *name)
{
	return set(files, name, FPS_ENTRY_RECORD);
}

bool fps_findlogs_set_access(void *files, const char *name)
{
	return set(files, name, FPS_ENTRY_ACCESS);
}

bool fps_findlogs_set_fpm(void *files, const char *name)
{
	return set(files, name, FPS_ENTRY_FPM);
}

static void add_found(struct fps_files *files, const char *pattern, enum fps_entry_kind kind)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			add(files, found.gl_pathv[i], kind, true);
		}
	}
	globfree(&found);
}

/* A log and its rotated files, as far as they exist. */
static void add_usual(struct fps_files *files, const char *name, enum fps_entry_kind kind)
{
	static const char *const marks[] = {".[0-9]*", "-[0-9]*"};

	add_found(files, name, kind);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		char *pattern = fps_alloc_format("%s%s", name, marks[i]);

		add_found(files, pattern, kind);
		free(pattern);
	}
}

void fps_findlogs_add_all_usual(struct fps_files *files, enum fps_entry_kind kind)
{
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (kind == FPS_ENTRY_KINDS || kind == usual[i].kind) {
			add_usual(files, usual[i].name, usual[i].kind);
		}
	}
}

void fps_findlogs_add_followed(struct fps_files *files)
{
	static const char *const servers[] = {"/var/log/apache2/error.log", "/var/log/httpd/error_log"};

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		add_found(files, servers[i], FPS_ENTRY_APACHE);
	}
	if (files->count == 0) {
		add(files, usual[0].name, FPS_ENTRY_NGINX, true);
	} else {
		add_found(files, usual[0].name, FPS_ENTRY_NGINX);
	}
	add(files, FPS_RECORDINDEX_LOG, FPS_ENTRY_RECORD, true);
	add_found(files, POOLS_RECORDS, FPS_ENTRY_RECORD);
}

static size_t head_of(const struct file *file, char *head)
{
	struct fps_linereader source;
	size_t len = 0;

	if (!fps_linereader_open(&source, file->file.name, file->file.usual)) {
		return 0;
	}
	len = source.end < HEAD ? source.end : HEAD;
	memcpy(head, source.bytes, len);
	fps_linereader_close(&source);
	return len;
}

/* The length of a name without the suffix of a compressed file; 0: it has none. */
static size_t unpacked_length(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t end = strlen(endings[i]);

		if (len > end && strcmp(name + len - end, endings[i]) == 0) {
			return len - end;
		}
	}
	return 0;
}

static int by_place(const struct file *one, const struct file *other)
{
	return one->place < other->place ? -1 : 1;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(struct file *const *) a)->file.name, (*(struct file *const *) b)->file.name);
}

static int by_name(const void *a, const void *b)
{
	int order = compare_names(a, b);

	return order ? order : by_place(*(struct file *const *) a, *(struct file *const *) b);
}

static int compare_inodes(const void *a, const void *b)
{
	const struct stat *one = &(*(struct file *const *) a)->status, *other = &(*(struct file *const *) b)->status;
	int order = fps_search_order((int64_t) one->st_dev, (int64_t) other->st_dev);

	return order ? order : fps_search_order((int64_t) one->st_ino, (int64_t) other->st_ino);
}

static int by_inode(const void *a, const void *b)
{
	int order = compare_inodes(a, b);

	return order ? order : by_place(*(struct file *const *) a, *(struct file *const *) b);
}

typedef int compare(const void *a, const void *b);

/* Sorts by content, so that equal ones are adjacent; the one named first stays. */
static void leave_out_doubles(struct file **files, size_t count, compare *in_order, compare *is_other)
{
	if (count) {
		qsort(files, count, sizeof(struct file *), in_order);
	}
	for (size_t i = 1; i < count; i++) {
		files[i]->left_out = files[i]->left_out || is_other(&files[i - 1], &files[i]) == 0;
	}
}

/*
 * Whether it is compressed and its original still exists. error.log.1.gz may be older than error.log.1, or be a copy of
 * it that is being made: then it begins with the same data. `regular` is in the order of inodes.
 */
static bool is_packed(const struct file *packed, struct file **regular, size_t count)
{
	size_t len = unpacked_length(packed->file.name), at, packed_len;
	struct file plain = {.file = {.name = fps_alloc_copy((struct fps_span) {packed->file.name, len}, 0)}},
				*key = &plain;
	char one[HEAD], other[HEAD];
	bool is_there = len && stat(plain.file.name, &plain.status) == 0;

	free(plain.file.name);
	at = is_there ? fps_search_first(&key, regular, count, sizeof(struct file *), compare_inodes) : count;
	if (at == count || regular[at] == packed || compare_inodes(&key, &regular[at]) != 0) {
		return false;
	}
	packed_len = head_of(packed, one);
	return packed_len <= head_of(regular[at], other) && memcmp(one, other, packed_len) == 0;
}

static void find_doubles(struct file *all, size_t count)
{
	struct file **files = fps_alloc(count, sizeof(*files));
	size_t regular = 0;

	for (size_t i = 0; i < count; i++) {
		files[i] = &all[i];
	}
	leave_out_doubles(files, count, by_name, compare_names);
	for (size_t i = 0; i < count; i++) {
		if (all[i].is_there && S_ISREG(all[i].status.st_mode)) {
			files[regular++] = &all[i];
		}
	}
	leave_out_doubles(files, regular, by_inode, compare_inodes);
	for (size_t i = 0; i < regular; i++) {
		files[i]->left_out = files[i]->left_out || is_packed(files[i], files, regular);
	}
	free(files);
}

/* A pipe is newer than all files. */
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
	if (first && strcmp(one->file.name, other->file.name) != 0) {
		return strcmp(one->file.name, other->file.name);
	}
	return by_place(one, other);
}

void fps_findlogs_settle(struct fps_files *files)
{
	struct file *all = fps_alloc(files->count, sizeof(*all));
	size_t kept = 0;

	for (size_t i = 0; i < files->count; i++) {
		all[i] = (struct file) {.file = files->all[i], .place = i};
		all[i].is_there = stat(all[i].file.name, &all[i].status) == 0;
	}
	find_doubles(all, files->count);
	if (files->count) {
		qsort(all, files->count, sizeof(*all), by_age);
	}
	for (size_t i = 0; i < files->count; i++) {
		if (all[i].left_out) {
			free(all[i].file.name);
		} else {
			files->all[kept++] = all[i].file;
		}
	}
	files->count = kept;
	free(all);
}

size_t fps_findlogs_drop(struct fps_files *files, enum fps_entry_kind kind, int64_t before)
{
	size_t kept = 0, old = 0;

	for (size_t i = 0; i < files->count; i++) {
		struct fps_file *file = &files->all[i];
		struct stat status;
		bool is_old = stat(file->name, &status) == 0 && S_ISREG(status.st_mode) && status.st_mtime < before;

		if (file->kind == kind || is_old) {
			old += file->kind != kind;
			free(file->name);
		} else {
			files->all[kept++] = *file;
		}
	}
	files->count = kept;
	return old;
}

bool fps_findlogs_is_rotated(const struct fps_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		size_t len = strlen(files->all[i].name);

		if (strncmp(name, files->all[i].name, len) == 0 && (name[len] == '.' || name[len] == '-')) {
			return true;
		}
	}
	return false;
}

static bool is_among(const struct fps_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->all[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

char *fps_findlogs_left_out(const struct fps_files *files, const char *name)
{
	struct fps_files beside = {0};
	char *left_out = NULL;

	add_usual(&beside, name, FPS_ENTRY_KINDS);
	for (size_t i = 0; i < beside.count && left_out == NULL; i++) {
		if (!is_among(files, beside.all[i].name)) {
			left_out = fps_alloc_format("%s", beside.all[i].name);
		}
	}
	fps_findlogs_free(&beside);
	return left_out;
}

size_t fps_findlogs_base(const char *name)
{
	size_t len = strlen(name), digits;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t end = strlen(endings[i]);

		len -= len > end && strncmp(name + len - end, endings[i], end) == 0 ? end : 0;
	}
	for (digits = len; digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9'; digits--) {
	}
	/* digits of a version, as in php8.2, precede more of the name */
	if (digits < len && digits > 1
		&& (name[digits - 1] == '-' ? len - digits == 8 : name[digits - 1] == '.' && len - digits < 4)) {
		len = digits - 1;
	}
	return len;
}

void fps_findlogs_free(struct fps_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->all[i].name);
	}
	free(files->all);
	free(files->example);
	*files = (struct fps_files) {0};
}
