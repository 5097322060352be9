/*
 * Names for addresses: the function of a module's own symbol table that holds one.
 *
 * The tables are .symtab, else .dynsym, by the section headers; in a file without these what the loader itself uses.
 * The file is not trusted, its path comes from a process of another user: see elffile.h. Its build id must be the one
 * that the process had mapped. Work is bounded, for a draft over all of its modules: where that would take more, there
 * are no names.
 *
 * Not for a process that must not wait: a file system may hang. Nothing is allocated, no descriptor stays open.
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
	bool is_return;              /* it is a return address: the call before it is what matters */
	char text[FPS_SYMBOLS_TEXT]; /* "clock_nanosleep+0x30", "" if no function holds it; long names are cut */
};

/*
 * Answers all queries for one module in one pass through its table. A build id of no length is not compared. False
 * if the file can't be read, is no ELF file of this machine's kind or is another than wanted; then all texts are "".
 */
bool fps_symbols_find_all(
	const char *path, const uint8_t *build_id, size_t build_id_len, struct fps_symbols_query *queries, size_t count);

/* One query: "clock_nanosleep+0x30" into `to`; false, and nothing, if no function holds the offset. */
bool fps_symbols_find(
	const char *path, const uint8_t *build_id, size_t build_id_len, uint64_t offset, struct fps_sig_buf *to);

/* The file in which a module's names were looked for. */
struct fps_symbols_file {
	struct fps_elffile_id id;
	bool is_known; /* the same file would give the same names again, and could be asked without waiting */
};

/*
 * The names of all native frames of a draft, which is not trusted either. symbols has a place for each; "" where
 * there is no name. The first frame is where the process was, the others are return addresses.
 */
void fps_symbols_fill(const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT],
	struct fps_symbols_file files[FPS_MAX_MODULES]);

#endif
