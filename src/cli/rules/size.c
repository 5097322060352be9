/* Rules: how large things may be, and who says so. */
#include "base/readfile.h"
#include "base/run.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* "2026/11/22 06:55:57 " in front of a line. */
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

/* When nginx's configuration was changed last, as far as its files are here. */
static time_t changed(const struct fps_doctor *doctor)
{
	time_t last = 0;
	struct stat file;

	for (size_t i = 0; i < doctor->server->nginx.file_count; i++) {
		if (stat(doctor->server->nginx.files[i].name, &file) == 0 && file.st_mtime > last) {
			last = file.st_mtime;
		}
	}
	return last;
}

static size_t rejected(const char *log, time_t since)
{
	size_t len = 0, times = 0;
	char *text = fps_readfile_end(log, &len);
	struct fps_span rest = {text, text ? len : 0}, line;

	while (fps_span_take(&rest, "\n", &line)) {
		times += fps_span_find(line, "upstream sent too big header") != NULL
			&& fps_span_find(line, "fastcgi://") != NULL && time_of(line) >= since;
	}
	free(text);
	return times;
}

void fps_rule_header_too_big(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pass *pass = doctor->server->pairs[i].pass;
		const struct fps_directive *directive = fps_nginxpass_holds(pass, "error_log");

		for (; directive; directive = fps_nginxconf_find(directive->parent, "error_log", directive)) {
			const char *log = fps_nginxconf_word(directive, 1);
			size_t times = *log == '/' ? rejected(log, changed(doctor)) : 0;
			int64_t size = fps_effective_size(pass, "fastcgi_buffer_size", 4096) / 1024 * 4;

			if (times) {
				fps_findings_found(&doctor->findings, rule, fps_place_pass(pass, "fastcgi_buffer_size", "4k|8k"),
					fps_place_file(log, "\"upstream sent too big header\", %zu times", times),
					fps_place_in_pass(pass, "fastcgi_buffer_size"),
					"fastcgi_buffer_size %lldk;\nfastcgi_buffers 8 %lldk;\nfastcgi_busy_buffers_size %lldk;",
					(long long) size, (long long) size, (long long) size * 2);
			}
		}
	}
}

void fps_rule_request_buffering(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pass *pass = doctor->server->pairs[i].pass;
		const struct fps_directive *directive = fps_nginxpass_holds(pass, "fastcgi_request_buffering");

		if (directive && strcmp(fps_nginxconf_word(directive, 1), "off") == 0) {
			fps_findings_found(&doctor->findings, rule, fps_place_directive(directive), fps_place_none(),
				fps_place_in_pass(pass, "fastcgi_request_buffering"), "fastcgi_request_buffering on;");
		}
	}
}

void fps_rule_post_max_size(struct fps_doctor *doctor, const struct fps_rule *rule)
{
	for (size_t i = 0; i < doctor->server->pair_count; i++) {
		const struct fps_pair *pair = &doctor->server->pairs[i];
		int64_t nginx = fps_effective_size(pair->pass, "client_max_body_size", 1 << 20),
				php = fps_effective_ini_number(doctor->server, pair, "post_max_size");

		if (php > 0 && (nginx == 0 || nginx > php)) { /* 0 is no limit, for both */
			fps_findings_found(&doctor->findings, rule, fps_place_pass(pair->pass, "client_max_body_size", "1m"),
				fps_place_ini(doctor->server, pair, "post_max_size"),
				fps_place_in_pass(pair->pass, "client_max_body_size"),
				php % 1024 ? "client_max_body_size %lld;" : "client_max_body_size %lldk;",
				(long long) (php % 1024 ? php : php / 1024));
		}
	}
}
