/* Running other programs. */
#include "base/run.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/environment.h"
#include "base/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SECONDS = 60 };

/* What went wrong, or NULL. */
static const char *read_all(struct fps_readfile_stream streams[2])
{
	int64_t deadline = fps_datetime_monotonic_ms() + (int64_t) MAX_SECONDS * 1000;

	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		struct pollfd fds[2] = {{streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};
		int64_t left = deadline - fps_datetime_monotonic_ms();

		if (left <= 0) {
			return "did not end within a minute";
		}
		if (poll(fds, 2, (int) left) == -1) {
			continue;
		}
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents && !fps_readfile_piece(&streams[i])) {
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
	char *folder = *program == '/' ? fps_alloc_copy(FPS_SPAN(""), 0) : getcwd(NULL, 0);
	char *path = fps_alloc_format("%s%s%s", folder ? folder : "", *program == '/' ? "" : "/", program);

	free(folder);
	return path;
}

_Noreturn static void become(const char *path, const char *const *arguments, int in, int out, int errors)
{
	dup2(in, STDIN_FILENO);
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
	output->errors = fps_alloc_format("%s %s\n", program, what);
	output->errors_len = strlen(output->errors);
	output->status = -1;
}

struct fps_output fps_run(const char *const *arguments)
{
	struct fps_output output = {.status = -1};
	struct fps_readfile_stream streams[2] = {{.fd = -1}, {.fd = -1}};
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
		setpgid(0, 0); /* so that what it starts can be ended with it */
		become(path, arguments, open("/dev/null", O_RDONLY | O_CLOEXEC), out[1], errors[1]);
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
		streams[i].text = streams[i].text ? streams[i].text : fps_alloc_copy(FPS_SPAN(""), 0);
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

int fps_run_filter(const char *const *arguments, int in, pid_t *child)
{
	char *path = fps_environment_program(arguments[0]);
	int out[2] = {-1, -1};

	*child = -1;
	errno = ENOENT;
	fflush(NULL);
	if (path && pipe2(out, O_CLOEXEC) == 0) {
		*child = fork();
	}
	if (*child == 0) {
		signal(SIGPIPE, SIG_DFL);
		become(path, arguments, in, out[1], STDERR_FILENO);
	}
	free(path);
	if (out[1] >= 0) {
		close(out[1]);
	}
	if (*child == -1 && out[0] >= 0) {
		close(out[0]);
		out[0] = -1;
	}
	return out[0];
}

pid_t fps_run_shown(const char *path, const char *const *arguments, int in)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		fps_environment_reduce();
		become(path, arguments, in, STDOUT_FILENO, STDERR_FILENO);
	}
	return child;
}

int fps_run_filter_end(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
	}
	if (WIFSIGNALED(status)) {
		return WTERMSIG(status) == SIGPIPE ? 0 : -1;
	}
	return WEXITSTATUS(status);
}
