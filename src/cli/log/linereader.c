/* Reads logs in large pieces through zlib, which passes uncompressed data through. */
#include "log/linereader.h"

#include "base/terminal.h"
#include "base/trusted.h"
#include "base/warn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	SIZE = FPS_LINEREADER_MAX_LINE * 2,
	PIECE = FPS_LINEREADER_MAX_LINE / 4,   /* how much to read at a time */
	BUFFER = FPS_LINEREADER_MAX_LINE / 16, /* zlib's; uncompressed data does not use it */
	SHOWN_COMPLAINTS = 3,
	PATIENCE = 5, /* seconds */
	HEAD = 4096,  /* how many bytes to look at first */
	MARK = 1024   /* how many bytes identify a file: some lines, whose ends may be alike */
};

static const int64_t LARGE = 100 << 20;

static bool prepare(struct fps_linereader *source)
{
	source->bytes = malloc(SIZE);
	if (source->bytes == NULL) {
		fps_warn("out of memory");
		fps_linereader_close(source);
	}
	return source->bytes != NULL;
}

static void no_handler(int number)
{
	(void) number;
}

/* Opening a FIFO blocks until somebody writes to it: waits for that, but not forever. */
static int open_fifo(const char *name)
{
	const struct sigaction interrupt = {.sa_handler = no_handler};
	const struct itimerval wait = {.it_value = {.tv_sec = PATIENCE}, .it_interval = {.tv_sec = 1}}, stop = {{0}, {0}};
	struct sigaction before;
	int fd, error;

	sigaction(SIGALRM, &interrupt, &before);
	setitimer(ITIMER_REAL, &wait, NULL);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	error = errno == EINTR ? ETIMEDOUT : errno;
	setitimer(ITIMER_REAL, &stop, NULL);
	sigaction(SIGALRM, &before, NULL);
	errno = error;
	return fd;
}

static int open_named(const char *name)
{
	struct stat status;

	return stat(name, &status) == 0 && S_ISFIFO(status.st_mode) ? open_fifo(name)
																: open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static int open_file(struct fps_linereader *source, const char *name, bool usual)
{
	int fd;

	if (strcmp(name, "-") == 0) {
		source->name = "standard input";
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	}
	fd = usual ? fps_trusted_open(name, FPS_TRUST_LOG, 0) : open_named(name);
	if (fd < 0 && errno == ETIMEDOUT) {
		fps_warn("%s: nobody has opened this FIFO to write to it for %d s", source->name, PATIENCE);
	} else if (fd < 0 && (!usual || errno != EPERM)) {
		fps_warn("%s: %s", source->name, strerror(errno));
	}
	return fd;
}

static bool begin(struct fps_linereader *source);

bool fps_linereader_open(struct fps_linereader *source, const char *name, bool usual)
{
	struct stat status;
	int fd;

	*source = (struct fps_linereader) {.name = name, .size = SIZE, .fd = -1, .newline = '\n'};
	fd = open_file(source, name, usual);
	if (fd < 0) {
		return false;
	}
	source->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	source->is_seekable = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && strcmp(name, "-") != 0;
	source->file = gzdopen(fd, "rb");
	if (source->file == NULL) {
		fps_warn("%s: out of memory", source->name);
		close(fd);
		fps_linereader_close(source);
		return false;
	}
	gzbuffer(source->file, BUFFER);
	if (isatty(STDERR_FILENO) && source->is_seekable && status.st_size > LARGE) {
		source->total = status.st_size;
	}
	return prepare(source) && begin(source);
}

bool fps_linereader_open_growing(struct fps_linereader *source, const char *name, int fd)
{
	char magic[8] = {0};
	ssize_t got = pread(fd, magic, sizeof(magic), 0);
	struct fps_span head = {magic, got > 0 ? (size_t) got : 0};

	*source =
		(struct fps_linereader) {.name = name, .size = SIZE, .fd = fd, .grows = true, .limit = -1, .newline = '\n'};
	if (fps_decompress_is_needed(head)) {
		fps_warn("%s: a compressed log can't be followed", name);
		fps_linereader_close(source);
		return false;
	}
	int64_t at = lseek(fd, 0, SEEK_CUR);

	if (!prepare(source)) {
		return false;
	}
	/* keeps what precedes the place where reading begins, for is_cut() */
	if (at > 0) {
		ssize_t n = pread(fd, source->bytes, MARK < at ? MARK : (size_t) at, at - (MARK < at ? MARK : at));

		source->start = source->end = n > 0 ? (size_t) n : 0;
	}
	return true;
}

/* The data read last must still be there: a file that was truncated may already have grown beyond its old end. */
static bool is_cut(const struct fps_linereader *source, int64_t size, int64_t at)
{
	size_t len = source->end < MARK ? source->end : MARK;
	char there[MARK];

	return size < at
		|| (len
			&& (pread(source->fd, there, len, at - (int64_t) len) != (ssize_t) len
				|| memcmp(there, source->bytes + source->end - len, len) != 0));
}

bool fps_linereader_again(struct fps_linereader *source)
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

static void clear_progress(struct fps_linereader *source)
{
	if (source->shown) {
		fputs("\r\033[K", stderr);
		source->shown = 0;
	}
}

static void show_progress(struct fps_linereader *source)
{
	int now = source->total ? (int) (gzoffset(source->file) * 100 / source->total) : 0;

	if (now > source->shown && now <= 100) {
		fputs("\rfpmsentinel: ", stderr);
		fps_terminal_print(stderr, source->name);
		fprintf(stderr, ": %d %%", now);
		source->shown = now;
	}
}

void fps_linereader_close(struct fps_linereader *source)
{
	clear_progress(source);
	if (source->complaints > SHOWN_COMPLAINTS) {
		fps_warn("%s: %llu more of these", source->name, (unsigned long long) source->complaints - SHOWN_COMPLAINTS);
	}
	if (source->file != NULL) {
		gzclose(source->file);
	}
	if (source->fd >= 0) {
		close(source->fd);
	}
	if (source->child > 0) {
		source->failed |= !fps_decompress_end(source->by, source->name, source->child);
		source->child = 0;
	}
	free(source->bytes);
	source->file = NULL;
	source->bytes = NULL;
	source->fd = -1;
}

void fps_linereader_complain(struct fps_linereader *source, uint64_t line, const char *what)
{
	if (source->complaints++ < SHOWN_COMPLAINTS) {
		clear_progress(source);
		fps_warn("%s:%llu: %s", source->name, (unsigned long long) line, what);
	}
}

/* Reads what is there, up to the limit, without waiting for anybody. */
static void fill_growing(struct fps_linereader *source, size_t room)
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

/* Converts the UTF-16 at `from` to UTF-8 at the buffer's end. Surrogates without a partner become U+FFFD. */
static void decode(struct fps_linereader *source, const unsigned char *from, size_t len)
{
	size_t high = source->encoding == FPS_ENCODING_UTF16_LE;

	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t unit = (uint32_t) (from[i + high] << 8 | from[i + !high]);

		if (unit >= 0xd800 && unit < 0xdc00 && i + 3 < len) {
			uint32_t low = (uint32_t) (from[i + 2 + high] << 8 | from[i + 2 + !high]);

			unit = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
			i += unit >= 0x10000 ? 2 : 0;
		} else if (unit >= 0xd800 && unit < 0xe000) {
			unit = 0xfffd;
		}
		if (unit != 0xfeff) {
			source->end += fps_span_put_character(unit, source->bytes + source->end);
		}
	}
}

/* Reads the next bytes of the file, unconverted. Returns how many. Reports errors. */
static size_t read_bytes(struct fps_linereader *source, char *to, size_t room)
{
	int n = gzread(source->file, to, (unsigned) room), status;

	if (n > 0) {
		show_progress(source);
		return (size_t) n;
	}
	source->ended = true;
	/* A file that is cut short, as one that is being compressed, is Z_BUF_ERROR at its end */
	const char *why = gzerror(source->file, &status), *behind_name = strstr(why, ": ");

	if (n < 0 || (status != Z_OK && status != Z_STREAM_END)) {
		source->failed = true;
		clear_progress(source);
		fps_warn("%s, after line %llu: %s", source->name, (unsigned long long) source->line,
			status == Z_ERRNO ? strerror(errno)
				: behind_name ? behind_name + 2
							  : why);
	}
	return 0;
}

static void fill_utf16(struct fps_linereader *source, size_t room)
{
	unsigned char raw[8192];
	size_t len = read_bytes(source, (char *) raw, room / 2 < sizeof(raw) ? room / 4 * 2 : sizeof(raw));

	if (len % 2 && !source->ended) { /* the other half of the last unit */
		len += read_bytes(source, (char *) raw + len, 1);
	}
	decode(source, raw, len);
}

/* Reads more, after what is there. */
static void fill(struct fps_linereader *source)
{
	source->fills++;
	/*
	 * keeps the last bytes of a growing log, which identify it, as long as there is room; otherwise reuses the buffer's
	 * start, which is in the cache
	 */
	if (!source->grows || source->size - source->end < source->size / 2) {
		memmove(source->bytes, source->bytes + source->start, source->end - source->start);
		source->end -= source->start;
		source->start = 0;
	}
	size_t room = source->size - source->end;

	if (source->grows) {
		fill_growing(source, room);
		return;
	}
	room = room < PIECE ? room : PIECE;
	if (source->encoding != FPS_ENCODING_BYTES) {
		fill_utf16(source, room);
	} else {
		source->end += read_bytes(source, source->bytes + source->end, room);
	}
}

static size_t count_zeros(const char *at, size_t len)
{
	size_t count = 0;

	/* compared with itself one byte on, for it may be all there is of gigabytes */
	if (len && *at == '\0' && memcmp(at, at + 1, len - 1) == 0) {
		return len;
	}
	while (count < len && at[count] == '\0') {
		count++;
	}
	return count;
}

/* By its byte order mark, or by the zero bytes of its first letters, which may stand behind the zero bytes of a hole.
 */
static enum fps_encoding encoding_of(struct fps_span head)
{
	size_t zeros = count_zeros(head.at, head.len) & ~(size_t) 1;
	const unsigned char *at = (const unsigned char *) head.at + zeros;

	if (head.len < zeros + 4) {
		return FPS_ENCODING_BYTES;
	}
	if ((at[0] == 0xff && at[1] == 0xfe) || (at[0] && !at[1] && at[2] && !at[3])) {
		return FPS_ENCODING_UTF16_LE;
	}
	return (at[0] == 0xfe && at[1] == 0xff) || (!at[0] && at[1] && !at[2] && at[3]) ? FPS_ENCODING_UTF16_BE
																					: FPS_ENCODING_BYTES;
}

/* Whether its lines end in carriage returns alone, as what a terminal has been pasted from may have them. */
static bool ends_in_returns(struct fps_span head)
{
	return head.len && memchr(head.at, '\n', head.len) == NULL && memchr(head.at, '\r', head.len - 1) != NULL;
}

/* Begins again, behind the program that decompresses it. */
static bool decompress(struct fps_linereader *source)
{
	int out = fps_decompress_start(source->by, source->fd, source->name, &source->child);

	if (out < 0) {
		return false;
	}
	gzclose(source->file);
	source->file = gzdopen(out, "rb");
	source->start = source->end = 0;
	source->total = 0;
	source->ended = false;
	return source->file != NULL;
}

/*
 * A log that was copied and truncated, while its writer kept its offset, begins with a hole. `head`: what has been read
 * of an uncompressed file.
 */
static void skip_hole(struct fps_linereader *source, struct fps_span head)
{
	off_t data = head.len && count_zeros(head.at, head.len) == head.len ? lseek(source->fd, 0, SEEK_DATA) : 0;
	int fd;

	if (data < 0 && errno == ENXIO) { /* there is nothing else */
		data = lseek(source->fd, 0, SEEK_END);
	}
	fd = data > (off_t) head.len ? fcntl(source->fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd < 0) {
		return;
	}
	gzclose(source->file);
	lseek(fd, data, SEEK_SET);
	source->file = gzdopen(fd, "rb");
	source->start = source->end = 0;
	source->zeros = (uint64_t) data;
	source->ended = source->file == NULL;
}

/* Determines the kind of file from its first bytes. */
static bool begin(struct fps_linereader *source)
{
	source->end = read_bytes(source, source->bytes, HEAD);
	struct fps_span head = {source->bytes, source->end};

	source->by = fps_decompress_by(head);
	if (source->by != NULL) {
		if (!decompress(source)) {
			fps_linereader_close(source);
			return false;
		}
		source->end = head.len = read_bytes(source, source->bytes, HEAD);
	}
	if (fps_decompress_is_archive(head, source->name)) {
		fps_linereader_close(source);
		return false;
	}
	if (source->is_seekable && source->by == NULL && gzdirect(source->file)) {
		skip_hole(source, head);
	}
	while (!source->ended && count_zeros(source->bytes, source->end) == source->end) {
		source->zeros += source->end;
		source->end = read_bytes(source, source->bytes, HEAD);
	}
	head = (struct fps_span) {source->bytes, source->end};
	source->encoding = encoding_of(head);
	source->newline = source->encoding == FPS_ENCODING_BYTES && ends_in_returns(head) ? '\r' : '\n';
	if (source->encoding != FPS_ENCODING_BYTES && head.len > 0) {
		unsigned char *raw = malloc(head.len);

		if (raw != NULL) {
			memcpy(raw, head.at, head.len);
			source->end = 0;
			decode(source, raw, head.len);
			free(raw);
		}
	}
	return true;
}

/* The newline of the first line that has not been returned; NULL if it is not there yet. */
static const char *find_newline(struct fps_linereader *source)
{
	size_t scanned = 0;

	for (;;) {
		const char *from = source->bytes + source->start;
		size_t there = source->end - source->start;
		const char *newline = there > scanned ? memchr(from + scanned, source->newline, there - scanned) : NULL;

		if (newline || source->ended || there >= FPS_LINEREADER_MAX_LINE) {
			return newline;
		}
		scanned = there;
		fill(source);
	}
}

/* At the beginning of a line they are not part of it. */
static void skip_zeros(struct fps_linereader *source)
{
	for (;;) {
		size_t count = count_zeros(source->bytes + source->start, source->end - source->start);

		source->start += count;
		source->zeros += count;
		if (source->start < source->end || source->ended) {
			break;
		}
		fill(source);
	}
}

bool fps_linereader_line(struct fps_linereader *source, struct fps_span *line)
{
	const char *newline, *from;
	size_t there;

	skip_zeros(source);
	newline = find_newline(source);
	from = source->bytes + source->start;
	there = source->end - source->start;
	/* the rest of a growing log's line may still come */
	if (newline == NULL && (there == 0 || (source->grows && !source->over && there < FPS_LINEREADER_MAX_LINE))) {
		return false;
	}
	*line = (struct fps_span) {from, newline ? (size_t) (newline - from) : there};
	line->len -= line->len && from[line->len - 1] == '\r';
	source->start += newline ? (size_t) (newline - from) + 1 : there;
	source->line++;
	return true;
}
