/*
 * Where a setting stands, and where a line is to be put.
 */
#ifndef FPS_PLACE_H
#define FPS_PLACE_H

#include "rules/effective.h"

/* Line 0 for none, file NULL for no place at all. Both texts are its own. */
struct fps_place {
	char *file;
	unsigned line;
	char *text; /* what stands there */
};

/* Where that setting stands; if it is nginx's default, the fastcgi_pass or upstream. */
struct fps_place fps_place_of(struct fps_effective is);
struct fps_place fps_place_directive(const struct fps_directive *directive);
struct fps_place fps_place_none(void);

__attribute__((format(printf, 2, 3))) struct fps_place fps_place_file(const char *file, const char *format, ...);
void fps_place_free(struct fps_place *place);

/* A place within a directive's line, for a word of it. */
char *fps_place_in_words(const struct fps_directive *directive);

/*
 * Where a line that sets something is to be put, or which line it replaces: "FILE, [pool]", "FILE:LINE, in place of
 * that line". The caller frees it, or gives it to fps_findings_found().
 */
char *fps_place_in(struct fps_effective is);

/* The same as a place: where the setting stands that is replaced, or what the line is put beside. */
struct fps_place fps_place_at(struct fps_effective is);
const struct fps_directive *fps_place_beside_of(const struct fps_pass *pass);
char *fps_place_beside(const struct fps_pass *pass); /* where more of its parameters are to be put */
char *fps_place_in_unit(const struct fps_server *server);

#endif
