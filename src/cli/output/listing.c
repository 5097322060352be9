/* Occurrences in a table: what goes into which column, and how wide those are. */
#include "output/listing.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GAP = 2, SHORT_ID = 8, NARROW = 100 /* columns of a terminal, from which on times have their year */ };

enum column { TIME, ID, DEFECT, STATUS, POOL, PID, REQUEST, PLACE, COLUMNS };

static char *time_of(const struct fps_occurrence *occurrence, const char *format)
{
	time_t time = (time_t) occurrence->time;
	char text[40] = "";
	struct tm tm;

	if (localtime_r(&time, &tm) != NULL) {
		strftime(text, sizeof(text), format, &tm);
	}
	return fps_alloc_format("%s", text);
}

static char *request_of(const struct fps_occurrence *occurrence)
{
	struct fps_asked asked = fps_grouping_asked(occurrence);
	size_t len = fps_incidents_path_len(asked.uri);

	return len ? fps_alloc_format("%s%s%.*s", asked.method, *asked.method ? " " : "", (int) len, asked.uri)
			   : fps_alloc_format("-");
}

/* "/srv/Cart.php:42": without the function, whose name a wide table has no room for either. */
static char *place_of(const struct fps_occurrence *occurrence)
{
	char *place = fps_grouping_place(occurrence), *file = place ? strstr(place, "  /") : NULL, *shown;

	shown = fps_alloc_format("%s", file ? file + 2 : place ? place : "-");
	free(place);
	return shown;
}

static char *number_of(int64_t number)
{
	return number > 0 ? fps_alloc_format("%lld", (long long) number) : fps_alloc_format("-");
}

static size_t count_same(const char *one, const char *other)
{
	size_t same = 0;

	while (one[same] && one[same] == other[same]) {
		same++;
	}
	return same;
}

static int compare_id(const void *key, const void *element)
{
	return strcmp(key, (*(struct fps_record *const *) element)->id);
}

/* As much of an id as tells it from all others: a request's warning has that of its death. */
static char *id_of(const struct fps_record *record, const struct fps_recordindex *records)
{
	size_t len = SHORT_ID, at, next;

	if (record == NULL) {
		return fps_alloc_format("-");
	}
	at = next = fps_search_first(record->id, records->by_id, records->count, sizeof(*records->by_id), compare_id);
	while (next < records->count && strcmp(records->by_id[next]->id, record->id) == 0) {
		next++;
	}
	for (size_t i = 0; i < 2; i++) {
		bool has_neighbour = i ? next < records->count : at > 0;
		size_t same = has_neighbour ? count_same(records->by_id[i ? next : at - 1]->id, record->id) : 0;

		len = same + 1 > len ? same + 1 : len;
	}
	return fps_alloc_format("%.*s", (int) len, record->id);
}

struct table {
	FILE *out;
	struct fps_style style;
	const struct fps_recordindex *records;
	const char *time_format;
	char **cells; /* COLUMNS for each row */
	size_t count;
	size_t width[COLUMNS]; /* 0: left out */
};

/* To be freed. */
static char *cell_of(const struct table *table, const struct fps_occurrence *occurrence, enum column column)
{
	const struct fps_record *record = occurrence->record;
	char *value;

	switch (column) {
		case TIME: return time_of(occurrence, table->time_format);
		case ID: return id_of(record, table->records);
		case STATUS: return number_of(fps_grouping_status(occurrence));
		case PID: return number_of(record ? record->pid : 0);
		case REQUEST: return request_of(occurrence);
		case PLACE: return place_of(occurrence);
		default: value = fps_grouping_value(occurrence, column == POOL ? FPS_BY_POOL : FPS_BY_DEFECT);
	}
	return value ? value : fps_alloc_format("-");
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

/*
 * In the order in which they are printed. `least`: a column that may be cut, and is left out below that; one that is
 * `greedy` is cut only where the terminal ends.
 */
static const struct {
	const char *heading;
	size_t least;
	bool is_greedy, keeps_end;
} columns[COLUMNS] = {{"TIME", 0, false, false}, {"ID", 0, false, false}, {"DEFECT", 20, true, false},
	{"STATUS", 0, false, false}, {"POOL", 0, false, false}, {"PID", 0, false, false}, {"REQUEST", 12, false, false},
	{"PLACE", 16, false, true}};

static void fill(struct table *table, const struct fps_occurrence *all)
{
	for (size_t column = 0; column < COLUMNS; column++) {
		bool is_known = false;

		table->width[column] = strlen(columns[column].heading);
		for (size_t row = 0; row < table->count; row++) {
			char *cell = cell_of(table, &all[row], (enum column) column);
			size_t width = strlen(cell);

			table->width[column] = width > table->width[column] ? width : table->width[column];
			is_known = is_known || strcmp(cell, "-") != 0;
			table->cells[row * COLUMNS + column] = cell;
		}
		table->width[column] = is_known ? table->width[column] : 0;
	}
}

/* What the most important columns leave of the terminal's width goes to the next ones; then URLs and places grow. */
static void fit(struct table *table)
{
	static const enum column by_importance[COLUMNS] = {TIME, ID, DEFECT, REQUEST, STATUS, POOL, PLACE, PID};
	size_t whole[COLUMNS], left = table->style.columns + GAP;

	memcpy(whole, table->width, sizeof(whole));
	for (size_t i = 0; i < COLUMNS; i++) {
		enum column column = by_importance[i];
		size_t least = columns[column].least, *width = &table->width[column], room = left > GAP ? left - GAP : 0;

		if (least && *width > least) {
			*width = columns[column].is_greedy && room > least ? room : least;
			*width = *width < whole[column] ? *width : whole[column];
		}
		*width = *width <= room ? *width : 0;
		left -= *width ? *width + GAP : 0;
	}
	/* alternately, so that both have something of it */
	for (bool grows = true; left > 0 && grows;) {
		grows = false;
		for (enum column column = REQUEST; column <= PLACE; column++) {
			if (left > 0 && table->width[column] && table->width[column] < whole[column]) {
				table->width[column]++;
				left--;
				grows = true;
			}
		}
	}
}

/* The last column is not padded, nor cut where there is no terminal. */
static void print_row(const struct table *table, const char *const *cells)
{
	size_t last = 0, gap = 0;

	for (size_t column = 0; column < COLUMNS; column++) {
		last = table->width[column] ? column : last;
	}
	for (size_t column = 0; column < COLUMNS; column++) {
		size_t len = strlen(cells[column]), width = table->width[column];

		if (width) {
			fprintf(table->out, "%*s", (int) gap, "");
			fps_terminal_print_column(
				table->out, cells[column], column == last && len < width ? len : width, columns[column].keeps_end);
			gap = GAP;
		}
	}
}

void fps_listing_text(FILE *out, const struct fps_occurrence *all, size_t count, const struct fps_recordindex *records)
{
	struct fps_style style = fps_terminal_style(out);
	bool is_narrow = style.columns && style.columns < NARROW;
	struct table table = {.out = out,
		.style = style,
		.records = records,
		.time_format = is_narrow ? "%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M:%S",
		.cells = fps_alloc(count + 1, COLUMNS * sizeof(char *)),
		.count = count};
	const char *headings[COLUMNS];

	fill(&table, all);
	if (table.style.columns) {
		fit(&table);
	}
	for (size_t column = 0; column < COLUMNS; column++) {
		headings[column] = columns[column].heading;
	}
	fputs(fps_terminal_colour(&table.style, FPS_TERMINAL_BOLD), out);
	print_row(&table, headings);
	fprintf(out, "%s\n", fps_terminal_colour(&table.style, FPS_TERMINAL_PLAIN));
	for (size_t row = 0; row < count; row++) {
		print_row(&table, (const char *const *) (table.cells + row * COLUMNS));
		putc('\n', out);
	}
	fps_alloc_free_all(table.cells, count * COLUMNS);
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

/* Removes the text that was set from it. */
static void set_text(struct json_object *object, const char *name, char *text)
{
	FPS_JSON_SET(object, {name, text, 0});
	free(text);
}

static struct json_object *object_of(const struct fps_occurrence *occurrence)
{
	static const struct {
		const char *name;
		enum fps_grouping_key key;
	} values[] = {{"defect", FPS_BY_DEFECT}, {"pool", FPS_BY_POOL}, {"host", FPS_BY_HOST}, {"script", FPS_BY_SCRIPT},
		{"place", FPS_BY_PLACE}};
	const struct fps_record *record = occurrence->record;
	struct fps_asked asked = fps_grouping_asked(occurrence);
	struct json_object *object = json_object_new_object();
	time_t time = (time_t) occurrence->time;
	char when[40] = "";
	struct tm tm;

	if (gmtime_r(&time, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	FPS_JSON_SET(object, {"time", when, 0}, {"id", record ? record->id : NULL, 0}, {"cause", occurrence->verdict, 0});
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		set_text(object, values[i].name, fps_grouping_value(occurrence, values[i].key));
	}
	set_text(object, "fingerprint", fps_alloc_format("%016llx", (unsigned long long) occurrence->fingerprint));
	FPS_JSON_SET(object, {"request_id", record ? record->request_id : occurrence->incident->request_id, 0},
		{"pid", NULL, record ? record->pid : 0}, {"status", NULL, fps_grouping_status(occurrence)},
		{"method", asked.method, 0});
	set_text(object, "url", fps_alloc_format("%.*s", (int) fps_incidents_path_len(asked.uri), asked.uri));
	json_object_object_add(object, "worker_died", json_object_new_boolean(occurrence->is_death));
	return object;
}

void fps_listing_json(FILE *out, const struct fps_occurrence *all, size_t count, bool by_line)
{
	fputs(by_line ? "" : "[\n", out);
	for (size_t i = 0; i < count; i++) {
		fps_json_print(out, object_of(&all[i]), false);
		fputs(by_line || i + 1 == count ? "\n" : ",\n", out);
	}
	fputs(by_line ? "" : "]\n", out);
}
