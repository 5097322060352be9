/* Files that setup puts in place. */
#include "command/setupfile.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "base/trusted.h"
#include "command/unifieddiff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char words[] = " written by fpmsentinel setup, which leaves it alone once it has been changed; sum ";

static unsigned long sum_of(const char *content)
{
	return crc32(0, (const unsigned char *) content, (unsigned) strlen(content));
}

struct fps_setupfile fps_setupfile_make(char *path, char comment, const char *asset, const char *content, bool named)
{
	return (struct fps_setupfile) {.path = path,
		.comment = comment,
		.asset = asset,
		.named = named,
		.content = fps_alloc_format("%c%s%08lx\n%s", comment, words, sum_of(content), content)};
}

/* Its directory, O_PATH; -1 and errno. What is done there then cannot be led elsewhere. */
static int open_folder(const struct fps_setupfile *file)
{
	char *folder = fps_alloc_folder(file->path);
	int fd = file->named ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : fps_trusted_folder(folder), error = errno;

	free(folder);
	errno = error;
	return fd;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void fps_setupfile_free(struct fps_setupfile *file)
{
	free(file->path);
	free(file->content);
}

/* NULL and errno */
static char *read_now(const struct fps_setupfile *file)
{
	size_t len;

	return file->named ? fps_readfile(file->path, &len) : fps_trusted_read(file->path, 0, &len);
}

static enum fps_setup_state state_of(const struct fps_setupfile *file, const char *found)
{
	const char *newline = strchr(found, '\n');

	if (strcmp(found, file->content) == 0) {
		return FPS_SETUP_SAME;
	}
	if (strcmp(found, file->asset) == 0) {
		return FPS_SETUP_PACKAGED;
	}
	if (newline == NULL || found[0] != file->comment || strncmp(found + 1, words, sizeof(words) - 1) != 0) {
		return FPS_SETUP_FOREIGN;
	}
	return strtoul(found + sizeof(words), NULL, 16) == sum_of(newline + 1) ? FPS_SETUP_OLDER : FPS_SETUP_EDITED;
}

enum fps_setup_state fps_setupfile_state(const struct fps_setupfile *file)
{
	char *found = file->packaged ? NULL : read_now(file);
	enum fps_setup_state state = FPS_SETUP_UNREADABLE;
	struct stat link;

	if (file->packaged) {
		return FPS_SETUP_PACKAGED;
	}
	if (found) {
		state = state_of(file, found);
	} else if (errno == ENOENT) { /* or a dangling link, which belongs to somebody */
		state = lstat(file->path, &link) == 0 ? FPS_SETUP_FOREIGN : FPS_SETUP_MISSING;
	}
	free(found);
	return state;
}

char *fps_setupfile_diff(const struct fps_setupfile *file)
{
	char *found = file->packaged ? NULL : read_now(file), *diff = fps_alloc_format("%s", "");
	enum fps_setup_state state = fps_setupfile_state(file);

	if (state == FPS_SETUP_MISSING || (found && state == FPS_SETUP_OLDER)) {
		fps_unifieddiff_append(&diff, file->path, found, file->content);
	}
	free(found);
	return diff;
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t written = write(fd, text, len);

		if (written <= 0) {
			return false;
		}
		text += written;
		len -= (size_t) written;
	}
	return fsync(fd) == 0;
}

/* PATH~ as a file that setup might have written. */
static enum fps_setup_state backup_state(const struct fps_setupfile *file, char *backup)
{
	struct fps_setupfile other = *file;

	other.path = backup;
	return fps_setupfile_state(&other);
}

/* Editors call their backups the same. */
static bool keep(const struct fps_setupfile *file, int folder, char *backup)
{
	enum fps_setup_state state = backup_state(file, backup);

	if (state != FPS_SETUP_MISSING && state != FPS_SETUP_SAME && state != FPS_SETUP_OLDER) {
		errno = EEXIST;
		return false;
	}
	return renameat(folder, name_of(file->path), folder, name_of(backup)) == 0;
}

bool fps_setupfile_write(struct fps_setupfile *file)
{
	char *fresh = fps_alloc_format("%s.new~", name_of(file->path)), *backup = fps_alloc_format("%s~", file->path);
	int folder = open_folder(file), error;
	int fd = folder >= 0 ? openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644) : -1;
	bool good = fd >= 0 && fchmod(fd, 0644) == 0 && write_all(fd, file->content, strlen(file->content));

	file->replaced = good && fps_setupfile_state(file) != FPS_SETUP_MISSING;
	good = good && (!file->replaced || keep(file, folder, backup));
	good = good && renameat(folder, fresh, folder, name_of(file->path)) == 0;
	error = errno;
	if (fd >= 0) {
		close(fd);
		if (!good) {
			unlinkat(folder, fresh, 0);
		}
	}
	if (folder >= 0) {
		close(folder);
	}
	free(fresh);
	free(backup);
	errno = error;
	file->written = good;
	return good;
}

/* Renames an entry of its directory, or removes it where `to` is NULL. */
static bool move(const struct fps_setupfile *file, const char *from, const char *to)
{
	int folder = open_folder(file), error;
	bool good = folder >= 0
		&& (to ? renameat(folder, name_of(from), folder, name_of(to)) == 0 : unlinkat(folder, name_of(from), 0) == 0);

	error = errno;
	if (folder >= 0) {
		close(folder);
	}
	errno = error;
	return good;
}

bool fps_setupfile_take_back(const struct fps_setupfile *file)
{
	char *backup = fps_alloc_format("%s~", file->path);
	bool good = file->replaced ? move(file, backup, file->path) : move(file, file->path, NULL);

	free(backup);
	return good;
}

bool fps_setupfile_remove(const struct fps_setupfile *file)
{
	char *backup = fps_alloc_format("%s~", file->path);
	enum fps_setup_state state = backup_state(file, backup);
	bool good = move(file, file->path, NULL);

	if (good && (state == FPS_SETUP_SAME || state == FPS_SETUP_OLDER)) {
		good = move(file, backup, NULL);
	}
	free(backup);
	return good;
}

bool fps_setupfile_set_aside(const struct fps_setupfile *file, bool back)
{
	char *aside = fps_alloc_format("%s.aside~", file->path);
	bool good = back ? move(file, aside, file->path) : move(file, file->path, aside);

	free(aside);
	return good;
}
