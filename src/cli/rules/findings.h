/*
 * What the rules find.
 */
#ifndef FPS_FINDINGS_H
#define FPS_FINDINGS_H

#include "rules/place.h"

/*
 * A hint costs no request, but leaves without an explanation; a warning costs some when something comes; an error costs
 * some.
 */
enum fps_severity { FPS_HINT, FPS_WARNING, FPS_ERROR };

/* What a rule is to look at, one after the other. */
enum fps_scope {
	FPS_SCOPE_SERVER, /* the whole server, once */
	FPS_SCOPE_FPM,    /* FPM's [global], once, where FPM was looked at */
	FPS_SCOPE_POOL,   /* each pool */
	FPS_SCOPE_PASS,   /* each fastcgi_pass with each pool that it leads to */
	FPS_SCOPE_USER    /* the same, and the pools that none leads to: who uses PHP's settings */
};

struct fps_doctor;

/* One function a rule. */
typedef void fps_rule_look(struct fps_doctor *doctor);

/* "hint", "warning", "error". */
const char *fps_findings_severity(enum fps_severity severity);

struct fps_rule {
	const char *id; /* docs/rules/ID.md has more */
	enum fps_severity severity;
	enum fps_scope scope;
	fps_rule_look *look;
	const char *title;
	const char *why; /* two sentences */
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
	const struct fps_rule *rule; /* which looks now */
};

/*
 * Adds a finding of the rule that looks now: the place, and another one that does not fit (fps_place_none() if there is
 * none), where the fix is to be put (NULL: nowhere in particular), and the fix. Takes ownership of all texts. What
 * differs from a finding in its first place only is added to that.
 */
__attribute__((format(printf, 5, 6))) void fps_findings_found(
	struct fps_findings *findings, struct fps_place one, struct fps_place other, char *fix_in, const char *fix, ...);

void fps_findings_sort(struct fps_findings *findings);
void fps_findings_free(struct fps_findings *findings);

#endif
