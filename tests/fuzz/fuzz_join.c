/*
 * All that `fpmsentinel trace` does with entries of any bytes at all: the input up to a line of "--" is nginx's log, up
 * to the next one records, then FPM's log, access logs, the kernel's, systemd's, and Apache's error log. What was
 * reported once is joined again, as by --follow.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "explain/explain.h"
#include "output/incident_printer.h"

#include <stdlib.h>
#include <string.h>

static const enum fps_entry_kind kinds[] = {FPS_ENTRY_NGINX, FPS_ENTRY_RECORD, FPS_ENTRY_FPM, FPS_ENTRY_ACCESS,
	FPS_ENTRY_KERNEL, FPS_ENTRY_UNIT, FPS_ENTRY_APACHE};

/* A line by itself, so that whoever reads on is seen. */
static void take(struct fps_known *known, enum fps_entry_kind kind, const char *line, size_t len)
{
	static const struct fps_logorigin streams[] = {{.host = "web1"}, {.pod = "web-b", .number = 1}};
	char *copy = malloc(len ? len : 1);

	memcpy(copy, line, len);
	if (len > 0) {
		/* most kinds that have no time of their own begin with a digit or a letter */
		fps_explain_take(known,
			&(struct fps_entry) {.kind = kind,
				.stream = &streams[len % 2],
				.time = kind >= FPS_ENTRY_KERNEL ? 1795348800 + (double) (len % 64) : 0,
				.text = {copy, len},
				.file = len % 3 ? "error.log" : "/var/log/php8.2-fpm.log.1"});
	}
	free(copy);
}

static void take_part(struct fps_known *known, enum fps_entry_kind kind, const char **text, size_t *size)
{
	while (*size > 0) {
		const char *end = memchr(*text, '\n', *size), *line = *text;
		size_t len = end ? (size_t) (end - line) : *size;

		*text += len + (end != NULL);
		*size -= len + (end != NULL);
		if (len == 2 && memcmp(line, "--", 2) == 0) {
			return;
		}
		take(known, kind, line, len);
	}
}

static void report(struct fps_known *known)
{
	const struct fps_style style = {.width = 80};
	struct fps_joined joined = fps_explain_join(known);

	for (size_t i = 0; i < known->incidents.count; i++) {
		struct fps_incident *incident = &known->incidents.all[i];
		struct fps_verdict verdict = fps_verdict_reach(incident, &joined.matches[i], &joined.evidence);
		const struct fps_explained explained = {incident, &joined.matches[i], &verdict};

		fps_incident_text(fps_fuzz_null(), &style, &explained, NULL, FPS_INCIDENT_FULL);
		fps_incident_json(fps_fuzz_null(), &explained, NULL);
		fps_verdict_free(&verdict);
		if (i % 2) {
			incident->is_reported = true;
			fps_join_keep(incident, &joined.matches[i]);
		}
	}
	fps_explain_release(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_known known = {.incidents = {0}};
	const char *text = (const char *) data;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i] == FPS_ENTRY_ACCESS) {
			fps_explain_sort(&known);
			fps_explain_expect(&known);
		}
		take_part(&known, kinds[i], &text, &size);
	}
	fps_explain_sort(&known);
	report(&known);
	report(&known);
	fps_explain_free(&known);
	return 0;
}
