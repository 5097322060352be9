/*
 * The moment before FPM applies a request's settings: before the extension is called for the first time, FPM sets what
 * the request's PHP_VALUE and PHP_ADMIN_VALUE say, and `extension=FILE` among them runs any code. It allocates memory
 * for their text first.
 */
#ifndef FPS_PREREQUEST_H
#define FPS_PREREQUEST_H

/*
 * In a process that may become a worker: `call` is called once, when FPM allocates memory for the first request. Not if
 * another extension manages PHP's memory.
 */
void fps_prerequest_arm(void (*call)(void));

/* Before PHP's memory is destroyed, or when it is too late. */
void fps_prerequest_disarm(void);

#endif
