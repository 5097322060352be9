/* Another program. */
#include "base/run.h"

#include "base/environment.h"
#include "base/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_OUTPUT = 64 << 20, MAX_SECONDS = 60, PIECE = 65536, MAX_END = 8 << 20 };

struct stream {
	int fd; /* -1: at its end */
	char *text;
	size_t len, size;
};

/* False: too much. */
static bool read_piece(struct stream *stream)
{
	ssize_t got;

	if (stream->len + PIECE > stream->size) {
		stream->size = stream->size * 2 + PIECE;
		stream->text = fps_text_resize(stream->text, stream->size, 1);
	}
	do {
		got = read(stream->fd, stream->text + stream->len, PIECE - 1);
	} while (got == -1 && errno == EINTR);
	if (got <= 0) {
		close(stream->fd);
		stream->fd = -1;
	}
	stream->len += got > 0 ? (size_t) got : 0;
	stream->text[stream->len] = '\0';
	return stream->len <= MAX_OUTPUT;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* What went wrong, or NULL. */
static const char *read_all(struct stream streams[2])
{
	int64_t deadline = now() + (int64_t) MAX_SECONDS * 1000;

	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		struct pollfd fds[2] = {{streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};
		int64_t left = deadline - now();

		if (left <= 0) {
			return "did not end within a minute";
		}
		if (poll(fds, 2, (int) left) == -1) {
			continue;
		}
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents && !read_piece(&streams[i])) {
				return "says more than 64 MB";
			}
		}
	}
	return NULL;
}

/* What is executed: an absolute path, to be freed; NULL: there is no such program. */
static char *path_of(const char *program)
{
	if (strchr(program, '/') == NULL) {
		return fps_environment_program(program);
	}
	char *folder = *program == '/' ? fps_text_copy(FPS_SPAN(""), 0) : getcwd(NULL, 0);
	char *path = fps_text_format("%s%s%s", folder ? folder : "", *program == '/' ? "" : "/", program);

	free(folder);
	return path;
}

_Noreturn static void become(const char *path, const char *const *arguments, int out, int errors)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0); /* so that what it starts can be ended with it */
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	if (path && chdir("/") == 0) {
		execv(path, (char *const *) (uintptr_t) arguments);
	}
	dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], strerror(errno)); /* NOLINT(concurrency-mt-unsafe): no threads */
	_exit(127);
}

static void complain(struct fps_output *output, const char *program, const char *what)
{
	free(output->errors);
	output->errors = fps_text_format("%s %s\n", program, what);
	output->errors_len = strlen(output->errors);
	output->status = -1;
}

struct fps_output fps_run(const char *const *arguments)
{
	struct fps_output output = {.status = -1};
	struct stream streams[2] = {{.fd = -1}, {.fd = -1}};
	int out[2] = {-1, -1}, errors[2] = {-1, -1}, status = 0;
	const char *wrong = "could not be started";
	char *path = path_of(arguments[0]);
	pid_t child = -1;

	errno = ENOENT; /* where there is no path */
	fflush(NULL);
	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0) {
		child = fork();
	}
	if (child == 0) {
		become(path, arguments, out[1], errors[1]);
	}
	free(path);
	close(out[1]);
	close(errors[1]);
	if (child > 0) {
		streams[0].fd = out[0];
		streams[1].fd = errors[0];
		wrong = read_all(streams);
		if (wrong) {
			kill(-child, SIGKILL);
			kill(child, SIGKILL);
		}
		while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
		}
		output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	for (int i = 0; i < 2; i++) {
		if (streams[i].fd >= 0) {
			close(streams[i].fd);
		}
		streams[i].text = streams[i].text ? streams[i].text : fps_text_copy(FPS_SPAN(""), 0);
	}
	output.out = streams[0].text;
	output.out_len = streams[0].len;
	output.errors = streams[1].text;
	output.errors_len = streams[1].len;
	if (wrong) {
		complain(&output, arguments[0], wrong);
	} else if (output.status == -1) {
		complain(&output, arguments[0], "was ended by a signal");
	}
	return output;
}

void fps_run_free(struct fps_output *output)
{
	free(output->out);
	free(output->errors);
}

char *fps_run_read_file(const char *name, size_t *len)
{
	bool given = strcmp(name, "-") == 0;
	struct stream stream = {.fd = given ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
	int error = errno;
	char probe;

	if (stream.fd >= 0 && !given && read(stream.fd, &probe, 0) == -1) { /* a directory */
		error = errno;
		close(stream.fd);
		stream.fd = -1;
	}
	errno = error;
	return stream.fd < 0 ? NULL : fps_run_read_open(stream.fd, len);
}

char *fps_run_read_open(int fd, size_t *len)
{
	struct stream stream = {.fd = fd};

	while (stream.fd >= 0) {
		if (!read_piece(&stream)) {
			close(stream.fd);
			free(stream.text);
			errno = EFBIG;
			return NULL;
		}
	}
	*len = stream.len;
	return stream.text;
}

char *fps_run_read_end(const char *name, size_t *len)
{
	struct stream stream = {.fd = fps_trusted_open(name, FPS_TRUST_LOG, 0)};
	struct stat stat;
	struct fps_span text, first;

	if (stream.fd < 0) {
		return NULL;
	}
	if (fstat(stream.fd, &stat) == -1) {
		stat.st_size = 0;
	}
	bool cut = stat.st_size > MAX_END && lseek(stream.fd, -(off_t) MAX_END, SEEK_END) > 0;

	while (stream.fd >= 0 && read_piece(&stream)) {
	}
	if (stream.fd >= 0) {
		close(stream.fd);
	}
	text = (struct fps_span) {stream.text, stream.len};
	if (cut && fps_text_take(&text, "\n", &first)) { /* the rest of a line */
		memmove(stream.text, text.at, text.len);
		stream.text[text.len] = '\0';
		stream.len = text.len;
	}
	*len = stream.len;
	return stream.text;
}
