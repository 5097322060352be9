/*
 * Names for addresses: the function in a module's own symbol table that contains the address.
 *
 * The table is .symtab, otherwise .dynsym, by the section headers; in a file without these, the one that the loader
 * uses. The file is not trusted, and its path comes from a process of another user: see elffile.h. Its build id must be
 * the one that the process had mapped. Work is bounded, for a draft over all of its modules: beyond that there are no
 * names.
 *
 * Not for a process that must not block: a file system may hang. Nothing is allocated, and no descriptor stays open.
 */
#ifndef FPS_SYMBOLS_H
#define FPS_SYMBOLS_H

#include "blackbox.h"
#include "coroner/elffile.h"
#include "record/buf.h"
#include "record/frames.h"

#define FPS_SYMBOLS_TEXT FPS_SIG_FRAME_NAME

struct fps_symbols_query {
	uint64_t offset;             /* in the file's own terms: address minus bias */
	bool is_return;              /* it is a return address: look up the call before it */
	char text[FPS_SYMBOLS_TEXT]; /* "clock_nanosleep+0x30", "" if no function contains it; long names are cut */
};

/*
 * Answers all queries for one module in one pass through its table. An empty build id is not compared. False if the
 * file can't be read, is not an ELF file for this machine, or has another build id; then all texts are "".
 */
bool fps_symbols_find_all(
	const char *path, const uint8_t *build_id, size_t build_id_len, struct fps_symbols_query *queries, size_t count);

/*
 * Answers one query: writes "clock_nanosleep+0x30" into `to`; false, and writes nothing, if no function contains the
 * offset.
 */
bool fps_symbols_find(
	const char *path, const uint8_t *build_id, size_t build_id_len, uint64_t offset, struct fps_sig_buf *to);

/* The file in which a module's names were looked for. */
struct fps_symbols_file {
	struct fps_elffile_id id;
	bool is_known; /* the same file would give the same names again, and reading it cannot block */
};

/*
 * The names of all native frames of a draft, which is not trusted either. symbols has a place for each; "" if there is
 * no name. The first frame is where the process was, the others are return addresses.
 */
void fps_symbols_fill(const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT],
	struct fps_symbols_file files[FPS_MAX_MODULES]);

#endif
