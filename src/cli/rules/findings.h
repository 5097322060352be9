/*
 * What the rules find, in words.
 */
#ifndef FPS_FINDINGS_H
#define FPS_FINDINGS_H

#include "output/incident_text.h"

/* A hint costs no request, but leaves without an explanation; a warning costs some when something comes; an error costs some. */
enum fps_severity { FPS_HINT, FPS_WARNING, FPS_ERROR };

struct fps_doctor;

struct fps_rule {
	const char *id; /* docs/rules/ID.md has more */
	enum fps_severity severity;
	const char *title;
	const char *why; /* two sentences */
	void (*look)(struct fps_doctor *doctor, const struct fps_rule *rule);
};

/* Where something stands: line 0 for none, file NULL for no place at all. Both texts are its own. */
struct fps_place {
	char *file;
	unsigned line;
	char *text; /* what stands there */
};

struct fps_finding {
	const struct fps_rule *rule;
	struct fps_place places[2]; /* that do not fit together; the second one may be none */
	struct fps_place *more;     /* where the first one stands as well */
	size_t more_count;
	char *fix;    /* lines to paste */
	char *fix_in; /* and where to */
};

struct fps_findings {
	struct fps_finding *all;
	size_t count;
	char **unseen; /* what could not be looked at, and why */
	size_t unseen_count;
};

/* Takes over all texts. What differs from a finding in its first place only is added to that. */
void fps_findings_add(struct fps_findings *findings, struct fps_finding finding);

/* Takes over the text. */
void fps_findings_unseen(struct fps_findings *findings, char *what);
void fps_findings_sort(struct fps_findings *findings);
void fps_findings_free(struct fps_findings *findings);

void fps_findings_text(FILE *out, const struct fps_style *style, const struct fps_findings *findings);

struct json_object;

/* A place as an object, and all findings as an array. */
struct json_object *fps_findings_place_json(const struct fps_place *place);
struct json_object *fps_findings_json(const struct fps_findings *findings);

void fps_place_free(struct fps_place *place);

#endif
