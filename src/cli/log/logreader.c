/* Reads files into entries. */
#include "log/logreader.h"

#include "base/alloc.h"
#include "base/warn.h"
#include "log/errorlog.h"
#include "log/logkind.h"
#include "log/record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOKED_AT = 100 /* lines */ };

/* A stored entry; its text and the name of its file follow. */
struct kept {
	const struct fps_logorigin *stream;
	double time;
	uint64_t line;
	size_t text_len, file_len;
};

static enum fps_use keep(struct fps_logreader *reader, const struct fps_entry *entry)
{
	struct kept kept = {entry->stream, entry->time, entry->line, entry->text.len, strlen(entry->file)};

	if (reader->later == NULL) {
		reader->later = tmpfile();
	}
	if (reader->later == NULL || fwrite(&kept, sizeof(kept), 1, reader->later) != 1
		|| fwrite(entry->text.at, 1, kept.text_len, reader->later) != kept.text_len
		|| fwrite(entry->file, 1, kept.file_len, reader->later) != kept.file_len) {
		return FPS_USE_BROKEN;
	}
	reader->later_count++;
	return FPS_USE_TAKEN;
}

static enum fps_use take_or_keep(void *reader, const struct fps_entry *entry)
{
	struct fps_logreader *own = reader;

	return entry->kind == FPS_ENTRY_ACCESS ? keep(own, entry) : own->take(own->to, entry);
}

void fps_logreader_take_later(struct fps_logreader *reader)
{
	struct kept kept;
	char *text = NULL;

	if (reader->later_count == 0) {
		return;
	}
	rewind(reader->later);
	for (uint64_t i = 0; i < reader->later_count && fread(&kept, sizeof(kept), 1, reader->later) == 1; i++) {
		struct fps_entry entry = {FPS_ENTRY_ACCESS, kept.stream, kept.time, {NULL, kept.text_len}, NULL, kept.line};

		text = fps_alloc_resize(text, kept.text_len + kept.file_len + 1, 1);
		if (fread(text, 1, kept.text_len + kept.file_len, reader->later) != kept.text_len + kept.file_len) {
			break;
		}
		text[kept.text_len + kept.file_len] = '\0';
		entry.text.at = text;
		entry.file = text + kept.text_len;
		reader->take(reader->to, &entry);
	}
	free(text);
	rewind(reader->later);
	reader->later_count = 0;
}

void fps_logreader_take(struct fps_logreader *reader, struct fps_multiline *entries, struct fps_linereader *source)
{
	entries->take = take_or_keep;
	entries->to = reader;
	fps_multiline_take(entries, source);
}

static enum fps_use ignore(void *unused, const struct fps_entry *entry)
{
	(void) unused;
	(void) entry;
	return FPS_USE_TAKEN;
}

enum fps_entry_kind fps_logreader_kind_of(const struct fps_file *file)
{
	struct fps_logorigins streams = {0};
	struct fps_inputcounts tally = {0};
	struct fps_multiline entries = fps_multiline_of(file->name, &streams, &tally, ignore, NULL);
	enum fps_entry_kind found = FPS_ENTRY_KINDS;
	struct fps_linereader source;
	size_t kinds = 0;

	if (access(file->name, R_OK) != 0 || !fps_linereader_open(&source, file->name, file->usual)) {
		return found;
	}
	fps_inputcounts_begin(&tally, file->name, true);
	entries.most = LOOKED_AT;
	fps_multiline_take(&entries, &source);
	for (enum fps_entry_kind kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
		found = tally.entries[kind] ? kind : found;
		kinds += tally.entries[kind] > 0;
	}
	fps_multiline_free(&entries);
	fps_linereader_close(&source);
	fps_inputcounts_free(&tally);
	fps_logorigin_free(&streams);
	return kinds == 1 ? found : FPS_ENTRY_KINDS;
}

static enum fps_use note_time(void *begins, const struct fps_entry *entry)
{
	double *time = begins;
	struct fps_record record;

	if (*time == 0 && entry->kind == FPS_ENTRY_NGINX) {
		int64_t local = fps_errorlog_time(entry->text.at, entry->text.len);

		*time = local > 0 ? (double) local : 0;
	} else if (*time == 0 && entry->kind == FPS_ENTRY_RECORD
		&& fps_record_parse(entry->text, &record) == FPS_RECORD_READ) {
		*time = record.time;
		fps_record_free(&record);
	}
	return FPS_USE_TAKEN;
}

double fps_logreader_begins(const struct fps_file *file)
{
	struct fps_logorigins streams = {0};
	double begins = 0;
	struct fps_multiline entries = fps_multiline_of(file->name, &streams, NULL, note_time, &begins);
	struct fps_linereader source;

	if (access(file->name, R_OK) == 0 && fps_linereader_open(&source, file->name, file->usual)) {
		entries.most = LOOKED_AT;
		fps_multiline_take(&entries, &source);
		fps_multiline_end(&entries);
		fps_linereader_close(&source);
	}
	fps_multiline_free(&entries);
	fps_logorigin_free(&streams);
	return begins;
}

static struct fps_inputcounts_file *last_file(struct fps_logreader *reader)
{
	return &reader->tally.files[reader->tally.count - 1];
}

/* Whether the file contains what the caller said, or nothing; otherwise prints that. */
static bool is_as_named(struct fps_logreader *reader, const struct fps_file *file, bool has_zeros)
{
	const struct fps_inputcounts_file *read = last_file(reader);
	uint64_t known = 0;

	for (enum fps_entry_kind kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
		known += read->entries[kind];
	}
	if (file->usual || (read->lines == 0 && !has_zeros)) {
		return true;
	}
	if (read->lines == 0) {
		fps_warn("%s: nothing but zero bytes in this file", read->name);
		return false;
	}
	if (file->kind == FPS_ENTRY_NGINX && read->entries[file->kind] == 0) {
		fps_warn("%s: no entry of nginx's error log in this file", read->name);
		return false;
	}
	if (file->kind == FPS_ENTRY_ACCESS && read->entries[file->kind] == 0) {
		fps_warn("%s: no line of an access log, neither JSON nor combined: give its format with "
				 "--access-format",
			read->name);
	}
	if (known == 0 && read->unknown) {
		fps_warn("%s: no entry of a log that fpmsentinel knows in this file", read->name);
		return false;
	}
	return true;
}

/* A log named as one web server's has no entries of another. */
static enum fps_entry_kind never_in(const struct fps_file *file)
{
	return file->kind == FPS_ENTRY_NGINX ? FPS_ENTRY_APACHE
		: file->kind == FPS_ENTRY_APACHE ? FPS_ENTRY_NGINX
										 : FPS_ENTRY_KINDS;
}

/* Lines of access logs are left for a second pass, or taken. */
static bool read_file(struct fps_logreader *reader, const struct fps_file *file, bool takes_access)
{
	struct fps_linereader source;
	struct fps_multiline entries;
	bool good;

	if (!fps_linereader_open(&source, file->name, file->usual)) {
		return false;
	}
	fps_inputcounts_begin(&reader->tally, source.name, !file->usual);
	entries = fps_multiline_of(source.name, &reader->streams, &reader->tally,
		takes_access ? reader->take : take_or_keep, takes_access ? reader->to : reader);
	entries.never = never_in(file);
	entries.defers = source.is_seekable && !takes_access ? FPS_ENTRY_ACCESS : FPS_ENTRY_KINDS;
	entries.is_wanted = takes_access ? reader->is_wanted : NULL;
	last_file(reader)->is_answered = takes_access;
	fps_multiline_take(&entries, &source);
	fps_multiline_end(&entries);
	last_file(reader)->lines = source.line;
	fps_multiline_free(&entries);
	fps_linereader_close(&source);
	good = is_as_named(reader, file, source.zeros > 0);
	return !source.failed && good;
}

bool fps_logreader_read(struct fps_logreader *reader, const struct fps_file *file)
{
	return read_file(reader, file, false);
}

/* What another program decompresses is not decompressed for its beginning. */
static bool needs_program(const char *name)
{
	char magic[8] = "";
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, magic, sizeof(magic)) : 0;

	close(fd);
	return fps_decompress_by((struct fps_span) {magic, len > 0 ? (size_t) len : 0}) != NULL;
}

bool fps_logreader_is_access(const struct fps_file *file)
{
	struct stat status;
	bool is_access = false;

	if (stat(file->name, &status) == 0 && S_ISREG(status.st_mode) && !needs_program(file->name)) {
		fps_warn_hush(true);
		is_access = fps_logreader_kind_of(file) == FPS_ENTRY_ACCESS;
		fps_warn_hush(false);
	}
	return is_access;
}

bool fps_logreader_read_answers(struct fps_logreader *reader, const struct fps_file *file)
{
	return read_file(reader, file, true);
}

void fps_logreader_forget_answers(struct fps_logreader *reader)
{
	for (size_t i = 0; i < reader->tally.count; i++) {
		reader->tally.files[i].is_answered = false;
	}
}

static const struct fps_inputcounts_file *read_before(const struct fps_logreader *reader, const char *name)
{
	for (size_t i = 0; i < reader->tally.count; i++) {
		if (strcmp(reader->tally.files[i].name, name) == 0) {
			return &reader->tally.files[i];
		}
	}
	return NULL;
}

bool fps_logreader_read_access(struct fps_logreader *reader, const struct fps_files *files)
{
	bool good = true;

	fps_logreader_take_later(reader);
	for (size_t i = 0; i < files->count; i++) {
		const struct fps_inputcounts_file *read = read_before(reader, files->all[i].name);
		struct fps_linereader source;
		struct fps_multiline entries;

		if (read == NULL || read->entries[FPS_ENTRY_ACCESS] == 0 || read->is_answered
			|| !fps_linereader_open(&source, files->all[i].name, files->all[i].usual)) {
			continue;
		}
		entries = fps_multiline_of(source.name, &reader->streams, NULL, reader->take, reader->to);
		entries.only = FPS_ENTRY_ACCESS;
		entries.is_wanted = reader->is_wanted;
		fps_multiline_take(&entries, &source);
		fps_multiline_free(&entries);
		fps_linereader_close(&source);
		good = good && !source.failed;
	}
	return good;
}

void fps_logreader_free(struct fps_logreader *reader)
{
	if (reader->later != NULL) {
		fclose(reader->later);
	}
	fps_inputcounts_free(&reader->tally);
	fps_logorigin_free(&reader->streams);
	*reader = (struct fps_logreader) {.take = reader->take};
}
