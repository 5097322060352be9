/*
 * Last words: one FCGI_STDERR record down the dying request's own connection, which nginx writes
 * into its error log beside the 104 that follows. Best effort; may be called from a signal handler.
 */
#ifndef FPS_SIG_LASTWORDS_H
#define FPS_SIG_LASTWORDS_H

#include "blackbox.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Above zero while the SAPI may be in the middle of a FastCGI record; words sent then would end
 * up inside the page. The hooks count it up and down around the SAPI's output functions. Not volatile, which would
 * take three instructions each time: what lies between up and down is a call of code that the compiler does not know.
 */
extern int fps_sig_lastwords_busy FPS_HIDDEN;

/*
 * Sends the text if it does no harm: the SAPI is not writing, and the descriptor is a connected stream socket. The SAPI
 * writes whole records in calls that block, so between its calls the stream is at the end of a record, however much of
 * it nginx has read. True if the socket took all of the text.
 */
bool fps_sig_lastwords_send(int fd, int request_id, const char *text, size_t len);

/*
 * Whether nothing more can be sent on that socket, because this side or the other has shut it:
 * once the SAPI has begun to finish, the answer is complete then, or nobody waits for it.
 */
bool fps_sig_lastwords_is_shut(int fd);

#endif
