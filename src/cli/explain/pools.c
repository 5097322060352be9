/* Distinguishes pools and sockets by records and by names. */
#include "explain/pools.h"

#include "base/alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* With more of them nothing is compared: then nothing is a match. */
enum { MAX_KNOWN = 200, FPM_PORT = 9000, SLOTS = 1024 };

struct fps_pools_known {
	bool is_used;
	uint64_t place; /* of the incident */
	const char *pool;
	size_t log;
	const struct fps_logorigin *stream;
	enum fps_pool_fit fit;
};

static bool is_known_listen(const struct fps_pools *pools, const struct fps_record *record)
{
	for (size_t i = 0; i < pools->record_count; i++) {
		if (strcmp(pools->records[i]->pool, record->pool) == 0
			&& strcmp(pools->records[i]->listen, record->listen) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_known_upstream(const struct fps_pools *pools, const struct fps_incident *incident)
{
	for (size_t i = 0; i < pools->incident_count; i++) {
		if (strcmp(pools->incidents[i]->upstream, incident->upstream) == 0) {
			return true;
		}
	}
	return false;
}

struct fps_pools fps_pools_of(
	const struct fps_incidents *incidents, const struct fps_recordindex *records, const struct fps_fpm_log *fpm)
{
	struct fps_pools pools = {.fpm = fpm,
		.records = fps_alloc(MAX_KNOWN, sizeof(*pools.records)),
		.incidents = fps_alloc(MAX_KNOWN, sizeof(*pools.incidents)),
		.known = fps_alloc(SLOTS, sizeof(*pools.known))};

	for (size_t i = 0; i < records->count && fpm->log_count && pools.record_count < MAX_KNOWN; i++) {
		const struct fps_record *record = &records->all[i];

		if (record->pool && record->listen && !is_known_listen(&pools, record)) {
			pools.records[pools.record_count++] = record;
		}
	}
	for (size_t i = 0; i < incidents->count && fpm->log_count && pools.incident_count < MAX_KNOWN; i++) {
		const struct fps_incident *incident = &incidents->all[i];

		if (incident->address.kind != FPS_ADDRESS_NONE && !is_known_upstream(&pools, incident)) {
			pools.incidents[pools.incident_count++] = incident;
		}
	}
	return pools;
}

void fps_pools_free(struct fps_pools *pools)
{
	free(pools->records);
	free(pools->incidents);
	free(pools->known);
}

/* A name occurs in a text as a separate word; all separators are equal. */
static bool has_word(const char *text, size_t size, const char *word)
{
	size_t len = strlen(word);

	for (size_t at = 0; at + len <= size; at++) {
		size_t i = 0;

		while (i < len
			&& (tolower((unsigned char) text[at + i]) == tolower((unsigned char) word[i])
				|| (!isalnum((unsigned char) text[at + i]) && !isalnum((unsigned char) word[i])
					&& text[at + i] != '/'))) {
			i++;
		}
		if (i == len && (at == 0 || !isalnum((unsigned char) text[at - 1]))
			&& (at + len == size || !isalnum((unsigned char) text[at + len]))) {
			return true;
		}
	}
	return false;
}

/* Consists only of what packages and images use: "www", "php8.2-fpm.sock". */
static bool is_usual(const char *name, size_t len)
{
	static const char *const words[] = {"www", "default", "php", "fpm", "phpfpm", "fastcgi", "sock", "socket", ""};
	size_t at = 0;

	while (at < len) {
		char word[16] = "";
		size_t letters = 0, i = 0;

		for (; at < len && isalnum((unsigned char) name[at]); at++) {
			if (isalpha((unsigned char) name[at])) {
				word[letters < sizeof(word) - 1 ? letters++ : letters] = (char) tolower((unsigned char) name[at]);
			}
		}
		while (i < sizeof(words) / sizeof(words[0]) && strcmp(words[i], word) != 0) {
			i++;
		}
		if (i == sizeof(words) / sizeof(words[0])) {
			return false;
		}
		at++;
	}
	return len > 0;
}

/* "shop.example", but neither "php8.2" nor "www.sock". */
static bool is_domain(const char *name, size_t len)
{
	const char *dot = memrchr(name, '.', len);
	size_t end = dot ? len - (size_t) (dot + 1 - name) : 0, i = 0;

	while (i < end && isalpha((unsigned char) dot[1 + i])) {
		i++;
	}
	return end >= 2 && i == end && dot != name && strncmp(dot, ".sock", 5) != 0;
}

/* A directory or file in the path that is named after a site; its length, 0 if there is none. */
static size_t find_domain(const char *path, const char **found)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (is_domain(path, len)) {
			*found = path;
			return len;
		}
		path += len + (path[len] == '/');
	}
	return 0;
}

/* "8.2" of "php8.2-fpm.sock", "/opt/remi/php82/…", "fpm-7.4.log" as 82, 82, 74; 0: none. */
static int version_in(const char *name)
{
	for (const char *at = name; at && *at; at++) {
		bool php = strncasecmp(at, "php", 3) == 0;
		const char *digit = at + 3;

		if (!php && strncasecmp(at, "fpm", 3) != 0) {
			continue;
		}
		digit += *digit == '-' || *digit == '.' || *digit == '_';
		if (digit[0] < '5' || digit[0] > '9') {
			continue;
		}
		if (isdigit((unsigned char) digit[1]) && php && !isdigit((unsigned char) digit[2])) {
			return (digit[0] - '0') * 10 + digit[1] - '0';
		}
		if (digit[1] == '.' && isdigit((unsigned char) digit[2])) {
			return (digit[0] - '0') * 10 + digit[2] - '0';
		}
	}
	return 0;
}

static bool is_usual_address(const struct fps_address *address)
{
	const char *domain, *slash = address->name ? strrchr(address->name, '/') : NULL;
	const char *base = slash ? slash + 1 : address->name;

	if (address->kind != FPS_ADDRESS_PATH) {
		return address->port == FPM_PORT;
	}
	return base && find_domain(address->name, &domain) == 0 && is_usual(base, strlen(base));
}

static bool is_site_of(const char *pool, const char *host)
{
	size_t len = strcspn(host, ":"), own = strlen(pool);

	return own && len >= own && strncasecmp(host + len - own, pool, own) == 0
		&& (len == own || host[len - own - 1] == '.');
}

/* By names alone; sets `usual` if the match consists only of common names. */
static enum fps_pool_fit fit_of_names(const char *pool, const struct fps_incident *incident, bool *usual)
{
	const struct fps_address *address = &incident->address;
	const char *domain;

	*usual = false;
	if (is_usual(pool, strlen(pool))) {
		*usual = is_usual_address(address);
		return *usual ? FPS_POOL_MATCH : FPS_POOL_UNKNOWN;
	}
	if (address->name && has_word(address->name, strlen(address->name), pool)) {
		return FPS_POOL_MATCH;
	}
	if (address->kind == FPS_ADDRESS_PATH && address->name && is_domain(pool, strlen(pool))
		&& find_domain(address->name, &domain)) {
		return FPS_POOL_OTHER;
	}
	return is_domain(pool, strlen(pool)) && is_site_of(pool, incident->host) ? FPS_POOL_MATCH : FPS_POOL_UNKNOWN;
}

/* By the addresses in records of such a pool. */
static enum fps_pool_fit fit_of_records(
	const struct fps_pools *pools, const char *pool, const struct fps_incident *incident)
{
	enum fps_pool_fit found = FPS_POOL_UNKNOWN;

	for (size_t i = 0; i < pools->record_count; i++) {
		const struct fps_address *address = &pools->records[i]->address;
		enum fps_fit fit = fps_address_fit(&incident->address, address);

		if (strcmp(pools->records[i]->pool, pool) != 0) {
			continue;
		}
		if (fit <= FPS_FIT_LIKELY) {
			return FPS_POOL_MATCH;
		}
		found = fit == FPS_FIT_OTHER && !fps_address_may_lead(&incident->address, address) ? FPS_POOL_OTHER : found;
	}
	return found;
}

bool fps_pools_other_version(const struct fps_pools *pools, size_t log, const char *name)
{
	int one = version_in(pools->fpm->logs[log].name), other = version_in(name);

	return one && other && one != other;
}

/*
 * Whether a match of common names could as well belong to another one: there are several such upstreams, or several
 * FPMs with a pool of that name.
 */
static bool is_common(const struct fps_pools *pools, size_t log, const char *pool, const struct fps_incident *incident)
{
	size_t upstreams = 0;

	for (size_t i = 0; i < pools->incident_count; i++) {
		const struct fps_address *address = &pools->incidents[i]->address;

		upstreams += is_usual_address(address) && !fps_pools_other_version(pools, log, address->name);
	}
	for (size_t i = 0; i < pools->fpm->log_count; i++) {
		const struct fps_fpm_one *one = &pools->fpm->logs[i];
		bool may_be = i != log && !fps_pools_other_version(pools, i, incident->address.name);

		for (size_t k = 0; may_be && k < one->pool_count; k++) {
			if (strcmp(one->pools[k], pool) == 0) {
				return true;
			}
		}
	}
	return upstreams > 1;
}

/* One socket has one pool. */
static bool has_another_pool(const struct fps_pools *pools, const char *pool, const struct fps_incident *incident)
{
	bool usual;

	for (size_t i = 0; i < pools->fpm->log_count; i++) {
		const struct fps_fpm_one *one = &pools->fpm->logs[i];

		for (size_t k = 0; k < one->pool_count; k++) {
			if (strcmp(one->pools[k], pool) != 0
				&& (fit_of_records(pools, one->pools[k], incident) == FPS_POOL_MATCH
					|| fit_of_names(one->pools[k], incident, &usual) == FPS_POOL_MATCH)) {
				return true;
			}
		}
	}
	return false;
}

/* One pool has one socket. */
static bool has_another_socket(const struct fps_pools *pools, const char *pool)
{
	bool usual;

	for (size_t i = 0; i < pools->incident_count; i++) {
		if (fit_of_names(pool, pools->incidents[i], &usual) == FPS_POOL_MATCH) {
			return true;
		}
	}
	return false;
}

static enum fps_pool_fit find_fit(
	const struct fps_pools *pools, size_t log, const char *pool, const struct fps_incident *incident)
{
	enum fps_pool_fit fit;
	bool usual, elsewhere = fps_incidents_elsewhere(pools->fpm->logs[log].stream, incident->stream);

	if (fps_pools_other_version(pools, log, incident->address.name)
		|| (elsewhere && fps_address_is_local(&incident->address))) {
		return FPS_POOL_OTHER;
	}
	if (pool == NULL || elsewhere || incident->address.kind == FPS_ADDRESS_NONE) {
		return FPS_POOL_UNKNOWN;
	}
	fit = fit_of_records(pools, pool, incident);
	if (fit != FPS_POOL_UNKNOWN) {
		return fit;
	}
	fit = fit_of_names(pool, incident, &usual);
	if (fit == FPS_POOL_MATCH && usual && is_common(pools, log, pool, incident)) {
		return FPS_POOL_UNKNOWN;
	}
	if (fit == FPS_POOL_UNKNOWN && (has_another_pool(pools, pool, incident) || has_another_socket(pools, pool))) {
		return FPS_POOL_OTHER;
	}
	return fit;
}

enum fps_pool_fit fps_pools_fit(
	const struct fps_pools *pools, size_t log, const char *pool, const struct fps_incident *incident)
{
	size_t slot =
		(size_t) (incident->place + (uintptr_t) pool / 16 + log * 7 + (uintptr_t) incident->stream / 16) % SLOTS;
	struct fps_pools_known *known = &pools->known[slot];

	if (!known->is_used || known->place != incident->place || known->pool != pool || known->log != log
		|| known->stream != incident->stream) {
		*known = (struct fps_pools_known) {
			.is_used = true,
			.place = incident->place,
			.pool = pool,
			.log = log,
			.stream = incident->stream,
			.fit = find_fit(pools, log, pool, incident),
		};
	}
	return known->fit;
}

enum fps_pool_fit fps_pools_fit_any(const struct fps_pools *pools, size_t log, const struct fps_incident *incident)
{
	const struct fps_fpm_one *one = &pools->fpm->logs[log];
	enum fps_pool_fit best = one->pool_count ? FPS_POOL_OTHER : fps_pools_fit(pools, log, NULL, incident);

	for (size_t i = 0; i < one->pool_count; i++) {
		enum fps_pool_fit fit = fps_pools_fit(pools, log, one->pools[i], incident);

		best = fit < best ? fit : best;
	}
	for (size_t i = 0; i < one->socket_count && best != FPS_POOL_OTHER; i++) {
		struct fps_address address = fps_address_of_listen(one->sockets[i]);

		best = fps_address_fit(&incident->address, &address) <= FPS_FIT_LIKELY ? FPS_POOL_MATCH : best;
		fps_address_free(&address);
	}
	return best;
}

enum fps_pool_fit fps_pools_fit_kernel(
	const struct fps_kernelsystemdevents_kernel *event, const struct fps_incident *incident)
{
	int process = version_in(event->process), cgroup = version_in(event->cgroup), own = process ? process : cgroup,
		other = version_in(incident->address.name);

	return (own && other && own != other)
			|| (fps_incidents_elsewhere(event->stream, incident->stream) && fps_address_is_local(&incident->address))
		? FPS_POOL_OTHER
		: FPS_POOL_UNKNOWN;
}

enum fps_pool_fit fps_pools_fit_unit(
	const char *unit, const struct fps_logorigin *stream, const struct fps_incident *incident)
{
	int one = version_in(unit), other = version_in(incident->address.name);

	if ((one && other && one != other)
		|| (fps_incidents_elsewhere(stream, incident->stream) && fps_address_is_local(&incident->address))) {
		return FPS_POOL_OTHER;
	}
	return one && one == other ? FPS_POOL_MATCH : FPS_POOL_UNKNOWN;
}
