/*
 * What is told of black boxes that a dead generation has left: which slots, once each however often the
 * scavenger is killed, and with nothing of a slot trusted.
 */
#define RECORDS "build/scavenged.jsonl"
#include "boxes.h"

static void tell_all_of(void (*fill)(void))
{
	make_tree();
	filling = fill;
	unit_in_child(generation);
	CHECK_INT(files("blackbox-"), 1);
	unit_in_child(next_generation);
	CHECK_INT(files("blackbox-"), 0);
}

/* --- which ------------------------------------------------------------------------------------ */

static void fill_one_of_each(void)
{
	struct fps_slot *slot;

	put_slot(0);
	put_slot(1)->phase = FPS_PHASE_IDLE;
	put_slot(2)->handoff = FPS_HANDOFF_WRITTEN;
	put_slot(3)->handoff = FPS_HANDOFF_OWN;
	slot = put_slot(4); /* the end of its answer was being sent as the coroner looked last */
	slot->phase = FPS_PHASE_SHUTDOWN;
	slot->finishing = 1;
	slot->finishing_ns = slot->request.started_ns + SECOND_NS;
	put_slot(5)->magic = 0;
	put_slot(6);
	fps_boxfile_remove_slot(6); /* told, and given back */
	put_slot(7);
}

static void which_slots_are_told(void)
{
	tell_all_of(fill_one_of_each);
	CHECK_INT(told(), 2);
	CHECK_INT(count_of("\"path\":\"/slot/0\""), 1);
	CHECK_INT(count_of("\"path\":\"/slot/7\""), 1);
	CHECK_INT(count_of("\"written_by\":\"scavenger\""), 2);
	CHECK_INT(count_of("\"code\":\"unknown_death\""), 2);
	CHECK_INT(count_of("\"confidence\":\"possible\""), 2);
	CHECK_INT(count_of("\"host\":{\"name\":\"dead.example\"}"), 2);
	CHECK_INT(count_of("\"php\":{\"version\":\"8.2.0\""), 2);
	CHECK_INT(count_of("\"version\":\"0.0.1\""), 2);
	CHECK_INT(count_of("\"process\":{\"pid\":1073741568,"), 1); /* the hello's, not what the slot says */
	CHECK_INT(count_of("that was the request's start"), 2);
	CHECK_INT(count_of("\"elapsed_ms\":0"), 2);
	tree_remove("");
}

static void fill_drafts(void)
{
	struct fps_slot *example = slot_example(), *slot;

	for (uint32_t i = 0; i < 5; i++) {
		slot = put_slot(i);
		slot->draft = example->draft;
		slot->draft.cause = FPS_CAUSE_SEGFAULT;
		slot->draft.signal = SIGSEGV;
	}
	slots[0]->handoff = FPS_HANDOFF_SEALED;
	slots[1]->handoff = FPS_HANDOFF_TAKEN;
	slots[2]->draft.stages_done = FPS_DRAFT_IDENTIFIED;                 /* killed in its handler */
	slots[3]->draft.stages_done = 0;                                    /* at the very start of that */
	slots[4]->request.started_ns = slots[4]->draft.died_ns + SECOND_NS; /* of an earlier request, which went on */
	slot = put_slot(5);                                                 /* an error of PHP's, then the same as all */
	slot->event.handoff = FPS_HANDOFF_SEALED;
	slot->event.request = slot->request;
	strcpy(slot->event.request.path, "/event");
	slot->event.draft = example->draft;
	slot->event.draft.cause = FPS_CAUSE_MEMORY_LIMIT;
	slot->event.draft.event = 1;
	for (uint32_t i = 0; i < 3; i++) {
		/* a child's fault, and two that cannot be: a child that is killed, and a worker's death */
		slots[i]->child.handoff = FPS_HANDOFF_SEALED;
		slots[i]->child.request = slots[i]->request;
		slots[i]->child.draft = example->draft;
		slots[i]->child.draft.cause = i == 1 ? FPS_CAUSE_KILLED : FPS_CAUSE_ABORT;
		slots[i]->child.draft.child_pid = i == 2 ? 0 : 4711;
	}
	slots[2]->draft.child_pid = 4712; /* a worker's death is its own */
	fps_boxfile_header()->seen_ns = 200 * (uint64_t) SECOND_NS;
	free(example);
}

static void what_is_told_of_drafts(void)
{
	tell_all_of(fill_drafts);
	CHECK_INT(told(), 8);
	CHECK_INT(count_of("\"action\":\"child-death\",\"code\":\"abort\""), 1);
	CHECK_INT(count_of("\"action\":\"child-death\""), 1);
	CHECK_INT(count_of("\"process\":{\"pid\":4711,\"parent\":{\"pid\":"), 1);
	CHECK_INT(count_of("\"action\":\"worker-death\",\"code\":\"segfault\""), 3);
	CHECK_INT(count_of("\"code\":\"unknown_death\""), 3);
	CHECK_INT(count_of("\"code\":\"memory_limit\""), 1);
	CHECK_INT(count_of("\"path\":\"/event\""), 1);
	CHECK_INT(count_of("\"path\":\"/slot/5\""), 1);
	/* the coroner looked last at 200 s; the requests started at 100 s */
	CHECK_INT(count_of("\"elapsed_ms\":100000"), 2);
	CHECK_INT(count_of("found in their black box"), 3);
	tree_remove("");
}

/* --- once ------------------------------------------------------------------------------------- */

/* An event first, then a death in each slot. */
static void fill_all(void)
{
	struct fps_slot *slot;

	for (uint32_t i = 0; i < SLOTS; i++) {
		slot = put_slot(i);
	}
	slot = slots[0];
	slot->event.handoff = FPS_HANDOFF_SEALED;
	slot->event.request = slot->request;
	strcpy(slot->event.request.path, "/event");
	slot->event.draft.cause = FPS_CAUSE_MEMORY_LIMIT;
	slot->event.draft.event = 1;
	slot->event.draft.died_ns = slot->request.started_ns;
	slot->event.draft.died_us = 1795330253711456;
	slot->event.draft.stages_done = (1u << FPS_STAGES) - 1;
}

/* Killed after its record number `lives`, before it could mark the slot: that one record comes twice. */
static void killed_scavenger(void)
{
	dies_before_marking = true;
	next_generation();
}

static void a_scavenger_that_is_killed(void)
{
	for (unsigned first = 1; first <= SLOTS + 1; first++) {
		make_tree();
		filling = fill_all;
		unit_in_child(generation);
		lives = first;
		unit_in_child(killed_scavenger);
		lives = 0;
		CHECK_INT(told(), first);
		CHECK_INT(files("blackbox-"), 2);
		unit_in_child(next_generation);
		CHECK_INT(told(), SLOTS + 2);
		unsigned twice = count_of("\"path\":\"/event\"") - 1;

		for (uint32_t i = 0; i < SLOTS; i++) {
			char path[32];

			snprintf(path, sizeof path, "\"path\":\"/slot/%u\"", i);
			CHECK(count_of(path) >= 1);
			twice += count_of(path) - 1;
		}
		CHECK_INT(twice, 1);
		CHECK_INT(files("blackbox-"), 0);
		tree_remove("");
	}
}

/* --- nothing trusted -------------------------------------------------------------------------- */

static void put_noise(void *to, size_t size)
{
	for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
		uint64_t value = unit_random();

		memcpy((char *) to + at, &value, sizeof value);
	}
}

/* A whole slot of noise, or one in which a few words are: that gets further. */
static void spoil(struct fps_slot *slot, bool whole)
{
	size_t start = offsetof(struct fps_slot, who);

	if (whole) {
		put_noise((char *) slot + start, sizeof *slot - start);
		return;
	}
	for (int i = 0; i < 16; i++) {
		size_t from = i % 2 ? offsetof(struct fps_slot, draft) : offsetof(struct fps_slot, event.draft);

		put_noise((char *) slot + from + unit_random() % (offsetof(struct fps_draft, arena) / 8) * 8, 8);
	}
}

static void fill_garbage(void)
{
	struct fps_slot *example = slot_example();

	for (uint32_t i = 0; i < NOISE; i++) {
		struct fps_slot *slot = put_slot(i);

		slot->draft = slot->event.draft = example->draft;
		spoil(slot, i % 2);
		atomic_store(&slot->handoff, i % 4 < 2 ? FPS_HANDOFF_SEALED : FPS_HANDOFF_NONE);
		atomic_store(&slot->event.handoff, FPS_HANDOFF_SEALED);
		atomic_store(&slot->phase, FPS_PHASE_EXECUTE);
		atomic_store(&slot->finishing, 0);
		slot->event.draft.cause = FPS_CAUSE_MEMORY_LIMIT;
		strcpy(slot->who.log, "/etc/passwd"); /* which fps_logdestination_write() is not told of */
		if (i == 0) {
			slot->event.draft.cause = FPS_CAUSE_MASTER_STOP; /* which is no worker's to tell */
		}
	}
	free(example);
}

static void garbage(void)
{
	for (int i = 0; i < 8; i++) {
		make_tree();
		for (int draws = 0; draws < 1000 * i; draws++) {
			unit_random();
		}
		filling = fill_garbage;
		unit_in_child(generation);
		unit_in_child(next_generation);
		CHECK_INT(told(), 2 * NOISE - 1);
		CHECK_INT(count_of("\"worker_died\":true"), NOISE);
		CHECK_INT(count_of("\"action\":\"master\""), 0);
		CHECK_INT(count_of("\"pool\":\"www\""), 2 * NOISE - 1);
		tree_remove("");
	}
}

/* A worker that gives itself out for one of another pool, and its death for one of another time. */
static void fill_forged(void)
{
	struct fps_slot *example = slot_example(), *slot;

	for (uint32_t i = 0; i < 3; i++) {
		slot = put_slot(i);
		slot->handoff = FPS_HANDOFF_SEALED;
		slot->draft = example->draft;
		slot->draft.cause = FPS_CAUSE_SEGFAULT;
		slot->draft.died_us = 1;
		slot->who.pid = getpid();
		slot->who.parent_pid = 1;
		slot->who.epoch_ns = 0;
		slot->who.started_us = 1;
		slot->who.started_ticks = 1;
		SET(slot->who.pool, "evil");
		SET(slot->who.listen, "/run/evil.sock");
		SET(slot->who.sapi, "cli");
	}
	slots[0]->draft.died_ns = 1;                              /* before it said hello */
	slots[1]->draft.died_ns = 1000000 * (uint64_t) SECOND_NS; /* yet to come */
	slots[2]->draft.cause = FPS_CAUSE_MASTER_DEATH;
	for (uint32_t i = 0; i < 2; i++) {
		slots[i]->request.started_ns = slots[i]->draft.died_ns;
	}
	fps_boxfile_header()->seen_ns = 200 * (uint64_t) SECOND_NS;
	free(example);
}

static void who_and_when_are_not_the_slots(void)
{
	tell_all_of(fill_forged);
	CHECK_INT(told(), 3);
	CHECK_INT(count_of("evil"), 0);
	CHECK_INT(count_of("\"pool\":\"www\""), 3);
	CHECK_INT(count_of("\"process\":{\"pid\":10737415"), 3);
	CHECK_INT(count_of("\"parent\":{\"pid\":8783}"), 3);
	CHECK_INT(count_of("\"@timestamp\":\"1970"), 0);
	/* 800 s and some ms: it was seen at 200 s, and this is second 1000 */
	CHECK_INT(count_of("found in their black box 800"), 2);
	CHECK_INT(count_of("\"code\":\"segfault\""), 2);
	CHECK_INT(count_of("\"code\":\"unknown_death\""), 1);
	tree_remove("");
}

static void start(void)
{
	remove(RECORDS);
}

UNIT_MAIN(TEST(start), TEST(which_slots_are_told), TEST(what_is_told_of_drafts), TEST(a_scavenger_that_is_killed),
	TEST(garbage), TEST(who_and_when_are_not_the_slots))
