/*
 * The black box as a file, which outlives a death of everything: of master, workers and coroner at once.
 *
 * It is made in MINIT, which also runs for `php-fpm -t`, -i and -m: so it has no name until the first
 * worker has said hello, and loses it when the coroner ends. What has a name and no coroner that holds the
 * lock on it is the box of a generation that was killed (scavenge.h).
 *
 * The lock is fcntl()'s of old, that of a process: a lock of the open file, flock()'s or an OFD lock, would
 * last as long as any worker has the file mapped, whatever became of the coroner.
 */
#ifndef FPS_CORONER_BOXFILE_H
#define FPS_CORONER_BOXFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FPS_BOXFILE_PREFIX "blackbox-"
#define FPS_BOXFILE_UNNAMED_PREFIX ".starting-" /* where a file must have a name */

/*
 * Makes a file of that size, all of it allocated, in the directory, which is made if it is missing and must
 * be nobody else's. The descriptor, or -1 with the reason in words. In MINIT.
 */
int fps_boxfile_open(const char *directory, size_t size, const char **reason);

/* The kernel's name for this boot, "" if it has none. */
void fps_boxfile_boot_id(char id[40]);

/* FPM keeps the mapping only. Where there is no coroner the file goes. */
void fps_boxfile_close(bool has_coroner);

/* For the coroner: the descriptors that are its to keep, -1 for none. */
void fps_boxfile_fds(int fds[2]);

/* At its start: takes the lock. */
void fps_boxfile_lock(void);

/* At the first hello: gives the file its name. False, with errno, if it has none. */
bool fps_boxfile_name(void);

/* What it is called by now, "" for nothing; and the directory, -1 where the box is no file. */
const char *fps_boxfile_own_name(void);
int fps_boxfile_directory(void);

/* Whether that file is nobody's by now, and this process's from here on until it is closed. */
bool fps_boxfile_take(int fd);

/* At its end: nothing is left to tell. */
void fps_boxfile_remove(void);

#endif
