/*
 * A JSON object around a line, as log drivers, shippers and exports of log services write it. For CSV and logfmt see
 * csvlogfmt.h.
 */
#ifndef FPS_JSONENVELOPE_H
#define FPS_JSONENVELOPE_H

#include "log/wrappedline.h"

/*
 * Takes the line out of the object that the text begins with, and its labels from the other members. A record of ours
 * within another object is taken out unchanged. False if the object contains neither.
 */
bool fps_jsonenvelope_take_json(struct fps_wrappedline *wrapped, char *buffer);

/* Takes a JSON string, whose opening quote has been taken, up to and including its closing quote. */
void fps_jsonenvelope_take_string(struct fps_span *text, struct fps_span *string);

/* Unescapes the content of a JSON string, which never becomes longer. Returns its length. */
size_t fps_jsonenvelope_unescape(struct fps_span string, char *to);

/* Whether the object that the text begins with is a record of ours. */
bool fps_jsonenvelope_is_record(struct fps_span object);

/* Whether a record of ours is anywhere in the text, whatever surrounds it. */
bool fps_jsonenvelope_mentions_record(struct fps_span text);

/* Sets a label from a named value in an export; does nothing if the name is not that of a label. */
void fps_jsonenvelope_label(struct fps_wrappedline *wrapped, struct fps_span name, struct fps_span value);

#endif
