/*
 * The files in the directory of black boxes: the full name shows which belong to this extension; type and owner show
 * which may be opened or removed.
 */
#ifndef FPS_CORONER_BOXDIR_H
#define FPS_CORONER_BOXDIR_H

#include <stdbool.h>
#include <stdint.h>

#define FPS_BOXDIR_HEADER "blackbox-"
#define FPS_BOXDIR_SLOT "slot-"
#define FPS_BOXDIR_GENERATION 32
#define FPS_BOXDIR_NAME 128

/* What a name says. An odd one begins like ours, but this extension never gives it. */
enum fps_boxdir_kind { FPS_BOXDIR_IS_ODD, FPS_BOXDIR_IS_HEADER, FPS_BOXDIR_IS_SLOT };

struct fps_boxdir_entry {
	const char *name;
	enum fps_boxdir_kind kind;
	char generation[FPS_BOXDIR_GENERATION];
	uint32_t number; /* of a slot */
};

/*
 * Calls `take`, which may remove it, for each file whose name begins like ours. False if not all of them could be
 * listed.
 */
bool fps_boxdir_each(void (*take)(const struct fps_boxdir_entry *entry));

/* -1 with errno: EPERM if it is not a regular file, of this user, that no other can open and that has no other name. */
int fps_boxdir_open(const struct fps_boxdir_entry *entry);

void fps_boxdir_name_header(char name[FPS_BOXDIR_NAME], const char *generation);
bool fps_boxdir_has_header(const struct fps_boxdir_entry *slot);

/* Removes what fps_boxdir_open() would open. True if it has. */
bool fps_boxdir_remove_file(const char *name);

/* The same for a generation: its slots, and if none is left its header. */
void fps_boxdir_remove(const char *generation);

#endif
