/* The options of a command. */
#include "base/options.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/span.h"
#include "base/units.h"
#include "base/warn.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Rows of a command at most; the column in which the help of an option begins. */
enum { MAX_ROWS = 32, HELP_COLUMN = 26 };

static bool is_end(const struct fps_option *row)
{
	return row->help == NULL && row->set == NULL;
}

static bool takes_value(const struct fps_option *row)
{
	return row->argument || row->values;
}

static const struct fps_option *find_letter(const struct fps_option *rows, int letter)
{
	while (!is_end(rows) && (letter == 0 || rows->letter != letter)) {
		rows++;
	}
	return is_end(rows) ? NULL : rows;
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

static void refuse_value(const struct fps_option *row, const char *value)
{
	const struct fps_style style = fps_terminal_style(stderr);
	char *values = row->values ? join_values(row, ", ") : NULL;

	fps_warn("invalid value for --%s: %s%s", row->name, value, values ? "; use one of" : "");
	if (values) {
		fputs("  ", stderr);
		fps_terminal_wrap(stderr, &style, 2, values);
	}
	free(values);
}

/* Reports an unknown or ambiguous long option. */
static void refuse_name(const struct fps_option *rows, const char *given)
{
	size_t len = strcspn(given, "=");
	char *fitting = NULL;

	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (len > 2 && row->name && strncmp(row->name, given + 2, len - 2) == 0) {
			append(&fitting, ", --", row->name);
		}
	}
	if (fitting) {
		fps_warn("ambiguous option: %.*s (--%s)", (int) len, given, fitting);
	} else {
		fps_warn("unknown option: %.*s", (int) len, given);
	}
	free(fitting);
}

/* What getopt_long() has returned '?' for. */
static enum fps_options_result refuse(const struct fps_option *rows, const char *given)
{
	const struct fps_option *row = find_letter(rows, optopt);

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

static enum fps_options_result take_arguments(const struct fps_option *rows, int argc, char **argv, void *into)
{
	const struct fps_option *row = rows;

	while (!is_end(row) && !(row->letter == 0 && row->set)) {
		row++;
	}
	for (int i = optind; i < argc; i++) {
		if (is_end(row) || !store(row, argv[i], into)) {
			fps_warn("unexpected argument: %s", argv[i]);
			return FPS_OPTIONS_WRONG;
		}
	}
	return FPS_OPTIONS_PARSED;
}

/* The rows as getopt_long() takes them. Its own messages would cite any bytes as they are. */
static void prepare(const struct fps_option *rows, struct option *known, char *letters)
{
	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (row->letter) {
			*known++ =
				(struct option) {row->name, takes_value(row) ? required_argument : no_argument, NULL, row->letter};
			*letters++ = row->letter;
			if (takes_value(row)) {
				*letters++ = ':';
			}
		}
	}
	opterr = 0;
	optind = 0;
}

enum fps_options_result fps_options_parse(const struct fps_option *rows, int argc, char **argv, void *into)
{
	struct option known[MAX_ROWS + 1] = {{.name = NULL}};
	char letters[2 * MAX_ROWS + 2] = "";
	int letter;

	prepare(rows, known, letters);
	while ((letter = getopt_long(argc, argv, letters, known, NULL)) != -1) {
		const struct fps_option *row = find_letter(rows, letter);

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
	return take_arguments(rows, argc, argv, into);
}

/* --- help --------------------------------------------------------------------------------------------------------- */

/* "  -f, --format text|json", to be freed. */
static char *label_of(const struct fps_option *row)
{
	char *values = row->argument == NULL && row->values ? join_values(row, "|") : NULL;
	const char *argument = values ? values : row->argument;
	char *label =
		fps_alloc_format("  -%c, --%s%s%s", row->letter, row->name, argument ? " " : "", argument ? argument : "");

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
		if (row->letter) {
			print_option(out, style, row);
		} else if (row->help) {
			fps_terminal_wrap(out, style, 0, row->help);
		}
	}
}

/* --- completion --------------------------------------------------------------------------------------------------- */

static bool is_option(const struct fps_option *row, const char *word)
{
	return row->letter && word[0] == '-'
		&& ((word[1] == row->letter && word[2] == '\0') || (word[1] == '-' && strcmp(word + 2, row->name) == 0));
}

void fps_options_offer(FILE *out, const char *current, const char *word, const char *help)
{
	if (strncmp(word, current, strlen(current)) == 0) {
		fprintf(out, "%s:%s\n", word, help);
	}
}

void fps_options_complete(FILE *out, const struct fps_option *rows, const char *previous, const char *current)
{
	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (is_option(row, previous) && takes_value(row)) {
			for (const char *const *value = row->values; value && *value; value++) {
				fps_options_offer(out, current, *value, "");
			}
			return;
		}
	}
	for (const struct fps_option *row = rows; !is_end(row); row++) {
		if (row->letter && *current == '-') {
			char *word = fps_alloc_format("--%s", row->name);

			fps_options_offer(out, current, word, row->help);
			free(word);
		}
	}
}
