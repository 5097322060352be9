/* The pager. */
#include "base/pager.h"

#include "base/alloc.h"
#include "base/environment.h"
#include "base/run.h"
#include "base/terminal.h"
#include "base/trusted.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORDS = 16 };

static bool is_off;
static pid_t child = -1;

bool fps_pager_never(void *unused, const char *value)
{
	(void) unused;
	(void) value;
	is_off = true;
	return true;
}

/* An empty one is none, as for git. */
static const char *wanted(void)
{
	static const char *const variables[] = {"FPMSENTINEL_PAGER", "PAGER"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): no threads */

		if (value) {
			return value;
		}
	}
	return "less";
}

/* No shell takes the value apart: a command and its arguments, with blanks between them. */
static void split(char *value, const char **words)
{
	char *rest = NULL;
	size_t count = 0;

	for (char *word = strtok_r(value, " \t", &rest); word && count < MAX_WORDS; word = strtok_r(NULL, " \t", &rest)) {
		words[count++] = word;
	}
}

/* To be freed; NULL: there is none, or it is not to be trusted. */
static char *path_of(const char *program)
{
	if (program == NULL || strcmp(program, "cat") == 0) {
		return NULL;
	}
	if (strchr(program, '/') == NULL) {
		return fps_environment_program(program);
	}
	if (*program != '/') {
		fps_trusted_note(program, fps_alloc_format("that is relative to the current directory"));
		return NULL;
	}
	return fps_trusted_path(program);
}

/* Interrupting is the pager's own business from then on: it has the terminal. */
static void connect_to(const char *path, const char *const *words)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		return;
	}
	child = fps_run_shown(path, words, ends[0]);
	if (child > 0) {
		fps_terminal_show_on(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
		dup2(ends[1], STDOUT_FILENO);
		if (isatty(STDERR_FILENO)) {
			dup2(ends[1], STDERR_FILENO);
		}
		setvbuf(stdout, NULL, _IOLBF, 0); /* messages come where they belong */
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
	}
	close(ends[0]);
	close(ends[1]);
}

void fps_pager_begin(void)
{
	const char *words[MAX_WORDS + 1] = {NULL}, *terminal = getenv("TERM"); /* NOLINT(concurrency-mt-unsafe) */
	char *value, *path;

	if (is_off || child > 0 || !isatty(STDOUT_FILENO) || terminal == NULL || strcmp(terminal, "dumb") == 0) {
		return;
	}
	value = fps_alloc_copy(fps_span_of(wanted()), 0);
	split(value, words);
	path = path_of(words[0]);
	if (path) {
		/* quits if all fits on the screen, shows colours, leaves the screen as it is */
		setenv("LESS", "FRX", 0); /* NOLINT(concurrency-mt-unsafe): no threads */
		connect_to(path, words);
	}
	free(path);
	free(value);
}

void fps_pager_end(void)
{
	if (child <= 0) {
		return;
	}
	fflush(stdout);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	fps_run_filter_end(child);
}
