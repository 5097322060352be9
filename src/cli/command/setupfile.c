/* Files that setup puts in place. */
#include "command/setupfile.h"

#include "base/alloc.h"
#include "base/readfile.h"
#include "base/run.h"
#include "base/trusted.h"

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

struct fps_setupfile fps_setupfile_make(char *path, char comment, const char *content, bool named)
{
	return (struct fps_setupfile) {.path = path,
		.comment = comment,
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

enum fps_setup_state fps_setupfile_state(const struct fps_setupfile *file)
{
	size_t len;
	char *found = file->named ? fps_readfile(file->path, &len) : fps_trusted_read(file->path, 0, &len),
		 *newline = found ? strchr(found, '\n') : NULL;
	enum fps_setup_state state = FPS_SETUP_CHANGED;
	struct stat link;

	if (found == NULL && errno == ENOENT) { /* or a dangling link, which belongs to somebody */
		return lstat(file->path, &link) == 0 ? FPS_SETUP_CHANGED : FPS_SETUP_MISSING;
	}
	if (found == NULL) {
		return FPS_SETUP_UNREADABLE;
	}
	if (strcmp(found, file->content) == 0) {
		state = FPS_SETUP_SAME;
	} else if (newline && found[0] == file->comment && strncmp(found + 1, words, sizeof(words) - 1) == 0
		&& strtoul(found + sizeof(words), NULL, 16) == sum_of(newline + 1)) {
		state = FPS_SETUP_OLDER;
	}
	free(found);
	return state;
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

	if (state == FPS_SETUP_CHANGED || state == FPS_SETUP_UNREADABLE) {
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

bool fps_setupfile_remove(const struct fps_setupfile *file)
{
	char *backup = fps_alloc_format("%s~", file->path);
	bool back = file->written ? file->replaced : backup_state(file, backup) == FPS_SETUP_OLDER;
	int folder = open_folder(file), error;
	bool good = folder >= 0
		&& (back ? renameat(folder, name_of(backup), folder, name_of(file->path)) == 0
				 : unlinkat(folder, name_of(file->path), 0) == 0);

	error = errno;
	if (folder >= 0) {
		close(folder);
	}
	free(backup);
	errno = error;
	return good;
}
