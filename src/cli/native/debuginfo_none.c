/* In place of debuginfo.c, where there is no libdw. */
#include "native/debuginfo.h"

const char *fps_debuginfo_ability(void)
{
	return "Built without libdw: no files and lines of native frames.";
}

struct fps_debuginfo *fps_debuginfo_open(const char *directory)
{
	static char none;

	(void) directory;
	return (struct fps_debuginfo *) &none;
}

void fps_debuginfo_close(struct fps_debuginfo *debuginfo)
{
	(void) debuginfo;
}

size_t fps_debuginfo_find(struct fps_debuginfo *debuginfo, const char *module, const char *build_id, uint64_t offset,
	bool is_return, struct fps_code_place places[FPS_DEBUGINFO_PLACES])
{
	(void) debuginfo, (void) module, (void) build_id, (void) offset, (void) is_return, (void) places;
	return 0;
}
