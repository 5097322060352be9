/*
 * A document of JSON that is no envelope by itself: objects and strings somewhere within it are.
 */
#ifndef FPS_JSONDOCUMENT_H
#define FPS_JSONDOCUMENT_H

#include "log/wrappedline.h"

struct fps_jsondocument_line;

/* Zeros to begin with. */
struct fps_jsondocument {
	char *copy;           /* of a document that stood in a buffer */
	struct fps_span rest; /* NULL: there is none */
	size_t looks;         /* how many bytes of objects may still be looked at: objects may be deep */
	/* where in it `rest` is */
	uint64_t brackets; /* a bit for each that is open, the innermost one lowest: 1 for a list */
	uint64_t member;   /* counts the values of objects */
	uint64_t name;     /* hash of the member's */
	/* the same of a member that an entry was found in, also in a document before: what else stands there is a line */
	uint64_t of_entries;
	/* lines that were given out, so that what stands there as a text and as a list of lines counts once */
	struct fps_jsondocument_line *seen;
};

/* Whether an entry may stand in the text, or a line of one: cheap. */
bool fps_jsondocument_mentions(const struct fps_jsondocument *document, struct fps_span text);

/* Begins within that object, which has to stay unless it is in a buffer. */
void fps_jsondocument_open(struct fps_jsondocument *document, struct fps_span text, const struct fps_buffers *buffers);

/*
 * The next object with a message, or the next string that an entry stands in. False if there is none: the document is
 * closed then.
 */
bool fps_jsondocument_next(
	struct fps_jsondocument *document, struct fps_buffers *buffers, struct fps_wrappedline *wrapped);

void fps_jsondocument_close(struct fps_jsondocument *document);

#endif
