/*
 * The OOM killer's counters: was a SIGKILL its own?
 *
 * What the kernel does, from 4.19 to 6.18 (mm/oom_kill.c __oom_kill_process(), include/linux/memcontrol.h
 * memcg_memory_event()):
 *
 * - each victim is counted by itself, first in `oom_kill` of /proc/vmstat, then in `oom_kill` of its own memory
 *   cgroup, and only then gets its SIGKILL ("Raise event before sending signal: task reaper must see this").
 *   Whoever sees the death sees the count. This is so whether a cgroup's limit was hit, an ancestor's, or the
 *   machine has run out. A victim that is exiting already is not counted, nor is another process on the same memory.
 * - v2 memory.events counts the cgroups above as well since 5.2 (9852ae3fe529), but for the root, which has no such
 *   file; memory.events.local, since 5.3, the cgroup's own alone, as memory.events did before 5.2.
 * - v1 memory.oom_control has `oom_kill` since 4.13 (8e675f7af507), in the root too, and not hierarchical but in 5.2
 *   to 5.6 (04fd61a4e010 fixed it, also in the stable series of 5.4).
 * - `oom_group_kill` of v2, since 5.17 (b6bf9abb0aa4), counts once in the cgroup that has memory.oom.group set; each
 *   of its processes is counted in `oom_kill` all the same.
 *
 * systemd-oomd kills in userland, and no counter of the kernel's moves. Before it kills it adds one to the attribute
 * user.oomd_ooms of the cgroup that it chose, afterwards the number of processes to user.oomd_kill
 * (src/oom/oomd-util.c oomd_cgroup_kill()); the second counts here where there is no first.
 *
 * So a cgroup's counter is a running baseline here: a step up is noted, with the time when it was first seen, and
 * consumed by the death that it explains. Nothing is allocated, files are read and closed again.
 */
#ifndef FPS_OOMLEDGER_H
#define FPS_OOMLEDGER_H

#include "blackbox.h"

#define FPS_OOM_GROUPS 64 /* cgroups that are known, at most; numbered from 0 */

enum fps_oom_verdict {
	FPS_OOM_NO,        /* no counter moved */
	FPS_OOM_ELSEWHERE, /* the machine's moved, but the cgroup's did not: almost certainly no */
	FPS_OOM_LARGER,    /* the cgroup's moved, but for larger processes that died; decided in oomvictim.h */
	FPS_OOM_MAYBE,     /* the machine's moved, and the cgroup's can't be read */
	FPS_OOM_SHARED,    /* the cgroup's moved, but there were more deaths than steps */
	FPS_OOM_DAEMON,    /* systemd-oomd has killed the cgroup, or one above it */
	FPS_OOM_YES,       /* the cgroup's moved as often as processes died */
};

/*
 * Forgets everything and looks for the mounted hierarchies. All paths are read below root: "" for this machine, a
 * copied tree in tests. 0, or -1 with errno if there is no memory.
 */
int fps_oomledger_init(const char *root);

/*
 * At a worker's hello: returns the number of its cgroup, and takes the baseline if the cgroup is new. -1 if the cgroup
 * or its counter is not known, or there are too many; then only the machine's counter is used.
 */
int fps_oomledger_join(int32_t pid);

/*
 * Reads all counters and notes when each step was first seen. Call it first at each death that may be an OOM kill, when
 * it is seen; and when a counter moves, where the kernel reports that (fps_oomledger_event_fd()). The closer the calls,
 * the more exact is a step's time. fps_oomledger_join() and fps_oomledger_consume() call it too.
 */
void fps_oomledger_sync(void);

/*
 * Whether the OOM killer sent a SIGKILL; uses up the step that says so. A step seen more than two seconds before
 * died_ns (CLOCK_MONOTONIC, when the death was seen) belongs to another death. deaths: the undecided SIGKILL deaths in
 * the cgroup, including this one. If there are more of them than steps, the result is FPS_OOM_SHARED for all of them.
 */
enum fps_oom_verdict fps_oomledger_consume(int group, uint32_t deaths, uint64_t died_ns);

/* How many unused steps in the cgroup fit a death at that time. */
uint32_t fps_oomledger_steps(int group, uint64_t died_ns);

/*
 * Writes the draft's evidence for a verdict: one line and, if a kill is thought possible, up to two more: the nearest
 * limit from the cgroup upwards with its usage now, and the RSS at the last sample (in bytes, 0: not known).
 */
void fps_oomledger_describe(int group, enum fps_oom_verdict verdict, uint64_t rss, struct fps_draft *draft);

/* When the cgroup's counter was last seen to move, whoever died of it: CLOCK_MONOTONIC, 0 for never. */
uint64_t fps_oomledger_last_ns(int group);

/*
 * A descriptor that reports when counters move, so that a step gets a time even if nothing else happens. Poll it for
 * POLLPRI alone and call fps_oomledger_sync(). It belongs to this module and is valid until the next
 * fps_oomledger_sync(), which closes it when the cgroup is gone: ask for it before each poll(). -1 if there is none, as
 * on v1: the eventfd of cgroup.event_control fires before the kill is counted, and not at all when the machine has run
 * out.
 *
 * Reclaim at the limit changes `max` in the same file, and the kernel then reports up to 100 times a second: leave the
 * descriptor out of poll() for a second after each report, and call fps_oomledger_sync() then.
 */
int fps_oomledger_event_fd(int group);

#endif
