/* Logs that grow. */
#include "log/tail.h"

#include "base/alloc.h"
#include "base/trusted.h"
#include "base/warn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_standard_input(const struct fps_tail *tail)
{
	return strcmp(tail->name, "-") == 0;
}

/* Each trouble once, and not at each look. */
static void complain(struct fps_tail *tail, int error, const char *what)
{
	if (tail->trouble != error) {
		tail->trouble = error;
		fps_warn("%s: %s%s", tail->name, strerror(error), what);
	}
}

static struct fps_source *open_source(const char *name, int fd)
{
	struct fps_source *source = fps_alloc(1, sizeof(*source));

	if (!fps_source_open_growing(source, name, fd)) {
		free(source);
		return NULL;
	}
	return source;
}

static void close_source(struct fps_tail *tail, struct fps_source **source, int *watch)
{
	if (*source == NULL) {
		return;
	}
	fps_source_close(*source);
	free(*source);
	*source = NULL;
	/* the kernel has removed it by itself where the file is gone */
	inotify_rm_watch(tail->inotify, *watch);
}

/* A line of which only the end is read is none. */
static void skip_part(struct fps_source *source, int64_t at)
{
	struct fps_span line;
	char last = '\n';

	if (at > 0 && pread(source->fd, &last, 1, at - 1) == 1 && last != '\n') {
		fps_source_next(source, NULL, &line);
	}
}

static bool open_file(struct fps_tail *tail, int64_t back)
{
	/* that of a FIFO would wait for its writer */
	int fd = tail->usual ? fps_trusted_open(tail->name, FPS_TRUST_LOG, 0)
						 : open(tail->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int64_t at;

	if (fd < 0) {
		complain(tail, errno, errno == ENOENT ? ", so it is waited for" : "");
		return errno == ENOENT;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		complain(tail, S_ISDIR(status.st_mode) ? EISDIR : EINVAL, ": only a file and standard input can be followed");
		close(fd);
		return false;
	}
	/* watched first: what is written between the two is read at once, and looked for once more */
	tail->watch_now = inotify_add_watch(tail->inotify, tail->name, IN_MODIFY);
	if (tail->watch_now < 0) {
		complain(tail, errno, ": it can't be watched");
		close(fd);
		return false;
	}
	at = status.st_size > back ? status.st_size - back : 0;
	lseek(fd, at, SEEK_SET);
	tail->now = open_source(tail->name, fd);
	if (tail->now == NULL) {
		return false;
	}
	tail->trouble = 0;
	fps_source_again(tail->now);
	skip_part(tail->now, at);
	return true;
}

/* Where a log of that name will come to be. */
static bool watch_folder(struct fps_tail *tail)
{
	char *folder = fps_alloc_folder(tail->name);
	bool good = inotify_add_watch(tail->inotify, folder, IN_CREATE | IN_MOVED_TO) >= 0;

	if (!good) {
		complain(tail, errno, ": its folder can't be watched");
	}
	free(folder);
	return good;
}

bool fps_tail_open(struct fps_tail *tail, const char *name, bool usual, int inotify, int64_t back)
{
	*tail = (struct fps_tail) {.name = name, .usual = usual, .inotify = inotify};
	if (is_standard_input(tail)) {
		tail->now = open_source("standard input", dup(STDIN_FILENO));
		return tail->now != NULL;
	}
	return watch_folder(tail) && open_file(tail, back);
}

void fps_tail_look(struct fps_tail *tail)
{
	struct stat named, own;

	if (is_standard_input(tail)) {
		tail->now->ended = false; /* whatever it is, its end is one */
		return;
	}
	/* one that has been rotated away is cut when it is written over: that is the past again */
	if (tail->before && fps_source_again(tail->before)) {
		close_source(tail, &tail->before, &tail->watch_before);
	}
	if (tail->now) {
		fps_source_again(tail->now);
	}
	if (stat(tail->name, &named) != 0) {
		return;
	}
	if (tail->now && fstat(tail->now->fd, &own) == 0 && own.st_dev == named.st_dev && own.st_ino == named.st_ino) {
		return;
	}
	if (tail->now) {
		close_source(tail, &tail->before, &tail->watch_before);
		tail->before = tail->now;
		tail->watch_before = tail->watch_now;
		tail->now = NULL;
	}
	open_file(tail, INT64_MAX);
}

bool fps_tail_is_over(const struct fps_tail *tail)
{
	return is_standard_input(tail) && tail->now->over && tail->now->start == tail->now->end;
}

void fps_tail_close(struct fps_tail *tail)
{
	close_source(tail, &tail->before, &tail->watch_before);
	close_source(tail, &tail->now, &tail->watch_now);
}
