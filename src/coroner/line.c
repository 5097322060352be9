#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	int sockets[2] = {-1, -1}, pipes[2] = {-1, -1}, on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) == -1
		|| setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1
		|| pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == -1) {
		fps_line_close(&sockets[0]);
		fps_line_close(&sockets[1]);
		return -1;
	}
	*line = (struct fps_line) {.coroner = sockets[0], .fpm = sockets[1], .bell_out = pipes[0], .bell = pipes[1]};
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

static const struct ucred *credentials(struct msghdr *header)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS
			&& part->cmsg_len == CMSG_LEN(sizeof(struct ucred))) {
			return (const struct ucred *) (const void *) CMSG_DATA(part);
		}
	}
	return NULL;
}

int fps_line_hear(const struct fps_line *line, struct fps_line_message *message)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct words words;
	struct iovec part = {.iov_base = &words, .iov_len = sizeof words};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t len = recvmsg(line->coroner, &header, MSG_CMSG_CLOEXEC);
	const struct ucred *from = len == (ssize_t) sizeof words ? credentials(&header) : NULL;

	if (len == 0) {
		return -1;
	}
	if (len == -1) {
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	}
	*message = (struct fps_line_message) {0};
	if (from) {
		*message = (struct fps_line_message) {.word = words.word, .slot = words.slot, .pid = from->pid,
			.uid = from->uid, .gid = from->gid};
	}
	return 1; /* without credentials it has no word in it */
}
