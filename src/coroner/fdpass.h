/* Pairs of Unix sockets, and descriptors sent along with a message on one. */
#ifndef FPS_CORONER_FDPASS_H
#define FPS_CORONER_FDPASS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#define FPS_FDPASS_MAX 4

/*
 * Makes a pair whose messages have bounds and whose ends never block. The sending end buffers `size` bytes for a
 * receiver that does not read for a while; only root gets all of it. 0, or -1 with errno.
 */
int fps_fdpass_pair(int *receiver, int *sender, int size);

/*
 * Sends the bytes and up to FPS_FDPASS_MAX descriptors, which remain the caller's; never blocks. False if they could
 * not be sent.
 */
bool fps_fdpass_send(int socket, const void *bytes, size_t len, const int *fds, size_t count);

/*
 * Receives the next message and `count` of its descriptors, at most FPS_FDPASS_MAX; -1 for those that did not come. The
 * caller closes them. Never blocks. Returns the message's length; 0 or -1 with errno if there is none.
 */
ssize_t fps_fdpass_receive(int socket, void *bytes, size_t len, int *fds, size_t count);

/*
 * Moves the descriptors of an SCM_RIGHTS part into `fds`, which has room for `count`, -1 for those that did not come;
 * closes any more. The caller closes them. Returns how many came.
 */
size_t fps_fdpass_take(struct cmsghdr *part, int *fds, size_t count);

#endif
