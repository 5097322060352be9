/* The files in the directory of black boxes, whoever created them. */
#include "coroner/boxdir.h"

#include "coroner/boxfile.h"
#include "coroner/channel.h"
#include "coroner/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char header_prefix[] = FPS_BOXDIR_HEADER, slot_prefix[] = FPS_BOXDIR_SLOT;

void fps_boxdir_name_header(char name[FPS_BOXDIR_NAME], const char *generation)
{
	snprintf(name, FPS_BOXDIR_NAME, "%s%s", header_prefix, generation);
}

/* Parses a decimal number as "%u" prints it. Returns its end, NULL if it is not one. */
static const char *read_number(const char *at, uint32_t *number)
{
	const char *digits = at;
	uint64_t value = 0;

	while (*at >= '0' && *at <= '9' && at - digits < 10) {
		value = value * 10 + (uint64_t) (*at++ - '0');
	}
	*number = (uint32_t) value;
	return at > digits && value <= UINT32_MAX && (digits[0] != '0' || at - digits == 1) ? at : NULL;
}

/* Parses a generation as fps_boxfile_open() names it. Returns its end, NULL if it is not one. */
static const char *read_generation(const char *at, char generation[FPS_BOXDIR_GENERATION])
{
	const char *end = at + strspn(at, "0123456789abcdef");
	uint32_t pid;

	end = end - at == 16 && *end == '-' ? read_number(end + 1, &pid) : NULL;
	if (end) {
		memcpy(generation, at, (size_t) (end - at));
		generation[end - at] = '\0';
	}
	return end;
}

/* False if the name does not begin like ours. */
static bool classify(struct fps_boxdir_entry *entry)
{
	bool is_slot = strncmp(entry->name, slot_prefix, sizeof slot_prefix - 1) == 0;
	const char *at = entry->name + (is_slot ? sizeof slot_prefix : sizeof header_prefix) - 1;

	if (!is_slot && strncmp(entry->name, header_prefix, sizeof header_prefix - 1) != 0) {
		return false;
	}
	at = read_generation(at, entry->generation);
	if (at && is_slot) {
		at = *at == '-' ? read_number(at + 1, &entry->number) : NULL;
	}
	entry->kind = !at || *at ? FPS_BOXDIR_IS_ODD : is_slot ? FPS_BOXDIR_IS_SLOT : FPS_BOXDIR_IS_HEADER;
	return true;
}

/* Reads the kernel's list: libc's directory functions would allocate. */
bool fps_boxdir_each(void (*take)(const struct fps_boxdir_entry *entry))
{
	struct listed {
		uint64_t inode, offset;
		uint16_t len;
		uint8_t type;
		char name[];
	};
	_Alignas(struct listed) char list[4096];
	int directory = openat(fps_boxfile_directory(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long len;

	while ((len = syscall(SYS_getdents64, directory, list, sizeof list)) > 0) {
		for (long at = 0; at < len;) {
			const struct listed *listed = (const struct listed *) (const void *) (list + at);
			struct fps_boxdir_entry entry = {.name = listed->name};

			at += listed->len;
			if (classify(&entry)) {
				take(&entry);
			}
		}
	}
	fps_process_close(&directory);
	return len == 0;
}

static bool is_ours(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_uid == geteuid() && !(status->st_mode & 077) && status->st_nlink == 1;
}

/*
 * Checks the file before opening it: opening a device may have effects, and closing another name of our own header
 * would drop its lock.
 */
int fps_boxdir_open(const struct fps_boxdir_entry *entry)
{
	struct stat status;

	if (fstatat(fps_boxfile_directory(), entry->name, &status, AT_SYMLINK_NOFOLLOW) == -1) {
		return -1;
	}
	if (!is_ours(&status)) {
		errno = EPERM;
		return -1;
	}
	return openat(fps_boxfile_directory(), entry->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool fps_boxdir_has_header(const struct fps_boxdir_entry *slot)
{
	char name[FPS_BOXDIR_NAME];
	struct stat status;

	fps_boxdir_name_header(name, slot->generation);
	return fstatat(fps_boxfile_directory(), name, &status, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

bool fps_boxdir_remove_file(const char *name)
{
	struct stat status;

	return fstatat(fps_boxfile_directory(), name, &status, AT_SYMLINK_NOFOLLOW) == 0 && is_ours(&status)
		&& unlinkat(fps_boxfile_directory(), name, 0) == 0;
}

static struct {
	const char *generation;
	bool found, failed;
} removal;

static void remove_slot_entry(const struct fps_boxdir_entry *entry)
{
	struct stat status;

	if (entry->kind != FPS_BOXDIR_IS_SLOT || strcmp(entry->generation, removal.generation) != 0
		|| fstatat(fps_boxfile_directory(), entry->name, &status, AT_SYMLINK_NOFOLLOW) == -1 || !is_ours(&status)) {
		return;
	}
	removal.found = true;
	removal.failed = removal.failed || unlinkat(fps_boxfile_directory(), entry->name, 0) == -1;
}

/* Repeats until nothing is found: what a file system lists of a directory that is being emptied is undefined. */
void fps_boxdir_remove(const char *generation)
{
	char name[FPS_BOXDIR_NAME];

	removal.generation = generation;
	removal.failed = false;
	do {
		removal.found = false;
		removal.failed = !fps_boxdir_each(remove_slot_entry) || removal.failed;
	} while (removal.found && !removal.failed);
	if (!removal.failed) { /* otherwise a later start has to find it */
		fps_boxdir_name_header(name, generation);
		fps_boxdir_remove_file(name);
	}
}
