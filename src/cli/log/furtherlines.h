/*
 * Texts of several lines that were taken out of an envelope, such as a command's output within a document: the first
 * line is taken apart at once, the further ones wait here. Each may have envelopes of its own.
 */
#ifndef FPS_FURTHERLINES_H
#define FPS_FURTHERLINES_H

#include "log/wrappedline.h"

enum { FPS_FURTHERLINES_DEPTH = 4 };

struct fps_furtherlines_text;

/* Zeros to begin with. A line of a text may hold such a text: the innermost one is the last. */
struct fps_furtherlines {
	struct fps_furtherlines_text *texts[FPS_FURTHERLINES_DEPTH];
	size_t count;
};

/* Cuts the text behind its first line, and keeps the others. */
void fps_furtherlines_put(struct fps_furtherlines *lines, struct fps_wrappedline *wrapped);

/* The next line, with the labels of its text: in a buffer. False if there is none. */
bool fps_furtherlines_next(
	struct fps_furtherlines *lines, struct fps_buffers *buffers, struct fps_wrappedline *wrapped);

/* Drops texts until that many are left. */
void fps_furtherlines_drop(struct fps_furtherlines *lines, size_t count);

#endif
