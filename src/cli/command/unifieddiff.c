/* A unified diff between two short texts, by their longest common subsequence of lines. */
#include "command/unifieddiff.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3 };

struct lines {
	struct fps_span *all; /* each with its newline, which the last one may lack */
	size_t count;
};

/* A line of the diff. */
struct change {
	char sign; /* ' ', '-', '+' */
	struct fps_span line;
};

struct diff {
	struct change *all;
	size_t count;
};

static struct lines split(const char *text)
{
	struct lines lines = {.all = NULL};

	while (text && *text) {
		const char *end = strchr(text, '\n');
		size_t len = end ? (size_t) (end - text) + 1 : strlen(text);

		FPS_ALLOC_APPEND(lines.all, lines.count) = (struct fps_span) {text, len};
		text += len;
	}
	return lines;
}

static bool is_same(struct fps_span one, struct fps_span other)
{
	return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

/* The longest common subsequence of what follows in both, for each pair of places: (m + 1) * (n + 1) numbers. */
static unsigned *common(const struct lines *before, const struct lines *after)
{
	size_t width = after->count + 1;
	unsigned *longest = fps_alloc((before->count + 1) * width, sizeof(*longest));

	for (size_t i = before->count; i-- > 0;) {
		for (size_t n = after->count; n-- > 0;) {
			unsigned down = longest[(i + 1) * width + n], right = longest[i * width + n + 1];

			longest[i * width + n] = is_same(before->all[i], after->all[n]) ? longest[(i + 1) * width + n + 1] + 1
				: down > right                                              ? down
																			: right;
		}
	}
	return longest;
}

static struct diff compare(const struct lines *before, const struct lines *after)
{
	unsigned *longest = common(before, after);
	size_t width = after->count + 1, i = 0, n = 0;
	struct diff diff = {.all = NULL};

	while (i < before->count || n < after->count) {
		bool both = i < before->count && n < after->count;

		if (both && is_same(before->all[i], after->all[n])) {
			FPS_ALLOC_APPEND(diff.all, diff.count) = (struct change) {' ', before->all[i++]};
			n++;
		} else if (n == after->count || (both && longest[(i + 1) * width + n] >= longest[i * width + n + 1])) {
			FPS_ALLOC_APPEND(diff.all, diff.count) = (struct change) {'-', before->all[i++]};
		} else {
			FPS_ALLOC_APPEND(diff.all, diff.count) = (struct change) {'+', after->all[n++]};
		}
	}
	free(longest);
	return diff;
}

/* The next line from there on that is changed; the count if there is none. */
static size_t next_change(const struct diff *diff, size_t at)
{
	while (at < diff->count && diff->all[at].sign == ' ') {
		at++;
	}
	return at;
}

/* Where a hunk ends that has a change there: changes less than two contexts apart are in the same one. */
static size_t hunk_end(const struct diff *diff, size_t change)
{
	size_t next = next_change(diff, change + 1);

	while (next < diff->count && next - change <= 2UL * CONTEXT) {
		change = next;
		next = next_change(diff, change + 1);
	}
	return change + CONTEXT + 1 < diff->count ? change + CONTEXT + 1 : diff->count;
}

static size_t count_without(const struct diff *diff, size_t from, size_t to, char sign)
{
	size_t count = 0;

	for (; from < to; from++) {
		count += diff->all[from].sign != sign;
	}
	return count;
}

/* "12,3": the first line and how many; of none it is the line in front of them. */
static void append_range(char **out, const struct diff *diff, size_t from, size_t to, char without)
{
	size_t count = count_without(diff, from, to, without);

	fps_alloc_append(out, "%zu,%zu", count_without(diff, 0, from, without) + (count > 0), count);
}

static void append_hunk(char **out, const struct diff *diff, size_t from, size_t to)
{
	fps_alloc_append(out, "@@ -");
	append_range(out, diff, from, to, '+');
	fps_alloc_append(out, " +");
	append_range(out, diff, from, to, '-');
	fps_alloc_append(out, " @@\n");
	for (; from < to; from++) {
		struct fps_span line = diff->all[from].line;

		fps_alloc_append(out, "%c%.*s%s", diff->all[from].sign, FPS_SPAN_ARGS(line),
			line.at[line.len - 1] == '\n' ? "" : "\n\\ No newline at end of file\n");
	}
}

void fps_unifieddiff_append(char **out, const char *path, const char *before, const char *after)
{
	struct lines old = split(before), new = split(after);
	struct diff diff = compare(&old, &new);
	size_t change = next_change(&diff, 0);

	if (change < diff.count) {
		fps_alloc_append(out, "--- %s%s\n+++ b%s\n", before ? "a" : "/dev/null", before ? path : "", path);
	}
	while (change < diff.count) {
		size_t end = hunk_end(&diff, change);

		append_hunk(out, &diff, change > CONTEXT ? change - CONTEXT : 0, end);
		change = next_change(&diff, end);
	}
	free(diff.all);
	free(old.all);
	free(new.all);
}
