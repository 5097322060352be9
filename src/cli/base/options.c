/* The options of a command. */
#include "base/options.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/nearest.h"
#include "base/span.h"
#include "base/units.h"
#include "base/warn.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Rows of a command at most; the column in which the help of an option begins; what getopt_long() returns for the first
 * row, if that has no letter.
 */
enum { MAX_ROWS = 64, HELP_COLUMN = 26, FIRST_CODE = 256 };

static bool is_end(const struct fps_option *row)
{
	return row->help == NULL && row->set == NULL;
}

static bool takes_value(const struct fps_option *row)
{
	return row->argument || row->values;
}

/* What getopt_long() returns for the option in that row. */
static int code_of(const struct fps_option *rows, size_t row)
{
	return rows[row].letter ? rows[row].letter : FIRST_CODE + (int) row;
}

static const struct fps_option *find_code(const struct fps_option *rows, int code)
{
	size_t row = 0;

	while (!is_end(&rows[row]) && !(rows[row].name && code_of(rows, row) == code)) {
		row++;
	}
	return is_end(&rows[row]) ? NULL : &rows[row];
}

/* The index of a value among the row's; behind the last one if it is not among them. */
static const char *const *find_value(const struct fps_option *row, const char *value)
{
	const char *const *at = row->values;

	while (*at && strcmp(*at, value) != 0) {
		at++;
	}
	return at;
}

/* --- setters ------------------------------------------------------------------------------------------------------ */

bool fps_options_flag(void *field, const char *value)
{
	(void) value;
	*(bool *) field = true;
	return true;
}

bool fps_options_text(void *field, const char *value)
{
	*(const char **) field = value;
	return true;
}

bool fps_options_number(void *field, const char *value)
{
	struct fps_span number = {value, strlen(value)};

	return fps_span_number(&number, field) && number.len == 0;
}

bool fps_options_span(void *field, const char *value)
{
	return fps_units_seconds(value, field) && *(int64_t *) field > 0;
}

bool fps_options_time(void *field, const char *value)
{
	return fps_datetime_parse(value, (int64_t) time(NULL), field);
}

bool fps_options_end(void *field, const char *value)
{
	return fps_datetime_parse_end(value, (int64_t) time(NULL), field);
}

bool fps_options_list(void *field, const char *value)
{
	struct fps_options_list *list = field;

	list->all = fps_alloc_resize(list->all, list->count + 1, sizeof *list->all);
	list->all[list->count++] = value;
	return true;
}

/* --- parser ------------------------------------------------------------------------------------------------------- */

/* Adds to a text, with a separator if it is not the first. */
static void append(char **text, const char *separator, const char *more)
{
	char *longer = fps_alloc_format("%s%s%s", *text ? *text : "", *text ? separator : "", more);

	free(*text);
	*text = longer;
}

/* The caller frees it. */
static char *join_values(const struct fps_option *row, const char *separator)
{
	char *text = NULL;

	for (const char *const *value = row->values; *value; value++) {
		append(&text, separator, *value);
	}
	return text;
}

/* What a setter accepts, in words; NULL: the help of its options says it. */
static const char *accepted_by(fps_options_setter *set)
{
	static const struct {
		fps_options_setter *set;
		const char *words;
	} setters[] = {{fps_options_time, FPS_OPTIONS_TIMES}, {fps_options_end, FPS_OPTIONS_TIMES},
		{fps_options_span, "a time such as 90, 90s or 2m"}, {fps_options_number, "a number"}};

	for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++) {
		if (setters[i].set == set) {
			return setters[i].words;
		}
	}
	return NULL;
}

static void refuse_value(const struct fps_option *row, const char *value)
{
	const struct fps_style style = fps_terminal_style(stderr);
	char *values = row->values ? join_values(row, ", ") : NULL, *hint;
	const char *words = accepted_by(row->set);
	struct fps_nearest nearest = FPS_NEAREST(value);

	for (const char *const *known = row->values; known && *known; known++) {
		fps_nearest_try(&nearest, *known);
	}
	hint = fps_nearest_hint(&nearest, "");
	if (values) {
		fps_warn("invalid value for --%s: %s%s; use one of", row->name, value, hint);
		fputs("  ", stderr);
		fps_terminal_wrap(stderr, &style, 2, values);
	} else {
		fps_warn("invalid value for --%s: %s; %s %s", row->name, value,
			words ? "use" : "expected:", words ? words : row->help);
	}
	free(hint);
	free(values);
}

/* Reports an unknown or ambiguous long option. */
static void refuse_name(const struct fps_option *rows, const char *given)
{
	char *name = fps_alloc_copy((struct fps_span) {given, strcspn(given, "=")}, 0), *fitting = NULL, *hint;
	const char *bare = name + strspn(name, "-");
	struct fps_nearest nearest = FPS_NEAREST(bare);

	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (row->name && row->help && *bare && strncmp(row->name, bare, strlen(bare)) == 0) {
			append(&fitting, ", --", row->name);
		} else if (row->name) {
			fps_nearest_try(&nearest, row->name);
		}
	}
	hint = fps_nearest_hint(&nearest, "--");
	if (fitting) {
		fps_warn("ambiguous option: %s (--%s)", name, fitting);
	} else {
		fps_warn("unknown option: %s%s", name, hint);
	}
	free(hint);
	free(fitting);
	free(name);
}

/* What getopt_long() has returned '?' for. */
static enum fps_options_result refuse(const struct fps_option *rows, const char *given)
{
	const struct fps_option *row = find_code(rows, optopt);

	if (row && takes_value(row)) {
		fps_warn("--%s needs a value", row->name);
	} else if (row) {
		fps_warn("--%s takes no value", row->name);
	} else if (optopt) {
		fps_warn("unknown option: -%c", optopt);
	} else {
		refuse_name(rows, given);
	}
	return FPS_OPTIONS_WRONG;
}

static bool store(const struct fps_option *row, const char *value, void *into)
{
	void *field = (char *) into + row->offset;
	const char *const *found = row->values ? find_value(row, value) : NULL;

	if (found && *found && row->set == NULL) {
		*(unsigned *) field = (unsigned) (found - row->values);
		return true;
	}
	return (found == NULL || *found) && row->set(field, value);
}

static const struct fps_option *argument_row(const struct fps_option *rows)
{
	while (!is_end(rows) && !(rows->name == NULL && rows->set)) {
		rows++;
	}
	return rows;
}

/* Arguments such as -1, which getopt_long() would take for options. */
struct counts {
	char **all; /* behind their '-' */
	size_t count;
};

static bool is_count(const struct counts *counts, const char *word)
{
	for (size_t i = 0; i < counts->count; i++) {
		if (counts->all[i] == word) {
			return true;
		}
	}
	return false;
}

/* Takes the '-' off them, if this command knows such arguments. */
static struct counts hide_counts(const struct fps_option *rows, int argc, char **argv)
{
	struct counts counts = {0};

	for (int i = 1; argument_row(rows)->letter == '1' && i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argv[i][0] == '-' && argv[i][1] && strspn(argv[i] + 1, "0123456789") == strlen(argv[i] + 1)) {
			argv[i]++;
			FPS_ALLOC_APPEND(counts.all, counts.count) = argv[i];
		}
	}
	return counts;
}

static enum fps_options_result take_arguments(
	const struct fps_option *rows, int argc, char **argv, const struct counts *counts, void *into)
{
	const struct fps_option *row = argument_row(rows);

	for (int i = optind; i < argc; i++) {
		const char *argument = is_count(counts, argv[i]) ? argv[i] - 1 : argv[i];

		if (is_end(row) || !store(row, argument, into)) {
			fps_warn("unexpected argument: %s", argument);
			return FPS_OPTIONS_WRONG;
		}
	}
	return FPS_OPTIONS_PARSED;
}

/* The rows as getopt_long() takes them. Its own messages would cite any bytes as they are. */
static void prepare(const struct fps_option *rows, struct option *known, char *letters)
{
	for (size_t row = 0; !is_end(&rows[row]); row++) {
		int argument = takes_value(&rows[row]) ? required_argument : no_argument;

		if (rows[row].name) {
			*known++ = (struct option) {rows[row].name, argument, NULL, code_of(rows, row)};
		}
		if (rows[row].name && rows[row].letter) {
			*letters++ = rows[row].letter;
			if (takes_value(&rows[row])) {
				*letters++ = ':';
			}
		}
	}
	opterr = 0;
	optind = 0;
}

static enum fps_options_result take_options(const struct fps_option *rows, int argc, char **argv, void *into)
{
	struct option known[MAX_ROWS + 1] = {{.name = NULL}};
	char letters[2 * MAX_ROWS + 2] = "";
	int code;

	prepare(rows, known, letters);
	while ((code = getopt_long(argc, argv, letters, known, NULL)) != -1) {
		const struct fps_option *row = find_code(rows, code);

		if (row == NULL) {
			return refuse(rows, argv[optind - 1]);
		}
		if (row->set == NULL && row->values == NULL) {
			return FPS_OPTIONS_HELP;
		}
		if (!store(row, optarg, into)) {
			refuse_value(row, optarg);
			return FPS_OPTIONS_WRONG;
		}
	}
	return FPS_OPTIONS_PARSED;
}

enum fps_options_result fps_options_parse(const struct fps_option *rows, int argc, char **argv, void *into)
{
	struct counts counts = hide_counts(rows, argc, argv);
	enum fps_options_result result = take_options(rows, argc, argv, into);

	if (result == FPS_OPTIONS_PARSED) {
		result = take_arguments(rows, argc, argv, &counts, into);
	}
	free(counts.all);
	return result;
}

/* --- help --------------------------------------------------------------------------------------------------------- */

/* "  -f, --format text|json" or "      --pool POOL", to be freed. */
static char *label_of(const struct fps_option *row)
{
	char *values = row->argument == NULL && row->values ? join_values(row, "|") : NULL;
	const char *argument = values ? values : row->argument;
	char letter[] = {'-', row->letter, ',', '\0'};
	char *label = fps_alloc_format(
		"  %-3s --%s%s%s", row->letter ? letter : "", row->name, argument ? " " : "", argument ? argument : "");

	free(values);
	return label;
}

static void print_option(FILE *out, const struct fps_style *style, const struct fps_option *row)
{
	char *label = label_of(row);

	if (strlen(label) + 2 > HELP_COLUMN) {
		fprintf(out, "%s\n%*s", label, HELP_COLUMN, "");
	} else {
		fprintf(out, "%-*s", HELP_COLUMN, label);
	}
	fps_terminal_wrap(out, style, HELP_COLUMN, row->help);
	free(label);
}

void fps_options_print(FILE *out, const struct fps_style *style, const struct fps_option *rows)
{
	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (row->name && row->help) {
			print_option(out, style, row);
		} else if (row->name == NULL && row->help) {
			fps_terminal_wrap(out, style, 0, row->help);
		}
	}
}

/* --- completion --------------------------------------------------------------------------------------------------- */

static bool is_option(const struct fps_option *row, const char *word)
{
	return row->name && word[0] == '-'
		&& ((row->letter && word[1] == row->letter && word[2] == '\0')
			|| (word[1] == '-' && strcmp(word + 2, row->name) == 0));
}

void fps_options_offer(FILE *out, const char *current, const char *word, const char *help)
{
	if (strncmp(word, current, strlen(current)) == 0) {
		fprintf(out, "%s\t%s\n", word, help);
	}
}

static void offer_values(FILE *out, const struct fps_option *row, const char *current)
{
	for (const char *const *value = row->values; value && *value; value++) {
		fps_options_offer(out, current, *value, "");
	}
}

const char *fps_options_complete(FILE *out, const struct fps_option *rows, const char *previous, const char *current)
{
	const struct fps_option *argument = argument_row(rows);

	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (is_option(row, previous) && takes_value(row)) {
			offer_values(out, row, current);
			return row->values ? NULL : row->argument;
		}
	}
	if (*current != '-') {
		offer_values(out, argument, current);
		return argument->argument;
	}
	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (row->name && row->help) {
			char *word = fps_alloc_format("--%s", row->name);

			fps_options_offer(out, current, word, row->help);
			free(word);
		}
	}
	return NULL;
}
