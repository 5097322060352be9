/*
 * What the environment names: programs by PATH, and files that libraries and PHP read. Only what trusted.h lets pass is
 * used.
 */
#ifndef FPS_ENVIRONMENT_H
#define FPS_ENVIRONMENT_H

#include <stdbool.h>

/* Takes away the variables that name a file or a directory of somebody else's. To be called before anything else. */
void fps_environment_clean(void);

/* The program of that name in PATH, and behind it where root's programs are, a path to be freed; NULL: there is none
 * that counts. */
char *fps_environment_program(const char *name);

/* Whether debuginfod's cache is where only root and the caller can put a file. */
bool fps_environment_has_cache(void);

#endif
