/*
 * The headers of syslog in front of a line, by RFC 3164 and RFC 5424; journalctl prints the first of them, too. Each
 * function takes one part off the front and keeps what it says. False, and nothing is taken, if it is not there.
 */
#ifndef FPS_SYSLOG_H
#define FPS_SYSLOG_H

#include "log/wrappedline.h"

/* `May 12 10:00:00 ` */
bool fps_syslog_take_time(struct fps_wrappedline *wrapped);

/* `web1 nginx[31]: ` behind a time */
bool fps_syslog_take_host_and_tag(struct fps_wrappedline *wrapped);

/* `<187>`; of RFC 5424 the whole header, with its structured data */
bool fps_syslog_take_priority(struct fps_wrappedline *wrapped);

#endif
