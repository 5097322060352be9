/* Logs, read in large pieces: zlib gives what is not compressed as it is. */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SIZE = FPS_SOURCE_MAX_LINE * 2,
	LOOK_AHEAD = 32,                      /* as much of a line as `begins` may want to see */
	MAX_ENTRY = FPS_SOURCE_MAX_LINE / 16, /* 64 KiB; nginx cuts an entry at 2,048 bytes: more than this is no entry */
	BUFFER = FPS_SOURCE_MAX_LINE / 4      /* zlib's */
};

bool fps_source_open(struct fps_source *source, const char *name)
{
	*source = (struct fps_source) {.name = name, .size = SIZE};
	if (strcmp(name, "-") == 0) {
		source->name = "standard input";
		source->file = gzdopen(dup(STDIN_FILENO), "rb");
	} else {
		source->file = gzopen(name, "rb");
	}
	if (source->file == NULL) {
		fprintf(stderr, "fpmsentinel: %s: %s\n", source->name, errno ? strerror(errno) : "out of memory");
		return false;
	}
	gzbuffer(source->file, BUFFER);
	source->bytes = malloc(SIZE);
	if (source->bytes == NULL) {
		fprintf(stderr, "fpmsentinel: out of memory\n");
		fps_source_close(source);
		return false;
	}
	return true;
}

void fps_source_close(struct fps_source *source)
{
	if (source->file != NULL) {
		gzclose(source->file);
	}
	free(source->bytes);
	source->file = NULL;
	source->bytes = NULL;
}

/* Reads on, behind what is there. */
static void fill(struct fps_source *source)
{
	int n, status;

	if (source->start > 0) {
		memmove(source->bytes, source->bytes + source->start, source->end - source->start);
		source->end -= source->start;
		source->start = 0;
	}
	n = gzread(source->file, source->bytes + source->end, (unsigned) (source->size - source->end));
	if (n > 0) {
		source->end += (size_t) n;
		return;
	}
	source->ended = true;
	/* A file that is cut short, as one that is being compressed, is Z_BUF_ERROR at its end */
	const char *why = gzerror(source->file, &status);

	if (n < 0 || (status != Z_OK && status != Z_STREAM_END)) {
		source->failed = true;
		fprintf(stderr, "fpmsentinel: %s, after line %llu: %s\n", source->name, (unsigned long long) source->line,
			status == Z_ERRNO ? strerror(errno) : why);
	}
}

bool fps_source_next(struct fps_source *source, bool (*begins)(const char *line, size_t len), struct fps_span *entry)
{
	size_t scanned = 0, length;

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
		if (newline == NULL && there == 0) {
			return false;
		}
		if (newline != NULL && begins != NULL && next < MAX_ENTRY) {
			if (there - next < LOOK_AHEAD && !source->ended) {
				fill(source);
				continue;
			}
			if (next < there && !begins(from + next, there - next)) {
				source->line++;
				scanned = next;
				continue;
			}
		}
		source->line++;
		source->start += next;
		length = newline ? next - 1 : next;
		*entry = (struct fps_span) {from, length};
		return true;
	}
}
