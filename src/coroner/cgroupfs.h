/*
 * A process's memory cgroup, v2 or v1: finding it, and reading what its files say.
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
	size_t top; /* so much of dir is the mount point */
	int mount;
	const char *file; /* the one in which its OOM kills are counted */
};

/* Looks for the mounted hierarchies; root is "" for the machine's own, or a copied tree. */
void fps_cgroupfs_init(const char *root);

/* A process's cgroup, and its OOM kills so far. False if it or the counter is not known. */
bool fps_cgroupfs_find(int32_t pid, struct fps_cgroup *group, uint64_t *kills);

/* Its OOM kills; from fd, if that is one of fps_cgroupfs_open(). False if it is gone. */
bool fps_cgroupfs_kills(const struct fps_cgroup *group, int fd, uint64_t *kills);

/* The file that counts, for poll(), the caller's to close. -1 on v1, where it can't be polled, or with errno. */
int fps_cgroupfs_open(const struct fps_cgroup *group);

/* The machine's OOM kills, those of all containers. */
bool fps_cgroupfs_machine_kills(uint64_t *kills);

/*
 * What happened to this cgroup as a whole, or to one above it, all of them added up: the kernel's kills of a whole
 * cgroup (memory.oom.group), and those of systemd-oomd. 0 on v1, which has neither.
 */
void fps_cgroupfs_above(const struct fps_cgroup *group, uint64_t *whole, uint64_t *oomd);

/* Moves group to the nearest cgroup upwards that has a limit: it and its usage in bytes. False if none has. */
bool fps_cgroupfs_limit(struct fps_cgroup *group, uint64_t *limit, uint64_t *usage);

/* Its name as in /proc/PID/cgroup, the end of it where it is longer than size - 1. */
void fps_cgroupfs_name(const struct fps_cgroup *group, char *to, size_t size);

#endif
