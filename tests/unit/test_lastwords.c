/* lastwords.c: the exact bytes, and all the descriptors that nothing must be sent to. */
#include "unit.h"

#include "sig/lastwords.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int worker, nginx; /* the two ends of a connection */

static bool connect_unix(void)
{
	int fds[2];
	bool good = socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0;

	worker = fds[0];
	nginx = fds[1];
	return good;
}

static int listen_tcp(struct sockaddr_in *address)
{
	socklen_t len = sizeof *address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in) {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	CHECK(bind(fd, (struct sockaddr *) address, len) == 0 && listen(fd, 1) == 0
		&& getsockname(fd, (struct sockaddr *) address, &len) == 0);
	return fd;
}

/* nginx's end takes a few KiB: what is sent beyond stays queued at the worker's end until nginx reads. */
static bool connect_tcp(void)
{
	struct sockaddr_in address;
	int listener = listen_tcp(&address), room = 4096;

	nginx = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(nginx, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	bool good = connect(nginx, (struct sockaddr *) &address, sizeof address) == 0;

	worker = accept(listener, NULL, NULL);
	close(listener);
	return good && worker >= 0;
}

static const struct {
	const char *name;
	bool (*connect)(void);
} kinds[] = {{"unix", connect_unix}, {"tcp", connect_tcp}};

/* Runs a test over both kinds of connections. */
static void over_both(void (*run)(void))
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		UNIT_CASE(kinds[i].name);
		if (CHECK(kinds[i].connect())) {
			run();
		}
		close(worker);
		close(nginx);
	}
	UNIT_CASE("");
}

static bool say(int fd)
{
	return fps_sig_lastwords_send(fd, 1, "words", 5);
}

/* What nginx has got, up to len bytes; -1 for nothing. */
static ssize_t received(char *bytes, size_t len)
{
	return recv(nginx, bytes, len, MSG_DONTWAIT);
}

static void nothing_received(void)
{
	char byte;

	CHECK(received(&byte, 1) == -1 && errno == EAGAIN);
}

static void exact_bytes_over(void)
{
	static const struct {
		int id;
		const char *text, *expected;
		size_t len;
	} cases[] = {
		{1, "words", "\1\7\0\1\0\5\0\0words", 13},
		{0x1234, "a", "\1\7\x12\x34\0\1\0\0a", 9},
		{0xffff, "", "\1\7\xff\xff\0\0\0\0", 8},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char bytes[64];

		CHECK(fps_sig_lastwords_send(worker, cases[i].id, cases[i].text, strlen(cases[i].text)));
		CHECK_INT(received(bytes, sizeof bytes), cases[i].len);
		CHECK(memcmp(bytes, cases[i].expected, cases[i].len) == 0);
	}
}

static void long_text_over(void)
{
	static char text[1025], bytes[2048];

	memset(text, 'x', sizeof text);
	CHECK(!fps_sig_lastwords_send(worker, 1, text, 1025));
	CHECK(!fps_sig_lastwords_send(worker, 1, text, SIZE_MAX));
	nothing_received();
	CHECK(fps_sig_lastwords_send(worker, 1, text, 1024));
	CHECK_INT(received(bytes, sizeof bytes), 1032);
	CHECK(memcmp(bytes, "\1\7\0\1\4\0\0\0", 8) == 0 && memcmp(bytes + 8, text, 1024) == 0);
}

static void busy_over(void)
{
	for (int depth = 1; depth < 3; depth++) {
		fps_sig_lastwords_busy = depth;
		CHECK(!say(worker));
	}
	nothing_received();
	fps_sig_lastwords_busy = 0;
	CHECK(say(worker));
}

static void fill(void)
{
	static char bytes[65536];

	for (int idle = 0; idle < 3;) {
		if (send(worker, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
			idle = 0;
		} else {
			idle++;
			usleep(1000);
		}
	}
}

/* Drains what fill() sent, and counts what else came. */
static size_t words_after_fill(void)
{
	static char bytes[65536];
	size_t words = 0;
	ssize_t len;

	while ((len = received(bytes, sizeof bytes)) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			words += bytes[i] != 0;
		}
		usleep(100);
	}
	return words;
}

static void full_over(void)
{
	fill();
	CHECK(!say(worker));
	CHECK_INT(words_after_fill(), 0);
}

/*
 * What nginx has not read yet comes first, and the words behind it: over TCP nginx's window is shut, and the worker's
 * end takes more.
 */
static void unread_over(void)
{
	static char bytes[65536 + 64];
	int room = 4 * sizeof bytes, waiting = 0;
	size_t len = 0, page = 65536;
	ssize_t more;

	setsockopt(worker, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	CHECK_INT(send(worker, bytes, page, MSG_DONTWAIT), page);
	CHECK(ioctl(worker, SIOCOUTQ, &waiting) == 0 && waiting > 0);
	CHECK(say(worker));
	shutdown(worker, SHUT_WR);
	while (len < sizeof bytes && (more = recv(nginx, bytes + len, sizeof bytes - len, 0)) > 0) {
		len += (size_t) more;
	}
	CHECK_INT(len, page + 13);
	CHECK(memcmp(bytes + page, "\1\7\0\1\0\5\0\0words", 13) == 0);
}

/* The peer is gone, and no SIGPIPE tells of it; of a TCP peer one knows it once it has said so with a reset. */
static void closed_peer_over(void)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	setsockopt(nginx, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(nginx);
	nginx = -1;
	CHECK(!say(worker));
}

static void shut_down_over(void)
{
	shutdown(worker, SHUT_WR);
	CHECK(!say(worker));
}

static void no_connection(void)
{
	struct sockaddr_in address;
	int fds[2], fd;
	char byte;

	UNIT_CASE("no descriptor");
	CHECK(!say(-1) && !say(1000000));
	fd = dup(0);
	close(fd);
	CHECK(!say(fd));

	UNIT_CASE("pipe");
	CHECK(pipe2(fds, O_NONBLOCK) == 0 && !say(fds[1]) && !say(fds[0]) && read(fds[0], &byte, 1) == -1);
	close(fds[0]);
	close(fds[1]);

	UNIT_CASE("file");
	fd = memfd_create("file", 0);
	CHECK(fd >= 0 && !say(fd) && lseek(fd, 0, SEEK_END) == 0);
	close(fd);

	UNIT_CASE("listening socket");
	fd = listen_tcp(&address);
	CHECK(!say(fd));
	close(fd);

	UNIT_CASE("unconnected socket");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(!say(fd));
	close(fd);

	for (int type = SOCK_DGRAM; type <= SOCK_SEQPACKET; type += SOCK_SEQPACKET - SOCK_DGRAM) {
		UNIT_CASE(type == SOCK_DGRAM ? "datagrams" : "packets");
		CHECK(socketpair(AF_UNIX, type, 0, fds) == 0);
		CHECK(!say(fds[0]) && recv(fds[1], &byte, 1, MSG_DONTWAIT) == -1);
		close(fds[0]);
		close(fds[1]);
	}
}

static void exact_bytes(void)
{
	over_both(exact_bytes_over);
}
static void long_text(void)
{
	over_both(long_text_over);
}
static void busy(void)
{
	over_both(busy_over);
}
static void full(void)
{
	over_both(full_over);
}
static void unread(void)
{
	over_both(unread_over);
}
static void closed_peer(void)
{
	over_both(closed_peer_over);
}
static void shut_down(void)
{
	over_both(shut_down_over);
}

static void guard(void)
{
	alarm(60); /* nothing here blocks */
}

UNIT_MAIN(TEST(guard), TEST(exact_bytes), TEST(long_text), TEST(busy), TEST(full), TEST(unread), TEST(closed_peer),
	TEST(shut_down), TEST(no_connection))
