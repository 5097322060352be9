/* Decides which deaths the OOM killer's counters account for. */
#include "coroner/oomledger.h"

#include "coroner/cgroupfs.h"
#include "coroner/process.h"

#include "sig/sender.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_BATCHES 8
#define NS_PER_SECOND 1000000000ULL
#define FRESH_NS (2 * NS_PER_SECOND)
/* The longest that a death is held back. */
#define SHARED_NS (10 * NS_PER_SECOND)

/* A counter and its steps that no death has used up: the newest last, each with the time when it was first seen. */
struct counter {
	uint64_t value;
	bool started; /* there is a baseline */
	struct batch {
		uint64_t ns, count;
	} batch[MAX_BATCHES];
};

struct group {
	struct fps_cgroup at;
	struct counter kills;
	uint64_t whole, oomd;       /* how many times the kernel, and systemd-oomd, have killed the whole group, */
	uint64_t whole_ns, oomd_ns; /* and when the last was first seen */
	uint64_t shared_ns;         /* when deaths had to share steps, */
	uint32_t shared;            /* and how many of these are still to be decided */
	bool gone;
};

/* In memory that outlives a coroner: a new baseline would forget the kills between two coroners. */
static struct {
	struct group groups[FPS_OOM_GROUPS];
	int group_count;
	struct counter machine; /* its steps are those that no known group has counted */
	uint64_t owed;
} * oom;

static int event_fds[FPS_OOM_GROUPS]; /* a coroner's own, plus 1; 0: not open */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t) now.tv_sec * NS_PER_SECOND + (uint64_t) now.tv_nsec;
}

/* How far it went up. A counter that went down belongs to a new group with the old name. */
static uint64_t advance(struct counter *counter, uint64_t value)
{
	uint64_t steps = counter->started && value > counter->value ? value - counter->value : 0;

	counter->value = value;
	counter->started = true;
	return steps;
}

/* Replaces the oldest batch, which has waited longest for a death. */
static void note(struct counter *counter, uint64_t steps, uint64_t now)
{
	if (steps > 0) {
		memmove(counter->batch, counter->batch + 1, (MAX_BATCHES - 1) * sizeof counter->batch[0]);
		counter->batch[MAX_BATCHES - 1] = (struct batch) {now, steps};
	}
}

static bool is_fresh(uint64_t seen_ns, uint64_t died_ns)
{
	return seen_ns > 0 && seen_ns + FRESH_NS >= died_ns;
}

static uint64_t fresh_steps(const struct counter *counter, uint64_t died_ns)
{
	uint64_t steps = 0;

	for (size_t i = 0; i < MAX_BATCHES; i++) {
		steps += is_fresh(counter->batch[i].ns, died_ns) ? counter->batch[i].count : 0;
	}
	return steps;
}

/* Uses up that many fresh steps, oldest first; returns how many were missing. */
static uint64_t use_up(struct counter *counter, uint64_t died_ns, uint64_t steps)
{
	for (size_t i = 0; i < MAX_BATCHES; i++) {
		struct batch *batch = &counter->batch[i];
		uint64_t used = batch->count < steps ? batch->count : steps;

		if (is_fresh(batch->ns, died_ns)) {
			batch->count -= used;
			steps -= used;
		}
	}
	return steps;
}

static int *event_of(const struct group *group)
{
	return &event_fds[group - oom->groups];
}

static void close_event(const struct group *group)
{
	int *event = event_of(group);

	if (*event > 0) {
		close(*event - 1);
	}
	*event = 0;
}

static void sync_group(struct group *group, uint64_t *unclaimed, uint64_t *owed, uint64_t now)
{
	uint64_t value;

	group->gone = !fps_cgroupfs_kills(&group->at, *event_of(group) - 1, &value);
	if (group->gone) {
		close_event(group);
		return;
	}
	uint64_t steps = advance(&group->kills, value), claimed = steps < *unclaimed ? steps : *unclaimed;
	uint64_t whole, oomd;

	note(&group->kills, steps, now);
	*unclaimed -= claimed;
	*owed += steps - claimed;
	fps_cgroupfs_above(&group->at, &whole, &oomd);
	group->whole_ns = whole > group->whole ? now : group->whole_ns;
	group->whole = whole;
	group->oomd_ns = oomd > group->oomd ? now : group->oomd_ns;
	group->oomd = oomd;
}

/*
 * The kernel counts for the machine first. A kill while these files are being read may thus show up in the group only,
 * and in the machine's counter the next time: that one is owed.
 */
void fps_oomledger_sync(void)
{
	uint64_t now = now_ns(), value, unclaimed = 0;

	if (fps_cgroupfs_machine_kills(&value)) {
		oom->owed = oom->machine.started ? oom->owed : 0;
		unclaimed = advance(&oom->machine, value);
	}
	uint64_t paid = oom->owed < unclaimed ? oom->owed : unclaimed;

	oom->owed -= paid;
	unclaimed -= paid;
	for (int i = 0; i < oom->group_count; i++) {
		sync_group(&oom->groups[i], &unclaimed, &oom->owed, now);
	}
	note(&oom->machine, unclaimed, now);
}

int fps_oomledger_init(const char *root)
{
	if (!oom) {
		oom = fps_process_share(sizeof *oom);
		if (!oom) {
			return -1;
		}
	}
	for (int i = 0; i < oom->group_count; i++) {
		close_event(&oom->groups[i]);
	}
	memset(oom, 0, sizeof *oom);
	fps_cgroupfs_init(root);
	fps_oomledger_sync();
	return 0;
}

int fps_oomledger_join(int32_t pid)
{
	struct fps_cgroup at;
	uint64_t kills;

	fps_oomledger_sync();
	if (!fps_cgroupfs_find(pid, &at, &kills)) {
		return -1;
	}
	for (int i = 0; i < oom->group_count; i++) {
		if (strcmp(oom->groups[i].at.dir, at.dir) == 0) {
			return i;
		}
	}
	if (oom->group_count == FPS_OOM_GROUPS) {
		return -1;
	}
	struct group *group = &oom->groups[oom->group_count];

	*group = (struct group) {.at = at, .kills = {.value = kills, .started = true}};
	fps_cgroupfs_above(&at, &group->whole, &group->oomd);
	return oom->group_count++;
}

static struct group *find(int number)
{
	return number >= 0 && number < oom->group_count ? &oom->groups[number] : NULL;
}

/* The first of several deaths that lack steps takes them all, and leaves a note for the others. */
static bool has_shared(struct group *group, uint32_t *deaths, uint64_t died_ns)
{
	if (group->shared == 0 || group->shared_ns + SHARED_NS < now_ns()) {
		group->shared = 0;
		return false;
	}
	if (died_ns <= group->shared_ns) {
		group->shared--;
		return true;
	}
	*deaths -= group->shared < *deaths ? group->shared : 0;
	return false;
}

static bool consume_machine(uint64_t died_ns)
{
	return fresh_steps(&oom->machine, died_ns) > 0 && use_up(&oom->machine, died_ns, 1) == 0;
}

enum fps_oom_verdict fps_oomledger_consume(int group, uint32_t deaths, uint64_t died_ns)
{
	struct group *found = find(group);

	fps_oomledger_sync();
	if (!found) {
		return consume_machine(died_ns) ? FPS_OOM_MAYBE : FPS_OOM_NO;
	}
	if (has_shared(found, &deaths, died_ns)) {
		return FPS_OOM_SHARED;
	}
	uint64_t steps = fresh_steps(&found->kills, died_ns);

	if (steps > 0 && steps >= deaths) {
		use_up(&found->kills, died_ns, 1);
		return FPS_OOM_YES;
	}
	if (is_fresh(found->oomd_ns, died_ns)) {
		return FPS_OOM_DAEMON;
	}
	if (steps > 0) {
		use_up(&found->kills, died_ns, steps);
		found->shared = deaths - 1;
		found->shared_ns = now_ns();
		return FPS_OOM_SHARED;
	}
	if (found->gone) {
		return consume_machine(died_ns) ? FPS_OOM_MAYBE : FPS_OOM_NO;
	}
	return fresh_steps(&oom->machine, died_ns) > 0 ? FPS_OOM_ELSEWHERE : FPS_OOM_NO;
}

uint32_t fps_oomledger_steps(int group, uint64_t died_ns)
{
	const struct group *found = find(group);

	fps_oomledger_sync();
	return found ? (uint32_t) fresh_steps(&found->kills, died_ns) : 0;
}

/* A line of evidence, with as much of the cgroup's name as fits. */
static void describe_group(struct fps_draft *draft, const char *before, const struct fps_cgroup *at)
{
	char line[sizeof draft->evidence[0] - 1], name[sizeof line]; /* as much as fps_sig_sender_evidence() takes */

	fps_cgroupfs_name(at, name, sizeof line - strlen(before));
	snprintf(line, sizeof line, "%s%s", before, name);
	fps_sig_sender_evidence(draft, line, 0, NULL);
}

static void describe_limit(struct fps_draft *draft, struct fps_cgroup at)
{
	char line[sizeof draft->evidence[0] - 1]; /* as much as fps_sig_sender_evidence() takes */
	uint64_t limit, usage;

	if (fps_cgroupfs_limit(&at, &limit, &usage)) {
		snprintf(line, sizeof line, "limit %llu, usage now %llu in ", (unsigned long long) limit,
			(unsigned long long) usage);
		describe_group(draft, line, &at);
	} else {
		fps_sig_sender_evidence(draft, "no memory limit is seen from that cgroup upwards", 0, NULL);
	}
}

static void describe_verdict(const struct group *group, enum fps_oom_verdict verdict, struct fps_draft *draft)
{
	static const char *const in_group[] = {
		[FPS_OOM_NO] = "no OOM kill was counted in cgroup ",
		[FPS_OOM_ELSEWHERE] = "an OOM kill was counted on this machine, but not in cgroup ",
		[FPS_OOM_LARGER] = "an OOM kill was counted, of a larger worker, in cgroup ",
		[FPS_OOM_MAYBE] = "an OOM kill was counted on this machine; gone is cgroup ",
		[FPS_OOM_SHARED] = "fewer OOM kills than deaths were counted in cgroup ",
		[FPS_OOM_DAEMON] = "systemd-oomd has killed this or one above it: cgroup ",
		[FPS_OOM_YES] = "an OOM kill was counted in cgroup ",
	};

	if (group && verdict == FPS_OOM_YES && is_fresh(group->whole_ns, now_ns())) {
		describe_group(draft, "an OOM kill of a whole group was counted in cgroup ", &group->at);
	} else if (group && !(group->gone && verdict == FPS_OOM_NO)) {
		describe_group(draft, in_group[verdict], &group->at);
	} else if (verdict != FPS_OOM_NO) {
		fps_sig_sender_evidence(
			draft, "an OOM kill was counted on this machine; the worker's cgroup is not known", 0, NULL);
	} else {
		fps_sig_sender_evidence(draft,
			oom->machine.started ? "no OOM kill was counted on this machine"
								 : "whether the OOM killer was at work could not be read",
			0, NULL);
	}
}

void fps_oomledger_describe(int group, enum fps_oom_verdict verdict, uint64_t rss, struct fps_draft *draft)
{
	const struct group *found = find(group);

	describe_verdict(found, verdict, draft);
	if (verdict < FPS_OOM_MAYBE) {
		return;
	}
	if (found && !found->gone) {
		describe_limit(draft, found->at);
	}
	if (rss > 0) {
		fps_sig_sender_evidence(draft, "RSS at the last sample: ", (int64_t) rss, " bytes");
	}
}

uint64_t fps_oomledger_last_ns(int group)
{
	const struct group *found = find(group);

	return found ? found->kills.batch[MAX_BATCHES - 1].ns : 0;
}

int fps_oomledger_event_fd(int group)
{
	struct group *found = find(group);

	if (!found || found->gone) {
		return -1;
	}
	if (*event_of(found) == 0) {
		*event_of(found) = fps_cgroupfs_open(&found->at) + 1;
		fps_oomledger_sync(); /* reading from it arms it */
	}
	return *event_of(found) - 1;
}
