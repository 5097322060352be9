/*
 * Names that a child of the supervisor has found, kept so that the next record with the same addresses needs no child.
 *
 * A name is kept for the user whose child found it, and serves only that user's workers: a hostile file may have taken
 * over the child that read it. It is valid for one file. Before each use the path that the worker names is walked. It
 * must lead, with nobody but a trusted user able to redirect it (trustedpath.h), to a file that only such a user can
 * write, and that has the same device, inode, size and times as the one that the child had open. Other files are read
 * by a child each time, as is everything on a file system that may hang, or in a chroot.
 *
 * The absence of a name is kept as well. Memory is bounded, per user and in total; the entry that was unused for
 * longest is replaced.
 */
#ifndef FPS_CORONER_NAMECACHE_H
#define FPS_CORONER_NAMECACHE_H

#include "coroner/symbols.h"

#include <sys/types.h>

/* What a child has found for one frame. */
struct fps_namecache_item {
	struct fps_elffile_id file;
	uint64_t offset;
	uint8_t is_return, build_id_len, build_id[20];
	char path[216];
	char text[FPS_SYMBOLS_TEXT];
};

/* For the supervisor: 0, or -1 with errno. */
int fps_namecache_init(void);

/* For the child: those of a draft's frames that may be kept; returns how many. */
size_t fps_namecache_collect(const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT],
	const struct fps_symbols_file files[FPS_MAX_MODULES], struct fps_namecache_item items[FPS_MAX_NATIVE_FRAMES]);

/* For the coroner: stores what a child of that user has sent, which is not trusted. */
void fps_namecache_keep(uid_t uid, struct fps_namecache_item *items, size_t count);

/* Looks up all native frames of a sanitized draft, in the format of fps_symbols_fill(); false unless all are known. */
bool fps_namecache_find(
	uid_t uid, const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT]);

#endif
