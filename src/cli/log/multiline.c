/* Puts lines together into entries. */
#include "log/multiline.h"

#include "base/alloc.h"
#include "log/errorlog.h"
#include "log/logkind.h"
#include "log/textcleanup.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_ENTRY =
		FPS_LINEREADER_MAX_LINE / 16, /* 64 KiB; nginx cuts an entry at 2,048 bytes: a longer text is not an entry */
	MAX_PENDING = FPS_LINEREADER_MAX_LINE * 2,
	LEAST_WIDTH = 60, /* of a window */
	MAX_QUOTED = 2040 /* nginx's limit of an entry, 2,048, which may have cut its end */
};

enum state { NOTHING, OPEN, WHOLE };

struct text {
	char *at;
	size_t len, room;
};

/* The current entry of a stream. */
struct fps_assembly {
	enum state state;
	enum fps_entry_kind kind;
	struct text text; /* of the open entry */
	double time;
	uint64_t line;
	size_t quoted; /* the position of the first line in it that looks like an entry of its own; 0: none does */
	uint64_t quoted_line;
	/* text that is not a complete line yet: pieces of one, or the lines of an object */
	struct text pending;
	bool in_line, in_object, in_string;
	int depth;
};

/* The entry that is being parsed. */
struct place {
	struct fps_linereader *source;
	struct fps_span line; /* as it is in the file */
};

struct fps_multiline fps_multiline_of(const char *file, struct fps_logorigins *streams, struct fps_inputcounts *tally,
	fps_multiline_taker *take, void *to)
{
	return (struct fps_multiline) {.envelope = {.streams = streams},
		.tally = tally,
		.take = take,
		.to = to,
		.file = file,
		.only = FPS_ENTRY_KINDS,
		.never = FPS_ENTRY_KINDS,
		.defers = FPS_ENTRY_KINDS};
}

static void append(struct text *text, struct fps_span more)
{
	if (more.len == 0) {
		return;
	}
	if (text->len + more.len > text->room) {
		text->room = (text->len + more.len) * 2;
		text->at = fps_alloc_resize(text->at, text->room, 1);
	}
	memcpy(text->at + text->len, more.at, more.len);
	text->len += more.len;
}

static void drop(struct text *text)
{
	free(text->at);
	*text = (struct text) {NULL, 0, 0};
}

static struct fps_assembly *assembly_of(struct fps_multiline *entries, const struct fps_logorigin *stream)
{
	if (stream->number >= entries->room) {
		size_t room = stream->number * 2 + 4;

		entries->open = fps_alloc_resize(entries->open, room, sizeof(*entries->open));
		memset(entries->open + entries->room, 0, (room - entries->room) * sizeof(*entries->open));
		entries->room = room;
	}
	return &entries->open[stream->number];
}

static void give_out(struct fps_multiline *entries, const struct fps_logorigin *stream,
	const struct fps_assembly *assembly, struct fps_span text, struct fps_linereader *source)
{
	struct fps_entry entry = {assembly->kind, stream, assembly->time, text, entries->file, assembly->line};
	enum fps_use use;

	if (entries->defers == entry.kind || (entries->only != FPS_ENTRY_KINDS && entries->only != entry.kind)) {
		return;
	}
	use = entries->take(entries->to, &entry);
	if (entries->tally && entry.kind != FPS_ENTRY_ACCESS) { /* of which most are passed over */
		fps_inputcounts_use(entries->tally, use, 1);
	}
	if (use == FPS_USE_BROKEN && source) {
		fps_linereader_complain(
			source, entry.line, entry.kind == FPS_ENTRY_RECORD ? "a broken record" : "a broken entry");
	}
}

/* Ends the open entry. */
static void finish(struct fps_multiline *entries, const struct fps_logorigin *stream, struct fps_assembly *assembly,
	struct fps_linereader *source)
{
	if (assembly->state == OPEN) {
		assembly->state = WHOLE;
		give_out(entries, stream, assembly, (struct fps_span) {assembly->text.at, assembly->text.len}, source);
		drop(&assembly->text);
	}
}

static void start(
	struct fps_multiline *entries, const struct fps_letter *letter, uint64_t line, struct fps_linereader *source)
{
	struct fps_assembly *assembly = assembly_of(entries, letter->stream);
	const struct fps_logkind *kind = fps_logkind((enum fps_entry_kind) letter->kind);

	finish(entries, letter->stream, assembly, source);
	assembly->kind = (enum fps_entry_kind) letter->kind;
	assembly->time = letter->time;
	assembly->line = line;
	entries->latest = letter->stream;
	assembly->quoted = 0;
	assembly->state = WHOLE;
	if (entries->tally) {
		fps_inputcounts_count(entries->tally, assembly->kind, 1);
	}
	if (kind->matters && !kind->matters(letter->payload)) {
		if (entries->tally) {
			fps_inputcounts_use(entries->tally, FPS_USE_OTHER, 1);
		}
	} else if (kind->is_whole == NULL || (!entries->is_full && kind->is_whole(letter->payload))) {
		give_out(entries, letter->stream, assembly, letter->payload, source);
	} else {
		assembly->state = OPEN;
		append(&assembly->text, letter->payload);
	}
}

static void skip_blanks(struct fps_span *text)
{
	while (text->len && (*text->at == ' ' || *text->at == '\t')) {
		text->at++;
		text->len--;
	}
}

static bool is_blank(struct fps_span text)
{
	skip_blanks(&text);
	return text.len == 0;
}

static bool has_message_of_php(const struct fps_assembly *assembly)
{
	return assembly->kind == FPS_ENTRY_NGINX
		&& fps_span_find((struct fps_span) {assembly->text.at, assembly->text.len}, " sent in stderr: ");
}

static void split(struct fps_multiline *entries, const struct fps_logorigin *stream, struct fps_linereader *source);

static bool ends_blank(const struct fps_assembly *assembly)
{
	return assembly->text.len && assembly->text.at[assembly->text.len - 1] == ' ';
}

/* PHP's message keeps its lines. Any other entry of nginx is one line, and was broken at a blank. */
/* NOLINTNEXTLINE(misc-no-recursion): split() leaves nothing quoted */
static void go_on(struct fps_multiline *entries, const struct fps_logorigin *stream, struct fps_span line,
	struct fps_linereader *source)
{
	struct fps_assembly *assembly = assembly_of(entries, stream);
	const struct fps_logkind *kind = fps_logkind(assembly->kind);

	if (assembly->kind != FPS_ENTRY_NGINX || has_message_of_php(assembly)) {
		append(&assembly->text, FPS_SPAN("\n"));
	} else if (!entries->is_glued) {
		append(&assembly->text, ends_blank(assembly) ? FPS_SPAN("") : FPS_SPAN(" "));
		skip_blanks(&line);
	}
	append(&assembly->text, line);
	if (assembly->quoted && assembly->text.len >= MAX_QUOTED) {
		split(entries, stream, source);
	} else if (assembly->text.len >= MAX_ENTRY
		|| (!entries->is_full && kind->is_whole((struct fps_span) {assembly->text.at, assembly->text.len}))) {
		finish(entries, stream, assembly, source);
	}
}

/*
 * An entry begins. If PHP's message in the previous one has no end yet, this may be a line that it quotes: then it
 * becomes part of that message if the message ends, and an entry of its own otherwise.
 */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void begin(
	struct fps_multiline *entries, const struct fps_letter *letter, uint64_t line, struct fps_linereader *source)
{
	struct fps_assembly *assembly = assembly_of(entries, letter->stream);

	if (assembly->state == OPEN && letter->kind == FPS_ENTRY_NGINX && has_message_of_php(assembly)) {
		if (assembly->quoted == 0) {
			assembly->quoted = assembly->text.len + 1;
			assembly->quoted_line = line;
		}
		go_on(entries, letter->stream, letter->payload, source);
		return;
	}
	if (assembly->state == OPEN && assembly->quoted) {
		split(entries, letter->stream, source);
	}
	start(entries, letter, line, source);
}

/* What looked quoted was not: the entry ends before it. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void split(struct fps_multiline *entries, const struct fps_logorigin *stream, struct fps_linereader *source)
{
	struct fps_assembly *assembly = assembly_of(entries, stream);
	struct text text = assembly->text;
	struct fps_span rest = {text.at + assembly->quoted, text.len - assembly->quoted}, line;
	struct fps_letter letter = {stream, assembly->time, {NULL, 0}, FPS_ENTRY_NGINX, false, false, false};
	uint64_t number = assembly->quoted_line;
	size_t end = assembly->quoted - 1;

	assembly->text = (struct text) {NULL, 0, 0};
	assembly->state = WHOLE;
	assembly->quoted = 0;
	give_out(entries, stream, assembly, (struct fps_span) {text.at, end}, source);
	while (rest.at != NULL) {
		if (!fps_span_take(&rest, "\n", &line)) {
			line = rest;
			rest.at = NULL;
		}
		letter.payload = line;
		if (fps_errorlog_begins(line.at, line.len)) {
			begin(entries, &letter, number, source);
		} else if (assembly_of(entries, stream)->state == OPEN) {
			go_on(entries, stream, line, source);
		} else if (entries->tally) {
			fps_inputcounts_unknown(entries->tally, number, line);
		}
		number++;
	}
	drop(&text);
}

/* Whether syslog or the journal names a program that cannot have written it. */
static bool is_foreign(const struct fps_logorigin *stream)
{
	static const char *const ours[] = {
		"nginx", "php", "fpm", "apache", "httpd", "docker", "container", "systemd", "kernel"};

	for (size_t i = 0; stream->unit && i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strstr(stream->unit, ours[i])) {
			return false;
		}
	}
	return stream->unit != NULL;
}

/* A message of the extension, which stands in FPM's log as it is, without a time: for people. */
static bool is_own_message(struct fps_span line)
{
	return fps_span_begins(line, "fpmsentinel: ");
}

static void give_up(
	struct fps_multiline *entries, const struct fps_logorigin *stream, struct fps_span line, uint64_t number)
{
	if (entries->tally == NULL || is_blank(line) || is_own_message(line)) {
		return;
	}
	if (is_foreign(stream)) {
		fps_inputcounts_use(entries->tally, FPS_USE_PROGRAM, 1);
	} else {
		fps_inputcounts_unknown(entries->tally, number, line);
	}
}

/* Whether a word of nginx's own ends a text: then the line was broken behind it. */
static bool ends_with_word(struct fps_span text)
{
	static const char *const words[] = {"failed", "(104:", "(110:", "(111:", "Connection", "reset", "by", "peer)",
		"timed", "out", "out)", "refused)", "while", "reading", "response", "header", "from", "upstream", "upstream,",
		"connecting", "sending", "request", "to", "prematurely", "closed", "connection",
		"client:", "server:", "request:", "upstream:", "host:", "referrer:"};
	const char *blank = memrchr(text.at, ' ', text.len);
	struct fps_span last = blank ? (struct fps_span) {blank + 1, (size_t) (text.at + text.len - blank - 1)} : text;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (fps_span_is(last, words[i])) {
			return true;
		}
	}
	return last.len == 0 || last.at[last.len - 1] == ',';
}

/*
 * Whether a line goes on in the middle of a word, as when it is copied from a terminal: all lines but the last one of
 * each entry have the same length.
 */
static bool is_broken_at_edge(struct fps_multiline *entries, const struct fps_assembly *assembly, struct fps_span line)
{
	if (entries->last_len < LEAST_WIDTH || has_message_of_php(assembly)) {
		return false;
	}
	entries->width = entries->last_len == line.len ? line.len : entries->width;
	entries->is_full = line.len == entries->width;
	return entries->last_len == entries->width && line.len && *line.at != ' '
		&& !ends_with_word((struct fps_span) {assembly->text.at, assembly->text.len});
}

/* A line that begins no entry. */
static void belong(struct fps_multiline *entries, const struct fps_letter *letter, const struct place *place)
{
	const struct fps_logorigin *stream = letter->stream, *none = entries->envelope.streams->all[0];
	struct fps_span line = letter->payload;
	struct fps_assembly *assembly = assembly_of(entries, stream);

	/* what looks like a prefix is not one within an entry that has none */
	if (assembly->state != OPEN && assembly_of(entries, none)->state == OPEN) {
		stream = none;
		line = place->line;
	}
	/* what is broken in a window has its prefix only once */
	if (stream == none && assembly_of(entries, none)->state != OPEN && entries->latest
		&& assembly_of(entries, entries->latest)->state == OPEN) {
		stream = entries->latest;
	}
	assembly = assembly_of(entries, stream);
	const struct fps_logkind *kind = fps_logkind(assembly->kind);

	if (assembly->state == OPEN && kind->continues && !kind->continues(line)) {
		finish(entries, stream, assembly, place->source);
	}
	if (assembly->state == OPEN) {
		entries->latest = stream;
		entries->is_glued = assembly->kind == FPS_ENTRY_NGINX && is_broken_at_edge(entries, assembly, place->line);
		go_on(entries, stream, line, place->source);
		entries->is_glued = false;
		return;
	}
	if (assembly->state != WHOLE || kind->continues == NULL || !kind->continues(line)) {
		give_up(entries, stream, line, place->source->line);
	}
}

/* Tracks the brackets of an object; true where it ends. */
static bool ends_object(struct fps_assembly *assembly, struct fps_span line)
{
	for (size_t i = 0; i < line.len; i++) {
		char byte = line.at[i];

		if (assembly->in_string) {
			i += byte == '\\';
			assembly->in_string = byte != '"';
		} else if (byte == '"') {
			assembly->in_string = true;
		} else if (byte == '{' || byte == '[') {
			assembly->depth++;
		} else if ((byte == '}' || byte == ']') && --assembly->depth <= 0) {
			return true;
		}
	}
	assembly->in_string = false; /* a string contains no newline */
	return false;
}

/* `{`, perhaps after the bracket of a list: the first line of an object, as jq and many exports write it. */
static bool begins_object(struct fps_span line)
{
	while (line.len && strchr(" \t[,", *line.at) && *line.at) {
		line.at++;
		line.len--;
	}
	return fps_span_skip(&line, "{") && is_blank(line);
}

static void take_letter(struct fps_multiline *entries, const struct fps_letter *letter, const struct place *place);

/* Whether the stream waits for the end of a line or of an object. */
static void set_waiting(struct fps_multiline *entries, struct fps_assembly *assembly, bool in_line, bool in_object)
{
	entries->pieces += (size_t) in_line - (size_t) assembly->in_line;
	entries->collecting += (size_t) in_object - (size_t) assembly->in_object;
	entries->envelope.in_pieces = entries->pieces > 0;
	entries->envelope.raw_fields = in_object ? entries->envelope.fields : entries->envelope.raw_fields;
	entries->envelope.is_raw = entries->collecting > 0;
	assembly->in_line = in_line;
	assembly->in_object = in_object;
}

/* What has waited for its end is a complete line now. */
static void reopen(struct fps_multiline *entries, const struct fps_letter *of, struct fps_assembly *assembly,
	const struct place *place)
{
	struct fps_unwrapper *envelope = &entries->envelope;
	struct text text = assembly->pending;
	struct fps_jsondocument document = envelope->document;
	struct fps_furtherlines further = envelope->further;
	struct fps_span rest = envelope->rest;
	struct fps_letter letter;

	assembly->pending = (struct text) {NULL, 0, 0};
	set_waiting(entries, assembly, false, false);
	envelope->document = (struct fps_jsondocument) {.copy = NULL};
	envelope->further = (struct fps_furtherlines) {.count = 0};
	envelope->rest = (struct fps_span) {NULL, 0};
	fps_unwrapper_reopen(envelope, (struct fps_span) {text.at, text.len}, of, &letter);
	do {
		letter.is_partial = false;
		take_letter(entries, &letter, place);
	} while (fps_unwrapper_next(envelope, &letter));
	envelope->document = document;
	envelope->further = further;
	envelope->rest = rest;
	drop(&text);
}

/* Stores an incomplete line; false if the letter is complete. */
static bool collect(struct fps_multiline *entries, const struct fps_letter *letter, const struct place *place)
{
	struct fps_assembly *assembly = assembly_of(entries, letter->stream);
	struct fps_span text = letter->payload;

	if (assembly->in_object && letter->kind != FPS_ENTRY_UNKNOWN) { /* it has no end */
		set_waiting(entries, assembly, false, false);
		give_up(entries, letter->stream, (struct fps_span) {assembly->pending.at, assembly->pending.len},
			place->source->line);
		drop(&assembly->pending);
	}
	if (!assembly->in_object && letter->kind == FPS_ENTRY_UNKNOWN && assembly->state != OPEN && begins_object(text)) {
		set_waiting(entries, assembly, false, true);
		assembly->in_string = false;
		assembly->depth = 0;
		text.at = memchr(text.at, '{', text.len);
		text.len = (size_t) (letter->payload.at + letter->payload.len - text.at);
	}
	if (!assembly->in_object && !letter->is_piece) {
		return false;
	}
	if (letter->is_partial) {
		set_waiting(entries, assembly, true, false);
	}
	bool ends = assembly->in_object ? ends_object(assembly, text) : !letter->is_partial;

	append(&assembly->pending, text);
	if (assembly->in_object) {
		append(&assembly->pending, FPS_SPAN("\n"));
	}
	if (ends || assembly->pending.len > MAX_PENDING) {
		reopen(entries, letter, assembly, place);
	}
	return true;
}

static void take_letter(struct fps_multiline *entries, const struct fps_letter *letter, const struct place *place)
{
	if (letter->is_frame) {
		return;
	}
	if (letter->kind == FPS_ENTRY_UNKNOWN) {
		belong(entries, letter, place);
	} else if (entries->never == (enum fps_entry_kind) letter->kind) {
		give_up(entries, letter->stream, letter->payload, place->source->line);
	} else if (entries->only == FPS_ENTRY_KINDS || entries->only == (enum fps_entry_kind) letter->kind) {
		begin(entries, letter, place->source->line, place->source);
	}
}

/* Most lines of most logs: an entry of nginx's without any envelope. */
static bool take_plain(struct fps_multiline *entries, struct fps_span line, struct fps_linereader *source)
{
	static const struct fps_logorigin unknown;
	struct fps_letter letter = {entries->envelope.section, 0, line, FPS_ENTRY_NGINX, false, false, false};

	if (line.len <= 21 || line.at[4] != '/' || !fps_errorlog_begins(line.at, line.len) || entries->collecting
		|| fps_textcleanup_may_lack(line) || fps_textcleanup_is_escaped(line)
		|| (entries->only != FPS_ENTRY_KINDS && entries->only != FPS_ENTRY_NGINX)) {
		return false;
	}
	if (letter.stream == NULL) {
		letter.stream = entries->envelope.streams->count ? entries->envelope.streams->all[0]
														 : fps_logorigin_intern(entries->envelope.streams, &unknown);
	}
	begin(entries, &letter, source->line, source);
	return true;
}

static bool is_idle(const struct fps_multiline *entries)
{
	return entries->collecting == 0 && entries->envelope.section == NULL && !entries->envelope.in_field[0]
		&& entries->most == 0 && (entries->room == 0 || entries->open[0].state != OPEN)
		&& entries->never != FPS_ENTRY_NGINX;
}

static bool is_unused(void *to, struct fps_span line)
{
	(void) to;
	(void) line;
	return false;
}

/* All lines of an access log are needed, unless the caller says which, or they are only counted for now. */
static struct fps_quickscan scan_of(const struct fps_multiline *entries)
{
	bool gives_out =
		entries->defers != FPS_ENTRY_ACCESS && (entries->only == FPS_ENTRY_KINDS || entries->only == FPS_ENTRY_ACCESS);

	return (struct fps_quickscan) {.is_wanted = gives_out ? entries->is_wanted : is_unused, .to = entries->to};
}

static void count_passed(struct fps_multiline *entries, enum fps_entry_kind kind, uint64_t count)
{
	entries->passed += count;
	if (entries->tally && count && (entries->only == FPS_ENTRY_KINDS || entries->only == kind)) {
		fps_inputcounts_count(entries->tally, kind, count);
		fps_inputcounts_use(entries->tally, FPS_USE_OTHER, fps_logkind(kind)->matters ? count : 0);
	}
}

/* Skips consecutive entries that are not needed. */
static void skip(
	struct fps_multiline *entries, struct fps_linereader *source, struct fps_quickscan *scan, uint64_t *fills)
{
	struct fps_span there = {source->bytes + source->start, source->end - source->start};
	enum fps_entry_kind kind = FPS_ENTRY_UNKNOWN;
	uint64_t count;

	if (!is_idle(entries)) {
		return;
	}
	if (*fills != source->fills) {
		*fills = source->fills;
		memset(scan->word, 0, sizeof(scan->word));
	}
	count = fps_quickscan_skip(scan, &there, &kind);
	source->start = source->end - there.len;
	source->line += count;
	count_passed(entries, kind, count);
}

/* Parses what the quick scan does not know, or could not rule out. */
static void take_slowly(struct fps_multiline *entries, const struct place *place, struct fps_quickscan *scan)
{
	struct fps_letter letter;

	fps_unwrapper_put(&entries->envelope, place->line);
	while (fps_unwrapper_next(&entries->envelope, &letter)) {
		if (letter.kind == FPS_ENTRY_ACCESS && letter.payload.at == place->line.at) {
			fps_quickscan_learn(scan, place->line);
		}
		if (!collect(entries, &letter, place)) {
			take_letter(entries, &letter, place);
		}
	}
}

void fps_multiline_take(struct fps_multiline *entries, struct fps_linereader *source)
{
	struct place place = {source, {NULL, 0}};
	struct fps_quickscan scan = scan_of(entries);
	uint64_t fills = source->fills;

	skip(entries, source, &scan, &fills);
	while ((entries->most == 0 || source->line < entries->most) && fps_linereader_line(source, &place.line)) {
		entries->is_full = entries->width > 0 && place.line.len == entries->width;
		if (!take_plain(entries, place.line, source)) {
			take_slowly(entries, &place, &scan);
		}
		entries->last_len = place.line.len;
		skip(entries, source, &scan, &fills);
	}
}

void fps_multiline_end(struct fps_multiline *entries)
{
	for (size_t i = 0; i < entries->room && i < entries->envelope.streams->count; i++) {
		struct fps_assembly *assembly = &entries->open[i];
		const struct fps_logorigin *stream = entries->envelope.streams->all[i];

		if (assembly->pending.len) {
			give_up(entries, stream, (struct fps_span) {assembly->pending.at, assembly->pending.len}, 0);
		}
		while (assembly->state == OPEN && assembly->quoted) {
			split(entries, stream, NULL);
			assembly = &entries->open[i];
		}
		finish(entries, stream, assembly, NULL);
	}
}

void fps_multiline_free(struct fps_multiline *entries)
{
	for (size_t i = 0; i < entries->room; i++) {
		drop(&entries->open[i].text);
		drop(&entries->open[i].pending);
	}
	free(entries->open);
	fps_unwrapper_free(&entries->envelope);
	entries->open = NULL;
	entries->room = 0;
}
