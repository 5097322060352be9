/* Whole files. */
#include "base/readfile.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIZE = 64 << 20, PIECE = 65536 };

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
