/*
 * An entry of Apache's error log: what mod_proxy_fcgi (and mod_fastcgi of 2.2) writes about a failed request.
 *
 * Apache spreads one failure over several lines. One of them counts (FPS_ERRORLOG_FAILURE), the others are
 * FPS_ERRORLOG_OTHER. Of AH01067 + AH01075, and of AH01070 + AH01075, the second counts. So does the AH01079 after
 * AH02454 or AH00957, to which fps_apachelog_join() adds the errno and the address that only the first line has. Last
 * words (AH01071) are an entry of their own, with the same pid, connection (the thread) and client as the failure after
 * them.
 */
#ifndef FPS_APACHELOG_H
#define FPS_APACHELOG_H

#include "log/errorlog.h"

/* Results of connect(), kept until the line that names the client comes. One for each log; starts as {0}. */
struct fps_apachelog_attempts {
	struct fps_apachelog_attempt {
		int64_t time, pid, thread;
		int error;
		bool is_rejection; /* of a header that AH01075 reports again */
		char upstream[160];
	} all[16]; /* time 0: not in use */
	unsigned next;
};

/* Whether an entry begins here; through syslog it has no time. */
bool fps_apachelog_begins(const char *line, size_t len);

/* The spans are parts of the entry. */
enum fps_errorlog_kind fps_apachelog_parse(struct fps_span entry, struct fps_errorlog_entry *line);

/*
 * Call it with the result of each parsed entry, in the order of the log, once its time is set; returns the result that
 * counts. It keeps failed attempts to connect, and adds them to the AH01079 of the same thread: `upstream` is then
 * stored in `attempts` until the next call. A rejected header that two lines report counts once.
 */
enum fps_errorlog_kind fps_apachelog_join(
	struct fps_apachelog_attempts *attempts, enum fps_errorlog_kind what, struct fps_errorlog_entry *line);

#endif
