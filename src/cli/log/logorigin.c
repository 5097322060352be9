/* A hash table of the writers of log lines. */
#include "log/logorigin.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_STREAMS = 1 << 16 };

static bool is_same_text(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool is_same(const struct fps_logorigin *one, const struct fps_logorigin *other)
{
	return one->pid == other->pid && is_same_text(one->host, other->host)
		&& is_same_text(one->container, other->container) && is_same_text(one->pod, other->pod)
		&& is_same_text(one->unit, other->unit) && is_same_text(one->output, other->output);
}

static size_t hash_of(const struct fps_logorigin *stream)
{
	const char *const texts[] = {stream->host, stream->container, stream->pod, stream->unit, stream->output};
	uint64_t hash = 14695981039346656037ULL ^ (uint64_t) stream->pid;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (const char *at = texts[i]; at && *at; at++) {
			hash = (hash ^ (unsigned char) *at) * 1099511628211ULL;
		}
		hash = (hash ^ 255) * 1099511628211ULL;
	}
	return (size_t) (hash ^ hash >> 29);
}

static void grow_table(struct fps_logorigins *streams)
{
	streams->slots = streams->slots ? streams->slots * 2 : 64;
	free(streams->table);
	streams->table = fps_alloc(streams->slots, sizeof(*streams->table));
	for (size_t i = 0; i < streams->count; i++) {
		size_t at = hash_of(streams->all[i]) & (streams->slots - 1);

		while (streams->table[at]) {
			at = (at + 1) & (streams->slots - 1);
		}
		streams->table[at] = i + 1;
	}
}

static const char *copy(const char *text)
{
	return text ? fps_alloc_copy((struct fps_span) {text, strlen(text)}, 0) : NULL;
}

static const struct fps_logorigin *add(struct fps_logorigins *streams, const struct fps_logorigin *like)
{
	struct fps_logorigin *stream = fps_alloc(1, sizeof(*stream));

	*stream = (struct fps_logorigin) {copy(like->host), copy(like->container), copy(like->pod), copy(like->unit),
		copy(like->output), like->pid, streams->count};
	if (streams->count == streams->room) {
		streams->room = streams->room ? streams->room * 2 : 16;
		streams->all = fps_alloc_resize(streams->all, streams->room, sizeof(*streams->all));
	}
	streams->all[streams->count++] = stream;
	return stream;
}

const struct fps_logorigin *fps_logorigin_intern(struct fps_logorigins *streams, const struct fps_logorigin *like)
{
	static const struct fps_logorigin unknown;
	size_t at;

	if (streams->count == 0) {
		add(streams, &unknown);
	}
	if (streams->slots < streams->count * 2) {
		grow_table(streams);
	}
	for (at = hash_of(like) & (streams->slots - 1); streams->table[at]; at = (at + 1) & (streams->slots - 1)) {
		if (is_same(streams->all[streams->table[at] - 1], like)) {
			return streams->all[streams->table[at] - 1];
		}
	}
	/* if each line has a process of its own, writers are no longer distinguished */
	if (streams->count == MAX_STREAMS) {
		return streams->all[0];
	}
	streams->table[at] = streams->count + 1;
	return add(streams, like);
}

void fps_logorigin_free(struct fps_logorigins *streams)
{
	for (size_t i = 0; i < streams->count; i++) {
		const struct fps_logorigin *stream = streams->all[i];
		const char *const texts[] = {stream->host, stream->container, stream->pod, stream->unit, stream->output};

		for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++) {
			free((char *) (uintptr_t) texts[n]);
		}
		free(streams->all[i]);
	}
	free(streams->all);
	free(streams->table);
	*streams = (struct fps_logorigins) {0};
}
