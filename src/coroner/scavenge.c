/* Records what dead generations have left in the files of their black boxes. */
#include "coroner/scavenge.h"

#include "coroner/boxdir.h"
#include "coroner/boxfile.h"
#include "coroner/crosscheck.h"
#include "coroner/deathcause.h"
#include "coroner/fpmstderr.h"
#include "coroner/lastsample.h"
#include "coroner/logdestination.h"
#include "coroner/pidfd.h"
#include "coroner/process.h"
#include "coroner/workertable.h"

#include "record/buf.h"
#include "record/clock.h"
#include "record/names.h"
#include "record/record.h"
#include "sig/logfile.h"
#include "sig/proc.h"
#include "sig/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The token of output that nobody waits for. */
#define NO_TOKEN UINT32_MAX

/* The box that is being processed. */
static struct {
	struct fps_boxfile_header header;
	bool same_boot;
	bool stays; /* a worker has outlived it, or a slot could not be read: the next start looks again */
	const char *generation;
	int header_fd;
	int fd;                /* of the slot that is being looked at */
	struct fps_slot *slot; /* a copy of one slot at a time */
	char *record;
} box;

static void say(const char *name, const char *what)
{
	char words[512];
	struct fps_sig_buf line;

	fps_sig_buf_init(&line, words, sizeof words);
	fps_sig_buf_text(&line, "fpmsentinel.blackbox: ");
	fps_sig_buf_plain(&line, name, strlen(name));
	fps_sig_buf_text(&line, ": ");
	fps_sig_buf_text(&line, what);
	fps_sig_buf_char(&line, '\n');
	fps_fpmstderr_write(line.bytes, line.len);
}

static void mark(size_t field, uint32_t handoff)
{
	(void) !pwrite(box.fd, &handoff, sizeof handoff, (off_t) field);
}

/* --- one slot --------------------------------------------------------------------------------- */

/*
 * The death's time, as precisely as it is known: the last sign of life. The coroner recorded each death while it lived,
 * so every worker in its box was alive when it last looked.
 */
static uint64_t last_seen_ns(const struct fps_slot *slot)
{
	const uint64_t signs[] = {slot->request.started_ns, atomic_load(&slot->finishing) ? slot->finishing_ns : 0,
		slot->quit_ns > slot->request.started_ns ? slot->quit_ns : 0, fps_lastsample_taken_ns(slot),
		atomic_load(&box.header.seen_ns)};
	uint64_t last = 0;

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
		last = signs[i] > last ? signs[i] : last;
	}
	return last;
}

/* The end was before now, if the clock can be trusted: the other clock may belong to another boot. */
static struct fps_crosscheck bounds_of(const struct fps_slot *slot)
{
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_REALTIME), epoch_ns = slot->who.epoch_ns;
	uint64_t latest_ns = now_ns > epoch_ns + slot->who.claimed_ns ? now_ns - epoch_ns : UINT64_MAX;
	uint64_t seen_ns = atomic_load(&box.header.seen_ns);

	return (struct fps_crosscheck) {.latest_ns = latest_ns,
		.epoch_ns = epoch_ns,
		.seen_ns = seen_ns >= slot->who.claimed_ns && seen_ns <= latest_ns ? seen_ns : slot->who.claimed_ns};
}

static void make_draft(struct fps_slot *slot)
{
	struct fps_draft *draft = &slot->draft;

	memset(draft, 0, sizeof *draft);
	draft->died_ns = last_seen_ns(slot);
	draft->phase = (uint8_t) atomic_load(&slot->phase);
	draft->finished = atomic_load(&slot->finished) != 0;
	draft->state_unknown = 1;
	draft->cause = FPS_CAUSE_UNKNOWN_DEATH;
	draft->confidence = FPS_POSSIBLE;
	fps_sig_buf_copy(draft->error_message, sizeof draft->error_message, "gone without a word, and its coroner too");
	atomic_store(&draft->stages_done, 1u << FPS_STAGE_DEATH | 1u << FPS_STAGE_MODULES);
	fps_lastsample_add(slot, slot);
}

static void add_evidence(struct fps_draft *draft, bool has_cause, uint64_t started_ns)
{
	uint64_t now_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000;
	int64_t ms;

	draft->died_us = draft->died_us < now_us ? draft->died_us : now_us; /* garbage, or the clock was put back */
	ms = (int64_t) ((now_us - draft->died_us) / 1000);
	fps_sig_sender_evidence(draft, "its coroner died as well, and could not record it", 0, NULL);
	if (has_cause) {
		fps_sig_sender_evidence(draft, "found in their black box ", ms, " ms later");
	} else {
		fps_sig_sender_evidence(draft, "its last sign of life was ", ms, " ms before their black box was found");
		fps_sig_sender_evidence(draft,
			draft->died_ns == started_ns ? "that was the request's start: nothing later is known"
										 : "that is the time given here: nothing later is known",
			0, NULL);
	}
	if (!box.same_boot) {
		fps_sig_sender_evidence(draft, "the machine has been rebooted since", 0, NULL);
	}
}

static void write_slot(void)
{
	struct fps_logdestination_record what = {.line = box.record, .token = NO_TOKEN};

	what.len = fps_sig_record_format(box.slot, box.record);
	fps_logdestination_write(&what);
}

/* Requests that PHP had ended, or a child's death, which the coroner had no time for. */
static void record_event(const struct fps_event *event, bool (*hold)(struct fps_slot *, const struct fps_crosscheck *))
{
	struct fps_slot *slot = box.slot;
	struct fps_crosscheck bounds;

	if (atomic_load(&event->handoff) == FPS_HANDOFF_SEALED) {
		slot->requests_served = event->requests_served;
		slot->request = event->request;
		slot->draft = event->draft;
		bounds = bounds_of(slot);
		if (hold(slot, &bounds)) {
			write_slot();
		}
		mark((size_t) ((const char *) &event->handoff - (const char *) slot), FPS_HANDOFF_NONE);
	}
}

/* Whether the worker died in a request that is not recorded yet. A record that was being written may be written twice.
 */
static bool is_unrecorded_death(const struct fps_slot *slot)
{
	switch (atomic_load(&slot->handoff)) {
		case FPS_HANDOFF_WRITTEN:
		case FPS_HANDOFF_OWN: return false;
		case FPS_HANDOFF_SEALED:
		case FPS_HANDOFF_TAKEN: return true;
		default: return fps_workertable_was_in_request(slot, last_seen_ns(slot));
	}
}

static void record_death(void)
{
	struct fps_slot *slot = box.slot;
	bool has_cause = fps_deathcause_has_draft(slot);
	struct fps_crosscheck bounds = bounds_of(slot);

	if (!is_unrecorded_death(slot)) {
		return;
	}
	if (!has_cause) {
		make_draft(slot);
	}
	fps_crosscheck_death(slot, &bounds);
	add_evidence(&slot->draft, has_cause, slot->request.started_ns);
	write_slot();
	mark(offsetof(struct fps_slot, handoff), FPS_HANDOFF_WRITTEN);
}

/* Another process may have its pid by now. */
static bool is_alive(pid_t pid, uint64_t started_ticks)
{
	uint64_t ticks = fps_sig_proc_start_ticks(pid);

	return box.same_boot && fps_pidfd_is_alive(pid) && (ticks == 0 || started_ticks == 0 || ticks == started_ticks);
}

static bool read_slot(const struct fps_identity *who)
{
	struct fps_slot *slot = box.slot;

	if (pread(box.fd, slot, sizeof *slot, 0) != (ssize_t) sizeof *slot || slot->magic != FPS_SLOT_MAGIC
		|| slot->version != FPS_SLOT_VERSION || slot->size != sizeof *slot) {
		return false;
	}
	slot->who = *who;
	return true;
}

static void record_slot(const char *name, const struct fps_identity *who)
{
	if (!read_slot(who)) {
		say(name, "is no slot of this version, and was removed");
		return;
	}
	record_event(&box.slot->event, fps_crosscheck_event);
	record_event(&box.slot->child, fps_crosscheck_child);
	if (read_slot(who)) {
		record_death();
	}
}

/* -1 with errno; reports the reason, unless the file is gone. */
static int open_entry(const struct fps_boxdir_entry *entry)
{
	int fd = fps_boxdir_open(entry), error = errno;

	if (fd == -1 && error != ENOENT) {
		say(entry->name,
			error == EPERM ? "is not a file that only its owner can open, and was left alone"
						   : fps_sig_names_error(error));
	}
	errno = error;
	return fd;
}

static void examine_slot(const struct fps_boxdir_entry *entry)
{
	struct fps_identity who;

	if (entry->kind != FPS_BOXDIR_IS_SLOT || strcmp(entry->generation, box.generation) != 0) {
		return;
	}
	box.fd = open_entry(entry);
	if (box.fd == -1) {
		box.stays = box.stays || (errno != EPERM && errno != ENOENT);
	} else if (!fps_boxfile_read_identity(box.header_fd, entry->number, &who)) {
		say(entry->name, "is of no worker that its header has, and was removed");
	} else if (is_alive(who.pid, who.started_ticks)) {
		box.stays = true;
	} else {
		record_slot(entry->name, &who);
	}
	fps_process_close(&box.fd);
}

/* --- the files -------------------------------------------------------------------------------- */

static bool read_header(int fd)
{
	struct fps_boxfile_header *header = &box.header;

	return pread(fd, header, sizeof *header, 0) == (ssize_t) sizeof *header && header->magic == FPS_BOXFILE_MAGIC
		&& header->version == FPS_SLOT_VERSION && header->slot_size == sizeof(struct fps_slot);
}

/* The record of a death has the versions and the host of that time. */
static void speak_as(const struct fps_boxfile_header *header, const char *writer)
{
	fps_sig_record_init(header->host, header->php_version, header->extension_version);
	fps_sig_record_written_by(writer);
}

static void examine(const struct fps_boxdir_entry *entry, int fd)
{
	char boot_id[40];

	if (!read_header(fd)) {
		say(entry->name, "is no black box of this version, and was removed");
		fps_boxdir_remove(entry->generation);
		return;
	}
	fps_boxfile_boot_id(boot_id);
	box.same_boot = strncmp(boot_id, box.header.boot_id, sizeof boot_id) == 0;
	box.generation = entry->generation;
	box.header_fd = fd;
	speak_as(&box.header, "scavenger");
	box.stays = !fps_boxdir_each(examine_slot) || box.stays;
	speak_as(fps_boxfile_header(), "coroner");
	if (!box.stays) {
		fps_boxdir_remove(entry->generation);
	}
	box.stays = false;
}

static bool is_own(const struct fps_boxdir_entry *entry)
{
	return strcmp(entry->generation, fps_boxfile_generation()) == 0;
}

/* A file whose coroner has gone, if its name is valid. */
static void examine_header(const struct fps_boxdir_entry *entry)
{
	int fd;

	if (entry->kind != FPS_BOXDIR_IS_HEADER || is_own(entry)) {
		return;
	}
	fd = open_entry(entry);
	if (fd >= 0 && fps_boxfile_take(fd)) {
		examine(entry, fd);
	}
	fps_process_close(&fd);
}

/* Files without a header: their worker is not known. A coroner that ends removes its header last. */
static void examine_rest(const struct fps_boxdir_entry *entry)
{
	int fd;

	if (entry->kind == FPS_BOXDIR_IS_ODD) {
		say(entry->name, "has no name that fpmsentinel gives, and was left alone");
	} else if (entry->kind == FPS_BOXDIR_IS_SLOT && !is_own(entry) && !fps_boxdir_has_header(entry)) {
		fd = open_entry(entry);
		if (fd >= 0 && fps_boxdir_remove_file(entry->name)) {
			say(entry->name, "has no header, and was removed");
		}
		fps_process_close(&fd);
	}
}

void fps_scavenge(struct fps_slot *slot, char *record)
{
	static bool done;

	if (done || fps_boxfile_directory() < 0) {
		return;
	}
	done = true;
	if (!fps_boxfile_name()) {
		say("no name for its file", fps_sig_names_error(errno));
	}
	box.slot = slot;
	box.record = record;
	fps_boxdir_each(examine_rest);
	fps_boxdir_each(examine_header);
}
