/* Prefixes of lines. */
#include "log/prefix.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_NAME = 120, YEAR = 366 * 86400 };

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

/* Digits of that many places. */
static bool take_digits(struct fps_span *text, size_t places, int *number)
{
	*number = 0;
	if (text->len < places) {
		return false;
	}
	for (size_t i = 0; i < places; i++) {
		if (text->at[i] < '0' || text->at[i] > '9') {
			return false;
		}
		*number = *number * 10 + text->at[i] - '0';
	}
	text->at += places;
	text->len -= places;
	return true;
}

static bool take_clock(struct fps_span *text, struct tm *tm)
{
	return take_digits(text, 2, &tm->tm_hour) && fps_span_skip(text, ":") && take_digits(text, 2, &tm->tm_min)
		&& fps_span_skip(text, ":") && take_digits(text, 2, &tm->tm_sec) && tm->tm_hour < 24 && tm->tm_min < 60
		&& tm->tm_sec <= 60;
}

static double take_fraction(struct fps_span *text)
{
	double value = 0, place = 0.1;

	if (text->len < 2 || (*text->at != '.' && *text->at != ',') || text->at[1] < '0' || text->at[1] > '9') {
		return 0;
	}
	for (text->at++, text->len--; text->len && *text->at >= '0' && *text->at <= '9';
		 text->at++, text->len--, place /= 10) {
		value += (*text->at - '0') * place;
	}
	return value;
}

/* mktime() looks at the time zone each time; lines of one hour come together. */
static double local_time(const struct tm *tm)
{
	static struct tm hour = {.tm_hour = -1};
	static time_t start;

	if (tm->tm_hour != hour.tm_hour || tm->tm_mday != hour.tm_mday || tm->tm_mon != hour.tm_mon
		|| tm->tm_year != hour.tm_year) {
		struct tm at = {.tm_year = tm->tm_year,
			.tm_mon = tm->tm_mon,
			.tm_mday = tm->tm_mday,
			.tm_hour = tm->tm_hour,
			.tm_isdst = -1};

		hour =
			(struct tm) {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday, .tm_hour = tm->tm_hour};
		start = mktime(&at);
	}
	return (double) (start + tm->tm_min * 60L + tm->tm_sec);
}

/* Z, +02:00, +0200, +02, " UTC"; false: none is given. */
static bool take_zone(struct fps_span *text, double *east)
{
	struct fps_span rest = *text;
	int hours, minutes = 0;

	*east = 0;
	if (fps_span_skip(text, "Z") || fps_span_skip(text, " UTC")) {
		return true;
	}
	if (rest.len < 3 || (*rest.at != '+' && *rest.at != '-')) {
		return false;
	}
	bool west = *rest.at == '-';

	rest.at++;
	rest.len--;
	if (!take_digits(&rest, 2, &hours)) {
		return false;
	}
	*text = rest;
	fps_span_skip(&rest, ":");
	if (take_digits(&rest, 2, &minutes)) {
		*text = rest;
	}
	*east = (west ? -60.0 : 60.0) * (hours * 60 + minutes);
	return true;
}

/* 2026-05-12T10:00:00.123456789+02:00, with a blank in place of the T; without a zone it is local. */
static bool take_iso(struct fps_span *text, double *when)
{
	struct fps_span rest = *text;
	struct tm tm = {.tm_isdst = -1};
	double fraction, east;

	if (!take_digits(&rest, 4, &tm.tm_year) || !fps_span_skip(&rest, "-") || !take_digits(&rest, 2, &tm.tm_mon)
		|| !fps_span_skip(&rest, "-") || !take_digits(&rest, 2, &tm.tm_mday)
		|| !(fps_span_skip(&rest, "T") || fps_span_skip(&rest, " ")) || !take_clock(&rest, &tm) || tm.tm_mon < 1
		|| tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31) {
		return false;
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	fraction = take_fraction(&rest);
	*when = take_zone(&rest, &east) ? (double) timegm(&tm) - east + fraction : local_time(&tm) + fraction;
	*text = rest;
	return true;
}

/* "May 12 10:00:00", in the year that is nearest to `latest` */
static bool take_syslog_time(struct fps_span *text, double latest, double *when)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct fps_span rest = *text;
	struct tm tm = {.tm_isdst = -1}, now;
	time_t near = latest > 0 ? (time_t) latest : time(NULL);
	const char *month;
	char name[4] = "";

	if (rest.len < 15 || rest.at[3] != ' ') {
		return false;
	}
	memcpy(name, rest.at, 3);
	month = strstr(months, name);
	rest.at += 4;
	rest.len -= 4;
	if (month == NULL || (month - months) % 3
		|| !(fps_span_skip(&rest, " ") ? take_digits(&rest, 1, &tm.tm_mday) : take_digits(&rest, 2, &tm.tm_mday))
		|| !fps_span_skip(&rest, " ") || !take_clock(&rest, &tm) || tm.tm_mday < 1 || tm.tm_mday > 31
		|| localtime_r(&near, &now) == NULL) {
		return false;
	}
	tm.tm_mon = (int) (month - months) / 3;
	tm.tm_year = now.tm_year;
	*when = local_time(&tm);
	/* now is not before it; another log's time may be on either side */
	if (*when > (double) near + (latest > 0 ? YEAR / 2 : 86400)) {
		tm.tm_year--;
		*when = local_time(&tm);
	} else if (*when < (double) near - YEAR / 2 && latest > 0) {
		tm.tm_year++;
		*when = local_time(&tm);
	}
	*when += take_fraction(&rest);
	*text = rest;
	return true;
}

static bool note_time(struct fps_opening *opening, struct fps_span rest, double when)
{
	if (skip_blanks(&rest) == 0 && rest.len) {
		return false;
	}
	opening->time = opening->time > 0 ? opening->time : when;
	opening->text = rest;
	opening->after_time = true;
	return true;
}

/* `Tue 2026-05-12 10:00:00 UTC `, of journalctl's short-full, has a day before it */
static bool take_iso_prefix(struct fps_opening *opening)
{
	struct fps_span rest = opening->text;
	double when;

	if (rest.len > 4 && rest.at[3] == ' ' && rest.at[0] >= 'A' && rest.at[0] <= 'Z' && rest.at[4] >= '0'
		&& rest.at[4] <= '9') {
		rest.at += 4;
		rest.len -= 4;
	}
	return take_iso(&rest, &when) && note_time(opening, rest, when);
}

static bool take_syslog_prefix(struct fps_opening *opening)
{
	struct fps_span rest = opening->text;
	double when;

	return take_syslog_time(&rest, opening->latest, &when) && note_time(opening, rest, when);
}

/* `1778580000.123456 web1 nginx[31]: `, of journalctl's short-unix */
static bool take_epoch(struct fps_opening *opening)
{
	struct fps_span rest = opening->text;
	int64_t seconds;

	if (!fps_span_number(&rest, &seconds) || seconds < 1000000000 || seconds > 9999999999
		|| !fps_span_begins(rest, ".")) {
		return false;
	}
	return note_time(opening, rest, (double) seconds + take_fraction(&rest))
		|| note_time(opening, rest, (double) seconds);
}

/* What a program says may look like compose's prefix: not where another envelope stood before it. */
static bool is_named(const struct fps_opening *opening)
{
	return opening->labels[FPS_LABEL_CONTAINER][0] || opening->labels[FPS_LABEL_UNIT][0]
		|| opening->labels[FPS_LABEL_OUTPUT][0];
}

/* `10:00:00 nginx.1 | `, of foreman and its like */
static bool take_foreman(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, name;
	struct tm tm;

	if (is_named(opening) || !take_clock(&rest, &tm) || skip_blanks(&rest) == 0 || !take_name(&rest, &name)) {
		return false;
	}
	skip_blanks(&rest);
	if (!fps_span_skip(&rest, "|")) {
		return false;
	}
	fps_span_skip(&rest, " ");
	fps_opening_set(opening, FPS_LABEL_CONTAINER, name);
	opening->text = rest;
	return true;
}

/* `web_1  | `, of compose; `web.1.x8k2@node1    | `, of Docker's services */
static bool take_compose(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, name;
	const char *host;

	if (is_named(opening) || !take_name(&rest, &name)) {
		return false;
	}
	skip_blanks(&rest);
	if (!fps_span_skip(&rest, "|") || (rest.len && *rest.at != ' ')) {
		return false;
	}
	fps_span_skip(&rest, " ");
	host = memchr(name.at, '@', name.len);
	if (host != NULL) {
		fps_opening_set(
			opening, FPS_LABEL_HOST, (struct fps_span) {host + 1, (size_t) (name.at + name.len - host - 1)});
		name.len = (size_t) (host - name.at);
	}
	fps_opening_set(opening, FPS_LABEL_CONTAINER, name);
	opening->text = rest;
	return true;
}

/* `[pod/web-6c9f/nginx] `, of kubectl logs --prefix */
static bool take_kubectl(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, name, pod;

	if (!fps_span_skip(&rest, "[pod/") || !fps_span_take(&rest, "] ", &name) || name.len > 2 * MAX_NAME) {
		return false;
	}
	if (fps_span_take(&name, "/", &pod)) {
		fps_opening_set(opening, FPS_LABEL_POD, pod);
		fps_opening_set(opening, FPS_LABEL_CONTAINER, name);
	} else {
		fps_opening_set(opening, FPS_LABEL_POD, name);
	}
	opening->text = rest;
	return true;
}

/* `stderr F `, behind CRI's time; a line in pieces has P until its last one */
static bool take_cri(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, output;

	if (!opening->after_time || !(fps_span_begins(rest, "stdout ") || fps_span_begins(rest, "stderr ")) || rest.len < 8
		|| (rest.at[7] != 'F' && rest.at[7] != 'P') || (rest.len > 8 && rest.at[8] != ' ' && rest.at[8] != ':')) {
		return false;
	}
	output = (struct fps_span) {rest.at, 6};
	opening->is_piece = true;
	opening->is_partial = rest.at[7] == 'P';
	opening->after_time = false;
	fps_opening_set(opening, FPS_LABEL_OUTPUT, output);
	opening->text = rest.len > 9 ? (struct fps_span) {rest.at + 9, rest.len - 9} : FPS_SPAN("");
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
static bool take_host_and_tag(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, host = {NULL, 0}, tag, message;
	int64_t pid;

	if (!opening->after_time) {
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
		fps_opening_set(opening, FPS_LABEL_HOST, host);
	}
	fps_opening_set(opening, FPS_LABEL_UNIT, tag);
	opening->pid = opening->pid ? opening->pid : pid;
	opening->text = fps_span_is(tag, "systemd") ? rest : message;
	opening->after_time = false;
	return true;
}

/* `<187>`, and of RFC 5424 `1 2026-05-12T10:00:00.123456+00:00 web1 nginx - - - ` */
static bool take_priority(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, word[4];
	int64_t number;
	double when = 0;

	if (!fps_span_skip(&rest, "<") || !fps_span_number(&rest, &number) || number > 191 || !fps_span_skip(&rest, ">")) {
		return false;
	}
	opening->text = rest;
	opening->after_time = false;
	if (!fps_span_skip(&rest, "1 ") || !(fps_span_skip(&rest, "-") || take_iso(&rest, &when))
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
	fps_opening_set(opening, FPS_LABEL_HOST, word[0]);
	fps_opening_set(opening, FPS_LABEL_UNIT, word[1]);
	if (opening->pid == 0 && !fps_span_number(&word[2], &opening->pid)) {
		opening->pid = 0;
	}
	opening->time = opening->time > 0 ? opening->time : when;
	opening->text = rest;
	return true;
}

bool fps_prefix_take(struct fps_opening *opening)
{
	static bool (*const takers[])(struct fps_opening *) = {take_priority, take_cri, take_host_and_tag, take_iso_prefix,
		take_syslog_prefix, take_foreman, take_epoch, take_compose, take_kubectl};

	for (size_t i = 0; opening->text.len && i < sizeof(takers) / sizeof(takers[0]); i++) {
		if (takers[i](opening)) {
			return true;
		}
	}
	return false;
}

bool fps_prefix_take_heading(struct fps_opening *opening)
{
	struct fps_span rest = opening->text, name, output;
	double when;

	if (!take_iso(&rest, &when) || !fps_span_take(&rest, " '", &name) || name.len > 8
		|| !fps_span_take(&rest, "' ", &name) || !fps_span_take(&rest, " ", &output) || !fps_span_is(rest, "output:")) {
		return false;
	}
	fps_opening_set(opening, FPS_LABEL_CONTAINER, name);
	fps_opening_set(opening, FPS_LABEL_OUTPUT, output);
	opening->time = when;
	return true;
}

void fps_opening_set(struct fps_opening *opening, enum fps_label label, struct fps_span value)
{
	char *to = opening->labels[label];
	size_t len = value.len < sizeof(opening->labels[0]) ? value.len : sizeof(opening->labels[0]) - 1;

	if (*to == '\0' && !fps_span_is(value, "-")) {
		memcpy(to, value.len ? value.at : "", len);
		to[len] = '\0';
	}
}

double fps_opening_time(struct fps_span text)
{
	struct fps_span rest = text;
	double when;

	if (take_iso(&rest, &when)) {
		return when;
	}
	for (when = 0; rest.len && *rest.at >= '0' && *rest.at <= '9'; rest.at++, rest.len--) {
		when = when * 10 + (*rest.at - '0');
	}
	when += take_fraction(&rest);
	while (when > 1e11) { /* the year 5138 in seconds */
		when /= 1000;
	}
	return when > 1e8 ? when : 0;
}
