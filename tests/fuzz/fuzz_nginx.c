/* The parsers of error logs, on any bytes at all: each input is an entry of nginx's log and of Apache's. */
#include "fuzz.h"

#include "log/apachelog.h"
#include "log/nginxjson.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_apachelog_attempts attempts = {0};
	struct fps_errorlog_entry line;
	char room[FPS_NGINXJSON_ROOM], *copy = malloc(size ? size : 1);
	const struct fps_span text = {copy, size};

	if (size > 0) {
		enum fps_errorlog_kind kind;

		memcpy(copy, data, size);
		fps_errorlog_parse(text, &line);
		fps_nginxjson_parse(text, room, &line);
		kind = fps_apachelog_parse(text, &line);
		if (kind != FPS_ERRORLOG_GARBAGE) {
			fps_apachelog_join(&attempts, kind, &line);
		}
	}
	free(copy);
	return 0;
}
