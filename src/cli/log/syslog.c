/* Headers of syslog, RFC 3164 and RFC 5424. */
#include "log/syslog.h"

#include "log/timestamp.h"

bool fps_syslog_take_time(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text;
	double when;

	return fps_timestamp_take_syslog(&rest, wrapped->latest, &when)
		&& fps_wrappedline_note_time(wrapped, rest, when, true);
}

/* `nginx[31]: ` */
static bool take_tag(struct fps_span *text, struct fps_span *tag, int64_t *pid)
{
	struct fps_span rest = *text, process;

	*pid = 0;
	if (!fps_wrappedline_take_name(&rest, tag)) {
		return false;
	}
	if (fps_span_skip(&rest, "[")) {
		if (!fps_span_take(&rest, "]", &process) || process.len > 40) {
			return false;
		}
		fps_span_number(&process, pid);
	}
	if (!fps_span_skip(&rest, ":") || (rest.len && *rest.at != ' ' && *rest.at != '\t')) {
		return false;
	}
	fps_span_skip(&rest, " ");
	*text = rest;
	return true;
}

/*
 * `web1 nginx[31]: ` after the time of syslog or the journal; the host may be missing. A message of systemd keeps its
 * name.
 */
bool fps_syslog_take_host_and_tag(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, host = {NULL, 0}, tag, message;
	int64_t pid;

	if (!wrapped->after_time) {
		return false;
	}
	message = rest;
	if (!take_tag(&message, &tag, &pid)) {
		if (!fps_wrappedline_take_name(&rest, &host) || fps_wrappedline_skip_blanks(&rest) == 0) {
			return false;
		}
		message = rest;
		if (!take_tag(&message, &tag, &pid)) {
			return false;
		}
	}
	if (host.at != NULL) {
		fps_wrappedline_set(wrapped, FPS_LABEL_HOST, host);
	}
	fps_wrappedline_set_unit(wrapped, tag);
	wrapped->pid = wrapped->pid ? wrapped->pid : pid;
	wrapped->text = fps_span_is(tag, "systemd") ? rest : message;
	wrapped->after_time = false;
	return true;
}

/* `<187>`, and of RFC 5424 `1 2026-05-12T10:00:00.123456+00:00 web1 nginx - - - ` */
bool fps_syslog_take_priority(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, word[4];
	int64_t number;
	double when = 0;
	bool is_local;

	if (!fps_span_skip(&rest, "<") || !fps_span_number(&rest, &number) || number > 191 || !fps_span_skip(&rest, ">")) {
		return false;
	}
	wrapped->text = rest;
	wrapped->after_time = false;
	if (!fps_span_skip(&rest, "1 ") || !(fps_span_skip(&rest, "-") || fps_timestamp_take_iso(&rest, &when, &is_local))
		|| !fps_span_skip(&rest, " ")) {
		return true; /* RFC 3164's time is next */
	}
	for (int i = 0; i < 4; i++) {
		if (!fps_span_take(&rest, " ", &word[i])) {
			return true;
		}
	}
	while (fps_span_skip(&rest, "[")) { /* structured data: a ] in a value is escaped */
		struct fps_span element;

		do {
			if (!fps_span_take(&rest, "]", &element)) {
				return true;
			}
		} while (element.len && element.at[element.len - 1] == '\\');
	}
	fps_span_skip(&rest, "-");
	fps_span_skip(&rest, " ");
	fps_span_skip(&rest, "\xef\xbb\xbf");
	fps_wrappedline_set(wrapped, FPS_LABEL_HOST, word[0]);
	fps_wrappedline_set_unit(wrapped, word[1]);
	if (wrapped->pid == 0 && !fps_span_number(&word[2], &wrapped->pid)) {
		wrapped->pid = 0;
	}
	wrapped->time = wrapped->time > 0 ? wrapped->time : when;
	wrapped->text = rest;
	return true;
}
