/*
 * What `fpmsentinel trace` makes of any bytes at all: the input up to a line of "--" is nginx's log, up to the next one
 * records, up to the next one FPM's log, and the rest the access log's lines.
 */
#include "accesslog.h"
#include "advice.h"
#include "join.h"
#include "report.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next part of the input, in a block of its own, so that a read behind its end is seen. */
static char *part(const uint8_t **data, size_t *size, size_t *len)
{
	const uint8_t *end = memmem(*data, *size, "\n--\n", 4);
	size_t taken = end ? (size_t) (end - *data) : *size;
	char *copy = malloc(taken ? taken : 1);

	if (taken) {
		memcpy(copy, *data, taken);
	}
	*len = taken;
	taken += end ? 4 : 0;
	*data += taken;
	*size -= taken;
	return copy;
}

static bool next_line(struct fps_span *text, struct fps_span *line)
{
	if (text->len == 0) {
		return false;
	}
	if (!fps_text_take(text, "\n", line)) {
		*line = *text;
		text->len = 0;
	}
	return true;
}

static void read_entries(struct fps_incidents *incidents, struct fps_span text)
{
	while (text.len) {
		size_t len = 0;

		do {
			const char *newline = memchr(text.at + len, '\n', text.len - len);

			len = newline ? (size_t) (newline - text.at) + 1 : text.len;
		} while (len < text.len && !fps_nginxline_begins(text.at + len, text.len - len));
		fps_incidents_add(incidents, (struct fps_span) {text.at, len});
		text.at += len;
		text.len -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_incidents incidents = {0};
	struct fps_records records = {0};
	struct fps_fpm_log fpm = {0};
	struct fps_span text, line;
	struct fps_told told;
	struct fps_access access;
	struct fps_style style = {.width = 80};
	static FILE *null;
	size_t len[4];
	char *parts[4];

	null = null ? null : fopen("/dev/null", "w");
	for (int i = 0; i < 4; i++) {
		parts[i] = part(&data, &size, &len[i]);
	}
	read_entries(&incidents, (struct fps_span) {parts[0], len[0]});
	for (text = (struct fps_span) {parts[1], len[1]}; next_line(&text, &line);) {
		if (fps_records_parse(line, &told) == FPS_RECORD_READ) {
			fps_records_add(&records, &told);
		}
	}
	for (text = (struct fps_span) {parts[2], len[2]}; next_line(&text, &line);) {
		fps_fpmlog_add(&fpm, line);
	}
	for (text = (struct fps_span) {parts[3], len[3]}; next_line(&text, &line);) {
		fps_accesslog_parse(line, &access);
	}
	fps_incidents_sort(&incidents);
	fps_records_sort(&records);
	fps_fpmlog_sort(&fpm);
	const struct fps_evidence evidence = {&records, &fpm, fps_join_shift(&incidents, &records)};

	fps_join_all(&incidents, &records, evidence.shift);
	for (size_t i = 0; i < incidents.count; i++) {
		fps_verdict_reach(&incidents.all[i], &evidence);
		fps_report_text(null, &style, &incidents.all[i]);
		fps_tojson_write(null, &incidents.all[i]);
	}
	fps_incidents_free(&incidents);
	fps_records_free(&records);
	fps_fpmlog_free(&fpm);
	for (int i = 0; i < 4; i++) {
		free(parts[i]);
	}
	return 0;
}
