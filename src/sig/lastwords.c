#include "sig/lastwords.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define FCGI_VERSION 1
#define FCGI_STDERR 7
#define MAX_TEXT 1024

int fps_sig_lastwords_busy;

static bool can_send(int fd)
{
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof peer, type_len = sizeof(int);
	int type = 0;

	return fps_sig_lastwords_busy == 0 && fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0
		&& type == SOCK_STREAM && getpeername(fd, (struct sockaddr *) &peer, &peer_len) == 0;
}

bool fps_sig_lastwords_send(int fd, int request_id, const char *text, size_t len)
{
	static char packet[8 + MAX_TEXT]; /* static: a handler's stack is small */

	if (len > MAX_TEXT || !can_send(fd)) {
		return false;
	}
	/* FastCGI 1.0, section 3.3: version, type, request id, content length, padding, reserved */
	const char header[8] = {
		FCGI_VERSION, FCGI_STDERR, (char) (request_id >> 8), (char) request_id, (char) (len >> 8), (char) len, 0, 0};

	memcpy(packet, header, sizeof header);
	memcpy(packet + sizeof header, text, len);
	return send(fd, packet, sizeof header + len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) (sizeof header + len);
}

/* An empty send() sends nothing, and fails if the other side has shut the connection. */
bool fps_sig_lastwords_is_shut(int fd)
{
	return send(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 && errno == EPIPE;
}
