/* storm.c, userquota.c: what of a flood is short or dropped, and that one user's is not another's. */
#include "slots.h"

#include "coroner/storm.h"
#include "coroner/userquota.h"
#include "record/buf.h"
#include "record/message.h"

#define UID 33
#define OTHER 65534

static uint64_t now_ns = 5 * (uint64_t) SECOND_NS;
static struct fps_sig_storm storm;
static struct fps_slot *slot;

/* A record of that defect, number `served` of its worker. True if it is short. */
static bool count(unsigned defect, uint64_t served, uid_t uid)
{
	snprintf(slot->draft.arena, 6, "f%04x", defect);
	slot->requests_served = served;
	return fps_storm_count(slot, uid, now_ns, &storm);
}

static const char *id_of(uint64_t served)
{
	static char text[40];
	struct fps_sig_buf id;

	slot->requests_served = served;
	fps_sig_buf_init(&id, text, sizeof text);
	fps_sig_message_id(slot, &id);
	fps_sig_buf_terminate(&id);
	return text;
}

static void begin(void)
{
	CHECK_INT(fps_storm_init(), 0);
	CHECK_INT(fps_userquota_init(), 0);
	slot = slot_claimed();
	slot->draft.cause = FPS_CAUSE_SEGFAULT;
	SET(slot->who.pool, "www");
	slot_php(slot, "", "f0000", "/srv/a.php", 3);
	slot->draft.php_frame[0].file.len = 0;
}

static void check_first(const char *expected)
{
	CHECK_STR(storm.first, strlen(storm.first), expected);
}

static void eleventh_is_short(void)
{
	for (uint64_t i = 1; i <= 40; i++) {
		CHECK_INT(count(1, i, UID), i > 10);
		CHECK_INT(storm.count, i);
	}
	check_first(id_of(1));
	CHECK(!count(1, 41, OTHER)); /* of another user, */
	SET(slot->who.pool, "shop");
	CHECK(!count(1, 42, UID)); /* another pool, */
	SET(slot->who.pool, "www");
	CHECK(!count(2, 43, UID)); /* another defect */
	CHECK(count(1, 44, UID));
	CHECK_INT(storm.count, 41);
	slot->draft.cause = FPS_CAUSE_RECYCLED;
	for (uint64_t i = 1; i <= 40; i++) {
		CHECK(!count(3, i, UID));
	}
	slot->draft.cause = FPS_CAUSE_SEGFAULT;
}

static void minutes_and_hours(void)
{
	now_ns += 59 * (uint64_t) SECOND_NS;
	CHECK(count(1, 50, UID)); /* the last of that minute */
	CHECK_INT(storm.count, 42);
	now_ns += SECOND_NS;
	CHECK(!count(1, 51, UID)); /* only that one is left of it, and the first is old */
	CHECK_INT(storm.count, 2);
	for (uint64_t i = 52; i < 62; i++) {
		count(1, i, UID);
	}
	CHECK_INT(storm.count, 12);
	check_first(id_of(51));
	for (uint64_t i = 0; i < 3599; i++) {
		now_ns += SECOND_NS;
		CHECK(count(1, 100 + i, UID));
	}
	check_first(id_of(51));
	now_ns += SECOND_NS;
	CHECK(!count(1, 7000, UID)); /* a storm of an hour */
	CHECK(count(1, 7001, UID));
	check_first(id_of(7000));
}

/* A user who makes up defects loses nobody's count but its own. */
static void flood_of_fingerprints(void)
{
	now_ns += 100 * (uint64_t) SECOND_NS;
	for (uint64_t i = 1; i <= 11; i++) {
		count(1, i, UID);
		count(1, i, OTHER);
	}
	for (unsigned i = 0; i < 10000; i++) {
		CHECK(!count(100 + i, i, OTHER));
	}
	CHECK(count(1, 12, UID));
	CHECK_INT(storm.count, 12);
	for (uid_t uid = 1000; uid < 1200; uid++) { /* more users than there is memory for */
		for (unsigned i = 0; i < FPS_STORM_OF_USER; i++) {
			CHECK(!count(i, i, uid));
		}
	}
	CHECK(count(1, 13, UID));
	CHECK_INT(storm.count, 13);
	for (uint64_t i = 1; i <= 20; i++) {
		CHECK(!count(1, i, 5000)); /* not counted, not lost */
	}
	now_ns += 100 * (uint64_t) SECOND_NS;
	for (uint64_t i = 1; i <= 11; i++) {
		CHECK_INT(count(1, i, 5000), i > 10); /* when the flood has passed */
	}
}

static struct fps_ward ward_of(uid_t uid)
{
	struct fps_ward ward = {.who = {.max_per_minute = 60, .pool = "www"}, .user = {.uid = uid}};

	return ward;
}

static unsigned take(struct fps_ward *ward, unsigned events, size_t bytes)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < events; i++) {
		if (fps_userquota_take(ward, now_ns)) {
			fps_userquota_use(ward, now_ns, bytes);
			taken++;
		}
	}
	return taken;
}

static void events_of_a_worker(void)
{
	struct fps_ward one = ward_of(UID), two = ward_of(UID);

	now_ns += 100 * (uint64_t) SECOND_NS;
	CHECK_INT(take(&one, 200, 100), 120);
	CHECK_INT(take(&two, 200, 100), 120);
	CHECK_INT(fps_userquota_report(now_ns), now_ns + 60 * (uint64_t) SECOND_NS);
	now_ns += 60 * (uint64_t) SECOND_NS;
	CHECK_INT(fps_userquota_report(now_ns), UINT64_MAX);
	CHECK_INT(take(&one, 1, 100), 1);
}

static void bytes_of_a_user(void)
{
	struct fps_ward ward[20], other = ward_of(OTHER);
	unsigned taken = 0, others = 0;

	now_ns += 100 * (uint64_t) SECOND_NS;
	for (size_t i = 0; i < COUNT(ward); i++) {
		ward[i] = ward_of(UID);
		taken += take(&ward[i], 120, 16000);
	}
	CHECK_INT(taken, (FPS_USERQUOTA_BYTES + 15999) / 16000);
	CHECK_INT(take(&other, 120, 16000), 120);
	for (uid_t uid = 1; uid < 2000; uid++) { /* more users than are counted one by one */
		other = ward_of(uid == UID ? 0 : uid);
		others += take(&other, 1, 100);
	}
	CHECK(others >= 1990); /* a few share with that one */
	CHECK_INT(take(&ward[0], 1, 100), 0);
	now_ns += 60 * (uint64_t) SECOND_NS;
	CHECK_INT(take(&ward[0], 1, 100), 1);
}

UNIT_MAIN(TEST(begin), TEST(eleventh_is_short), TEST(minutes_and_hours), TEST(flood_of_fingerprints),
	TEST(events_of_a_worker), TEST(bytes_of_a_user))
