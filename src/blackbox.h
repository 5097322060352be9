/*
 * The black box: a slot for each worker, in a memory file of its own that the worker shares with the coroner.
 *
 * A slot says what the worker is serving and, once it is dying, why. It is written by one worker only
 * and read by whoever writes the record, possibly another process after the worker's death: fixed
 * widths, no pointers, no bool (it has values that are no value), text bounded and never trusted to be
 * valid. Who the worker is stands in its hello (struct fps_identity), which it sends before any code of
 * its pool has run; the slot has a copy, for the record that a worker writes by itself.
 */
#ifndef FPS_BLACKBOX_H
#define FPS_BLACKBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For variables that the hooks use: reached without a look into the table of global addresses. */
#define FPS_HIDDEN __attribute__((visibility("hidden")))

#define FPS_SLOT_MAGIC 0x544f4c5353504600ULL /* "\0FPSSLOT", little endian */
#define FPS_SLOT_VERSION 9

#define FPS_MAX_FRAMES 128
#define FPS_MAX_NATIVE_FRAMES 64
#define FPS_MAX_MODULES 32
#define FPS_MAX_REGISTERS 40
#define FPS_MAX_EVIDENCE 6
#define FPS_MAX_ANNOTATIONS 8
#define FPS_MAX_EARLIER 4
#define FPS_ARENA_SIZE 14336
#define FPS_MAX_STDERR 1000
#define FPS_MAX_ARGUMENT 64

/* Where in its life the worker is. A request is in flight from STARTUP to SHUTDOWN. */
enum fps_phase {
	FPS_PHASE_NONE,
	FPS_PHASE_STARTUP,
	FPS_PHASE_COMPILE,
	FPS_PHASE_EXECUTE,
	FPS_PHASE_SHUTDOWN,
	FPS_PHASE_IDLE,
	FPS_PHASE_EXIT,
};

/* The closed list of causes. */
enum fps_cause {
#define CAUSE(id, name, class, words) FPS_CAUSE_##id,
#include "causes.def"
	FPS_CAUSES
};

enum fps_confidence { FPS_POSSIBLE, FPS_PROBABLE, FPS_CERTAIN };

enum fps_role {
	FPS_ROLE_UNKNOWN,
	FPS_ROLE_FPM_MASTER,
	FPS_ROLE_SIBLING_WORKER,
	FPS_ROLE_SELF,
	FPS_ROLE_INIT,
	FPS_ROLE_OUTSIDE,
	FPS_ROLE_OTHER,
};

/* Whose thread died. */
enum fps_thread {
	FPS_THREAD_UNKNOWN,
	FPS_THREAD_PHP,
	FPS_THREAD_OTHER, /* one of a library: PHP's stack is where PHP was meanwhile */
};

/* The libc function by which a worker exits, where the exit handler does not receive the status. */
enum fps_exit_call {
	FPS_EXIT_CALL_NONE,
	FPS_EXIT_CALL_EXIT, /* with musl */
	FPS_EXIT_CALL_QUICK_EXIT,
};

/* The draft is filled in this order, surest first. */
enum fps_stage {
	FPS_STAGE_DEATH, /* signal, sender, cause, phase, libc's message */
	FPS_STAGE_MEMORY,
	FPS_STAGE_PHP_STACK,
	FPS_STAGE_MODULES, /* what is loaded where */
	FPS_STAGE_NATIVE_STACK,
	FPS_STAGES
};

/* Where a draft is on its way from the worker to the log. */
enum fps_handoff {
	FPS_HANDOFF_NONE,
	FPS_HANDOFF_FILLING, /* an event only: the worker is filling it */
	FPS_HANDOFF_SEALED,  /* the worker has filled in all it can; the coroner may take it */
	FPS_HANDOFF_TAKEN,   /* the coroner is writing it */
	FPS_HANDOFF_WRITTEN, /* or will be: log_error says how that went, or is expected to go */
	FPS_HANDOFF_OWN,     /* the worker writes it itself: it found no coroner */
};

/* How far the end of the answer is. */
enum fps_finishing {
	FPS_FINISHING_NOT,
	FPS_FINISHING_BEGUN, /* the SAPI is sending it, or waits for the other side to close */
	FPS_FINISHING_DONE,  /* a handler has found it sent: a death costs the client nothing */
};

struct fps_annotation {
	char key[32];
	char value[128];
};

/* An event of the request that was no death. Its number is stored last: 0 for one that is being noted. */
struct fps_earlier {
	uint64_t at_ns; /* CLOCK_MONOTONIC: one of before the request is of another */
	uint32_t cause;
	_Atomic uint32_t event;
};

/* All text is as nginx sent it, NUL-terminated; a field that is full to its end was cut. */
struct fps_request {
	uint64_t started_ns; /* CLOCK_MONOTONIC */
	char method[16];
	char domain[256];
	char path[1024]; /* of the request line, without the query string */
	char query[512]; /* only with fpmsentinel.query_string */
	char script[1024];
	char client_ip[48]; /* only with fpmsentinel.client_ip */
	char id[128];       /* REQUEST_ID, or else UNIQUE_ID */
	char nginx_pid[16];
	char nginx_connection[24];
	char nginx_connection_requests[24];
	char traceparent[64];
	/* 0, or the four from `id` on stand here instead, as FPM has them: name, 0, value, 0, and so on */
	uint32_t numbers_len;
	char numbers[256];
	int64_t memory_limit, max_execution_time, hard_timeout;
	_Atomic uint32_t events; /* of this request, so far; `earlier` has the first ones */
	struct fps_earlier earlier[FPS_MAX_EARLIER];
	uint32_t annotations;
	struct fps_annotation annotation[FPS_MAX_ANNOTATIONS];
};

/* A piece of the draft's arena. */
struct fps_arena_span {
	uint16_t at, len;
};

enum fps_call { FPS_CALL_FUNCTION, FPS_CALL_METHOD, FPS_CALL_STATIC };

struct fps_php_frame {
	struct fps_arena_span function, class_name, file;
	struct fps_arena_span argument; /* the first, of a function that fpmsentinel.calls lists, if it is a string */
	uint32_t line;                  /* 0: not known */
	uint8_t call;                   /* enum fps_call */
	uint8_t line_approximate;       /* it may be another line of the same function */
	uint8_t is_listed;              /* the function, in fpmsentinel.calls */
	uint8_t is_changed; /* its first parameter, which may hold something else than what it was called with */
};

/* Who has made code that is in no file, as far as that is known. */
enum fps_jit { FPS_JIT_NONE, FPS_JIT_OPCACHE, FPS_JIT_PCRE };

struct fps_native_frame {
	uint64_t ip;
	int16_t module; /* index into modules, -1: none */
	uint8_t jit;    /* enum fps_jit */
};

struct fps_module {
	uint64_t start, end; /* addresses that it occupies */
	uint64_t bias;       /* what the loader added to the addresses in the file */
	uint8_t build_id[20];
	uint8_t build_id_len;
	char path[216];
};

/* Added to a child's pid: a worker has fewer events of its own. */
#define FPS_EVENT_OF_CHILD (1u << 31)

/* Signal, cause and phase are there, which comes before all stages. */
#define FPS_DRAFT_IDENTIFIED (1u << FPS_STAGES)

struct fps_draft {
	_Atomic uint32_t stages_done; /* 1 << enum fps_stage, FPS_DRAFT_IDENTIFIED; released after its data */
	uint64_t died_ns, died_us;
	uint8_t cause, confidence, phase, sender_role;
	uint8_t headers_sent, finished, has_code, has_address, has_sender;
	uint8_t state_unknown; /* headers_sent is not known */
	uint8_t has_cpu;
	uint8_t thread;    /* enum fps_thread */
	uint8_t exit_call; /* enum fps_exit_call, where that does not say the status: the kernel will */
	/* `compiling` is not in the compiler, but what goes on before and after: opcache's optimizer and cache, a stream */
	uint8_t loading;
	uint8_t other_thread; /* another PHP thread than the slot's died, or may have: the request is not its own */
	int32_t signal, signal_code;
	int32_t sender_pid;
	uint32_t sender_uid;
	int32_t thread_id; /* of FPS_THREAD_OTHER */
	int32_t child_pid; /* of a process that the worker has forked: it is the one that died; 0: the worker */
	char thread_name[16];
	uint64_t address;
	char sender_command[16];
	/* 0: the request's death; its id differs from those of other events, FPS_EVENT_OF_CHILD + pid for a child's */
	uint32_t event;
	char error_type[96];
	char error_message[200];
	char evidence[FPS_MAX_EVIDENCE][96];
	char client_port[8];
	char query[512]; /* the parameters that fpmsentinel.query_parameters lists */
	uint64_t memory_used, memory_peak, memory_rss;
	uint64_t cpu_us;     /* that PHP's thread has used for the request */
	uint64_t sampled_ns; /* CLOCK_MONOTONIC when memory and PHP stack were sampled; 0: at the death */
	uint32_t php_frames, php_frames_omitted;
	struct fps_arena_span compiling; /* the file that the compiler was at, when the PHP stack was taken */
	uint32_t native_frames;
	uint32_t recursion_from, recursion_period; /* native frames that repeat from there on; a period of 0: they do not */
	uint64_t recursion_count;                  /* how often, as far as the stack reaches; 0: not known */
	char mapping_file[256];                    /* mapped at the address; "": none, or not known */
	uint64_t mapping_free;                     /* bytes, on its file system */
	uint8_t has_mapping_free;
	char stderr_text[FPS_MAX_STDERR]; /* what the process wrote to standard error just before */
	uint32_t modules, registers;
	struct fps_php_frame php_frame[FPS_MAX_FRAMES];
	struct fps_native_frame native_frame[FPS_MAX_NATIVE_FRAMES];
	struct fps_module module[FPS_MAX_MODULES];
	uint64_t register_value[FPS_MAX_REGISTERS];
	uint32_t arena_len;
	char arena[FPS_ARENA_SIZE];
};

/* An event that is no death, on its way to the coroner, while the worker goes on with what it does. */
struct fps_event {
	_Atomic uint32_t handoff; /* enum fps_handoff */
	uint64_t requests_served;
	struct fps_request request;
	struct fps_draft draft;
};

/* What the watcher has seen of a request while that ran: a draft with what can be seen from outside. */
struct fps_sample {
	uint64_t requests_served; /* as it was then: not used for the death of another request */
	struct fps_draft draft;
};

/* What was deployed, as directives or FPM's environment have it. "": not known. */
struct fps_service {
	char name[64], version[64], environment[64];
};

/* Who a worker is. With the pid and the kernel's start time no two processes are the same. */
struct fps_identity {
	int32_t pid, parent_pid;
	uint64_t started_us;    /* CLOCK_REALTIME of the process's start; 0: not known */
	uint64_t started_ticks; /* the same as the kernel counts it, since boot; 0: not known */
	/* CLOCK_MONOTONIC at the claim, before its first request: nothing in its slot is earlier */
	uint64_t claimed_ns;
	uint64_t epoch_ns;       /* CLOCK_REALTIME minus CLOCK_MONOTONIC at the claim, for event ids */
	uint64_t seed;           /* random, makes event ids unique to this worker */
	uint32_t lifecycle;      /* fpmsentinel.lifecycle of this pool */
	uint32_t max_per_minute; /* fpmsentinel.max_per_minute of this pool */
	char pool[64];
	char sapi[24];
	char listen[128]; /* the address that the pool listens on: a path, or host:port; "": not known */
	char log[512];    /* fpmsentinel.log of this pool, "" for none */
	struct fps_service service;
};

struct fps_slot {
	uint64_t magic;
	uint32_t version, size;
	struct fps_identity who;          /* the first hello is what counts */
	_Atomic uint64_t requests_served; /* the one in flight included */
	uint64_t quit_ns;                 /* CLOCK_MONOTONIC when SIGQUIT came, 0: it did not */
	_Atomic uint32_t events;          /* so far, that were no death */
	_Atomic uint32_t phase;           /* enum fps_phase */
	_Atomic uint32_t finished;        /* fastcgi_finish_request() has answered */
	_Atomic uint32_t finishing;       /* enum fps_finishing */
	uint64_t finishing_ns;            /* CLOCK_MONOTONIC, since when; 0: the watcher has not seen it yet */
	_Atomic uint32_t handoff;         /* enum fps_handoff, of the draft below; a futex */
	_Atomic int32_t log_error;        /* of its record: 0, or an errno */
	uint64_t rss_peak;                /* bytes; at the worker's normal exit */
	_Atomic uint32_t several_threads; /* have run PHP in this process; the slot describes the first of them */
	char file_cache[72];              /* opcache.file_cache, "": none; a longer one is cut */
	struct fps_request request;
	struct fps_draft draft;
	struct fps_event event;
	uint64_t cpu_before_us;       /* CPU time of PHP's thread when the request below began, as far as can be seen */
	_Atomic uint64_t cpu_request; /* the requests_served that is true of */
	uint64_t cpu_limit_s;         /* RLIMIT_CPU's hard limit; 0: none */
	/* of the process, where there is one, as the watcher saw it last, and when: CLOCK_MONOTONIC */
	uint64_t cpu_used_us;
	uint64_t cpu_used_ns;
	_Atomic uint32_t samples; /* so far; number n is in sample[n % 2], the other is being filled */
	struct fps_sample sample[2];
	struct fps_event child; /* the death of a process that the worker has forked; its children alone write here */
};

_Static_assert(offsetof(struct fps_slot, magic) == 0, "a reader checks the magic first");
_Static_assert(sizeof(struct fps_slot) <= 196608, "a slot is some tens of KiB");
_Static_assert(FPS_ARENA_SIZE <= UINT16_MAX, "spans have 16 bits");

/*
 * A slot for this process, zeroed, with magic, version, size, pid and parent_pid set. `file` is an empty file for it of
 * fps_blackbox_size() bytes; with -1 it is a sealed memory file. *shared is a descriptor of what it lies in, to send
 * along with the hello and to close: -1 where only this process has the memory. NULL with errno if there is none. At
 * a worker's first request.
 */
struct fps_slot *fps_blackbox_claim(int file, int *shared);
size_t fps_blackbox_size(void);

/* In the owner of the slot, as it begins to fork: what the next function gives the child. */
void fps_blackbox_keep(const struct fps_slot *slot);

/*
 * In a process that the owner of the slot has just forked: from here on the slot is a private copy, of `child` alone
 * the slot's own. False if there is no memory for that; then the process must leave the slot alone.
 */
bool fps_blackbox_part(struct fps_slot *slot);

/*
 * For the coroner: maps the slot in a file that came with a hello. NULL if that is not one that a worker makes: of the
 * right size, and sealed memory, or memory without a name, or FPM's user's. But for sealed memory it may be cut while
 * it is read (fps_workertable_survive_cuts()).
 */
struct fps_slot *fps_blackbox_map(int shared);
void fps_blackbox_unmap(struct fps_slot *slot);

#endif
