/*
 * A record (conf/fpmsentinel.schema.json), reduced to what an explanation needs.
 */
#ifndef FPS_RECORD_H
#define FPS_RECORD_H

#include "log/address.h"
#include "log/linereader.h"

struct json_object;

/* The module of no frame at all: code from a JIT, or the target of a wild jump. */
#define FPS_NATIVE_IN_NO_FILE "code that is in no file"
#define FPS_NATIVE_OPCACHE_JIT "code that opcache's JIT made"
#define FPS_NATIVE_PCRE_JIT "code that the JIT of PCRE made"

/*
 * A line of a stack that is no frame: "*2 400", the two frames before it go around 400 times in all; "*0 400", that
 * many frames of the record are left out here; "*- 400", that many are not in the record.
 */
#define FPS_STACK_MARK "*"
#define FPS_STACK_LOST FPS_STACK_MARK "-"

enum fps_certainty { FPS_CERTAIN, FPS_PROBABLE, FPS_POSSIBLE, FPS_UNCERTAIN };

enum fps_action {
	FPS_ACTION_DEATH,   /* worker-death */
	FPS_ACTION_KILLED,  /* request-killed */
	FPS_ACTION_ABORTED, /* request-aborted */
	FPS_ACTION_EXIT,    /* worker-exit */
	FPS_ACTION_MASTER,  /* master */
	FPS_ACTION_CHILD,   /* child-death: explains no failure */
	FPS_ACTION_OTHER
};

enum fps_headers { FPS_HEADERS_UNKNOWN, FPS_HEADERS_NOT_SENT, FPS_HEADERS_SENT };

struct fps_record {
	char id[33];
	char first[33];   /* event.id of the storm's full record if this one is short, otherwise "" */
	int64_t in_storm; /* how many there were within a minute at that time */
	bool is_complete; /* the full record was read: script, error, evidence, limits and stacks come from it */
	bool is_path_cut;
	enum fps_action action;
	enum fps_certainty confidence;
	uint64_t taken;       /* 1 + the number of the incident that it explains; 0: none yet */
	double time, started; /* seconds since the epoch; started 0: not known */
	int64_t pid, parent;  /* parent 0: not known */
	int64_t client_port;  /* 0: not known */
	int64_t nginx_pid, connection, connection_requests;                /* 0: not known */
	int64_t memory_limit, peak, rss, max_execution_time, hard_timeout; /* 0: not known */
	double elapsed;                                                    /* seconds */
	bool finished;                                                     /* the answer was, before that */
	enum fps_headers headers;                                          /* whether a part of the answer had been sent */
	uint64_t php_cycles;     /* how often the longest recursion that the PHP stack shows went around */
	uint64_t depth;          /* of the PHP stack, in calls */
	bool is_loop;            /* other workers died of the same, soon after they began: fps_verdict_prepare() */
	int64_t requests_served; /* by that worker */
	char *cause, *message;   /* never NULL; the others may be */
	char *method, *path, *domain, *client, *pool, *script, *request_id, *fingerprint, *error, *evidence;
	char *hostname;
	char *service, *service_version, *environment; /* what was deployed */
	char *annotations;                             /* "route=checkout", a line each */
	char *listen;                                  /* where the pool listens */
	struct fps_address address;                    /* the same */
	int64_t age_ms;                                /* of the PHP stack, at the death; 0: taken then */
	char *thread;    /* that died, where it is not PHP's: the PHP stack is where PHP was meanwhile */
	char *compiling; /* the file that the compiler was at */
	char *type;      /* of the error: the signal's name, an exception's class */
	char *loading;   /* the file that was being loaded, by opcache as a rule, but not by the compiler */
	char *earlier;   /* events of the same request, each with its age and record */
	/* the PHP stack, innermost first: a line for each frame, for fps_record_frame(); and FPS_STACK_MARKs */
	char *stack;
	/* the innermost native frame outside of libc; FPS_NATIVE_IN_NO_FILE or a JIT before it if that called libc */
	char *native;
	char *cycle;    /* the native functions that called each other until the stack was full */
	int64_t cycles; /* how often; 0: not known */
	/* to standard error, at the end; the request's phase; the file that was mapped at the address */
	char *written, *phase, *mapped;
};

/* The record at the beginning of a text without envelopes. NULL if there is none. The caller releases it. */
struct json_object *fps_record_json(struct fps_span text);

enum fps_record_line { FPS_RECORD_NONE, FPS_RECORD_BROKEN, FPS_RECORD_READ };

/* What a text is: something else, a damaged record, a record. */
enum fps_record_line fps_record_parse(struct fps_span text, struct fps_record *record);

void fps_record_free(struct fps_record *record);

/* "certain", "probable", "possible". */
const char *fps_record_certainty(enum fps_certainty certainty);

/* "2026-11-22T06:50:57.123456Z" in seconds since the epoch, 0 if it is not a time. */
double fps_record_time(const char *text);

/*
 * A frame of fps_record.stack, as pieces of that text. `where` may be empty, as may `name`, the name of a hook or an
 * event.
 */
struct fps_record_frame {
	struct fps_span function, where, name;
};

struct fps_record_frame fps_record_frame(struct fps_span line);

#endif
