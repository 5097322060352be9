/*
 * Findings of the rules.
 */
#ifndef FPS_FINDINGS_H
#define FPS_FINDINGS_H

#include "rules/settingplace.h"

/*
 * Hint: loses no request, but a failure may stay unexplained. Warning: loses requests under load, a crash or a restart.
 * Error: loses requests in normal operation.
 */
enum fps_severity { FPS_HINT, FPS_WARNING, FPS_ERROR };

/* What a rule looks at, one item at a time. */
enum fps_scope {
	FPS_SCOPE_SERVER, /* the whole server, once */
	FPS_SCOPE_FPM,    /* FPM's [global], once, if FPM was looked at */
	FPS_SCOPE_POOL,   /* each pool */
	FPS_SCOPE_PASS,   /* each fastcgi_pass with each pool that it leads to */
	FPS_SCOPE_APACHE, /* the same for Apache */
	FPS_SCOPE_USER    /* the same, and the pools that no fastcgi_pass leads to: everything that uses PHP's settings */
};

struct fps_doctor;

/* Each rule is one function. */
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
	bool once;       /* the rule judges what has happened, which the plan does not change */
};

/* The whole line with a fix in it, if other directives share it, and where it goes. Otherwise NULL. */
struct fps_wholeline {
	char *text;
	char *in;
};

struct fps_finding {
	const struct fps_rule *rule;
	struct fps_place places[2]; /* two places that do not fit together; the second may be empty */
	struct fps_place *more;     /* other places that need the same change */
	size_t more_count;
	char *fix;    /* lines to paste */
	char *fix_in; /* and where to */
	struct fps_wholeline line, *more_lines;
	size_t line_count; /* of more_lines: as many as places */
	bool sets;         /* the lines set something: what `target` names, and others beside it */
	bool adds;         /* they are put beside what `target` names, whatever is there */
	bool words;        /* "name=value" is a word of the directive that `target` names */
	struct fps_effective target;
	struct fps_place at; /* where that is set */
	size_t number;       /* the order in which they were found */
};

struct fps_findings {
	struct fps_finding *all;
	size_t count;
	const struct fps_rule *rule; /* the rule that is running */
};

/*
 * Adds a finding of the rule that is running: its place, a second place that does not fit (or fps_settingplace_none()),
 * where to put the fix (NULL: no particular place), and the fix. Takes ownership of all texts.
 */
__attribute__((format(printf, 5, 6))) void fps_findings_found(
	struct fps_findings *findings, struct fps_place one, struct fps_place other, char *fix_in, const char *fix, ...);

/*
 * The same for a fix whose lines set `target`, as "name = value" or nginx's "name value;". Such a fix is part of the
 * plan.
 */
__attribute__((format(printf, 5, 6))) void fps_findings_set(struct fps_findings *findings, struct fps_place one,
	struct fps_place other, struct fps_effective target, const char *fix, ...);

/* The same for lines of nginx that go behind a directive, next to others of the same name. */
void fps_findings_beside(struct fps_findings *findings, struct fps_place one, char *fix_in,
	const struct fps_directive *beside, const char *fix);

/* The same for a word, "name=value", of one of Apache's directives, which is where it is. */
__attribute__((format(printf, 5, 6))) void fps_findings_word(struct fps_findings *findings, struct fps_place one,
	struct fps_place other, const struct fps_directive *directive, const char *fix, ...);

/* Appends it to others. Takes ownership of what it holds. */
void fps_findings_add(struct fps_findings *findings, const struct fps_finding *finding);

/* Where it is to be set, or where it was seen; the file is NULL if it has no place. */
const struct fps_place *fps_findings_place(const struct fps_finding *finding);

/* How the fix is to be put there: ", in place of that line". Borrowed from the finding; empty: as one more line. */
struct fps_span fps_findings_manner(const struct fps_finding *finding);

/* What a hundred sites may have alike: a setting of FPM's without its pool, a fastcgi_pass without its address. */
const char *fps_findings_without_site(const char *text);

/* Makes one of those that differ in their places only. */
void fps_findings_merge(struct fps_findings *findings);

/* Adds to merged findings, after where the fix goes, that the other places need it too. */
void fps_findings_likewise(struct fps_findings *findings);

/* Removes the plan's lines if a program refuses them. */
void fps_findings_withdraw(struct fps_findings *findings);

void fps_findings_sort(struct fps_findings *findings);
void fps_findings_free_one(struct fps_finding *finding);
void fps_findings_free(struct fps_findings *findings);

#endif
