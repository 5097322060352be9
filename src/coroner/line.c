#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* With it the kernel sends a pidfd of the sender along, which stays good when that has been and gone (Linux 6.16). */
#ifndef SO_PASSPIDFD
# define SO_PASSPIDFD 76
#endif
#ifndef SCM_PIDFD
# define SCM_PIDFD 4
#endif

struct words {
	uint32_t word, slot;
};

void fps_line_close(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
	}
	*fd = -1;
}

int fps_line_open(struct fps_line *line)
{
	int sockets[2] = {-1, -1}, pipes[2] = {-1, -1}, standby[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) == -1
		|| setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1
		|| pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == -1
		|| socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, standby) == -1) {
		fps_line_close(&sockets[0]);
		fps_line_close(&sockets[1]);
		fps_line_close(&pipes[0]);
		fps_line_close(&pipes[1]);
		return -1;
	}
	setsockopt(sockets[0], SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on); /* else pidfd_open() has to do */
	*line = (struct fps_line) {.coroner = sockets[0], .fpm = sockets[1], .bell_out = pipes[0], .bell = pipes[1],
		.standby = standby[0], .standby_in = standby[1]};
	return 0;
}

bool fps_line_say(const struct fps_line *line, enum fps_line_word word, uint32_t slot)
{
	struct words words = {word, slot};

	return line->fpm >= 0 && send(line->fpm, &words, sizeof words, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) sizeof words;
}

bool fps_line_is_cut(const struct fps_line *line, int milliseconds)
{
	struct pollfd end = {.fd = line->fpm};

	return line->fpm < 0 || poll(&end, 1, milliseconds) == 1;
}

/* What the kernel says of the sender. Without credentials a message has no word in it. */
static void read_sender(struct msghdr *header, const struct words *words, struct fps_line_message *message)
{
	struct ucred from;

	*message = (struct fps_line_message) {.pidfd = -1};
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET) {
			continue;
		}
		if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len == CMSG_LEN(sizeof from)) {
			memcpy(&from, CMSG_DATA(part), sizeof from);
			message->word = words->word;
			message->slot = words->slot;
			message->pid = from.pid;
			message->uid = from.uid;
			message->gid = from.gid;
		} else if (part->cmsg_type == SCM_PIDFD && part->cmsg_len == CMSG_LEN(sizeof message->pidfd)) {
			memcpy(&message->pidfd, CMSG_DATA(part), sizeof message->pidfd);
		}
	}
}

int fps_line_hear(const struct fps_line *line, struct fps_line_message *message)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
	} control;
	struct words words;
	struct iovec part = {.iov_base = &words, .iov_len = sizeof words};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t len = recvmsg(line->coroner, &header, MSG_CMSG_CLOEXEC);

	if (len == 0) {
		return -1;
	}
	if (len == -1) {
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	}
	read_sender(&header, &words, message);
	if (len != (ssize_t) sizeof words || (header.msg_flags & MSG_TRUNC)) {
		message->word = 0;
	}
	return 1;
}
