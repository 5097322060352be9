/* When the master forked, and which workers had been reaped by then. */
#include "coroner/forks.h"

#include "coroner/process.h"
#include "record/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

/*
 * So many workers at once are looked for when the master forks, which takes 0.7 microseconds for each. Of more the time alone tells, and
 * among so many one lives that tells as well (coroner/deeds.h).
 */
#define LISTED 64
/* How long the coroner can ask for one that is gone. */
#define LISTED_NS 60000000000ULL

static struct forks {
	_Atomic uint64_t forked_ns;
	_Atomic uint32_t listed; /* entries from here on have never been used */
	struct listed {
		_Atomic int32_t pid; /* 0: free */
		_Atomic uint64_t claimed_ns, replaced_ns;
	} worker[LISTED];
} *forks;

int fps_forks_init(void)
{
	forks = fps_process_share(sizeof *forks);
	return forks ? 0 : -1;
}

static struct listed *listed_at(uint32_t i)
{
	return forks && i < LISTED && i < atomic_load(&forks->listed) ? &forks->worker[i] : NULL;
}

void fps_forks_list(const struct fps_identity *who)
{
	struct listed *worker;
	int32_t none;

	for (uint32_t i = 0; forks && i < LISTED; i++) {
		worker = &forks->worker[i];
		none = 0;
		if (atomic_compare_exchange_strong(&worker->pid, &none, who->pid)) {
			atomic_store(&worker->replaced_ns, 0);
			atomic_store(&worker->claimed_ns, who->claimed_ns);
			if (i >= atomic_load(&forks->listed)) { /* another one may write a smaller number: then the next to come corrects it */
				atomic_store(&forks->listed, i + 1);
			}
			return;
		}
	}
}

/* Its parent has reaped it: before that a signal can be sent to it, also when it is dead. */
static bool is_gone(int32_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

void fps_forks_note(void)
{
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC), replaced_ns;
	struct listed *worker;
	int32_t pid;

	for (uint32_t i = 0; (worker = listed_at(i)); i++) {
		pid = atomic_load(&worker->pid);
		replaced_ns = atomic_load(&worker->replaced_ns);
		if (pid && !replaced_ns && is_gone(pid)) {
			atomic_store(&worker->replaced_ns, now_ns);
		} else if (replaced_ns && now_ns - replaced_ns > LISTED_NS) {
			atomic_store(&worker->pid, 0);
		}
	}
	if (forks) {
		atomic_store(&forks->forked_ns, now_ns);
	}
}

uint64_t fps_forks_after_ns(const struct fps_identity *who, uint64_t died_ns)
{
	uint64_t forked_ns = forks ? atomic_load(&forks->forked_ns) : 0, replaced_ns;
	struct listed *worker;

	for (uint32_t i = 0; forked_ns <= died_ns && (worker = listed_at(i)); i++) {
		replaced_ns = atomic_load(&worker->replaced_ns);
		if (replaced_ns && atomic_load(&worker->pid) == who->pid && atomic_load(&worker->claimed_ns) == who->claimed_ns) {
			return replaced_ns;
		}
	}
	return forked_ns > died_ns ? forked_ns : 0;
}

void fps_forks_leave(void)
{
	if (forks) {
		munmap(forks, sizeof *forks);
		forks = NULL;
	}
}
