/* Defects for people: a few lines each. */
#include "base/alloc.h"
#include "output/defect.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INDENT = 9 };

static void print_minute(char *text, size_t size, double when)
{
	time_t time = (time_t) when;
	struct tm tm;

	text[0] = '\0';
	if (localtime_r(&time, &tm) != NULL) {
		strftime(text, size, "%Y-%m-%d %H:%M", &tm);
	}
}

struct fps_defect_text_span fps_defect_text_seen(double first, double last)
{
	struct fps_defect_text_span span;
	char from[24], to[24];

	print_minute(from, sizeof(from), first);
	print_minute(to, sizeof(to), last);
	snprintf(span.text, sizeof(span.text), "%s%s%s", from, strcmp(from, to) ? " to " : "", strcmp(from, to) ? to : "");
	return span;
}

void fps_defect_text_deaths(char **text, size_t deaths, size_t count)
{
	if (deaths == 0 || deaths == count) {
		fps_alloc_append(text, deaths ? "all deaths" : "no deaths");
	} else {
		fps_alloc_append(text, "%zu death%s", deaths, deaths == 1 ? "" : "s");
	}
}

/* Its name, when it was seen and how many died of it, on one line if that is wide enough. */
static void headline(FILE *out, const struct fps_style *style, const struct fps_defect *defect)
{
	char *seen = fps_alloc_format("%s, ", fps_defect_text_seen(defect->first, defect->last).text);
	bool fits;

	fps_defect_text_deaths(&seen, defect->deaths, defect->count);
	fits = INDENT + strlen(defect->name.text) + 2 + strlen(seen) <= style->width;

	fprintf(out, "%*zu  %s", INDENT - 2, defect->count, fps_terminal_colour(style, FPS_TERMINAL_BOLD));
	fps_terminal_print(out, defect->name.text);
	fputs(fps_terminal_colour(style, FPS_TERMINAL_PLAIN), out);
	fprintf(out, "%s%*s%s\n", fits ? "" : "\n", fits ? 2 : INDENT, "", seen);
	free(seen);
}

/* Its function and its file, on one line if that is wide enough. */
static void place(FILE *out, const struct fps_style *style, const struct fps_defect *defect)
{
	const struct fps_record *record = defect->example->record;
	size_t others = defect->by[FPS_BY_PLACE].count;
	struct fps_span rest = fps_span_of(defect->place), function;
	char *text = NULL;

	if (defect->place) {
		fps_alloc_append(&text, "%s", defect->place);
		if (others > 1) {
			fps_alloc_append(&text, ", and %zu other place%s", others - 1, others == 2 ? "" : "s");
		}
	} else if (record && record->first[0] && !record->is_complete) {
		fps_alloc_append(&text, "no stack: it is in record %s, which is not among those that were read", record->first);
	} else {
		fps_alloc_append(&text, "no stack");
	}
	fprintf(out, "%*s", INDENT, "");
	if (fps_span_take(&rest, "  ", &function) && INDENT + strlen(text) <= style->width) {
		fps_terminal_print(out, text);
		putc('\n', out);
	} else {
		fps_terminal_wrap(out, style, INDENT, text);
	}
	free(text);
}

/* "URL /cart/:n (2000) and 3 more". */
static void add_ranking(char **text, const char *name, const struct fps_ranking *ranking)
{
	if (ranking->count == 0) {
		return;
	}
	fps_alloc_append(text, "%s%s %s", *text ? "; " : "", name, ranking->all[0].value);
	if (ranking->count > 1) {
		fps_alloc_append(text, " (%zu) and %zu more", ranking->all[0].count, ranking->count - 1);
	}
}

static void facts(
	FILE *out, const struct fps_style *style, const struct fps_defect *defect, const struct fps_requests *requests)
{
	static const struct {
		enum fps_grouping_key key;
		const char *name;
	} shown[] = {{FPS_BY_URL, "URL"}, {FPS_BY_POOL, "pool"}, {FPS_BY_HOST, "host"}, {FPS_BY_VERSION, "version"}};
	double rate = fps_defect_rate(defect, requests);
	char *text = NULL;

	if (defect->new_since) {
		fps_alloc_append(&text, "new since %s", defect->new_since);
	}
	if (rate >= 0) {
		fps_alloc_append(&text, "%s%.2f in 10,000 requests", text ? "; " : "", rate);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		add_ranking(&text, shown[i].name, &defect->by[shown[i].key]);
	}
	if (text) {
		fprintf(out, "%*s", INDENT, "");
		fps_terminal_wrap(out, style, INDENT, text);
	}
	free(text);
}

void fps_defect_text(FILE *out, const struct fps_style *style, const struct fps_defects *defects, size_t most,
	const struct fps_requests *requests)
{
	for (size_t i = 0; i < defects->count && i < most; i++) {
		headline(out, style, &defects->all[i]);
		place(out, style, &defects->all[i]);
		facts(out, style, &defects->all[i], requests);
	}
	if (defects->count > most) {
		fprintf(out, "%*sand %zu more\n", INDENT, "", defects->count - most);
	}
}
