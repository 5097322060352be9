/* Reads NGINX Plus's error log in JSON. */
#include "log/nginxjson.h"

#include "log/oserror.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How far the first keys reach. */
enum { LOOK_AHEAD = 160 };

bool fps_nginxjson_begins(const char *line, size_t len)
{
	struct fps_span head = {line, len < LOOK_AHEAD ? len : LOOK_AHEAD};

	return fps_span_begins(head, "{") && fps_span_find(head, "\"level\"") && fps_span_find(head, "\"pid\"")
		&& fps_span_find(head, "\"tid\"");
}

struct room {
	char *at;
	size_t left;
};

/* Copies the value, as far as there is room; ignores one that is not text. */
static struct fps_span keep(struct room *room, const char *text, size_t len)
{
	struct fps_span kept = {room->at, len < room->left ? len : room->left};

	memcpy(room->at, text, kept.len);
	room->at += kept.len;
	room->left -= kept.len;
	return kept;
}

static struct fps_span text_of(struct json_object *object, const char *key, struct room *room)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string)) {
		return (struct fps_span) {NULL, 0};
	}
	return keep(room, json_object_get_string(value), (size_t) json_object_get_string_len(value));
}

static int64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_int64(value) : 0;
}

/* "+02:00" in seconds; nothing else is an offset. */
static int64_t offset_of(struct fps_span zone)
{
	int64_t hours, minutes;
	bool is_west = fps_span_begins(zone, "-");

	if ((!fps_span_skip(&zone, "-") && !fps_span_skip(&zone, "+")) || !fps_span_number(&zone, &hours)
		|| !fps_span_skip(&zone, ":") || !fps_span_number(&zone, &minutes) || hours > 15 || minutes > 59) {
		return 0;
	}
	return (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/* "2026-05-13T10:30:15.042+00:00" */
static int64_t time_of(struct json_object *object)
{
	struct json_object *value;
	struct tm tm = {0};
	const char *end;

	if (!json_object_object_get_ex(object, "timestamp", &value) || !json_object_is_type(value, json_type_string)) {
		return -1;
	}
	end = strptime(json_object_get_string(value), "%Y-%m-%dT%H:%M:%S", &tm);
	if (end == NULL) {
		return -1;
	}
	end += strcspn(end, "+-Z");
	return (int64_t) timegm(&tm) - offset_of((struct fps_span) {end, strlen(end)});
}

/* The message as in a text log: with its errno. */
static struct fps_span message_of(struct json_object *object, struct room *room)
{
	struct fps_span message = text_of(object, "msg", room);
	int64_t number = number_of(object, "errno");
	char digits[32];

	if (message.at != NULL && number > 0) {
		keep(room, digits, (size_t) snprintf(digits, sizeof(digits), " (%d: ", (int) number));
		text_of(object, "errtext", room);
		keep(room, ")", 1);
		message.len = (size_t) (room->at - message.at);
	}
	return message;
}

static void fill(struct json_object *object, struct room *room, struct fps_errorlog_entry *line)
{
	struct fps_span request = text_of(object, "request", room);

	line->message = message_of(object, room);
	line->pid = number_of(object, "pid");
	line->connection = number_of(object, "cnum");
	line->client = text_of(object, "client", room);
	line->server = text_of(object, "server", room);
	line->upstream = text_of(object, "upstream", room);
	line->host = text_of(object, "host", room);
	line->request_id = text_of(object, "request_id", room);
	line->is_subrequest = text_of(object, "subrequest", room).at != NULL;
	line->is_cut = number_of(object, "truncated") > 0;
	if (fps_span_take(&request, " ", &line->method)) {
		line->uri = fps_errorlog_target(request);
	}
}

enum fps_errorlog_kind fps_nginxjson_parse(
	struct fps_span entry, char room[FPS_NGINXJSON_ROOM], struct fps_errorlog_entry *line)
{
	enum fps_errorlog_kind what = FPS_ERRORLOG_GARBAGE;
	struct room left = {room, FPS_NGINXJSON_ROOM};
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = tokener ? json_tokener_parse_ex(tokener, entry.at, (int) entry.len) : NULL;

	*line = (struct fps_errorlog_entry) {.time = -1};
	if (object != NULL && json_object_is_type(object, json_type_object)) {
		line->time = time_of(object);
		fill(object, &left, line);
	}
	if (line->time >= 0 && line->message.at != NULL) {
		what = line->connection > 0 ? fps_errorlog_judge(line, text_of(object, "level", &left)) : FPS_ERRORLOG_OTHER;
	}
	json_object_put(object);
	if (tokener != NULL) {
		json_tokener_free(tokener);
	}
	return what;
}
