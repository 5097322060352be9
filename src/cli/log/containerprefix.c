/* Prefixes of lines. */
#include "log/containerprefix.h"

#include "log/jsonenvelope.h"
#include "log/syslog.h"
#include "log/timestamp.h"

#include <string.h>

/* journalctl's short-full has a day before it: `Tue 2026-05-12 10:00:00 UTC ` */
static bool take_iso_prefix(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text;
	double when;
	bool is_local;

	if (rest.len > 4 && rest.at[3] == ' ' && rest.at[0] >= 'A' && rest.at[0] <= 'Z' && rest.at[4] >= '0'
		&& rest.at[4] <= '9') {
		rest.at += 4;
		rest.len -= 4;
	}
	return fps_timestamp_take_iso(&rest, &when, &is_local) && fps_wrappedline_note_time(wrapped, rest, when, is_local);
}

/* journalctl's short-unix: `1778580000.123456 web1 nginx[31]: ` */
static bool take_epoch(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text;
	double when;

	return fps_timestamp_take_epoch(&rest, &when) && fps_wrappedline_note_time(wrapped, rest, when, false);
}

/* A program's message may look like compose's prefix: it is not one if another envelope precedes it. */
static bool is_named(const struct fps_wrappedline *wrapped)
{
	return wrapped->labels[FPS_LABEL_CONTAINER][0] || wrapped->labels[FPS_LABEL_UNIT][0]
		|| wrapped->labels[FPS_LABEL_OUTPUT][0];
}

/* foreman and similar programs: `10:00:00 nginx.1 | ` */
static bool take_foreman(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name;

	if (is_named(wrapped) || !fps_timestamp_take_clock(&rest) || fps_wrappedline_skip_blanks(&rest) == 0
		|| !fps_wrappedline_take_name(&rest, &name)) {
		return false;
	}
	fps_wrappedline_skip_blanks(&rest);
	if (!fps_span_skip(&rest, "|")) {
		return false;
	}
	fps_span_skip(&rest, " ");
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* compose: `web_1  | `; Docker's services: `web.1.x8k2@node1    | ` */
static bool take_compose(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name;
	const char *host;

	if (is_named(wrapped) || !fps_wrappedline_take_name(&rest, &name)) {
		return false;
	}
	fps_wrappedline_skip_blanks(&rest);
	if (!fps_span_skip(&rest, "|") || (rest.len && *rest.at != ' ')) {
		return false;
	}
	fps_span_skip(&rest, " ");
	host = memchr(name.at, '@', name.len);
	if (host != NULL) {
		fps_wrappedline_set(
			wrapped, FPS_LABEL_HOST, (struct fps_span) {host + 1, (size_t) (name.at + name.len - host - 1)});
		name.len = (size_t) (host - name.at);
	}
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* kubectl logs --prefix: `[pod/web-6c9f/nginx] ` */
static bool take_kubectl(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, pod;

	if (!fps_span_skip(&rest, "[pod/") || !fps_span_take(&rest, "] ", &name)
		|| name.len > (size_t) 2 * FPS_WRAPPEDLINE_MAX_NAME) {
		return false;
	}
	if (fps_span_take(&name, "/", &pod)) {
		fps_wrappedline_set(wrapped, FPS_LABEL_POD, pod);
		fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	} else {
		fps_wrappedline_set(wrapped, FPS_LABEL_POD, name);
	}
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* CRI: `stderr F ` after the time; a line in pieces has P in all but the last */
static bool take_cri(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, output;

	if (!wrapped->after_time || !(fps_span_begins(rest, "stdout ") || fps_span_begins(rest, "stderr ")) || rest.len < 8
		|| (rest.at[7] != 'F' && rest.at[7] != 'P') || (rest.len > 8 && rest.at[8] != ' ' && rest.at[8] != ':')) {
		return false;
	}
	output = (struct fps_span) {rest.at, 6};
	wrapped->is_piece = true;
	wrapped->is_partial = wrapped->is_partial || rest.at[7] == 'P';
	wrapped->after_time = false;
	fps_wrappedline_set(wrapped, FPS_LABEL_OUTPUT, output);
	wrapped->text = rest.len > 9 ? (struct fps_span) {rest.at + 9, rest.len - 9} : FPS_SPAN("");
	return true;
}

/* `aws logs tail`: `web/nginx/0123456789abcdef `; ECS names a stream by prefix, container and task */
static bool take_ecs(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, prefix;
	const char *slash;

	if (!wrapped->after_time || !fps_wrappedline_take_name(&rest, &name) || !fps_span_skip(&rest, " ")
		|| !fps_span_take(&name, "/", &prefix)) {
		return false;
	}
	slash = name.len ? memchr(name.at, '/', name.len) : NULL;
	if (slash == NULL || name.at + name.len - slash < 12) {
		return false;
	}
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* logcli: `{container="nginx", pod="web-6c9f"} ` */
static bool take_labels(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, value;

	if (!fps_span_skip(&rest, "{")) {
		return false;
	}
	do {
		fps_span_skip(&rest, " ");
		if (!fps_wrappedline_take_name(&rest, &name) || !fps_span_skip(&rest, "=\"")
			|| !fps_span_take(&rest, "\"", &value)) {
			return false;
		}
		fps_jsonenvelope_label(wrapped, name, value);
	} while (fps_span_skip(&rest, ","));
	if (!fps_span_skip(&rest, "}") || (fps_wrappedline_skip_blanks(&rest) == 0 && rest.len)) {
		return false;
	}
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* `[  123.456789] web1 nginx[31]: `, of journalctl's short-monotonic; behind the kernel's own time stands no host */
static bool take_monotonic(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, stamp;
	int64_t seconds;

	if (!fps_span_skip(&rest, "[")) {
		return false;
	}
	fps_span_skip_all(&rest, " ");
	if (!fps_span_number(&rest, &seconds) || !fps_span_begins(rest, ".") || !fps_span_take(&rest, "] ", &stamp)
		|| stamp.len != strlen(".000000")) {
		return false;
	}
	struct fps_wrappedline behind = {.text = rest, .after_time = true};

	if (!fps_syslog_take_host_and_tag(&behind) || !behind.labels[FPS_LABEL_HOST][0]
		|| (behind.pid == 0 && strcmp(behind.program, "kernel") != 0)) {
		return false;
	}
	wrapped->text = rest;
	wrapped->after_time = true;
	return true;
}

/* `MESSAGE=`, of journalctl's export and verbose */
static bool take_field(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text;

	fps_span_skip(&rest, "    ");
	if (!fps_span_skip(&rest, "MESSAGE=")) {
		return false;
	}
	wrapped->text = rest;
	return true;
}

/* `-12-` or `:12:` */
static bool skip_number(struct fps_span *text)
{
	struct fps_span rest = *text;
	int64_t number;
	char sign = (char) (rest.len ? *rest.at : '\0');

	if ((sign != '-' && sign != ':') || !fps_span_skip(&rest, sign == '-' ? "-" : ":")
		|| !fps_span_number(&rest, &number) || rest.len == 0 || *rest.at != sign) {
		return false;
	}
	*text = (struct fps_span) {rest.at + 1, rest.len - 1};
	return true;
}

/*
 * `nginx.log:12:` of grep, or `nginx.log-12-` of a line near one that it found; without a file `12:` and `12-`. What
 * compose writes would go on in these.
 */
static bool take_grep(struct fps_wrappedline *wrapped)
{
	static const char *const endings[] = {".log", ".txt", ".out", ".err", ".json", ".jsonl"};
	struct fps_wrappedline inner = *wrapped;
	struct fps_span rest = wrapped->text, name;
	int64_t number;

	if (fps_span_number(&rest, &number)) {
		inner.text = rest;
		if ((fps_span_skip(&inner.text, ":") || fps_span_skip(&inner.text, "-")) && take_compose(&inner)) {
			*wrapped = inner;
			return true;
		}
		return false;
	}
	if (!fps_wrappedline_take_name(&rest, &name)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		const char *found = fps_span_find(name, endings[i]);
		size_t len = found ? (size_t) (found - name.at) + strlen(endings[i]) : name.len;

		inner.text = (struct fps_span) {name.at + len, wrapped->text.len - len};
		if (skip_number(&inner.text)) {
			wrapped->text = inner.text;
			if (!take_compose(&inner) && !memchr(name.at, '/', len)) {
				fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, (struct fps_span) {name.at, len});
			}
			return true;
		}
	}
	return false;
}

/* Those whose beginning leaves no doubt come last. */
static bool (*const takers[])(struct fps_wrappedline *) = {take_cri, take_ecs, fps_syslog_take_host_and_tag,
	take_foreman, take_epoch, take_grep, take_compose, fps_syslog_take_priority, take_iso_prefix, fps_syslog_take_time,
	take_kubectl, take_labels, take_monotonic, take_field};

enum { TAKERS = sizeof(takers) / sizeof(takers[0]), SURE = 7 };

static int take_from(struct fps_wrappedline *wrapped, int first)
{
	for (int i = first; wrapped->text.len && i < TAKERS; i++) {
		if (takers[i](wrapped)) {
			return i + 1;
		}
	}
	return 0;
}

int fps_containerprefix_take(struct fps_wrappedline *wrapped)
{
	return take_from(wrapped, 0);
}

bool fps_containerprefix_begins(struct fps_span text)
{
	struct fps_wrappedline wrapped = {.text = text};

	return take_from(&wrapped, SURE) != 0;
}

bool fps_containerprefix_begins_piece(const struct fps_wrappedline *wrapped)
{
	struct fps_wrappedline copy = {.text = wrapped->text, .after_time = wrapped->after_time};

	return take_cri(&copy) || (take_iso_prefix(&copy) && take_cri(&copy));
}

/* tail: `==> /var/log/nginx/error.log <==` */
static bool take_tail(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name;

	if (!fps_span_skip(&rest, "==> ") || !fps_span_take(&rest, " <==", &name) || rest.len) {
		return false;
	}
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	return true;
}

bool fps_containerprefix_take_heading(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, output;
	double when;

	if (take_tail(wrapped)) {
		return true;
	}
	if (!fps_timestamp_take_iso(&rest, &when, &wrapped->is_local) || !fps_span_take(&rest, " '", &name) || name.len > 8
		|| !fps_span_take(&rest, "' ", &name) || !fps_span_take(&rest, " ", &output) || !fps_span_is(rest, "output:")) {
		return false;
	}
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	fps_wrappedline_set(wrapped, FPS_LABEL_OUTPUT, output);
	wrapped->time = when;
	return true;
}
