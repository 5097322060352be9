/* Records and lines, brought together. */
#include "explain/join.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEAR = 3;           /* seconds: nginx notes a death at once, and by a clock of seconds */
static const double SAME_SECOND = 0.75; /* from the middle of it, and a little before: the death comes first */
static const double LONGEST = 86400;    /* a child of the worker's may have kept the socket */
static const double SAME_CLOCK = 2.5;   /* less than this is no other clock */
static const double LATE = 3600;        /* so long a death is looked for of which nothing but its request is known */

/*
 * So many pairs that agree are no chance: by last words, which never come late, by time zones, of which there are few,
 * and else.
 */
enum { ENOUGH_BY_ID = 1, ENOUGH_OF_ZONE = 2, ENOUGH = 4 };

/* What a record holds of an URL may be cut, and where it was not UTF-8 there is U+FFFD. */
static bool same_path(const struct fps_record *record, const char *uri)
{
	const char *path = record->path;
	size_t len = fps_incidents_path_len(uri), i = 0;

	while (i < len && path[i] == uri[i]) {
		i++;
	}
	if (strncmp(path + i, "\xef\xbf\xbd", 3) == 0) {
		return true;
	}
	return path[i] == '\0' && (i == len || i >= 250 || record->is_path_cut);
}

/* nginx's line has what the client asked for; an internal redirect (error_page, X-Accel-Redirect) makes a GET of it. */
static bool is_redirected(const struct fps_incident *incident, const struct fps_record *record)
{
	return incident->method[0] && record->method && strcmp(incident->method, record->method) != 0;
}

static bool same_request(const struct fps_incident *incident, const struct fps_record *record)
{
	if (is_redirected(incident, record)
		&& (strcmp(record->method, "GET") != 0 || strcmp(incident->method, "HEAD") == 0)) {
		return false;
	}
	return !incident->uri[0] || !record->path || same_path(record, incident->uri);
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
static bool is_of_kind(const struct fps_incident *incident, const struct fps_record *record)
{
	switch (incident->kind) {
		case FPS_KIND_RESET:
		case FPS_KIND_EOF: return record->action == FPS_ACTION_DEATH && !record->finished;
		case FPS_KIND_STDERR:
			return record->action == FPS_ACTION_KILLED || (incident->event_id[0] && record->action == FPS_ACTION_DEATH);
		case FPS_KIND_TIMEOUT:
			if (incident->phase == FPS_UPSTREAM_CONNECT) {
				return false;
			}
			__attribute__((fallthrough));
		case FPS_KIND_CLIENT_ABORT:
			return record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_KILLED
				|| record->action == FPS_ACTION_ABORTED;
		default: return false;
	}
}

static enum fps_fit fit_of(const struct fps_incident *incident, const struct fps_record *record)
{
	return fps_address_fit(&incident->address, &record->address);
}

static bool same_connection(const struct fps_incident *incident, const struct fps_record *record)
{
	return record->nginx_pid && record->nginx_pid == incident->pid && record->connection == incident->connection;
}

/*
 * The record that last words name. They came by that connection, but a page may have written them: so the record must
 * not be of another connection, nor of another request. `behind`: it knows no connection, and its pool listens
 * elsewhere.
 */
static struct fps_record *named(const struct fps_incident *incident, const struct fps_records *records, bool behind)
{
	struct fps_record *record =
		incident->event_id[0] ? fps_records_with_id(records, (struct fps_span) {incident->event_id, 32}) : NULL;

	if (record == NULL || !same_request(incident, record)
		|| (record->nginx_pid && !same_connection(incident, record))) {
		return NULL;
	}
	return behind == (!record->nginx_pid && fit_of(incident, record) == FPS_FIT_OTHER) ? record : NULL;
}

/* The only record of the connection, of pools that do not listen elsewhere. */
static const struct fps_record *only_of_connection(
	const struct fps_incident *incident, const struct fps_records *records)
{
	size_t count;
	const struct fps_record *record = fps_records_of_connection(records, incident->pid, incident->connection, &count),
							*only = NULL;

	for (size_t i = 0; i < count; i++, record++) {
		if (fit_of(incident, record) != FPS_FIT_OTHER) {
			if (only != NULL) {
				return NULL;
			}
			only = record;
		}
	}
	return only && is_of_kind(incident, only) && same_request(incident, only) ? only : NULL;
}

/* nginx gave up first: what became of the request was told later, if at all. */
static bool is_given_up(const struct fps_incident *incident)
{
	return incident->kind == FPS_KIND_TIMEOUT || incident->kind == FPS_KIND_CLIENT_ABORT;
}

/* How far apart in seconds; negative if they can't be the same. */
static double distance(const struct fps_incident *incident, const struct fps_record *record, double at)
{
	double behind = record->time - at; /* the line is of a whole second: up to one second more is no difference */

	if (is_given_up(incident)) {
		return behind >= -NEAR && record->started <= at + NEAR && behind < LONGEST ? fabs(behind) : -1;
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
static size_t collect(
	const struct fps_incidents *incidents, const struct fps_records *records, bool by_id, double *differences)
{
	size_t pairs = 0;

	for (size_t i = 0; i < incidents->count; i++) {
		const struct fps_incident *incident = &incidents->all[i];
		const struct fps_record *record = by_id ? named(incident, records, false)
			: is_given_up(incident)             ? NULL
												: only_of_connection(incident, records);

		if (record != NULL) {
			differences[pairs++] = (double) incident->time + 0.5 - record->time;
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

	/*
	 * a line can come late, as when the core dump took its time: the connection is open until then; but not before its
	 * death
	 */
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
	double *differences = fps_alloc(incidents->count, sizeof(double)), shift = 0;
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

static void join(struct fps_incident *incident, struct fps_record *record, enum fps_certainty certainty, const char *by)
{
	incident->record = record;
	incident->joined = certainty;
	incident->joined_by = by;
	incident->fit = fit_of(incident, record);
	record->explains = incident;
}

enum way { BY_ID, BY_CONNECTION, BY_REQUEST, WHATEVER_REQUEST, WAYS };

/* What a way to join looks among. */
struct among {
	const struct fps_records *records;
	double shift;
	enum fps_fit fit;
	const struct listeners *listeners; /* of FPS_FIT_OTHER */
	unsigned char *next;               /* of each incident, for each way: the fit among which it is to be tried next */
};

enum { NONE_LEFT = FPS_FIT_OTHER + 1 };

/* Returns the fit among which it is to be tried next, if it has joined nothing: records only ever get fewer. */
typedef int joiner(struct fps_incident *incident, const struct among *among);

/* Notes that there is something of that fit for a later try. */
static void note_fit(int *next, const struct among *among, enum fps_fit fit)
{
	if (fit > among->fit && (int) fit < *next) {
		*next = (int) fit;
	}
}

/* Those that pools of these records listen on. */
struct listeners {
	const struct fps_address **all;
	size_t count;
};

static int compare_addresses(const void *a, const void *b)
{
	return fps_address_compare(*(const struct fps_address *const *) a, *(const struct fps_address *const *) b);
}

static struct listeners listeners_of(const struct fps_records *records)
{
	struct listeners listeners = {.all = fps_alloc(records->count, sizeof(*listeners.all))};

	for (size_t i = 0; i < records->count; i++) {
		listeners.all[listeners.count++] = &records->all[i].address;
	}
	qsort(listeners.all, listeners.count, sizeof(*listeners.all), compare_addresses);
	return listeners;
}

/*
 * How sure a record of another address can be. A port that is published may lead to its pool, but hardly one socket to
 * another; and nothing does where a pool is known that listens on the very address.
 */
static enum fps_certainty at_most(const struct fps_incident *incident, const struct fps_record *record,
	const struct among *among, enum fps_certainty certainty)
{
	const struct fps_address *address = &incident->address;
	enum fps_certainty most = FPS_CERTAIN;

	if (among->fit == FPS_FIT_OTHER) {
		most = !fps_address_may_lead(address, &record->address)
				|| bsearch(&address, among->listeners->all, among->listeners->count, sizeof(address), compare_addresses)
			? FPS_POSSIBLE
			: FPS_PROBABLE;
	}
	return certainty > most ? certainty : most;
}

static int join_by_id(struct fps_incident *incident, const struct among *among)
{
	bool behind = among->fit == FPS_FIT_OTHER;
	struct fps_record *record = named(incident, among->records, behind);

	if (record == NULL || record->explains) {
		return behind ? NONE_LEFT : FPS_FIT_OTHER;
	}
	join(incident, record, behind ? FPS_PROBABLE : FPS_CERTAIN, "its id in the worker's last words");
	return NONE_LEFT;
}

static bool same_defect(const struct fps_record *one, const struct fps_record *other)
{
	return strcmp(one->cause, other->cause) == 0
		&& (!one->fingerprint || !other->fingerprint || strcmp(one->fingerprint, other->fingerprint) == 0);
}

/* What a connection's records come to. */
struct candidates {
	struct fps_record *best;
	double nearest;
	bool ambiguous; /* another one of these fits as well */
	bool rivalled;  /* another one that does not listen there, as far as is known */
	int next;
};

static void consider(
	struct candidates *found, const struct fps_incident *incident, struct fps_record *record, double apart)
{
	bool better;

	if (found->best && is_redirected(incident, record) != is_redirected(incident, found->best)) {
		better = is_redirected(incident, found->best); /* the method that the line has is the surer one */
		found->ambiguous = found->ambiguous && !better;
	} else {
		/* several requests at once, by HTTP/2, for the same URL */
		found->ambiguous =
			found->best && fabs(apart - found->nearest) < 1 && (found->ambiguous || !same_defect(found->best, record));
		better = found->best == NULL || apart < found->nearest;
	}
	if (better) {
		found->best = record;
		found->nearest = apart;
	}
}

static struct candidates candidates_of(const struct fps_incident *incident, const struct among *among)
{
	size_t count;
	struct fps_record *record = fps_records_of_connection(among->records, incident->pid, incident->connection, &count);
	struct candidates found = {.next = NONE_LEFT};

	for (size_t i = 0; i < count; i++, record++) {
		double apart = distance(incident, record, (double) incident->time - among->shift + 0.5);
		enum fps_fit fit;

		if (record->explains || apart < 0 || !is_of_kind(incident, record) || !same_request(incident, record)) {
			continue;
		}
		fit = fit_of(incident, record);
		note_fit(&found.next, among, fit);
		if (fit == among->fit) {
			consider(&found, incident, record, apart);
		} else if (fit > among->fit && among->fit > FPS_FIT_SAME
			&& (fit == FPS_FIT_UNKNOWN || among->fit == FPS_FIT_UNKNOWN)) {
			found.rivalled = true;
		}
	}
	return found;
}

static int join_by_connection(struct fps_incident *incident, const struct among *among)
{
	struct candidates found = candidates_of(incident, among);
	enum fps_certainty certainty = FPS_CERTAIN;
	const char *by = "nginx's process and connection number";

	if (found.best == NULL) {
		return found.next;
	}
	if (found.ambiguous) {
		certainty = FPS_PROBABLE;
		by = "nginx's process and connection number; another request of that connection died as well";
	} else if (found.nearest > LATE && !is_given_up(incident)) {
		certainty = FPS_POSSIBLE;
		by = "nginx's process and connection number, hours later: a child process had kept the socket, or it is of an "
			 "nginx before this one, in a container of the same numbers";
	} else if (found.nearest > NEAR && !is_given_up(incident)) {
		certainty = FPS_PROBABLE;
		by = "nginx's process and connection number; it noted the death late: a child process had kept the socket";
	} else if (found.rivalled) {
		certainty = FPS_PROBABLE;
		by = "nginx's process and connection number, which a record of another pool names as well; where that pool "
			 "listens, and this one, would decide, but the records do not say both";
	}
	join(incident, found.best, at_most(incident, found.best, among, certainty), by);
	return found.next;
}

static int join_by_request(struct fps_incident *incident, const struct among *among)
{
	const struct fps_records *records = among->records;
	double at = (double) incident->time - among->shift + 0.5, nearest = 0;
	struct fps_record *best = NULL;
	bool ambiguous = false;
	int next = NONE_LEFT;

	for (size_t i = fps_records_since(records, at - NEAR); i < records->count; i++) {
		struct fps_record *record = records->by_time[i];
		double apart = distance(incident, record, at);
		enum fps_fit fit;

		if (record->time > at + (is_given_up(incident) ? 3600 : NEAR)) {
			break;
		}
		/* a record that knows its connection belongs to that one */
		if (record->explains || record->nginx_pid || apart < 0 || !is_of_kind(incident, record) || !record->path
			|| !same_request(incident, record)) {
			continue;
		}
		fit = fit_of(incident, record);
		note_fit(&next, among, fit);
		if (fit != among->fit) {
			continue;
		}
		apart += record->client && strcmp(record->client, incident->client) != 0 ? 1e4 : 0;
		apart += record->domain && incident->host[0] && !same_host(incident->host, record->domain) ? 1e3 : 0;
		apart += is_redirected(incident, record) ? 2e3 : 0;
		if (best != NULL && !same_defect(best, record) && fabs(apart - nearest) < 1e3) {
			ambiguous = true;
		}
		if (best == NULL || apart < nearest) {
			ambiguous = ambiguous && nearest - apart < 1e3;
			best = record;
			nearest = apart;
		}
	}
	if (best == NULL) {
		return next;
	}
	if (nearest >= 1e4) {
		join(incident, best, FPS_POSSIBLE, "time and request line only; the client's address differs");
	} else if (ambiguous) {
		join(incident, best, FPS_POSSIBLE,
			best->client ? "time, client and request line, which more than one record has"
						 : "time and request line, which more than one record has");
	} else {
		join(incident, best, among->fit == FPS_FIT_OTHER ? FPS_POSSIBLE : FPS_PROBABLE,
			best->client ? "time, client and request line" : "time and request line; the record has no client");
	}
	return next;
}

/*
 * The only record of that connection and that moment, or the one that last words name, whatever it asked for: nginx may
 * pass on another URI than its line has, as by `fastcgi_param REQUEST_URI $uri`.
 */
static int join_whatever_request(struct fps_incident *incident, const struct among *among)
{
	size_t count, fitting = 0;
	struct fps_record *record = fps_records_of_connection(among->records, incident->pid, incident->connection, &count),
					  *found = NULL;
	double at = (double) incident->time - among->shift + 0.5;
	int next = NONE_LEFT;

	if (incident->kind != FPS_KIND_RESET && incident->kind != FPS_KIND_EOF) {
		return NONE_LEFT;
	}
	for (size_t i = 0; i < count; i++, record++) {
		if (!record->explains && is_of_kind(incident, record) && fabs(record->time - at) <= NEAR) {
			enum fps_fit fit = fit_of(incident, record);

			note_fit(&next, among, fit);
			if (fit == among->fit) {
				found = record;
				fitting++;
			}
		}
	}
	if (fitting == 1) {
		join(incident, found, at_most(incident, found, among, FPS_PROBABLE),
			"nginx's process and connection number; PHP was given another request line than nginx's log has");
		return NONE_LEFT;
	}
	record = fps_records_with_id(among->records, (struct fps_span) {incident->event_id, 32});
	if (record == NULL || record->explains || record->nginx_pid || record->client == NULL
		|| strcmp(record->client, incident->client) != 0 || fabs(record->time - at) > NEAR) {
		return next;
	}
	if (fit_of(incident, record) != among->fit) {
		note_fit(&next, among, fit_of(incident, record));
		return next;
	}
	join(incident, record, at_most(incident, record, among, FPS_PROBABLE),
		"its id in the worker's last words; PHP was given another request line than nginx's log has");
	return NONE_LEFT;
}

static bool is_late(const struct fps_incident *incident, const struct fps_record *record)
{
	return !record->explains && !record->nginx_pid && record->action == FPS_ACTION_DEATH && !record->finished
		&& record->path && record->client && same_request(incident, record)
		&& strcmp(record->client, incident->client) == 0
		&& (!record->domain || !incident->host[0] || same_host(incident->host, record->domain));
}

bool fps_join_late(struct fps_incident *incident, const struct fps_records *records, double shift)
{
	double at = (double) incident->time - shift;
	struct fps_record *found = NULL;
	enum fps_fit nearest = FPS_FIT_OTHER;
	bool several = false;

	for (size_t i = fps_records_since(records, at - LATE);
		 incident->uri[0] && i < records->count && records->by_time[i]->time < at; i++) {
		struct fps_record *record = records->by_time[i];
		enum fps_fit fit;

		if (!is_late(incident, record)) {
			continue;
		}
		fit = fit_of(incident, record);
		if (found == NULL || fit < nearest) {
			found = record;
			nearest = fit;
			several = false;
		} else {
			several = several || fit == nearest;
		}
	}
	if (found == NULL || several) {
		return false;
	}
	join(incident, found, FPS_POSSIBLE,
		"client and request line, as the only one without a line; it was noted late: a child process may have kept the "
		"socket");
	return true;
}

/* A request that nginx sent again after the death of a worker, as the number of the request in its connection tells. */
static void note_retries(const struct fps_records *records)
{
	const struct fps_record *first = NULL;

	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *then = &records->all[i];

		if (!then->explains) {
			continue;
		}
		if (first && then->connection_requests && first->nginx_pid == then->nginx_pid
			&& first->connection == then->connection && first->connection_requests == then->connection_requests
			&& !is_given_up(first->explains) && then->time - first->time < 60) {
			first->explains->sent_again = true;
		}
		first = then;
	}
}

static bool is_open(const struct fps_incident *incident)
{
	return incident->record == NULL && !incident->is_told;
}

static bool is_any_open(const struct fps_incidents *incidents)
{
	for (size_t i = 0; i < incidents->count; i++) {
		if (is_open(&incidents->all[i])) {
			return true;
		}
	}
	return false;
}

static void join_each(struct fps_incidents *incidents, const struct among *among, enum way way)
{
	static joiner *const joiners[] = {join_by_id, join_by_connection, join_by_request, join_whatever_request};

	for (size_t i = 0; i < incidents->count; i++) {
		unsigned char *next = &among->next[i * WAYS + way];

		if (is_open(&incidents->all[i]) && *next <= among->fit) {
			*next = (unsigned char) joiners[way](&incidents->all[i], among);
		}
	}
}

/* The surest way first, so that nobody else takes their record. */
static void join_among(struct fps_incidents *incidents, struct among among, enum fps_fit first, enum fps_fit last)
{
	for (among.fit = first; among.fit <= last; among.fit++) {
		join_each(incidents, &among, BY_ID);
		join_each(incidents, &among, BY_CONNECTION);
		join_each(incidents, &among, BY_REQUEST);
	}
	for (among.fit = first; among.fit <= last; among.fit++) {
		join_each(incidents, &among, WHATEVER_REQUEST);
	}
}

void fps_join_all(struct fps_incidents *incidents, struct fps_records *records, double shift)
{
	struct among among = {.records = records, .shift = shift, .next = fps_alloc(incidents->count, WAYS)};
	struct listeners listeners;

	join_among(incidents, among, FPS_FIT_SAME, FPS_FIT_UNKNOWN);
	if (is_any_open(incidents)) {
		listeners = listeners_of(records);
		among.listeners = &listeners;
		join_among(incidents, among, FPS_FIT_OTHER, FPS_FIT_OTHER);
		free(listeners.all);
	}
	free(among.next);
	note_retries(records);
}
