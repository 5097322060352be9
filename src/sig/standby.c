#include "standby.h"

#include "io.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int standby = -1;

void fps_sig_standby_init(int socket)
{
	standby = socket;
}

/* A message that is only looked at gives a descriptor all the same (unix(7), MSG_PEEK). */
int fps_sig_standby_receive(int socket, bool keep)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec part = {.iov_base = &byte, .iov_len = sizeof byte};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	const struct cmsghdr *rights;
	int fd = -1;

	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT | (keep ? MSG_PEEK : 0)) == 1) {
		rights = CMSG_FIRSTHDR(&header);
		if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len == CMSG_LEN(sizeof fd)) {
			memcpy(&fd, CMSG_DATA(rights), sizeof fd);
		}
	}
	return fd;
}

int fps_sig_standby_write(const char *line, size_t len)
{
	int fd = standby >= 0 ? fps_sig_standby_receive(standby, true) : -1, error;

	if (fd == -1) {
		return ENOENT;
	}
	error = fps_sig_io_write(fd, line, len);
	close(fd);
	return error;
}
