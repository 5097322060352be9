/* Runs programs that decompress, and recognises archives. */
#include "log/decompress.h"

#include "base/run.h"
#include "base/warn.h"

#include <string.h>
#include <unistd.h>

static const struct fps_decompressor {
	const char *magic;
	size_t len;
	const char *arguments[4];
} decompressors[] = {
	{"\xfd"
	 "7zXZ",
		5, {"xz", "-dc", NULL}},
	{"\x28\xb5\x2f\xfd", 4, {"zstd", "-dcq", NULL}},
	{"BZh", 3, {"bzip2", "-dc", NULL}},
	{"\x04\x22\x4d\x18", 4, {"lz4", "-dc", NULL}},
};

const struct fps_decompressor *fps_decompress_by(struct fps_span head)
{
	for (size_t i = 0; i < sizeof(decompressors) / sizeof(decompressors[0]); i++) {
		const struct fps_decompressor *by = &decompressors[i];

		if (head.len >= by->len && memcmp(head.at, by->magic, by->len) == 0) {
			return by;
		}
	}
	return NULL;
}

bool fps_decompress_is_needed(struct fps_span head)
{
	return fps_span_begins(head, "\x1f\x8b") || fps_decompress_by(head);
}

int fps_decompress_start(const struct fps_decompressor *by, int fd, const char *name, pid_t *child)
{
	const char *program = by->arguments[0];
	int out;

	if (lseek(fd, 0, SEEK_SET) != 0) {
		fps_warn("%s is compressed by %s: decompress it on the way, as with %s -dc", name, program, program);
		return -1;
	}
	out = fps_run_filter(by->arguments, fd, child);
	if (out < 0) {
		*child = 0;
		fps_warn("%s is compressed by %s, which is not installed: install it, or decompress the file elsewhere", name,
			program);
	}
	return out;
}

bool fps_decompress_end(const struct fps_decompressor *by, const char *name, pid_t child)
{
	if (fps_run_filter_end(child) == 0) {
		return true;
	}
	fps_warn("%s: not all of it could be decompressed by %s", name, by->arguments[0]);
	return false;
}

bool fps_decompress_is_archive(struct fps_span head, const char *name)
{
	const char *kind = head.len > 262 && memcmp(head.at + 257, "ustar", 5) == 0 ? "tar"
		: fps_span_begins(head, "PK\x03\x04")                                   ? "zip"
																				: NULL;

	if (kind != NULL) {
		fps_warn("%s is a %s archive: unpack it, and name the logs or their folder", name, kind);
	}
	return kind != NULL;
}
