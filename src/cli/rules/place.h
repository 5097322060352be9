/*
 * Where a setting stands, and where a line is to be put.
 */
#ifndef FPS_PLACE_H
#define FPS_PLACE_H

#include "config/server.h"

/* Line 0 for none, file NULL for no place at all. Both texts are its own. */
struct fps_place {
	char *file;
	unsigned line;
	char *text; /* what stands there */
};

struct fps_place fps_place_directive(const struct fps_directive *directive);

/* The directive that holds there; if it is nginx's default, `otherwise`, the fastcgi_pass. */
struct fps_place fps_place_pass(const struct fps_pass *pass, const char *name, const char *otherwise);
struct fps_place fps_place_setting(const struct fps_section *section, const char *name);
struct fps_place fps_place_ini(const struct fps_server *server, const struct fps_pair *user, const char *name);
struct fps_place fps_place_none(void);

__attribute__((format(printf, 2, 3))) struct fps_place fps_place_file(const char *file, const char *format, ...);
void fps_place_free(struct fps_place *place);

/*
 * Where a line that sets something is to be put, or which line it replaces: "FILE, [pool]", "FILE:LINE, in place of
 * that line". The caller frees it, or gives it to fps_findings_found().
 */
char *fps_place_in_section(const struct fps_server *server, const struct fps_section *section, const char *name);
char *fps_place_in_pass(const struct fps_pass *pass, const char *name);
char *fps_place_beside(const struct fps_pass *pass); /* where more of its parameters are to be put */
char *fps_place_in_ini(const struct fps_server *server, const struct fps_pair *user, const char *name);
char *fps_place_in_unit(const struct fps_server *server);

/* What a setting of php.ini is called there: php_admin_value[name], where the pool has its own. */
const char *fps_place_ini_name(const struct fps_server *server, const struct fps_pair *user, const char *name);

#endif
