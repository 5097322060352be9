/*
 * What the environment names: programs by PATH, and files that libraries and PHP read. Only trusted ones (trusted.h)
 * are used.
 */
#ifndef FPS_ENVIRONMENT_H
#define FPS_ENVIRONMENT_H

#include <stdbool.h>

/* Removes the variables that name a file or a directory that others own. Call it before anything else. */
void fps_environment_clean(void);

/*
 * For a program that shows something on root's terminal, and could start others from there: leaves it nothing but what
 * describes the terminal and the language, and a PATH of root's folders. less gets LESSSECURE: no shell, no editor, no
 * LESSOPEN. Without root's rights the environment stays as it is.
 */
void fps_environment_reduce(void);

/* Finds the program in PATH, then in the folders of root's programs. The path, to be freed; NULL if no trusted one
 * exists. */
char *fps_environment_program(const char *name);

/* Whether debuginfod's cache is where only root and the caller can put a file. */
bool fps_environment_has_cache(void);

#endif
