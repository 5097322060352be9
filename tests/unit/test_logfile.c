/* logfile.c: a line gets into the log whole or not at all, and nothing blocks. */
#include "unit.h"

#include "record/names.h"
#include "sig/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static char dir[PATH_MAX];

static const char *path(const char *name)
{
	static char whole[PATH_MAX + 64];

	snprintf(whole, sizeof whole, "%s/%s", dir, name);
	return whole;
}

/* The file's content as a C string, NULL if it can't be read. */
static const char *content(const char *name)
{
	static char bytes[65536];
	FILE *file = fopen(path(name), "rb");

	if (!file) {
		return NULL;
	}
	bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
	fclose(file);
	return bytes;
}

#define CHECK_CONTENT(name, expected) \
	do { \
		const char *is = content(name); \
		if (CHECK(is != NULL)) { \
			CHECK_STR(is, strlen(is), (expected)); \
		} \
	} while (0)

static void make_dir(void)
{
	if (!CHECK(realpath("build", dir) != NULL)) {
		exit(1);
	}
	strcat(dir, "/io.XXXXXX");
	if (!CHECK(mkdtemp(dir) != NULL)) {
		exit(1);
	}
}

static void remove_dir(void)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	CHECK_INT(system(command), 0);
}

static void append(void)
{
	struct stat status;

	umask(0);
	CHECK_INT(fps_sig_logfile_append(path("log"), "one\n", 4), 0);
	CHECK(stat(path("log"), &status) == 0 && (status.st_mode & 07777) == 0640);
	CHECK_INT(fps_sig_logfile_append(path("log"), "two\n", 4), 0);
	CHECK_CONTENT("log", "one\ntwo\n");
	UNIT_CASE("rotated");
	CHECK_INT(unlink(path("log")), 0);
	CHECK_INT(fps_sig_logfile_append(path("log"), "three\n", 6), 0);
	CHECK_CONTENT("log", "three\n");
}

static void no_descriptor_stays_open(void)
{
	int before = dup(0);

	close(before);
	for (int i = 0; i < 10; i++) {
		fps_sig_logfile_append(path("log"), "x\n", 2);
		fps_sig_logfile_append(path("fifo"), "x\n", 2);
		fps_sig_logfile_append(dir, "x\n", 2);
	}
	int after = dup(0);

	close(after);
	CHECK_INT(after, before);
}

static bool make_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char here[PATH_MAX];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* A socket's path is short. */
	bool good = getcwd(here, sizeof here) && chdir(dir) == 0;

	strcpy(address.sun_path, "socket");
	good = good && bind(fd, (struct sockaddr *) &address, sizeof address) == 0;
	close(fd);
	return chdir(here) == 0 && good;
}

/* None of them blocks; a FIFO that has a reader is refused like all the others. */
static void what_is_no_regular_file(void)
{
	static const struct {
		const char *name;
		int error;
		const char *words;
	} cases[] = {
		{"symlink", ELOOP, "is a symbolic link"},
		{"dangling", ELOOP, "is a symbolic link"},
		{"fifo", EINVAL, "is not a regular file"},
		{"read_fifo", EINVAL, "is not a regular file"},
		{"", EISDIR, "is not a regular file"},
		{"missing/log", ENOENT, "no such directory"},
		{"target/log", ENOTDIR, "not a directory"},
		{"socket", EINVAL, "is not a regular file"},
	};

	CHECK_INT(fps_sig_logfile_append(path("target"), "target\n", 7), 0);
	CHECK(symlink("target", path("symlink")) == 0 && symlink("nothing", path("dangling")) == 0);
	CHECK(mkfifo(path("fifo"), 0600) == 0 && mkfifo(path("read_fifo"), 0600) == 0);
	int reader = open(path("read_fifo"), O_RDONLY | O_NONBLOCK);
	char byte;

	CHECK(make_socket());
	alarm(20);
	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].name);
		int error = fps_sig_logfile_append(path(cases[i].name), "x\n", 2);
		const char *words = fps_sig_names_error(error);

		/* an ordinary user finds out by opening it */
		CHECK(error == cases[i].error || (geteuid() != 0 && cases[i].error == EINVAL && error == ENXIO));
		CHECK_STR(words, strlen(words), cases[i].words);
	}
	UNIT_CASE("device");
	CHECK_INT(fps_sig_logfile_append("/dev/null", "x\n", 2), EINVAL);
	alarm(0);
	CHECK(read(reader, &byte, 1) <= 0);
	close(reader);
	CHECK_CONTENT("target", "target\n");
	CHECK(access(path("nothing"), F_OK) == -1);
}

static void open_gives_a_descriptor(void)
{
	int fd = fps_sig_logfile_open(path("opened"));

	CHECK(fd >= 0);
	CHECK(fcntl(fd, F_GETFL) & O_APPEND);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	CHECK(fps_sig_logfile_open(path("missing/log")) == -1 && errno == ENOENT);
}

/* A file system of 64 KiB fills up in the middle of a line. */
static void full_disk(void)
{
	static char line[15000];
	struct stat status;
	int lines = 0, error = 0;

	/* In a chroot that is no mount point there is nothing to detach from others. */
	CHECK(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 || errno == EINVAL);
	if (!CHECK(mkdir(path("disk"), 0700) == 0 && mount("none", path("disk"), "tmpfs", 0, "size=64k,mode=755") == 0)) {
		return;
	}
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	while (lines < 100 && (error = fps_sig_logfile_append(path("disk/log"), line, sizeof line)) == 0) {
		lines++;
	}
	CHECK_INT(error, ENOSPC);
	CHECK_INT(lines, 4);
	CHECK(stat(path("disk/log"), &status) == 0 && status.st_size == lines * (off_t) sizeof line);
	UNIT_CASE("what fits still goes in");
	CHECK_INT(fps_sig_logfile_append(path("disk/log"), "x\n", 2), 0);
	CHECK(stat(path("disk/log"), &status) == 0 && status.st_size == lines * (off_t) sizeof line + 2);
	umount(path("disk"));
}

/* Who may not mount, as most containers may not, has to do with file_size_limit() alone. */
static void a_full_disk_tears_no_line(void)
{
	/* The namespace is this process's from here on, and ends with it. */
	if (unshare(CLONE_NEWNS) == 0) {
		unit_in_child(full_disk);
	} else {
		CHECK(errno == EPERM);
	}
}

static void file_size_limit_in_child(void)
{
	struct rlimit limit = {.rlim_cur = 10, .rlim_max = RLIM_INFINITY};

	/* SIGXFSZ has its default action, which would kill. */
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CHECK_INT(fps_sig_logfile_append(path("limited"), "123456\n", 7), 0);
	CHECK_INT(fps_sig_logfile_append(path("limited"), "89\n", 3), 0);
	CHECK_INT(fps_sig_logfile_append(path("limited"), "\n", 1), EFBIG);
	CHECK_INT(fps_sig_logfile_append(path("limited"), "a longer line\n", 14), EFBIG);
	limit.rlim_cur = 5;
	setrlimit(RLIMIT_FSIZE, &limit);
	CHECK_INT(fps_sig_logfile_append(path("limited"), "\n", 1), EFBIG);
	CHECK_CONTENT("limited", "123456\n89\n");
}

static void file_size_limit(void)
{
	unit_in_child(file_size_limit_in_child);
}

enum { WRITERS = 8, LINES = 200, LINE = 15000 };

static void write_lines(char letter)
{
	static char line[LINE];

	memset(line, letter, sizeof line);
	line[sizeof line - 1] = '\n';
	for (int i = 0; i < LINES; i++) {
		CHECK_INT(fps_sig_logfile_append(path("shared"), line, sizeof line), 0);
	}
}

static void many_writers(void)
{
	static char line[LINE + 2];
	int status, lines = 0, whole = 0;

	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			unit_failures = 0;
			write_lines((char) ('a' + i));
			_exit(unit_failures > 0);
		}
	}
	while (wait(&status) > 0) {
		CHECK_INT(status, 0);
	}
	FILE *file = fopen(path("shared"), "r");

	while (file && fgets(line, sizeof line, file)) {
		lines++;
		whole += strspn(line, (char[]) {line[0], '\0'}) == LINE - 1 && line[LINE - 1] == '\n';
	}
	CHECK_INT(lines, WRITERS * LINES);
	CHECK_INT(whole, WRITERS * LINES);
	if (file) {
		fclose(file);
	}
	unlink(path("shared"));
}

static void full_pipe_in_child(void)
{
	static char line[200000], back[PIPE_BUF];
	int fds[2];

	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	CHECK(pipe(fds) == 0 && dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
	alarm(20); /* the pipe is blocking, as stderr mostly is */
	CHECK_INT(fps_sig_logfile_stderr("hello\n", 6), 0);
	CHECK(read(fds[0], back, sizeof back) == 6 && memcmp(back, "hello\n", 6) == 0);
	CHECK_INT(fps_sig_logfile_stderr(line, 15000), 0);
	CHECK_INT(fps_sig_logfile_stderr(line, sizeof line), EAGAIN);
	CHECK_INT(fps_sig_logfile_stderr("x\n", 2), EAGAIN);
	UNIT_CASE("room again");
	CHECK(read(fds[0], back, sizeof back) == PIPE_BUF);
	CHECK_INT(fps_sig_logfile_stderr(line, PIPE_BUF), 0);

	UNIT_CASE("nobody reads it");
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	CHECK(fps_sig_logfile_stderr("x\n", 2) != 0);

	UNIT_CASE("closed");
	close(STDERR_FILENO);
	CHECK(fps_sig_logfile_stderr("x\n", 2) != 0);
	alarm(0);
}

static void full_pipe(void)
{
	unit_in_child(full_pipe_in_child);
}

static void words_for_errors(void)
{
	static const int errors[] = {
		EACCES, EPERM, ENOSPC, EDQUOT, EROFS, EFBIG, EMFILE, ENFILE, EAGAIN, ETIMEDOUT, EIO, -1, 12345};

	for (size_t i = 0; i < COUNT(errors); i++) {
		CHECK(fps_sig_names_error(errors[i])[0] != '\0');
	}
}

UNIT_MAIN(TEST(make_dir), TEST(append), TEST(what_is_no_regular_file), TEST(no_descriptor_stays_open),
	TEST(open_gives_a_descriptor), TEST(file_size_limit), TEST(many_writers), TEST(full_pipe), TEST(words_for_errors),
	TEST(a_full_disk_tears_no_line), TEST(remove_dir))
