/* One finding as text: its title, the reason, the places and the fix. */
#include "output/finding_text.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = FPS_FINDING_INDENT };

#define IN_PLACE ", in place of that line"

static const char *const colours[] = {"", FPS_TERMINAL_YELLOW, FPS_TERMINAL_RED};

static void write_title(FILE *out, const struct fps_style *style, const struct fps_rule *rule)
{
	const char *plain = fps_terminal_colour(style, FPS_TERMINAL_PLAIN), *colour = colours[rule->severity];

	fprintf(out, "%s%-*s%s%s%s%s: %s\n", *colour ? fps_terminal_colour(style, colour) : "", INDENT,
		fps_findings_severity(rule->severity), *colour ? plain : "", fps_terminal_colour(style, FPS_TERMINAL_BOLD),
		rule->id, plain, rule->title);
}

static void write_reason(
	FILE *out, const struct fps_style *style, const struct fps_finding_layout *layout, const struct fps_rule *rule)
{
	const char *end = strstr(rule->why, ". ");
	char *first = fps_alloc_format("%.*s", end ? (int) (end + 1 - rule->why) : (int) strlen(rule->why), rule->why);

	if (layout->whole || (layout->reasons && rule->severity > FPS_HINT)) {
		fps_terminal_field(out, style, INDENT, "why", layout->whole ? rule->why : first);
	}
	free(first);
}

static void append_place(char **text, const char *file, unsigned line)
{
	fps_alloc_append(text, line ? "%s:%u" : "%s", file, line);
}

/* The name of a file without the folder that it shares with another one. */
static const char *name_beside(const char *file, const char *other)
{
	const char *slash = strrchr(file, '/');
	size_t folder = slash ? (size_t) (slash + 1 - file) : 0;

	return strcmp(file, other) == 0 ? "" : strncmp(file, other, folder) == 0 ? file + folder : file;
}

/* "30 pools (/etc/php/a.conf:3 ... z.conf:3)"; of one finding with one place that place. The caller frees it. */
static char *list_places(const struct fps_finding *finding)
{
	const struct fps_place *first = fps_findings_place(finding);
	char *text = fps_alloc_format("%s", "");

	if (finding->more_count == 0) {
		append_place(&text, first->file, first->line);
		return text;
	}
	const struct fps_place *last = &finding->more[finding->more_count - 1];

	fps_alloc_append(&text, "%zu %s (", finding->more_count + 1, *first->text == '[' ? "pools" : "places");
	append_place(&text, first->file, first->line);
	fps_alloc_append(&text, "%s", finding->more_count == 1 ? ", " : " ... ");
	append_place(&text, name_beside(last->file, first->file), last->line);
	fps_alloc_append(&text, ")");
	return text;
}

/* Whether the same stands at each of its places. */
static bool is_uniform(const struct fps_finding *finding)
{
	const char *text = fps_findings_without_site(fps_findings_place(finding)->text);
	size_t same = 0;

	while (same < finding->more_count && strcmp(text, fps_findings_without_site(finding->more[same].text)) == 0) {
		same++;
	}
	return same == finding->more_count;
}

/* Where the fix goes. NULL: that is not known. The caller frees it. */
static char *describe_target(const struct fps_finding *finding)
{
	struct fps_span manner = fps_findings_manner(finding);
	char *text = NULL;

	if (finding->fix_in && finding->more_count == 0 && !fps_span_is(manner, IN_PLACE)) {
		return fps_alloc_format("%s", finding->fix_in);
	}
	if (fps_findings_place(finding)->file == NULL) {
		return NULL;
	}
	text = list_places(finding);
	if (fps_span_is(manner, IN_PLACE) && finding->sets && is_uniform(finding)) {
		fps_alloc_append(&text, ", in place of \"%s\"", fps_findings_without_site(finding->at.text));
	} else {
		fps_alloc_append(&text, "%.*s", FPS_SPAN_ARGS(manner));
	}
	return text;
}

static void write_lines(FILE *out, const char *name, const char *lines)
{
	struct fps_span text = fps_span_of(lines), line;

	for (; fps_span_next(&text, "\n", &line); name = "") {
		fps_terminal_label(out, INDENT, name);
		fps_terminal_print_span(out, line);
		putc('\n', out);
	}
}

static void write_place(FILE *out, const char *name, const struct fps_place *place, bool with_text)
{
	char *text = NULL;

	if (place->file) {
		append_place(&text, place->file, place->line);
		if (with_text) {
			fps_alloc_append(&text, "  %s", place->text);
		}
		write_lines(out, name, text);
	}
	free(text);
}

static void write_open(FILE *out, const struct fps_finding_layout *layout, const struct fps_finding *finding)
{
	char *target = describe_target(finding);

	write_place(out, "where", &finding->places[0], true);
	write_place(out, "against", &finding->places[1], true);
	write_lines(out, "fix", finding->fix);
	if (target && (finding->fix_in || finding->more_count)) {
		write_lines(out, "in", target);
	}
	for (size_t i = 0; layout->whole && i < finding->more_count; i++) {
		write_place(out, i ? "" : "also", &finding->more[i], false);
	}
	free(target);
}

/* The lines of a fix beside each other, as far as they fit; nginx's end in a semicolon. The caller frees it. */
static char *join_lines(const char *lines, size_t width)
{
	struct fps_span text = fps_span_of(lines), line;
	char *joined = NULL;

	for (size_t column = INDENT; fps_span_next(&text, "\n", &line); column += line.len + 2) {
		size_t len = joined ? strlen(joined) : 0;
		const char *between = len == 0 ? "" : joined[len - 1] == ';' ? " " : ", ";
		bool fits = column + line.len < width;

		column = fits ? column : INDENT;
		fps_alloc_append(&joined, "%s%.*s", len == 0 || fits ? between : "\n", FPS_SPAN_ARGS(line));
	}
	return joined;
}

/* The fix and its place, on one line where they fit, or where lines may be long. */
static void write_short(FILE *out, const struct fps_style *style, const struct fps_finding_layout *layout,
	const struct fps_finding *finding)
{
	char *target = describe_target(finding), *fix = finding->fix ? join_lines(finding->fix, style->width) : NULL;
	bool one_line = fix && target && (layout->long_lines || INDENT + strlen(fix) + strlen(target) + 5 <= style->width);

	if (one_line) {
		fps_alloc_append(&fix, "  in %s", target);
	}
	if (fix) {
		write_lines(out, "fix", fix);
	} else {
		write_place(out, "where", &finding->places[0], true);
	}
	if (fix && target && !one_line) {
		write_lines(out, "in", target);
	}
	free(target);
	free(fix);
}

void fps_finding_text(FILE *out, const struct fps_style *style, const struct fps_finding_layout *layout,
	const struct fps_finding *finding, bool titled)
{
	if (titled) {
		if (layout->open) {
			putc('\n', out);
		}
		write_title(out, style, finding->rule);
		write_reason(out, style, layout, finding->rule);
	}
	if (layout->open) {
		write_open(out, layout, finding);
	} else {
		write_short(out, style, layout, finding);
	}
}
