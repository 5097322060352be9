/*
 * Messages on standard error, printed as fps_page_print() prints text: a terminal must not obey a log.
 */
#ifndef FPS_WARN_H
#define FPS_WARN_H

/* printf() and a newline. The format begins with "fpmsentinel: " or "fpmsentinel COMMAND: ". */
__attribute__((format(printf, 1, 2))) void fps_warn(const char *format, ...);

#endif
