/*
 * A JSON document that is not an envelope itself: it contains objects and strings that are.
 */
#ifndef FPS_JSONDOCUMENT_H
#define FPS_JSONDOCUMENT_H

#include "log/wrappedline.h"

struct fps_jsondocument_line;

/* Zeros to begin with. */
struct fps_jsondocument {
	char *copy;           /* of a document that stood in a buffer */
	struct fps_span rest; /* NULL: there is none */
	size_t looks;         /* how many more bytes of objects may be looked at: objects may be deep */
	/* The position of `rest` in it: */
	uint64_t brackets; /* a bit for each open bracket, the innermost one lowest: 1 for a list */
	uint64_t member;   /* counts the values of objects */
	uint64_t name;     /* hash of the member's name */
	/* the same for a member in which an entry was found, also in an earlier document: everything else there is a line
	 */
	uint64_t of_entries;
	/* lines that were returned, so that a text that is also there as a list of lines counts once */
	struct fps_jsondocument_line *seen;
};

/* Whether the text may contain an entry, or a line of one: cheap. */
bool fps_jsondocument_mentions(const struct fps_jsondocument *document, struct fps_span text);

/* Starts within that object, which must stay valid unless it is in a buffer. */
void fps_jsondocument_open(struct fps_jsondocument *document, struct fps_span text, const struct fps_buffers *buffers);

/*
 * The next object with a message, or the next string that contains an entry. False if there is none: then the document
 * is closed.
 */
bool fps_jsondocument_next(
	struct fps_jsondocument *document, struct fps_buffers *buffers, struct fps_wrappedline *wrapped);

void fps_jsondocument_close(struct fps_jsondocument *document);

#endif
