/* Sockets between FPM's processes and the coroner: hello, goodbye, and the sender's identity. */
#include "coroner/channel.h"

#include "coroner/fdpass.h"
#include "coroner/pidfd.h"
#include "coroner/process.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Makes the kernel send a pidfd of the sender along, which stays valid even if the sender has already ended (Linux
 * 6.16).
 */
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

/* Room for the hellos of some thousand workers if nobody reads them for a while. Only root gets all of it. */
#define QUEUE_SIZE (16 << 20)

int fps_channel_open(struct fps_channel *channel)
{
	int sockets[2] = {-1, -1}, pipes[2] = {-1, -1}, on = 1, pidfd;
	bool passes_pidfds;

	if (fps_fdpass_pair(&sockets[0], &sockets[1], QUEUE_SIZE) == -1
		|| setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1
		|| pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == -1) {
		fps_process_close(&sockets[0]);
		fps_process_close(&sockets[1]);
		return -1;
	}
	/* otherwise pidfd_open() must be used */
	passes_pidfds = setsockopt(sockets[0], SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on) == 0;
	pidfd = passes_pidfds ? -1 : fps_pidfd_open(getpid());
	*channel = (struct fps_channel) {.coroner = sockets[0],
		.fpm = sockets[1],
		.peer = pipes[0],
		.here = pipes[1],
		.bell = -1,
		.needs_lifelines = !passes_pidfds && pidfd == -1};
	fps_process_close(&pidfd);
	return 0;
}

bool fps_channel_say(const struct fps_channel *channel, enum fps_channel_word word)
{
	uint32_t words = word;

	return channel->fpm >= 0
		&& send(channel->fpm, &words, sizeof words, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) sizeof words;
}

bool fps_channel_say_hello(
	const struct fps_channel *channel, const struct fps_identity *who, int memory, int root, int lifeline)
{
	struct fps_channel_words words = {.word = FPS_CHANNEL_HELLO, .who = *who};
	const int fds[] = {memory, channel->bell, root, lifeline};
	size_t count = 0; /* its position tells which one it is */

	while (count < sizeof fds / sizeof fds[0] && fds[count] >= 0) {
		count++;
	}
	return channel->fpm >= 0 && fps_fdpass_send(channel->fpm, &words, sizeof words, fds, count);
}

bool fps_channel_is_cut(const struct fps_channel *channel, int milliseconds)
{
	struct pollfd end = {.fd = channel->fpm};

	return channel->fpm < 0 || poll(&end, 1, milliseconds) == 1;
}

/* What the kernel says about the sender. A message without credentials has no valid word. */
static void read_sender(struct msghdr *header, struct fps_channel_message *message)
{
	struct ucred from = {0};

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET) {
			continue;
		}
		if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len == CMSG_LEN(sizeof from)) {
			memcpy(&from, CMSG_DATA(part), sizeof from);
		} else if (part->cmsg_type == SCM_PIDFD && part->cmsg_len == CMSG_LEN(sizeof message->pidfd)) {
			memcpy(&message->pidfd, CMSG_DATA(part), sizeof message->pidfd);
		} else if (part->cmsg_type == SCM_RIGHTS) {
			message->count = fps_fdpass_take(part, message->sent, FPS_FDCLOSE_MESSAGE);
		}
	}
	message->pid = from.pid;
	message->uid = from.uid;
	message->gid = from.gid;
	if (from.pid <= 0) {
		message->words.word = 0;
	}
}

/* Peeks at the next message. Without room for descriptors, none enters our table. */
static ssize_t peek(const struct fps_channel *channel, struct fps_channel_message *message, bool with_descriptors)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))
			+ CMSG_SPACE(FPS_FDCLOSE_MESSAGE * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = &message->words, .iov_len = sizeof message->words};
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = with_descriptors ? sizeof control : CMSG_SPACE(sizeof(struct ucred))};
	ssize_t len;

	message->pidfd = -1;
	message->count = 0;
	message->words = (struct fps_channel_words) {0};
	memset(message->sent, -1, sizeof message->sent);
	len = recvmsg(channel->coroner, &header, MSG_PEEK | MSG_CMSG_CLOEXEC);
	if (len > 0) {
		read_sender(&header, message);
		message->is_cut = header.msg_flags & MSG_CTRUNC;
		message->words.word = header.msg_flags & MSG_TRUNC ? 0 : message->words.word;
	}
	return len;
}

int fps_channel_hear(const struct fps_channel *channel, struct fps_channel_message *message)
{
	ssize_t len = peek(channel, message, false);

	if (len > 0 && fps_fdclose_has_room(message->uid)) {
		len = peek(channel, message, true);
	}
	if (len <= 0) {
		return len == 0 ? -1 : 0; /* only the end is final: what the kernel lacks now, it may have the next time */
	}
	if (len != (ssize_t) (message->words.word == FPS_CHANNEL_HELLO ? sizeof message->words : sizeof(uint32_t))) {
		message->words.word = 0;
	}
	return 1;
}

/*
 * Reading the byte removes the rest of the message. That does not close a descriptor of it which is also in our table;
 * it does close one which is not.
 */
void fps_channel_next(const struct fps_channel *channel, const struct fps_channel_message *message)
{
	char byte;

	if (message->is_cut) {
		fps_fdclose_begin_here();
	}
	(void) !recv(channel->coroner, &byte, sizeof byte, MSG_DONTWAIT);
	if (message->is_cut) {
		fps_fdclose_end_here();
	}
}

bool fps_channel_is_of_kind(int fd, const char *kind)
{
	char path[32], link[64] = "";

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return readlinkat(AT_FDCWD, path, link, sizeof link - 1) > 0 && strncmp(link, kind, strlen(kind)) == 0;
}

void fps_channel_discard(struct fps_channel_message *message)
{
	fps_process_close(&message->pidfd); /* the kernel's pidfd: the sender has no influence on it */
	for (size_t i = 0; i < message->count; i++) {
		fps_fdclose_take(&message->sent[i], message->uid);
	}
}

void fps_channel_hang_up(struct fps_channel *channel)
{
	if (channel->coroner >= 0) {
		shutdown(channel->coroner, SHUT_RDWR);
	}
	fps_process_close(&channel->coroner);
}
