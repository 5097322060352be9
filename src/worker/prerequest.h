/*
 * The moment before FPM obeys a request: before the extension is called for the first time, FPM sets what a request's
 * PHP_VALUE and PHP_ADMIN_VALUE say, and `extension=FILE` among them runs any code. It takes memory for their text
 * first.
 */
#ifndef FPS_PREREQUEST_H
#define FPS_PREREQUEST_H

/*
 * In a process that may become a worker: `call` is called once, when FPM takes memory for the first request. Not where
 * PHP's memory is somebody else's.
 */
void fps_prerequest_arm(void (*call)(void));

/* Before PHP's memory goes, or when it is too late. */
void fps_prerequest_disarm(void);

#endif
