/* Scans quickly: looks for words in a whole buffer, and checks as little of each line as its kind requires. */
#include "log/quickscan.h"

#include "log/logkind.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) \
	&& !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif
#define INLINE static inline __attribute__((always_inline))

enum {
	BEGINNING = 21, /* bytes of `2026/05/12 10:00:00 [` */
	SHORT = 40      /* what is shorter may be cut */
};

typedef unsigned char block __attribute__((vector_size(32)));
typedef uint64_t words __attribute__((vector_size(32)));

/* A shape of lines. Words in the whole buffer, and a check of the line itself, decide whether a line is needed. */
struct shape {
	enum fps_entry_kind kind;
	bool (*fits)(const struct fps_quickscan *scan, struct fps_span line);
	const char *(*find_word)(const char *at, const char *end); /* the first one, or `end`; NULL: no word matters */
	bool (*is_needed)(const struct fps_quickscan *scan, struct fps_span line);
};

INLINE void load_block(block *bytes, const char *at)
{
	memcpy(bytes, at, sizeof(*bytes));
}

/* Compares one letter of a word at 32 consecutive positions. */
#define LETTER(at, place, letter) \
	__extension__({ \
		block bytes; \
		load_block(&bytes, (at) + (place)); \
		bytes == (letter); \
	})

INLINE bool is_any(const words *hits)
{
	return ((*hits)[0] | (*hits)[1] | (*hits)[2] | (*hits)[3]) != 0;
}

#define IS(at, end, word) ((size_t) ((end) - (at)) >= sizeof(word) - 1 && memcmp((at), (word), sizeof(word) - 1) == 0)

/* Thirty-two positions at a time, whose letters may_begin() checks. */
INLINE const char *find_word(const char *at, const char *end, bool (*may_begin)(const char *at),
	bool (*is_word)(const char *at, const char *end))
{
	for (; end - at >= (long) sizeof(block) + 8; at += sizeof(block)) {
		for (size_t i = may_begin(at) ? 0 : sizeof(block); i < sizeof(block); i++) {
			if (is_word(at + i, end)) {
				return at + i;
			}
		}
	}
	while (at < end && !is_word(at, end)) {
		at++;
	}
	return at;
}

/* Identified by two letters of each that rarely occur together. */
INLINE bool may_be_of_error(const char *at)
{
	const words hits = (words) ((LETTER(at, 0, 'u') & LETTER(at, 7, 'm')) | (LETTER(at, 4, 'l') & LETTER(at, 5, 'v'))
		| (LETTER(at, 1, 't') & LETTER(at, 2, 'd')));

	return is_any(&hits);
}

INLINE bool is_of_error(const char *at, const char *end)
{
	return IS(at, end, "upstream") || IS(at, end, "resolve") || IS(at, end, "stderr");
}

WIDE static const char *find_in_errors(const char *at, const char *end)
{
	return find_word(at, end, may_be_of_error, is_of_error);
}

/*
 * Text in an object that contains an entry or a record (unwrapper.c), belongs to nginx's error log, or contains
 * colours.
 */
INLINE bool may_be_of_object(const char *at)
{
	const words hits = (words) ((LETTER(at, 0, '[') & (LETTER(at, 1, 'e') | LETTER(at, 1, 'c') | LETTER(at, 1, 'p')))
		| (LETTER(at, 0, 'd') & LETTER(at, 2, 't') & LETTER(at, 4, 's'))
		| (LETTER(at, 0, '"') & LETTER(at, 1, 't') & LETTER(at, 4, '"')) | LETTER(at, 0, 0x1b));

	return is_any(&hits);
}

INLINE bool is_of_object(const char *at, const char *end)
{
	return IS(at, end, "[error] ") || IS(at, end, "[crit] ") || IS(at, end, "[pool ") || IS(at, end, "dataset")
		|| IS(at, end, "\"tid\"") || *at == 0x1b;
}

WIDE static const char *find_in_objects(const char *at, const char *end)
{
	return find_word(at, end, may_be_of_object, is_of_object);
}

static uint64_t load(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/*
 * Compares eight bytes with a pattern, in which `digits` has \xff for any digit. All arguments but the first are
 * constants.
 */
INLINE bool is_like(const char *at, const char pattern[9], const char digits[9])
{
	const uint64_t ones = UINT64_MAX / 255, any = load(digits);
	uint64_t off = load(at) ^ load(pattern); /* zero for a digit 0 to 9 */

	return (off & ~any) == 0 && (((off + (ones * 0x76 & any)) | off) & ones * 0x80) == 0;
}

static bool is_error(const struct fps_quickscan *scan, struct fps_span line)
{
	(void) scan;
	return line.len > BEGINNING && is_like(line.at, "0000/00/", "\xff\xff\xff\xff\0\xff\xff\0")
		&& is_like(line.at + 8, "00 00:00", "\xff\xff\0\xff\xff\0\xff\xff")
		&& is_like(line.at + 13, ":00:00 [", "\0\xff\xff\0\xff\xff\0\0");
}

/* [crit] and [alert]: nginx's own faults need not name an upstream. An [error] without a quote at its end may be cut.
 */
static bool is_critical(const struct fps_quickscan *scan, struct fps_span line)
{
	(void) scan;
	if (line.len < SHORT) {
		return true;
	}
	const char *level = line.at + BEGINNING, *last = line.at + line.len - 1;

	last -= *last == '\r';
	return memcmp(level, "cr", 2) == 0 || memcmp(level, "al", 2) == 0
		|| (memcmp(level, "er", 2) == 0 && *last != '"' && !fps_span_find(line, ", client: "));
}

/* memcmp() of a few bytes */
INLINE bool is_same(const char *one, const char *other, size_t len)
{
	for (; len >= 8; one += 8, other += 8, len -= 8) {
		if (load(one) != load(other)) {
			return false;
		}
	}
	for (; len > 0; one++, other++, len--) {
		if (*one != *other) {
			return false;
		}
	}
	return true;
}

/* Most are short. */
INLINE const char *find_quote(const char *at, const char *end)
{
	for (int i = 0; i < 8 && at < end; i++, at++) {
		if (*at == '"') {
			return at;
		}
	}
	return memchr(at, '"', (size_t) (end - at));
}

/* A quoted value ends at the next quote, unless that is escaped: then the line is left to the parser. */
INLINE const char *end_of_value(const char *at, const char *end, bool is_quoted)
{
	const char *from = at;

	if (is_quoted) {
		at = find_quote(at, end);
		return at == NULL || at[-1] == '\\' ? NULL : at;
	}
	while (at<end && * at> ' ' && *at != ',' && *at != '}' && *at != '"' && *at != '[' && *at != '{' && *at != ']') {
		at++;
	}
	return at > from ? at : NULL;
}

/* Whether only values differ from the known object. */
static bool is_object(const struct fps_quickscan *scan, struct fps_span line)
{
	const struct fps_quickscan_layout *layout = &scan->layout;
	const char *at = line.at, *end = at + line.len, *text = layout->text;

	for (size_t i = 0; i <= layout->values; i++) {
		size_t len = layout->pieces[i].len;

		if (at == NULL || (size_t) (end - at) < len || !is_same(at, text, len)) {
			return false;
		}
		text += len;
		at += len;
		if (layout->pieces[i].is_status && (at == end || *at < '0' || *at > '9')) {
			return false;
		}
		at = i < layout->values ? end_of_value(at, end, layout->pieces[i].is_quoted) : at;
	}
	return layout->values && (at == end || (at + 1 == end && *at == '\r'));
}

static bool is_line(const struct fps_quickscan *scan, struct fps_span line)
{
	(void) scan;
	return fps_logkind_is_combined(line);
}

static bool is_line_of_fpm(const struct fps_quickscan *scan, struct fps_span line)
{
	(void) scan;
	return fps_logkind_is_fpm_access(line);
}

static bool is_wanted(const struct fps_quickscan *scan, struct fps_span line)
{
	return scan->is_wanted == NULL || scan->is_wanted(scan->to, line);
}

static bool never(const struct fps_quickscan *scan, struct fps_span line)
{
	(void) scan;
	(void) line;
	return false;
}

static const struct shape shapes[FPS_QUICKSCAN_SHAPES] = {
	{FPS_ENTRY_NGINX, is_error, find_in_errors, is_critical},
	{FPS_ENTRY_ACCESS, is_object, find_in_objects, is_wanted},
	{FPS_ENTRY_ACCESS, is_line, NULL, is_wanted},
	{FPS_ENTRY_FPM_ACCESS, is_line_of_fpm, NULL, never},
};

static bool take_line(struct fps_span *text, struct fps_span *line)
{
	const char *newline = text->len ? memchr(text->at, '\n', text->len) : NULL;

	if (newline == NULL) {
		return false;
	}
	*line = (struct fps_span) {text->at, (size_t) (newline - text->at)};
	text->len -= line->len + 1;
	text->at = newline + 1;
	return true;
}

/* Whether the line contains a word of its shape. */
static bool has_word(struct fps_quickscan *scan, size_t shape, struct fps_span line, const char *end)
{
	const char **word = &scan->word[shape];

	if (shapes[shape].find_word == NULL) {
		return false;
	}
	if (*word == NULL || *word < line.at) {
		*word = shapes[shape].find_word(line.at, end);
	}
	return *word < line.at + line.len;
}

uint64_t fps_quickscan_skip(struct fps_quickscan *scan, struct fps_span *text, enum fps_entry_kind *kind)
{
	const char *end = text->at + text->len;
	struct fps_span rest = *text, line, next;
	uint64_t count = 0;
	size_t shape = 0;

	if (!take_line(&rest, &line)) {
		return 0;
	}
	while (shape < FPS_QUICKSCAN_SHAPES && !shapes[shape].fits(scan, line)) {
		shape++;
	}
	if (shape == FPS_QUICKSCAN_SHAPES) {
		return 0;
	}
	while (!has_word(scan, shape, line, end) && !shapes[shape].is_needed(scan, line) && take_line(&rest, &next)
		&& shapes[shape].fits(scan, next)) {
		line = next;
		count++;
	}
	*kind = shapes[shape].kind;
	*text = (struct fps_span) {line.at, (size_t) (end - line.at)};
	return count;
}

/* The value after a name: `"name":`, perhaps with blanks, after `{` or a comma. NULL: there is no name here. */
static const char *skip_name(const char *at, const char *end)
{
	struct fps_span rest = {at, (size_t) (end - at)}, name;

	fps_span_skip_all(&rest, " ");
	if (!fps_span_skip(&rest, "{") && !fps_span_skip(&rest, ",")) {
		return NULL;
	}
	fps_span_skip_all(&rest, " ");
	if (!fps_span_skip(&rest, "\"") || !fps_span_take(&rest, "\"", &name) || memchr(name.at, '\\', name.len)) {
		return NULL;
	}
	fps_span_skip_all(&rest, " ");
	if (!fps_span_skip(&rest, ":")) {
		return NULL;
	}
	fps_span_skip_all(&rest, " ");
	return rest.at;
}

static bool add_piece(struct fps_quickscan_layout *layout, const char *from, const char *to, size_t *used)
{
	size_t len = (size_t) (to - from);

	if (*used + len > sizeof(layout->text)) {
		return false;
	}
	memcpy(layout->text + *used, from, len);
	*used += len;
	layout->pieces[layout->values].len = (unsigned short) len;
	return true;
}

void fps_quickscan_learn(struct fps_quickscan *scan, struct fps_span line)
{
	struct fps_quickscan_layout layout = {.values = 0};
	const char *from = line.at, *end = line.at + line.len, *at = from;
	size_t used = 0;

	while ((at = skip_name(at, end)) != NULL && layout.values < FPS_QUICKSCAN_VALUES) {
		bool is_quoted = at < end && *at == '"';

		at += is_quoted;
		if (!add_piece(&layout, from, at, &used)) {
			return;
		}
		layout.pieces[layout.values].is_status =
			fps_span_find((struct fps_span) {from, (size_t) (at - from)}, "\"status\":");
		layout.pieces[layout.values++].is_quoted = is_quoted;
		from = at = end_of_value(at, end, is_quoted);
		if (at == NULL) {
			return;
		}
		at += is_quoted;
	}
	if (layout.values && end[-1] == '}' && add_piece(&layout, from, end, &used)) {
		scan->layout = layout;
	}
}
