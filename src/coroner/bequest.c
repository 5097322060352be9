#include "bequest.h"

#include "output.h"

#include "../sig/standby.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static bool send_fd(int socket, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof fd)];
	} control = {.bytes = ""};
	struct iovec part = {.iov_base = "", .iov_len = 1};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(rights), &fd, sizeof fd);
	return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

void fps_bequest_leave(const struct fps_line *line)
{
	static struct stat left;
	static bool is_left;
	int fd, before;

	if (is_left && fps_output_goes_to(&left)) {
		return;
	}
	while ((before = fps_sig_standby_receive(line->standby, false)) >= 0) {
		fps_line_close(&before);
	}
	fd = fps_output_open();
	is_left = fd >= 0 && fstat(fd, &left) == 0 && send_fd(line->standby_in, fd);
	fps_line_close(&fd);
}
