/* Files with debug information, by build id. */
#include "native/debugfile.h"

#include "base/environment.h"
#include "base/trusted.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest file that is looked into: one of nothing but holes must not be read for hours. */
static const off_t MAX_FILE = (off_t) 4 << 30;

static const char usual[] = "/usr/lib/debug";

/*
 * Also what the caller has named is only looked at until it is known for a regular file: to open a FIFO or a device has
 * effects of its own.
 */
static int open_regular(const char *path, bool named)
{
	char *real = named ? realpath(path, NULL) : NULL;
	int fd = named && real == NULL
		? -1
		: fps_trusted_open(named ? real : path, named ? FPS_TRUST_ANYBODY : FPS_TRUST_ROOT, 0);
	struct stat status;

	free(real);
	if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_size == 0 || status.st_size > MAX_FILE)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void close_part(struct fps_debugfile_part *part)
{
	dwarf_end(part->dwarf);
	elf_end(part->elf);
	if (part->fd >= 0) {
		close(part->fd);
	}
	part->fd = -1;
	part->elf = NULL;
	part->dwarf = NULL;
}

/* Takes the descriptor. False, and nothing stays open, if it is no ELF file of that build id with debug information. */
static bool use(struct fps_debugfile_part *part, int fd, const struct fps_build_id *wanted)
{
	const void *build_id;
	ssize_t len;

	part->fd = fd;
	if (fd >= 0) {
		elf_version(EV_CURRENT);
		/* without a mapping, which would raise SIGBUS were the file cut short meanwhile */
		part->elf = elf_begin(fd, ELF_C_READ, NULL);
		len = part->elf ? dwelf_elf_gnu_build_id(part->elf, &build_id) : -1;
		if (len > 0 && (size_t) len == wanted->len && memcmp(build_id, wanted->bytes, wanted->len) == 0) {
			part->dwarf = dwarf_begin_elf(part->elf, DWARF_C_READ, NULL);
		}
	}
	if (part->dwarf == NULL) {
		close_part(part);
	}
	return part->dwarf != NULL;
}

static bool use_path(struct fps_debugfile_part *part, const char *path, bool named, const struct fps_build_id *wanted)
{
	part->named = named;
	return (size_t) snprintf(part->path, sizeof(part->path), "%s", path) < sizeof(part->path)
		&& use(part, open_regular(path, named), wanted);
}

static bool use_directory(struct fps_debugfile_part *part, const char *directory, const struct fps_build_id *wanted)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/.build-id/%02x/", directory ? directory : usual, wanted->bytes[0]);

	for (size_t i = 1; i < wanted->len && len > 0 && (size_t) len < sizeof(path); i++) {
		len += snprintf(path + len, sizeof(path) - (size_t) len, "%02x", wanted->bytes[i]);
	}
	if (len > 0 && (size_t) len < sizeof(path)) {
		len += snprintf(path + len, sizeof(path) - (size_t) len, ".debug");
	}
	return len > 0 && (size_t) len < sizeof(path) && use_path(part, path, directory != NULL, wanted);
}

static int find_no_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, char **path, Elf **elf)
{
	(void) module, (void) userdata, (void) name, (void) base, (void) path, (void) elf;
	return -1;
}

/*
 * libdwfl knows how to ask a server, if it is asked about a module: so here is one that has no more than the build id.
 */
static bool use_server(struct fps_debugfile_part *part, const struct fps_build_id *wanted)
{
	static const Dwfl_Callbacks callbacks = {.find_elf = find_no_elf, .find_debuginfo = dwfl_standard_find_debuginfo};
	const char *servers = getenv("DEBUGINFOD_URLS");
	char *path = NULL;
	Dwfl_Module *module;
	Dwfl *dwfl;
	int fd = -1;

	if (servers == NULL || *servers == '\0' || !fps_environment_has_cache()
		|| (dwfl = dwfl_begin(&callbacks)) == NULL) {
		return false;
	}
	module = dwfl_report_module(dwfl, "module", 0x1000, 0x2000);
	if (module != NULL && dwfl_module_report_build_id(module, wanted->bytes, wanted->len, 0) == 0) {
		fd = dwfl_standard_find_debuginfo(module, NULL, NULL, 0, NULL, NULL, 0, &path);
	}
	free(path);
	dwfl_end(dwfl);
	part->path[0] = '\0';
	return use(part, fd, wanted);
}

/* A name in a file is relative to that file; /usr/lib/debug is wherever the directory is. */
static bool use_supplement_path(
	struct fps_debugfile *file, const char *directory, const char *name, const struct fps_build_id *wanted)
{
	char path[PATH_MAX + 1], *real = NULL, *slash = NULL;
	bool named = false;
	int len = -1;

	if (strncmp(name, usual, strlen(usual)) == 0 && name[strlen(usual)] == '/') {
		len = snprintf(path, sizeof(path), "%s%s", directory ? directory : usual, name + strlen(usual));
		named = directory != NULL;
	} else if (name[0] == '/') {
		len = snprintf(path, sizeof(path), "%s", name);
	} else if ((real = realpath(file->main.path, NULL)) != NULL && (slash = strrchr(real, '/')) != NULL) {
		len = snprintf(path, sizeof(path), "%.*s/%s", (int) (slash - real), real, name);
		named = file->main.named;
	}
	free(real);
	return len > 0 && (size_t) len < sizeof(path) && use_path(&file->supplement, path, named, wanted);
}

/* What libdw would otherwise open by itself, whatever it is. */
static bool has_supplement(struct fps_debugfile *file, const char *directory)
{
	struct fps_build_id wanted;
	const void *build_id;
	const char *name;
	ssize_t len = dwelf_dwarf_gnu_debugaltlink(file->main.dwarf, &name, &build_id);

	if (len == 0) {
		return true; /* it needs none */
	}
	if (len < 0 || len > FPS_BUILD_ID_MAX) {
		return false;
	}
	wanted.len = (size_t) len;
	memcpy(wanted.bytes, build_id, wanted.len);
	if (!use_supplement_path(file, directory, name, &wanted) && !use_directory(&file->supplement, directory, &wanted)
		&& !use_server(&file->supplement, &wanted)) {
		return false;
	}
	dwarf_setalt(file->main.dwarf, file->supplement.dwarf);
	return true;
}

void fps_debugfile_open(
	struct fps_debugfile *file, const struct fps_build_id *wanted, const char *directory, const char *module)
{
	file->main = file->supplement = (struct fps_debugfile_part) {.fd = -1};
	if ((use_directory(&file->main, directory, wanted)
			|| (module[0] == '/' && use_path(&file->main, module, false, wanted)) || use_server(&file->main, wanted))
		&& !has_supplement(file, directory)) {
		close_part(&file->main);
	}
}

void fps_debugfile_close(struct fps_debugfile *file)
{
	close_part(&file->main);
	close_part(&file->supplement);
}
