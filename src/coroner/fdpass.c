/* Pairs of Unix sockets, and descriptors sent along with a message on one. */
#include "coroner/fdpass.h"

#include <string.h>
#include <unistd.h>

int fps_fdpass_pair(int *receiver, int *sender, int size)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == -1) {
		return -1;
	}
	if (setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) == -1) {
		setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	}
	*receiver = ends[0];
	*sender = ends[1];
	return 0;
}

bool fps_fdpass_send(int socket, const void *bytes, size_t len, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FPS_FDPASS_MAX * sizeof(int))];
	} control = {.bytes = ""};
	struct iovec part = {.iov_base = (void *) bytes, .iov_len = len};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (count > 0) {
		struct cmsghdr *rights = &control.align;

		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) len;
}

ssize_t fps_fdpass_receive(int socket, void *bytes, size_t len, int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FPS_FDPASS_MAX * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = len};
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t came = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	memset(fds, -1, count * sizeof *fds);
	for (struct cmsghdr *rights = came > 0 ? CMSG_FIRSTHDR(&header) : NULL; rights;
		 rights = CMSG_NXTHDR(&header, rights)) {
		if (rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
			fps_fdpass_take(rights, fds, count);
		}
	}
	return came;
}

size_t fps_fdpass_take(struct cmsghdr *part, int *fds, size_t count)
{
	size_t came = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		fds[i] = -1;
	}
	for (size_t i = 0; i < came; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
		if (i < count) {
			fds[i] = fd;
		} else {
			close(fd);
		}
	}
	return came < count ? came : count;
}
