/* Which worker the master had reaped when it began a fork. */
#include "unit.h"

#include "coroner/forks.h"
#include "record/clock.h"

#include <time.h>

/* A worker that has claimed its slot and died, and that has been reaped. */
static struct fps_identity end_worker(void)
{
	struct fps_identity who = {.claimed_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC)};
	pid_t pid = fork();

	if (pid == 0) {
		who.pid = getpid();
		fps_forks_list(&who);
		_exit(0);
	}
	who.pid = pid;
	waitpid(pid, NULL, 0);
	return who;
}

/*
 * The coroner has noticed the death after the fork, as a late one does: only what the master had reaped then can tell.
 */
static bool is_replaced(const struct fps_identity *who)
{
	uint64_t late_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);

	return fps_forks_after_ns(who, late_ns) != 0;
}

/* As in a pool whose only worker dies again and again, or serves pm.max_requests = 1 */
static void each_of_many(void)
{
	CHECK(fps_forks_init() == 0);
	for (int i = 0; i < 200; i++) {
		struct fps_identity who = end_worker();

		CHECK(!is_replaced(&who));
		fps_forks_note();
		if (!CHECK(is_replaced(&who))) {
			return;
		}
	}
}

/* A pid that comes again is another worker's */
static void another_of_that_pid(void)
{
	struct fps_identity who;

	CHECK(fps_forks_init() == 0);
	who = end_worker();
	fps_forks_note();
	who.claimed_ns++;
	CHECK(!is_replaced(&who));
}

/* Those that live stay listed, however many die */
static void one_that_lives(void)
{
	struct fps_identity who = {.claimed_ns = 1};
	int done[2];
	pid_t pid;

	CHECK(fps_forks_init() == 0 && pipe(done) == 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		who.pid = getpid();
		fps_forks_list(&who);
		close(done[1]);
		_exit(read(done[0], &byte, 1) != 0);
	}
	who.pid = pid;
	for (int i = 0; i < 100; i++) {
		end_worker();
		fps_forks_note();
	}
	CHECK(!is_replaced(&who));
	close(done[1]);
	waitpid(pid, NULL, 0);
	fps_forks_note();
	CHECK(is_replaced(&who));
}

UNIT_MAIN(TEST(each_of_many), TEST(another_of_that_pid), TEST(one_that_lives))
