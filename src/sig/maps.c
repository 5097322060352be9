/* /proc/self/maps: `7f10a2b3c000-7f10a2b5e000 r-xp 00001000 08:01 1234   /usr/lib/x86_64-linux-gnu/libc.so.6` */
#include "sig/maps.h"

#include "record/buf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A line is as long as the path in it, and the kernel gives whole lines as long as they fit into a page. */
#define MAX_LINE 4096

static const char deleted[] = " (deleted)";

static uint64_t take_hex(const char **at)
{
	uint64_t value = 0;

	for (;; ++*at) {
		if (**at >= '0' && **at <= '9') {
			value = value << 4 | (uint64_t) (**at - '0');
		} else if (**at >= 'a' && **at <= 'f') {
			value = value << 4 | (uint64_t) (**at - 'a' + 10);
		} else {
			return value;
		}
	}
}

static void take_file(struct fps_sig_mapping *mapping, const char *path)
{
	size_t len = strlen(path), mark = sizeof deleted - 1;

	mapping->deleted = len > mark && strcmp(path + len - mark, deleted) == 0;
	len -= mapping->deleted ? mark : 0;
	if (path[0] != '/') {
		len = 0; /* "[heap]", "[stack]" or nothing */
	}
	if (len >= sizeof mapping->file) {
		len = sizeof mapping->file - 1;
	}
	memcpy(mapping->file, path, len);
	mapping->file[len] = '\0';
}

/* A line without its newline; an invalid one is empty and ends nowhere. */
static void parse(struct fps_sig_mapping *mapping, const char *at)
{
	uint64_t major, minor;

	*mapping = (struct fps_sig_mapping) {.start = take_hex(&at)};
	at += *at == '-';
	mapping->end = take_hex(&at);
	if (strnlen(at, sizeof " r-xp ") < sizeof " r-xp " - 1) {
		mapping->end = 0;
		return;
	}
	mapping->executable = at[3] == 'x';
	mapping->shared = at[4] == 's';
	at += sizeof " r-xp " - 1;
	mapping->offset = take_hex(&at);
	at += *at == ' ';
	major = take_hex(&at);
	at += *at == ':';
	minor = take_hex(&at);
	mapping->device = makedev(major, minor);
	at += *at == ' ';
	at += strspn(at, "0123456789"); /* the inode */
	take_file(mapping, at + strspn(at, " "));
}

/* Of the whole lines that are in the buffer; true once the one of the address, or where it would be, has been found. */
static bool search(char *buffer, size_t *len, uintptr_t address, struct fps_sig_mapping *mapping)
{
	char *line = buffer, *newline;

	while ((newline = memchr(line, '\n', *len - (size_t) (line - buffer)))) {
		*newline = '\0';
		parse(mapping, line);
		if (address < mapping->end) {
			return true;
		}
		line = newline + 1;
	}
	*len -= (size_t) (line - buffer);
	memmove(buffer, line, *len);
	return false;
}

bool fps_sig_maps_above(uintptr_t address, struct fps_sig_mapping *mapping)
{
	static char buffer[2 * MAX_LINE]; /* static: a handler's stack is small, and one thread dies at a time */
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t more = 0;
	bool found = false;

	while (fd >= 0 && !found && len < sizeof buffer && (more = read(fd, buffer + len, sizeof buffer - len)) > 0) {
		len += (size_t) more;
		found = search(buffer, &len, address, mapping);
	}
	if (fd >= 0) {
		close(fd);
	}
	return found;
}

bool fps_sig_maps_find(uintptr_t address, struct fps_sig_mapping *mapping)
{
	return fps_sig_maps_above(address, mapping) && address >= mapping->start;
}

/* Where the file is, or was: that the path leads there is known by the device. */
static bool is_in_directory(const struct fps_sig_mapping *mapping, char directory[sizeof mapping->file])
{
	struct stat status;
	const char *slash = strrchr(mapping->file, '/');
	size_t len = slash == mapping->file ? 1 : (size_t) (slash - mapping->file);

	memcpy(directory, mapping->file, len);
	directory[len] = '\0';
	return stat(directory, &status) == 0 && status.st_dev == mapping->device;
}

bool fps_sig_maps_fill(
	struct fps_draft *draft, uintptr_t address, bool with_space, struct fps_sig_mapping *mapping, uint64_t *size)
{
	char directory[sizeof mapping->file];
	struct statfs space;
	struct stat status;

	*size = UINT64_MAX;
	if (!fps_sig_maps_find(address, mapping) || !mapping->file[0]) {
		return false;
	}
	fps_sig_buf_copy(draft->mapping_file, sizeof draft->mapping_file, mapping->file);
	if (!with_space) {
		return true;
	}
	if (!mapping->deleted && stat(mapping->file, &status) == 0 && S_ISREG(status.st_mode)) {
		*size = (uint64_t) status.st_size;
		fps_sig_buf_copy(directory, sizeof directory, mapping->file);
	} else if (!is_in_directory(mapping, directory)) {
		return true;
	}
	if (statfs(directory, &space) == 0) {
		draft->has_mapping_free = true;
		draft->mapping_free = (uint64_t) space.f_bavail * (uint64_t) space.f_bsize;
	}
	return true;
}
