/* When the master forked, and which workers had been reaped by then. */
#include "coroner/forks.h"

#include "coroner/process.h"
#include "record/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

/*
 * How many workers the master checks at a fork, at 0.7 microseconds each. With more workers only the time decides; with
 * so many, a living one decides as well (coroner/aftermath.h).
 */
#define LISTED 64
/* Marks an entry that is being filled in. */
#define TAKEN (-1)

static struct forks {
	_Atomic uint64_t forked_ns;
	_Atomic uint32_t listed; /* entries from here on have never been used */
	struct listed {
		_Atomic int32_t pid; /* 0: free, or TAKEN */
		_Atomic uint64_t claimed_ns, replaced_ns;
	} worker[LISTED];
} * forks;

int fps_forks_init(void)
{
	forks = fps_process_share(sizeof *forks);
	return forks ? 0 : -1;
}

static struct listed *listed_at(uint32_t i)
{
	return forks && i < LISTED && i < atomic_load(&forks->listed) ? &forks->worker[i] : NULL;
}

/*
 * A free entry; otherwise the one whose worker was replaced first, which is needed least. NULL if there is none, or
 * another worker was faster.
 */
static struct listed *take_entry(void)
{
	struct listed *worker, *found = NULL;
	int32_t pid = 0;

	for (uint32_t i = 0; i < LISTED; i++) {
		worker = &forks->worker[i];
		if (atomic_load(&worker->pid) == 0) {
			found = worker;
			break;
		}
		if (atomic_load(&worker->replaced_ns)
			&& (!found || atomic_load(&worker->replaced_ns) < atomic_load(&found->replaced_ns))) {
			found = worker;
		}
	}
	pid = found ? atomic_load(&found->pid) : TAKEN;
	return pid != TAKEN && atomic_compare_exchange_strong(&found->pid, &pid, TAKEN) ? found : NULL;
}

void fps_forks_list(const struct fps_identity *who)
{
	struct listed *worker = NULL;
	uint32_t next;

	for (int tries = 0; forks && !worker && tries < LISTED; tries++) {
		worker = take_entry();
	}
	if (worker) {
		atomic_store(&worker->replaced_ns, 0);
		atomic_store(&worker->claimed_ns, who->claimed_ns);
		atomic_store(&worker->pid, who->pid);
		next = (uint32_t) (worker - forks->worker) + 1;
		/* another process may write a smaller number; the next one corrects it */
		if (next > atomic_load(&forks->listed)) {
			atomic_store(&forks->listed, next);
		}
	}
}

/* Its parent has reaped it: until then a signal can be sent to it even if it is dead. */
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
		if (pid > 0 && !replaced_ns && is_gone(pid)) {
			atomic_store(&worker->replaced_ns, now_ns);
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
		if (replaced_ns && atomic_load(&worker->pid) == who->pid
			&& atomic_load(&worker->claimed_ns) == who->claimed_ns) {
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
