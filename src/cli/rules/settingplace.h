/*
 * Where a setting is, and where to put a line.
 */
#ifndef FPS_SETTINGPLACE_H
#define FPS_SETTINGPLACE_H

#include "rules/effective.h"

/* Line 0: no line; file NULL: no place. Owns both texts. */
struct fps_place {
	char *file;
	unsigned line;
	char *text; /* the text there */
};

/* Where the setting is; for a default of nginx, the fastcgi_pass or upstream. */
struct fps_place fps_settingplace_of(struct fps_effective is);
struct fps_place fps_settingplace_directive(const struct fps_directive *directive);
struct fps_place fps_settingplace_none(void);

__attribute__((format(printf, 2, 3))) struct fps_place fps_settingplace_file(const char *file, const char *format, ...);
void fps_settingplace_free(struct fps_place *place);

/* A place within a directive's line, pointing at one word of it. */
char *fps_settingplace_in_words(const struct fps_directive *directive);

/*
 * Where to put a line that sets something, or which line it replaces: "FILE, [pool]", "FILE:LINE, in place of that
 * line". The caller frees it, or passes it to fps_findings_found().
 */
char *fps_settingplace_in(struct fps_effective is);

/* The same as a place: the setting to replace, or what to put the line beside. */
struct fps_place fps_settingplace_at(struct fps_effective is);
const struct fps_directive *fps_settingplace_beside_of(const struct fps_pass *pass);
char *fps_settingplace_beside(const struct fps_pass *pass); /* where to put further parameters of it */
char *fps_settingplace_in_unit(const struct fps_server *server);

#endif
