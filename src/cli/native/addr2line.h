/*
 * Where in the source an address of a module is, by the module's debug information, which is looked for by build id:
 * below a directory as /usr/lib/debug, in the module's own file, and from the servers of DEBUGINFOD_URLS where that is
 * set.
 *
 * What a record says is not trusted. Nothing but regular files is opened, and none whose build id is another. What is
 * in the files is elfutils' libdw to judge; where the tool is built without it, nothing is ever found.
 */
#ifndef FPS_ADDR2LINE_H
#define FPS_ADDR2LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FPS_ADDR2LINE_PLACES = 32 };

struct fps_code_place {
	const char *function, *file; /* NULL: not known */
	int line;                    /* 0: not known */
	bool inlined;                /* into the next place */
	bool has_offset;
	uint64_t offset; /* of the address from the function's start; of what is not inlined only */
};

struct fps_addr2line;

/* What this build can do, in a sentence. */
const char *fps_addr2line_ability(void);

/* Never NULL. The directory that the caller has named, NULL for /usr/lib/debug; its name has to last as long. */
struct fps_addr2line *fps_addr2line_open(const char *directory);
void fps_addr2line_close(struct fps_addr2line *debuginfo);

/*
 * The places of an address, the innermost first, and how many: several where functions were inlined, 0 if nothing is
 * known. The offset is in the file's own terms, address minus bias. Of a return address it is the call before it that
 * matters. The texts are good until fps_addr2line_close().
 */
size_t fps_addr2line_find(struct fps_addr2line *debuginfo, const char *module, const char *build_id, uint64_t offset,
	bool is_return, struct fps_code_place places[FPS_ADDR2LINE_PLACES]);

#endif
