/* Prefixes of lines. */
#include "log/lineprefix.h"

#include "log/structured.h"
#include "log/timestamp.h"

#include <string.h>

enum { MAX_NAME = 120 };

static bool is_word(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_'
		|| byte == '-' || byte == '.' || byte == '@' || byte == '/';
}

/* Takes a name of at most 120 letters, digits and a few signs off the front. */
static bool take_name(struct fps_span *text, struct fps_span *name)
{
	size_t len = 0;

	while (len < text->len && len <= MAX_NAME && is_word(text->at[len])) {
		len++;
	}
	*name = (struct fps_span) {text->at, len};
	text->at += len;
	text->len -= len;
	return len > 0 && len <= MAX_NAME;
}

static size_t skip_blanks(struct fps_span *text)
{
	size_t len = 0;

	while (len < text->len && (text->at[len] == ' ' || text->at[len] == '\t')) {
		len++;
	}
	text->at += len;
	text->len -= len;
	return len;
}

static bool note_time(struct fps_wrappedline *wrapped, struct fps_span rest, double when, bool is_local)
{
	if (skip_blanks(&rest) == 0 && rest.len) {
		return false;
	}
	if (wrapped->time <= 0) {
		wrapped->time = when;
		wrapped->is_local = is_local;
	}
	wrapped->text = rest;
	wrapped->after_time = true;
	return true;
}

/* `Tue 2026-05-12 10:00:00 UTC `, of journalctl's short-full, has a day before it */
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
	return fps_timestamp_take_iso(&rest, &when, &is_local) && note_time(wrapped, rest, when, is_local);
}

static bool take_syslog_prefix(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text;
	double when;

	return fps_timestamp_take_syslog(&rest, wrapped->latest, &when) && note_time(wrapped, rest, when, true);
}

/* `1778580000.123456 web1 nginx[31]: `, of journalctl's short-unix */
static bool take_epoch(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text;
	double when;

	return fps_timestamp_take_epoch(&rest, &when) && note_time(wrapped, rest, when, false);
}

/* What a program says may look like compose's prefix: not where another envelope stood before it. */
static bool is_named(const struct fps_wrappedline *wrapped)
{
	return wrapped->labels[FPS_LABEL_CONTAINER][0] || wrapped->labels[FPS_LABEL_UNIT][0]
		|| wrapped->labels[FPS_LABEL_OUTPUT][0];
}

/* `10:00:00 nginx.1 | `, of foreman and its like */
static bool take_foreman(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name;

	if (is_named(wrapped) || !fps_timestamp_take_clock(&rest) || skip_blanks(&rest) == 0 || !take_name(&rest, &name)) {
		return false;
	}
	skip_blanks(&rest);
	if (!fps_span_skip(&rest, "|")) {
		return false;
	}
	fps_span_skip(&rest, " ");
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* `web_1  | `, of compose; `web.1.x8k2@node1    | `, of Docker's services */
static bool take_compose(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name;
	const char *host;

	if (is_named(wrapped) || !take_name(&rest, &name)) {
		return false;
	}
	skip_blanks(&rest);
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

/* `[pod/web-6c9f/nginx] `, of kubectl logs --prefix */
static bool take_kubectl(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, pod;

	if (!fps_span_skip(&rest, "[pod/") || !fps_span_take(&rest, "] ", &name) || name.len > (size_t) 2 * MAX_NAME) {
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

/* `stderr F `, behind CRI's time; a line in pieces has P until its last one */
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

/* `nginx[31]: ` */
static bool take_tag(struct fps_span *text, struct fps_span *tag, int64_t *pid)
{
	struct fps_span rest = *text, process;

	*pid = 0;
	if (!take_name(&rest, tag)) {
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

/* `web1 nginx[31]: ` behind syslog's or the journal's time, the host being left out by some. What systemd says keeps
 * its name before it. */
static bool take_host_and_tag(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, host = {NULL, 0}, tag, message;
	int64_t pid;

	if (!wrapped->after_time) {
		return false;
	}
	message = rest;
	if (!take_tag(&message, &tag, &pid)) {
		if (!take_name(&rest, &host) || skip_blanks(&rest) == 0) {
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
static bool take_priority(struct fps_wrappedline *wrapped)
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

/* `web/nginx/0123456789abcdef `, of `aws logs tail`: ECS names a stream by prefix, container and task */
static bool take_ecs(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, prefix;
	const char *slash;

	if (!wrapped->after_time || !take_name(&rest, &name) || !fps_span_skip(&rest, " ")
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

/* `{container="nginx", pod="web-6c9f"} `, of logcli */
static bool take_labels(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name, value;

	if (!fps_span_skip(&rest, "{")) {
		return false;
	}
	do {
		fps_span_skip(&rest, " ");
		if (!take_name(&rest, &name) || !fps_span_skip(&rest, "=\"") || !fps_span_take(&rest, "\"", &value)) {
			return false;
		}
		fps_structured_label(wrapped, name, value);
	} while (fps_span_skip(&rest, ","));
	if (!fps_span_skip(&rest, "}") || (skip_blanks(&rest) == 0 && rest.len)) {
		return false;
	}
	wrapped->after_time = false;
	wrapped->text = rest;
	return true;
}

/* Those whose beginning leaves no doubt come last. */
static bool (*const takers[])(struct fps_wrappedline *) = {take_cri, take_ecs, take_host_and_tag, take_foreman,
	take_epoch, take_compose, take_priority, take_iso_prefix, take_syslog_prefix, take_kubectl, take_labels};

enum { TAKERS = sizeof(takers) / sizeof(takers[0]), SURE = 6 };

static int take_from(struct fps_wrappedline *wrapped, int first)
{
	for (int i = first; wrapped->text.len && i < TAKERS; i++) {
		if (takers[i](wrapped)) {
			return i + 1;
		}
	}
	return 0;
}

int fps_lineprefix_take(struct fps_wrappedline *wrapped)
{
	return take_from(wrapped, 0);
}

bool fps_lineprefix_begins(struct fps_span text)
{
	struct fps_wrappedline wrapped = {.text = text};

	return take_from(&wrapped, SURE) != 0;
}

bool fps_lineprefix_begins_piece(const struct fps_wrappedline *wrapped)
{
	struct fps_wrappedline copy = {.text = wrapped->text, .after_time = wrapped->after_time};

	return take_cri(&copy) || (take_iso_prefix(&copy) && take_cri(&copy));
}

/* `==> /var/log/nginx/error.log <==`, of tail */
static bool take_tail(struct fps_wrappedline *wrapped)
{
	struct fps_span rest = wrapped->text, name;

	if (!fps_span_skip(&rest, "==> ") || !fps_span_take(&rest, " <==", &name) || rest.len) {
		return false;
	}
	fps_wrappedline_set(wrapped, FPS_LABEL_CONTAINER, name);
	return true;
}

bool fps_lineprefix_take_heading(struct fps_wrappedline *wrapped)
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
