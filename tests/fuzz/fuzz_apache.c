/* Apache's and NGINX Plus's JSON error log of any bytes at all: each line of the input is an entry. What is found must
 * lie within it. */
#include "fuzz.h"

#include "log/apachelog.h"
#include "log/nginxjson.h"
#include "log/phpmessage.h"

#include <stdlib.h>
#include <string.h>

static void must(int good)
{
	if (!good) {
		abort();
	}
}

static void check(struct fps_span found, struct fps_span whole)
{
	must(found.at == NULL
		|| (found.at >= whole.at && found.len <= whole.len && found.at + found.len <= whole.at + whole.len));
}

static void check_line(const struct fps_errorlog_entry *line, struct fps_span whole)
{
	const struct fps_span spans[] = {line->message, line->client, line->server, line->method, line->upstream,
		line->host, line->request_id, line->said, line->event_id};

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		check(spans[i], whole);
	}
	must(line->uri.len <= whole.len);
	must(line->event_id.at == NULL || line->event_id.len == 32);
}

static void one(struct fps_span entry, struct fps_apachelog_attempts *attempts)
{
	struct fps_errorlog_entry line;
	struct fps_span message = {NULL, 0};
	char room[FPS_NGINXJSON_ROOM];
	enum fps_errorlog_kind what = fps_apachelog_parse(entry, &line);

	must((what == FPS_ERRORLOG_GARBAGE) == !fps_apachelog_begins(entry.at, entry.len));
	if (what != FPS_ERRORLOG_GARBAGE) {
		check_line(&line, entry);
		fps_apachelog_join(attempts, what, &line);
	}
	if (fps_nginxjson_begins(entry.at, entry.len) && fps_nginxjson_parse(entry, room, &line) == FPS_ERRORLOG_FAILURE) {
		check_line(&line, (struct fps_span) {room, sizeof(room)});
	}
	if (fps_phpmessage_fatal(entry, &message) != FPS_PHP_NONE) {
		check(message, entry);
	}
	check(fps_phpmessage_record(entry), entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_apachelog_attempts attempts = {0};
	struct fps_span rest = {(const char *) data, size}, line;

	while (fps_span_take(&rest, "\n", &line)) {
		one(line, &attempts);
	}
	one(rest, &attempts);
	return 0;
}
