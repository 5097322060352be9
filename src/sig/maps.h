/*
 * What is mapped at an address, from /proc/self/maps. In a chroot without /proc nothing is known. May be called from a
 * signal handler.
 */
#ifndef FPS_SIG_MAPS_H
#define FPS_SIG_MAPS_H

#include "blackbox.h"

struct fps_sig_mapping {
	uint64_t start, end, offset; /* where it lies, and what its first byte is in the file */
	uint64_t device;             /* as stat() gives it */
	bool executable, shared, deleted;
	char file[sizeof((struct fps_draft *) NULL)->mapping_file]; /* "": anonymous; without " (deleted)" */
};

/* The first mapping that ends behind the address. False if there is none, or it cannot be read. */
bool fps_sig_maps_above(uintptr_t address, struct fps_sig_mapping *mapping);

/* The mapping that the address lies in. */
bool fps_sig_maps_find(uintptr_t address, struct fps_sig_mapping *mapping);

/*
 * The draft's mapping_*, for a fault at the address: the file that is mapped there and, if asked for, the free space of
 * its file system. The file's own size, as far as that is known, goes to *size, else UINT64_MAX. False if no file is
 * mapped there.
 */
bool fps_sig_maps_fill(
	struct fps_draft *draft, uintptr_t address, bool with_space, struct fps_sig_mapping *mapping, uint64_t *size);

#endif
