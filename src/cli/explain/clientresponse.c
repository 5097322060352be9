/* Finds out what the client got. */
#include "explain/clientresponse.h"

#include "base/alloc.h"
#include "log/accesslog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* nginx's error log limits a line to 2,048 bytes, so a URI that fills them is not complete */
#define CUT 1000

enum {
	LATEST = 2,     /* seconds after the failure: the line is written when the request has ended */
	EARLIEST = 300, /* seconds before it: Apache's line has the time at which the request came */
	MINUTE = 60,
	QUARTER = 900, /* the error log's time zone may not be known yet when a line is read */
	LONGEST = 86400,
	MAX_TEXT = 4096
};

/* A contradiction costs more than any difference in time. */
static const double IMPLAUSIBLE = 10, UNLIKELY = 5;

struct fps_answer {
	int64_t time, pid, connection; /* -1: not known */
	int status;
	unsigned attempts; /* how many workers nginx tried */
	bool is_complete, is_uri;
	char upstream_status[32];
	char *client, *method, *uri; /* NULL: not given */
};

static int hex(const char *digits, size_t len)
{
	static const char known[] = "0123456789abcdef0123456789ABCDEF";
	const char *high = len >= 2 && digits[0] ? strchr(known, digits[0]) : NULL,
			   *low = high && digits[1] ? strchr(known, digits[1]) : NULL;

	return low ? (int) ((high - known) % 16 * 16 + (low - known) % 16) : -1;
}

/* The next byte of a value that nginx has escaped: \" and \\ and \u00HH with escape=json, \xHH without. */
static int take_byte(struct fps_span *text)
{
	size_t len = 1;
	int byte = (unsigned char) text->at[0];

	if (byte == '\\' && text->len > 1) {
		size_t skipped = text->at[1] == 'x' ? 2 : text->at[1] == 'u' ? 4 : 1;

		byte = skipped == 1       ? (unsigned char) text->at[1]
			: text->len > skipped ? hex(text->at + skipped, text->len - skipped)
								  : -1;
		len = skipped == 1 ? 2 : skipped + 2;
	}
	len = len < text->len ? len : text->len;
	text->at += len;
	text->len -= len;
	return byte;
}

/* The URI, or as much of it as fits into a line of the error log. */
static bool same_uri(struct fps_span logged, const char *uri, bool decoded)
{
	const char *at = uri;

	while (logged.len && *at) {
		int byte = take_byte(&logged), coded = decoded && *at == '%' ? hex(at + 1, strlen(at + 1)) : -1;

		if (byte != (coded >= 0 ? coded : (unsigned char) *at)) {
			return false;
		}
		at += coded >= 0 ? 3 : 1;
	}
	return logged.len ? at - uri > CUT : *at == '\0' || (decoded && *at == '?');
}

static unsigned attempts_in(struct fps_span upstream)
{
	struct fps_span one;
	unsigned count = 1;

	/* "502, 200": the first worker failed, the second one answered */
	while (fps_span_take(&upstream, ", ", &one)) {
		count++;
	}
	return count;
}

static uint64_t hash(uint64_t seed, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		seed = (seed ^ ((const unsigned char *) bytes)[i]) * 1099511628211u;
	}
	return seed;
}

static uint64_t key_of_number(uint64_t seed, int64_t number)
{
	uint64_t key = (seed ^ (uint64_t) number) * 11400714819323198485u;

	return (key ^ key >> 32) | 1; /* 0 is a free slot */
}

static uint64_t key_of_connection(int64_t connection)
{
	return key_of_number(0, connection);
}

static uint64_t key_of_client(const char *client, size_t len, int64_t time)
{
	return key_of_number(hash(7, client, len), time % QUARTER);
}

static uint64_t *bit_of(const struct fps_answers *answers, uint64_t key, uint64_t *bit)
{
	size_t number = key >> 8 & (answers->slots * 4 - 1);

	*bit = (uint64_t) 1 << number % 64;
	return &answers->bits[number / 64];
}

static uint64_t key_of_minute(const char *client, size_t len, int64_t time)
{
	int64_t minute = time % QUARTER / MINUTE;

	return hash(hash(13, client, len), &minute, sizeof(minute));
}

static bool has_key(const struct fps_answers *answers, uint64_t key)
{
	uint64_t bit = 0, *word = answers->slots ? bit_of(answers, key, &bit) : NULL;

	if (!word || !(*word & bit)) {
		return false;
	}
	for (size_t i = key >> 1;; i++) { /* the lowest bit is the same for all */
		uint64_t found = answers->keys[i & (answers->slots - 1)];

		if (found == key || found == 0) {
			return found == key;
		}
	}
}

static void put_key(struct fps_answers *answers, uint64_t key)
{
	size_t i = key >> 1;
	uint64_t bit = 0, *word = bit_of(answers, key, &bit);

	while (answers->keys[i & (answers->slots - 1)]) {
		i++;
	}
	answers->keys[i & (answers->slots - 1)] = key;
	*word |= bit;
}

static void add_key(struct fps_answers *answers, uint64_t key)
{
	if (has_key(answers, key)) {
		return;
	}
	if (answers->key_count * 2 >= answers->slots) {
		uint64_t *before = answers->keys;
		size_t slots = answers->slots;

		answers->slots = slots ? slots * 2 : 64;
		answers->keys = fps_alloc(answers->slots, sizeof(*answers->keys));
		free(answers->bits);
		answers->bits = fps_alloc(answers->slots / 16, sizeof(*answers->bits));
		for (size_t i = 0; i < slots; i++) {
			if (before[i]) {
				put_key(answers, before[i]);
			}
		}
		free(before);
	}
	put_key(answers, key);
	answers->key_count++;
}

void fps_clientresponse_expect(struct fps_answers *answers, const struct fps_incidents *incidents)
{
	uint64_t from = answers->expected;

	for (size_t i = 0; i < incidents->count; i++) {
		const struct fps_incident *incident = &incidents->all[i];

		if (incident->number < from) {
			continue;
		}
		add_key(answers, key_of_connection(incident->connection));
		for (int late = 0; late <= LATEST; late++) {
			add_key(answers, key_of_client(incident->client, strlen(incident->client), incident->time + late));
		}
		for (int early = 0; incident->web == FPS_WEB_APACHE && early <= EARLIEST; early += MINUTE) {
			add_key(answers, key_of_minute(incident->client, strlen(incident->client), incident->time - early));
		}
		answers->expected = incident->number >= answers->expected ? incident->number + 1 : answers->expected;
	}
}

static char *copy(struct fps_span text)
{
	return text.at ? fps_alloc_copy(text, MAX_TEXT) : NULL;
}

/* Nearly all requests are not needed, and then the rest of their lines does not matter. */
static bool is_wanted(const struct fps_answers *answers, const struct fps_access *access)
{
	if (access->connection >= 0) {
		return has_key(answers, key_of_connection(access->connection));
	}
	return access->time >= 0
		&& (has_key(answers, key_of_client(access->client.at, access->client.len, access->time))
			|| has_key(answers, key_of_minute(access->client.at, access->client.len, access->time)));
}

bool fps_clientresponse_wants(const struct fps_answers *answers, struct fps_span line)
{
	struct fps_access access;

	return !fps_accesslog_identify(line, &access) || is_wanted(answers, &access);
}

bool fps_clientresponse_add(struct fps_answers *answers, const struct fps_entry *entry)
{
	struct fps_access access;
	struct fps_answer *answer;

	if (!fps_clientresponse_wants(answers, entry->text)) {
		return true;
	}
	if (!fps_accesslog_parse(entry->text, &access)) {
		return false;
	}
	if (answers->count == answers->room) {
		answers->room = answers->room ? answers->room * 2 : 64;
		answers->all = fps_alloc_resize(answers->all, answers->room, sizeof(*answers->all));
	}
	answer = &answers->all[answers->count++];
	*answer = (struct fps_answer) {
		.time = access.time,
		.pid = access.pid,
		.connection = access.connection,
		.status = (int) access.status,
		.attempts = attempts_in(access.upstream_status),
		.is_complete = access.declared >= 0 && access.declared == access.sent,
		.is_uri = access.is_uri,
		.client = copy(access.client),
		.method = copy(access.method),
		.uri = copy(access.uri),
	};
	memcpy(answer->upstream_status, access.upstream_status.at ? access.upstream_status.at : "",
		access.upstream_status.len < sizeof(answer->upstream_status) ? access.upstream_status.len
																	 : sizeof(answer->upstream_status) - 1);
	return true;
}

static bool asks_for(const struct fps_answer *answer, const struct fps_asked *asked)
{
	struct fps_span uri = {answer->uri, answer->uri ? strlen(answer->uri) : 0};

	if (answer->uri == NULL || !*asked->uri) {
		return true;
	}
	if (asked->is_path) {
		uri.len = fps_incidents_path_len(answer->uri);
	}
	return same_uri(uri, asked->uri, false) || (answer->is_uri && same_uri(uri, asked->uri, true));
}

static bool same_request(
	const struct fps_incident *incident, const struct fps_asked *asked, const struct fps_answer *answer)
{
	if (!asks_for(answer, asked)) {
		return false;
	}
	if (answer->connection >= 0) {
		return answer->connection == incident->connection && (answer->pid < 0 || answer->pid == incident->pid);
	}
	return answer->client && strcmp(answer->client, incident->client) == 0
		&& (!*asked->method || (answer->method && strcmp(answer->method, asked->method) == 0));
}

/* Responses that a client cannot have got after that failure, unless nginx tried another worker. */
static double implausibility(const struct fps_incident *incident, const struct fps_answer *answer)
{
	bool is_body = incident->phase == FPS_UPSTREAM_BODY, good = answer->status > 0 && answer->status < 400;

	if (incident->kind == FPS_KIND_STDERR || incident->kind == FPS_KIND_CLIENT_ABORT) {
		return 0;
	}
	if (is_body) {
		return good ? (answer->is_complete ? 0.5 : 0) : UNLIKELY;
	}
	if (!good || answer->attempts > 1) {
		return 0;
	}
	return *answer->upstream_status ? IMPLAUSIBLE : UNLIKELY;
}

/* The same for Apache, which does not log whether a part of the answer had been sent: then the status is a good one. */
static double apache_implausibility(const struct fps_incident *incident, const struct fps_answer *answer)
{
	int status = 503;

	if (incident->kind == FPS_KIND_TIMEOUT && incident->phase != FPS_UPSTREAM_CONNECT) {
		status = 504;
	} else if (incident->kind == FPS_KIND_INVALID_HEADER
		|| (incident->kind == FPS_KIND_STDERR && !incident->event_id[0])) {
		status = 500;
	}
	return answer->status == status                                                             ? 0
		: incident->phase != FPS_UPSTREAM_CONNECT && answer->status > 0 && answer->status < 400 ? 0.5
																								: UNLIKELY;
}

/* By the time at which the request came; if that is not known, it failed at once. Negative: it is another request. */
static double apache_cost(
	const struct fps_incident *incident, const struct fps_asked *asked, const struct fps_answer *answer, double ahead)
{
	double failed = (double) (incident->again && answer->time >= incident->again ? incident->again : incident->time),
		   before = failed - ahead - (double) answer->time,
		   apart = asked->started > 0 ? fabs((double) answer->time + 0.5 - asked->started) : before;

	if (before < -1 || before > EARLIEST || apart > LATEST + 0.5 || !same_request(incident, asked, answer)) {
		return -1;
	}
	return (apart > 0 ? apart : 0) + apache_implausibility(incident, answer);
}

/* Negative: the line belongs to another request. A line of nginx's access log is never earlier than the error. */
static double cost_of(
	const struct fps_incident *incident, const struct fps_asked *asked, const struct fps_answer *answer, double ahead)
{
	double best = -1, latest = answer->connection >= 0 ? LONGEST : LATEST;

	if (incident->web == FPS_WEB_APACHE && answer->time >= 0) {
		return apache_cost(incident, asked, answer, ahead);
	}
	if (!same_request(incident, asked, answer)) {
		return -1;
	}
	if (answer->time < 0) {
		return implausibility(incident, answer);
	}
	for (int i = 0; i < 2; i++) {
		double late = (double) answer->time - ((double) (i ? incident->again : incident->time) - ahead);

		if ((i == 0 || incident->again) && late >= -0.5 && late <= latest + 0.5 && (best < 0 || late < best)) {
			best = late < 0 ? 0 : late;
		}
	}
	return best < 0 ? -1 : best + implausibility(incident, answer);
}

struct pair {
	double cost;
	size_t incident, answer;
};

static int by_cost(const void *a, const void *b)
{
	const struct pair *one = a, *other = b;

	if (one->cost < other->cost || one->cost > other->cost) {
		return one->cost > other->cost ? 1 : -1;
	}
	if (one->answer != other->answer) {
		return one->answer > other->answer ? 1 : -1;
	}
	return (one->incident > other->incident) - (one->incident < other->incident);
}

struct pairs {
	struct pair *all;
	size_t count, room;
};

static void add_pair(struct pairs *pairs, struct pair pair)
{
	if (pairs->count == pairs->room) {
		pairs->room = pairs->room ? pairs->room * 2 : 64;
		pairs->all = fps_alloc_resize(pairs->all, pairs->room, sizeof(pair));
	}
	pairs->all[pairs->count++] = pair;
}

static const struct fps_incident *incidents_all; /* for qsort() */

static int by_connection(const void *a, const void *b)
{
	size_t one = *(const size_t *) a, other = *(const size_t *) b;
	int64_t connection = incidents_all[one].connection, others = incidents_all[other].connection;

	return connection != others ? (connection > others) - (connection < others) : (one > other) - (one < other);
}

/* The first of `count` numbers that is not below a value, by connection or by time. */
static size_t lower_bound(const struct fps_incident *all, const size_t *numbers, size_t count, int64_t value)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((numbers ? all[numbers[middle]].connection : all[middle].time) < value) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void find_pairs(struct pairs *pairs, const struct fps_answers *answers, const struct fps_incidents *incidents,
	const struct fps_asked *asked, double ahead)
{
	size_t *numbers = fps_alloc(incidents->count, sizeof(*numbers));
	int64_t early = 1, hour = incidents->doubled ? 3600 : 0; /* one hour more for the other reading of a time */

	for (size_t i = 0; i < incidents->count; i++) {
		numbers[i] = i;
		early = incidents->all[i].web == FPS_WEB_APACHE ? EARLIEST : early;
	}
	incidents_all = incidents->all;
	qsort(numbers, incidents->count, sizeof(*numbers), by_connection);
	for (size_t i = 0; i < answers->count; i++) {
		const struct fps_answer *answer = &answers->all[i];
		bool numbered = answer->connection >= 0;
		size_t at = numbered
			? lower_bound(incidents->all, numbers, incidents->count, answer->connection)
			: lower_bound(incidents->all, NULL, incidents->count, answer->time + (int64_t) ahead - LATEST - 1 - hour);

		for (; at < incidents->count; at++) {
			size_t number = numbered ? numbers[at] : at;
			const struct fps_incident *incident = &incidents->all[number];
			double cost;

			if (numbered ? incident->connection != answer->connection
						 : (double) incident->time > (double) (answer->time + early + hour) + ahead) {
				break;
			}
			cost = cost_of(incident, &asked[number], answer, ahead);
			if (cost >= 0) {
				add_pair(pairs, (struct pair) {cost, number, i});
			}
		}
	}
	free(numbers);
}

void fps_clientresponse_find(const struct fps_answers *answers, const struct fps_incidents *incidents,
	const struct fps_asked *asked, double ahead, struct fps_clientresponse *outcomes)
{
	struct pairs pairs = {.all = NULL};
	unsigned *used = fps_alloc(answers->count, sizeof(*used));

	if (answers->count && incidents->count) {
		find_pairs(&pairs, answers, incidents, asked, ahead);
	}
	if (pairs.count) {
		qsort(pairs.all, pairs.count, sizeof(*pairs.all), by_cost);
	}
	for (size_t i = 0; i < pairs.count; i++) {
		const struct fps_answer *answer = &answers->all[pairs.all[i].answer];
		struct fps_clientresponse *outcome = &outcomes[pairs.all[i].incident];

		/* a request that was sent again has several lines in the error log, and one here */
		if (outcome->status == 0 && used[pairs.all[i].answer] < answer->attempts) {
			used[pairs.all[i].answer]++;
			outcome->status = answer->status;
			memcpy(outcome->upstream_status, answer->upstream_status, sizeof(outcome->upstream_status));
			outcome->is_complete = answer->is_complete;
			outcome->sent_again = used[pairs.all[i].answer] < answer->attempts;
		}
	}
	free(used);
	free(pairs.all);
}

static void free_answer(void *element)
{
	struct fps_answer *answer = element;

	free(answer->client);
	free(answer->method);
	free(answer->uri);
}

void fps_clientresponse_forget(struct fps_answers *answers, size_t most)
{
	answers->count = fps_alloc_keep_last(answers->all, answers->count, sizeof *answers->all, most, free_answer);
}

void fps_clientresponse_free(struct fps_answers *answers)
{
	fps_clientresponse_forget(answers, 0);
	free(answers->all);
	free(answers->keys);
	free(answers->bits);
	*answers = (struct fps_answers) {0};
}
