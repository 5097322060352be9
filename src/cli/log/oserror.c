/* Operating systems' errors in logs. */
#include "log/oserror.h"

#include <errno.h>

/* The texts of glibc, of musl, and of FreeBSD and macOS, if they differ; Apache's own texts for errors of its library.
 */
static const struct {
	const char *text;
	int number;
} errors[] = {
	{"Connection reset by peer", ECONNRESET},
	{"Connection refused", ECONNREFUSED},
	{"Connection timed out", ETIMEDOUT},
	{"Operation timed out", ETIMEDOUT},
	{"The timeout specified has expired", ETIMEDOUT},
	{"Broken pipe", EPIPE},
	{"Resource temporarily unavailable", EAGAIN},
	{"No such file or directory", ENOENT},
	{"Permission denied", EACCES},
	{"Operation not permitted", EPERM},
	{"Cannot assign requested address", EADDRNOTAVAIL},
	{"Can't assign requested address", EADDRNOTAVAIL},
	{"Address not available", EADDRNOTAVAIL},
	{"No route to host", EHOSTUNREACH},
	{"Host is unreachable", EHOSTUNREACH},
	{"Network is unreachable", ENETUNREACH},
	{"Network unreachable", ENETUNREACH},
	{"Network is down", ENETDOWN},
	{"Host is down", EHOSTDOWN},
	{"Software caused connection abort", ECONNABORTED},
	{"Connection aborted", ECONNABORTED},
	{"Transport endpoint is not connected", ENOTCONN},
	{"Socket is not connected", ENOTCONN},
	{"Socket not connected", ENOTCONN},
	{"Too many open files", EMFILE},
	{"No file descriptors available", EMFILE},
	{"Too many open files in system", ENFILE},
	{"No space left on device", ENOSPC},
	{"Disk quota exceeded", EDQUOT},
	{"Disc quota exceeded", EDQUOT},
	{"Quota exceeded", EDQUOT},
	{"Read-only file system", EROFS},
	{"Input/output error", EIO},
	{"I/O error", EIO},
	{"File too large", EFBIG},
	{"Not a directory", ENOTDIR},
	{"Cannot allocate memory", ENOMEM},
	{"Out of memory", ENOMEM},
	{"No buffer space available", ENOBUFS},
	{"Invalid argument", EINVAL},
};

int fps_oserror_number(int64_t number, struct fps_span text)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (fps_span_is(text, errors[i].text)) {
			return errors[i].number;
		}
	}
	return number > 0 && number < 4096 ? (int) number : 0;
}
