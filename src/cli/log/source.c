/* Logs, read in large pieces: zlib gives what is not compressed as it is. */
#include "log/source.h"

#include "base/page.h"
#include "base/trusted.h"
#include "base/warn.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SIZE = FPS_SOURCE_MAX_LINE * 2,
	LOOK_AHEAD = 32,                      /* as much of a line as `begins` may want to see */
	MAX_ENTRY = FPS_SOURCE_MAX_LINE / 16, /* 64 KiB; nginx cuts an entry at 2,048 bytes: more than this is no entry */
	BUFFER = FPS_SOURCE_MAX_LINE / 4,     /* zlib's */
	SHOWN_COMPLAINTS = 3,
	MARK = 1024 /* bytes by which a file is known again: some lines, whose ends may be alike */
};

static const int64_t LARGE = 100 << 20;

static bool prepare(struct fps_source *source)
{
	source->bytes = malloc(SIZE);
	if (source->bytes == NULL) {
		fps_warn("out of memory");
		fps_source_close(source);
	}
	return source->bytes != NULL;
}

bool fps_source_open(struct fps_source *source, const char *name, bool usual)
{
	struct stat status;

	*source = (struct fps_source) {.name = name, .size = SIZE, .fd = -1};
	if (strcmp(name, "-") == 0) {
		source->name = "standard input";
		source->file = gzdopen(dup(STDIN_FILENO), "rb");
	} else if (usual) {
		int fd = fps_trusted_open(name, FPS_TRUST_LOG, 0);

		source->file = fd >= 0 ? gzdopen(fd, "rb") : NULL;
	} else {
		source->file = gzopen(name, "rb");
	}
	if (source->file == NULL) {
		if (!usual || errno != EPERM) {
			fps_warn("%s: %s", source->name, errno ? strerror(errno) : "out of memory");
		}
		return false;
	}
	gzbuffer(source->file, BUFFER);
	if (isatty(STDERR_FILENO) && stat(name, &status) == 0 && status.st_size > LARGE) {
		source->total = status.st_size;
	}
	return prepare(source);
}

bool fps_source_open_growing(struct fps_source *source, const char *name, int fd)
{
	unsigned char magic[2] = {0};

	*source = (struct fps_source) {.name = name, .size = SIZE, .fd = fd, .grows = true, .limit = -1};
	if (pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
		fps_warn("%s: a compressed log can't be followed", name);
		fps_source_close(source);
		return false;
	}
	int64_t at = lseek(fd, 0, SEEK_CUR);

	if (!prepare(source)) {
		return false;
	}
	/* what stands before the place where reading begins, for is_cut() */
	if (at > 0) {
		ssize_t n = pread(fd, source->bytes, MARK < at ? MARK : (size_t) at, at - (MARK < at ? MARK : at));

		source->start = source->end = n > 0 ? (size_t) n : 0;
	}
	return true;
}

/* What was read last must still stand there: a file that was cut may have grown beyond its old end already. */
static bool is_cut(const struct fps_source *source, int64_t size, int64_t at)
{
	size_t len = source->end < MARK ? source->end : MARK;
	char there[MARK];

	return size < at
		|| (len
			&& (pread(source->fd, there, len, at - (int64_t) len) != (ssize_t) len
				|| memcmp(there, source->bytes + source->end - len, len) != 0));
}

bool fps_source_again(struct fps_source *source)
{
	struct stat status;
	int64_t at = lseek(source->fd, 0, SEEK_CUR);
	bool cut;

	source->ended = false;
	if (at < 0 || fstat(source->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		return false;
	}
	cut = is_cut(source, status.st_size, at);
	if (cut) {
		lseek(source->fd, 0, SEEK_SET);
		source->start = source->end = 0;
		source->line = 0;
	}
	source->limit = status.st_size;
	return cut;
}

static void clear_progress(struct fps_source *source)
{
	if (source->shown) {
		fputs("\r\033[K", stderr);
		source->shown = 0;
	}
}

static void show_progress(struct fps_source *source)
{
	int now = source->total ? (int) (gzoffset(source->file) * 100 / source->total) : 0;

	if (now > source->shown && now <= 100) {
		fputs("\rfpmsentinel: ", stderr);
		fps_page_print(stderr, source->name);
		fprintf(stderr, ": %d %%", now);
		source->shown = now;
	}
}

void fps_source_close(struct fps_source *source)
{
	clear_progress(source);
	if (source->complaints > SHOWN_COMPLAINTS) {
		fps_warn("%s: %llu more of these", source->name, (unsigned long long) source->complaints - SHOWN_COMPLAINTS);
	}
	if (source->file != NULL) {
		gzclose(source->file);
	}
	if (source->grows && source->fd >= 0) {
		close(source->fd);
	}
	free(source->bytes);
	source->file = NULL;
	source->bytes = NULL;
	source->fd = -1;
}

void fps_source_complain(struct fps_source *source, const char *what)
{
	if (source->complaints++ < SHOWN_COMPLAINTS) {
		clear_progress(source);
		fps_warn("%s:%llu: %s", source->name, (unsigned long long) source->first, what);
	}
}

/* What is there, but no more than up to the limit; nobody is waited for. */
static void fill_growing(struct fps_source *source, size_t room)
{
	struct pollfd ready = {.fd = source->fd, .events = POLLIN};
	ssize_t n = 0;

	if (source->limit >= 0) {
		int64_t left = source->limit - lseek(source->fd, 0, SEEK_CUR);

		room = left < (int64_t) room ? (size_t) (left > 0 ? left : 0) : room;
	} else if (poll(&ready, 1, 0) <= 0) {
		room = 0;
	}
	n = room ? read(source->fd, source->bytes + source->end, room) : 0;
	source->ended = n <= 0;
	source->over = room && n == 0 && source->limit < 0;
	if (n > 0) {
		source->end += (size_t) n;
	} else if (n < 0 && errno != EINTR && errno != EAGAIN) {
		source->failed = true;
		fps_warn("%s: %m", source->name);
	}
}

/* Reads on, behind what is there. */
static void fill(struct fps_source *source)
{
	int n, status;

	/* the last bytes stay where they are as long as there is room: they are what a file is known by */
	if (source->size - source->end < source->size / 2) {
		memmove(source->bytes, source->bytes + source->start, source->end - source->start);
		source->end -= source->start;
		source->start = 0;
	}
	if (source->grows) {
		fill_growing(source, source->size - source->end);
		return;
	}
	n = gzread(source->file, source->bytes + source->end, (unsigned) (source->size - source->end));
	if (n > 0) {
		source->end += (size_t) n;
		show_progress(source);
		return;
	}
	source->ended = true;
	/* A file that is cut short, as one that is being compressed, is Z_BUF_ERROR at its end */
	const char *why = gzerror(source->file, &status);

	if (n < 0 || (status != Z_OK && status != Z_STREAM_END)) {
		source->failed = true;
		clear_progress(source);
		fps_warn("%s, after line %llu: %s", source->name, (unsigned long long) source->line,
			status == Z_ERRNO ? strerror(errno) : why);
	}
}

/* Whether what is there up to `next` is all of an entry; then it is no use to look for the next one. */
static bool is_last(const struct fps_source *source, const struct fps_entries *entries, size_t next)
{
	struct fps_span entry = {source->bytes + source->start, next};

	return !source->grows || source->over || (source->start + next == source->end && entries->is_whole(entry));
}

bool fps_source_next(struct fps_source *source, const struct fps_entries *entries, struct fps_span *entry)
{
	size_t scanned = 0, length;
	uint64_t lines = 1;

	for (;;) {
		const char *from = source->bytes + source->start;
		size_t there = source->end - source->start;
		const char *newline = there > scanned ? memchr(from + scanned, '\n', there - scanned) : NULL;
		size_t next = newline ? (size_t) (newline - from) + 1 : there;

		if (newline == NULL && !source->ended && there < FPS_SOURCE_MAX_LINE) {
			scanned = there;
			fill(source);
			continue;
		}
		if (newline == NULL && (there == 0 || (source->grows && !source->over && there < FPS_SOURCE_MAX_LINE))) {
			return false;
		}
		if (newline != NULL && entries != NULL && next < MAX_ENTRY) {
			if (there - next < LOOK_AHEAD && !source->ended) {
				fill(source);
				continue;
			}
			if (there - next < LOOK_AHEAD && !is_last(source, entries, next)) {
				return false;
			}
			if (next < there && !entries->begins(from + next, there - next)) {
				lines++;
				scanned = next;
				continue;
			}
		}
		source->first = source->line + 1;
		source->line += lines;
		source->start += next;
		length = newline ? next - 1 : next;
		*entry = (struct fps_span) {from, length};
		return true;
	}
}
