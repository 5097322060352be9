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
	{"\x28\xb5\x2f\xfd", 4, {"zstd", "-dcq", NULL}}, {"BZh", 3, {"bzip2", "-dc", NULL}},
	{"\x04\x22\x4d\x18", 4, {"lz4", "-dc", NULL}}, {"\x5d\0\0", 3, {"xz", "-dc", NULL}}, /* .lzma */
	{"LZIP", 4, {"lzip", "-dc", NULL}}, {"\x1f\x9d", 2, {"gzip", "-dc", NULL}},          /* .Z */
};

/* What holds logs in a way that is not taken, and what to do about it. */
static const struct {
	const char *magic;
	const char *what, *instead;
} others[] = {
	{"PK\x03\x04", "a zip archive", "unpack it, and name the logs or their folder"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, and name the logs or their folder"},
	{"Rar!\x1a\x07", "a rar archive", "unpack it, and name the logs or their folder"},
	{"LPKSHHRH", "a journal of systemd's", "give what journalctl -o json --file prints of it"},
	{"SQLite format 3", "a database of SQLite's", "give the logs as text"},
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

/* In quoted-printable its lines are broken, and some characters replaced; in base64 all of them are. */
static bool is_encoded_mail(struct fps_span head)
{
	struct fps_span before;

	while (fps_span_take(&head, "\nContent-Transfer-Encoding: ", &before)) {
		if (fps_span_begins(head, "quoted-printable") || fps_span_begins(head, "base64")) {
			return true;
		}
	}
	return false;
}

bool fps_decompress_is_archive(struct fps_span head, const char *name)
{
	if (is_encoded_mail(head)) {
		fps_warn("%s is a mail as it is sent, encoded: save its text or its attachment, and name that", name);
		return true;
	}
	if (head.len > 262 && memcmp(head.at + 257, "ustar", 5) == 0) {
		fps_warn("%s is a tar archive: unpack it, and name the logs or their folder", name);
		return true;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (fps_span_begins(head, others[i].magic)) {
			fps_warn("%s is %s: %s", name, others[i].what, others[i].instead);
			return true;
		}
	}
	return false;
}
