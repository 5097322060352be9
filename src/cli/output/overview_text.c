/* The overview as text. */
#include "base/alloc.h"
#include "output/defect.h"
#include "output/overview.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	SHOWN_DEFECTS = 5,
	SHOWN_WITH_TROUBLE = 3,
	SHOWN_NEW = 2,
	SHOWN_TEXTS = 3,
	COUNT = 7,
	LEGEND = 76,
	MIN_PLACE = 12,
	NEXT = 6
};

static void headline(FILE *out, const struct fps_style *style, const char *text)
{
	fprintf(out, "%s%s%s\n", fps_terminal_colour(style, FPS_TERMINAL_BOLD), text,
		fps_terminal_colour(style, FPS_TERMINAL_PLAIN));
}

static void paragraph(FILE *out, const struct fps_style *style, const char *text)
{
	putc('\n', out);
	headline(out, style, text);
}

static void title(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	char host[65] = "", when[40] = "";
	time_t now = (time_t) overview->now;
	struct tm tm;

	gethostname(host, sizeof(host) - 1);
	if (localtime_r(&now, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M %Z", &tm);
	}
	fputs(fps_terminal_colour(style, FPS_TERMINAL_BOLD), out);
	fps_terminal_print(out, host);
	fprintf(out, "%s, %s\n", fps_terminal_colour(style, FPS_TERMINAL_PLAIN), when);
}

/* "Read nginx's error log since 2026-11-23 06:25 (3 files), records (1 file); the last 7 days count." */
static void what_was_read(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	char *text = NULL;

	for (size_t i = 0; i < FPS_OVERVIEW_LOGS; i++) {
		const struct fps_overview_logs *logs = &overview->logs[i];

		if (logs->files) {
			fps_alloc_append(&text, "%s%s%s%s (%zu file%s)", text ? ", " : "Read ", logs->name,
				logs->begins > 0 ? " since " : "",
				logs->begins > 0 ? fps_defect_text_seen(logs->begins, logs->begins).text : "", logs->files,
				logs->files == 1 ? "" : "s");
		}
	}
	if (text == NULL) {
		fps_alloc_append(&text, "Read no logs%s",
			overview->unread.count || overview->old_files ? "" : ": there are none in the usual places");
	}
	if (overview->old_files) {
		fps_alloc_append(
			&text, "; %zu older file%s not read", overview->old_files, overview->old_files == 1 ? "" : "s");
	}
	fps_alloc_append(&text, ". Only the last 7 days count.");
	fps_terminal_wrap(out, style, 0, text);
	free(text);
}

/* --- the last hour, day and week ---------------------------------------------------------------------------------- */

/* Eight heights, the highest one that of the largest count; what is not 0 shows. */
static void sparkline(FILE *out, const struct fps_overview_span *span)
{
	static const char *const blocks[] = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
							 *const digits[] = {".", "1", "2", "3", "4", "5", "6", "7", "8"};
	const char *const *heights = fps_terminal_has_utf8() ? blocks : digits;
	size_t most = 1;

	for (size_t i = 0; i < span->cells; i++) {
		most = span->counts[i] > most ? span->counts[i] : most;
	}
	for (size_t i = 0; i < span->cells; i++) {
		fputs(heights[(span->counts[i] * 8 + most - 1) / most], out);
	}
}

static void incidents(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	paragraph(out, style, "            incidents   deaths");
	for (size_t i = 0; i < FPS_OVERVIEW_SPANS; i++) {
		const struct fps_overview_span *span = &overview->spans[i];

		fprintf(out, "  last %-4s%10zu%9zu  ", span->name, span->incidents, span->deaths);
		sparkline(out, span);
		if (style->width >= LEGEND) {
			fprintf(out, "%*s  %s each", FPS_OVERVIEW_CELLS - (int) span->cells, "", span->cell);
		}
		putc('\n', out);
	}
}

/* --- defects ------------------------------------------------------------------------------------------------------ */

static size_t widest_name(const struct fps_defects *defects, size_t shown)
{
	size_t widest = 0;

	for (size_t i = 0; i < shown; i++) {
		size_t len = strlen(defects->all[i].name.text);

		widest = len > widest ? len : widest;
	}
	return widest;
}

/* Its name is never cut, since a command takes it; of its place the end is what says most. */
static void defect_line(
	FILE *out, const struct fps_style *style, const struct fps_defect *defect, size_t width, bool is_new)
{
	size_t used = COUNT + 2 + width + 5 + 2, room = style->columns ? style->columns : SIZE_MAX;

	fprintf(out, "%*zu  %s", COUNT, defect->count, fps_terminal_colour(style, FPS_TERMINAL_BOLD));
	fps_terminal_print(out, defect->name.text);
	fprintf(out, "%s%*s%s", fps_terminal_colour(style, FPS_TERMINAL_PLAIN), (int) (width - strlen(defect->name.text)),
		"", is_new ? "  new" : "     ");
	if (defect->place && room >= used + MIN_PLACE) {
		fputs("  ", out);
		if (style->columns && strlen(defect->place) > room - used) {
			fps_terminal_print_column(out, defect->place, room - used, true);
		} else {
			fps_terminal_print(out, defect->place);
		}
	}
	putc('\n', out);
}

static void defects(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	const struct fps_defects *all = &overview->defects;
	size_t most = overview->wrong.count || overview->unread.count ? SHOWN_WITH_TROUBLE : SHOWN_DEFECTS,
		   shown = all->count < most ? all->count : most, width = widest_name(all, shown);

	if (shown == 0) {
		return;
	}
	paragraph(out, style, "Defects of the week, the most frequent first");
	for (size_t i = 0; i < shown; i++) {
		defect_line(out, style, &all->all[i], width, fps_overview_is_new(overview, &all->all[i]));
	}
	if (all->count > shown) {
		fprintf(out, "%*s and %zu more: fpmsentinel trace --since 1w\n", COUNT, "", all->count - shown);
	}
}

static void new_line(FILE *out, const struct fps_defect *defect)
{
	struct fps_defect_text_span seen = fps_defect_text_seen(defect->first, defect->first);

	fputs("  ", out);
	fps_terminal_print(out, defect->name.text);
	fprintf(out, "  first seen %s", seen.text);
	if (defect->new_since) {
		fputs(", since ", out);
		fps_terminal_print(out, defect->new_since);
	}
	putc('\n', out);
}

static void what_is_new(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	const struct fps_defects *all = &overview->defects;
	size_t count = 0;

	if (all->count == 0) {
		return;
	}
	if (!overview->knows_new) {
		headline(out, style, "New: not known, as the logs do not reach back for more than a day");
	}
	for (size_t i = 0; i < all->count; i++) {
		if (fps_overview_is_new(overview, &all->all[i])) {
			if (count++ == 0 && overview->knows_new) {
				headline(out, style, "New in the last day, or with the newest version");
			}
			if (count <= SHOWN_NEW) {
				new_line(out, &all->all[i]);
			}
		}
	}
	if (count > SHOWN_NEW) {
		fprintf(out, "  and %zu more\n", count - SHOWN_NEW);
	}
}

/* --- the set-up, and what is next --------------------------------------------------------------------------------- */

/* In a terminal a line each, if they may be cut. */
static void texts(FILE *out, const struct fps_style *style, const struct fps_overview_texts *texts, bool may_be_cut)
{
	for (size_t i = 0; i < texts->count && i < SHOWN_TEXTS; i++) {
		fputs("  ", out);
		if (may_be_cut && style->columns && strlen(texts->all[i]) > style->columns - 2) {
			fps_terminal_print_column(out, texts->all[i], style->columns - 2, false);
			putc('\n', out);
		} else {
			fps_terminal_wrap(out, style, 2, texts->all[i]);
		}
	}
	if (texts->count > SHOWN_TEXTS) {
		fprintf(out, "  and %zu more\n", texts->count - SHOWN_TEXTS);
	}
}

/* "Not checked: PHP-FPM, as it was not found; settings that lose requests (fpmsentinel doctor)" */
static void not_checked(FILE *out, const struct fps_style *style, const struct fps_overview_texts *texts)
{
	char *text = NULL;

	for (size_t i = 0; i < texts->count; i++) {
		fps_alloc_append(&text, "%s%s", i ? "; " : "Not checked: ", texts->all[i]);
	}
	if (text) {
		fputs("  ", out);
		fps_terminal_wrap(out, style, 2, text);
	}
	free(text);
}

static void set_up(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	paragraph(out, style,
		overview->wrong.count ? "Set-up of fpmsentinel; fpmsentinel doctor says what to set"
							  : "Set-up of fpmsentinel: nothing is known to be wrong");
	texts(out, style, &overview->wrong, true);
	not_checked(out, style, &overview->unchecked);
	if (overview->unread.count) {
		paragraph(out, style, "Not read");
		texts(out, style, &overview->unread, false);
	}
}

static void next(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	bool fits = NEXT + strlen(overview->next) + 3 + strlen(overview->next_why) <= style->width;
	char *why = fps_alloc_format("(%s)", overview->next_why);

	fprintf(out, "\n%sNext:%s ", fps_terminal_colour(style, FPS_TERMINAL_BOLD),
		fps_terminal_colour(style, FPS_TERMINAL_PLAIN));
	fps_terminal_print(out, overview->next);
	fprintf(out, "%s%*s", fits ? "" : "\n", fits ? 1 : NEXT, "");
	fps_terminal_wrap(out, style, NEXT, why);
	free(why);
}

void fps_overview_text(FILE *out, const struct fps_style *style, const struct fps_overview *overview)
{
	title(out, style, overview);
	if (overview->is_empty) {
		fputs("Neither nginx, Apache, PHP-FPM nor any of their logs was found.\n", out);
		texts(out, style, &overview->unread, false);
	} else {
		what_was_read(out, style, overview);
		incidents(out, style, overview);
		defects(out, style, overview);
		what_is_new(out, style, overview);
		set_up(out, style, overview);
	}
	next(out, style, overview);
}
