/*
 * `fpmsentinel doctor`: everything that the rules look at, and how they ask for it.
 */
#ifndef FPS_DOCTOR_H
#define FPS_DOCTOR_H

#include "rules/findings.h"
#include "config/fpmconf.h"
#include "config/machine.h"
#include "config/nginxpass.h"
#include "config/phpini.h"
#include "log/records.h"

/* A fastcgi_pass, and a pool that it leads to. */
struct fps_pair {
	const struct fps_pass *pass; /* NULL: none leads to this pool */
	const struct fps_section *pool;
};

struct fps_doctor {
	struct fps_nginxconf nginx;
	int nginx_version; /* 1029007 for 1.29.7, 0: not known */
	struct fps_passes passes;
	struct fps_fpmconf fpm; /* no sections: not looked at */
	struct fps_phpini ini;  /* no settings: not looked at */
	struct fps_machine machine;
	struct fps_records records;
	struct fps_findings findings;
	struct fps_pair *pairs;
	size_t pair_count, user_count; /* those with a fastcgi_pass come first; all of them together are who uses PHP's settings */
	char *php; /* the php-fpm that was asked */
};

/* The arguments begin with "doctor". */
int fps_doctor_main(int argc, char **argv);

/* --- what a rule asks --- */

/* The pools are the sections from 1 on. */
size_t fps_doctor_pools(const struct fps_doctor *doctor, const struct fps_section **first);

/* A directive that holds in the place of a fastcgi_pass, in nginx's units. */
int64_t fps_doctor_time(const struct fps_pass *pass, const char *name, int64_t otherwise);
int64_t fps_doctor_size(const struct fps_pass *pass, const char *name, int64_t otherwise);
bool fps_doctor_on(const struct fps_pass *pass, const char *name);

/* The setting of php.ini that is in force for those requests, or anywhere if that is NULL; "" if there is none. */
const char *fps_doctor_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name);
int64_t fps_doctor_ini_number(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name);

/* The longest request_terminate_timeout, in seconds, with which FPM kills before nginx gives up: it may be a third late. */
int64_t fps_doctor_before_nginx(int64_t read_milliseconds);

/* The request_terminate_timeout, in seconds, that there is once all advice about timeouts is followed. In ruletime.c. */
int64_t fps_doctor_terminate(const struct fps_doctor *doctor, const struct fps_pair *pair);

/* How many workers of a pool fit into memory: as large as records tell, or as memory_limit allows. INT64_MAX: not known. In rulememory.c. */
int64_t fps_memory_fits(const struct fps_doctor *doctor, const struct fps_section *pool);

/* The lines that switch a pool's slow log on, a text of its own. In rulelog.c. */
char *fps_doctor_slow_log(const struct fps_doctor *doctor, const struct fps_section *pool);

/* Whether the extension fpmsentinel is loaded and enabled. */
bool fps_doctor_watched(const struct fps_doctor *doctor);

/* Where records of those requests go, a text of its own: a path, or "stderr". */
char *fps_doctor_log(const struct fps_doctor *doctor, const struct fps_pair *user);

/* FPM's main file. */
const char *fps_doctor_conf(const struct fps_doctor *doctor);

/* --- where things stand --- */

struct fps_place fps_place_directive(const struct fps_directive *directive);

/* The directive that holds there; if it is nginx's default, `otherwise`, the fastcgi_pass. */
struct fps_place fps_place_pass(const struct fps_pass *pass, const char *name, const char *otherwise);
struct fps_place fps_place_setting(const struct fps_section *section, const char *name);
struct fps_place fps_place_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name);
struct fps_place fps_place_none(void);

__attribute__((format(printf, 2, 3)))
struct fps_place fps_place_file(const char *file, const char *format, ...);

/* --- what it says --- */

/*
 * Where a line that sets something is to be put, or which line it replaces: "FILE, [pool]", "FILE:LINE, in place of that line". For
 * fps_doctor_found(), which takes it over as it does the places.
 */
char *fps_doctor_in_section(const struct fps_doctor *doctor, const struct fps_section *section, const char *name);
char *fps_doctor_in_pass(const struct fps_pass *pass, const char *name);
char *fps_doctor_beside(const struct fps_pass *pass); /* where more of its parameters are to be put */
char *fps_doctor_in_ini(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name);

/* What a setting of php.ini is called there: php_admin_value[name], where the pool has its own. */
const char *fps_doctor_ini_name(const struct fps_doctor *doctor, const struct fps_pair *user, const char *name);
char *fps_doctor_in_unit(const struct fps_doctor *doctor);

__attribute__((format(printf, 6, 7)))
void fps_doctor_found(struct fps_doctor *doctor, const struct fps_rule *rule, struct fps_place one, struct fps_place other, char *fix_in,
	const char *fix, ...);

#endif
