/*
 * An entry: what one log says at one time, in one or more lines, without its envelopes and with its kind recognised.
 */
#ifndef FPS_ENTRY_H
#define FPS_ENTRY_H

#include "log/logorigin.h"

enum fps_entry_kind {
	FPS_ENTRY_NGINX,      /* nginx's error log: errorlog.h */
	FPS_ENTRY_APACHE,     /* Apache's error log: apachelog.h */
	FPS_ENTRY_FPM,        /* PHP-FPM's log: fpmlog.h */
	FPS_ENTRY_SLOW,       /* PHP-FPM's slow log */
	FPS_ENTRY_RECORD,     /* a record of ours, a JSON object: record.h */
	FPS_ENTRY_ACCESS,     /* an access log: accesslog.h */
	FPS_ENTRY_FPM_ACCESS, /* PHP-FPM's access log */
	FPS_ENTRY_KERNEL,     /* the kernel's log: kernellog.h */
	FPS_ENTRY_UNIT,       /* systemd's messages about its units: systemdlog.h */
	FPS_ENTRY_PHP,        /* PHP's own error_log */
	FPS_ENTRY_UNKNOWN,
	FPS_ENTRY_KINDS
};

struct fps_entry {
	enum fps_entry_kind kind;
	const struct fps_logorigin *stream; /* never NULL; valid as long as the reader */
	double time; /* from the envelope, in seconds since the epoch; 0: none. Kinds without a time of their own need it */
	struct fps_span text; /* valid until the next entry */
	const char *file;     /* as the caller named it */
	uint64_t line;        /* of the entry's first line in the file */
};

#endif
