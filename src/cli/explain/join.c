/* Makes claims of incidents on evidence, and meets the surest of all first. */
#include "explain/join.h"

#include "base/alloc.h"
#include "base/search.h"
#include "explain/clockoffset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NEAR = 3;           /* seconds: nginx logs a death at once, with a clock of whole seconds */
static const double SAME_SECOND = 0.75; /* from the middle of the second, and a little before: the death comes first */
static const double LONGEST = 86400;    /* a child of the worker may have kept the socket */
static const double LATE = 3600;        /* how far to look for a death of which only the request is known */
static const double LATEST_GIVEN_UP = 3600;
static const double LONGEST_WAIT = 80; /* so long before it gives up nginx had passed the request on, by default */

/* A slight contradiction puts a claim behind all claims without one; each is worth more than all seconds of NEAR. */
static const double REDIRECTED = 2e3, OTHER_HOST = 1e3, OTHER_CLIENT = 1e4;

/*
 * How many agreeing pairs are no coincidence: by last words, which never come late; by time zones, of which there are
 * few; and by other differences.
 */
enum { ENOUGH_BY_ID = 1, ENOUGH_OF_ZONE = 2, ENOUGH = 4 };

/* A URL in a record may be cut off, and has U+FFFD where it was not UTF-8. */
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

/* nginx logs what the client asked for; an internal redirect (error_page, X-Accel-Redirect) makes a GET of it. */
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

/* A request that is slow, or near a limit, leaves a record while it runs. */
static bool is_sign_of_life(const struct fps_record *record)
{
	return record->action == FPS_ACTION_OTHER
		&& (strcmp(record->cause, "slow_request") == 0 || strcmp(record->cause, "time_pressure") == 0
			|| strcmp(record->cause, "memory_pressure") == 0);
}

/* nginx logs nothing for a worker that dies after its response was complete. */
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
			if (is_sign_of_life(record)) {
				return true;
			}
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
 * The record that last words name. They came over that connection, but a page may have written them: so the record must
 * not belong to another connection or request. `behind`: it has no connection, and its pool listens elsewhere.
 */
static struct fps_record *named(const struct fps_incident *incident, const struct fps_recordindex *records, bool behind)
{
	struct fps_record *record =
		incident->event_id[0] ? fps_recordindex_with_id(records, (struct fps_span) {incident->event_id, 32}) : NULL;

	if (record == NULL || !same_request(incident, record)
		|| (record->nginx_pid && !same_connection(incident, record))) {
		return NULL;
	}
	return behind == (!record->nginx_pid && fit_of(incident, record) == FPS_FIT_OTHER) ? record : NULL;
}

/* The only record of the connection, among pools that do not listen elsewhere. */
static const struct fps_record *only_of_connection(
	const struct fps_incident *incident, const struct fps_recordindex *records)
{
	size_t count;
	const struct fps_record *record =
								fps_recordindex_of_connection(records, incident->pid, incident->connection, &count),
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

/* nginx gave up first: the end of the request was logged later, if at all. */
static bool is_given_up(const struct fps_incident *incident)
{
	return incident->kind == FPS_KIND_TIMEOUT || incident->kind == FPS_KIND_CLIENT_ABORT;
}

static double distance_at(const struct fps_incident *incident, const struct fps_record *record, double at)
{
	double behind = record->time - at; /* the line has only whole seconds: up to one second more is no difference */

	if (is_given_up(incident) && is_sign_of_life(record)) {
		return behind <= NEAR && behind > -LONGEST_WAIT ? fabs(behind) : -1;
	}
	if (is_given_up(incident)) {
		return behind >= -NEAR && record->started <= at + NEAR && behind < LONGEST ? fabs(behind) : -1;
	}
	/* within nginx's second all records are equally near: the first line belongs to the first */
	return behind <= NEAR && behind > -LONGEST ? (fabs(behind) <= SAME_SECOND ? 0 : fabs(behind)) : -1;
}

/* The distance in seconds, in the reading of the time that fits better; negative if they can't be the same. */
static double distance(
	const struct fps_incident *incident, const struct fps_record *record, double shift, int64_t *time)
{
	double one = distance_at(incident, record, (double) incident->time - shift + 0.5);
	double other = incident->again ? distance_at(incident, record, (double) incident->again - shift + 0.5) : -1;
	bool is_other = other >= 0 && (one < 0 || other < one);

	*time = is_other ? incident->again : incident->time;
	return is_other ? other : one;
}

/* Differences of pairs that belong together, by id or by connection. */
static size_t collect(
	const struct fps_incidents *incidents, const struct fps_recordindex *records, bool by_id, double *differences)
{
	size_t pairs = 0;

	for (size_t i = 0; i < incidents->count; i++) {
		const struct fps_incident *incident = &incidents->all[i];
		const struct fps_record *record = by_id ? named(incident, records, false)
			: is_given_up(incident)             ? NULL
												: only_of_connection(incident, records);

		if (record != NULL && incident->again == 0) {
			differences[pairs++] = (double) incident->time + 0.5 - record->time;
		}
	}
	return pairs;
}

static size_t enough(double shift, bool by_id)
{
	bool zone = fps_clockoffset_is_zone(shift);

	/*
	 * a line can come late, for example after a core dump: the connection is open until then; but never before its
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

double fps_join_shift(const struct fps_incidents *incidents, const struct fps_recordindex *records)
{
	double *differences = fps_alloc(incidents->count, sizeof(double)), shift = 0;
	size_t pairs = collect(incidents, records, true, differences), agree = 0;
	bool by_id = pairs > 0;

	if (!by_id) {
		pairs = collect(incidents, records, false, differences);
	}
	if (pairs > 0) {
		qsort(differences, pairs, sizeof(double), fps_search_doubles);
		shift = differences[pairs / 2];
		for (size_t i = 0; i < pairs; i++) {
			agree += fabs(differences[i] - shift) <= NEAR;
		}
		/* each nginx counts connections from 1: pairs by coincidence don't agree with each other */
		if (agree * 2 <= pairs || fabs(shift) < FPS_CLOCKOFFSET_SAME || agree < enough(shift, by_id)) {
			shift = 0;
		}
	}
	free(differences);
	return shift;
}

/* The addresses on which the records' pools listen. */
struct listeners {
	const struct fps_address **all;
	size_t count;
};

struct claim {
	unsigned rank; /* FPS_RANK_NONE: it does not belong to the incident */
	double apart;
	struct fps_piece *piece;
	enum fps_certainty certainty;
	const char *by;
	enum fps_fit fit;
	int64_t time;
	bool is_doubtful; /* another one of that rank fits as well: then neither counts */
};

/* What is joined. */
struct join {
	const struct fps_incidents *incidents;
	const struct fps_evidence *evidence;
	struct fps_match *matches;
	unsigned *floor; /* for each incident: the rank from which on it may claim */
	const struct fps_answers *answers;
	struct listeners listeners; /* made on first use */
};

static const struct claim none = {.rank = FPS_RANK_NONE};

static int compare_addresses(const void *a, const void *b)
{
	return fps_address_compare(*(const struct fps_address *const *) a, *(const struct fps_address *const *) b);
}

static const struct listeners *listeners_of(struct join *join)
{
	const struct fps_recordindex *records = join->evidence->records;
	struct listeners *listeners = &join->listeners;

	if (listeners->all == NULL) {
		listeners->all = fps_alloc(records->count, sizeof(*listeners->all));
		for (size_t i = 0; i < records->count; i++) {
			listeners->all[listeners->count++] = &records->all[i].address;
		}
		qsort(listeners->all, listeners->count, sizeof(*listeners->all), compare_addresses);
	}
	return listeners;
}

/*
 * How sure a record with another address can be. A published port may lead to its pool, but one socket hardly leads to
 * another; and nothing does if a known pool listens on exactly that address.
 */
static enum fps_certainty at_most(struct join *join, const struct fps_incident *incident, const struct claim *claim)
{
	const struct fps_address *address = &incident->address;
	enum fps_certainty most = FPS_CERTAIN;

	if (claim->fit == FPS_FIT_OTHER) {
		const struct listeners *listeners = listeners_of(join);

		most = !fps_address_may_lead(address, &claim->piece->record->address)
				|| bsearch(&address, listeners->all, listeners->count, sizeof(address), compare_addresses)
			? FPS_POSSIBLE
			: FPS_PROBABLE;
	}
	return claim->certainty > most ? claim->certainty : most;
}

static unsigned rank_of(unsigned rank, unsigned other, enum fps_fit fit, unsigned step)
{
	return fit == FPS_FIT_OTHER ? other : rank + (unsigned) fit * step;
}

static bool same_id(const char *one, const char *other)
{
	return *one && other && strcmp(one, other) == 0;
}

/* By the id in last words, or by the request's id. */
static bool claim_by_id(const struct fps_incident *incident, struct claim *claim)
{
	const struct fps_record *record = claim->piece->record;
	bool by_words = same_id(incident->event_id, record->id) && same_request(incident, record)
		&& (!record->nginx_pid || same_connection(incident, record));
	bool behind = !record->nginx_pid && claim->fit == FPS_FIT_OTHER;

	if (by_words && (record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_KILLED)) {
		claim->rank = behind ? FPS_RANK_OTHER_ID : FPS_RANK_ID;
		claim->by = "its id in the worker's last words";
	} else if (same_id(incident->request_id, record->request_id) && is_of_kind(incident, record)) {
		behind = claim->fit == FPS_FIT_OTHER;
		claim->rank = rank_of(FPS_RANK_ID, FPS_RANK_OTHER_ID, claim->fit, 3);
		claim->by = "the request's id, which the log and the record have";
	} else {
		return false;
	}
	claim->apart = 0;
	claim->certainty = behind ? FPS_PROBABLE : FPS_CERTAIN;
	return true;
}

static bool same_port(const struct fps_incident *incident, const struct fps_record *record)
{
	return incident->client_port && incident->client_port == record->client_port && record->client
		&& strcmp(record->client, incident->client) == 0;
}

static bool claim_by_connection(struct join *join, const struct fps_incident *incident, struct claim *claim)
{
	const struct fps_record *record = claim->piece->record;
	bool by_port = same_port(incident, record) && claim->apart <= NEAR;

	if (claim->apart < 0 || !same_request(incident, record) || (!same_connection(incident, record) && !by_port)) {
		return false;
	}
	claim->rank = rank_of(FPS_RANK_CONNECTION, FPS_RANK_OTHER_CONNECTION, claim->fit, 3);
	claim->certainty = FPS_CERTAIN;
	claim->by = by_port ? "the client's address and port, and the time" : "nginx's process and connection number";
	if (claim->apart > LATE && !is_given_up(incident)) {
		claim->certainty = FPS_POSSIBLE;
		claim->by =
			"nginx's process and connection number, but hours apart: either a child process had kept the socket, "
			"or the record is of an earlier nginx with the same numbers, as in a restarted container";
	} else if (claim->apart > NEAR && !is_given_up(incident)) {
		claim->certainty = FPS_PROBABLE;
		claim->by = "nginx's process and connection number; nginx logged the death late, as when a child process keeps "
					"the socket";
	}
	claim->certainty = at_most(join, incident, claim);
	/* the method in the line is the more reliable one */
	claim->apart += is_redirected(incident, record) ? REDIRECTED * LONGEST : 0;
	return true;
}

static bool claim_by_request(const struct fps_incident *incident, struct claim *claim)
{
	const struct fps_record *record = claim->piece->record;
	bool other_client = record->client && strcmp(record->client, incident->client) != 0;
	bool other_host = record->domain && incident->host[0] && !same_host(incident->host, record->domain);

	/* a record that knows its connection belongs to that one */
	if (claim->apart < 0 || claim->apart > (is_given_up(incident) ? LATEST_GIVEN_UP : NEAR) || record->nginx_pid
		|| !record->path || !same_request(incident, record) || (!*incident->uri && (other_client || !record->client))) {
		return false;
	}
	claim->rank = rank_of(FPS_RANK_REQUEST, FPS_RANK_OTHER_REQUEST, claim->fit, 3);
	claim->apart += (other_client ? OTHER_CLIENT : 0) + (is_redirected(incident, record) ? REDIRECTED : 0)
		+ (other_host ? OTHER_HOST : 0);
	claim->certainty =
		claim->fit == FPS_FIT_OTHER || other_client || other_host || !*incident->uri ? FPS_POSSIBLE : FPS_PROBABLE;
	claim->by = other_client ? "time and request line only; the client's address differs"
		: other_host         ? "time and request line only; PHP was asked for another host"
		: !*incident->uri    ? "time and client only; the log does not say what was requested"
		: record->client     ? "time, client and request line"
							 : "time and request line; the record has no client";
	return true;
}

/*
 * The only record of that connection and moment, or the one that last words name, whatever it asked for: nginx may pass
 * another URI than it logs, as with `fastcgi_param REQUEST_URI $uri`.
 */
static bool claim_by_numbers(struct join *join, const struct fps_incident *incident, struct claim *claim)
{
	const struct fps_record *record = claim->piece->record;
	bool by_words = same_id(incident->event_id, record->id) && !record->nginx_pid && record->client
		&& strcmp(record->client, incident->client) == 0;

	if (incident->kind == FPS_KIND_TIMEOUT || incident->kind == FPS_KIND_CLIENT_ABORT
		|| incident->kind == FPS_KIND_STDERR || claim->apart < 0 || claim->apart > NEAR
		|| (!same_connection(incident, record) && !by_words)) {
		return false;
	}
	claim->rank = rank_of(FPS_RANK_NUMBERS, FPS_RANK_OTHER_NUMBERS, claim->fit, 1);
	claim->certainty = FPS_PROBABLE;
	claim->by = by_words
		? "its id in the worker's last words; PHP got a different request line from the one in nginx's log"
		: "nginx's process and connection number; PHP got a different request line from the one in nginx's log";
	claim->certainty = at_most(join, incident, claim);
	return true;
}

static bool claim_late(const struct join *join, const struct fps_incident *incident, struct claim *claim)
{
	const struct fps_record *record = claim->piece->record;

	if (!join->matches[incident - join->incidents->all].may_be_late || !incident->uri[0] || claim->apart <= NEAR
		|| claim->apart > LATE || record->nginx_pid || record->action != FPS_ACTION_DEATH || record->finished
		|| !record->path || !record->client || !same_request(incident, record)
		|| strcmp(record->client, incident->client) != 0
		|| (record->domain && incident->host[0] && !same_host(incident->host, record->domain))) {
		return false;
	}
	claim->rank = FPS_RANK_LATE + (unsigned) claim->fit;
	claim->certainty = FPS_POSSIBLE;
	claim->by =
		"client and request line, of which no other death is without an entry; nginx may have logged it late, as "
		"when a child process keeps the socket";
	return true;
}

static struct claim claim_record(struct join *join, const struct fps_incident *incident, struct fps_piece *piece)
{
	const struct fps_record *record = piece->record;
	struct claim claim = {.piece = piece};

	claim.apart = distance(incident, record, join->evidence->shift, &claim.time);
	if ((claim.apart < 0 && !incident->event_id[0] && !incident->request_id[0])
		|| fps_evidence_elsewhere(join->evidence, record, incident)
		|| (incident->client_port && record->client_port && !same_port(incident, record))) {
		return none;
	}
	claim.fit = fit_of(incident, record);
	if (claim_by_id(incident, &claim)) {
		return claim;
	}
	if (is_of_kind(incident, record)
		&& (claim_by_connection(join, incident, &claim) || claim_by_request(incident, &claim)
			|| claim_by_numbers(join, incident, &claim) || claim_late(join, incident, &claim))) {
		return claim;
	}
	return none;
}

static bool ends_with(const char *text, struct fps_span end)
{
	size_t len = strlen(text);

	return len >= end.len && memcmp(text + len - end.len, end.at, end.len) == 0;
}

/* Whether the slow log's script is that of the request: it has no URI, and an alias may lead to another folder. */
static enum fps_pool_fit fit_of_script(struct fps_span path, const char *script)
{
	const char *slash = memrchr(path.at, '/', path.len);

	if (slash == NULL || !ends_with(".php", (struct fps_span) {path.at + path.len - 4, 4})) {
		return FPS_POOL_UNKNOWN;
	}
	return ends_with(script, path)                                                            ? FPS_POOL_MATCH
		: ends_with(script, (struct fps_span) {slash, (size_t) (path.at + path.len - slash)}) ? FPS_POOL_UNKNOWN
																							  : FPS_POOL_OTHER;
}

/* Whether FPM's log names the request; its URI is that of the script. */
static enum fps_pool_fit fit_of_name(const struct fps_incident *incident, const struct fps_fpm_event *event)
{
	size_t len = fps_incidents_path_len(incident->uri), own;
	const char *uri = event ? event->uri : NULL;

	if (uri == NULL && event && event->script && len > 4) {
		return fit_of_script((struct fps_span) {incident->uri, len}, event->script);
	}
	if (uri == NULL || len == 0) {
		return FPS_POOL_UNKNOWN;
	}
	own = fps_incidents_path_len(uri);
	if (event->method && incident->method[0] && strcmp(event->method, incident->method) != 0
		&& strcmp(event->method, "GET") != 0) {
		return FPS_POOL_OTHER;
	}
	/* what follows is PATH_INFO */
	if (own > 1 && len >= own && strncmp(uri, incident->uri, own) == 0 && (len == own || incident->uri[own] == '/')) {
		return FPS_POOL_MATCH;
	}
	/* a front controller may answer for a page, but no script for another */
	return (len >= 4 && strncmp(incident->uri + len - 4, ".php", 4) == 0) || memmem(incident->uri, len, ".php/", 5)
		? FPS_POOL_OTHER
		: FPS_POOL_UNKNOWN;
}

static bool is_closed(const struct fps_incident *incident)
{
	return (incident->kind == FPS_KIND_RESET || incident->kind == FPS_KIND_EOF)
		&& incident->phase != FPS_UPSTREAM_CONNECT;
}

static struct claim claim_end(const struct join *join, const struct fps_incident *incident, struct fps_piece *piece)
{
	struct claim claim = {.piece = piece, .certainty = FPS_POSSIBLE, .rank = FPS_RANK_TIME, .by = "time"};
	enum fps_pool_fit name, pool;

	claim.apart = fps_evidence_apart(piece, incident, &claim.time);
	if (!is_closed(incident) || claim.apart < 0) {
		return none;
	}
	name = fit_of_name(incident, piece->timeout);
	pool = name == FPS_POOL_OTHER ? FPS_POOL_OTHER : fps_evidence_fit(join->evidence, piece, incident);
	if (pool == FPS_POOL_OTHER) {
		return none;
	}
	if (name == FPS_POOL_MATCH || pool == FPS_POOL_MATCH) {
		claim.rank = name == FPS_POOL_MATCH ? FPS_RANK_NAMED : FPS_RANK_POOL;
		claim.by = name == FPS_POOL_MATCH ? "time and script" : "time and pool";
		claim.certainty =
			piece->log != FPS_NO_LOG && join->evidence->clocks[piece->log].is_guess ? FPS_POSSIBLE : FPS_PROBABLE;
	}
	return claim;
}

/* A worker that ended itself while its connection was kept. */
static struct claim claim_recycled(
	const struct join *join, const struct fps_incident *incident, struct fps_piece *piece)
{
	struct claim claim = {.piece = piece, .certainty = FPS_POSSIBLE, .rank = FPS_RANK_RECYCLED_TIME};
	enum fps_pool_fit pool;

	claim.apart = fps_evidence_apart(piece, incident, &claim.time);
	pool = incident->kind != FPS_KIND_EOF || claim.apart < 0 || join->matches[incident - join->incidents->all].common
		? FPS_POOL_OTHER
		: fps_evidence_fit(join->evidence, piece, incident);
	if (pool == FPS_POOL_OTHER) {
		return none;
	}
	if (pool == FPS_POOL_MATCH) {
		claim.rank = FPS_RANK_RECYCLED;
		claim.certainty = FPS_PROBABLE;
	}
	return claim;
}

/* A connection that FPM turned away by its address: a unix socket's has none, and nothing is sent down any. */
static struct claim claim_disallowed(
	const struct join *join, const struct fps_incident *incident, struct fps_piece *piece)
{
	struct claim claim = {.piece = piece, .certainty = FPS_POSSIBLE, .rank = FPS_RANK_TIME, .by = "time"};
	enum fps_pool_fit pool;

	claim.apart = fps_evidence_apart(piece, incident, &claim.time);
	if (!is_closed(incident) || claim.apart < 0 || incident->phase == FPS_UPSTREAM_BODY
		|| incident->address.kind == FPS_ADDRESS_PATH) {
		return none;
	}
	pool = fps_evidence_fit(join->evidence, piece, incident);
	if (pool == FPS_POOL_MATCH) {
		claim.rank = FPS_RANK_POOL;
		claim.certainty = FPS_PROBABLE;
		claim.by = "time and pool";
	}
	return pool == FPS_POOL_OTHER ? none : claim;
}

/* A request that was slow when nginx gave one up. */
static struct claim claim_slow(const struct join *join, const struct fps_incident *incident, struct fps_piece *piece)
{
	struct claim claim = {.piece = piece, .certainty = FPS_POSSIBLE, .rank = FPS_RANK_POOL, .by = "time and pool"};
	enum fps_pool_fit name = fit_of_name(incident, piece->event), pool;

	claim.apart = fps_evidence_apart(piece, incident, &claim.time);
	pool = incident->kind != FPS_KIND_TIMEOUT || incident->phase == FPS_UPSTREAM_CONNECT || claim.apart < 0
			|| name == FPS_POOL_OTHER
		? FPS_POOL_OTHER
		: fps_evidence_fit(join->evidence, piece, incident);
	if (pool == FPS_POOL_OTHER || (pool == FPS_POOL_UNKNOWN && name == FPS_POOL_UNKNOWN)) {
		return none;
	}
	if (name == FPS_POOL_MATCH) {
		claim.rank = FPS_RANK_NAMED;
		claim.certainty = FPS_PROBABLE;
		claim.by = "time and script";
	}
	return claim;
}

static struct claim claim_of(struct join *join, const struct fps_incident *incident, struct fps_piece *piece)
{
	switch (piece->kind) {
		case FPS_PIECE_RECORD: return claim_record(join, incident, piece);
		case FPS_PIECE_END: return claim_end(join, incident, piece);
		case FPS_PIECE_RECYCLED: return claim_recycled(join, incident, piece);
		case FPS_PIECE_DISALLOWED: return claim_disallowed(join, incident, piece);
		case FPS_PIECE_SLOW: return claim_slow(join, incident, piece);
		default: return none;
	}
}

/* Called for each claim. */
typedef void claim_taker(struct join *join, size_t number, const struct claim *claim, void *to);

static void offer(struct join *join, size_t number, struct fps_piece *piece, claim_taker *take, void *to)
{
	struct claim claim = claim_of(join, &join->incidents->all[number], piece);

	if (claim.rank != FPS_RANK_NONE && claim.rank >= join->floor[number]) {
		take(join, number, &claim, to);
	}
}

/* Records that are near in time; those that know their connection are found by that. */
static void offer_records(struct join *join, size_t number, int64_t time, claim_taker *take, void *to)
{
	const struct fps_incident *incident = &join->incidents->all[number];
	const struct fps_evidence *evidence = join->evidence;
	const struct fps_recordindex *records = evidence->records;
	double at = (double) time - evidence->shift + 0.5;
	double since = at - (join->matches[number].may_be_late ? LATE : is_given_up(incident) ? LONGEST_WAIT : NEAR);

	for (size_t i = fps_recordindex_since(records, since); i < records->count; i++) {
		const struct fps_record *record = records->by_time[i];

		if (record->time > at + (is_given_up(incident) ? LATEST_GIVEN_UP : NEAR)) {
			break;
		}
		/* of those that came later, most had not begun */
		if (record->started <= at + NEAR && (!record->nginx_pid || *incident->request_id)) {
			offer(join, number, &evidence->of_records[record - records->all], take, to);
		}
	}
}

static void offer_points(struct join *join, size_t number, double time, claim_taker *take, void *to)
{
	const struct fps_evidence *evidence = join->evidence;
	double before = join->incidents->all[number].kind == FPS_KIND_TIMEOUT ? LONGEST_WAIT : 3;

	for (size_t i = fps_evidence_since(evidence, time - before);
		 i < evidence->point_count && evidence->points[i].time <= time + 3; i++) {
		offer(join, number, &evidence->points[i], take, to);
	}
}

/* Everything that an incident may claim. */
static void each_claim(struct join *join, size_t number, claim_taker *take, void *to)
{
	const struct fps_incident *incident = &join->incidents->all[number];
	const struct fps_evidence *evidence = join->evidence;
	const struct fps_recordindex *records = evidence->records;
	struct fps_record *named =
		incident->event_id[0] ? fps_recordindex_with_id(records, (struct fps_span) {incident->event_id, 32}) : NULL;
	size_t count;
	struct fps_record *record = incident->web == FPS_WEB_APACHE
		? NULL
		: fps_recordindex_of_connection(records, incident->pid, incident->connection, &count);

	if (named) {
		offer(join, number, &evidence->of_records[named - records->all], take, to);
	}
	for (size_t i = 0; record && i < count; i++) {
		if (&record[i] != named) {
			offer(join, number, &evidence->of_records[record + i - records->all], take, to);
		}
	}
	offer_records(join, number, incident->time, take, to);
	if (incident->again) {
		offer_records(join, number, incident->again, take, to);
	}
	if (incident->kind == FPS_KIND_RESET || incident->kind == FPS_KIND_EOF || incident->kind == FPS_KIND_TIMEOUT) {
		for (int hour = join->incidents->doubled ? -1 : 0; hour <= (join->incidents->doubled ? 1 : 0); hour++) {
			offer_points(join, number, (double) incident->time + 3600.0 * hour, take, to);
		}
	}
}

static void keep_best(struct join *join, size_t number, const struct claim *claim, void *to)
{
	struct claim *best = to;

	(void) join;
	(void) number;
	if (claim->piece->owner || claim->piece == best->piece) {
		return;
	}
	if (claim->rank == best->rank
		&& (claim->rank >= FPS_RANK_LATE || (claim->rank >= FPS_RANK_NUMBERS && claim->rank < FPS_RANK_NAMED)
			|| claim->rank == FPS_RANK_OTHER_NUMBERS)) {
		best->is_doubtful = true;
	} else if (claim->rank < best->rank || (claim->rank == best->rank && claim->apart < best->apart)) {
		*best = *claim;
	}
}

static struct claim best_claim(struct join *join, size_t number)
{
	struct claim best = none;

	each_claim(join, number, keep_best, &best);
	return best;
}

/* A heap of incidents by their best claims, the surest at the top. */
struct heap {
	struct entry {
		struct claim claim;
		size_t number;
	} * all;
	size_t count;
};

static bool is_before(const struct entry *one, const struct entry *other)
{
	if (one->claim.rank != other->claim.rank) {
		return one->claim.rank < other->claim.rank;
	}
	if (one->claim.apart < other->claim.apart || one->claim.apart > other->claim.apart) {
		return one->claim.apart < other->claim.apart;
	}
	return one->number < other->number;
}

static void push(struct heap *heap, struct entry entry)
{
	size_t at = heap->count++;

	for (; at > 0 && is_before(&entry, &heap->all[(at - 1) / 2]); at = (at - 1) / 2) {
		heap->all[at] = heap->all[(at - 1) / 2];
	}
	heap->all[at] = entry;
}

static struct entry pop(struct heap *heap)
{
	struct entry top = heap->all[0], last = heap->all[--heap->count];
	size_t at = 0;

	for (;;) {
		size_t child = at * 2 + 1;

		if (child + 1 < heap->count && is_before(&heap->all[child + 1], &heap->all[child])) {
			child++;
		}
		if (child >= heap->count || !is_before(&heap->all[child], &last)) {
			break;
		}
		heap->all[at] = heap->all[child];
		at = child;
	}
	heap->all[at] = last;
	return top;
}

static void settle(struct join *join, size_t number, const struct claim *claim)
{
	struct fps_match *match = &join->matches[number];

	claim->piece->owner = number + 1;
	match->piece = claim->piece;
	match->rank = claim->rank;
	match->apart = claim->apart;
	match->certainty = claim->certainty;
	match->by = claim->by;
	match->fit = claim->fit;
	match->time = claim->time;
}

static void push_best(struct join *join, struct heap *heap, size_t number)
{
	struct claim claim = best_claim(join, number);

	if (claim.rank != FPS_RANK_NONE) {
		push(heap, (struct entry) {claim, number});
	}
}

static void assign(struct join *join)
{
	struct heap heap = {fps_alloc(join->incidents->count, sizeof(*heap.all)), 0};

	for (size_t i = 0; i < join->incidents->count; i++) {
		if (!join->incidents->all[i].is_reported && join->matches[i].piece == NULL && join->floor[i] != FPS_RANK_NONE) {
			push_best(join, &heap, i);
		}
	}
	while (heap.count) {
		struct entry top = pop(&heap);

		if (top.claim.is_doubtful) {
			struct claim now = best_claim(join, top.number); /* some of the others may be taken by now */

			if (now.is_doubtful && now.rank == top.claim.rank) {
				join->floor[top.number] = now.rank + 1;
			} else if (now.piece == top.claim.piece && now.rank == top.claim.rank) {
				settle(join, top.number, &now);
				continue;
			}
			push_best(join, &heap, top.number);
		} else if (top.claim.piece->owner) {
			push_best(join, &heap, top.number);
		} else {
			settle(join, top.number, &top.claim);
		}
	}
	free(heap.all);
}

static bool same_defect(const struct fps_record *one, const struct fps_record *other)
{
	return strcmp(one->cause, other->cause) == 0
		&& (!one->fingerprint || !other->fingerprint || strcmp(one->fingerprint, other->fingerprint) == 0);
}

static bool same_cause(const struct fps_piece *one, const struct fps_piece *other)
{
	if (one->kind != other->kind) {
		return false;
	}
	if (one->record && other->record) {
		return same_defect(one->record, other->record);
	}
	if (one->kind == FPS_PIECE_END && one->event && other->event) {
		return one->event->code == other->event->code && one->event->signal == other->event->signal
			&& !one->timeout == !other->timeout;
	}
	return one->kind != FPS_PIECE_END;
}

/* Whether the incident of the other piece could as well have this one. */
static bool may_swap(struct join *join, size_t owner, const struct fps_match *match)
{
	struct claim claim = join->matches[owner].rank == match->rank
		? claim_of(join, &join->incidents->all[owner], (struct fps_piece *) match->piece)
		: none;

	return claim.rank == match->rank && fabs(claim.apart - join->matches[owner].apart) < 1;
}

static bool is_connection(unsigned rank)
{
	return rank == FPS_RANK_OTHER_CONNECTION || (rank < FPS_RANK_NUMBERS && rank % 3 == FPS_RANK_CONNECTION);
}

/* What else could belong to the incident, and to whom its piece could belong. */
static void note_rivals(struct join *join, size_t number, const struct claim *claim, void *to)
{
	struct fps_match *match = &join->matches[number],
					 *owner = claim->piece->owner ? &join->matches[claim->piece->owner - 1] : NULL;
	bool forgotten = claim->piece->owner == FPS_FORGOTTEN,
		 near = claim->rank == match->rank && fabs(claim->apart - match->apart) < 1;

	(void) to;
	if (claim->piece == match->piece || forgotten) {
		return;
	}
	if (owner && claim->rank == owner->rank && fabs(claim->apart - owner->apart) < 1
		&& (match->piece == NULL || match->rank > claim->rank)) {
		owner->rivals++;
		match->spare = match->spare ? match->spare : claim->piece;
	}
	if (match->piece == NULL) {
		return;
	}
	if (near && !same_cause(claim->piece, match->piece) && (!owner || may_swap(join, claim->piece->owner - 1, match))) {
		match->rival = match->rival ? match->rival : claim->piece;
	}
	if (!owner && is_connection(match->rank) && is_connection(claim->rank) && claim->fit > match->fit
		&& match->fit > FPS_FIT_SAME && (claim->fit == FPS_FIT_UNKNOWN || match->fit == FPS_FIT_UNKNOWN)) {
		match->is_disputed = true;
	}
	/* a recycled worker beside a death */
	if (claim->piece->kind == FPS_PIECE_RECYCLED && match->piece->kind == FPS_PIECE_END && !owner) {
		match->rival = match->rival ? match->rival : claim->piece;
	}
}

/* What is equally likely another's is less sure. */
static void weaken(struct fps_match *match)
{
	bool rivalled = match->rival || match->rivals;

	if (match->piece == NULL || (!rivalled && !match->is_disputed)) {
		return;
	}
	if (is_connection(match->rank)) {
		if (match->certainty == FPS_CERTAIN) {
			match->certainty = FPS_PROBABLE;
			match->by = match->rival
				? "nginx's process and connection number; another request on that connection died as well"
				: match->rivals ? "nginx's process and connection number; another failure on that connection in that "
								  "second has no record"
								: "nginx's process and connection number, which a record of another pool has as well; "
								  "the addresses that both "
								  "pools listen on would decide, but the records do not have them";
		}
	} else if (match->piece->record && rivalled
		&& (match->rank == FPS_RANK_OTHER_REQUEST
			|| (match->rank < FPS_RANK_NUMBERS && match->rank % 3 == FPS_RANK_REQUEST))) {
		match->certainty = FPS_POSSIBLE;
		match->by = !match->rival          ? "time, client and request line, which more than one failure has"
			: match->piece->record->client ? "time, client and request line, which more than one record has"
										   : "time and request line, which more than one record has";
	} else if (!match->piece->record && rivalled) {
		match->certainty = FPS_POSSIBLE;
	}
}

/* An incident's number in the log, and its position. */
struct place {
	uint64_t number;
	size_t at;
};

static int by_number(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return (one->number > other->number) - (one->number < other->number);
}

static void restore_piece(struct join *join, const struct place *places, struct fps_piece *piece)
{
	const struct place key = {.number = piece->taken && *piece->taken ? *piece->taken - 1 : UINT64_MAX}, *place;

	if (key.number == UINT64_MAX) {
		return;
	}
	place = bsearch(&key, places, join->incidents->count, sizeof(*places), by_number);
	if (place) {
		struct claim claim = claim_of(join, &join->incidents->all[place->at], piece);

		claim.piece = piece;
		settle(join, place->at, &claim);
	} else {
		piece->owner = FPS_FORGOTTEN;
	}
}

/* Which incidents have been reported, and with which evidence. */
static void restore(struct join *join)
{
	const struct fps_evidence *evidence = join->evidence;
	struct place *places = fps_alloc(join->incidents->count, sizeof(*places));

	for (size_t i = 0; i < join->incidents->count; i++) {
		places[i] = (struct place) {join->incidents->all[i].number, i};
	}
	qsort(places, join->incidents->count, sizeof(*places), by_number);
	for (size_t i = 0; i < evidence->records->count; i++) {
		restore_piece(join, places, &evidence->of_records[i]);
	}
	for (size_t i = 0; i < evidence->point_count; i++) {
		restore_piece(join, places, &evidence->points[i]);
	}
	free(places);
}

/* A request that nginx sent again after the death of a worker, which its number in the connection shows. */
static void note_retries(const struct join *join)
{
	const struct fps_recordindex *records = join->evidence->records;
	const struct fps_record *first = NULL;
	size_t first_owner = 0;

	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *then = &records->all[i];
		size_t owner = join->evidence->of_records[i].owner;

		if (owner == 0 || owner == FPS_FORGOTTEN) {
			continue;
		}
		if (first && then->connection_requests && first->nginx_pid == then->nginx_pid
			&& first->connection == then->connection && first->connection_requests == then->connection_requests
			&& !is_given_up(&join->incidents->all[first_owner]) && then->time - first->time < 60) {
			join->matches[first_owner].sent_again = true;
		}
		first = then;
		first_owner = owner - 1;
	}
}

/* The stop, reload or fall that fits best, and when FPM was not running. */
static void find_common(struct join *join, size_t number)
{
	const struct fps_incident *incident = &join->incidents->all[number];
	const struct fps_evidence *evidence = join->evidence;
	struct fps_match *match = &join->matches[number];

	for (size_t i = 0; i < evidence->span_count; i++) {
		const struct fps_piece *span = &evidence->spans[i];
		double late = (double) incident->time - span->time;
		bool covers = fps_evidence_apart(span, incident, NULL) >= 0;
		bool down = incident->phase == FPS_UPSTREAM_CONNECT && span->kind != FPS_PIECE_RELOAD && late >= -span->before
			&& (span->back > 0 ? (double) incident->time <= span->back + 1
							   : span->kind == FPS_PIECE_STOP && span->event);
		enum fps_pool_fit fit = covers || down ? fps_evidence_fit(evidence, span, incident) : FPS_POOL_OTHER;

		if (fit == FPS_POOL_OTHER) {
			continue;
		}
		if (covers && span->kind == FPS_PIECE_FALL && span->event) {
			match->fall = span;
		}
		if (covers
			&& (!match->common || fit < match->common_fit
				|| (fit == match->common_fit && match->common->kind == FPS_PIECE_FALL))) {
			match->common = span;
			match->common_fit = fit;
		}
		if (down && (!match->down || span->time > match->down->time)) {
			match->down = span;
		}
	}
}

/* That all workers were busy when a request waited. */
static void find_full(struct join *join, size_t number)
{
	const struct fps_incident *incident = &join->incidents->all[number];
	const struct fps_evidence *evidence = join->evidence;
	struct fps_match *match = &join->matches[number];
	bool waits = incident->kind == FPS_KIND_CONNECT || is_given_up(incident);
	double time = (double) incident->time;

	for (size_t i = fps_evidence_since(evidence, time - LONGEST_WAIT);
		 waits && i < evidence->point_count && evidence->points[i].time <= time + 6; i++) {
		const struct fps_piece *piece = &evidence->points[i];
		enum fps_pool_fit fit;

		if (piece->kind != FPS_PIECE_FULL || fps_evidence_apart(piece, incident, NULL) < 0) {
			continue;
		}
		fit = fps_evidence_fit(evidence, piece, incident);
		if (fit != FPS_POOL_OTHER && (!match->full || fit <= match->full_fit)) {
			match->full = piece;
			match->full_fit = fit;
		}
	}
}

/* For those that nothing else explains: the only death of such a request in the hour before. */
static void assign_late(struct join *join)
{
	bool any = false;

	for (size_t i = 0; i < join->incidents->count; i++) {
		struct fps_match *match = &join->matches[i];

		match->may_be_late = is_closed(&join->incidents->all[i]) && !match->piece && !match->common
			&& !match->outcome.sent_again
			&& !(match->outcome.is_complete && join->incidents->all[i].phase == FPS_UPSTREAM_BODY);
		join->floor[i] = match->may_be_late ? FPS_RANK_LATE : FPS_RANK_NONE;
		any = any || match->may_be_late;
	}
	if (any) {
		assign(join);
	}
	for (size_t i = 0; i < join->incidents->count; i++) {
		join->matches[i].may_be_late = false;
	}
}

static void find_collective(struct join *join)
{
	for (size_t i = 0; i < join->incidents->count; i++) {
		struct fps_match *match = &join->matches[i];

		match->rank = FPS_RANK_NONE;
		match->time = join->incidents->all[i].time;
		find_common(join, i);
		find_full(join, i);
	}
}

/* What the clients got, now that the records supply what Apache's log lacks: what was requested, and when. */
static void find_outcomes(struct join *join)
{
	size_t count = join->incidents->count;
	struct fps_clientresponse *outcomes = fps_alloc(count, sizeof(*outcomes));
	struct fps_asked *asked = fps_alloc(count, sizeof(*asked));

	for (size_t i = 0; i < count; i++) {
		asked[i] = fps_join_asked(&join->incidents->all[i], &join->matches[i]);
	}
	fps_clientresponse_find(join->answers, join->incidents, asked, join->evidence->shift, outcomes);
	for (size_t i = 0; i < count; i++) {
		join->matches[i].outcome = outcomes[i];
	}
	free(asked);
	free(outcomes);
}

struct fps_match *fps_join_all(
	const struct fps_incidents *incidents, const struct fps_evidence *evidence, const struct fps_answers *answers)
{
	struct join join = {.incidents = incidents,
		.evidence = evidence,
		.answers = answers,
		.matches = fps_alloc(incidents->count, sizeof(*join.matches)),
		.floor = fps_alloc(incidents->count, sizeof(*join.floor))};

	find_collective(&join);
	restore(&join);
	assign(&join);
	find_outcomes(&join);
	assign_late(&join);
	memset(join.floor, 0, incidents->count * sizeof(*join.floor));
	for (size_t i = 0; i < incidents->count; i++) {
		each_claim(&join, i, note_rivals, NULL);
	}
	for (size_t i = 0; i < incidents->count; i++) {
		weaken(&join.matches[i]);
	}
	note_retries(&join);
	free(join.floor);
	free(join.listeners.all);
	return join.matches;
}

const struct fps_record *fps_join_record(const struct fps_match *match)
{
	return match->piece && match->piece->kind == FPS_PIECE_RECORD ? match->piece->record : NULL;
}

struct fps_asked fps_join_asked(const struct fps_incident *incident, const struct fps_match *match)
{
	const struct fps_record *record = fps_join_record(match);
	struct fps_asked asked = {.method = incident->method, .uri = incident->uri};

	if (record && !*incident->uri && record->path) {
		asked = (struct fps_asked) {record->method ? record->method : "", record->path, true, 0};
	}
	asked.started = record ? record->started : 0;
	return asked;
}

void fps_join_keep(const struct fps_incident *incident, const struct fps_match *match)
{
	if (match->piece) {
		*match->piece->taken = incident->number + 1;
	}
}
