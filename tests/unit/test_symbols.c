/* symbols.c, elffile.c: names for addresses, from whole and from hostile files. */
#include "tree.h"

#include "coroner/symbols.h"
#include "sig/unwind.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <time.h>

/* A library to take apart: a plain function, one with names for its own use, a static one, and one without a size. */
static const char sample_source[] = "int sample_plain(int x) { return x * 3 + 1; }\n"
									"int _sample_inner(int x) { return x * 5 + 2; }\n"
									"int sample_named(int x) __attribute__((alias(\"_sample_inner\")));\n"
									"int __sample_named(int x) __attribute__((alias(\"_sample_inner\")));\n"
									"__attribute__((noinline)) static int sample_hidden(int x) { return x * 7 + 3; }\n"
									"int (*sample_pointer)(int) = sample_hidden;\n"
									"__asm__(\".text\\n.globl sample_bare\\n.type sample_bare,%function\\n\"\n"
									"	\"sample_bare: ret\\nret\\nret\\nret\\n.skip 8192\\n\");\n"
									"int "
									"sample_with_a_name_so_long_that_it_has_to_be_cut_somewhere_since_a_record_has_no_"
									"room_for_names_as_those_of_templates(int x)\n"
									"{ return x * 9; }\n";

static struct sample {
	uint64_t plain, named, hidden, bare, lengthy;
	uint8_t build_id[20];
	char *bytes;
	size_t len;
} sample;

static char *slurp(const char *file, size_t *len)
{
	FILE *in = fopen(tree_path(file), "rb");
	char *bytes = malloc(1 << 20);

	*len = CHECK(in != NULL) ? fread(bytes, 1, 1 << 20, in) : 0;
	if (in) {
		fclose(in);
	}
	return bytes;
}

static void run(const char *format, const char *file)
{
	const char *cc = getenv("CC");
	char command[1024];

	snprintf(command, sizeof command, format, cc ? cc : "gcc", tree, tree, file);
	CHECK_INT(system(command), 0);
}

static void make_samples(void)
{
	char path[PATH_MAX];

	tree_make();
	tree_put("sample.c", "%s", sample_source);
	run("%s -O1 -shared -fPIC -Wl,--hash-style=gnu -Wl,--build-id=0x000102030405060708090a0b0c0d0e0f10111213 "
		"%s/sample.c -o %s/%s",
		"gnu.so");
	run("%s -O1 -shared -fPIC -Wl,--hash-style=sysv -Wl,--build-id=none %s/sample.c -o %s/%s", "sysv.so");
	run(": %s; objcopy --strip-all %s/gnu.so %s/%s", "stripped.so");

	void *handle = dlopen(realpath(tree_path("gnu.so"), path), RTLD_NOW);
	Dl_info info;

	if (!CHECK(handle != NULL) || !CHECK(dladdr(dlsym(handle, "sample_plain"), &info) != 0)) {
		exit(1);
	}
	uint64_t base = (uintptr_t) info.dli_fbase;

	sample.plain = (uintptr_t) dlsym(handle, "sample_plain") - base;
	sample.named = (uintptr_t) dlsym(handle, "sample_named") - base;
	sample.hidden = *(uintptr_t *) dlsym(handle, "sample_pointer") - base;
	sample.bare = (uintptr_t) dlsym(handle, "sample_bare") - base;
	sample.lengthy = (uintptr_t) dlsym(handle,
						 "sample_with_a_name_so_long_that_it_has_to_be_cut_somewhere_since_a_record_has_no_room_for_"
						 "names_as_those_of_templates")
		- base;
	dlclose(handle);
	for (uint8_t i = 0; i < sizeof sample.build_id; i++) {
		sample.build_id[i] = i;
	}
	free(sample.bytes);
	sample.bytes = slurp("gnu.so", &sample.len);
}

/* The file without what section headers tell; what the loader needs is still there. */
static void hide_sections(const char *from, const char *to)
{
	size_t len;
	char *bytes = slurp(from, &len);
	Elf64_Ehdr *header = (Elf64_Ehdr *) bytes;

	header->e_shoff = 0;
	header->e_shnum = header->e_shstrndx = 0;
	tree_put_bytes(to, bytes, len);
	free(bytes);
}

static void check_name(const char *file, uint64_t offset, const char *expected)
{
	char text[FPS_SYMBOLS_TEXT];
	struct fps_sig_buf buf;

	fps_sig_buf_init(&buf, text, sizeof text);
	CHECK_INT(fps_symbols_find(file[0] == '/' ? file : tree_path(file), NULL, 0, offset, &buf), *expected != '\0');
	CHECK_STR(text, buf.len, expected);
}

static void tables(void)
{
	static const char *const files[] = {"gnu.so", "stripped.so", "bare.so", "bare_stripped.so"};

	make_samples();
	hide_sections("gnu.so", "bare.so");
	hide_sections("stripped.so", "bare_stripped.so");
	for (size_t i = 0; i < COUNT(files); i++) {
		UNIT_CASE(files[i]);
		check_name(files[i], sample.plain, "sample_plain+0x0");
		check_name(files[i], sample.plain + 2, "sample_plain+0x2");
		check_name(files[i], sample.named, "sample_named+0x0");
		check_name(files[i], sample.hidden, i == 0 ? "sample_hidden+0x0" : "");
		check_name(files[i], sample.bare + 1, "sample_bare+0x1");
		check_name(files[i], sample.bare + 4095, "sample_bare+0xfff");
		check_name(files[i], sample.bare + 4096, "");
		check_name(files[i], 0, "");
		check_name(files[i], UINT64_MAX, "");
		check_name(files[i], sample.lengthy + 1,
			"sample_with_a_name_so_long_that_it_has_to_be_cut_somewhere_since_a_record_has_no_room_for_names_as_those_."
			"..+0x1");
	}
	UNIT_CASE("the older hash table");
	char path[PATH_MAX];
	void *handle = dlopen(realpath(tree_path("sysv.so"), path), RTLD_NOW);
	Dl_info info;

	if (CHECK(handle && dladdr(dlsym(handle, "sample_plain"), &info))) {
		uint64_t plain = (uintptr_t) info.dli_saddr - (uintptr_t) info.dli_fbase;

		hide_sections("sysv.so", "bare_sysv.so");
		check_name("sysv.so", plain + 1, "sample_plain+0x1");
		check_name("bare_sysv.so", plain + 1, "sample_plain+0x1");
		dlclose(handle);
	}
	tree_remove("");
}

static void build_ids(void)
{
	struct fps_symbols_query query = {.offset = sample.plain};

	make_samples();
	CHECK(fps_symbols_find_all(tree_path("gnu.so"), sample.build_id, 20, &query, 1));
	CHECK_STR(query.text, strlen(query.text), "sample_plain+0x0");
	CHECK(!fps_symbols_find_all(tree_path("gnu.so"), sample.build_id, 19, &query, 1));
	CHECK_STR(query.text, strlen(query.text), "");
	sample.build_id[19] ^= 1;
	CHECK(!fps_symbols_find_all(tree_path("gnu.so"), sample.build_id, 20, &query, 1));
	CHECK(!fps_symbols_find_all(tree_path("sysv.so"), sample.build_id, 20, &query, 1));
	CHECK(fps_symbols_find_all(tree_path("sysv.so"), NULL, 0, &query, 1));
	UNIT_CASE("through a link");
	CHECK_INT(symlink("gnu.so", tree_path("link.so")), 0);
	CHECK(fps_symbols_find_all(tree_path("link.so"), NULL, 0, &query, 1));
	CHECK_STR(query.text, strlen(query.text), "sample_plain+0x0");
	tree_remove("");
}

static void no_files_of_ours(void)
{
	static const struct {
		const char *name;
		size_t at;
		char byte;
	} changes[] = {
		{"no ELF file", 0, 'x'},
		{"32 bits", EI_CLASS, ELFCLASS32},
		{"the other order of bytes", EI_DATA, ELFDATA2MSB},
		{"another version", EI_VERSION, 2},
		{"an object file", 16, ET_REL},
		{"a core dump", 16, ET_CORE},
		{"program headers of another size", 54, 32},
	};

	make_samples();
	for (size_t i = 0; i < COUNT(changes); i++) {
		char before = sample.bytes[changes[i].at];

		UNIT_CASE(changes[i].name);
		sample.bytes[changes[i].at] = changes[i].byte;
		tree_put_bytes("changed.so", sample.bytes, sample.len);
		check_name("changed.so", sample.plain, "");
		sample.bytes[changes[i].at] = before;
	}
	UNIT_CASE("no file");
	check_name("missing.so", sample.plain, "");
	check_name("/dev/null", sample.plain, "");
	check_name("/dev/zero", sample.plain, "");
	check_name("/proc/self/mem", sample.plain, "");
	check_name("/", sample.plain, "");
	CHECK_INT(mkfifo(tree_path("fifo"), 0600), 0);
	check_name("fifo", sample.plain, "");
	CHECK_INT(symlink("nowhere", tree_path("dangling")), 0);
	check_name("dangling", sample.plain, "");
	tree_put("empty", "%s", "");
	check_name("empty", sample.plain, "");
	tree_remove("");
}

/* Many files that are damaged in some place: no name is wrong to find, only to crash or to hang is. */
static void ask_for_all(const char *file)
{
	struct fps_symbols_query queries[] = {{.offset = sample.plain}, {.offset = sample.hidden, .is_return = true},
		{.offset = sample.bare + 2}, {.offset = UINT64_MAX}, {.offset = 0, .is_return = true}};

	fps_symbols_find_all(tree_path(file), sample.build_id, unit_random() % 2 ? 0 : 20, queries, COUNT(queries));
	for (size_t i = 0; i < COUNT(queries); i++) {
		CHECK(memchr(queries[i].text, '\0', sizeof queries[i].text) != NULL);
	}
}

static void damaged_files(void)
{
	static const char *const files[] = {"gnu.so", "stripped.so", "bare.so", "sysv.so", "bare_sysv.so"};
	clock_t start = clock(); /* CPU time: other work on the machine counts for nothing */

	make_samples();
	hide_sections("gnu.so", "bare.so");
	hide_sections("sysv.so", "bare_sysv.so");
	for (size_t i = 0; i < COUNT(files); i++) {
		size_t len;
		char *bytes = slurp(files[i], &len), *damaged = malloc(len);
		Elf64_Ehdr *header = (Elf64_Ehdr *) bytes;

		UNIT_CASE(files[i]);
		for (unsigned round = 0; round < 1500; round++) {
			/* anywhere, in the headers, in the section headers, in the dynamic table and the symbols before it */
			size_t from[] = {0, 0, header->e_shoff, 0}, to[] = {len, 64 + 56 * 12, len, 4096};

			memcpy(damaged, bytes, len);
			for (uint64_t n = 1 + unit_random() % 8; n > 0; n--) {
				size_t area = unit_random() % COUNT(from), at = from[area] + unit_random() % (to[area] - from[area]);

				damaged[at < len ? at : 0] = unit_random() % 3 ? (char) unit_random() : (char) (unit_random() % 2 - 1);
			}
			tree_put_bytes("damaged.so", damaged, len);
			ask_for_all("damaged.so");
		}
		for (size_t cut = 0; cut < len; cut += 1 + unit_random() % 60) {
			tree_put_bytes("cut.so", bytes, cut);
			ask_for_all("cut.so");
		}
		free(bytes);
		free(damaged);
	}
	CHECK((clock() - start) / CLOCKS_PER_SEC < 100);
	tree_remove("");
}

/* 2^20 symbols and more that hold every address, and as many chains. */
static void endless_tables(void)
{
	size_t len = 64 << 20;
	char path[PATH_MAX];
	Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_DYN,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_shoff = 64,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3};
	Elf64_Shdr sections[] = {{0},
		{.sh_type = SHT_SYMTAB, .sh_offset = 4096, .sh_size = len - 4096, .sh_entsize = 24, .sh_link = 2},
		{.sh_type = SHT_STRTAB, .sh_offset = 0, .sh_size = len}};
	Elf64_Sym symbol = {
		.st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1, .st_size = UINT64_MAX};
	struct fps_symbols_query queries[FPS_MAX_NATIVE_FRAMES + 3];
	char *bytes = calloc(1, len);

	tree_make();
	strcpy(path, tree_path("endless.so"));
	memcpy(bytes, &header, sizeof header);
	memcpy(bytes + 64, sections, sizeof sections);
	for (size_t at = 4096; at + sizeof symbol <= len; at += sizeof symbol) {
		memcpy(bytes + at, &symbol, sizeof symbol);
	}
	tree_put_bytes("endless.so", bytes, len);
	for (size_t i = 0; i < COUNT(queries); i++) {
		queries[i] = (struct fps_symbols_query) {.offset = i * 1000 + 5};
	}
	CHECK(fps_symbols_find_all(path, NULL, 0, queries, 10));
	CHECK_STR(queries[1].text, strlen(queries[1].text), "ELF???+0x3ed");
	CHECK(!fps_symbols_find_all(path, NULL, 0, queries, COUNT(queries))); /* too much work */
	CHECK_STR(queries[1].text, strlen(queries[1].text), "");
	UNIT_CASE("sections without end");
	header.e_shnum = 0;
	sections[0].sh_size = UINT64_MAX;
	sections[1].sh_type = SHT_NULL;
	memcpy(bytes, &header, sizeof header);
	memcpy(bytes + 64, sections, sizeof sections);
	tree_put_bytes("endless.so", bytes, len);
	CHECK(!fps_symbols_find_all(path, NULL, 0, queries, COUNT(queries)));
	CHECK_STR(queries[1].text, strlen(queries[1].text), "");
	tree_remove("");
	free(bytes);
}

/* --- this process ----------------------------------------------------------------------------- */

__attribute__((noinline)) static int in_this_program(int x)
{
	return x + printf("%s", "");
}

static void frames_of_a_draft(void)
{
	static struct fps_draft draft;
	static char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT];
	static struct fps_symbols_file files[FPS_MAX_MODULES];
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

	if (!CHECK(libc != NULL)) {
		return;
	}
	draft.native_frames = 4;
	draft.native_frame[0].ip = (uintptr_t) in_this_program;
	draft.native_frame[1].ip = (uintptr_t) dlsym(libc, "clock_nanosleep") + 5;
	draft.native_frame[2].ip = (uintptr_t) in_this_program + 1;
	draft.native_frame[3].ip = (uintptr_t) &draft;
	fps_sig_unwind_learn_program();
	fps_sig_unwind_modules();
	fps_sig_unwind_resolve(&draft);
	fps_symbols_fill(&draft, symbols, files);
	CHECK_STR(symbols[0], strlen(symbols[0]), "in_this_program+0x0");
	CHECK_STR(symbols[1], strlen(symbols[1]), "clock_nanosleep+0x5");
	CHECK_STR(symbols[2], strlen(symbols[2]), "in_this_program+0x1");
	CHECK_STR(symbols[3], strlen(symbols[3]), "");
	CHECK_STR(symbols[4], strlen(symbols[4]), "");
	UNIT_CASE("a return address behind the end belongs to the call before it");
	draft.native_frame[2].ip = (uintptr_t) in_this_program;
	fps_symbols_fill(&draft, symbols, files);
	CHECK(strcmp(symbols[2], "in_this_program+0x0") != 0);
	UNIT_CASE("garbage");
	for (int i = 0; i < 300; i++) {
		for (size_t n = 0; n < sizeof draft; n += 8) {
			uint64_t value = unit_random() % 4 ? unit_random() : 0;

			memcpy((char *) &draft + n, &value, sizeof draft - n < 8 ? sizeof draft - n : 8);
		}
		memcpy(draft.module[0].path, "/proc/self/exe", 15);
		draft.native_frame[0].module = (int16_t) (i % 3 - 1);
		fps_symbols_fill(&draft, symbols, files);
	}
	CHECK(in_this_program(1) == 1);
	dlclose(libc);
}

static void no_descriptor_stays_open(void)
{
	int before = dup(0);

	close(before);
	check_name("/proc/self/exe", 1, "");
	check_name("/", 1, "");
	check_name("/etc/passwd", 1, "");
	int after = dup(0);

	close(after);
	CHECK_INT(after, before);
}

UNIT_MAIN(TEST(tables), TEST(build_ids), TEST(no_files_of_ours), TEST(damaged_files), TEST(endless_tables),
	TEST(frames_of_a_draft), TEST(no_descriptor_stays_open))
