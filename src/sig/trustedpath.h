/*
 * Opens FPM's own files by paths that nobody but root and the effective user can redirect. May be called from a signal
 * handler.
 *
 * A path is walked from the root directory on, component by component, and symbolic links are followed by hand. Trusted
 * are root and the effective user. Each directory on the way must belong to one of them, and nobody else may be able to
 * rename its entries. Two kinds of directories that others can write to are accepted as well, for an entry that exists
 * and belongs to a trusted user:
 * - sticky ones, such as /tmp, where the kernel keeps others from renaming it;
 * - those that the group adm or syslog can write to, such as Ubuntu's /var/log: no symbolic link is followed there.
 * Each step starts from the descriptor of the directory that was checked, so nothing can change between the check and
 * the use.
 */
#ifndef FPS_SIG_TRUSTEDPATH_H
#define FPS_SIG_TRUSTEDPATH_H

#include "record/buf.h"
#include "record/names.h"

/*
 * A log, to append to: a regular file with one name that belongs to a trusted user, created with mode 0640 if it is
 * missing. The descriptor, or -1 with errno; FPS_SIG_TRUSTEDPATH_REFUSED leaves the component and the reason in `why`,
 * which may be NULL.
 */
int fps_sig_trustedpath_open_log(const char *path, struct fps_sig_buf *why);

/* What a path leads to, links followed: true if nobody else could lead it elsewhere, or can write to it. */
struct stat;
bool fps_sig_trustedpath_look(const char *path, struct stat *status);

/*
 * A directory, created with mode 0700 if it is missing; likewise. The one that it lies in belongs to a trusted user,
 * but others may be able to write to that. Its own owner and mode are the caller's to check, after it is open.
 */
int fps_sig_trustedpath_open_directory(const char *path, struct fps_sig_buf *why);

#endif
