/*
 * `fpmsentinel setup`: what fpmsentinel needs beside its extension, put in place.
 */
#ifndef FPS_SETUP_H
#define FPS_SETUP_H

/* The arguments begin with "setup". */
int fps_setup_main(int argc, char **argv);

#endif
