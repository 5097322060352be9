/*
 * What doctor and setup read: nginx's configuration, FPM's, PHP's and the machine.
 */
#ifndef FPS_GATHER_H
#define FPS_GATHER_H

#include "command/doctor.h"

/* NULL: what nginx -T prints; else a file with that, "-" for standard input, or nginx.conf. False: it has said why not. */
bool fps_gather_nginx(struct fps_doctor *doctor, const char *file);

/* FPM's pools, PHP's settings and the machine; NULL: those of the FPM that runs, or of the newest one. */
bool fps_gather_fpm(struct fps_doctor *doctor, const char *fpm_conf, const char *given);

/* Which fastcgi_pass leads to which pool. */
void fps_gather_pairs(struct fps_doctor *doctor);
void fps_gather_free(struct fps_doctor *doctor);

/* What another program, or somebody's file, has to say, on standard error. False, always. */
bool fps_gather_complain(const char *what);

/* What nginx says of a configuration that the caller has not named, unless it is of a file that others can change. False, always. */
bool fps_gather_cite(const char *errors);

#endif
