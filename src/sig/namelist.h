/*
 * Lists of names from a directive, in tables of fixed size: looked up by handlers, by the watcher and at each throw.
 *
 * A table is filled at the start and, with a pool's value, before the first request. If it changes later, a thread that
 * reads it at that moment may miss a name.
 */
#ifndef FPS_SIG_NAMELIST_H
#define FPS_SIG_NAMELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FPS_SIG_MAX_NAMES 48
#define FPS_SIG_NAMELIST_SIZE 1536

struct fps_sig_namelist {
	uint64_t lengths, ends; /* bits for the length and the last byte of each name: most others have none of them */
	uint32_t count;
	struct {
		uint16_t at, len;
	} name[FPS_SIG_MAX_NAMES];
	char text[FPS_SIG_NAMELIST_SIZE];
};

/* fpmsentinel.calls: functions and Class::method. fpmsentinel.query_parameters. */
extern struct fps_sig_namelist fps_sig_namelist_calls, fps_sig_namelist_parameters;

/*
 * Fill a table from a list, separated by commas and white space. False, with the table as it was, if a name is not
 * valid or there are too many.
 */
bool fps_sig_namelist_set_calls(const char *list);
bool fps_sig_namelist_set_parameters(const char *list);

/* Whether the list has the function or, with a class, the method; without regard to case, as in PHP. */
bool fps_sig_namelist_has_call(const char *class_name, size_t class_len, const char *function, size_t len);

/* Whether the list has the name, as written in the query string. */
bool fps_sig_namelist_has_parameter(const char *name, size_t len);

#endif
