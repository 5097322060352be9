/*
 * `fpmsentinel show`: one record, for a person.
 */
#ifndef FPS_SHOW_H
#define FPS_SHOW_H

/* The arguments begin with "show". Returns an exit status of trace.h. */
int fps_show_main(int argc, char **argv);

#endif
