/*
 * The values that several rules advise: one for all of them, so that what one advises is no finding of another's. Times
 * are in seconds.
 */
#ifndef FPS_ADVISED_H
#define FPS_ADVISED_H

#include "config/server.h"

/* request_terminate_timeout and request_slowlog_timeout, as they are set. */
int64_t fps_advised_terminate_of(const struct fps_section *pool);
int64_t fps_advised_slow_of(const struct fps_section *pool);

/* A request_terminate_timeout that lets PHP's own limit come first. */
int64_t fps_advised_above(int64_t execution);

/* The fastcgi_read_timeout with which PHP comes first, then FPM, then nginx. */
int64_t fps_advised_read_timeout(const struct fps_server *server, const struct fps_pair *pair);

/*
 * Whether that can be request_terminate_timeout: longer than PHP's own limit, and FPM refuses one that is shorter than
 * the slow log's.
 */
bool fps_advised_may_be(const struct fps_server *server, const struct fps_pair *pair, int64_t terminate);

/* The longest request_terminate_timeout with which FPM kills before nginx gives up: it may be a third late. */
int64_t fps_advised_before_nginx(int64_t read_milliseconds);

/* The request_terminate_timeout that there is once all advice about timeouts is followed. */
int64_t fps_advised_terminate(const struct fps_server *server, const struct fps_pair *pair);

/* The lines that switch a pool's slow log on. The caller frees it. */
char *fps_advised_slow_log(const struct fps_server *server, const struct fps_section *pool);

#endif
