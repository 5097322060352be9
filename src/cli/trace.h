/*
 * `fpmsentinel trace`: each failure in nginx's error log with its cause.
 */
#ifndef FPS_TRACE_H
#define FPS_TRACE_H

/* Exit statuses of the tool. */
enum { FPS_EXIT_EXPLAINED, FPS_EXIT_UNEXPLAINED, FPS_EXIT_TROUBLE };

/* The arguments begin with "trace". */
int fps_trace_main(int argc, char **argv);

#endif
