/* Follows logs that grow. */
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

/* Reports each problem once, not each time it looks. */
static void complain(struct fps_tail *tail, int error, const char *what)
{
	if (tail->trouble != error) {
		tail->trouble = error;
		fps_warn("%s: %s%s", tail->name, strerror(error), what);
	}
}

static bool open_part(struct fps_tail *tail, const char *name, int fd)
{
	struct fps_tail_part *part = &tail->now;

	part->source = fps_alloc(1, sizeof(*part->source));
	if (!fps_linereader_open_growing(part->source, name, fd)) {
		free(part->source);
		part->source = NULL;
		return false;
	}
	part->entries = fps_multiline_of(name, &tail->reader->streams, &tail->reader->tally, NULL, NULL);
	return true;
}

static void close_part(const struct fps_tail *tail, struct fps_tail_part *part)
{
	if (part->source == NULL) {
		return;
	}
	if (part->entries.take) {
		fps_multiline_end(&part->entries);
	}
	fps_multiline_free(&part->entries);
	fps_linereader_close(part->source);
	free(part->source);
	part->source = NULL;
	/* the kernel removes it by itself when the file is gone */
	inotify_rm_watch(tail->inotify, part->watch);
}

/* Skips a line whose start was not read. */
static void skip_part(struct fps_linereader *source, int64_t at)
{
	struct fps_span line;
	char last = '\n';

	if (at > 0 && pread(source->fd, &last, 1, at - 1) == 1 && last != '\n') {
		fps_linereader_line(source, &line);
	}
}

static bool open_file(struct fps_tail *tail, int64_t back)
{
	/* opening a FIFO would block until somebody writes */
	int fd = tail->usual ? fps_trusted_open(tail->name, FPS_TRUST_LOG, 0)
						 : open(tail->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int64_t at;

	if (fd < 0) {
		complain(tail, errno, errno == ENOENT ? "; waiting for it to appear" : "");
		return errno == ENOENT;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		complain(tail, S_ISDIR(status.st_mode) ? EISDIR : EINVAL, ": only a file and standard input can be followed");
		close(fd);
		return false;
	}
	/* watched first: what is written in between is read at once, and checked for once more */
	tail->now.watch = inotify_add_watch(tail->inotify, tail->name, IN_MODIFY);
	if (tail->now.watch < 0) {
		complain(tail, errno, ": it can't be watched");
		close(fd);
		return false;
	}
	at = status.st_size > back ? status.st_size - back : 0;
	lseek(fd, at, SEEK_SET);
	if (!open_part(tail, tail->name, fd)) {
		return false;
	}
	tail->trouble = 0;
	fps_linereader_again(tail->now.source);
	skip_part(tail->now.source, at);
	return true;
}

/* Where a log of that name will appear. */
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

bool fps_tail_open(
	struct fps_tail *tail, const struct fps_file *file, struct fps_logreader *reader, int inotify, int64_t back)
{
	*tail = (struct fps_tail) {.name = file->name, .usual = file->usual, .reader = reader, .inotify = inotify};
	if (is_standard_input(tail)) {
		return open_part(tail, "standard input", fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
	}
	return watch_folder(tail) && open_file(tail, back);
}

void fps_tail_look(struct fps_tail *tail)
{
	struct stat named, own;

	if (is_standard_input(tail)) {
		tail->now.source->ended = false; /* its end is final in any case */
		return;
	}
	/* overwriting a rotated log truncates it: its content has been read before */
	if (tail->before.source && fps_linereader_again(tail->before.source)) {
		close_part(tail, &tail->before);
	}
	if (tail->now.source) {
		fps_linereader_again(tail->now.source);
	}
	if (stat(tail->name, &named) != 0) {
		return;
	}
	if (tail->now.source && fstat(tail->now.source->fd, &own) == 0 && own.st_dev == named.st_dev
		&& own.st_ino == named.st_ino) {
		return;
	}
	if (tail->now.source) {
		close_part(tail, &tail->before);
		tail->before = tail->now;
		tail->now = (struct fps_tail_part) {.source = NULL};
	}
	open_file(tail, INT64_MAX);
}

static bool take(struct fps_tail *tail, struct fps_tail_part *part, bool last)
{
	if (part->source == NULL) {
		return true;
	}
	if (last) {
		fps_logreader_take(tail->reader, &part->entries, part->source);
		part->source->over = true;
	}
	fps_logreader_take(tail->reader, &part->entries, part->source);
	if (part->source->over) {
		fps_multiline_end(&part->entries);
	}
	return !part->source->failed;
}

bool fps_tail_take(struct fps_tail *tail, bool last)
{
	bool good = take(tail, &tail->before, last);

	return take(tail, &tail->now, last) && good;
}

bool fps_tail_is_over(const struct fps_tail *tail)
{
	return is_standard_input(tail) && tail->now.source->over && tail->now.source->start == tail->now.source->end;
}

void fps_tail_close(struct fps_tail *tail)
{
	close_part(tail, &tail->before);
	close_part(tail, &tail->now);
}
