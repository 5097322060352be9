/*
 * The memory cgroup of a process, v2 or v1: finds it, and reads its files.
 *
 * Nothing is allocated, and no file stays open. All paths are read below the root that fps_cgroupfs_init() was given.
 */
#ifndef FPS_CGROUPFS_H
#define FPS_CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FPS_CGROUP_PATH 512

struct fps_cgroup {
	char dir[FPS_CGROUP_PATH];
	size_t top; /* the length of the mount point at the start of dir */
	int mount;
	const char *file; /* the file that counts its OOM kills */
};

/* Looks for the mounted hierarchies; root is "" for the machine's own, or a copied tree. */
void fps_cgroupfs_init(const char *root);

/* The cgroup of a process, and its OOM kills so far. False if the cgroup or the counter is not known. */
bool fps_cgroupfs_find(int32_t pid, struct fps_cgroup *group, uint64_t *kills);

/* Its OOM kills; read from fd, if fps_cgroupfs_open() returned one. False if the cgroup is gone. */
bool fps_cgroupfs_kills(const struct fps_cgroup *group, int fd, uint64_t *kills);

/*
 * Opens the file with the counter for poll(); the caller closes it. -1 on v1, where poll() does not work, or with
 * errno.
 */
int fps_cgroupfs_open(const struct fps_cgroup *group);

/* The machine's OOM kills, including those of all containers. */
bool fps_cgroupfs_machine_kills(uint64_t *kills);

/*
 * Kills of this cgroup as a whole, or of one above it, added up: the kernel's (memory.oom.group), and those of
 * systemd-oomd. 0 on v1, which has neither.
 */
void fps_cgroupfs_above(const struct fps_cgroup *group, uint64_t *whole, uint64_t *oomd);

/* Moves group up to the nearest cgroup that has a limit; returns the limit and the usage in bytes. False if none has.
 */
bool fps_cgroupfs_limit(struct fps_cgroup *group, uint64_t *limit, uint64_t *usage);

/* Its name as in /proc/PID/cgroup; the end of it if it is longer than size - 1. */
void fps_cgroupfs_name(const struct fps_cgroup *group, char *to, size_t size);

#endif
