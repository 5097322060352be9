#include "scavenge.h"

#include "boxfile.h"
#include "certificate.h"
#include "output.h"
#include "pidfd.h"
#include "sample.h"
#include "stderr.h"
#include "ward.h"

#include "../sig/buf.h"
#include "../sig/clock.h"
#include "../sig/io.h"
#include "../sig/proc.h"
#include "../sig/record.h"
#include "../sig/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_SLOTS 65536
/* Of an output that nobody waits for. */
#define NO_TOKEN UINT32_MAX

/* The box that is being gone through. */
static struct {
	int fd;
	struct fps_blackbox_header header;
	bool same_boot;
	uint32_t alive; /* workers that have outlived it */
	struct fps_slot *slot; /* a copy: of one slot after the other */
	char *record;
} box;

static void say(const char *name, const char *what)
{
	char words[512];
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, words, sizeof words);
	fps_sig_buf_text(&text, "fpmsentinel.blackbox: ");
	fps_sig_buf_plain(&text, name, strnlen(name, 64));
	fps_sig_buf_text(&text, ": ");
	fps_sig_buf_text(&text, what);
	fps_sig_buf_char(&text, '\n');
	fps_stderr_write(words, text.len);
}

static bool read_at(off_t at, void *to, size_t size)
{
	return pread(box.fd, to, size, at) == (ssize_t) size;
}

static off_t slot_at(uint32_t index)
{
	return (off_t) (box.header.first_slot + (uint64_t) index * box.header.slot_stride);
}

static void mark(uint32_t index, size_t field, uint32_t handoff)
{
	(void) !pwrite(box.fd, &handoff, sizeof handoff, slot_at(index) + (off_t) field);
}

/* --- one slot --------------------------------------------------------------------------------- */

/*
 * The death's time, as near as it is known: the last sign of life. While the coroner lived a worker that
 * had died was told of; so whoever was in its box was alive when it last looked.
 */
static uint64_t last_seen_ns(const struct fps_slot *slot)
{
	const uint64_t signs[] = {slot->request.started_ns, atomic_load(&slot->finishing) ? slot->finishing_ns : 0,
		slot->quit_ns > slot->request.started_ns ? slot->quit_ns : 0, fps_sample_taken_ns(slot), atomic_load(&box.header.seen_ns)};
	uint64_t last = 0;

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
		last = signs[i] > last ? signs[i] : last;
	}
	return last;
}

static void make_draft(struct fps_slot *slot)
{
	struct fps_draft *draft = &slot->draft;

	memset(draft, 0, sizeof *draft);
	draft->died_ns = last_seen_ns(slot);
	draft->died_us = (slot->epoch_ns + draft->died_ns) / 1000; /* the monotonic clock may be that of another boot */
	draft->phase = (uint8_t) atomic_load(&slot->phase);
	draft->finished = atomic_load(&slot->finished) != 0;
	draft->state_unknown = 1;
	draft->cause = FPS_CAUSE_UNKNOWN_DEATH;
	draft->confidence = FPS_POSSIBLE;
	fps_sig_buf_copy(draft->error_message, sizeof draft->error_message, "gone without a word, and its coroner too");
	atomic_store(&draft->stages_done, 1u << FPS_STAGE_DEATH | 1u << FPS_STAGE_MODULES);
	fps_sample_add(slot, slot);
}

static void add_evidence(struct fps_draft *draft, bool has_cause, uint64_t started_ns)
{
	uint64_t now_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000;
	int64_t ms;

	draft->died_us = draft->died_us < now_us ? draft->died_us : now_us; /* garbage, or the clock was put back */
	ms = (int64_t) ((now_us - draft->died_us) / 1000);
	fps_sig_sender_evidence(draft, "its coroner died as well, and could not tell of it", 0, NULL);
	if (has_cause) {
		fps_sig_sender_evidence(draft, "found in their black box ", ms, " ms later");
	} else {
		fps_sig_sender_evidence(draft, "its last sign of life was ", ms, " ms before their black box was found");
		fps_sig_sender_evidence(draft, draft->died_ns == started_ns ? "that was the request's start: nothing later is known"
			: "that is the time given here: nothing later is known", 0, NULL);
	}
	if (!box.same_boot) {
		fps_sig_sender_evidence(draft, "the machine was started anew since", 0, NULL);
	}
}

static void write_slot(void)
{
	struct fps_output_record what = {.line = box.record, .token = NO_TOKEN};

	what.len = fps_sig_record_format(box.slot, box.record);
	fps_output_write(&what);
}

/* What PHP had ended and the coroner had no time for. */
static void tell_event(uint32_t index)
{
	struct fps_slot *slot = box.slot;

	if (atomic_load(&slot->event.handoff) == FPS_HANDOFF_SEALED) {
		slot->requests_served = slot->event.requests_served;
		slot->request = slot->event.request;
		slot->draft = slot->event.draft;
		write_slot();
		mark(index, offsetof(struct fps_slot, event.handoff), FPS_HANDOFF_NONE);
	}
}

/* Whether the worker died in a request, and nobody has told of it: one that was just being told may be told twice. */
static bool is_untold_death(const struct fps_slot *slot)
{
	switch (atomic_load(&slot->handoff)) {
		case FPS_HANDOFF_WRITTEN:
		case FPS_HANDOFF_OWN:
			return false;
		case FPS_HANDOFF_SEALED:
		case FPS_HANDOFF_TAKEN:
			return true;
		default:
			return fps_ward_was_in_request(slot, last_seen_ns(slot));
	}
}

static void tell_death(uint32_t index)
{
	struct fps_slot *slot = box.slot;
	bool has_cause = fps_certificate_has_draft(slot);

	if (!is_untold_death(slot)) {
		return;
	}
	if (!has_cause) {
		make_draft(slot);
	}
	add_evidence(&slot->draft, has_cause, slot->request.started_ns);
	write_slot();
	mark(index, offsetof(struct fps_slot, handoff), FPS_HANDOFF_WRITTEN);
}

/* Its pid may be another's by now. */
static bool is_alive(pid_t pid, uint64_t started_ticks)
{
	uint64_t ticks = fps_sig_proc_start_ticks(pid);

	return box.same_boot && fps_pidfd_is_alive(pid) && (ticks == 0 || started_ticks == 0 || ticks == started_ticks);
}

static bool read_slot(uint32_t index, int32_t pid)
{
	struct fps_slot *slot = box.slot;

	if (!read_at(slot_at(index), slot, sizeof *slot) || slot->magic != FPS_SLOT_MAGIC || slot->version != FPS_SLOT_VERSION
		|| slot->size != sizeof *slot) {
		return false;
	}
	slot->pid = pid;
	return true;
}

static void examine_slot(uint32_t index)
{
	int32_t owner = 0;

	if (!read_at((off_t) (offsetof(struct fps_blackbox_directory, owner) + index * sizeof owner), &owner, sizeof owner) || owner == 0) {
		return;
	}
	owner = owner < 0 ? -owner : owner;
	if (!read_slot(index, owner)) {
		return;
	}
	if (is_alive(owner, box.slot->process_started_ticks)) {
		box.alive++;
		return;
	}
	tell_event(index);
	if (read_slot(index, owner)) {
		tell_death(index);
	}
}

/* --- one file --------------------------------------------------------------------------------- */

static bool read_header(off_t size)
{
	struct fps_blackbox_header *header = &box.header;

	return read_at(0, header, sizeof *header) && header->magic == FPS_BLACKBOX_MAGIC && header->version == FPS_SLOT_VERSION
		&& header->slot_size == sizeof(struct fps_slot) && header->slot_stride >= header->slot_size
		&& header->slot_count > 0 && header->slot_count <= MAX_SLOTS
		&& header->first_slot >= sizeof(struct fps_blackbox_directory) + header->slot_count * sizeof(int32_t)
		&& (uint64_t) size == header->first_slot + (uint64_t) header->slot_count * header->slot_stride;
}

/* The record of a death names the versions and the host of then. */
static void speak_as(const struct fps_blackbox_header *header, const char *writer)
{
	fps_sig_record_init(header->host, header->php_version, header->extension_version);
	fps_sig_record_written_by(writer);
}

static void examine(const char *name, off_t size)
{
	char boot_id[40];

	if (!read_header(size)) {
		say(name, "is no black box of this version, and was removed");
		unlinkat(fps_boxfile_directory(), name, 0);
		return;
	}
	fps_boxfile_boot_id(boot_id);
	box.same_boot = strncmp(boot_id, box.header.boot_id, sizeof boot_id) == 0;
	box.alive = 0;
	speak_as(&box.header, "scavenger");
	for (uint32_t i = 0; i < box.header.slot_count; i++) {
		examine_slot(i);
	}
	speak_as(fps_blackbox_header(), "coroner");
	/* else the next one looks again, when they may have died */
	if (box.alive == 0) {
		unlinkat(fps_boxfile_directory(), name, 0);
	}
}

/* Only what could be a box of ours, and has no coroner. */
static void open_and_examine(const char *name)
{
	struct stat status;

	box.fd = openat(fps_boxfile_directory(), name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (box.fd == -1 || fstat(box.fd, &status) == -1 || !S_ISREG(status.st_mode)) {
		say(name, "is not a regular file");
	} else if (status.st_uid != geteuid() || status.st_mode & 077 || status.st_nlink > 1) {
		say(name, "is open to others");
	} else if (fps_boxfile_take(box.fd)) {
		examine(name, status.st_size);
	}
	fps_line_close(&box.fd);
}

static bool begins_with(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* As the kernel lists them: libc's list of a directory would have to be allocated. */
static void examine_directory(void)
{
	struct entry {
		uint64_t inode, offset;
		uint16_t len;
		uint8_t type;
		char name[];
	};
	_Alignas(struct entry) char list[4096];
	long len;

	lseek(fps_boxfile_directory(), 0, SEEK_SET);
	while ((len = syscall(SYS_getdents64, fps_boxfile_directory(), list, sizeof list)) > 0) {
		for (long at = 0; at < len;) {
			const struct entry *entry = (const struct entry *) (const void *) (list + at);

			at += entry->len;
			if (strcmp(entry->name, fps_boxfile_own_name()) != 0 && (begins_with(entry->name, FPS_BOXFILE_PREFIX)
				|| begins_with(entry->name, FPS_BOXFILE_UNNAMED_PREFIX))) {
				open_and_examine(entry->name);
			}
		}
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
		say("no name for its file", fps_sig_io_error(errno));
	}
	box.slot = slot;
	box.record = record;
	examine_directory();
}
