/*
 * Where a setting stands, and where a line is to be put.
 */
#ifndef FPS_SETTINGPLACE_H
#define FPS_SETTINGPLACE_H

#include "rules/effective.h"

/* Line 0 for none, file NULL for no place at all. Both texts are its own. */
struct fps_place {
	char *file;
	unsigned line;
	char *text; /* what stands there */
};

/* Where that setting stands; if it is nginx's default, the fastcgi_pass or upstream. */
struct fps_place fps_settingplace_of(struct fps_effective is);
struct fps_place fps_settingplace_directive(const struct fps_directive *directive);
struct fps_place fps_settingplace_none(void);

__attribute__((format(printf, 2, 3))) struct fps_place fps_settingplace_file(const char *file, const char *format, ...);
void fps_settingplace_free(struct fps_place *place);

/* A place within a directive's line, for a word of it. */
char *fps_settingplace_in_words(const struct fps_directive *directive);

/*
 * Where a line that sets something is to be put, or which line it replaces: "FILE, [pool]", "FILE:LINE, in place of
 * that line". The caller frees it, or gives it to fps_findings_found().
 */
char *fps_settingplace_in(struct fps_effective is);

/* The same as a place: where the setting stands that is replaced, or what the line is put beside. */
struct fps_place fps_settingplace_at(struct fps_effective is);
const struct fps_directive *fps_settingplace_beside_of(const struct fps_pass *pass);
char *fps_settingplace_beside(const struct fps_pass *pass); /* where more of its parameters are to be put */
char *fps_settingplace_in_unit(const struct fps_server *server);

#endif
