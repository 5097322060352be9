/* Rules: limits on sizes of requests and headers, and who enforces them. */
#include "rules/errorlogcount.h"
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

static void look_into(struct fps_doctor *doctor, struct fps_effective buffer, const char *log)
{
	size_t times = fps_errorlogcount_lines(doctor->server, log, "upstream sent too big header");
	int64_t has = fps_effective_bytes(buffer), size = (has ? has : 4096) / 1024 * 4;

	if (times) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(buffer),
			fps_settingplace_file(log, "\"upstream sent too big header\", %zu times", times), buffer,
			"fastcgi_buffer_size %lldk;\nfastcgi_buffers 8 %lldk;\nfastcgi_busy_buffers_size %lldk;", (long long) size,
			(long long) size, (long long) size * 2);
	}
}

void fps_rule_header_too_big(struct fps_doctor *doctor)
{
	struct fps_effective buffer = fps_rules_nginx(doctor, "fastcgi_buffer_size", "4k|8k");
	const struct fps_directive *log = fps_nginxpass_holds(doctor->at->pass, "error_log");

	for (; log; log = fps_nginxconf_find(log->parent, "error_log", log)) {
		look_into(doctor, buffer, fps_nginxconf_word(log, 1));
	}
}

void fps_rule_request_buffering(struct fps_doctor *doctor)
{
	struct fps_effective buffering = fps_rules_nginx(doctor, "fastcgi_request_buffering", "on");

	if (strcmp(buffering.value, "off") == 0) {
		fps_findings_set(&doctor->findings, fps_settingplace_of(buffering), fps_settingplace_none(), buffering,
			"fastcgi_request_buffering on;");
	}
}

/* The larger of both: a PUT, to which post_max_size does not apply, may be as large as nginx allows. */
void fps_rule_post_max_size(struct fps_doctor *doctor)
{
	struct fps_effective nginx = fps_rules_nginx(doctor, "client_max_body_size", "1m");
	struct fps_effective php = fps_rules_php(doctor, "post_max_size");
	int64_t passes = fps_effective_bytes(nginx), takes = fps_effective_number(php);

	if (takes > 0 && (passes == 0 || passes > takes)) { /* for both, 0 means no limit */
		bool megabytes = passes > 0 && passes % (1 << 20) == 0;

		fps_findings_set(&doctor->findings, fps_settingplace_of(nginx), fps_settingplace_of(php), php,
			megabytes ? "%s = %lldM" : "%s = %lld", fps_effective_name(php),
			(long long) (megabytes ? passes >> 20 : passes));
	}
}
