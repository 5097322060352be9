#include "coroner/oomvictim.h"

#include "coroner/deathcause.h"
#include "coroner/lastsample.h"
#include "coroner/pidfd.h"
#include "sig/proc.h"

#include <signal.h>
#include <sys/wait.h>

bool fps_oomvictim_may_be(const struct fps_ward *ward, const struct fps_slot *slot)
{
	bool killed = !ward->status_known || (WIFSIGNALED(ward->status) && WTERMSIG(ward->status) == SIGKILL);

	return ward->stage == FPS_WARD_WATCHED && ward->ended_ns && !ward->oom_asked && killed
		&& !fps_deathcause_has_draft(slot);
}

/* The next ward, from *i on, that may have died of the same OOM kill; NULL at the end. */
static struct fps_ward *next_of_kill(const struct fps_ward *ward, uint32_t *i)
{
	struct fps_ward *other;

	while ((other = fps_workertable_at(*i))) {
		++*i;
		if (other->stage == FPS_WARD_WATCHED && other->cgroup == ward->cgroup
			&& fps_oomvictim_may_be(other, fps_workertable_slot(other))) {
			break;
		}
	}
	return other;
}

/*
 * The OOM killer picks the largest process: whether as many as it has killed are known to have been larger than this
 * one, by a quarter.
 */
static bool is_too_small(const struct fps_ward *ward, uint32_t steps)
{
	uint64_t rss = fps_lastsample_rss(fps_workertable_slot(ward));
	const struct fps_ward *other;
	uint32_t larger = 0;

	for (uint32_t i = 0; rss > 0 && larger < steps && (other = next_of_kill(ward, &i));) {
		larger += fps_lastsample_rss(fps_workertable_slot(other)) / 5 * 4 > rss;
	}
	return larger >= steps;
}

/* There may be more deaths than steps, for example if systemd or FPM ends the rest after an OOM kill. */
void fps_oomvictim_ask(struct fps_ward *ward)
{
	uint32_t deaths = 0, steps = fps_oomledger_steps(ward->cgroup, ward->ended_ns);
	bool by_size = false;
	struct fps_ward *other;

	for (uint32_t i = 0; steps > 0 && (other = next_of_kill(ward, &i));) {
		if (is_too_small(other, steps)) {
			other->oom = FPS_OOM_LARGER;
			other->oom_asked = by_size = true;
		}
	}
	for (uint32_t i = 0; (other = next_of_kill(ward, &i)); deaths++) {
		other->oom_by_size = other->oom_by_size || by_size;
	}
	if (!ward->oom_asked) {
		ward->oom = fps_oomledger_consume(ward->cgroup, deaths, ward->ended_ns);
		ward->oom = ward->oom == FPS_OOM_YES && ward->oom_by_size ? FPS_OOM_SHARED : ward->oom;
		ward->oom_asked = true;
	}
}

static bool is_on_its_way(const struct fps_ward *ward)
{
	return !ward->ended_ns && (fps_sig_proc_is_dying(ward->who.pid) || !fps_pidfd_is_alive(ward->who.pid));
}

bool fps_oomvictim_is_unfinished(const struct fps_ward *ward)
{
	const struct fps_ward *other;

	if (fps_oomledger_steps(ward->cgroup, ward->ended_ns) == 0) {
		return false;
	}
	for (uint32_t i = 0; (other = fps_workertable_at(i)); i++) {
		if (other->stage == FPS_WARD_WATCHED && other->cgroup == ward->cgroup && is_on_its_way(other)) {
			return true;
		}
	}
	return false;
}
