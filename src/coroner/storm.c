/* Counts records by fingerprint. */
#include "coroner/storm.h"

#include "coroner/process.h"

#include "record/fingerprint.h"
#include "record/message.h"
#include "record/sanitize.h"

#include <string.h>

#define FULL 10 /* records within a minute */
#define MINUTE 60
#define HOUR 3600
#define SECOND_NS 1000000000ULL
/* Bounds how many are counted at once; with more users, those who come last have no storms. */
#define TALLIES (64 * FPS_STORM_OF_USER)

struct tally {
	uint64_t last_s; /* CLOCK_MONOTONIC, when it was last counted; 0: free */
	uint64_t first_s;
	uint64_t fingerprint;
	uid_t uid;
	char pool[sizeof((struct fps_identity *) 0)->pool];
	char first[33];
	uint32_t count[MINUTE]; /* per second, by its number modulo MINUTE */
};

static struct {
	uint32_t used; /* tallies from here on have never been used */
	struct tally tally[TALLIES];
} * storms;

int fps_storm_init(void)
{
	storms = fps_process_share(sizeof *storms);
	return storms ? 0 : -1;
}

static bool is_over(const struct tally *tally, uint64_t now_s)
{
	return tally->last_s + MINUTE <= now_s;
}

static bool is_of(const struct tally *tally, const struct tally *key)
{
	return tally->fingerprint == key->fingerprint && tally->uid == key->uid && strcmp(tally->pool, key->pool) == 0;
}

/* Where a key is counted, or can be; NULL if others need all places. */
static struct tally *find(const struct tally *key, uint64_t now_s)
{
	struct tally *over = NULL, *oldest = NULL;
	uint32_t of_user = 0;

	for (uint32_t i = 0; i < storms->used; i++) {
		struct tally *tally = &storms->tally[i];

		if (is_over(tally, now_s)) {
			over = tally;
		} else if (is_of(tally, key)) {
			return tally;
		} else if (tally->uid == key->uid) {
			of_user++;
			oldest = oldest && oldest->last_s <= tally->last_s ? oldest : tally;
		}
	}
	if (of_user >= FPS_STORM_OF_USER) {
		return oldest;
	}
	return over ? over : storms->used < TALLIES ? &storms->tally[storms->used++] : NULL;
}

/* Forgets the seconds that have passed since; returns how many records are left in the last minute. */
static uint64_t advance(struct tally *tally, uint64_t now_s)
{
	uint64_t sum = 0, passed = now_s - tally->last_s < MINUTE ? now_s - tally->last_s : MINUTE;

	for (uint64_t i = 0; i < passed; i++) {
		tally->count[(now_s - i) % MINUTE] = 0;
	}
	for (size_t i = 0; i < MINUTE; i++) {
		sum += tally->count[i];
	}
	return sum;
}

static void note_first(struct tally *tally, const struct fps_slot *slot, uint64_t now_s)
{
	struct fps_sig_buf id;

	fps_sig_buf_init(&id, tally->first, sizeof tally->first);
	fps_sig_message_id(slot, &id);
	fps_sig_buf_terminate(&id);
	tally->first_s = now_s;
}

static struct tally *take(const struct fps_slot *slot, uid_t uid, uint64_t now_s)
{
	struct tally key = {.fingerprint = fps_sig_fingerprint(slot), .uid = uid}, *tally;

	memcpy(key.pool, slot->who.pool, sizeof key.pool);
	tally = find(&key, now_s);
	if (tally && (is_over(tally, now_s) || !is_of(tally, &key))) {
		*tally = key; /* free until it is counted: a coroner may be killed here */
	}
	return tally;
}

bool fps_storm_count(struct fps_slot *slot, uid_t uid, uint64_t now_ns, struct fps_sig_storm *storm)
{
	uint64_t now_s = now_ns / SECOND_NS + MINUTE; /* later than 0 by more than a minute */
	struct tally *tally;
	bool is_first;

	fps_sig_sanitize(slot);
	if (slot->draft.cause >= FPS_CAUSE_RECYCLED) {
		return false;
	}
	tally = take(slot, uid, now_s);
	if (!tally) {
		return false;
	}
	storm->count = advance(tally, now_s) + 1;
	is_first = storm->count == 1 || now_s - tally->first_s >= (storm->count > FULL ? HOUR : MINUTE);
	if (is_first) {
		note_first(tally, slot, now_s);
	}
	tally->count[now_s % MINUTE]++;
	tally->last_s = now_s;
	memcpy(storm->first, tally->first, sizeof storm->first);
	return storm->count > FULL && !is_first;
}
