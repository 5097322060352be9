/* What is mapped where, of this process. */
#include "unit.h"

#include "sig/maps.h"

#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096

static struct fps_sig_mapping mapping;

static void *map_file(const char *path, size_t offset)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *at = ftruncate(fd, 4 * PAGE) == 0 ? mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t) offset) : NULL;

	close(fd);
	return at;
}

static void files(void)
{
	static const char path[] = "build/map with (deleted) in it";
	char cwd[4096];
	void *at = map_file(path, PAGE);

	CHECK(getcwd(cwd, sizeof cwd) != NULL);
	CHECK(fps_sig_maps_find((uintptr_t) at + PAGE + 5, &mapping));
	CHECK_INT(mapping.start, (uintptr_t) at);
	CHECK_INT(mapping.end, (uintptr_t) at + 2 * PAGE);
	CHECK_INT(mapping.offset, PAGE);
	CHECK(mapping.shared && !mapping.executable && !mapping.deleted);
	CHECK(
		strlen(mapping.file) >= strlen(path) && strcmp(mapping.file + strlen(mapping.file) - strlen(path), path) == 0);
	unlink(path);
	CHECK(fps_sig_maps_find((uintptr_t) at, &mapping));
	CHECK(mapping.deleted && strcmp(mapping.file + strlen(mapping.file) - strlen(path), path) == 0);
	munmap(at, 2 * PAGE);
	CHECK(!fps_sig_maps_find((uintptr_t) at, &mapping) || mapping.start != (uintptr_t) at);
}

static void no_file(void)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int here;

	CHECK(fps_sig_maps_find((uintptr_t) at, &mapping));
	CHECK(mapping.executable && !mapping.shared && mapping.file[0] == '\0');
	CHECK(fps_sig_maps_find((uintptr_t) &here, &mapping) && mapping.file[0] == '\0'); /* "[stack]" */
	CHECK(!fps_sig_maps_find(0, &mapping));
	CHECK(fps_sig_maps_above(0, &mapping) && mapping.start > 0);
	CHECK(!fps_sig_maps_above(UINTPTR_MAX, &mapping));
	munmap(at, PAGE);
}

/* For the draft: the room on its file system only where it is asked for, the size only while the file has a name. */
static void drafts(void)
{
	static struct fps_draft draft;
	void *at = map_file("build/mapped", 0);
	uint64_t size;

	CHECK(fps_sig_maps_fill(&draft, (uintptr_t) at, false, &mapping, &size));
	CHECK(!draft.has_mapping_free && size == UINT64_MAX && strstr(draft.mapping_file, "/build/mapped") != NULL);
	CHECK(fps_sig_maps_fill(&draft, (uintptr_t) at, true, &mapping, &size));
	CHECK(draft.has_mapping_free);
	CHECK_INT(size, 4 * PAGE);
	unlink("build/mapped");
	CHECK(fps_sig_maps_fill(&draft, (uintptr_t) at, true, &mapping, &size) && size == UINT64_MAX);
	CHECK(!fps_sig_maps_fill(&draft, (uintptr_t) &draft, true, &mapping, &size) || draft.mapping_file[0]);
	munmap(at, 2 * PAGE);
}

UNIT_MAIN(TEST(files), TEST(no_file), TEST(drafts))
