/* What the client got. */
#include "explain/outcome.h"

#include "base/alloc.h"
#include "log/accesslog.h"

#include <stdlib.h>
#include <string.h>

/* nginx's error log has 2,048 bytes for a line, and an URI that fills them is not whole */
#define CUT 1000

static int hex(const char *digits, size_t len)
{
	static const char known[] = "0123456789abcdef0123456789ABCDEF";
	const char *high = len >= 2 && digits[0] ? strchr(known, digits[0]) : NULL, *low = high && digits[1] ? strchr(known, digits[1]) : NULL;

	return low ? (int) ((high - known) % 16 * 16 + (low - known) % 16) : -1;
}

/* The next byte of a value that nginx has escaped: \" and \\ and \u00HH with escape=json, \xHH without. */
static int take_byte(struct fps_span *text)
{
	size_t len = 1;
	int byte = (unsigned char) text->at[0];

	if (byte == '\\' && text->len > 1) {
		size_t skipped = text->at[1] == 'x' ? 2 : text->at[1] == 'u' ? 4 : 1;

		byte = skipped == 1 ? (unsigned char) text->at[1] : text->len > skipped ? hex(text->at + skipped, text->len - skipped) : -1;
		len = skipped == 1 ? 2 : skipped + 2;
	}
	len = len < text->len ? len : text->len;
	text->at += len;
	text->len -= len;
	return byte;
}

/* Or as much of it as there is room for in a line of the error log. */
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

static bool fits(const struct fps_incident *incident, const struct fps_access *access)
{
	if (incident->status || (access->uri.at && !same_uri(access->uri, incident->uri, false) &&
		!(access->is_uri && same_uri(access->uri, incident->uri, true)))) {
		return false;
	}
	return access->connection >= 0 ||
		(fps_span_is(access->method, incident->method) && fps_span_is(access->client, incident->client));
}

/* "502, 200": the first worker did not answer, the second one did. How many did not? */
static size_t attempts_before_last(struct fps_span upstream)
{
	struct fps_span one;
	size_t count = 0;

	while (fps_span_take(&upstream, ", ", &one)) {
		count++;
	}
	return count;
}

/* The incident is of that attempt of the request, 0 being the first. */
static void set_outcome(struct fps_incident *incident, const struct fps_access *access, size_t attempt)
{
	const struct fps_span *upstream = &access->upstream_status;
	size_t len = upstream->len < sizeof(incident->upstream_status) ? upstream->len : sizeof(incident->upstream_status) - 1;

	incident->status = (int) access->status;
	if (len) {
		memcpy(incident->upstream_status, upstream->at, len);
	}
	incident->complete = access->declared >= 0 && access->declared == access->sent;
	incident->sent_again = incident->sent_again || attempt < attempts_before_last(access->upstream_status);
}


static int by_connection(const void *a, const void *b)
{
	const struct fps_incident *one = *(struct fps_incident *const *) a, *other = *(struct fps_incident *const *) b;

	if (one->connection != other->connection) {
		return one->connection < other->connection ? -1 : 1;
	}
	return one->number < other->number ? -1 : 1;
}

/* The first incident of a connection, or the one behind it. */
static size_t find_connection(const struct fps_answers *index, int64_t connection)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->by_connection[middle]->connection < connection) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool is_of(const struct fps_answers *index, size_t at, int64_t connection)
{
	return at < index->count && index->by_connection[at]->connection == connection;
}

static void set_by_connection(const struct fps_answers *index, size_t first, const struct fps_access *access)
{
	size_t attempt = 0;

	for (size_t at = first; is_of(index, at, access->connection); at++) {
		struct fps_incident *incident = index->by_connection[at];

		if ((access->pid < 0 || access->pid == incident->pid) && fits(incident, access)) {
			/* a request that was sent again has several lines in the error log, and one here */
			if (attempt > attempts_before_last(access->upstream_status)) {
				break;
			}
			set_outcome(incident, access, attempt++);
		}
	}
}

static void set_by_time(struct fps_incidents *incidents, const struct fps_access *access)
{
	size_t low = 0, high = incidents->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (incidents->all[middle].time < access->time - 2) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < incidents->count && incidents->all[low].time <= access->time + 2; low++) {
		if (fits(&incidents->all[low], access)) {
			set_outcome(&incidents->all[low], access, 0);
			return;
		}
	}
}

void fps_outcome_expect(struct fps_answers *answers, struct fps_incidents *incidents)
{
	answers->incidents = incidents;
	answers->count = incidents->count;
	answers->by_connection = fps_alloc_resize(answers->by_connection, incidents->count, sizeof(struct fps_incident *));
	for (size_t i = 0; i < incidents->count; i++) {
		answers->by_connection[i] = &incidents->all[i];
	}
	if (answers->count) {
		qsort(answers->by_connection, answers->count, sizeof(*answers->by_connection), by_connection);
	}
}

bool fps_outcome_add(struct fps_answers *answers, const struct fps_entry *entry)
{
	int64_t connection = fps_accesslog_connection(entry->text);
	size_t first = connection >= 0 ? find_connection(answers, connection) : 0;
	struct fps_access access;

	/* of nearly all requests there is nothing to tell, and nothing else in their lines matters */
	if (connection >= 0 && !is_of(answers, first, connection)) {
		return true;
	}
	if (!fps_accesslog_parse(entry->text, &access)) {
		return false;
	}
	if (access.connection >= 0) {
		set_by_connection(answers, first, &access);
	} else if (access.time >= 0) {
		set_by_time(answers->incidents, &access);
	}
	return true;
}
