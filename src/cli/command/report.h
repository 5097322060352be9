/*
 * `fpmsentinel report`: how often what happened, where.
 */
#ifndef FPS_TALLY_H
#define FPS_TALLY_H

/* The arguments begin with "report". Returns an exit status of trace.h. */
int fps_tally_main(int argc, char **argv);

#endif
