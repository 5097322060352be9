/*
 * Logs of any kind and in any envelope, of any bytes at all: everything is read as `trace FILE` reads it, twice, the
 * second time for access logs. The first byte chooses whether the file is said to be of a kind. What is passed over
 * quickly must be nothing that taking each line apart finds a use for.
 */
#include "fuzz.h"

#include "explain/explain.h"
#include "log/logreader.h"
#include "output/inputsummary.h"

#include <stdlib.h>
#include <string.h>

/* What is asked for of access logs. */
static bool is_wanted(void *unused, struct fps_span line)
{
	(void) unused;
	return fps_span_find(line, "502") != NULL;
}

/* An entry without any of these concerns no upstream, as its parser finds out as well where it is given it. */
static bool may_concern(struct fps_span text)
{
	bool is_cut = text.len < 40 || (fps_span_find(text, "[er") && text.at[text.len - 1] != '"');

	return is_cut || fps_span_find(text, "upstream") || fps_span_find(text, "resolve") || fps_span_find(text, "stderr")
		|| fps_span_find(text, "[cr") || fps_span_find(text, "[al");
}

static enum fps_use add_to_hash(void *hash, const struct fps_entry *entry)
{
	uint64_t *sum = hash, each = (uint64_t) entry->kind << 32 ^ entry->line;

	if (entry->kind == FPS_ENTRY_NGINX && !may_concern(entry->text)) {
		return FPS_USE_OTHER;
	}
	for (size_t i = 0; i < entry->text.len; i++) {
		each = (each ^ (unsigned char) entry->text.at[i]) * 1099511628211U;
	}
	*sum = entry->kind == FPS_ENTRY_ACCESS && !is_wanted(NULL, entry->text) ? *sum : *sum * 31 + each;
	return FPS_USE_TAKEN;
}

/* The hash of all entries that are of use. */
static uint64_t entries_of(const char *name, struct fps_inputcounts *tally, bool is_slow)
{
	static const struct fps_logorigin nobody;
	struct fps_logorigins streams = {0};
	uint64_t hash = 0;
	struct fps_multiline entries = fps_multiline_of(name, &streams, tally, add_to_hash, &hash);
	struct fps_linereader source;

	fps_inputcounts_begin(tally, name, true);
	if (fps_linereader_open(&source, name, false)) {
		entries.is_wanted = is_wanted;
		/* within a section of supervisord's nothing is passed over; this one is of what has no name */
		entries.envelope.section = is_slow ? fps_logorigin_intern(&streams, &nobody) : NULL;
		fps_multiline_take(&entries, &source);
		fps_multiline_end(&entries);
		fps_linereader_close(&source);
	}
	fps_multiline_free(&entries);
	fps_logorigin_free(&streams);
	return hash;
}

static void compare_passes(const char *name)
{
	struct fps_inputcounts quick = {0}, slow = {0};
	uint64_t one = entries_of(name, &quick, false), other = entries_of(name, &slow, true);

	quick.uses[FPS_USE_TAKEN] = slow.uses[FPS_USE_TAKEN]; /* those that are not wanted are not given out */
	if (one != other || quick.unknown != slow.unknown || memcmp(quick.entries, slow.entries, sizeof(quick.entries)) != 0
		|| memcmp(quick.uses, slow.uses, sizeof(quick.uses)) != 0) {
		abort();
	}
	fps_inputcounts_free(&quick);
	fps_inputcounts_free(&slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_known known = {.incidents = {0}};
	struct fps_logreader reader = {.take = fps_explain_take, .is_wanted = fps_explain_wants, .to = &known};
	struct fps_files files = {0};
	enum fps_entry_kind kind = size ? data[0] % (FPS_ENTRY_KINDS + 1) : FPS_ENTRY_KINDS;

	fps_findlogs_add(&files, fps_fuzz_file(0, data + (size > 0), size - (size > 0)), kind);
	compare_passes(files.all[0].name);
	fps_logreader_kind_of(&files.all[0]);
	fps_logreader_read(&reader, &files.all[0]);
	fps_explain_sort(&known);
	fps_explain_expect(&known);
	fps_logreader_read_access(&reader, &files);
	fps_inputsummary_json(fps_fuzz_null(), &reader.tally);

	/* what was counted is what was given out, and what was passed over */
	uint64_t entries = 0, uses = 0;

	for (int i = 0; i < FPS_ENTRY_KINDS; i++) {
		entries += reader.tally.entries[i];
	}
	for (int i = 0; i < FPS_USES; i++) {
		uses += i == FPS_USE_PROGRAM ? 0 : reader.tally.uses[i];
	}
	if (uses > entries) {
		abort();
	}
	fps_explain_free(&known);
	fps_logreader_free(&reader);
	fps_findlogs_free(&files);
	return 0;
}
