/* Counts nginx's messages about PHP-FPM in its error log. */
#include "rules/errorlogcount.h"

#include "base/trusted.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* The time in front of a line: "2026/11/22 06:55:57 ". */
static time_t time_of(struct fps_span line)
{
	char copy[20] = "";
	struct tm tm = {.tm_isdst = -1};

	if (line.len < sizeof(copy)) {
		return 0;
	}
	memcpy(copy, line.at, sizeof(copy) - 1);
	return strptime(copy, "%Y/%m/%d %H:%M:%S", &tm) ? mktime(&tm) : 0;
}

/* When nginx's configuration was last changed, by the files that exist here. */
static time_t changed(const struct fps_server *server)
{
	time_t last = 0;
	struct stat file;

	for (size_t i = 0; i < server->nginx.file_count; i++) {
		if (stat(server->nginx.files[i].name, &file) == 0 && file.st_mtime > last) {
			last = file.st_mtime;
		}
	}
	return last;
}

size_t fps_errorlogcount_lines(const struct fps_server *server, const char *log, const char *text)
{
	size_t len = 0, times = 0;
	char *content = *log == '/' ? fps_trusted_read_end(log, &len) : NULL;
	struct fps_span rest = {content, content ? len : 0}, line;
	time_t since = changed(server);

	while (fps_span_take(&rest, "\n", &line)) {
		times += fps_span_find(line, text) && fps_span_find(line, "fastcgi://") && time_of(line) >= since;
	}
	free(content);
	return times;
}
