/*
 * The black box in files, which survive the death of everything: of master, workers and coroner at once.
 *
 * A directory that only FPM's own user can enter holds, for each generation (a start or reload of FPM), a header
 * `blackbox-GENERATION` with what the workers' hellos said, and a file for each worker's slot,
 * `slot-GENERATION-NUMBER`. A single mapped file could grow over its neighbours, so no two workers share one. Files are
 * created without a name (O_TMPFILE), since MINIT also runs for `php-fpm -t`, -i and -m: the header is named at the
 * first hello, a slot at its worker's. When the coroner ends it unlinks the slots and then the header. A header that
 * nobody has locked belongs to a generation that was killed (scavenge.h).
 *
 * The lock is a classic fcntl() lock, which belongs to a process. A lock on the open file (flock() or an OFD lock)
 * would last as long as any worker has the file mapped, even after the coroner is gone. The coroner and its supervisor
 * share the lock.
 */
#ifndef FPS_CORONER_BOXFILE_H
#define FPS_CORONER_BOXFILE_H

#include "blackbox.h"

#define FPS_BOXFILE_MAGIC 0x3258424b43424600ULL /* "\0FBCKBX2", little endian */

/* What a later start must know and cannot find in a slot. */
struct fps_boxfile_header {
	uint64_t magic;
	uint32_t version, slot_size; /* of a slot */
	char boot_id[40];            /* of the kernel; "" if not known */
	char host[256], php_version[32], extension_version[32];
	_Atomic uint64_t seen_ns; /* CLOCK_MONOTONIC when the coroner last looked at its workers */
};

/*
 * Opens the directory, creating it if it is missing, and creates the header. The directory must belong to nobody else.
 * 0, or -1 with the reason in words. In MINIT.
 */
int fps_boxfile_open(const char *directory, const char **reason);

/* The header, for its texts; NULL if the box is not in files. */
struct fps_boxfile_header *fps_boxfile_header(void);

/*
 * In the master, before it forks a worker: creates a file for the worker's slot, fully allocated. The caller closes it;
 * -1 if there is none.
 */
int fps_boxfile_slot(void);

/*
 * In the launcher and its children: the descriptor of the header, and later that of the directory, which the coroner
 * has too.
 */
void fps_boxfile_close_header(void);
void fps_boxfile_close(void);

/* The kernel's name for this boot, "" if it has none. */
void fps_boxfile_boot_id(char id[40]);

/* For supervisor and coroner: the descriptors that they keep, -1 for none. */
void fps_boxfile_fds(int fds[2]);

/* In each of them, at its start: takes its share of the lock. */
void fps_boxfile_lock(void);

/* Gives the header its name, once. False, with errno, if that fails. */
bool fps_boxfile_name(void);

/*
 * At the hello of the ward with that number: notes whose slot it is, and names the slot's file if that is one of the
 * directory's, after naming the header. Once everything is recorded: removes both.
 */
void fps_boxfile_name_slot(int fd, uint32_t number, const struct fps_identity *who);
void fps_boxfile_remove_slot(uint32_t number);

/* Reads a header, perhaps of another generation. False if it contains nothing. */
bool fps_boxfile_read_identity(int header, uint32_t number, struct fps_identity *who);

/* What the names of this generation contain. */
const char *fps_boxfile_generation(void);

/* The directory of the files; -1 if the box is not in files. */
int fps_boxfile_directory(void);

/* Whether the header's owner is gone. If so, this process owns the header until it closes it. */
bool fps_boxfile_take(int fd);

/* At the coroner's end: removes its generation. */
void fps_boxfile_end(void);

#endif
