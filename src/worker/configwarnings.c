#include "worker/configwarnings.h"

#include "SAPI.h"
#include "php_syslog.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FPM cuts lines of its log at 1,024 bytes. */
#define LONGEST 1024
/* FPM opens its log early: its descriptor is a low one. */
#define LOG_FD_BELOW 256

char fps_configwarnings_waiting[LONGEST];
static char logged[LONGEST];

/* What standard error has had and FPM's log has not: one after the other, each with its 0. */
static struct {
	char text[16 * LONGEST];
	size_t len;
	struct stat stderr_file; /* standard error, as it was then */
} start;

/* Descriptors that lead nowhere for a moment: [0, count). */
struct muted {
	int fd, saved, flags;
};

static void mute(struct muted *muted, int fd, int nowhere)
{
	*muted = (struct muted) {.fd = fd, .saved = fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD_BELOW), .flags = fcntl(fd, F_GETFD)};
	if (muted->saved >= 0) {
		dup2(nowhere, fd);
	}
}

static void restore(const struct muted *muted)
{
	if (muted->saved >= 0) {
		dup2(muted->saved, muted->fd);
		fcntl(muted->fd, F_SETFD, muted->flags);
		close(muted->saved);
	}
}

static size_t mute_stderr(struct muted *muted, int nowhere)
{
	size_t count = 0;
	struct stat status;

	for (int fd = 0; fd < LOG_FD_BELOW; fd++) {
		if (fd != nowhere && fstat(fd, &status) == 0 && status.st_dev == start.stderr_file.st_dev
			&& status.st_ino == start.stderr_file.st_ino) {
			mute(&muted[count++], fd, nowhere);
		}
	}
	return count;
}

/*
 * FPM's log is for FPM's logger to write, which knows its format, its file and syslog. It writes to standard
 * error as well while it starts, or instead, and its log may be the same stream, as /proc/self/fd/2 in Docker's
 * image. So all that leads where standard error led is muted for as long as that takes: the master has no
 * other thread.
 */
static void log_start(void)
{
	struct muted muted[LOG_FD_BELOW];
	int nowhere = start.len > 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
	size_t count;

	if (nowhere == -1) {
		return;
	}
	count = mute_stderr(muted, nowhere);
	for (const char *text = start.text; text < start.text + start.len; text += strlen(text) + 1) {
		sapi_module.log_message(text, LOG_WARNING);
	}
	while (count > 0) {
		restore(&muted[--count]);
	}
	close(nowhere);
	start.len = 0;
}

/* For its daemon, or for its first worker; not, while PHP starts, for another extension such as opcache. */
static void on_fork(void)
{
	if (!php_during_module_startup()) {
		log_start();
	}
}

void fps_configwarnings_started(void)
{
	if (start.len > 0) {
		pthread_atfork(on_fork, NULL, NULL);
	}
}

void fps_configwarnings_ending(void)
{
	log_start();
}

static void warn_at_start(const char *text)
{
	size_t size = strlen(text) + 1;

	sapi_module.log_message(text, LOG_WARNING);
	if (start.len + size <= sizeof start.text && fstat(STDERR_FILENO, &start.stderr_file) == 0) {
		memcpy(start.text + start.len, text, size);
		start.len += size;
	}
}

static void warn_later(const char *text)
{
	size_t len = strlen(fps_configwarnings_waiting);

	snprintf(
		fps_configwarnings_waiting + len, sizeof fps_configwarnings_waiting - len, "%s%s", len > 0 ? "; " : "", text);
}

void fps_configwarnings_add(const char *format, ...)
{
	bool starting = php_during_module_startup();
	char text[LONGEST];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (strcmp(sapi_module.name, "fpm-fcgi") != 0) {
		if (starting && PG(display_errors) && PG(display_startup_errors)) {
			zend_error(E_WARNING, "%s", text);
		}
	} else if (starting) {
		warn_at_start(text);
	} else {
		warn_later(text);
	}
}

/* What nginx passes in PHP_ADMIN_VALUE comes, and is refused, with each request. */
void fps_configwarnings_log(void)
{
	if (strcmp(fps_configwarnings_waiting, logged) != 0) {
		php_log_err_with_severity(fps_configwarnings_waiting, LOG_WARNING);
		memcpy(logged, fps_configwarnings_waiting, sizeof logged);
	}
	fps_configwarnings_waiting[0] = '\0';
}

void fps_configwarnings_drop(void)
{
	fps_configwarnings_waiting[0] = '\0';
}
