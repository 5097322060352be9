/* namecache.c: what is kept of names, for whom and for how long. */
#include "tree.h"

#include "coroner/namecache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT];

static void put_path(char path[216], const char *file)
{
	char whole[PATH_MAX];

	if (CHECK(realpath(tree_path(file), whole) != NULL) && CHECK(strlen(whole) < 216)) {
		memcpy(path, whole, strlen(whole) + 1);
	}
}

static struct fps_namecache_item item_of(const char *file, uint64_t offset)
{
	struct fps_namecache_item item = {.offset = offset, .build_id_len = 4, .build_id = {1, 2, 3, 4}};
	struct stat status;

	CHECK_INT(stat(tree_path(file), &status), 0);
	item.file = fps_elffile_identify(&status);
	put_path(item.path, file);
	snprintf(item.text, sizeof item.text, "name+0x%x", (unsigned) offset);
	return item;
}

static bool find(uid_t uid, const char *file, uint64_t offset)
{
	static struct fps_draft draft;

	draft = (struct fps_draft) {.modules = 1,
		.native_frames = 1,
		.native_frame = {{.ip = 0x1000 + offset}},
		.module = {{.bias = 0x1000, .build_id_len = 4, .build_id = {1, 2, 3, 4}}}};
	put_path(draft.module[0].path, file);
	return fps_namecache_find(uid, &draft, symbols);
}

static void keep(uid_t uid, const char *file, uint64_t offset)
{
	struct fps_namecache_item item = item_of(file, offset);

	fps_namecache_keep(uid, &item, 1);
}

static void for_whom(void)
{
	keep(1000, "a.so", 16);
	CHECK(find(1000, "a.so", 16));
	CHECK_STR(symbols[0], strlen(symbols[0]), "name+0x10");
	CHECK(!find(1000, "a.so", 17));
	CHECK(!find(1001, "a.so", 16));
	CHECK(!find(1000, "b.so", 16));
	UNIT_CASE("that there is no name is known, too");
	struct fps_namecache_item none = item_of("a.so", 32);

	none.text[0] = '\0';
	fps_namecache_keep(1000, &none, 1);
	CHECK(find(1000, "a.so", 32));
	CHECK_STR(symbols[0], strlen(symbols[0]), "");
}

static void which_file(void)
{
	struct timespec earlier[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	keep(1000, "a.so", 16);
	CHECK_INT(utimensat(AT_FDCWD, tree_path("a.so"), earlier, 0), 0);
	CHECK(!find(1000, "a.so", 16));
	UNIT_CASE("one that is another by now is not kept");
	struct fps_namecache_item old = item_of("a.so", 16);

	tree_put("a.so", "%s", "longer");
	fps_namecache_keep(1000, &old, 1);
	CHECK(!find(1000, "a.so", 16));
	UNIT_CASE("nor one that others can write to");
	CHECK_INT(chmod(tree_path("a.so"), 0666), 0);
	keep(1000, "a.so", 16);
	CHECK(!find(1000, "a.so", 16));
	CHECK_INT(chmod(tree_path("a.so"), 0644), 0);
	keep(1000, "a.so", 16);
	CHECK(find(1000, "a.so", 16));
}

/* One user has no more than a quarter of all, however much it sends; what it has not used for longest goes. */
static void how_much(void)
{
	unsigned kept = 0;

	keep(1000, "a.so", 16);
	for (unsigned i = 0; i < 1024; i++) {
		keep(1001, "b.so", i);
		CHECK(find(1001, "b.so", i));
	}
	for (unsigned i = 0; i < 1024; i++) {
		kept += find(1001, "b.so", i);
	}
	CHECK(kept == 512);
	CHECK(find(1000, "a.so", 16));
}

static void noise(void)
{
	static struct fps_namecache_item items[FPS_MAX_NATIVE_FRAMES];

	for (int i = 0; i < 300; i++) {
		for (size_t n = 0; n + 8 <= sizeof items; n += 8) {
			uint64_t value = unit_random() % 4 ? unit_random() : 0;

			memcpy((char *) items + n, &value, 8);
		}
		items[0].path[0] = '/';
		fps_namecache_keep(1002, items, FPS_MAX_NATIVE_FRAMES);
	}
	CHECK(find(1000, "a.so", 16));
}

static void make(void)
{
	tree_make();
	tree_put("a.so", "%s", "one");
	tree_put("b.so", "%s", "two");
	CHECK_INT(fps_namecache_init(), 0);
}

static void clean(void)
{
	tree_remove("");
}

UNIT_MAIN(TEST(make), TEST(for_whom), TEST(which_file), TEST(how_much), TEST(noise), TEST(clean))
