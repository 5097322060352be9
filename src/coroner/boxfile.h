/*
 * The black box in files, which outlive a death of everything: of master, workers and coroner at once.
 *
 * A directory that only FPM's own user can enter holds, for each generation (a start or reload of FPM), a header
 * `blackbox-GENERATION`, with what the workers' hellos said, and a file for each worker's slot,
 * `slot-GENERATION-NUMBER`: a mapping of one file could grow over its neighbours, so no two workers share one. Files
 * are made without a name (O_TMPFILE), since MINIT runs for `php-fpm -t`, -i and -m as well: the header is named at the
 * first hello, a slot at its worker's. The header loses its name, after all slots, when the coroner ends. One whose
 * lock nobody holds is that of a generation that was killed (scavenge.h).
 *
 * The lock is fcntl()'s of old, that of a process: a lock of the open file, flock()'s or an OFD lock, would
 * last as long as any worker has the file mapped, whatever became of the coroner. It is shared by the coroner and its
 * supervisor.
 */
#ifndef FPS_CORONER_BOXFILE_H
#define FPS_CORONER_BOXFILE_H

#include "blackbox.h"

#define FPS_BOXFILE_MAGIC 0x3258424b43424600ULL /* "\0FBCKBX2", little endian */

/* What whoever finds the files has to know, and can't learn from a slot. */
struct fps_boxfile_header {
	uint64_t magic;
	uint32_t version, slot_size; /* of a slot */
	char boot_id[40];            /* of the kernel; "" if not known */
	char host[256], php_version[32], extension_version[32];
	_Atomic uint64_t seen_ns; /* CLOCK_MONOTONIC when the coroner last looked at its workers */
};

/*
 * Opens the directory, which is made if it is missing and must be nobody else's, and makes the header. 0, or -1 with
 * the reason in words. In MINIT.
 */
int fps_boxfile_open(const char *directory, const char **reason);

/* The header, for its texts; NULL where the box is in no file. */
struct fps_boxfile_header *fps_boxfile_header(void);

/*
 * In the master, before it forks a worker: a file for the worker's slot, fully allocated. The caller closes it; -1 if
 * there is none.
 */
int fps_boxfile_slot(void);

/*
 * In the launcher and its children: the header's descriptor, and later the directory's, which the coroner has as well.
 */
void fps_boxfile_close_header(void);
void fps_boxfile_close(void);

/* The kernel's name for this boot, "" if it has none. */
void fps_boxfile_boot_id(char id[40]);

/* For supervisor and coroner: the descriptors that are theirs to keep, -1 for none. */
void fps_boxfile_fds(int fds[2]);

/* In each of them, at its start: takes its share of the lock. */
void fps_boxfile_lock(void);

/* Gives the header its name, once. False, with errno, if it has none. */
bool fps_boxfile_name(void);

/*
 * At the hello of the ward with that number: writes down who that is, and gives the slot's file its name, if it is one
 * of the directory's; the header, before it, too. Once everything is recorded: removes it.
 */
void fps_boxfile_name_slot(int fd, uint32_t number, const struct fps_identity *who);
void fps_boxfile_remove_slot(uint32_t number);

/* Of a header, which may be another generation's: what was written down. False if that is nothing. */
bool fps_boxfile_read_identity(int header, uint32_t number, struct fps_identity *who);

/* What is in the names of this generation. */
const char *fps_boxfile_generation(void);

/* That of the files; -1 where the box is in none. */
int fps_boxfile_directory(void);

/* Whether that header is nobody's by now, and this process's from here on until it is closed. */
bool fps_boxfile_take(int fd);

/* At the coroner's end: removes its generation. */
void fps_boxfile_end(void);

#endif
