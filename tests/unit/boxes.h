/* Boxes of dead generations, and the next one, which tells of them. */
#ifndef FPS_UNIT_BOXES_H
#define FPS_UNIT_BOXES_H

#include "blackbox.c"
#include "slots.h"
#include "tree.h"

#include "coroner/boxfile.h"
#include "coroner/logdestination.h"
#include "coroner/scavenge.h"

#include <fcntl.h>
#include <time.h>

#define SLOTS 8
#define NOISE 128 /* slots at once */

/* In place of logdestination.c's: the records go to a file, and the process dies after `lives` of them. */
static unsigned lives;
static bool dies_before_marking;

int fps_logdestination_write(const struct fps_logdestination_record *record)
{
	const char *const logs[] = {tree_path("records.jsonl"), RECORDS}; /* make checks that they keep the schema */

	CHECK(record->log == NULL && record->user == NULL && record->slot == NULL && record->token == UINT32_MAX);
	for (size_t i = 0; i < COUNT(logs); i++) {
		FILE *out = fopen(logs[i], "ab");

		CHECK(out && fwrite(record->line, 1, record->len, out) == record->len && fclose(out) == 0);
	}
	if (lives > 0 && --lives == 0 && dies_before_marking) {
		_exit(0);
	}
	return 0;
}

static char records[8 << 20];

static unsigned count_of(const char *text)
{
	unsigned count = 0;

	for (const char *at = records; (at = strstr(at, text)); at++) {
		count++;
	}
	return count;
}

/* Reads what has been told so far; how many records that is. */
static unsigned told(void)
{
	FILE *in = fopen(tree_path("records.jsonl"), "rb");

	records[in ? fread(records, 1, sizeof records - 1, in) : 0] = '\0';
	if (in) {
		fclose(in);
	}
	return count_of("\n");
}

static unsigned files(const char *prefix)
{
	char command[PATH_MAX + 64];
	int count = 0;

	snprintf(command, sizeof command, "find '%s' -name '%s*' | wc -l", tree_path("boxes"), prefix);
	FILE *found = popen(command, "r");

	CHECK(found && fscanf(found, "%d", &count) == 1);
	pclose(found);
	return (unsigned) count;
}

static void make_tree(void)
{
	strcpy(tree, "/tmp/fps-scavenge-XXXXXX");
	CHECK(mkdtemp(tree) != NULL);
}

static struct fps_slot *slots[NOISE];
static struct fps_identity owners[NOISE];

static void map_box(void)
{
	const char *reason = "";
	struct fps_boxfile_header *header;

	CHECK_INT(fps_boxfile_open(tree_path("boxes"), &reason), 0);
	CHECK_STR(reason, strlen(reason), "");
	header = fps_boxfile_header();
	strcpy(header->host, "dead.example");
	strcpy(header->php_version, "8.2.0");
	strcpy(header->extension_version, "0.0.1");
	fps_boxfile_lock();
}

static uint64_t realtime_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint64_t) time.tv_sec * SECOND_NS + (uint64_t) time.tv_nsec;
}

/* A slot whose owner is dead: a request in flight that nobody has said anything of. */
static struct fps_slot *put_slot(uint32_t index)
{
	struct fps_slot *example = slot_example(), *slot;
	int fd = fps_boxfile_slot(), shared;

	slot = slots[index] = fps_blackbox_claim(fd, &shared);
	if (!CHECK(slot && shared == fd)) {
		exit(1);
	}
	*slot = *example;
	free(example);
	memset(&slot->draft, 0, sizeof slot->draft);
	snprintf(slot->request.path, sizeof slot->request.path, "/slot/%u", index);
	slot->phase = FPS_PHASE_EXECUTE;
	owners[index] = slot->who;
	owners[index].pid = 0x3fffff00 + (int32_t) index; /* above every pid there can be */
	owners[index].claimed_ns = 50 * (uint64_t) SECOND_NS;
	/* so that nothing of before second 1000 is of the future */
	owners[index].epoch_ns = realtime_ns() - 1000 * (uint64_t) SECOND_NS;
	slot->who.pid = 4711; /* not to be believed */
	fps_boxfile_name_slot(fd, index, &owners[index]);
	close(fd);
	return slot;
}

static void (*filling)(void);

/* Everybody is killed: the file stays, and nobody holds its lock. */
static void generation(void)
{
	map_box();
	filling();
	CHECK(fps_boxfile_name());
}

/* The next start, which may be killed as well: then its own file stays, too. */
static void next_generation(void)
{
	static char line[FPS_SIG_RECORD_MAX];
	static struct fps_slot slot;

	map_box();
	strcpy(fps_boxfile_header()->host, "next.example");
	fps_scavenge(&slot, line);
	fps_boxfile_end();
}

#endif
