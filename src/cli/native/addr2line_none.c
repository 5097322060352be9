/* In place of addr2line.c, where there is no libdw. */
#include "native/addr2line.h"

const char *fps_addr2line_ability(void)
{
	return "Built without libdw: no files and lines of native frames.";
}

struct fps_addr2line *fps_addr2line_open(const char *directory)
{
	static char none;

	(void) directory;
	return (struct fps_addr2line *) &none;
}

void fps_addr2line_close(struct fps_addr2line *debuginfo)
{
	(void) debuginfo;
}

size_t fps_addr2line_find(struct fps_addr2line *debuginfo, const char *module, const char *build_id, uint64_t offset,
	bool is_return, struct fps_code_place places[FPS_ADDR2LINE_PLACES])
{
	(void) debuginfo, (void) module, (void) build_id, (void) offset, (void) is_return, (void) places;
	return 0;
}
