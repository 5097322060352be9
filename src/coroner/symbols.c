#include "coroner/symbols.h"

#include "coroner/elffile.h"

#include <string.h>

#define MAX_ALIASES 4
/* The longest that a function without a size, as from an assembler, is taken to be. */
#define MAX_UNSIZED 4096

/*
 * How much work one record may cost, however many modules it names and whatever they contain: some tens of
 * milliseconds. PHP with all of its symbols takes a tenth.
 */
#define MAX_READS 8192
#define MAX_STEPS (1U << 24)

struct effort {
	uint32_t reads, steps;        /* what is left: reads of a file, and comparisons of a symbol with a query */
	bool is_spent;                /* there was too little left */
	struct fps_symbols_file file; /* the module that was searched last */
};

/* The best answer to a query so far: */
struct match {
	uint64_t value;         /* the function that holds it, */
	uint64_t unsized_value; /* the nearest one before it without a size, */
	uint64_t nearest;       /* and the nearest one of any kind */
	uint32_t aliases;       /* how many names the function has; none: not found yet */
	uint32_t unsized_name;  /* none: not found yet */
	uint32_t name[MAX_ALIASES];
};

static void consider(struct match *match, uint64_t offset, const Elf64_Sym *symbol)
{
	if (symbol->st_value > offset) {
		return;
	}
	match->nearest = symbol->st_value > match->nearest ? symbol->st_value : match->nearest;
	if (symbol->st_size == 0) {
		if (symbol->st_value >= match->unsized_value) {
			match->unsized_value = symbol->st_value;
			match->unsized_name = symbol->st_name;
		}
	} else if (offset - symbol->st_value < symbol->st_size && symbol->st_value >= match->value) {
		if (symbol->st_value > match->value) {
			match->value = symbol->st_value;
			match->aliases = 0;
		}
		if (match->aliases < MAX_ALIASES) {
			match->name[match->aliases++] = symbol->st_name;
		}
	}
}

static uint64_t looked_up(const struct fps_symbols_query *query)
{
	return query->offset - (query->is_return && query->offset > 0);
}

/* False if the table was only searched in part: the best match so far may not be the best. */
static bool scan(const struct fps_elffile *file, const struct fps_elffile_table *table,
	const struct fps_symbols_query *queries, struct match *matches, size_t count, struct effort *effort)
{
	Elf64_Sym symbols[256];

	for (uint32_t i = 0, n; i < table->count; i += n) {
		n = table->count - i < 256 ? table->count - i : 256;
		effort->is_spent = effort->is_spent || effort->steps < n * count;
		if (effort->steps < n * count
			|| !fps_elffile_read(file, symbols, table->symbols + i * sizeof symbols[0], n * sizeof symbols[0])) {
			return false;
		}
		effort->steps -= n * (uint32_t) count;
		for (uint32_t k = 0; k < n; k++) {
			unsigned type = ELF64_ST_TYPE(symbols[k].st_info);

			if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbols[k].st_shndx == SHN_UNDEF
				|| symbols[k].st_name == 0) {
				continue;
			}
			for (size_t query = 0; query < count; query++) {
				consider(&matches[query], looked_up(&queries[query]), &symbols[k]);
			}
		}
	}
	return true;
}

/* A symbol's name without its version, cut to the available space. Returns its length, 0 if it is not in the table. */
static size_t read_name(
	const struct fps_elffile *file, const struct fps_elffile_table *table, uint32_t name, char *to, size_t size)
{
	uint64_t left = name < table->strings_size ? table->strings_size - name : 0;
	size_t len = left < size ? (size_t) left : size;

	if (!fps_elffile_read(file, to, table->strings + name, len) || len == 0) {
		return 0;
	}
	size_t end = strnlen(to, len);
	const char *version = memchr(to + 1, '@', end > 0 ? end - 1 : 0);

	return version ? (size_t) (version - to) : end;
}

/* Of several names, the first that is not for a library's internal use. */
static void answer(const struct fps_elffile *file, const struct fps_elffile_table *table, struct match *match,
	struct fps_symbols_query *query)
{
	char name[FPS_SYMBOLS_TEXT - sizeof "...+0xffffffffffffffff"];
	struct fps_sig_buf text;
	bool is_internal = true;
	size_t len = 0;

	if (match->aliases == 0 && match->unsized_name && match->unsized_value == match->nearest
		&& looked_up(query) - match->unsized_value < MAX_UNSIZED) {
		match->value = match->unsized_value;
		match->name[match->aliases++] = match->unsized_name;
	}
	for (uint32_t i = 0; i < match->aliases && is_internal; i++) {
		len = read_name(file, table, match->name[i], name, sizeof name);
		is_internal = len == 0 || name[0] == '_';
	}
	if (is_internal && match->aliases > 1) {
		len = read_name(file, table, match->name[0], name, sizeof name);
	}
	if (len == 0) {
		return;
	}
	fps_sig_buf_init(&text, query->text, sizeof query->text);
	fps_sig_buf_plain(&text, name, len);
	fps_sig_buf_text(&text, len == sizeof name ? "...+0x" : "+0x");
	fps_sig_buf_hex(&text, query->offset - match->value, 1);
	fps_sig_buf_terminate(&text);
}

static bool find_all(const char *path, const uint8_t *build_id, size_t build_id_len, struct fps_symbols_query *queries,
	size_t count, struct effort *effort)
{
	struct match matches[FPS_MAX_NATIVE_FRAMES];
	struct fps_elffile file;
	struct fps_elffile_table table;
	bool good;

	for (size_t i = 0; i < count; i++) {
		queries[i].text[0] = '\0';
	}
	if (!fps_elffile_open(&file, path, &effort->reads)) {
		return false;
	}
	good = (build_id_len == 0 || fps_elffile_has_build_id(&file, build_id, build_id_len))
		&& fps_elffile_table(&file, &table);
	for (size_t done = 0, n; good && done < count; done += n) {
		n = count - done < FPS_MAX_NATIVE_FRAMES ? count - done : FPS_MAX_NATIVE_FRAMES;
		memset(matches, 0, sizeof matches);
		good = scan(&file, &table, queries + done, matches, n, effort);
		for (size_t i = 0; good && i < n; i++) {
			answer(&file, &table, &matches[i], &queries[done + i]);
		}
	}
	effort->file =
		(struct fps_symbols_file) {file.id, fps_elffile_is_local(&file) && !effort->is_spent && effort->reads > 0};
	fps_elffile_close(&file);
	return good;
}

bool fps_symbols_find_all(
	const char *path, const uint8_t *build_id, size_t build_id_len, struct fps_symbols_query *queries, size_t count)
{
	struct effort effort = {.reads = MAX_READS, .steps = MAX_STEPS};

	return find_all(path, build_id, build_id_len, queries, count, &effort);
}

bool fps_symbols_find(
	const char *path, const uint8_t *build_id, size_t build_id_len, uint64_t offset, struct fps_sig_buf *to)
{
	struct fps_symbols_query query = {.offset = offset};

	if (!fps_symbols_find_all(path, build_id, build_id_len, &query, 1) || !query.text[0]) {
		return false;
	}
	fps_sig_buf_text(to, query.text);
	return true;
}

static void fill_module(const struct fps_draft *draft, uint32_t index, uint32_t frames,
	char symbols[][FPS_SYMBOLS_TEXT], struct effort *effort)
{
	struct fps_symbols_query queries[FPS_MAX_NATIVE_FRAMES];
	uint32_t frame[FPS_MAX_NATIVE_FRAMES];
	const struct fps_module *module = &draft->module[index];
	size_t count = 0,
		   id_len = module->build_id_len < sizeof module->build_id ? module->build_id_len : sizeof module->build_id;

	for (uint32_t i = 0; i < frames; i++) {
		if (draft->native_frame[i].module == (int) index) {
			frame[count] = i;
			queries[count++] =
				(struct fps_symbols_query) {.offset = draft->native_frame[i].ip - module->bias, .is_return = i > 0};
		}
	}
	if (count == 0 || module->path[0] != '/' || !memchr(module->path, '\0', sizeof module->path)) {
		return;
	}
	find_all(module->path, module->build_id, id_len, queries, count, effort);
	for (size_t i = 0; i < count; i++) {
		memcpy(symbols[frame[i]], queries[i].text, sizeof queries[i].text);
	}
}

void fps_symbols_fill(const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT],
	struct fps_symbols_file files[FPS_MAX_MODULES])
{
	uint32_t frames = draft->native_frames < FPS_MAX_NATIVE_FRAMES ? draft->native_frames : FPS_MAX_NATIVE_FRAMES;
	uint32_t modules = draft->modules < FPS_MAX_MODULES ? draft->modules : FPS_MAX_MODULES;
	struct effort effort = {.reads = MAX_READS, .steps = MAX_STEPS};

	memset(files, 0, FPS_MAX_MODULES * sizeof files[0]);
	for (uint32_t i = 0; i < FPS_MAX_NATIVE_FRAMES; i++) {
		symbols[i][0] = '\0';
	}
	for (uint32_t i = 0; i < modules; i++) {
		effort.file = (struct fps_symbols_file) {0};
		fill_module(draft, i, frames, symbols, &effort);
		files[i] = effort.file;
	}
}
