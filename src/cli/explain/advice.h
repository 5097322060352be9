/*
 * Describes causes in words, with advice for whoever runs the server.
 */
#ifndef FPS_ADVICE_H
#define FPS_ADVICE_H

#include "explain/verdict.h"

struct fps_advice {
	const char *cause;
	const char *meaning; /* what happened; NULL: see fps_advice_meaning() */
	const char *change;  /* what to change */
	const char *avoid;   /* what does not help, or NULL: see fps_advice_avoid() */
};

/*
 * Never NULL. `subcase` comes from a verdict; `written` is what the worker wrote to standard error before it died. They
 * and the record may be NULL.
 */
const struct fps_advice *fps_advice_of(
	const char *cause, const char *subcase, const struct fps_record *record, const char *written);

/* The name of a subcase, of a cause or of another subcase: "killed" and "log" give "killed/log". NULL: there is none.
 */
const char *fps_advice_subcase(const char *cause, const char *kind);

/* What happened. */
const char *fps_advice_meaning(const struct fps_advice *of);

/* What does not help, NULL if nothing is known. Never rules out a limit that has ended the request. */
const char *fps_advice_avoid(const struct fps_advice *of, const struct fps_record *record);

/* The causes that can explain a failure, and "unexplained"; the last one is NULL. */
extern const char *const fps_advice_causes[];

/* Whether the tool knows a cause of that name. */
bool fps_advice_knows(const char *cause);

/*
 * What the client got where PHP ended the request, as far as the access log, the record or the web server's entry say;
 * empty for other causes. No entry: `explained` is NULL; no record: `record` is.
 */
void fps_advice_answer(
	const char *cause, const struct fps_record *record, const struct fps_explained *explained, char *text, size_t size);

/* How close this request came to its limits, in words; empty if its record does not say. */
void fps_advice_measure(const struct fps_record *record, char *text, size_t size);

/* The value that follows from the record for a directive; empty if none does. */
void fps_advice_value(const struct fps_verdict *verdict, const struct fps_record *record, char *text, size_t size);

#endif
