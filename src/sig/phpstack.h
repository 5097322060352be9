/*
 * The PHP stack out of a virtual machine that may be corrupt.
 *
 * Every pointer is followed by a checked read, every length is bounded, cycles end the walk. It
 * knows the engine's types but calls nothing of it. May be called from a signal handler.
 */
#ifndef FPS_SIG_PHPSTACK_H
#define FPS_SIG_PHPSTACK_H

#include "blackbox.h"
#include "sig/saferead.h"

/* Where to start: values of the engine's globals, as they are at the death. */
struct fps_sig_vm {
	uintptr_t current_execute_data;
	uintptr_t opline_before_exception;
	uintptr_t generator_class;     /* zend_ce_generator */
	uintptr_t frameless_functions; /* zend_flf_functions, from 8.4 on */
	uintptr_t compiling;           /* CG(compiled_filename) while the compiler runs, else 0 */
	uint32_t max_frames;           /* 2 to FPS_MAX_FRAMES */
	bool at_death;                 /* of this thread: what an include has asked for is looked for, as `compiling` */
	bool interrupted;              /* at any instruction, by a signal, and not in a call of the engine's */
};

/* Frames side by side mostly share class and file. */
#define FPS_SIG_WALK_TEXTS 8

struct fps_sig_known_text {
	uintptr_t string;
	struct fps_arena_span span;
};

/* What a walk keeps in mind. Static, since a handler's stack is small. */
struct fps_sig_walk {
	struct fps_draft *draft;
	const struct fps_sig_vm *vm;
	bool complete;
	uint32_t visited;
	uint32_t head_size, tail_size;
	uintptr_t head[FPS_MAX_FRAMES], tail[FPS_MAX_FRAMES]; /* addresses of zend_execute_data */
	uint32_t known_at;
	struct fps_sig_known_text known[FPS_SIG_WALK_TEXTS];
	struct fps_sig_window window;
	struct fps_arena_span frameless[FPS_MAX_FRAMES]; /* what a frame calls without a frame for it */
	uintptr_t listed[FPS_MAX_FRAMES];                /* functions of frames whose first argument is kept */
};

/*
 * One for each that may be in a walk while another is. All in one place: between the small variables of their users
 * they would keep those on pages of their own, in each worker.
 */
enum fps_sig_walker {
	FPS_SIG_WALKER_DEATH,
	FPS_SIG_WALKER_FATAL,
	FPS_SIG_WALKER_WARNING,
	FPS_SIG_WALKER_WATCHER,
	FPS_SIG_WALKERS
};
extern struct fps_sig_walk fps_sig_phpstack_walks[FPS_SIG_WALKERS];

/*
 * Fills the draft's php_frame, php_frames, php_frames_omitted, compiling, loading and arena: the innermost first, and
 * where there are more than max_frames the two ends, without the middle. A frame without function and file is none (a
 * fiber begins with one). The line of user code that was interrupted is approximate: the VM, and the JIT's code, store
 * where they are only before what may call or fail. Of functions that fpmsentinel.calls lists, the first argument is
 * there if it is a string that the function cannot have changed, up to 64 bytes of it; one that is missing does not
 * make the answer false. False if a part could not be read or did not fit; what was read before stands.
 */
bool fps_sig_phpstack_fill(struct fps_draft *draft, const struct fps_sig_vm *vm, struct fps_sig_walk *walk);

/*
 * Whether a user function with these opcodes may give its first parameter another value: what it was called with is not
 * known then. Reads them as they are: not for a handler.
 */
struct _zend_op;
bool fps_sig_phpstack_changes_argument(const struct _zend_op *ops, uint32_t count);

/*
 * Whether the draft's outermost frame is code outside a function, as it is in every stack of a script that is being
 * executed. It is none where the frame that was read had just been left, and its memory used for the next call, which
 * has no caller until its arguments are there: that happens to a thread that reads another one's stack.
 */
bool fps_sig_phpstack_reaches_script(const struct fps_draft *draft);

#endif
