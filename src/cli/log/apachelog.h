/*
 * One entry of Apache's error log: what mod_proxy_fcgi (and mod_fastcgi of 2.2) writes about a request that failed.
 *
 * Apache spreads one failure over several lines. One of them counts (FPS_ERRORLOG_FAILURE), the others are
 * FPS_ERRORLOG_OTHER: of AH01067 + AH01075 the second; of AH01070 + AH01075 the second; of AH02454 or AH00957 + AH01079
 * the second, to which fps_apachelog_join() adds the errno and the address that only the first one has. Last words
 * (AH01071) are an entry of their own, of the same pid, connection (the thread) and client as the failure behind them.
 */
#ifndef FPS_APACHELOG_H
#define FPS_APACHELOG_H

#include "log/errorlog.h"

/* What connect() said, until the line that names its client comes. One for each log that is read; starts as {0}. */
struct fps_apachelog_attempts {
	struct fps_apachelog_attempt {
		int64_t time, pid, thread;
		int error;
		bool is_rejection; /* of a header, which AH01075 reports again */
		char upstream[160];
	} all[16]; /* time 0: not in use */
	unsigned next;
};

/* Whether an entry begins here; by syslog it has no time. */
bool fps_apachelog_begins(const char *line, size_t len);

/* The spans are parts of the entry. */
enum fps_errorlog_kind fps_apachelog_parse(struct fps_span entry, struct fps_errorlog_entry *line);

/*
 * Call it with the result of each parsed entry, in the order of the log, when its time is set; it returns the result
 * that counts. It keeps failed attempts to connect, and gives them to the AH01079 of the same thread: `upstream` then
 * lies in `attempts`, until the next call. A rejected header that two lines report counts once.
 */
enum fps_errorlog_kind fps_apachelog_join(
	struct fps_apachelog_attempts *attempts, enum fps_errorlog_kind what, struct fps_errorlog_entry *line);

#endif
