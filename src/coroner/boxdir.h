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

/* The meaning of a name. An odd one begins like ours, but this extension never creates it. */
enum fps_boxdir_kind { FPS_BOXDIR_IS_ODD, FPS_BOXDIR_IS_HEADER, FPS_BOXDIR_IS_SLOT };

struct fps_boxdir_entry {
	const char *name;
	enum fps_boxdir_kind kind;
	char generation[FPS_BOXDIR_GENERATION];
	uint32_t number; /* of a slot */
};

/*
 * Calls `take` for each file whose name begins like ours; `take` may remove the file. False if not all of them could be
 * listed.
 */
bool fps_boxdir_each(void (*take)(const struct fps_boxdir_entry *entry));

/* -1 with errno: EPERM unless it is a regular file of this user that nobody else can open and that has no other name.
 */
int fps_boxdir_open(const struct fps_boxdir_entry *entry);

void fps_boxdir_name_header(char name[FPS_BOXDIR_NAME], const char *generation);
bool fps_boxdir_has_header(const struct fps_boxdir_entry *slot);

/* Removes a file that fps_boxdir_open() would open. True if it did. */
bool fps_boxdir_remove_file(const char *name);

/* Removes a generation: its slots and, if none is left, its header. */
void fps_boxdir_remove(const char *generation);

#endif
