/* Whole files. */
#include "base/readfile.h"

#include "base/alloc.h"
#include "base/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIZE = 64 << 20, PIECE = 65536, MAX_END = 8 << 20 };

bool fps_readfile_piece(struct fps_readfile_stream *stream)
{
	ssize_t got;

	if (stream->len + PIECE > stream->size) {
		stream->size = stream->size * 2 + PIECE;
		stream->text = fps_alloc_resize(stream->text, stream->size, 1);
	}
	do {
		got = read(stream->fd, stream->text + stream->len, PIECE - 1);
	} while (got == -1 && errno == EINTR);
	if (got <= 0) {
		close(stream->fd);
		stream->fd = -1;
	}
	stream->len += got > 0 ? (size_t) got : 0;
	stream->text[stream->len] = '\0';
	return stream->len <= MAX_SIZE;
}

char *fps_readfile(const char *name, size_t *len)
{
	bool given = strcmp(name, "-") == 0;
	struct fps_readfile_stream stream = {.fd = given ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
	int error = errno;
	char probe;

	if (stream.fd >= 0 && !given && read(stream.fd, &probe, 0) == -1) { /* a directory */
		error = errno;
		close(stream.fd);
		stream.fd = -1;
	}
	errno = error;
	return stream.fd < 0 ? NULL : fps_readfile_open(stream.fd, len);
}

char *fps_readfile_open(int fd, size_t *len)
{
	struct fps_readfile_stream stream = {.fd = fd};

	while (stream.fd >= 0) {
		if (!fps_readfile_piece(&stream)) {
			close(stream.fd);
			free(stream.text);
			errno = EFBIG;
			return NULL;
		}
	}
	*len = stream.len;
	return stream.text;
}

char *fps_readfile_end(const char *name, size_t *len)
{
	struct fps_readfile_stream stream = {.fd = fps_trusted_open(name, FPS_TRUST_LOG, 0)};
	struct stat stat;
	struct fps_span text, first;

	if (stream.fd < 0) {
		return NULL;
	}
	if (fstat(stream.fd, &stat) == -1) {
		stat.st_size = 0;
	}
	bool cut = stat.st_size > MAX_END && lseek(stream.fd, -(off_t) MAX_END, SEEK_END) > 0;

	while (stream.fd >= 0 && fps_readfile_piece(&stream)) {
	}
	if (stream.fd >= 0) {
		close(stream.fd);
	}
	text = (struct fps_span) {stream.text, stream.len};
	if (cut && fps_span_take(&text, "\n", &first)) { /* the rest of a line */
		memmove(stream.text, text.at, text.len);
		stream.text[text.len] = '\0';
		stream.len = text.len;
	}
	*len = stream.len;
	return stream.text;
}
