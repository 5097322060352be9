/*
 * The records (conf/fpmsentinel.schema.json) that logs hold, each reduced to what an explanation needs.
 */
#ifndef FPS_RECORDS_H
#define FPS_RECORDS_H

#include "log/address.h"
#include "log/source.h"

/* Where the extension puts them in the background, if nobody says otherwise: what is read if nobody does. */
#define FPS_RECORDS_LOG "/var/log/fpmsentinel.jsonl"

/* None of the frames is: as of what a JIT has made, or where a jump has led that went wrong. */
#define FPS_NATIVE_IN_NO_FILE "code that is in no file"
#define FPS_NATIVE_OPCACHE_JIT "code that opcache's JIT made"
#define FPS_NATIVE_PCRE_JIT "code that the JIT of PCRE made"

/*
 * A line of a stack that is no frame: "*2 400", the two frames before it go around 400 times in all; "*0 400", so many frames are
 * left out there.
 */
#define FPS_STACK_MARK "*"

enum fps_certainty { FPS_CERTAIN, FPS_PROBABLE, FPS_POSSIBLE, FPS_UNCERTAIN };

enum fps_action {
	FPS_ACTION_DEATH, /* worker-death */
	FPS_ACTION_KILLED, /* request-killed */
	FPS_ACTION_ABORTED, /* request-aborted */
	FPS_ACTION_EXIT,   /* worker-exit */
	FPS_ACTION_MASTER, /* master */
	FPS_ACTION_CHILD,  /* child-death: explains no failure */
	FPS_ACTION_OTHER
};

struct fps_incident;

struct fps_told {
	char id[33];
	char first[33]; /* event.id of the storm's full record, where this one is short: else "" */
	int64_t in_storm; /* how many there were within a minute then */
	bool is_complete; /* the full record was read: script, error, evidence, limits and stacks are of that one */
	bool is_path_cut;
	enum fps_action action;
	enum fps_certainty confidence;
	struct fps_incident *explains; /* NULL: none yet */
	double time, started; /* seconds since the epoch; started 0: not known */
	int64_t pid;
	int64_t nginx_pid, connection, connection_requests; /* 0: not known */
	int64_t memory_limit, peak, rss, max_execution_time, hard_timeout; /* 0: not known */
	double elapsed; /* seconds */
	bool finished;  /* the answer was, before that */
	uint64_t php_cycles; /* how often the longest recursion that the PHP stack shows went around */
	bool is_loop;   /* other workers died of the same, soon after they began: fps_verdict_prepare() */
	int64_t requests_served; /* by that worker */
	char *cause, *message; /* never NULL; the rest may be */
	char *method, *path, *domain, *client, *pool, *script, *request_id, *fingerprint, *error, *evidence;
	char *listen; /* where the pool listens */
	struct fps_address address; /* the same */
	int64_t age_ms;   /* of the PHP stack, at the death; 0: taken then */
	char *thread;     /* that died, where it is not PHP's: the PHP stack is where PHP was meanwhile */
	char *compiling;  /* the file that the compiler was at */
	char *type;       /* of the error: the signal's name, an exception's class */
	char *loading;    /* the file that was being loaded, by opcache as a rule, but not by the compiler */
	char *earlier;    /* events of the same request, each with its age and record */
	char *stack;  /* the PHP stack, innermost first: a line for each frame, for fps_told_frame(); and FPS_STACK_MARKs */
	char *native; /* the innermost native frame that is not libc's, FPS_NATIVE_IN_NO_FILE or a JIT before it if that was called from there */
	char *cycle;  /* the native functions that called each other until the stack was full */
	int64_t cycles; /* how often; 0: not known */
	char *written, *phase, *mapped; /* to standard error, at the end; the request's phase; the file that was mapped at the address */
};

struct fps_records {
	struct fps_told *told; /* in the order of nginx's pid, connection and time, once fps_records_sort() has been called */
	size_t count, room;
	struct fps_told **by_id, **by_time;
};

/* A frame of fps_told.stack, in pieces of that: what may be empty is `where`, and `name` of a hook or an event. */
struct fps_told_frame {
	struct fps_span function, where, name;
};
struct fps_told_frame fps_told_frame(struct fps_span line);

struct json_object;

/*
 * The record in a line of some log: behind whatever stands in front of it, or wrapped in the object of a log driver
 * (Docker's `{"log":"{…}\n","stream":…}`, MESSAGE of journalctl -o json). NULL if there is none. To be put by the caller.
 */
struct json_object *fps_records_json(struct fps_span line);

/* The line that a log driver has put into an object of its own: Docker's json-file, journalctl -o json, a shipper. NULL if there is none. */
const char *fps_records_wrapped_in(struct json_object *object);

enum fps_record_line { FPS_RECORD_NONE, FPS_RECORD_BROKEN, FPS_RECORD_READ };

/* What a line of some log holds: something else, a record that is cut or changed, a record. */
enum fps_record_line fps_records_parse(struct fps_span line, struct fps_told *told);

/* Takes a record, whose texts are then its own to free, and the line that holds it. */
typedef void fps_records_taker(void *to, struct fps_span line, struct fps_told *told);

/* All records of a log; where one is broken, its line is told on standard error, and counted. False if it can't be read; `usual` as of fps_source_open(). */
bool fps_records_each(const char *name, bool usual, fps_records_taker *take, void *to, uint64_t *broken);

/* Adds all records of a log. */
bool fps_records_read(struct fps_records *records, const char *name, bool usual);

/* Adds the records that the log has now. */
void fps_records_take(struct fps_records *records, struct fps_source *source);

void fps_records_add(struct fps_records *records, const struct fps_told *told);

/*
 * Puts them in order, one that is there twice counting once, and completes short records of a storm from the full one. Pointers to records are
 * good until then.
 */
void fps_records_sort(struct fps_records *records);

struct fps_told *fps_records_with_id(const struct fps_records *records, struct fps_span id);

/* The records of one connection of nginx's; the first one, and how many. */
struct fps_told *fps_records_of_connection(const struct fps_records *records, int64_t pid, int64_t connection, size_t *count);

/* The number of the first record, in the order of by_time, that is not before that time. */
size_t fps_records_since(const struct fps_records *records, double time);

/*
 * Drops what is older than that, and if it is more, all but so many of the youngest; not the full record of a storm that goes on. They have to be
 * sorted, and are then.
 */
void fps_records_forget(struct fps_records *records, double time, size_t most);

void fps_told_free(struct fps_told *told);
void fps_records_free(struct fps_records *records);

/* "certain", "probable", "possible". */
const char *fps_certainty_name(enum fps_certainty certainty);

/* "2026-11-22T06:50:57.123456Z" in seconds since the epoch, 0 if it is none. */
double fps_records_time(const char *text);

#endif
