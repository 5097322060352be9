/* Records and lines, brought together. */
#include "join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEAR = 3;             /* seconds: nginx notes a death at once, and by a clock of seconds */
static const double SAME_SECOND = 0.75; /* from the middle of it, and a little before: the death comes first */
static const double LONGEST = 86400;      /* a child of the worker's may have kept the socket */
static const double SAME_CLOCK = 2.5;     /* less than this is no other clock */
static const double LATE = 3600;          /* so long a death is looked for of which nothing but its request is known */

/* So many pairs that agree are no chance: by last words, which never come late, by time zones, of which there are few, and else. */
enum { ENOUGH_BY_ID = 1, ENOUGH_OF_ZONE = 2, ENOUGH = 4 };

/* What a record holds of an URL may be cut, and where it was not UTF-8 there is U+FFFD. */
static bool same_path(const char *record, const char *uri)
{
	size_t len = fps_incidents_path_len(uri), i = 0;

	while (i < len && record[i] == uri[i]) {
		i++;
	}
	if (strncmp(record + i, "\xef\xbf\xbd", 3) == 0) {
		return true;
	}
	return record[i] == '\0' && (i == len || i >= 250);
}

/* nginx's line has what the client asked for; an internal redirect (error_page, X-Accel-Redirect) makes a GET of it. */
static bool is_redirected(const struct fps_incident *incident, const struct fps_told *told)
{
	return incident->method[0] && told->method && strcmp(incident->method, told->method) != 0;
}

static bool same_request(const struct fps_incident *incident, const struct fps_told *told)
{
	if (is_redirected(incident, told) && (strcmp(told->method, "GET") != 0 || strcmp(incident->method, "HEAD") == 0)) {
		return false;
	}
	return !incident->uri[0] || !told->path || same_path(told->path, incident->uri);
}

static bool same_host(const char *host, const char *domain)
{
	size_t len = strcspn(host, ":");

	/* [::1]:80 */
	if (host[0] == '[') {
		len = strcspn(host, "]") + 1;
	}
	return strlen(domain) >= len && strncasecmp(host, domain, len) == 0 && (domain[len] == '\0' || domain[len] == ':');
}

/* Of what dies when its answer was finished nginx says nothing. */
static bool is_of_kind(const struct fps_incident *incident, const struct fps_told *told)
{
	switch (incident->kind) {
		case FPS_KIND_RESET:
		case FPS_KIND_EOF:
			return told->action == FPS_ACTION_DEATH && !told->finished;
		case FPS_KIND_STDERR:
			return told->action == FPS_ACTION_KILLED || (incident->event_id[0] && told->action == FPS_ACTION_DEATH);
		case FPS_KIND_TIMEOUT:
			if (incident->phase == FPS_PHASE_CONNECT) {
				return false;
			}
			__attribute__((fallthrough));
		case FPS_KIND_CLIENT_ABORT:
			return told->action == FPS_ACTION_DEATH || told->action == FPS_ACTION_KILLED || told->action == FPS_ACTION_ABORTED;
		default:
			return false;
	}
}

/* nginx gave up first: what became of the request was told later, if at all. */
static bool is_given_up(const struct fps_incident *incident)
{
	return incident->kind == FPS_KIND_TIMEOUT || incident->kind == FPS_KIND_CLIENT_ABORT;
}

/* How far apart in seconds; negative if they can't be the same. */
static double distance(const struct fps_incident *incident, const struct fps_told *told, double at)
{
	double behind = told->time - at; /* the line is of a whole second: up to one second more is no difference */

	if (is_given_up(incident)) {
		return behind >= -NEAR && told->started <= at + NEAR && behind < LONGEST ? fabs(behind) : -1;
	}
	/* within nginx's second no record is nearer than another: the first line is of the first */
	return behind <= NEAR && behind > -LONGEST ? (fabs(behind) <= SAME_SECOND ? 0 : fabs(behind)) : -1;
}

static int compare_doubles(const void *a, const void *b)
{
	double one = *(const double *) a, other = *(const double *) b;

	return (one > other) - (one < other);
}

/* Differences of pairs that belong together; `by_id` or by connection. */
static size_t collect(const struct fps_incidents *incidents, const struct fps_records *records, bool by_id, double *differences)
{
	size_t pairs = 0, candidates;

	for (size_t i = 0; i < incidents->count; i++) {
		const struct fps_incident *incident = &incidents->all[i];
		const struct fps_told *told = NULL;

		if (by_id && incident->event_id[0]) {
			told = fps_records_with_id(records, (struct fps_span) {incident->event_id, 32});
		} else if (!by_id && !is_given_up(incident)) {
			told = fps_records_of_connection(records, incident->pid, incident->connection, &candidates);
			told = told && candidates == 1 && is_of_kind(incident, told) ? told : NULL;
		}
		if (told != NULL && same_request(incident, told)) {
			differences[pairs++] = (double) incident->time + 0.5 - told->time;
		}
	}
	return pairs;
}

static bool is_time_zone(double shift)
{
	double quarters = round(shift / 900);

	return quarters != 0 && fabs(shift - quarters * 900) <= NEAR;
}

static size_t enough(double shift, bool by_id)
{
	bool zone = is_time_zone(shift);

	/* a line can come late, as when the core dump took its time: the connection is open until then; but not before its death */
	if (shift > 0 && !zone) {
		return ENOUGH;
	}
	if (by_id || (shift < 0 && zone)) {
		return ENOUGH_BY_ID;
	}
	return zone ? ENOUGH_OF_ZONE : ENOUGH;
}

double fps_join_shift(const struct fps_incidents *incidents, const struct fps_records *records)
{
	double *differences = fps_text_allocate(incidents->count, sizeof(double)), shift = 0;
	size_t pairs = collect(incidents, records, true, differences), agree = 0;
	bool by_id = pairs > 0;

	if (!by_id) {
		pairs = collect(incidents, records, false, differences);
	}
	if (pairs > 0) {
		qsort(differences, pairs, sizeof(double), compare_doubles);
		shift = differences[pairs / 2];
		for (size_t i = 0; i < pairs; i++) {
			agree += fabs(differences[i] - shift) <= NEAR;
		}
		/* connection numbers begin anew with each nginx: pairs by chance don't agree with each other */
		if (agree * 2 <= pairs || fabs(shift) < SAME_CLOCK || agree < enough(shift, by_id)) {
			shift = 0;
		}
	}
	free(differences);
	return shift;
}

static void join(struct fps_incident *incident, struct fps_told *told, enum fps_certainty certainty, const char *by)
{
	incident->told = told;
	incident->joined = certainty;
	incident->joined_by = by;
	told->explains = incident;
}

/* The record that last words name. Words can be forged by a page, so it must be of that connection and that request. */
static bool join_by_id(struct fps_incident *incident, const struct fps_records *records)
{
	struct fps_told *told = fps_records_with_id(records, (struct fps_span) {incident->event_id, 32});

	if (told == NULL || told->explains || !same_request(incident, told) ||
		(told->nginx_pid && (told->nginx_pid != incident->pid || told->connection != incident->connection))) {
		return false;
	}
	join(incident, told, FPS_CERTAIN, "its id in the worker's last words");
	return true;
}

static bool same_defect(const struct fps_told *one, const struct fps_told *other)
{
	return strcmp(one->cause, other->cause) == 0 &&
		(!one->fingerprint || !other->fingerprint || strcmp(one->fingerprint, other->fingerprint) == 0);
}

static bool join_by_connection(struct fps_incident *incident, const struct fps_records *records, double shift)
{
	size_t count;
	struct fps_told *told = fps_records_of_connection(records, incident->pid, incident->connection, &count), *best = NULL;
	double nearest = 0, at = (double) incident->time - shift + 0.5;
	bool ambiguous = false, better;

	for (size_t i = 0; i < count; i++, told++) {
		double apart = distance(incident, told, at);

		if (told->explains || apart < 0 || !is_of_kind(incident, told) || !same_request(incident, told)) {
			continue;
		}
		if (best != NULL && is_redirected(incident, told) != is_redirected(incident, best)) {
			better = is_redirected(incident, best); /* the method that the line has is the surer one */
			ambiguous = ambiguous && !better;
		} else {
			/* several requests at once, by HTTP/2, for the same URL */
			ambiguous = best && fabs(apart - nearest) < 1 && (ambiguous || !same_defect(best, told));
			better = best == NULL || apart < nearest;
		}
		if (better) {
			best = told;
			nearest = apart;
		}
	}
	if (best == NULL) {
		return false;
	}
	if (ambiguous) {
		join(incident, best, FPS_PROBABLE, "nginx's process and connection number; another request of that connection died as well");
	} else if (nearest > LATE && !is_given_up(incident)) {
		join(incident, best, FPS_POSSIBLE, "nginx's process and connection number, hours later: a child process had kept the socket, or "
			"it is of an nginx before this one, in a container of the same numbers");
	} else if (nearest > NEAR && !is_given_up(incident)) {
		join(incident, best, FPS_PROBABLE, "nginx's process and connection number; it noted the death late: a child process had kept the socket");
	} else {
		join(incident, best, FPS_CERTAIN, "nginx's process and connection number");
	}
	return true;
}

static bool join_by_request(struct fps_incident *incident, const struct fps_records *records, double shift)
{
	double at = (double) incident->time - shift + 0.5, nearest = 0;
	struct fps_told *best = NULL;
	bool ambiguous = false;

	for (size_t i = fps_records_since(records, at - NEAR); i < records->count; i++) {
		struct fps_told *told = records->by_time[i];
		double apart = distance(incident, told, at);

		if (told->time > at + (is_given_up(incident) ? 3600 : NEAR)) {
			break;
		}
		/* a record that knows its connection belongs to that one */
		if (told->explains || told->nginx_pid || apart < 0 || !is_of_kind(incident, told) || !told->path || !same_request(incident, told)) {
			continue;
		}
		apart += told->client && strcmp(told->client, incident->client) != 0 ? 1e4 : 0;
		apart += told->domain && incident->host[0] && !same_host(incident->host, told->domain) ? 1e3 : 0;
		apart += is_redirected(incident, told) ? 2e3 : 0;
		if (best != NULL && !same_defect(best, told) && fabs(apart - nearest) < 1e3) {
			ambiguous = true;
		}
		if (best == NULL || apart < nearest) {
			ambiguous = ambiguous && nearest - apart < 1e3;
			best = told;
			nearest = apart;
		}
	}
	if (best == NULL) {
		return false;
	}
	if (nearest >= 1e4) {
		join(incident, best, FPS_POSSIBLE, "time and request line only; the client's address differs");
	} else if (ambiguous) {
		join(incident, best, FPS_POSSIBLE, "time, client and request line, which more than one record has");
	} else {
		join(incident, best, FPS_PROBABLE, "time, client and request line");
	}
	return true;
}

/*
 * The only record of that connection and that moment, or the one that last words name, whatever it asked for: nginx may pass on another
 * URI than its line has, as by `fastcgi_param REQUEST_URI $uri`.
 */
static void join_whatever_request(struct fps_incident *incident, const struct fps_records *records, double shift)
{
	size_t count, fitting = 0;
	struct fps_told *told = fps_records_of_connection(records, incident->pid, incident->connection, &count), *found = NULL;
	double at = (double) incident->time - shift + 0.5;

	for (size_t i = 0; i < count; i++, told++) {
		if (!told->explains && is_of_kind(incident, told) && fabs(told->time - at) <= NEAR) {
			found = told;
			fitting++;
		}
	}
	if (fitting == 1) {
		join(incident, found, FPS_PROBABLE, "nginx's process and connection number; PHP was given another request line than nginx's log has");
		return;
	}
	told = fps_records_with_id(records, (struct fps_span) {incident->event_id, 32});
	if (told != NULL && !told->explains && !told->nginx_pid && told->client && strcmp(told->client, incident->client) == 0 &&
		fabs(told->time - at) <= NEAR) {
		join(incident, told, FPS_PROBABLE, "its id in the worker's last words; PHP was given another request line than nginx's log has");
	}
}

bool fps_join_late(struct fps_incident *incident, const struct fps_records *records, double shift)
{
	double at = (double) incident->time - shift;
	struct fps_told *found = NULL;

	for (size_t i = fps_records_since(records, at - LATE); incident->uri[0] && i < records->count && records->by_time[i]->time < at; i++) {
		struct fps_told *told = records->by_time[i];

		if (told->explains || told->nginx_pid || told->action != FPS_ACTION_DEATH || told->finished || !told->path || !told->client || !same_request(incident, told) ||
			strcmp(told->client, incident->client) != 0 || (told->domain && incident->host[0] && !same_host(incident->host, told->domain))) {
			continue;
		}
		if (found != NULL) {
			return false;
		}
		found = told;
	}
	if (found != NULL) {
		join(incident, found, FPS_POSSIBLE, "client and request line, as the only one without a line; it was noted late: a child process may have kept the socket");
	}
	return found != NULL;
}

/* A request that nginx sent again after the death of a worker, as the number of the request in its connection tells. */
static void note_retries(const struct fps_records *records)
{
	for (size_t i = 1; i < records->count; i++) {
		const struct fps_told *first = &records->told[i - 1], *then = &records->told[i];

		if (first->explains && then->explains && then->connection_requests && first->nginx_pid == then->nginx_pid &&
			first->connection == then->connection && first->connection_requests == then->connection_requests &&
			!is_given_up(first->explains) && then->time - first->time < 60) {
			first->explains->sent_again = true;
		}
	}
}

static bool is_open(const struct fps_incident *incident)
{
	return incident->told == NULL && !incident->is_told;
}

void fps_join_all(struct fps_incidents *incidents, struct fps_records *records, double shift)
{
	/* the surest first, so that nobody else takes their record */
	for (size_t i = 0; i < incidents->count; i++) {
		if (incidents->all[i].event_id[0] && is_open(&incidents->all[i])) {
			join_by_id(&incidents->all[i], records);
		}
	}
	for (size_t i = 0; i < incidents->count; i++) {
		if (is_open(&incidents->all[i])) {
			join_by_connection(&incidents->all[i], records, shift);
		}
	}
	for (size_t i = 0; i < incidents->count; i++) {
		if (is_open(&incidents->all[i])) {
			join_by_request(&incidents->all[i], records, shift);
		}
	}
	for (size_t i = 0; i < incidents->count; i++) {
		if (is_open(&incidents->all[i]) && (incidents->all[i].kind == FPS_KIND_RESET || incidents->all[i].kind == FPS_KIND_EOF)) {
			join_whatever_request(&incidents->all[i], records, shift);
		}
	}
	note_retries(records);
}
