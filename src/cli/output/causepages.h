/*
 * What `fpmsentinel explain` says about each cause: the pages of docs/causes, which are built into the program.
 */
#ifndef FPS_CAUSEPAGES_H
#define FPS_CAUSEPAGES_H

#include "base/terminal.h"

struct json_object;

struct fps_causepage {
	const char *name;  /* "segfault", or "test-server", which is no cause */
	const char *words; /* one sentence, of causes.def; NULL: the page is of no cause */
	const char *text;  /* Markdown */
};

/* In the order of causes.def; NULL behind the last one. */
const struct fps_causepage *fps_causepages_at(size_t number);

/*
 * The page that a word names: its name, also with `-` for `_`, a prefix of it that no other has, or a defect,
 * "segfault-0f42f054". NULL: none, or several.
 */
const struct fps_causepage *fps_causepages_find(const char *word);

/* Whether its name begins so. */
bool fps_causepages_begins(const struct fps_causepage *page, const char *word);

/* For a terminal: the title, the sections, tables as fields. */
void fps_causepages_print(FILE *out, const struct fps_style *style, const struct fps_causepage *page);

/* {"causes": [{"cause", "meaning"}]}. The caller releases it. */
struct json_object *fps_causepages_json(void);

/* One of these, with the sections in Markdown by their titles: "what_it_is". The caller releases it. */
struct json_object *fps_causepages_json_of(const struct fps_causepage *page);

#endif
